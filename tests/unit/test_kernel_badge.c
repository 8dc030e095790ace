/*
 * test_kernel_badge: shares, room, badges that are gone, bits.
 *
 * Contract: no badge uses another's room; who was refused is told of room; a
 * badge that is gone is told behind its last message.
 */
#include "kernel_test.h"

enum { SERVER = 0x51, CLIENT, OTHER };

/* --- room ------------------------------------------------------------------*/

static void
refused_sender_is_told_of_room_once(void **state)
{
	cap_t port = new_port(), reply = new_port();
	cap_t badge = new_badge(port, 1, 1);

	(void)state;
	must(send(badge, 1));
	assert_error(ask(badge, reply, 1), E_PORT_FULL);
	assert_error(ask(badge, reply, 2), E_PORT_FULL);
	assert_error(poll(reply), E_WOULD_BLOCK);
	must(poll(port));
	assert_int_equal(poll(reply), RECEIVED_BITS);
	assert_true(message()->words[0] == BIT_ROOM);
	assert_error(poll(reply), E_WOULD_BLOCK);
}

static void
refused_sender_is_told_of_room_when_the_port_ends(void **state)
{
	cap_t port = new_port(), reply = new_port(), own = new_port();
	cap_t badge = new_badge(port, 1, 1);

	(void)state;
	must(send(badge, 1));
	for (unsigned i = 0; i < PORT_SHARE; i++)
		must(send(port, 1));
	assert_error(ask(badge, reply, 1), E_PORT_FULL);
	assert_error(ask(port, own, 1), E_PORT_FULL);
	must(close_cap(port));
	assert_int_equal(receive(reply), RECEIVED_BITS);
	assert_true(message()->words[0] == BIT_ROOM);
	assert_int_equal(receive(own), RECEIVED_BITS);
	assert_error(send(badge, 1), E_INVALID_PORT);
	/* Or without a message of its own in line. */
	port = new_port();
	badge = new_badge(port, 1, 0);
	assert_error(ask(badge, reply, 1), E_PORT_FULL);
	must(close_cap(port));
	assert_int_equal(receive(reply), RECEIVED_BITS);
}

static void
room_is_told_to_a_living_port_after_a_dead_one(void **state)
{
	cap_t port = new_port(), dead = new_port(), reply = new_port();
	cap_t badge = new_badge(port, 1, 1);

	(void)state;
	must(send(badge, 1));
	assert_error(ask(badge, dead, 1), E_PORT_FULL);
	must(close_cap(dead));
	invariants_settle();
	assert_error(ask(badge, reply, 1), E_PORT_FULL);
	must(poll(port));
	assert_int_equal(poll(reply), RECEIVED_BITS);
}

static void
refused_sender_may_go_before_there_is_room(void **state)
{
	cap_t port = new_port(), reply = new_port();
	cap_t badge = new_badge(port, 1, 1);

	(void)state;
	must(send(badge, 1));
	assert_error(ask(badge, reply, 1), E_PORT_FULL);
	must(close_cap(reply));
	must(close_cap(badge));
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	assert_int_equal(poll(port), RECEIVED_EVENT);
}

/* The room is told of at the very port whose message was just taken, while
 * tasks wait there. */
static void
room_at_the_port_itself_wakes_the_next_waiter(void **state)
{
	cap_t port = new_port(), badge = new_badge(port, 1, 1);
	struct hal_context *first = new_thread(SERVER, NULL);
	struct hal_context *second = new_thread(OTHER, NULL);

	(void)state;
	must(send(badge, 1));
	assert_error(ask(badge, port, 1), E_PORT_FULL);
	become(first);
	assert_int_equal(receive(port), RECEIVED_MESSAGE);
	assert_int_equal(receive(port), RECEIVED_BITS);
	become(init);
	must(send(badge, 2));
	assert_error(ask(badge, port, 1), E_PORT_FULL);
	become(second);
	must(receive(port));
	must(receive(port));
	invariants_check();
}

/* --- badges ------------------------------------------------------------------*/

static void
only_the_receiver_makes_badges(void **state)
{
	cap_t port = new_port(), badge = new_badge(port, 1, 1);

	(void)state;
	assert_error(
	    CALL(cap_move, badge, CAP_BADGE, RIGHT_SEND, 2, 1), E_NO_RIGHTS);
	assert_refused(CALL(cap_move, port, CAP_BADGE, RIGHT_RECEIVE, 2, 1),
	    E_NO_RIGHTS, "a badge sends and signals");
	assert_error(
	    CALL(cap_move, port, CAP_BADGE, RIGHT_DESTROY, 2, 1), E_NO_RIGHTS);
	assert_error(
	    CALL(cap_move, port, CAP_BADGE, 1ull << 32, 2, 1), E_NO_RIGHTS);
	assert_refused(
	    CALL(cap_move, port, CAP_BADGE, RIGHT_SEND, 2, SHARE_MAX + 1),
	    E_NO_MEMORY, "the port has no room for that");
	assert_error(
	    CALL(cap_move, port, CAP_BADGE, RIGHT_SEND, 2, -1), E_NO_MEMORY);
	assert_error(
	    CALL(cap_move, port, CAP_BADGE, RIGHT_SEND, 2, 8), E_NO_MEMORY);
	/* What is lent of RECEIVE is enough. */
	new_badge(derive(port, RIGHT_RECEIVE), 9, 0);
}

