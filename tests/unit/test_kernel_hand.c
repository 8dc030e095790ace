/*
 * test_kernel_hand: what a task received and had not done when it died.
 *
 * Contract: with RECEIVE_KEEP, what came without a reply stays in hand until
 * the next receive at that port.  If the task dies before, it comes again,
 * marked and ahead of the rest, but once only; nothing of it is lost.
 */
#include "kernel_test.h"

enum { SERVER = 0xA1, OTHER, KEEP = RECEIVE_KEEP | MESSAGE_CAPS };

static struct hal_context *server;
static cap_t server_task, port, client;

/* A thread that is to receive at a port, from which init has a badge. */
static void
begin(unsigned share)
{
	port = new_port();
	client = new_badge(port, 77, share);
	server = new_thread(SERVER, &server_task);
}

static uint64_t
keep(cap_t from)
{
	return CALL(port_receive, from, KEEP | RECEIVE_NO_WAIT);
}

static void
kill_server(void)
{
	become(init);
	must(kill_task(server_task));
}

static void
expect(cap_t from, uint64_t kind, uint64_t word)
{
	assert_int_equal(keep(from), kind);
	assert_int_equal(message()->words[0], word);
	assert_int_equal(message()->badge, 77);
}

static void
message_comes_again_before_the_others(void **state)
{
	(void)state;
	begin(3);
	must(send(client, 1));
	must(send(client, 2));
	become(server);
	expect(port, RECEIVED_MESSAGE, 1);
	kill_server();
	expect(port, RECEIVED_MESSAGE | RECEIVED_AGAIN, 1);
	expect(port, RECEIVED_MESSAGE, 2);
	assert_error(keep(port), E_WOULD_BLOCK);
}

static void
waiter_has_it_in_hand_too(void **state)
{
	(void)state;
	begin(1);
	become(server);
	assert_int_equal(CALL(port_receive, port, KEEP), CALL_BLOCKED);
	become(init);
	must(send(client, 1));
	become(server);
	assert_int_equal(machine_result(server), RECEIVED_MESSAGE);
	kill_server();
	expect(port, RECEIVED_MESSAGE | RECEIVED_AGAIN, 1);
}

static void
what_is_done_does_not_come_again(void **state)
{
	(void)state;
	begin(1);
	must(send(client, 1));
	assert_error(send(client, 2), E_PORT_FULL);
	become(server);
	expect(port, RECEIVED_MESSAGE, 1);
	become(init); /* its room is not free before it is done */
	assert_error(send(client, 2), E_PORT_FULL);
	become(server);
	assert_error(keep(port), E_WOULD_BLOCK);
	become(init);
	must(send(client, 2));
	kill_server();
	expect(port, RECEIVED_MESSAGE, 2);
}

static void
without_the_flag_it_is_gone(void **state)
{
	(void)state;
	begin(1);
	must(send(client, 1));
	become(server);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	kill_server();
	assert_error(keep(port), E_WOULD_BLOCK);
	must(send(client, 1));
}

static void
question_is_its_askers_to_repeat(void **state)
{
	cap_t reply = new_port();

	(void)state;
	begin(1);
	must(ask(client, reply, 5));
	become(server);
	assert_int_equal(keep(port), RECEIVED_MESSAGE);
	must(close_cap(message()->reply));
	kill_server();
	assert_error(keep(port), E_WOULD_BLOCK);
	assert_int_equal(poll(reply), RECEIVED_EVENT);
}

static void
what_they_die_of_comes_twice(void **state)
{
	struct hal_context *other;
	cap_t task;

	(void)state;
	begin(1);
	must(send(client, 1));
	become(server);
	expect(port, RECEIVED_MESSAGE, 1);
	kill_server();
	other = new_thread(OTHER, &task);
	become(other);
	expect(port, RECEIVED_MESSAGE | RECEIVED_AGAIN, 1);
	become(init);
	must(kill_task(task));
	assert_error(keep(port), E_WOULD_BLOCK);
	must(send(client, 2)); /* and its room is back, unmarked */
	expect(port, RECEIVED_MESSAGE, 2);
}

