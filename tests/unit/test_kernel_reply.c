/*
 * test_kernel_reply: what travels in messages, replies, and how they end.
 *
 * Contract: a capability is at one place; what a receiver does not take is
 * gone; for each SEND_ONCE its port hears one reply or one dead reply,
 * whatever ends in whatever order.
 */
#include "kernel_test.h"

enum { SERVER = 0x51, CLIENT, OTHER };

/* --- replies -----------------------------------------------------------------*/

static void
answer_arrives_at_the_reply_port(void **state)
{
	cap_t port = new_port(), reply = new_port(), answer;

	(void)state;
	must(ask(port, reply, 55));
	must(receive(port));
	answer = message()->reply;
	assert_int_equal(CAP_INFO_TYPE(query(answer)), OBJECT_REPLY);
	assert_int_equal(
	    CAP_INFO_RIGHTS(query(answer)), RIGHT_SEND | RIGHT_SEND_ONCE);
	must(send(answer, 6));
	assert_error(send(answer, 7), E_INVALID_PORT);
	assert_int_equal(poll(reply), RECEIVED_REPLY);
	assert_int_equal(message()->badge, 55);
	assert_int_equal(message()->words[0], 6);
}

static void
reply_is_never_refused_for_room(void **state)
{
	cap_t port = new_port(), answers[6];

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		answers[i] = new_reply(port, port, i);
	for (unsigned i = 0; i < PORT_SHARE; i++)
		must(send(port, i));
	assert_error(send(port, 9), E_PORT_FULL);
	assert_refused(ask(new_port(), port, 7), E_NO_MEMORY,
	    "the reply port has no room for it");
	for (unsigned i = 0; i < 6; i++)
		must(send(answers[i], i));
	for (unsigned i = 0; i < 10; i++)
		must(poll(port));
	new_reply(port, port, 1);
}

static void
answer_carries_capabilities_and_asks_back(void **state)
{
	cap_t port = new_port(), reply = new_port(), memory = frame(1);

	(void)state;
	must(ask(port, reply, 55));
	must(receive(port));
	must(CALL(port_send, message()->reply, 0, memory, 0, port, 66));
	assert_int_equal(poll(reply), RECEIVED_REPLY);
	must(query(message()->caps[0]));
	must(send(message()->reply, 1));
	assert_int_equal(poll(port), RECEIVED_REPLY);
	assert_int_equal(message()->badge, 66);
}

static void
answer_is_not_derived_and_does_not_carry_itself(void **state)
{
	cap_t port = new_port(), reply = new_port(), answer;

	(void)state;
	must(ask(port, reply, 55));
	must(receive(port));
	answer = message()->reply;
	assert_error(
	    CALL(cap_move, answer, CAP_DERIVE, RIGHT_SEND), E_NO_RIGHTS);
	assert_error(poll(answer), E_INVALID_PORT);
	must(send_caps(answer, answer, answer));
	assert_int_equal(poll(reply), RECEIVED_REPLY);
	assert_int_equal(message()->caps[0], 0);
	assert_int_equal(message()->caps[1], 0);
}

/* --- dead replies ------------------------------------------------------------*/

static void
expect_dead_reply(cap_t reply, uint64_t badge)
{
	become(init);
	invariants_settle();
	become(init);
	assert_int_equal(poll(reply), RECEIVED_EVENT);
	assert_int_equal(message()->words[0], EVENT_DEAD_REPLY);
	assert_int_equal(message()->badge, badge);
	assert_error(poll(reply), E_WOULD_BLOCK);
}

static void
dropped_answer_is_a_dead_reply(void **state)
{
	cap_t port = new_port(), reply = new_port();

	(void)state;
	must(ask(port, reply, 55));
	must(receive(port));
	must(close_cap(message()->reply));
	expect_dead_reply(reply, 55);
}

