/*
 * scheduler_server: policy: who is woken when, and who goes first.  This file
 * is the wire; scheduler.c has the times.
 *
 * The kernel goes round by itself among tasks of one priority and needs
 * nobody for it.  So if this server dies or hangs, nobody but its sleepers
 * notices, and they are told by dead replies.
 */
#include <stdlib.h>

#include <gbsd/serve.h>
#include <proto/sched.h>

#include "scheduler.h"

struct server {
	struct scheduler times;
	cap_t machine; /* with RIGHT_SCHEDULE, and nothing else */
	uint64_t armed; /* what the kernel was told, TIME_NEVER: nothing */
	struct sched_query_rep counts;
};

static struct server server;

/* Forgets an entry.  What was lent ends first: a life that ends in between
 * finds the entry and does it again. */
static void
drop(struct server *s, struct entry *entry)
{
	cap_t cap = entry->cap;

	if (entry->kind == ENTRY_LEASE)
		(void)!cap_revoke(cap); /* it fails if it is gone already */
	scheduler_remove(&s->times, entry);
	cap_close(cap);
}

static void
wake(struct server *s, struct entry *entry, uint64_t now)
{
	struct sched_sleep_until_rep rep = { .now = now };
	uint64_t late = now - entry->time;
	cap_t cap = entry->cap;

	s->counts.woken++;
	if (late > s->counts.late)
		s->counts.late = late;
	if (entry->kind == ENTRY_LEASE) {
		drop(s, entry);
		return;
	}
	if (entry->kind == ENTRY_SLEEP) {
		scheduler_remove(&s->times, entry);
		ANSWER(sched, sleep_until, cap, E_OK, &rep, NULL);
		return;
	}
	scheduler_set(&s->times, entry, TIME_NEVER);
	if (sys_signal(cap, SIGNAL_BITS, entry->bits) == E_OK)
		return;
	/* Its port is gone. */
	cap_close(cap);
	scheduler_remove(&s->times, entry);
}

/* Wakes who is due, and tells the kernel of who is next. */
static void
turn(void *state)
{
	struct server *s = state;
	uint64_t now = gbsd_time();
	struct entry *first;

	while (
	    (first = scheduler_first(&s->times)) != NULL && first->time <= now)
		wake(s, first, now);
	s->counts.next = first == NULL ? TIME_NEVER : first->time;
	if (s->counts.next == s->armed)
		return;
	s->armed = s->counts.next;
	if (sched_switch_timer(s->machine, s->armed) != E_OK)
		exit(1); /* without the right there is nothing to do here */
}

static void
bits(void *state, uint64_t bits)
{
	struct server *s = state;

	if (bits & BIT_TICK)
		s->counts.ticks++;
	if (bits & BIT_DEADLINE)
		s->armed = TIME_NEVER; /* the kernel forgets it */
}

static enum error
do_sleep_until(struct server *s, struct exchange *x,
    const struct sched_sleep_until_req *q, struct sched_sleep_until_rep *r)
{
	const struct entry new = { .kind = ENTRY_SLEEP,
		.client = x->client,
		.time = q->time,
		.cap = x->reply };
	struct entry *entry;
	enum error e;

	r->now = gbsd_time();
	if (q->time <= r->now || x->reply == 0)
		return E_OK;
	e = scheduler_add(&s->times, &new, &entry);
	if (e == E_OK)
		exchange_keep(x);
	return e;
}

static enum error
do_alarm(struct server *s, struct exchange *x, const struct sched_alarm_req *q,
    struct sched_alarm_rep *r)
{
	struct entry *entry = scheduler_find(&s->times, x->client, q->key);
	const struct entry new = { .kind = ENTRY_ALARM,
		.client = x->client,
		.time = q->time,
		.key = q->key,
		.bits = q->bits,
		.cap = x->in[0] };
	enum error e;

	(void)r;
	if (entry != NULL && x->in[0] == 0) {
		scheduler_set(&s->times, entry, q->time);
		return E_OK;
	}
	if (x->in[0] == 0)
		return E_NOT_FOUND;
	if (entry != NULL) {
		cap_close(entry->cap);
		scheduler_remove(&s->times, entry);
	}
	e = scheduler_add(&s->times, &new, &entry);
	if (e == E_OK)
		exchange_take(x, 0);
	return e;
}

