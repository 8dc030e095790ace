/* victim: the server that is made to be mistreated; see victim.h. */
#include "probe.h"

#include <gbsd/serve.h>

#include "victim.h"

struct victim {
	cap_t waiting;
	uint64_t gone;
	uint64_t *keep;
};

static enum error
do_add(struct victim *v, struct exchange *x, const struct victim_add_req *q,
    struct victim_add_rep *r)
{
	(void)v;
	(void)x;
	r->sum = q->a + q->b;
	return E_OK;
}

static void
die_before(struct victim *v, uint64_t lives)
{
	if (gbsd_start()->restarts >= lives)
		return;
	v->keep[0] = KEPT;
	gbsd_exit(STATUS);
}

static enum error
do_die(struct victim *v, struct exchange *x, const struct victim_die_req *q,
    struct victim_die_rep *r)
{
	(void)x;
	die_before(v, q->lives);
	r->restarts = gbsd_start()->restarts;
	r->kept = v->keep[0];
	return E_OK;
}

static enum error
do_die_once(struct victim *v, struct exchange *x,
    const struct victim_die_once_req *q, struct victim_die_once_rep *r)
{
	(void)x;
	(void)r;
	die_before(v, q->lives);
	return E_OK;
}

static enum error
do_secret(struct victim *v, struct exchange *x,
    const struct victim_secret_req *q, struct victim_secret_rep *r)
{
	(void)v;
	(void)x;
	(void)q;
	(void)r;
	return E_OK;
}

static enum error
do_later(struct victim *v, struct exchange *x, const struct victim_later_req *q,
    struct victim_later_rep *r)
{
	(void)q;
	(void)r;
	v->waiting = exchange_keep(x);
	return E_OK;
}

static enum error
do_release(struct victim *v, struct exchange *x,
    const struct victim_release_req *q, struct victim_release_rep *r)
{
	(void)x;
	(void)q;
	r->waited = ANSWER(victim, later, v->waiting, E_OK,
	    &(struct victim_later_rep){}, NULL);
	v->waiting = 0;
	return E_OK;
}

static enum error
do_gift(struct victim *v, struct exchange *x, const struct victim_gift_req *q,
    struct victim_gift_rep *r)
{
	(void)v;
	(void)q;
	(void)r;
	x->out[1] = exchange_take(x, 0);
	return E_OK;
}

static enum error
do_gone(struct victim *v, struct exchange *x, const struct victim_gone_req *q,
    struct victim_gone_rep *r)
{
	(void)x;
	(void)q;
	r->count = v->gone;
	return E_OK;
}

PROTO_TABLE(victim, VICTIM_OPS)

static void
on_gone(void *state, uint32_t client, uint32_t rights)
{
	struct victim *v = state;

	(void)client;
	(void)rights;
	v->gone++;
}

int
victim(void)
{
	struct victim v = { .keep = (uint64_t *)gbsd_start()->keep };

	serve(&(struct serve){ .port = gbsd_cap("port"),
	    .ops = victim_ops,
	    .count = COUNT(victim_ops),
	    .state = &v,
	    .gone = on_gone });
	return 1;
}
