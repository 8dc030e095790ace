/*
 * test_kernel_port: ports, messages, badges, replies, bits and events.
 *
 * Contract: a queue is bounded for each badge; a reply always arrives, or a
 * dead reply does; a badge that is gone is told behind its last message; and
 * every refusal of port_allocate, port_send, port_receive and the port's
 * modes of sys_signal and cap_move is the one of the ABI.
 */
#include "kernel_test.h"

enum { SERVER = 0x51, CLIENT, OTHER };

/* --- port_allocate -----------------------------------------------------*/

static void
port_has_all_rights_of_a_port(void **state)
{
	uint64_t info = query(new_port(1));

	(void)state;
	assert_int_equal(CAP_INFO_TYPE(info), OBJECT_PORT);
	assert_int_equal(
	    CAP_INFO_RIGHTS(info), RIGHT_SEND | RIGHT_RECEIVE | RIGHT_SIGNAL |
				       RIGHT_DESTROY | RIGHT_DERIVE);
	assert_true(CAP_INFO_SOLE(info));
}

static void
share_out_of_range_is_refused(void **state)
{
	(void)state;
	assert_error(CALL(port_allocate, 0), E_INVALID);
	assert_error(CALL(port_allocate, SHARE_MAX + 1), E_INVALID);
	assert_error(CALL(port_allocate, -1), E_INVALID);
	must(CALL(port_allocate, SHARE_MAX));
}

static void
unused_arguments_must_be_zero(void **state)
{
	cap_t port = new_port(1);

	(void)state;
	assert_error(CALL(port_allocate, 1, 1), E_INVALID_CALL);
	assert_error(CALL(port_receive, port, 0, 1), E_INVALID_CALL);
	assert_error(CALL(sys_time, 1), E_INVALID_CALL);
	assert_error(CALL(vm_deallocate, 0, 0, 1), E_INVALID_CALL);
	assert_error(CALL(sched_yield, 0, 1), E_INVALID_CALL);
	assert_error(CALL(sys_signal, 0, 0, 0, 1), E_INVALID_CALL);
	assert_error(CALL(cap_move, port, CAP_CLOSE, 1), E_INVALID_CALL);
	assert_error(
	    CALL(vm_allocate, 0, PAGE_SIZE, VM_NEW, 1), E_INVALID_CALL);
}

static void
call_that_does_not_exist_is_refused(void **state)
{
	(void)state;
	assert_error(machine_call(0, 0, 0, 0, 0, 0, 0), E_INVALID_CALL);
	assert_error(machine_call(13, 0, 0, 0, 0, 0, 0), E_INVALID_CALL);
	assert_error(
	    machine_call(0xFFFFFFFF, 0, 0, 0, 0, 0, 0), E_INVALID_CALL);
	assert_error(CALL(cap_move, 0, 0), E_INVALID_CALL);
	assert_error(CALL(cap_move, 0, CAP_MODES), E_INVALID_CALL);
	assert_error(CALL(cap_move, 0, -1), E_INVALID_CALL);
	assert_error(CALL(vm_allocate, 0, 0, VM_MODES), E_INVALID_CALL);
}

/* --- messages ------------------------------------------------------------*/

static void
message_arrives_whole(void **state)
{
	cap_t port = new_port(2), badge = new_badge(port, 77, 1);

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
	cap_t port = new_port(3);

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		must(send(port, i));
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(poll(port), RECEIVED_MESSAGE);
		assert_int_equal(message()->words[0], i);
	}
	assert_error(poll(port), E_WOULD_BLOCK);
}

static void
full_share_is_refused_and_others_notice_nothing(void **state)
{
	cap_t port = new_port(2);
	cap_t a = new_badge(port, 1, 2), b = new_badge(port, 2, 1);

	(void)state;
	must(send(a, 1));
	must(send(a, 2));
	assert_error(send(a, 3), E_PORT_FULL);
	must(send(b, 4));
	assert_error(send(b, 5), E_PORT_FULL);
	must(send(port, 6));
	must(send(port, 7));
	assert_error(send(port, 8), E_PORT_FULL);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	must(send(a, 9));
	assert_error(send(b, 10), E_PORT_FULL);
}

static void
badge_without_share_sends_nothing(void **state)
{
	cap_t port = new_port(1), badge = new_badge(port, 1, 0);

	(void)state;
	assert_error(send(badge, 1), E_PORT_FULL);
	must(CALL(sys_signal, badge, SIGNAL_BITS, 1));
}

