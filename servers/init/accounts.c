/*
 * accounts: see accounts.h.
 *
 * init waits for nobody, but for this answer it does, for a moment:
 * memory_server answers at once or is dead, and a life that fails for want of
 * an account is tried again later, like any other.
 */
#include <string.h>

#include <gbsd/calls.h>
#include <gbsd/memory.h>
#include <proto/memory.h>

#include "accounts.h"

enum { LEAST = 64 /* pages */ };

#define PATIENCE (200ull * 1000 * 1000) /* nanoseconds */

/* Where answers come: of its own, for a late one must not be taken for
 * another. */
static enum error
reply_port(cap_t *raw, cap_t *port)
{
	enum error e = memory_take(1, raw);

	if (e != E_OK)
		return e;
	e = port_allocate(*raw, port);
	if (e != E_OK)
		memory_give(*raw);
	return e;
}

static enum error
wait_answer(cap_t port, cap_t *account)
{
	const struct message *m = &gbsd_area()->message;
	uint64_t until = gbsd_time() + PATIENCE;
	enum received kind;

	while (gbsd_time() < until) {
		enum error e = port_receive(port, RECEIVE_NO_WAIT | 1, &kind);

		if (e == E_WOULD_BLOCK || e == E_INTERRUPTED) {
			sched_yield_now();
			continue;
		}
		if (e != E_OK)
			return e;
		if (kind != RECEIVED_REPLY)
			return E_UNAVAILABLE;
		*account = m->caps[0];
		return (enum error)(uint32_t)m->words[0];
	}
	return E_TIMED_OUT;
}

static enum error
open_account(
    struct service *server, uint32_t pages, uint32_t accounts, cap_t *account)
{
	const struct mem_open_req q = { .limit = pages,
		.accounts = accounts,
		.rights = MEM_TAKE | MEM_OPEN };
	uint32_t rights = MEM_ROOT | MEM_OPEN | MEM_TAKE;
	struct message *m = &gbsd_area()->message;
	cap_t root, raw, port;
	enum error e = reply_port(&raw, &port);

	if (e != E_OK)
		return e;
	e = service_capability(server, INIT_SELF, &rights, &root);
	if (e == E_OK) {
		m->words[0] = mem_op_open;
		memcpy(&m->words[1], &q, sizeof(q));
		e = port_send(root, 8 + sizeof(q), 0, 0, port, 1);
		if (e == E_OK)
			e = wait_answer(port, account);
		cap_close(root);
	}
	memory_give(raw); /* and the port with it */
	return e;
}

enum error
account_give(struct init *init, struct spawn *spawn, const char *name,
    uint32_t pages, uint32_t accounts, cap_t *account)
{
	static const char name_of_it[INIT_NAME] = "memory_server";
	struct service *server = init_find(init, name_of_it);
	cap_t copy;
	enum error e;

	if (server == NULL || !service_runs(server))
		return E_UNAVAILABLE;
	/* On a small machine nobody gets what it has not. */
	do
		e = open_account(server, pages, accounts, account);
	while (e == E_LIMIT && (pages /= 2) >= LEAST);
	if (e != E_OK)
		return e;
	e = cap_derive(*account, RIGHT_SEND | RIGHT_DERIVE, &copy);
	if (e == E_OK) {
		e = spawn_give(spawn, name, copy);
		if (e != E_OK)
			cap_close(copy);
	}
	if (e != E_OK)
		account_end(account);
	return e;
}

void
account_end(cap_t *account)
{
	if (*account == 0)
		return;
	(void)!cap_revoke(*account);
	cap_close(*account);
	*account = 0;
}
