/*
 * test_kernel_port: queues, waiters, badges, room, bits.
 *
 * Contract: a queue is bounded for each badge, and no badge uses another's
 * room; who waits is served in the order of waiting, if its capability still
 * stands; a badge that is gone is told behind its last message.
 */
#include "kernel_test.h"

enum { SERVER = 0x51, CLIENT, OTHER };

/* --- port_allocate -----------------------------------------------------*/

static void
port_has_all_rights_of_a_port(void **state)
{
	uint64_t info = query(new_port());

	(void)state;
	assert_int_equal(CAP_INFO_TYPE(info), OBJECT_PORT);
	assert_int_equal(
	    CAP_INFO_RIGHTS(info), RIGHT_SEND | RIGHT_RECEIVE | RIGHT_SIGNAL |
				       RIGHT_DESTROY | RIGHT_DERIVE);
	assert_int_equal(CAP_INFO_PAGES(info), 0);
}

static void
port_has_room_for_what_its_memory_holds(void **state)
{
	(void)state;
	for (unsigned pages = 1; pages <= 3; pages++) {
		cap_t port = port_of_pages(pages);

		/* Its own badge takes its share and one more. */
		for (unsigned i = PORT_SHARE + 1; i < PORT_MESSAGES(pages); i++)
			new_reply(port, port, i);
		assert_refused(CALL(cap_move, port, CAP_REPLY, port, 0),
		    E_NO_MEMORY, "the port has no room for it");
		must(revoke(port));
		invariants_check();
	}
}

/* --- messages ------------------------------------------------------------*/

static void
message_arrives_whole(void **state)
{
	cap_t port = new_port(), badge = new_badge(port, 77, 1);

	(void)state;
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		message()->words[i] = 100 + i;
	must(CALL(port_send, badge, 13));
	message()->words[0] = 0;
	assert_int_equal(receive(port), RECEIVED_MESSAGE);
	assert_int_equal(message()->badge, 77);
	assert_int_equal(message()->length, 13);
	assert_int_equal(message()->caps[0], 0);
	assert_int_equal(message()->caps[1], 0);
	assert_int_equal(message()->reply, 0);
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		assert_int_equal(message()->words[i], 100 + i);
}

static void
messages_arrive_in_order(void **state)
{
	cap_t port = new_port();

	(void)state;
	for (unsigned i = 0; i < PORT_SHARE; i++)
		must(send(port, i));
	for (unsigned i = 0; i < PORT_SHARE; i++) {
		assert_int_equal(poll(port), RECEIVED_MESSAGE);
		assert_int_equal(message()->words[0], i);
	}
	assert_refused(poll(port), E_WOULD_BLOCK, "nothing to receive");
}

static void
full_share_is_refused_and_others_notice_nothing(void **state)
{
	cap_t port = new_port();
	cap_t a = new_badge(port, 1, 2), b = new_badge(port, 2, 0);

	(void)state;
	must(send(a, 1));
	must(send(a, 2));
	assert_refused(send(a, 3), E_PORT_FULL, "the badge's share is used");
	assert_error(send(b, 5), E_PORT_FULL); /* it signals only */
	must(CALL(sys_signal, b, SIGNAL_BITS, 2));
	for (unsigned i = 0; i < PORT_SHARE; i++)
		must(send(port, 6));
	assert_error(send(port, 8), E_PORT_FULL);
	assert_int_equal(poll(port), RECEIVED_BITS);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	must(send(a, 9));
	assert_error(send(a, 10), E_PORT_FULL);
}

static void
message_too_long_is_refused(void **state)
{
	cap_t port = new_port();

	(void)state;
	assert_refused(
	    CALL(port_send, port, 65), E_INVALID, "the message is too long");
	assert_error(CALL(port_send, port, -1), E_INVALID);
	must(CALL(port_send, port, 64));
}

/* --- port_receive ----------------------------------------------------------*/

static void
receiver_waits_and_gets_the_message(void **state)
{
	cap_t port = new_port();
	struct hal_context *server = new_thread(SERVER, NULL);

	(void)state;
	become(server);
	assert_int_equal(receive(port), CALL_BLOCKED);
	assert_ptr_equal(machine.current, init);
	must(send(port, 5));
	assert_int_equal(machine_result(server), RECEIVED_MESSAGE);
	assert_int_equal(server->area->message.words[0], 5);
}

