/*
 * test_kernel_message: capabilities in messages.
 *
 * Contract: a capability is at one place; what a receiver does not take is
 * gone, also if that brings an event to the very port it receives from.
 */
#include "kernel_test.h"

enum { SERVER = 0x51, CLIENT, OTHER };

/* --- capabilities in messages ------------------------------------------------*/

static void
capabilities_travel_and_leave_the_sender(void **state)
{
	cap_t port = new_port(), other = new_port();
	cap_t a = new_badge(other, 1, 1), b = frame(1);

	(void)state;
	must(send_caps(port, a, b));
	assert_error(query(a), E_INVALID_PORT);
	assert_error(query(b), E_INVALID_PORT);
	assert_int_equal(receive(port), RECEIVED_MESSAGE);
	must(send(message()->caps[0], 9));
	assert_int_equal(
	    CAP_INFO_TYPE(must(query(message()->caps[1]))), OBJECT_MEMORY);
}

static void
second_capability_may_come_alone(void **state)
{
	cap_t port = new_port(), memory = raw(1);

	(void)state;
	must(send_caps(port, 0, memory));
	assert_int_equal(receive(port), RECEIVED_MESSAGE);
	assert_int_equal(message()->caps[0], 0);
	must(CALL(port_allocate, message()->caps[1]));
}

static void
capabilities_not_taken_are_gone(void **state)
{
	cap_t port = new_port(), other = new_port();
	cap_t a = new_badge(other, 1, 1), b = new_badge(other, 2, 1);

	(void)state;
	must(send_caps(port, a, b));
	assert_int_equal(CALL(port_receive, port, 1), RECEIVED_MESSAGE);
	assert_int_not_equal(message()->caps[0], 0);
	assert_int_equal(message()->caps[1], 0);
	assert_int_equal(poll(other), RECEIVED_EVENT);
	assert_int_equal(message()->words[0], EVENT_BADGE_GONE);
	assert_int_equal(message()->badge, 2);
	assert_error(poll(other), E_WOULD_BLOCK);
}

static void
receive_right_and_what_is_mapped_stay(void **state)
{
	cap_t port = new_port(), other = new_port(), memory = frame(1);

	(void)state;
	assert_refused(send_caps(port, other, 0), E_NO_RIGHTS,
	    "RECEIVE travels by staging only");
	assert_error(
	    send_caps(port, 0, derive(other, RIGHT_RECEIVE)), E_NO_RIGHTS);
	must(map(memory, somewhere(1), VM_READ));
	assert_refused(
	    send_caps(port, memory, 0), E_STATE, "mapped memory stays");
	must(unmap(memory));
	must(send_caps(port, memory, 0));
}

static void
capability_named_twice_travels_once(void **state)
{
	cap_t port = new_port(), memory = frame(1);
	cap_t badge = new_badge(port, 1, 1);

	(void)state;
	assert_error(send_caps(port, 999, 0), E_INVALID_PORT);
	assert_error(send_caps(port, memory, 999), E_INVALID_PORT);
	must(send_caps(port, memory, memory));
	must(receive(port));
	must(query(message()->caps[0]));
	assert_int_equal(message()->caps[1], 0);
	must(send_caps(badge, 0, badge));
	must(receive(port));
	assert_int_equal(CAP_INFO_TYPE(query(message()->caps[1])), OBJECT_PORT);
}

static void
capability_revoked_on_the_way_does_not_arrive(void **state)
{
	cap_t port = new_port(), memory = frame(1);
	cap_t lent = range(memory, RIGHT_READ, 0, 1);

	(void)state;
	must(send_caps(port, lent, 0));
	must(revoke(memory));
	assert_int_equal(receive(port), RECEIVED_MESSAGE);
	assert_int_equal(message()->caps[0], 0);
}

static void
descendants_of_a_moved_capability_are_still_revoked(void **state)
{
	cap_t port = new_port(), memory = frame(1);
	cap_t lent = range(memory, RIGHT_READ | RIGHT_DERIVE, 0, 1);
	cap_t below = range(lent, RIGHT_READ, 0, 1);

	(void)state;
	must(send_caps(port, lent, 0));
	must(receive(port));
	lent = message()->caps[0];
	must(revoke(lent));
	assert_error(unmap(below), E_INVALID_CAP);
	below = range(lent, RIGHT_READ, 0, 1);
	must(revoke(memory));
	assert_error(unmap(below), E_INVALID_CAP);
	assert_error(unmap(lent), E_INVALID_CAP);
}

/* --- what dies in the receiver's hands ---------------------------------------*/