static void
refused_sender_is_told_of_room_once(void **state)
{
	cap_t port = new_port(1), reply = new_port(1);
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
refused_sender_is_told_of_room_when_the_port_dies(void **state)
{
	cap_t port = new_port(1), reply = new_port(1);
	cap_t badge = new_badge(port, 1, 1);

	(void)state;
	must(send(badge, 1));
	assert_error(ask(badge, reply, 1), E_PORT_FULL);
	must(CALL(cap_move, port, CAP_DESTROY));
	assert_int_equal(receive(reply), RECEIVED_BITS);
	assert_true(message()->words[0] == BIT_ROOM);
	assert_error(send(badge, 1), E_INVALID_PORT);
}

static void
room_is_told_to_a_living_port_after_a_dead_one(void **state)
{
	cap_t port = new_port(1), dead = new_port(1), reply = new_port(1);
	cap_t badge = new_badge(port, 1, 1);

	(void)state;
	must(send(badge, 1));
	assert_error(ask(badge, dead, 1), E_PORT_FULL);
	must(CALL(cap_move, dead, CAP_DESTROY));
	close_cap(dead);
	assert_error(ask(badge, reply, 1), E_PORT_FULL);
	must(poll(port));
	assert_int_equal(poll(reply), RECEIVED_BITS);
}

static void
refused_sender_may_go_before_there_is_room(void **state)
{
	cap_t port = new_port(1), reply = new_port(1);
	cap_t badge = new_badge(port, 1, 1);

	(void)state;
	must(send(badge, 1));
	assert_error(ask(badge, reply, 1), E_PORT_FULL);
	must(close_cap(reply));
	must(close_cap(badge));
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	assert_int_equal(poll(port), RECEIVED_EVENT);
}

static void
port_closed_with_messages_and_waiting_for_room_is_freed(void **state)
{
	struct invariants_counts before = invariants_count(), after;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		cap_t port = new_port(1), reply = new_port(1);
		cap_t badge = new_badge(port, 1, 1);

		must(send(badge, 1));
		must(send(port, 1));
		assert_error(ask(badge, reply, 1), E_PORT_FULL);
		must(close_cap(badge));
		must(close_cap(port));
		must(close_cap(reply));
		after = invariants_count();
		assert_int_equal(after.objects, before.objects);
		assert_memory_equal(after.left, before.left, sizeof after.left);
	}
}

static void
send_without_right_is_refused(void **state)
{
	cap_t port = new_port(1);
	cap_t receiver = derive(port, RIGHT_RECEIVE);

	(void)state;
	assert_error(send(receiver, 1), E_NO_RIGHTS);
}

static void
send_to_no_port_is_refused(void **state)
{
	cap_t port = new_port(1);

	(void)state;
	assert_error(send(0, 1), E_INVALID_PORT);
	assert_error(send(port + 1, 1), E_INVALID_PORT);
	assert_error(send(port + (1ull << 32), 1), E_INVALID_PORT);
	assert_error(send(UINT32_MAX, 1), E_INVALID_PORT);
	assert_error(send(64, 1), E_INVALID_PORT); /* a page's head */
	assert_error(send(cap_machine, 1), E_INVALID_PORT);
	must(close_cap(port));
	assert_error(send(port, 1), E_INVALID_PORT);
}

static void
send_to_a_destroyed_port_is_refused(void **state)
{
	cap_t port = new_port(1), badge = new_badge(port, 1, 1);

	(void)state;
	must(CALL(cap_move, port, CAP_DESTROY));
	assert_error(send(badge, 1), E_INVALID_PORT);
	assert_error(send(port, 1), E_INVALID_PORT);
	assert_error(poll(port), E_INVALID_PORT);
	assert_error(CALL(sys_signal, badge, SIGNAL_BITS, 1), E_INVALID_PORT);
}

static void
message_too_long_is_refused(void **state)
{
	cap_t port = new_port(1);

	(void)state;
	assert_error(CALL(port_send, port, 65), E_INVALID);
	assert_error(CALL(port_send, port, -1), E_INVALID);
	must(CALL(port_send, port, 64));
}

static void
badge_without_reply_port_is_refused(void **state)
{
	cap_t port = new_port(1);

	(void)state;
	assert_error(ask(port, 0, 5), E_INVALID);
}

static void
reply_port_needs_receive(void **state)
{
	cap_t port = new_port(1);
	cap_t sender = derive(port, RIGHT_SEND);

	(void)state;
	assert_error(ask(port, sender, 5), E_NO_RIGHTS);
	assert_error(ask(port, 999, 5), E_INVALID_PORT);
	assert_error(ask(port, cap_machine, 5), E_INVALID_PORT);
	must(ask(port, port, 5));
}