static void
end_of_a_badge_is_told_again(void **state)
{
	(void)state;
	begin(1);
	must(close_cap(client));
	become(server);
	expect(port, RECEIVED_EVENT, EVENT_BADGE_GONE);
	kill_server();
	expect(port, RECEIVED_EVENT | RECEIVED_AGAIN, EVENT_BADGE_GONE);
	assert_error(keep(port), E_WOULD_BLOCK);
	for (unsigned i = 0; i < 20; i++) { /* the port has its room back */
		client = new_badge(port, 77, 1);
		must(close_cap(client));
		expect(port, RECEIVED_EVENT, EVENT_BADGE_GONE);
	}
}

static void
end_of_a_badge_waits_for_its_message(void **state)
{
	(void)state;
	begin(1);
	must(send(client, 1));
	become(server);
	expect(port, RECEIVED_MESSAGE, 1);
	become(init);
	must(close_cap(client));
	kill_server();
	expect(port, RECEIVED_MESSAGE | RECEIVED_AGAIN, 1);
	expect(port, RECEIVED_EVENT, EVENT_BADGE_GONE);
}

static void
dead_reply_is_told_again(void **state)
{
	cap_t once;

	(void)state;
	begin(1);
	once = new_reply(port, port, 77);
	must(close_cap(once));
	become(server);
	expect(port, RECEIVED_EVENT, EVENT_DEAD_REPLY);
	kill_server();
	expect(port, RECEIVED_EVENT | RECEIVED_AGAIN, EVENT_DEAD_REPLY);
}

static void
another_receiver_takes_it_as_done(void **state)
{
	(void)state;
	begin(1);
	must(send(client, 1));
	become(server);
	expect(port, RECEIVED_MESSAGE, 1);
	become(init);
	assert_error(poll(port), E_WOULD_BLOCK);
	kill_server();
	assert_error(keep(port), E_WOULD_BLOCK);
}

static void
hand_holds_one_message(void **state)
{
	cap_t second = new_port();

	(void)state;
	begin(1);
	must(send(client, 1));
	must(send(second, 2));
	become(server);
	expect(port, RECEIVED_MESSAGE, 1);
	assert_int_equal(keep(second), RECEIVED_MESSAGE);
	kill_server();
	expect(port, RECEIVED_MESSAGE | RECEIVED_AGAIN, 1);
	assert_error(keep(second), E_WOULD_BLOCK);
}

static void
capabilities_come_once(void **state)
{
	cap_t taken = frame(1), lost = frame(1);

	(void)state;
	begin(1);
	must(send_caps(client, taken, lost));
	become(server);
	assert_int_equal(
	    CALL(port_receive, port, RECEIVE_KEEP | 1), RECEIVED_MESSAGE);
	taken = message()->caps[0];
	must(query(taken)); /* the space has it, whichever task lives */
	assert_int_equal(message()->caps[1], 0);
	kill_server();
	assert_int_equal(keep(port), RECEIVED_MESSAGE | RECEIVED_AGAIN);
	assert_int_equal(message()->caps[0], 0);
	assert_int_equal(message()->caps[1], 0);
	must(query(taken));
}

static void
port_ends_with_a_hand(void **state)
{
	cap_t second = new_port();

	(void)state;
	begin(1);
	must(send(client, 1));
	become(server);
	expect(port, RECEIVED_MESSAGE, 1);
	become(init);
	must(close_cap(port));
	invariants_settle();
	become(init);
	client = new_badge(second, 77, 1); /* the hand is free again */
	must(send(client, 2));
	become(server);
	expect(second, RECEIVED_MESSAGE, 2);
	kill_server();
	expect(second, RECEIVED_MESSAGE | RECEIVED_AGAIN, 2);
}

static void
unknown_flags_are_refused(void **state)
{
	(void)state;
	begin(1);
	assert_refused(CALL(port_receive, port, RECEIVE_FLAGS + 1), E_INVALID,
	    "no such flag");
	assert_refused(
	    CALL(port_receive, port, 1ull << 63), E_INVALID, "no such flag");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(message_comes_again_before_the_others),
		TEST(waiter_has_it_in_hand_too),
		TEST(what_is_done_does_not_come_again),
		TEST(without_the_flag_it_is_gone),
		TEST(question_is_its_askers_to_repeat),
		TEST(what_they_die_of_comes_twice),
		TEST(end_of_a_badge_is_told_again),
		TEST(end_of_a_badge_waits_for_its_message),
		TEST(dead_reply_is_told_again),
		TEST(another_receiver_takes_it_as_done),
		TEST(hand_holds_one_message),
		TEST(capabilities_come_once),
		TEST(port_ends_with_a_hand),
		TEST(unknown_flags_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
