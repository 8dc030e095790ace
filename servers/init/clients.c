/* clients: a table that is searched whole; see clients.h. */
#include "clients.h"

#include <stddef.h>

#include "process.h"

struct question {
	const struct clients *clients;
	uint32_t service;
};

/* Clients of the service that are in the branch, NULL: in any. */
static uint32_t
clients_of(const struct process *branch, const void *context)
{
	const struct question *q = context;
	uint32_t n = 0;

	for (unsigned i = 0; i < CLIENTS; i++) {
		const struct client *c = &q->clients->all[i];

		n += c->process != 0 && c->service == q->service &&
		     (branch == NULL || process_is_in(c->process, branch));
	}
	return n;
}

static struct client *
find(struct clients *clients, uint32_t process, uint32_t service)
{
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client *c = &clients->all[i];

		if (c->process == process && c->service == service)
			return c;
	}
	return NULL;
}

enum error
clients_get(struct clients *clients, const struct process *p, uint32_t service,
    uint32_t most, struct client **out)
{
	const struct question q = { clients, service };
	uint32_t all = clients_of(NULL, &q);
	struct client *c = find(clients, p->number, service);

	for (unsigned i = 0; c == NULL && i < CLIENTS; i++) {
		if (clients->all[i].process != 0)
			continue;
		if (all >= most ||
		    process_room(p, most - all, clients_of, &q) == 0)
			return E_LIMIT;
		c = &clients->all[i];
		c->cap = 0;
		c->service = service;
		c->process = p->number;
	}
	*out = c;
	return c != NULL ? E_OK : E_LIMIT;
}

struct client *
clients_any(struct clients *clients, uint32_t process)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (clients->all[i].process == process)
			return &clients->all[i];
	return NULL;
}

void
clients_end(struct client *client)
{
	client->process = 0;
}