static void
reply_without_quota_is_refused(void **state)
{
	cap_t port = new_port(1);
	uint64_t slots = invariants_left(init, QUOTA_SLOTS);

	(void)state;
	stage_quota(0, slots, 0, 0);
	assert_error(ask(port, port, 5), E_QUOTA);
	must(send(port, 1));
}

/* --- port_receive ----------------------------------------------------------*/

static void
receive_without_right_is_refused(void **state)
{
	cap_t port = new_port(1);

	(void)state;
	assert_error(poll(new_badge(port, 1, 1)), E_NO_RIGHTS);
	assert_error(poll(0), E_INVALID_PORT);
	assert_error(poll(cap_machine), E_INVALID_PORT);
}

static void
unknown_flags_of_receive_are_refused(void **state)
{
	cap_t port = new_port(1);

	(void)state;
	assert_error(CALL(port_receive, port, 3), E_INVALID);
	assert_error(CALL(port_receive, port, 7), E_INVALID);
	assert_error(CALL(port_receive, port, 8), E_INVALID);
	assert_error(CALL(port_receive, port, 1ull << 40), E_INVALID);
}

static void
receiver_waits_and_gets_the_message(void **state)
{
	cap_t port = new_port(1);
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
	cap_t port = new_port(2);
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
waiters_of_a_destroyed_port_are_told(void **state)
{
	cap_t port = new_port(2);
	struct hal_context *tasks[40];

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		tasks[i] = new_thread(100 + i, NULL);
		become(tasks[i]);
		assert_int_equal(receive(port), CALL_BLOCKED);
	}
	become(init);
	must(CALL(cap_move, port, CAP_DESTROY));
	invariants_settle();
	for (unsigned i = 0; i < 40; i++)
		assert_error(machine_result(tasks[i]), E_INVALID_PORT);
}

static void
waiter_of_a_port_whose_last_receiver_is_closed_is_told(void **state)
{
	cap_t port = new_port(2);
	struct hal_context *server = new_thread(SERVER, NULL);

	(void)state;
	become(server);
	receive(port);
	must(close_cap(port));
	invariants_settle();
	assert_error(machine_result(server), E_INVALID_PORT);
}

static void
waiter_with_a_revoked_capability_gets_nothing(void **state)
{
	cap_t port = new_port(2), lent = derive(port, RIGHT_RECEIVE), there;
	struct hal_context *child = new_child(SERVER, lent, &there, NULL);

	(void)state;
	become(child);
	assert_int_equal(receive(there), CALL_BLOCKED);
	assert_ptr_equal(machine.current, init);
	must(revoke(port));
	must(send(port, 5));
	assert_int_not_equal(machine_result(child), RECEIVED_MESSAGE);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	become(child);
	assert_error(machine_result(child), E_INVALID_PORT);
}

static void
waiters_whose_capability_is_whole_go_on_waiting(void **state)
{
	cap_t port = new_port(2), lent = derive(port, RIGHT_RECEIVE), there;
	struct hal_context *child = new_child(SERVER, lent, &there, NULL);
	struct hal_context *thread = new_thread(OTHER, NULL);

	(void)state;
	become(thread);
	assert_int_equal(receive(port), CALL_BLOCKED);
	become(child);
	assert_int_equal(receive(there), CALL_BLOCKED);
	must(revoke(port));
	rest();
	assert_ptr_equal(machine.current, child);
	assert_error(machine_result(child), E_INVALID_PORT);
	must(CALL(sched_yield, YIELD));
	assert_int_equal(machine_result(thread), CALL_BLOCKED);
}

static void
waiter_whose_capability_was_staged_gets_nothing(void **state)
{
	cap_t port = new_port(2), lent = derive(port, RIGHT_RECEIVE);
	struct hal_context *thread = new_thread(OTHER, NULL);

	(void)state;
	become(thread);
	assert_int_equal(receive(lent), CALL_BLOCKED);
	become(init);
	stage_quota(8, 8, 8, 8);
	must(CALL(cap_move, lent, CAP_STAGE));
	must(send(port, 1));
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	become(thread);
	assert_error(machine_result(thread), E_INVALID_PORT);
}

/* --- capabilities in messages ------------------------------------------------*/

