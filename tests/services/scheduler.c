/* scheduler: scheduler_server: sleepers, alarms, leases, priorities. */
#include "play.h"

#include <stdio.h>

#include <proto/sched.h>

enum { STACK_PAGES = 4 };

static struct service scheduler = { .name = "scheduler",
	.image = "servers/scheduler",
	.keep = 802816,
	.limits = { .capabilities = 20000, .mappings = 14, .pages = 64 } };

static void
ask_to_sleep(cap_t sched, cap_t port, uint64_t time)
{
	message()->words[0] = sched_op_sleep_until;
	message()->words[1] = time;
	must(port_send(sched, 16, 0, 0, port, time), "ask to sleep");
}

static void
test_sleep(cap_t sched)
{
	struct sched_sleep_until_req q = { .time =
					       gbsd_time() + 20 * MILLISECOND };
	struct sched_sleep_until_rep r = { 0 };
	uint64_t first = q.time + 10 * MILLISECOND;
	cap_t port;

	check(sched_sleep_until(sched, &q, &r, NULL) == E_OK &&
		  gbsd_time() >= q.time && r.now >= q.time,
	    "sleeper_is_woken_when_it_is_time");

	port = port_new(1);
	first = gbsd_time() + 10 * MILLISECOND;
	ask_to_sleep(sched, port, first + 2 * MILLISECOND);
	ask_to_sleep(sched, port, first);
	ask_to_sleep(sched, port, first + 1 * MILLISECOND);
	bool order = true;

	for (unsigned i = 0; i < 3; i++)
		order &= receive(port) == RECEIVED_REPLY &&
			 message()->badge == first + i * MILLISECOND;
	check(order, "sleepers_are_woken_in_order");
	cap_close(port);
}

static void
test_alarm(cap_t sched)
{
	struct sched_alarm_req q = { .key = 1, .bits = 6 };
	struct sched_alarm_rep r;
	struct carried carried = { 0 };
	cap_t port;

	port = port_new(1);
	check(sched_alarm(sched, &q, &r, NULL) == E_NOT_FOUND,
	    "alarm_needs_a_capability_once");
	must(cap_badge(port, RIGHT_SIGNAL, 0xF, 0, &carried.out[0]), "badge");
	q.time = gbsd_time() + 10 * MILLISECOND;
	must(sched_alarm(sched, &q, &r, &carried), "alarm");
	check(receive(port) == RECEIVED_BITS && message()->words[0] == 6 &&
		  gbsd_time() >= q.time,
	    "alarm_sets_its_bits_in_time");
	q.time = gbsd_time() + 5 * MILLISECOND;
	check(sched_alarm(sched, &q, &r, NULL) == E_OK &&
		  receive(port) == RECEIVED_BITS && gbsd_time() >= q.time,
	    "alarm_is_set_again_without_a_capability");

	struct sched_cancel_req cancel = { .key = 1 };
	struct sched_cancel_rep nothing;

	check(sched_cancel(sched, &cancel, &nothing, NULL) == E_OK &&
		  sched_cancel(sched, &cancel, &nothing, NULL) == E_NOT_FOUND,
	    "alarm_is_forgotten");
	cap_close(port);
}

static void
test_scheduler_restart(cap_t sched)
{
	struct sched_alarm_req q = { .key = 2, .bits = 1 };
	struct sched_alarm_rep r;
	struct carried carried = { 0 };
	cap_t port, alarms;

	port = port_new(1);
	alarms = port_new(1);
	must(cap_badge(alarms, RIGHT_SIGNAL, 1, 0, &carried.out[0]), "badge");
	q.time = gbsd_time() + 60 * MILLISECOND;
	must(sched_alarm(sched, &q, &r, &carried), "alarm");
	ask_to_sleep(sched, port, q.time);
	must(sched_query(sched, &(struct sched_query_req){},
		 &(struct sched_query_rep){ 0 }, NULL),
	    "query");
	kill_service(&scheduler);
	check(receive(port) == RECEIVED_EVENT &&
		  message()->words[0] == EVENT_DEAD_REPLY,
	    "sleeper_is_told_that_the_server_died");
	start(&scheduler);
	ask_to_sleep(sched, port, q.time);
	check(receive(port) == RECEIVED_REPLY && gbsd_time() >= q.time,
	    "sleeper_sleeps_again");
	check(receive(alarms) == RECEIVED_BITS && message()->words[0] == 1,
	    "alarm_outlives_the_server");
}

/* --- leases ----------------------------------------------------------------*/

/* What is lent until then; given stays with the server. */
static cap_t
lend(cap_t sched, cap_t given, uint64_t time)
{
	struct sched_lease_req q = { .time = time };
	struct sched_lease_rep r;
	struct carried carried = { .out = { given } };

	must(sched_lease(sched, &q, &r, &carried), "lease");
	return carried.in[0];
}

static bool
is_there(cap_t cap)
{
	uint64_t info;

	return cap_query(cap, &info) == E_OK;
}

static void
sleep_until(cap_t sched, uint64_t time)
{
	struct sched_sleep_until_req q = { .time = time };
	struct sched_sleep_until_rep r;

	must(sched_sleep_until(sched, &q, &r, NULL), "sleep");
}