/* An event for the very port that is received from, whose waiter has the
 * message in hand. */
static void
badge_of_the_port_itself_dies_on_arrival(void **state)
{
	cap_t port = new_port(), a = new_badge(port, 1, 1);
	cap_t b = new_badge(port, 2, 0);
	struct hal_context *server = new_thread(SERVER, NULL);

	(void)state;
	become(server);
	assert_int_equal(CALL(port_receive, port, 0), CALL_BLOCKED);
	become(init);
	message()->words[0] = 42;
	must(send_caps(a, b, 0));
	invariants_check();
	assert_int_equal(machine_result(server), RECEIVED_MESSAGE);
	assert_int_equal(server->area->message.badge, 1);
	assert_int_equal(server->area->message.words[0], 42);
	become(server);
	assert_int_equal(poll(port), RECEIVED_EVENT);
	assert_int_equal(message()->badge, 2);
	assert_int_equal(message()->words[0], EVENT_BADGE_GONE);
}

static void
badge_dies_on_arrival_while_another_waits(void **state)
{
	cap_t port = new_port(), a = new_badge(port, 1, 1);
	cap_t b = new_badge(port, 2, 0);
	struct hal_context *first = new_thread(SERVER, NULL);
	struct hal_context *second = new_thread(OTHER, NULL);

	(void)state;
	become(first);
	assert_int_equal(CALL(port_receive, port, 0), CALL_BLOCKED);
	become(second);
	assert_int_equal(CALL(port_receive, port, 0), CALL_BLOCKED);
	become(init);
	message()->words[0] = 42;
	must(send_caps(a, b, 0));
	invariants_check();
	assert_int_equal(machine_result(first), RECEIVED_MESSAGE);
	assert_int_equal(first->area->message.words[0], 42);
	assert_int_equal(machine_result(second), RECEIVED_EVENT);
}

/* The dropped capability is the last of the message's own badge, and another
 * task takes the event: the badge's memory goes back. */
static void
own_badge_dies_on_arrival_while_another_waits(void **state)
{
	cap_t port = new_port();
	struct hal_context *first = new_thread(SERVER, NULL);
	struct hal_context *second = new_thread(OTHER, NULL);

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		cap_t badge = new_badge(port, i, 3);

		become(first);
		assert_int_equal(CALL(port_receive, port, 0), CALL_BLOCKED);
		become(second);
		assert_int_equal(CALL(port_receive, port, 0), CALL_BLOCKED);
		become(init);
		must(send_caps(badge, badge, 0));
		invariants_check();
		assert_int_equal(machine_result(first), RECEIVED_MESSAGE);
		assert_int_equal(machine_result(second), RECEIVED_EVENT);
	}
}

static void
answer_dies_in_the_hands_of_its_receiver(void **state)
{
	cap_t port = new_port(), a = new_badge(port, 1, 1);
	struct hal_context *server = new_thread(SERVER, NULL);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		must(ask(port, port, 7));
		must(receive(port));
		cap_t answer = message()->reply;

		if (i == 0) { /* the message waits */
			must(send_caps(a, answer, 0));
			assert_int_equal(
			    CALL(port_receive, port, 0), RECEIVED_MESSAGE);
		} else { /* the receiver waits */
			become(server);
			assert_int_equal(
			    CALL(port_receive, port, 0), CALL_BLOCKED);
			become(init);
			must(send_caps(a, answer, 0));
			assert_int_equal(
			    machine_result(server), RECEIVED_MESSAGE);
			become(server);
		}
		assert_int_equal(message()->badge, 1);
		assert_int_equal(poll(port), RECEIVED_EVENT);
		assert_int_equal(message()->words[0], EVENT_DEAD_REPLY);
		assert_int_equal(message()->badge, 7);
		become(init);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(capabilities_travel_and_leave_the_sender),
		TEST(second_capability_may_come_alone),
		TEST(capabilities_not_taken_are_gone),
		TEST(receive_right_and_what_is_mapped_stay),
		TEST(capability_named_twice_travels_once),
		TEST(capability_revoked_on_the_way_does_not_arrive),
		TEST(descendants_of_a_moved_capability_are_still_revoked),
		TEST(badge_of_the_port_itself_dies_on_arrival),
		TEST(badge_dies_on_arrival_while_another_waits),
		TEST(own_badge_dies_on_arrival_while_another_waits),
		TEST(answer_dies_in_the_hands_of_its_receiver),
	};

	return cmocka_run_group_tests_name(
	    "kernel: messages", tests, NULL, NULL);
}