static void
capabilities_travel_and_leave_the_sender(void **state)
{
	cap_t port = new_port(2), other = new_port(1);
	cap_t a = new_badge(other, 1, 1), b = new_memory(1);

	(void)state;
	must(send_caps(port, a, b));
	assert_error(query(a), E_INVALID_CAP);
	assert_error(query(b), E_INVALID_CAP);
	assert_int_equal(receive(port), RECEIVED_MESSAGE);
	must(send(message()->caps[0], 9));
	assert_int_equal(
	    CAP_INFO_TYPE(must(query(message()->caps[1]))), OBJECT_MEMORY);
}

static void
second_capability_may_come_alone(void **state)
{
	cap_t port = new_port(2), memory = new_memory(1);

	(void)state;
	must(send_caps(port, 0, memory));
	assert_int_equal(receive(port), RECEIVED_MESSAGE);
	assert_int_equal(message()->caps[0], 0);
	must(query(message()->caps[1]));
}

static void
capabilities_not_taken_are_destroyed(void **state)
{
	cap_t port = new_port(2), other = new_port(1);
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
receive_right_never_travels(void **state)
{
	cap_t port = new_port(2), other = new_port(1);

	(void)state;
	assert_error(send_caps(port, other, 0), E_NO_RIGHTS);
	assert_error(
	    send_caps(port, 0, derive(other, RIGHT_RECEIVE)), E_NO_RIGHTS);
}

static void
capability_twice_is_refused(void **state)
{
	cap_t port = new_port(2), memory = new_memory(1);
	cap_t badge = new_badge(port, 1, 1);

	(void)state;
	assert_error(send_caps(port, memory, memory), E_INVALID);
	assert_error(send_caps(badge, badge, 0), E_INVALID);
	assert_error(send_caps(badge, 0, badge), E_INVALID);
	assert_error(send_caps(port, 999, 0), E_INVALID_CAP);
	assert_error(send_caps(port, memory, 999), E_INVALID_CAP);
	must(query(memory));
}

static void
watched_capability_does_not_travel(void **state)
{
	cap_t port = new_port(2), memory = new_memory(1);

	(void)state;
	must(CALL(cap_move, memory, CAP_WATCH, 0, port, 1));
	assert_error(send_caps(port, memory, 0), E_STATE);
}

static void
capability_revoked_on_the_way_does_not_arrive(void **state)
{
	cap_t port = new_port(2), memory = new_memory(1);
	cap_t lent = derive(memory, RIGHT_READ);

	(void)state;
	must(send_caps(port, lent, 0));
	must(revoke(memory));
	assert_int_equal(receive(port), RECEIVED_MESSAGE);
	assert_int_equal(message()->caps[0], 0);
}

static void
descendants_of_a_moved_capability_are_still_revoked(void **state)
{
	cap_t port = new_port(2), memory = new_memory(1);
	cap_t lent = derive(memory, RIGHT_READ | RIGHT_DERIVE);
	cap_t below = derive(lent, RIGHT_READ);

	(void)state;
	must(send_caps(port, lent, 0));
	must(receive(port));
	lent = message()->caps[0];
	must(revoke(lent));
	assert_error(query(below), E_INVALID_CAP);
	below = derive(lent, RIGHT_READ);
	must(revoke(memory));
	assert_error(query(below), E_INVALID_CAP);
	assert_error(query(lent), E_INVALID_CAP);
}

static void
receiver_without_quota_leaves_the_message(void **state)
{
	cap_t port = new_port(2), memory = new_memory(1), there, lent;
	struct hal_context *child;

	(void)state;
	lent = derive(port, RIGHT_RECEIVE);
	stage_quota(2, 8, 8, 2);
	there = must(CALL(cap_move, lent, CAP_STAGE));
	child = new_space(SERVER, NULL);
	must(send_caps(port, memory, 0));
	become(child);
	assert_int_equal(invariants_left(child, QUOTA_CAPABILITIES), 0);
	assert_error(receive(there), E_QUOTA);
	become(init);
	assert_int_equal(receive(port), RECEIVED_MESSAGE);
	must(query(message()->caps[0]));
}

static void
next_waiter_is_served_if_the_first_has_no_quota(void **state)
{
	cap_t port = new_port(2), memory = new_memory(1), there, lent;
	struct hal_context *child, *thread;

	(void)state;
	lent = derive(port, RIGHT_RECEIVE);
	stage_quota(2, 8, 8, 2);
	there = must(CALL(cap_move, lent, CAP_STAGE));
	child = new_space(SERVER, NULL);
	thread = new_thread(OTHER, NULL);
	become(child);
	assert_int_equal(receive(there), CALL_BLOCKED);
	become(thread);
	assert_int_equal(receive(port), CALL_BLOCKED);
	become(init);
	must(send_caps(port, memory, 0));
	assert_error(machine_result(child), E_QUOTA);
	assert_int_equal(machine_result(thread), RECEIVED_MESSAGE);
}

/* A capability that dies on arrival posts an event to the very port that it
 * arrives at, whose receiver has the message in hand. */
static void
badge_of_the_port_itself_dies_on_arrival(void **state)
{
	cap_t port = new_port(2), a = new_badge(port, 1, 1);
	cap_t b = new_badge(port, 2, 1);
	struct hal_context *server = new_thread(SERVER, NULL);

	(void)state;
	become(server);
	assert_int_equal(CALL(port_receive, port, 0), CALL_BLOCKED);
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
	cap_t port = new_port(2), a = new_badge(port, 1, 1);
	cap_t b = new_badge(port, 2, 1);
	struct hal_context *first = new_thread(SERVER, NULL);
	struct hal_context *second = new_thread(OTHER, NULL);

	(void)state;
	become(first);
	assert_int_equal(CALL(port_receive, port, 0), CALL_BLOCKED);
	become(second);
	assert_int_equal(CALL(port_receive, port, 0), CALL_BLOCKED);
	message()->words[0] = 42;
	must(send_caps(a, b, 0));
	invariants_check();
	assert_int_equal(machine_result(first), RECEIVED_MESSAGE);
	assert_int_equal(machine_result(second), RECEIVED_EVENT);
}

/* The same when the message is fetched from the queue. */
static void
answer_dies_in_the_hands_of_its_receiver(void **state)
{
	cap_t port = new_port(4), a = new_badge(port, 1, 1), answer;
	struct hal_context *other = new_thread(OTHER, NULL);

	(void)state;
	must(ask(port, port, 7));
	must(receive(port));
	answer = message()->reply;
	must(send_caps(a, answer, 0));
	become(other);
	become(init);
	assert_int_equal(CALL(port_receive, port, 0), RECEIVED_MESSAGE);
	assert_int_equal(message()->badge, 1);
	assert_int_equal(poll(port), RECEIVED_EVENT);
	assert_int_equal(message()->words[0], EVENT_DEAD_REPLY);
	assert_int_equal(message()->badge, 7);
	invariants_check();
}

/* --- replies -----------------------------------------------------------------*/

static void
answer_arrives_at_the_reply_port(void **state)
{
	cap_t port = new_port(1), reply = new_port(1), answer;

	(void)state;
	must(ask(port, reply, 55));
	must(receive(port));
	answer = message()->reply;
	assert_int_equal(CAP_INFO_TYPE(query(answer)), OBJECT_REPLY);
	assert_int_equal(CAP_INFO_RIGHTS(query(answer)), RIGHT_SEND_ONCE);
	must(send(answer, 6));
	assert_error(send(answer, 7), E_INVALID_PORT);
	assert_int_equal(poll(reply), RECEIVED_REPLY);
	assert_int_equal(message()->badge, 55);
	assert_int_equal(message()->words[0], 6);
}

static void
answer_carries_capabilities_and_asks_back(void **state)
{
	cap_t port = new_port(1), reply = new_port(1), memory = new_memory(1);

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
answer_cannot_be_derived_and_not_be_sent_with_itself(void **state)
{
	cap_t port = new_port(1), reply = new_port(1), answer;

	(void)state;
	must(ask(port, reply, 55));
	must(receive(port));
	answer = message()->reply;
	assert_error(
	    CALL(cap_move, answer, CAP_DERIVE, RIGHT_SEND_ONCE), E_NO_RIGHTS);
	assert_error(send_caps(answer, answer, 0), E_INVALID);
	assert_error(poll(answer), E_INVALID_PORT);
	assert_error(CALL(sys_signal, answer, 0, 1), E_INVALID_CAP);
}

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
	cap_t port = new_port(1), reply = new_port(1);

	(void)state;
	must(ask(port, reply, 55));
	must(receive(port));
	must(close_cap(message()->reply));
	expect_dead_reply(reply, 55);
}

static void
question_to_a_port_that_is_destroyed_is_a_dead_reply(void **state)
{
	cap_t port = new_port(1), reply = new_port(1);

	(void)state;
	must(ask(port, reply, 55));
	must(CALL(cap_move, port, CAP_DESTROY));
	expect_dead_reply(reply, 55);
}

static void
question_to_a_port_that_is_closed_is_a_dead_reply(void **state)
{
	cap_t port = new_port(1), reply = new_port(1);

	(void)state;
	must(ask(port, reply, 55));
	must(close_cap(port));
	expect_dead_reply(reply, 55);
}

static void
revoked_answer_is_a_dead_reply(void **state)
{
	cap_t port = new_port(1), reply = new_port(1);
	cap_t once = derive(reply, RIGHT_RECEIVE);

	(void)state;
	must(ask(port, once, 55));
	must(receive(port));
	must(revoke(once));
	assert_error(send(message()->reply, 1), E_INVALID_PORT);
	expect_dead_reply(reply, 55);
}

static void
answer_revoked_on_the_way_is_a_dead_reply(void **state)
{
	cap_t port = new_port(1), reply = new_port(1);
	cap_t once = derive(reply, RIGHT_RECEIVE);

	(void)state;
	must(ask(port, once, 55));
	must(revoke(once));
	expect_dead_reply(reply, 55);
	must(receive(port));
	assert_int_equal(message()->reply, 0);
}

static void
dead_server_gives_dead_replies(void **state)
{
	cap_t port = new_port(4), reply = new_port(1), space, there, lent;
	struct hal_context *server;

	(void)state;
	lent = derive(port, RIGHT_RECEIVE);
	server = new_child(SERVER, lent, &there, &space);
	must(ask(port, reply, 1));
	become(server);
	must(receive(there));
	become(init);
	must(CALL(sys_signal, space, SIGNAL_KILL, 0));
	expect_dead_reply(reply, 1);
}

static void
answer_sent_on_and_dropped_is_a_dead_reply(void **state)
{
	cap_t port = new_port(1), other = new_port(1), reply = new_port(1);

	(void)state;
	must(ask(port, reply, 55));
	must(receive(port));
	must(send_caps(other, message()->reply, 0));
	must(close_cap(other));
	expect_dead_reply(reply, 55);
}

static void
answer_not_taken_is_a_dead_reply(void **state)
{
	cap_t port = new_port(1), other = new_port(1), reply = new_port(1);

	(void)state;
	must(ask(port, reply, 55));
	must(receive(port));
	must(send_caps(other, message()->reply, 0));
	must(CALL(port_receive, other, 0));
	expect_dead_reply(reply, 55);
}

static void
answer_to_a_dead_reply_port_goes_nowhere(void **state)
{
	cap_t port = new_port(1), reply = new_port(1), memory = new_memory(1);
	struct invariants_counts before, after;

	(void)state;
	must(close_cap(memory));
	must(close_cap(reply));
	before = invariants_count();
	for (unsigned i = 0; i < 3; i++) {
		memory = new_memory(1);
		reply = new_port(1);
		must(ask(port, reply, 55));
		must(receive(port));
		must(CALL(cap_move, reply, CAP_DESTROY));
		must(send_caps(message()->reply, memory, 0));
		must(close_cap(reply));
		after = invariants_count();
		assert_int_equal(after.objects, before.objects);
		assert_memory_equal(after.left, before.left, sizeof after.left);
	}
}

static void
dead_reply_to_a_dead_port_goes_nowhere(void **state)
{
	cap_t port = new_port(1), reply = new_port(1);

	(void)state;
	must(ask(port, reply, 55));
	must(receive(port));
	must(close_cap(reply));
	invariants_settle();
	must(close_cap(message()->reply));
	invariants_settle();
}

/* A question in the queue of the port that its own answer goes to. */
static void
port_that_holds_its_own_answers_is_freed(void **state)
{
	struct invariants_counts before = invariants_count(), after;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		cap_t port = new_port(4);

		must(ask(port, port, 1));
		must(ask(port, port, 2));
		must(close_cap(port));
		after = invariants_count();
		assert_int_equal(after.objects, before.objects);
		assert_memory_equal(after.left, before.left, sizeof after.left);
	}
}