static void
test_lease_of_port(cap_t sched)
{
	uint64_t time = gbsd_time() + 50 * MILLISECOND;
	cap_t port = port_new(1), given, lent, below, own, message_there;
	cap_t holder = port_new(1);

	must(cap_badge(port, RIGHT_SEND | RIGHT_DERIVE, 8, 2, &own), "badge");
	must(cap_derive(own, RIGHT_SEND | RIGHT_DERIVE, &given), "derive");
	lent = lend(sched, given, time);
	must(cap_derive(lent, RIGHT_SEND | RIGHT_DERIVE, &below), "derive");
	must(cap_derive(below, RIGHT_SEND, &message_there), "derive");
	must(port_send(holder, 0, message_there, 0, 0, 0), "send");
	check(port_send(lent, 8, 0, 0, 0, 0) == E_OK &&
		  port_send(below, 8, 0, 0, 0, 0) == E_OK && gbsd_time() < time,
	    "lent_capability_works_before_its_time");
	check(receive(port) == RECEIVED_MESSAGE &&
		  receive(port) == RECEIVED_MESSAGE && message()->badge == 8,
	    "what_was_sent_by_it_came");
	sleep_until(sched, time + MILLISECOND);
	check(
	    port_send(lent, 8, 0, 0, 0, 0) == E_INVALID_PORT && !is_there(lent),
	    "lent_capability_is_dead_after_its_time");
	check(!is_there(below), "so_is_what_was_derived_of_it");
	check(receive(holder) == RECEIVED_MESSAGE && message()->caps[0] == 0,
	    "even_in_a_message");
	check(port_send(own, 8, 0, 0, 0, 0) == E_OK &&
		  receive(port) == RECEIVED_MESSAGE,
	    "what_it_was_lent_of_goes_on");
}

static void
test_lease_of_memory(cap_t sched)
{
	const uint32_t rights = RIGHT_READ | RIGHT_WRITE | RIGHT_DERIVE;
	uint64_t time = gbsd_time() + 20 * MILLISECOND;
	cap_t raw, frame, given, lent, inner;
	uint64_t *here;
	void *at;

	must(memory_take(2, &raw), "memory");
	must(cap_range(raw, rights, 0, 2, &frame), "frame");
	must(cap_range(frame, rights, 1, 1, &given), "range");
	lent = lend(sched, given, time);
	must(cap_range(lent, RIGHT_READ | RIGHT_WRITE, 0, 1, &inner), "range");
	must(memory_map(inner, VM_READ | VM_WRITE, &at), "map");
	here = at;
	*here = 4711;
	sleep_until(sched, time + MILLISECOND);
	/* A mapping of it would be in the way. */
	check(!is_there(lent) && !is_there(inner) &&
		  vm_map(frame, (char *)at - PAGE_SIZE, VM_READ, 0) == E_OK &&
		  *here == 4711,
	    "lent_memory_is_not_mapped_any_more");
	memory_give(raw);
}

static void
test_lease_is_refused(cap_t sched)
{
	struct sched_lease_req q = { .time = 0 };
	struct sched_lease_rep r;
	struct carried carried = { 0 };
	cap_t port = port_new(1);

	check(sched_lease(sched, &q, &r, NULL) == E_INVALID,
	    "lease_needs_a_capability");
	must(cap_badge(port, RIGHT_SEND, 1, 1, &carried.out[0]), "badge");
	check(sched_lease(sched, &q, &r, &carried) == E_NO_RIGHTS,
	    "lease_needs_the_right_to_derive");
}

static void
test_lease_of_the_dead(void)
{
	cap_t other = client(&scheduler, 6, SCHED_SLEEP, 4);
	cap_t port = port_new(1), given, lent;
	enum received kind;

	must(cap_badge(port, RIGHT_SEND | RIGHT_DERIVE, 8, 1, &given), "badge");
	lent = lend(other, given, UINT64_MAX);
	check(is_there(lent), "lease_may_have_no_end");
	cap_close(other);
	/* It and the server's own were all with that badge. */
	check(receive(port) == RECEIVED_EVENT &&
		  message()->words[0] == EVENT_BADGE_GONE &&
		  message()->badge == 8 && !is_there(lent),
	    "lease_ends_with_its_client");
	check(port_receive(port, RECEIVE_NO_WAIT, &kind) == E_WOULD_BLOCK,
	    "once");
}

static void
test_lease(cap_t sched)
{
	test_lease_of_port(sched);
	test_lease_of_memory(sched);
	test_lease_is_refused(sched);
	test_lease_of_the_dead();
}

/* --- a restart in place ----------------------------------------------------*/

