/* session: the table of a server's sessions; see session.h. */
#include <string.h>

#include <gbsd/calls.h>
#include <gbsd/memory.h>
#include <gbsd/session.h>

static size_t
pages_of(size_t size)
{
	return (size + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* Takes the memory away from both sides. */
static void
end(struct session *s, size_t size)
{
	memory_unmap(s->frame, s->at, pages_of(size));
	memory_give_lasting(s->memory, s->piece);
	s->memory = 0;
}

/* What lasts is mapped in the new life as it was. */
void
sessions_resume(struct sessions *sessions)
{
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct session *s = &sessions->all[i];
		uint64_t info;

		if (s->memory != 0 && cap_query(s->frame, &info) != E_OK)
			s->memory = 0;
	}
}

/* Zeroes, mapped, of which a client may have a part. */
static enum error
begin(struct session *s, size_t size)
{
	size_t pages = pages_of(size);
	enum error e = memory_take_lasting(pages, &s->memory, &s->piece);

	if (e != E_OK)
		return e;
	e = cap_range(s->memory, RIGHT_READ | RIGHT_WRITE | RIGHT_DERIVE, 0,
	    pages, &s->frame);
	if (e == E_OK)
		e = memory_map(s->frame, VM_READ | VM_WRITE, &s->at);
	if (e == E_OK)
		memset(s->at, 0, pages * PAGE_SIZE);
	else
		memory_give_lasting(s->memory, s->piece);
	return e;
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
	e = begin(&new, size);
	if (e != E_OK)
		return e;
	e = cap_range(new.frame, rights, 0, pages_of(size), give);
	if (e != E_OK) {
		end(&new, size);
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
session_map(cap_t memory, uint32_t rights, void **at)
{
	enum error e = memory_map(memory, rights, at);

	if (e != E_OK)
		cap_close(memory);
	return e;
}

void
session_unmap(cap_t memory, void *at, size_t size)
{
	memory_unmap(memory, at, pages_of(size));
	cap_close(memory);
}