/* --- badges ------------------------------------------------------------------*/

static void
only_the_receiver_mints_badges(void **state)
{
	cap_t port = new_port(1), badge = new_badge(port, 1, 1);

	(void)state;
	assert_error(
	    CALL(cap_move, badge, CAP_BADGE, RIGHT_SEND, 2, 1), E_NO_RIGHTS);
	assert_error(CALL(cap_move, cap_machine, CAP_BADGE, RIGHT_SEND, 2, 1),
	    E_NO_RIGHTS);
	assert_error(
	    CALL(cap_move, port, CAP_BADGE, RIGHT_RECEIVE, 2, 1), E_INVALID);
	assert_error(
	    CALL(cap_move, port, CAP_BADGE, RIGHT_DESTROY, 2, 1), E_INVALID);
	assert_error(
	    CALL(cap_move, port, CAP_BADGE, RIGHT_SEND, 2, SHARE_MAX + 1),
	    E_INVALID);
	assert_error(
	    CALL(cap_move, 99, CAP_BADGE, RIGHT_SEND, 2, 1), E_INVALID_CAP);
}

static void
badge_that_is_gone_is_told_behind_its_last_message(void **state)
{
	cap_t port = new_port(1), a = new_badge(port, 7, 2);
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
badge_whose_port_is_gone_is_freed(void **state)
{
	struct invariants_counts before = invariants_count(), after;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		cap_t port = new_port(1), badge = new_badge(port, 7, 2);

		must(close_cap(port));
		invariants_settle();
		must(close_cap(badge));
		after = invariants_count();
		assert_int_equal(after.objects, before.objects);
		assert_memory_equal(after.left, before.left, sizeof after.left);
	}
}

