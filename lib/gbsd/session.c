/* session: the table of a server's sessions; see session.h. */
#include <gbsd/calls.h>
#include <gbsd/session.h>

static enum error
map(struct session *session, size_t size)
{
	return vm_map(
	    session->memory, 0, size, VM_READ | VM_WRITE, 0, &session->at);
}

/* Takes the memory away from both sides. */
static void
end(struct session *session, size_t size)
{
	enum error e = cap_revoke(session->memory);

	/* The own mapping went with it, being made by the same capability. */
	if (e != E_OK)
		e = vm_deallocate(session->at, size);
	cap_close(session->memory);
	session->memory = 0;
}

void
sessions_resume(struct sessions *sessions, size_t size)
{
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct session *s = &sessions->all[i];

		if (s->memory == 0 || map(s, size) == E_OK)
			continue;
		cap_close(s->memory);
		s->memory = 0;
	}
}

/* A free one, or the client's oldest if it has all it may; NULL: none. */
static struct session *
place_for(struct sessions *sessions, uint32_t client)
{
	struct session *free = NULL, *oldest = NULL;
	unsigned count = 0;

	for (unsigned i = 0; i < SESSIONS; i++) {
		struct session *s = &sessions->all[i];

		if (s->memory == 0) {
			free = s;
		} else if (s->client == client) {
			count++;
			if (oldest == NULL || s->used < oldest->used)
				oldest = s;
		}
	}
	return count < SESSIONS_PER_CLIENT ? free : oldest;
}

enum error
session_open(struct sessions *sessions, uint32_t client, size_t size,
    uint32_t rights, struct session **out, cap_t *give)
{
	struct session *s = place_for(sessions, client);
	struct session new = { .client = client };
	enum error e;

	if (s == NULL)
		return E_LIMIT;
	e = vm_object(size, 0, &new.memory);
	if (e != E_OK)
		return e;
	if ((e = map(&new, size)) != E_OK ||
	    (e = cap_derive(new.memory, rights, 0, give)) != E_OK) {
		cap_close(new.memory);
		return e;
	}
	if (s->memory != 0)
		end(s, size);
	new.used = ++sessions->clock;
	new.number = (uint32_t) new.used;
	*s = new;
	*out = s;
	return E_OK;
}

struct session *
session_find(struct sessions *sessions, uint32_t client, uint32_t number)
{
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct session *s = &sessions->all[i];

		if (s->memory != 0 && s->client == client &&
		    s->number == number) {
			s->used = ++sessions->clock;
			return s;
		}
	}
	return NULL;
}

void
session_gone(struct sessions *sessions, uint32_t client, size_t size)
{
	for (unsigned i = 0; i < SESSIONS; i++)
		if (sessions->all[i].memory != 0 &&
		    sessions->all[i].client == client)
			end(&sessions->all[i], size);
}

enum error
session_map(cap_t memory, size_t size, uint32_t rights, void **at)
{
	enum error e = vm_map(memory, 0, size, rights, 0, at);

	cap_close(memory);
	return e;
}