static void
oldest_waiter_is_served_first(void **state)
{
	cap_t port = new_port();
	struct hal_context *a = new_thread(SERVER, NULL);
	struct hal_context *b = new_thread(OTHER, NULL);

	(void)state;
	become(a);
	receive(port);
	become(b);
	receive(port);
	must(send(port, 1));
	assert_int_equal(machine_result(a), RECEIVED_MESSAGE);
	assert_int_equal(machine_result(b), CALL_BLOCKED);
	must(send(port, 2));
	assert_int_equal(machine_result(b), RECEIVED_MESSAGE);
}

static void
waiters_of_a_port_that_ends_are_told(void **state)
{
	cap_t port = new_port();
	struct hal_context *tasks[40];

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		tasks[i] = new_thread(100 + i, NULL);
		become(tasks[i]);
		assert_int_equal(receive(port), CALL_BLOCKED);
	}
	become(init);
	must(close_cap(port));
	invariants_settle();
	for (unsigned i = 0; i < 40; i++)
		assert_error(machine_result(tasks[i]), E_INVALID_PORT);
}

static void
waiter_whose_capability_is_revoked_gets_nothing(void **state)
{
	cap_t port = new_port(), there;
	cap_t lent = derive(port, RIGHT_RECEIVE);
	struct hal_context *child = new_child(SERVER, lent, &there, NULL);
	struct hal_context *thread = new_thread(OTHER, NULL);

	(void)state;
	become(child);
	assert_int_equal(receive(there), CALL_BLOCKED);
	become(thread);
	assert_int_equal(receive(port), CALL_BLOCKED);
	become(init);
	must(revoke(port));
	must(send(port, 5));
	assert_error(machine_result(child), E_INVALID_PORT);
	assert_int_equal(child->area->message.words[0], 0);
	assert_int_equal(machine_result(thread), RECEIVED_MESSAGE);
}

static void
waiter_whose_capability_was_staged_gets_nothing(void **state)
{
	cap_t port = new_port(), lent = derive(port, RIGHT_RECEIVE);
	cap_t space = new_space(1);
	struct hal_context *thread = new_thread(OTHER, NULL);

	(void)state;
	become(thread);
	assert_int_equal(receive(lent), CALL_BLOCKED);
	become(init);
	must(stage(lent, space));
	must(send(port, 1));
	assert_error(machine_result(thread), E_INVALID_PORT);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
}

static struct hal_context *
child_without_room(cap_t give, cap_t *there)
{
	cap_t space;
	struct hal_context *child = new_child(SERVER, give, there, &space);

	while (invariants_left(child) >= 3)
		must(stage(derive(cap_print, 0), space));
	return child;
}

static void
receiver_without_room_leaves_the_message(void **state)
{
	cap_t port = new_port(), there;
	struct hal_context *child =
	    child_without_room(derive(port, RIGHT_RECEIVE), &there);

	(void)state;
	must(send_caps(port, derive(cap_print, 0), 0));
	become(child);
	assert_refused(
	    receive(there), E_NO_MEMORY, "no room for the capabilities");
	become(init);
	assert_int_equal(receive(port), RECEIVED_MESSAGE);
	must(query(message()->caps[0]));
}

static void
next_waiter_is_served_if_the_first_has_no_room(void **state)
{
	cap_t port = new_port(), there;
	struct hal_context *child =
	    child_without_room(derive(port, RIGHT_RECEIVE), &there);
	struct hal_context *thread = new_thread(OTHER, NULL);

	(void)state;
	become(child);
	assert_int_equal(receive(there), CALL_BLOCKED);
	become(thread);
	assert_int_equal(receive(port), CALL_BLOCKED);
	become(init);
	must(send(port, 1));
	assert_error(machine_result(child), E_NO_MEMORY);
	assert_int_equal(machine_result(thread), RECEIVED_MESSAGE);
	/* Bits need no room. */
	become(child);
	assert_int_equal(receive(there), CALL_BLOCKED);
	must(CALL(sys_signal, port, SIGNAL_BITS, 1));
	assert_int_equal(machine_result(child), RECEIVED_BITS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(port_has_all_rights_of_a_port),
		TEST(port_has_room_for_what_its_memory_holds),
		TEST(message_arrives_whole),
		TEST(messages_arrive_in_order),
		TEST(full_share_is_refused_and_others_notice_nothing),
		TEST(message_too_long_is_refused),
		TEST(receiver_waits_and_gets_the_message),
		TEST(oldest_waiter_is_served_first),
		TEST(waiters_of_a_port_that_ends_are_told),
		TEST(waiter_whose_capability_is_revoked_gets_nothing),
		TEST(waiter_whose_capability_was_staged_gets_nothing),
		TEST(receiver_without_room_leaves_the_message),
		TEST(next_waiter_is_served_if_the_first_has_no_room),
	};

	return cmocka_run_group_tests_name("kernel: ports", tests, NULL, NULL);
}
