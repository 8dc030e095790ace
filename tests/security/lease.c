/*
 * lease: expiry.  What scheduler_server lends works until its time, and then
 * nowhere.
 */
#include <gbsd/service.h>
#include <proto/sched.h>

#include "security.h"

enum { TIME = 60 /* milliseconds */ };

static cap_t
lend(cap_t given, uint64_t time)
{
	struct sched_lease_req q = { .time = time };
	struct sched_lease_rep r;
	struct carried c = { .out = { given } };
	cap_t sched = 0;

	must(service_find("scheduler_server", &sched), "scheduler_server");
	must(sched_lease(sched, &q, &r, &c), "lease");
	return c.in[0];
}

static void
test_port(void)
{
	cap_t port = port_new(1), holder = port_new(1), own, lent, below, moved;
	uint64_t time;
	struct child c;
	bool before;

	own = sender_new(port, 8, 4);
	time = gbsd_time() + TIME * MILLISECOND;
	lent = lend(copy(own, RIGHT_SEND | RIGHT_DERIVE), time);
	below = copy(lent, RIGHT_SEND);
	moved = copy(lent, RIGHT_SEND);
	child_begin(&c, NULL);
	child_give(&c, "port", copy(lent, RIGHT_SEND));
	must(port_send(holder, 8, moved, 0, 0, 0), "send");
	before = port_send(lent, 8, 0, 0, 0, 0) == E_OK &&
		 port_send(below, 8, 0, 0, 0, 0) == E_OK;
	/* On a slow machine the time may be over before it is tried. */
	check(before || gbsd_time() >= time, "a_lease_works_before_its_time");
	child_role(&c, "sender");
	while (gbsd_time() < time + 20 * MILLISECOND)
		sleep_for(10);
	check(
	    !is_there(lent) && port_send(lent, 8, 0, 0, 0, 0) == E_INVALID_PORT,
	    "a_lease_expires");
	check(!is_there(below), "what_was_derived_of_a_lease_expires");
	check(receive(holder) == RECEIVED_MESSAGE && message()->caps[0] == 0,
	    "a_lease_expires_in_a_message_under_way");
	while (!is_empty(port))
		;
	check(child_says(&c, CHILD_GOOD) && is_empty(port),
	    "a_lease_expires_in_another_space");
	check(port_send(own, 8, 0, 0, 0, 0) == E_OK &&
		  receive(port) == RECEIVED_MESSAGE,
	    "what_was_lent_of_does_not_expire");
	child_end(&c);
}

static void
test_memory(void)
{
	struct child c;
	cap_t memory, port = port_new(1), given = 0, lent;
	uint64_t *view;
	bool seen;

	view = page_new(&memory);
	*view = SECRET;
	must(cap_range(memory, RIGHT_READ | RIGHT_DERIVE, 0, 1, &given),
	    "given");
	lent = lend(given, gbsd_time() + 500 * MILLISECOND);
	child_begin(&c, NULL);
	child_give(&c, "page", lent);
	child_give(&c, "port", sender_new(port, 1, 1));
	child_role(&c, "reader");
	seen =
	    receive(port) == RECEIVED_MESSAGE && message()->words[0] == SECRET;
	check(
	    seen && child_wait(&c) == ENDED_FAULT && c.fault.kind == FAULT_READ,
	    "lent_memory_is_unmapped_at_its_time");
	child_end(&c);
}

void
group_lease(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	test_port();
	test_memory();
}