static void
share_is_paid_by_who_mints(void **state)
{
	cap_t port = new_port(1);
	uint64_t left = invariants_left(init, QUOTA_SLOTS);
	cap_t badge = new_badge(port, 7, 5);

	(void)state;
	assert_int_equal(invariants_left(init, QUOTA_SLOTS), left - 5);
	must(close_cap(badge));
	must(poll(port));
	assert_int_equal(invariants_left(init, QUOTA_SLOTS), left);
}

/* --- bits ----------------------------------------------------------------------*/

static void
bits_merge_and_come_before_messages(void **state)
{
	cap_t port = new_port(1);

	(void)state;
	must(send(port, 1));
	must(CALL(sys_signal, port, SIGNAL_BITS, 1));
	must(CALL(sys_signal, port, SIGNAL_BITS, 4));
	assert_int_equal(poll(port), RECEIVED_BITS);
	assert_int_equal(message()->words[0], 5);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	assert_error(poll(port), E_WOULD_BLOCK);
}

static void
badge_sets_only_its_bits(void **state)
{
	cap_t port = new_port(1), badge = new_badge(port, 6, 1);

	(void)state;
	must(CALL(sys_signal, badge, SIGNAL_BITS, 0xFF));
	must(poll(port));
	assert_int_equal(message()->words[0], 6);
	must(CALL(sys_signal, badge, SIGNAL_BITS, 1));
	assert_error(poll(port), E_WOULD_BLOCK);
}