static void
badge_that_is_gone_is_told_behind_its_last_message(void **state)
{
	cap_t port = new_port(), a = new_badge(port, 7, 2);
	cap_t copy = derive(a, RIGHT_SEND);

	(void)state;
	must(send(a, 1));
	must(close_cap(a));
	must(send(copy, 2));
	must(close_cap(copy));
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	assert_int_equal(poll(port), RECEIVED_EVENT);
	assert_int_equal(message()->words[0], EVENT_BADGE_GONE);
	assert_int_equal(message()->badge, 7);
	assert_error(poll(port), E_WOULD_BLOCK);
}

static void
badges_room_comes_back_when_it_is_gone(void **state)
{
	cap_t port = new_port();

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		cap_t badge = new_badge(port, i, 4);

		assert_error(CALL(cap_move, port, CAP_BADGE, RIGHT_SEND, 2, 0),
		    E_NO_MEMORY);
		must(send(badge, 1));
		must(close_cap(badge));
		must(poll(port));
		assert_int_equal(poll(port), RECEIVED_EVENT);
		assert_int_equal(message()->badge, i);
	}
}

static void
message_that_carries_its_own_badge_is_its_last(void **state)
{
	cap_t port = new_port(), badge = new_badge(port, 7, 1);

	(void)state;
	must(send_caps(badge, badge, 0));
	assert_error(send(badge, 1), E_INVALID_PORT);
	assert_int_equal(CALL(port_receive, port, 0), RECEIVED_MESSAGE);
	assert_int_equal(poll(port), RECEIVED_EVENT);
	assert_int_equal(message()->words[0], EVENT_BADGE_GONE);
	badge = new_badge(port, 8, 1);
	must(send_caps(badge, badge, 0));
	assert_int_equal(receive(port), RECEIVED_MESSAGE);
	must(send(message()->caps[0], 5));
}

/* --- bits ----------------------------------------------------------------------*/

static void
bits_merge_and_come_before_messages(void **state)
{
	cap_t port = new_port(), badge = new_badge(port, 6, 1);

	(void)state;
	must(send(port, 1));
	must(CALL(sys_signal, port, SIGNAL_BITS, 1));
	must(CALL(sys_signal, badge, SIGNAL_BITS, 4));
	must(CALL(sys_signal, badge, SIGNAL_BITS, 0));
	assert_int_equal(poll(port), RECEIVED_BITS);
	assert_int_equal(message()->words[0], 5);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	/* A badge sets the bits of its value alone. */
	must(CALL(sys_signal, badge, SIGNAL_BITS, 0xFF));
	assert_int_equal(poll(port), RECEIVED_BITS);
	assert_int_equal(message()->words[0], 6);
	must(CALL(sys_signal, badge, SIGNAL_BITS, 8));
	must(CALL(sys_signal, port, SIGNAL_BITS, 0));
	assert_error(poll(port), E_WOULD_BLOCK);
}

static void
signal_wakes_a_receiver(void **state)
{
	cap_t port = new_port();
	struct hal_context *server = new_thread(SERVER, NULL);

	(void)state;
	become(server);
	receive(port);
	must(CALL(sys_signal, port, SIGNAL_BITS, 0));
	assert_int_equal(machine_result(server), CALL_BLOCKED);
	must(CALL(sys_signal, port, SIGNAL_BITS, 2));
	assert_int_equal(machine_result(server), RECEIVED_BITS);
	assert_int_equal(server->area->message.words[0], 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refused_sender_is_told_of_room_once),
		TEST(refused_sender_is_told_of_room_when_the_port_ends),
		TEST(room_is_told_to_a_living_port_after_a_dead_one),
		TEST(refused_sender_may_go_before_there_is_room),
		TEST(room_at_the_port_itself_wakes_the_next_waiter),
		TEST(only_the_receiver_makes_badges),
		TEST(badge_that_is_gone_is_told_behind_its_last_message),
		TEST(badges_room_comes_back_when_it_is_gone),
		TEST(message_that_carries_its_own_badge_is_its_last),
		TEST(bits_merge_and_come_before_messages),
		TEST(signal_wakes_a_receiver),
	};

	return cmocka_run_group_tests_name("kernel: badges", tests, NULL, NULL);
}