static void
question_to_a_port_that_ends_is_a_dead_reply(void **state)
{
	cap_t memory = raw(1), port = must(CALL(port_allocate, memory));
	cap_t reply = new_port();

	(void)state;
	must(ask(port, reply, 55));
	must(close_cap(port));
	expect_dead_reply(reply, 55);
	port = must(CALL(port_allocate, memory));
	must(ask(port, reply, 56));
	must(revoke(memory));
	expect_dead_reply(reply, 56);
}

static void
revoked_answer_is_a_dead_reply(void **state)
{
	cap_t port = new_port(), reply = new_port();
	cap_t once = derive(reply, RIGHT_RECEIVE);

	(void)state;
	must(ask(port, once, 55));
	must(receive(port));
	must(revoke(once));
	assert_error(send(message()->reply, 1), E_INVALID_PORT);
	expect_dead_reply(reply, 55);
	/* The same on the way. */
	must(ask(port, once, 56));
	must(revoke(once));
	expect_dead_reply(reply, 56);
	must(receive(port));
	assert_int_equal(message()->reply, 0);
}

static void
reply_below_memory_tells_of_its_revocation(void **state)
{
	cap_t port = new_port(), memory = frame(4);
	cap_t lent = range(memory, RIGHT_READ | RIGHT_DERIVE, 0, 4);

	(void)state;
	new_reply(lent, port, 33);
	/* It does not hinder mapping what is not raw. */
	must(map(lent, somewhere(4), VM_READ));
	must(revoke(memory));
	expect_dead_reply(port, 33);
	/* Below raw memory it is a use of it. */
	lent = raw(1);
	new_reply(lent, port, 34);
	assert_error(CALL(port_allocate, lent), E_STATE);
	assert_error(map(lent, somewhere(1), VM_READ), E_STATE);
	must(revoke(lent));
	expect_dead_reply(port, 34);
	must(CALL(port_allocate, lent));
}

static void
dead_server_gives_dead_replies(void **state)
{
	cap_t port = new_port(), reply = new_port(), space, there, task;
	struct hal_context *server;

	(void)state;
	server = new_child(SERVER, derive(port, RIGHT_RECEIVE), &there, &space);
	new_task(space, OTHER, &task);
	must(ask(port, reply, 1));
	become(server);
	must(receive(there));
	become(init);
	/* Another task of the space may still answer. */
	must(kill_task(task));
	invariants_settle();
	assert_error(poll(reply), E_WOULD_BLOCK);
	must(CALL(sys_signal, space, SIGNAL_END));
	expect_dead_reply(reply, 1);
	/* Its table is as it was, for another life. */
	new_task(space, CLIENT, NULL);
	must(send(port, 5));
	become(machine_task(CLIENT));
	assert_int_equal(receive(there), RECEIVED_MESSAGE);
}

static void
exit_capability_tells_of_the_end_or_of_the_status(void **state)
{
	cap_t port = new_port(), there, space;
	struct hal_context *child;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		child = new_child(
		    CLIENT + i, new_reply(port, port, 9), &there, &space);
		become(child);
		if (i == 0)
			must(send(there, 77));
		CALL(sys_signal, 0, SIGNAL_KILL);
		invariants_settle();
		become(init);
		assert_int_equal(
		    poll(port), i == 0 ? RECEIVED_REPLY : RECEIVED_EVENT);
		assert_int_equal(message()->badge, 9);
		assert_int_equal(
		    message()->words[0], i == 0 ? 77 : EVENT_DEAD_REPLY);
		must(close_cap(space));
	}
}

static void
answer_sent_on_and_dropped_is_a_dead_reply(void **state)
{
	cap_t port = new_port(), other = new_port(), reply = new_port();

	(void)state;
	must(ask(port, reply, 55));
	must(receive(port));
	must(send_caps(other, message()->reply, 0));
	must(CALL(port_receive, other, 0));
	expect_dead_reply(reply, 55);
	must(ask(port, reply, 56));
	must(receive(port));
	must(send_caps(other, message()->reply, 0));
	must(close_cap(other));
	expect_dead_reply(reply, 56);
}