static void
signal_to_a_port_is_refused_without_right_or_mode(void **state)
{
	cap_t port = new_port(1);

	(void)state;
	assert_error(
	    CALL(sys_signal, derive(port, RIGHT_SEND), 0, 1), E_NO_RIGHTS);
	assert_error(CALL(sys_signal, port, SIGNAL_KILL, 1), E_INVALID_CALL);
	assert_error(CALL(sys_signal, 999, 0, 1), E_INVALID_CAP);
	assert_error(CALL(sys_signal, new_memory(1), 0, 1), E_INVALID_CAP);
}

static void
signal_wakes_a_receiver(void **state)
{
	cap_t port = new_port(1);
	struct hal_context *server = new_thread(SERVER, NULL);

	(void)state;
	become(server);
	receive(port);
	must(CALL(sys_signal, port, SIGNAL_BITS, 2));
	assert_int_equal(machine_result(server), RECEIVED_BITS);
	assert_int_equal(server->area->message.words[0], 2);
}

/* --- destroying ------------------------------------------------------------*/

static void
destroy_needs_its_right(void **state)
{
	cap_t port = new_port(1);

	(void)state;
	assert_error(CALL(cap_move, derive(port, RIGHT_RECEIVE), CAP_DESTROY),
	    E_NO_RIGHTS);
	assert_error(CALL(cap_move, cap_machine, CAP_DESTROY), E_NO_RIGHTS);
	assert_error(CALL(cap_move, 0, CAP_DESTROY), E_INVALID_CAP);
}

static void
badges_of_a_destroyed_port_can_still_be_made_and_closed(void **state)
{
	cap_t port = new_port(1), badge;

	(void)state;
	must(CALL(cap_move, port, CAP_DESTROY));
	invariants_settle();
	badge = new_badge(port, 4, 1);
	assert_error(send(badge, 1), E_INVALID_PORT);
	must(close_cap(badge));
	must(CALL(cap_move, port, CAP_DESTROY));
	must(close_cap(port));
}