static enum error
do_cancel(struct server *s, struct exchange *x,
    const struct sched_cancel_req *q, struct sched_cancel_rep *r)
{
	struct entry *entry = scheduler_find(&s->times, x->client, q->key);

	(void)r;
	if (entry == NULL)
		return E_NOT_FOUND;
	cap_close(entry->cap);
	scheduler_remove(&s->times, entry);
	return E_OK;
}

static enum error
do_set_priority(struct server *s, struct exchange *x,
    const struct sched_set_priority_req *q, struct sched_set_priority_rep *r)
{
	uint64_t most = x->rights & SCHED_URGENT ? PRIORITY_SCHEDULER - 1
						 : PRIORITY_DEFAULT;

	(void)r;
	if (q->priority > most)
		return E_NO_RIGHTS;
	return sched_switch_to(s->machine, x->in[0], q->priority, 0);
}

/* A child of cap with all its rights. */
static enum error
lend(cap_t cap, cap_t *out)
{
	uint64_t info;
	enum error e = cap_query(cap, &info);

	if (e != E_OK)
		return e;
	return CAP_INFO_TYPE(info) == OBJECT_MEMORY
		   ? cap_range(cap, CAP_INFO_RIGHTS(info), 0,
			 CAP_INFO_PAGES(info), out)
		   : cap_derive(
			 cap, CAP_INFO_RIGHTS(info) & ~RIGHT_DESTROY, out);
}

static enum error
do_lease(struct server *s, struct exchange *x, const struct sched_lease_req *q,
    struct sched_lease_rep *r)
{
	const struct entry new = { .kind = ENTRY_LEASE,
		.client = x->client,
		.time = q->time,
		.cap = x->in[0] };
	struct entry *entry;
	enum error e;

	(void)r;
	if (x->in[0] == 0 || x->reply == 0)
		return E_INVALID;
	e = lend(x->in[0], &x->out[0]);
	if (e != E_OK)
		return e;
	e = scheduler_add(&s->times, &new, &entry);
	if (e != E_OK) {
		cap_close(x->out[0]);
		x->out[0] = 0;
		return e;
	}
	exchange_take(x, 0);
	return E_OK;
}

static enum error
do_query(struct server *s, struct exchange *x, const struct sched_query_req *q,
    struct sched_query_rep *r)
{
	(void)x, (void)q;
	*r = s->counts;
	r->sleepers = s->times.sleepers;
	r->alarms = s->times.used - s->times.sleepers;
	return E_OK;
}

/* Sleepers of a client that is gone are nobody's any more. */
static void
gone(void *state, uint32_t client, uint32_t rights)
{
	struct server *s = state;
	struct entry *entry;

	(void)rights;
	while ((entry = scheduler_any(&s->times, client)) != NULL)
		drop(s, entry);
}

PROTO_TABLE(sched, SCHED_OPS)

/* KEEP memory; without it alarms die with the server too. */
static struct scheduler_store *
store_of(void)
{
	const struct start *start = gbsd_start();

	if (start->keep_size >= sizeof(struct scheduler_store))
		return (struct scheduler_store *)start->keep;
	return calloc(1, sizeof(struct scheduler_store));
}

int
main(void)
{
	struct server *s = &server;
	struct serve loop = { .port = gbsd_cap("port"),
		.ops = sched_ops,
		.count = COUNT(sched_ops),
		.state = s,
		.bits = bits,
		.gone = gone,
		.turn = turn };
	struct scheduler_store *store = store_of();
	enum error e;

	s->machine = gbsd_cap("machine");
	s->armed = TIME_NEVER;
	if (store == NULL)
		return 1;
	scheduler_open(&s->times, store);
	e = sched_switch_server(s->machine, loop.port, gbsd_cap("watcher"));
	if (e != E_OK)
		return 2;
	turn(s); /* for alarms of an earlier life */
	serve(&loop);
	return 0;
}
