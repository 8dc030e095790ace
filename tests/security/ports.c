/*
 * ports: with its port an exchange ends, and whoever waits, asks or sends is
 * told.
 */
#include <string.h>

#include "security.h"

static volatile uint64_t waiting, waited, waiter_error;

static void
waiter(uint64_t port)
{
	enum received kind = 0;

	waiting = 1;
	waiter_error = port_receive(port, 0, &kind);
	waited = 1;
	thread_exit();
}

static bool
becomes_set(const volatile uint64_t *flag)
{
	uint64_t end = gbsd_time() + 5000 * MILLISECOND;

	while (*flag == 0 && gbsd_time() < end)
		sched_yield_now();
	return *flag != 0;
}

static void
test_waiter(void)
{
	cap_t port = port_new(1), receiver, raw;

	receiver = copy(port, RIGHT_RECEIVE);
	(void)thread_start(waiter, receiver, &raw);
	must(becomes_set(&waiting) ? E_OK : E_STATE, "a waiter");
	sleep_for(20);
	cap_close(port);
	check(becomes_set(&waited) && waiter_error == E_INVALID_PORT,
	    "a_destroyed_port_wakes_who_waits_there");
	memory_give(raw);
}

static void
test_senders(void)
{
	struct child c;
	cap_t port = port_new(1), sender;

	sender = sender_new(port, 1, 1);
	child_begin(&c, NULL);
	child_give(&c, "port", sender_new(port, 2, 1));
	child_role(&c, "sender");
	receive(port);
	cap_close(port);
	check(port_send(sender, 8, 0, 0, 0, 0) == E_INVALID_PORT &&
		  child_says(&c, CHILD_GOOD),
	    "a_destroyed_port_refuses_its_senders");
	child_end(&c);
}

static void
test_questions(void)
{
	cap_t port = port_new(1), answers = port_new(1), held, watch;
	cap_t carried = 0;

	must(port_send(port, 8, 0, 0, answers, 5), "ask");
	receive(port);
	held = message()->reply;
	must(cap_reply(answers, answers, 7, &carried), "carried");
	must(port_send(port, 8, carried, 0, answers, 6), "ask");
	must(cap_reply(port, answers, 8, &watch), "watch");
	cap_close(port);
	bool seen[9] = { false };

	/* The question, what it carried, and the watch. */
	for (unsigned i = 0; i < 3; i++) {
		must(receive(answers) == RECEIVED_EVENT ? E_OK : E_STATE,
		    "an event");
		seen[message()->badge % 9] = true;
	}
	check(seen[6] && seen[7],
	    "a_queued_question_at_a_destroyed_port_gets_a_dead_reply");
	check(seen[8], "who_watches_a_destroyed_port_is_told");
	/* What was received is its receiver's to answer. */
	check(is_empty(answers) && port_send(held, 8, 0, 0, 0, 0) == E_OK &&
		  receive(answers) == RECEIVED_REPLY && message()->badge == 5,
	    "a_question_that_was_received_can_be_answered_still");
}

/* Takes a question and dies over it. */
int
role_asked(int argc, char **argv)
{
	volatile uintptr_t nowhere = 0x10; /* the compiler must not know */

	(void)argc;
	(void)argv;
	receive(gbsd_cap("port"));
	if (gbsd_cap("crash") != 0)
		*(volatile int *)nowhere = 1;
	return CHILD_GOOD;
}

static void
test_death(void)
{
	for (unsigned crash = 0; crash < 2; crash++) {
		struct child c;
		cap_t port = port_new(1), answers = port_new(1);

		child_begin(&c, NULL);
		child_give(&c, "port", copy(port, RIGHT_RECEIVE));
		if (crash)
			child_give(&c, "crash", sender_new(port, 1, 1));
		must(port_send(port, 8, 0, 0, answers, 4), "ask");
		child_role(&c, "asked");
		(void)child_wait(&c);
		check(receive(answers) == RECEIVED_EVENT &&
			  message()->badge == 4 &&
			  message()->words[0] == EVENT_DEAD_REPLY,
		    crash ? "a_server_that_crashes_gives_a_dead_reply"
			  : "a_server_that_ends_gives_a_dead_reply");
		child_end(&c);
	}
}

/* Only its maker's capability makes a port live. */
static void
test_owner(void)
{
	cap_t port = port_new(1), receiver, all;

	receiver = copy(port, RIGHT_RECEIVE);
	all = copy(
	    port, RIGHT_RECEIVE | RIGHT_SEND | RIGHT_SIGNAL | RIGHT_DERIVE);
	cap_close(receiver);
	cap_close(all);
	check(port_send(port, 8, 0, 0, 0, 0) == E_OK &&
		  receive(port) == RECEIVED_MESSAGE,
	    "who_does_not_own_a_port_cannot_end_it");
}

void
group_ports(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	test_waiter();
	test_senders();
	test_questions();
	test_death();
	test_owner();
}