static void
long_queue_is_drained_in_bounded_steps(void **state)
{
	cap_t port = new_port(SHARE_MAX), badges[20];

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		badges[i] = new_badge(port, i, SHARE_MAX);
		for (unsigned k = 0; k < SHARE_MAX; k++)
			must(send_caps(badges[i], derive(cap_print, 0), 0));
	}
	must(close_cap(port));
	invariants_check();
	invariants_settle();
	for (unsigned i = 0; i < 20; i++)
		assert_error(send(badges[i], 0), E_INVALID_PORT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(port_has_all_rights_of_a_port),
		TEST(share_out_of_range_is_refused),
		TEST(unused_arguments_must_be_zero),
		TEST(call_that_does_not_exist_is_refused),
		TEST(message_arrives_whole),
		TEST(messages_arrive_in_order),
		TEST(full_share_is_refused_and_others_notice_nothing),
		TEST(badge_without_share_sends_nothing),
		TEST(refused_sender_is_told_of_room_once),
		TEST(refused_sender_is_told_of_room_when_the_port_dies),
		TEST(room_is_told_to_a_living_port_after_a_dead_one),
		TEST(refused_sender_may_go_before_there_is_room),
		TEST(port_closed_with_messages_and_waiting_for_room_is_freed),
		TEST(send_without_right_is_refused),
		TEST(send_to_no_port_is_refused),
		TEST(send_to_a_destroyed_port_is_refused),
		TEST(message_too_long_is_refused),
		TEST(badge_without_reply_port_is_refused),
		TEST(reply_port_needs_receive),
		TEST(reply_without_quota_is_refused),
		TEST(receive_without_right_is_refused),
		TEST(unknown_flags_of_receive_are_refused),
		TEST(receiver_waits_and_gets_the_message),
		TEST(oldest_waiter_is_served_first),
		TEST(waiters_of_a_destroyed_port_are_told),
		TEST(waiter_of_a_port_whose_last_receiver_is_closed_is_told),
		TEST(waiter_with_a_revoked_capability_gets_nothing),
		TEST(waiters_whose_capability_is_whole_go_on_waiting),
		TEST(waiter_whose_capability_was_staged_gets_nothing),
		TEST(capabilities_travel_and_leave_the_sender),
		TEST(second_capability_may_come_alone),
		TEST(capabilities_not_taken_are_destroyed),
		TEST(receive_right_never_travels),
		TEST(capability_twice_is_refused),
		TEST(watched_capability_does_not_travel),
		TEST(capability_revoked_on_the_way_does_not_arrive),
		TEST(descendants_of_a_moved_capability_are_still_revoked),
		TEST(receiver_without_quota_leaves_the_message),
		TEST(next_waiter_is_served_if_the_first_has_no_quota),
		TEST(badge_of_the_port_itself_dies_on_arrival),
		TEST(badge_dies_on_arrival_while_another_waits),
		TEST(answer_dies_in_the_hands_of_its_receiver),
		TEST(answer_arrives_at_the_reply_port),
		TEST(answer_carries_capabilities_and_asks_back),
		TEST(answer_cannot_be_derived_and_not_be_sent_with_itself),
		TEST(dropped_answer_is_a_dead_reply),
		TEST(question_to_a_port_that_is_destroyed_is_a_dead_reply),
		TEST(question_to_a_port_that_is_closed_is_a_dead_reply),
		TEST(revoked_answer_is_a_dead_reply),
		TEST(answer_revoked_on_the_way_is_a_dead_reply),
		TEST(dead_server_gives_dead_replies),
		TEST(answer_sent_on_and_dropped_is_a_dead_reply),
		TEST(answer_not_taken_is_a_dead_reply),
		TEST(answer_to_a_dead_reply_port_goes_nowhere),
		TEST(dead_reply_to_a_dead_port_goes_nowhere),
		TEST(port_that_holds_its_own_answers_is_freed),
		TEST(only_the_receiver_mints_badges),
		TEST(badge_that_is_gone_is_told_behind_its_last_message),
		TEST(badge_whose_port_is_gone_is_freed),
		TEST(share_is_paid_by_who_mints),
		TEST(bits_merge_and_come_before_messages),
		TEST(badge_sets_only_its_bits),
		TEST(signal_to_a_port_is_refused_without_right_or_mode),
		TEST(signal_wakes_a_receiver),
		TEST(destroy_needs_its_right),
		TEST(badges_of_a_destroyed_port_can_still_be_made_and_closed),
		TEST(long_queue_is_drained_in_bounded_steps),
	};

	return cmocka_run_group_tests_name("kernel: ports", tests, NULL, NULL);
}