static void
answer_to_a_port_that_ended_is_refused(void **state)
{
	cap_t port = new_port(), reply = new_port(), memory = frame(1);

	(void)state;
	must(ask(port, reply, 55));
	must(receive(port));
	must(close_cap(reply));
	invariants_settle();
	assert_error(send_caps(message()->reply, memory, 0), E_INVALID_PORT);
	must(query(memory));
}

/* SEND_ONCEs below capabilities of others are not below the port. */
static void
reply_of_a_port_that_ends_is_gone_wherever_it_is(void **state)
{
	cap_t memory = raw(4), port = must(CALL(port_allocate, memory));
	cap_t other = new_port(), space = new_space(1);
	cap_t reply = new_reply(cap_print, port, 1);

	(void)state;
	must(stage(new_reply(cap_print, port, 2), space));
	must(send_caps(other, new_reply(cap_print, port, 3),
	    new_reply(cap_print, port, 4)));
	for (unsigned i = 0; i < 30; i++)
		new_reply(cap_machine, port, i);
	must(close_cap(port));
	must(CALL(port_allocate, memory));
	assert_error(send(reply, 1), E_INVALID_PORT);
	must(receive(other));
	assert_int_equal(message()->caps[0], 0);
	assert_int_equal(message()->caps[1], 0);
}

/* A question in the queue of the port that its own answer goes to; messages
 * that carry each other's ports' badges; all end at once. */
static void
ports_that_hold_each_other_are_freed(void **state)
{
	cap_t memory = raw(8);
	struct invariants_counts before = invariants_count(), after;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		cap_t a = must(CALL(port_allocate, range(memory, RAW, 0, 2)));
		cap_t b = must(CALL(port_allocate, range(memory, RAW, 2, 2)));

		must(ask(a, a, 1));
		must(ask(a, b, 2));
		must(ask(b, a, 3));
		must(send_caps(a, new_badge(b, 4, 1), new_reply(a, b, 5)));
		must(send_caps(b, new_badge(a, 6, 1), new_reply(b, a, 7)));
		must(send_caps(
		    b, new_reply(cap_print, a, 8), new_reply(cap_print, b, 9)));
		if (i == 0) {
			must(close_cap(a));
			must(close_cap(b));
		} else if (i == 1) {
			must(close_cap(b));
			must(close_cap(a));
		}
		must(revoke(memory));
		after = invariants_count();
		assert_memory_equal(&after, &before, sizeof after);
	}
}

static void
long_queue_ends_in_bounded_steps(void **state)
{
	cap_t port = port_of_pages(30), other = new_port();
	uint64_t traps;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		cap_t badge = new_badge(port, i, 60);

		for (unsigned k = 0; k < 60; k++)
			must(send_caps(badge, derive(cap_print, 0),
			    k == 0 ? derive(badge, RIGHT_SEND) : 0));
		invariants_check();
	}
	must(ask(port, other, 3));
	traps = machine.traps;
	must(close_cap(port));
	invariants_settle();
	assert_true(machine.traps - traps > 8);
	assert_int_equal(poll(other), RECEIVED_EVENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answer_arrives_at_the_reply_port),
		TEST(reply_is_never_refused_for_room),
		TEST(answer_carries_capabilities_and_asks_back),
		TEST(answer_is_not_derived_and_does_not_carry_itself),
		TEST(dropped_answer_is_a_dead_reply),
		TEST(question_to_a_port_that_ends_is_a_dead_reply),
		TEST(revoked_answer_is_a_dead_reply),
		TEST(reply_below_memory_tells_of_its_revocation),
		TEST(dead_server_gives_dead_replies),
		TEST(exit_capability_tells_of_the_end_or_of_the_status),
		TEST(answer_sent_on_and_dropped_is_a_dead_reply),
		TEST(answer_to_a_port_that_ended_is_refused),
		TEST(reply_of_a_port_that_ends_is_gone_wherever_it_is),
		TEST(ports_that_hold_each_other_are_freed),
		TEST(long_queue_ends_in_bounded_steps),
	};

	return cmocka_run_group_tests_name(
	    "kernel: replies", tests, NULL, NULL);
}
