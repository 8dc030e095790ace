/*
 * memory_server: who gets which memory.  This file is the wire; memory.c is
 * the work.
 *
 * It is the first service and needs no other one.  It never maps what it
 * gives, and what it does for one request is bounded.
 */
#include <string.h>

#include <gbsd/serve.h>
#include <proto/memory.h>

#include "memory.h"

_Static_assert((int)MEM_LEAST == (int)STORE_LEAST &&
		   (int)MEM_ACCOUNTS == (int)STORE_ACCOUNTS &&
		   SERVE_OWN_CLIENT == STORE_CLIENT,
    "the protocol and the work agree");

enum { SHARE = 2 };
#define BIT_STEP 1 /* of its own port: there is more to take back */

struct server {
	struct store *store;
	cap_t port;
	bool told; /* BIT_STEP is set, and has not come yet */
};

/* Whose request that is; NULL: nobody's. */
static struct account *
account_of(const struct server *s, const struct exchange *x)
{
	return x->rights & MEM_ROOT ? &s->store->accounts[0]
				    : store_account(s->store, x->client);
}

static enum error
do_take(struct server *s, struct exchange *x, const struct mem_take_req *q,
    struct mem_take_rep *r)
{
	struct account *a = account_of(s, x);
	struct taken taken;
	enum error e;

	if (a == NULL)
		return E_NO_RIGHTS;
	if (x->reply == 0)
		return E_INVALID_REQUEST; /* nobody would have it */
	e = store_take(
	    s->store, a, (x->rights & MEM_BUS) != 0, q->pages, &taken);
	if (e != E_OK)
		return e;
	x->out[0] = taken.cap;
	r->pages = taken.pages;
	r->piece = taken.number;
	return E_OK;
}

static enum error
do_give(struct server *s, struct exchange *x, const struct mem_give_req *q,
    struct mem_give_rep *r)
{
	struct account *a = account_of(s, x);

	(void)r;
	return a != NULL ? store_give(s->store, a, q->piece) : E_NO_RIGHTS;
}

static enum error
do_open(struct server *s, struct exchange *x, const struct mem_open_req *q,
    struct mem_open_rep *r)
{
	struct account *parent = account_of(s, x);
	struct account *a;
	enum error e;

	if (parent == NULL || (q->rights & ~x->rights) ||
	    (q->rights & MEM_ROOT))
		return E_NO_RIGHTS;
	if (x->reply == 0)
		return E_INVALID_REQUEST;
	e = store_open(s->store, parent, q->limit, q->accounts, &a);
	if (e != E_OK)
		return e;
	e = cap_badge(s->port, RIGHT_SEND | RIGHT_DERIVE,
	    PROTO_BADGE(a->client, q->rights), SHARE, &a->badge);
	if (e != E_OK) {
		store_gone(s->store, a);
		return e;
	}
	x->out[0] = a->badge;
	r->account = a->client;
	return E_OK;
}

static enum error
do_reset(struct server *s, struct exchange *x, const struct mem_reset_req *q,
    struct mem_reset_rep *r)
{
	struct account *parent = account_of(s, x);
	struct account *a;
	enum error e = E_NO_RIGHTS;

	(void)r;
	if (parent != NULL)
		e = store_reset(s->store, parent, q->account, &a);
	if (e == E_WOULD_BLOCK)
		a->reply = exchange_keep(x);
	return e;
}

static enum error
do_info(struct server *s, struct exchange *x, const struct mem_info_req *q,
    struct mem_info_rep *r)
{
	const struct account *a = account_of(s, x);

	(void)q;
	if (a == NULL)
		return E_NO_RIGHTS;
	r->used = a->used;
	r->limit = a->limit;
	r->free = s->store->pieces.free_pages;
	r->total = s->store->pieces.total_pages;
	r->accounts = a->accounts_left;
	return E_OK;
}

PROTO_TABLE(mem, MEM_OPS)

static void
gone(void *state, uint32_t client, uint32_t rights)
{
	struct server *s = state;
	struct account *a = store_account(s->store, client);

	(void)rights;
	if (a != NULL)
		store_gone(s->store, a);
}

static void
answer_reset(cap_t reply)
{
	const struct mem_reset_rep r = {};

	ANSWER(mem, reset, reply, E_OK, &r, NULL);
}

static void
bits(void *state, uint64_t bits)
{
	struct server *s = state;

	(void)bits;
	s->told = false;
}

/* What is to be taken back goes on between requests. */
static void
turn(void *state)
{
	struct server *s = state;

	if (store_step(s->store, answer_reset) && !s->told)
		s->told = sys_signal(s->port, SIGNAL_BITS, BIT_STEP) == E_OK;
}

/* All that is left of RAM, in any number of parts. */
static void
add_memory(struct store *store)
{
	const struct start *start = gbsd_start();

	for (uint32_t i = 0; i < start->cap_count; i++) {
		const struct start_cap *c = &start->caps[i];
		uint32_t rights;
		size_t pages;

		if (strncmp(c->name, "rest", sizeof(c->name)) != 0 ||
		    memory_query(c->cap, &rights, &pages) != E_OK ||
		    !(rights & RIGHT_MAKE))
			continue;
		/* Without a record for it the memory stays unused. */
		if (store_add(store, c->cap, rights, pages,
			start->memory_zero & START_RAM_ZERO ? 0 : pages) !=
		    E_OK)
			return;
	}
}

/* A badge that was made but not sent in the last life is closed: so its
 * account goes.  Of those that were sent the handle is stale. */
static void
close_badges(struct store *store)
{
	for (unsigned i = 1; i <= STORE_ACCOUNTS; i++)
		if (store->accounts[i].state == ACCOUNT_OPEN)
			cap_close(store->accounts[i].badge);
}

int
main(void)
{
	const struct start *start = gbsd_start();
	struct server s = { .store = (struct store *)start->keep,
		.port = gbsd_cap("port") };
	struct serve loop = { .port = s.port,
		.ops = mem_ops,
		.count = COUNT(mem_ops),
		.state = &s,
		.bits = bits,
		.gone = gone,
		.turn = turn };
	enum error e;

	if (start->keep == 0)
		return 1;
	e = store_begin(s.store, start->keep_size);
	if (e == E_OK)
		add_memory(s.store);
	else if (e == E_EXISTS)
		close_badges(s.store);
	else
		return 1;
	turn(&s); /* what the last life had begun */
	serve(&loop);
	return 0;
}
