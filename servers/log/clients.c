/* clients: tables, searched by hashing (clients) or whole (texts). */
#include "clients.h"

#include <string.h>

/* Numbers are given out in order, so their low bits spread them. */
static struct client *
slot(struct clients *clients, uint32_t number, unsigned i)
{
	return &clients->all[(number + i) % CLIENTS];
}

static struct client *
find(struct clients *clients, uint32_t number)
{
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client *c = slot(clients, number, i);

		if (c->used && c->number == number)
			return c;
		if (!c->used)
			return NULL;
	}
	return NULL;
}

/* Records are never freed, so a search may end at the first unused one; a
 * gone client's is renamed in place only if all are used, when every search
 * goes all the way round. */
static struct client *
recycle(struct clients *clients)
{
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client *c = &clients->all[clients->recycled++ % CLIENTS];

		if (c->gone)
			return c;
	}
	return NULL;
}

struct client *
clients_get(struct clients *clients, uint32_t number)
{
	struct client *c = find(clients, number);

	for (unsigned i = 0; c == NULL && i < CLIENTS; i++) {
		struct client *free = slot(clients, number, i);

		if (free->used)
			continue;
		*free = (struct client){ .number = number };
		free->used = true;
		return free;
	}
	if (c != NULL)
		return c;
	c = recycle(clients);
	if (c != NULL)
		*c = (struct client){ .number = number, .used = true };
	return c;
}

const struct client *
clients_from(const struct clients *clients, uint32_t number)
{
	const struct client *best = NULL;

	for (unsigned i = 0; i < CLIENTS; i++) {
		const struct client *c = &clients->all[i];

		if (c->used && c->number >= number &&
		    (best == NULL || c->number < best->number))
			best = c;
	}
	return best;
}

void
clients_gone(struct clients *clients, uint32_t number)
{
	struct client *c = find(clients, number);

	if (c != NULL)
		c->gone = true;
}

uint8_t
clients_level(const struct clients *clients, const struct client *client)
{
	return client != NULL && client->own ? client->level : clients->level;
}

enum error
clients_set_level(struct clients *clients, uint32_t number, uint8_t level)
{
	struct client *c = clients_get(clients, number);

	if (c == NULL)
		return E_LIMIT;
	c->level = level;
	c->own = true;
	return E_OK;
}

struct text *
texts_find(struct texts *texts, uint32_t client)
{
	for (unsigned i = 0; i < TEXTS; i++)
		if (texts->all[i].used && texts->all[i].client == client)
			return &texts->all[i];
	return NULL;
}

/* A free text, or the oldest. */
static struct text *
take(struct texts *texts)
{
	struct text *best = &texts->all[0];

	for (unsigned i = 0; i < TEXTS; i++) {
		struct text *t = &texts->all[i];

		if (!t->used)
			return t;
		if (t->age < best->age)
			best = t;
	}
	return best;
}

struct text *
texts_add(struct texts *texts, uint32_t client, uint8_t level,
    const char *piece, size_t length, struct text *ended)
{
	struct text *t = texts_find(texts, client);

	ended->used = false;
	if (t == NULL) {
		t = take(texts);
		if (t->used)
			*ended = *t;
		*t = (struct text){ .client = client,
			.level = level,
			.used = true,
			.age = texts->clock++ };
	}
	if (length > sizeof(t->bytes) - t->length)
		length = sizeof(t->bytes) - t->length;
	memcpy(t->bytes + t->length, piece, length);
	t->length += (uint16_t)length;
	return t;
}
