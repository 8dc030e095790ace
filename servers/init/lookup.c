/*
 * lookup: capabilities to services, for who asks by name.
 *
 * All that a process gets of one service hangs below one that init keeps;
 * clients.h says why.
 */
#include <string.h>

#include <gbsd/calls.h>

#include "init.h"

/* What the configuration lets that client do at the service. */
static uint32_t
rights_of(
    struct init *init, const struct process *client, const struct service *s)
{
	const struct service *asker = init_of_process(init, client->number);

	for (unsigned i = 0; asker != NULL && i < asker->config->use_count; i++)
		if (strcmp(asker->config->uses[i].name, s->config->name) == 0)
			return asker->config->uses[i].rights;
	return CONFIG_PUBLIC;
}

enum error
lookup(struct init *init, struct service *s, uint32_t number, uint32_t *rights,
    cap_t *cap)
{
	const uint32_t give = RIGHT_SEND | RIGHT_DERIVE;
	const struct process *p = process_find(number);
	struct client *c;
	enum error e;

	if (s->port == 0)
		return E_UNAVAILABLE;
	if (p == NULL)
		return E_NOT_FOUND;
	*rights = rights_of(init, p, s);
	if (*rights == CONFIG_PUBLIC)
		*rights = s->config->public_rights;
	e = clients_get(&init->clients, p, (uint32_t)(s - init->services),
	    service_clients(s), &c);
	if (e != E_OK)
		return e;
	e = cap_derive(c->cap, give, cap);
	if (e != E_INVALID_CAP && e != E_INVALID_PORT)
		return e;
	e = service_capability(s, number, rights, &c->cap);
	if (e == E_OK)
		return cap_derive(c->cap, give, cap);
	clients_end(c);
	return e;
}

void
lookup_end(struct init *init, uint32_t number)
{
	struct client *c;

	while ((c = clients_any(&init->clients, number)) != NULL) {
		/* Both fail if its port is gone. */
		(void)!cap_revoke(c->cap);
		cap_close(c->cap);
		clients_end(c);
	}
}