static void
test_lease_restart(cap_t sched)
{
	uint64_t soon = gbsd_time() + 30 * MILLISECOND;
	uint64_t late = gbsd_time() + 3600000 * MILLISECOND;
	cap_t port = port_new(1), given[2], lent[2];

	for (unsigned i = 0; i < 2; i++)
		must(cap_badge(
			 port, RIGHT_SEND | RIGHT_DERIVE, 20 + i, 1, &given[i]),
		    "badge");
	lent[0] = lend(sched, given[0], soon);
	lent[1] = lend(sched, given[1], late);
	kill_service(&scheduler);
	while (gbsd_time() < soon)
		sched_yield_now();
	check(is_there(lent[0]), "nobody_takes_back_while_it_is_dead");
	start(&scheduler);
	sleep_until(sched, gbsd_time() + MILLISECOND);
	check(!is_there(lent[0]), "lease_survives_its_server_and_ends");
	check(port_send(lent[1], 8, 0, 0, 0, 0) == E_OK,
	    "lease_survives_its_server_and_goes_on");
}

/* --- priorities ------------------------------------------------------------*/

static volatile uint64_t turns[2];

static void
spin(uint64_t which)
{
	for (;;)
		turns[which]++;
}

static cap_t
start_spinner(uint64_t which)
{
	cap_t stack, raw, task = 0;
	void *at;

	/* The page behind it is free: for the area. */
	must(memory_new(STACK_PAGES, VM_READ | VM_WRITE, &at, &stack), "stack");
	must(memory_take(TASK_PAGES, &raw), "task's memory");
	must(sched_spawn(raw, 0, (uint64_t)spin,
		 (uint64_t)at + STACK_PAGES * PAGE_SIZE, which, "spin", &task),
	    "spinner");
	return task;
}

static void
lower(cap_t sched, cap_t task, uint64_t priority)
{
	struct sched_set_priority_req q = { .priority = priority };
	struct sched_set_priority_rep r;
	struct carried carried = { 0 };

	must(cap_derive(task, RIGHT_CONTROL, &carried.out[0]), "derive");
	must(sched_set_priority(sched, &q, &r, &carried), "priority");
}

static void
test_priority(cap_t sched)
{
	cap_t first = start_spinner(0), second = start_spinner(1);
	struct sched_sleep_until_req q;
	struct sched_sleep_until_rep r;

	lower(sched, first, 10);
	lower(sched, second, 9);
	/* Until then they were equals of this task. */
	turns[0] = turns[1] = 0;
	for (unsigned i = 0; i < 50 && turns[0] == 0; i++) {
		q.time = gbsd_time() + 100 * MILLISECOND;
		must(sched_sleep_until(sched, &q, &r, NULL), "sleep");
	}
	check(turns[0] > 0 && turns[1] == 0, "priority_decides_who_runs");
	lower(sched, second, 10);
	q.time = gbsd_time() + 200 * MILLISECOND;
	turns[0] = turns[1] = 0;
	must(sched_sleep_until(sched, &q, &r, NULL), "sleep");
	check(turns[0] > 0 && turns[1] > 0, "tasks_of_one_priority_take_turns");
	must(sys_signal(first, SIGNAL_KILL, 0), "end");
	must(sys_signal(second, SIGNAL_KILL, 0), "end");
}

static void
test_priority_is_limited(cap_t sched)
{
	struct sched_set_priority_req q = { .priority = PRIORITY_DEFAULT + 1 };
	struct sched_set_priority_rep r;
	struct carried carried = { 0 };
	cap_t task = start_spinner(0), urgent;

	must(cap_derive(task, RIGHT_CONTROL, &carried.out[0]), "derive");
	check(sched_set_priority(sched, &q, &r, &carried) == E_NO_RIGHTS,
	    "priority_has_a_limit");
	urgent = client(&scheduler, 7, SCHED_PRIORITY | SCHED_URGENT, 4);
	must(cap_derive(task, RIGHT_CONTROL, &carried.out[0]), "derive");
	check(sched_set_priority(urgent, &q, &r, &carried) == E_OK,
	    "and_another_one_for_the_urgent");
	q.priority = PRIORITY_SCHEDULER;
	must(cap_derive(task, RIGHT_CONTROL, &carried.out[0]), "derive");
	check(sched_set_priority(urgent, &q, &r, &carried) == E_NO_RIGHTS,
	    "nobody_comes_before_the_scheduler");
	check(sched_set_priority(urgent, &q, &r, NULL) != E_OK,
	    "priority_needs_a_task");
	must(sys_signal(task, SIGNAL_KILL, 0), "end");
}

void
test_scheduler(void)
{
	prepare(&scheduler);
	must(spawn_copy(&scheduler.spawn, "machine", machine, RIGHT_SCHEDULE),
	    "give machine");
	start(&scheduler);

	cap_t sched = client(&scheduler, 5, SCHED_SLEEP | SCHED_PRIORITY, 8);
	struct sched_query_rep r = { 0 };

	test_sleep(sched);
	test_alarm(sched);
	test_lease(sched);
	test_scheduler_restart(sched);
	test_lease_restart(sched);
	test_priority(sched);
	test_priority_is_limited(sched);
	check(
	    sched_query(sched, &(struct sched_query_req){}, &r, NULL) == E_OK &&
		r.sleepers == 0 && r.woken >= 2,
	    "scheduler_says_how_it_does");
	printf("# woken at most %llu us late\n",
	    (unsigned long long)r.late / 1000);
}
