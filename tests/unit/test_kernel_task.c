/*
 * test_kernel_task: tasks, signals, upcalls, faults and their answers.
 *
 * Contract: a task can be stopped, resumed and killed in every state it may
 * be in; a fault is a message that someone can answer, and no answer kills; a
 * signal enters a task unless it is masked, and ends a wait.
 */
#include "kernel_test.h"

#include <string.h>

enum { TASK = 0x91, OTHER, HANDLER };

static void
kill(cap_t task, uint64_t status)
{
	must(CALL(sys_signal, task, SIGNAL_KILL, status));
}

static bool
is_dead(cap_t task)
{
	return error_of(CALL(sys_signal, task, SIGNAL_BITS, 0)) == E_STATE;
}

/* --- signals -----------------------------------------------------------------*/

static void
suspended_task_does_not_run_until_resumed(void **state)
{
	cap_t cap;
	struct hal_context *task = new_thread(TASK, &cap);

	(void)state;
	must(CALL(sys_signal, cap, SIGNAL_SUSPEND));
	must(CALL(sys_signal, cap, SIGNAL_SUSPEND));
	assert_false(machine_become(task));
	must(CALL(sys_signal, cap, SIGNAL_RESUME));
	assert_true(machine_become(task));
	must(CALL(sys_signal, 0, SIGNAL_SUSPEND));
	assert_ptr_equal(machine.current, init);
	must(CALL(sys_signal, cap, SIGNAL_RESUME));
	must(CALL(sys_signal, cap, SIGNAL_RESUME));
	assert_true(machine_become(task));
}

static void
message_for_a_suspended_receiver_waits_in_its_hands(void **state)
{
	cap_t cap, port = new_port(2);
	struct hal_context *task = new_thread(TASK, &cap);

	(void)state;
	become(task);
	receive(port);
	must(CALL(sys_signal, cap, SIGNAL_SUSPEND));
	must(send(port, 3));
	assert_false(machine_become(task));
	must(CALL(sys_signal, cap, SIGNAL_RESUME));
	become(task);
	assert_int_equal(machine_result(task), RECEIVED_MESSAGE);
	assert_int_equal(message()->words[0], 3);
}

static void
last_task_suspends_itself_and_the_machine_idles(void **state)
{
	cap_t port = new_port(1);

	(void)state;
	must(CALL(cap_move, cap_machine, CAP_BIND, 3, port, 1));
	assert_int_equal(receive(port), CALL_BLOCKED);
	assert_null(machine.current);
	machine_trap(HAL_TRAP_KICK, 0, 0);
	assert_null(machine.current);
	machine_trap(HAL_TRAP_INTERRUPT, 3, 0);
	assert_ptr_equal(machine.current, init);
	assert_int_equal(machine_result(init), RECEIVED_BITS);
}

static void
signals_to_a_task_are_refused(void **state)
{
	cap_t cap;

	(void)state;
	new_thread(TASK, &cap);
	assert_error(CALL(sys_signal, cap, SIGNAL_POWER_OFF), E_INVALID_CALL);
	assert_error(CALL(sys_signal, cap, SIGNAL_EXIT), E_INVALID_CALL);
	assert_error(CALL(sys_signal, 0, SIGNAL_RESET), E_INVALID_CALL);
	assert_error(CALL(sys_signal, cap, 99), E_INVALID_CALL);
	assert_error(CALL(sys_signal, derive(cap, RIGHT_DERIVE), SIGNAL_KILL),
	    E_NO_RIGHTS);
	kill(cap, 1);
	for (unsigned mode = 0; mode < 5; mode++)
		assert_error(CALL(sys_signal, cap, mode), E_STATE);
	assert_error(
	    CALL(cap_move, cap, CAP_WATCH_DEATH, 0, new_port(1), 1), E_STATE);
}

/* --- upcalls -----------------------------------------------------------------*/

static void
signal_enters_a_running_task(void **state)
{
	struct area *area = init->area;

	(void)state;
	area->upcall_entry = 0x7000;
	area->upcall_mask = 8;
	must(CALL(sys_signal, 0, SIGNAL_BITS, 12));
	assert_true(init->upcall);
	assert_int_equal(init->upcall_entry, 0x7000);
	assert_int_equal(init->bits, 4);
	assert_int_equal(area->upcall_bits, 4);
	assert_true(area->upcall_mask == ~0ull);
	assert_int_equal(area->upcall_saved_mask, 8);
	must(CALL(sys_signal, 0, SIGNAL_BITS, 1)); /* waits */
	area->upcall_saved_mask = 0; /* what was masked may enter then */
	CALL(sched_yield, YIELD_UPCALL_DONE);
	assert_true(init->upcall);
	assert_int_equal(init->bits, 9);
	CALL(sched_yield, YIELD_UPCALL_DONE);
	assert_false(init->upcall);
	assert_int_equal(area->upcall_mask, 0);
	assert_int_equal(init->result, 0); /* that of the first sys_signal */
}

static void
signal_without_an_entry_stays_pending(void **state)
{
	(void)state;
	must(CALL(sys_signal, 0, SIGNAL_BITS, 2));
	assert_false(init->upcall);
	init->area->upcall_entry = 0x7000;
	machine_trap(HAL_TRAP_KICK, 0, 0);
	assert_true(init->upcall);
}

static void
signal_ends_a_wait(void **state)
{
	cap_t cap, port = new_port(1);
	struct hal_context *task = new_thread(TASK, &cap);

	(void)state;
	become(task);
	task->area->upcall_entry = 0x7000;
	task->area->upcall_mask = 1;
	receive(port);
	must(CALL(sys_signal, cap, SIGNAL_BITS, 1));
	assert_int_equal(machine_result(task), CALL_BLOCKED);
	must(CALL(sys_signal, cap, SIGNAL_BITS, 2));
	assert_error(machine_result(task), E_INTERRUPTED);
	become(task);
	assert_true(task->upcall);
	assert_int_equal(task->bits, 2);
	CALL(sched_yield, YIELD_UPCALL_DONE);
	/* Pending and unmasked: a wait would sleep over it. */
	task->area->upcall_mask = 0;
	task->again = task->has_result = false;
	must(send(port, 1));
}

static void
receive_with_a_signal_due_does_not_wait(void **state)
{
	cap_t port = new_port(1), cap;
	struct hal_context *task = new_thread(TASK, &cap);

	(void)state;
	become(task);
	task->area->upcall_entry = 0x7000;
	task->area->upcall_mask = ~0ull;
	become(init);
	must(CALL(sys_signal, cap, SIGNAL_BITS, 2));
	become(task);
	assert_false(task->upcall);
	task->area->upcall_mask = 0; /* between two kernel entries */
	CALL(port_receive, port, 0);
	assert_true(task->upcall);
	assert_error(task->saved_result, E_INTERRUPTED);
}

static void
yield_is_refused_in_no_upcall_and_in_no_mode(void **state)
{
	(void)state;
	assert_error(CALL(sched_yield, YIELD_UPCALL_DONE), E_STATE);
	assert_error(CALL(sched_yield, 2), E_INVALID_CALL);
}

/* --- faults ------------------------------------------------------------------*/

/* A child with a fault port, that has just faulted; *port is init's. */
static struct hal_context *
faulted_child(cap_t *port, cap_t *space)
{
	struct hal_context *child;

	*port = new_port(2);
	must(CALL(cap_move, 0, CAP_FAULT_PORT, 0, new_badge(*port, 6, 1)));
	child = new_child(TASK, 0, NULL, space);
	become(child);
	machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, 0x1234);
	assert_ptr_not_equal(machine.current, child);
	become(init);
	return child;
}

static void
fault_is_a_message_with_its_place(void **state)
{
	cap_t port, space;
	struct hal_context *child = faulted_child(&port, &space);
	struct fault report;

	(void)state;
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	memcpy(&report, message()->words, sizeof report);
	assert_int_equal(message()->badge, 6);
	assert_int_equal(message()->length, sizeof report);
	assert_int_equal(report.event, EVENT_FAULT);
	assert_int_equal(report.kind, FAULT_WRITE);
	assert_int_equal(report.address, 0x1234);
	assert_int_equal(report.pc, child->entry + 4);
	assert_int_equal(report.sp, child->stack - 8);
	assert_int_equal(report.fp, child->stack - 16);
	assert_int_equal(report.name, 's');
	message()->words[0] = FAULT_RESUME;
	must(CALL(port_send, message()->reply, 8));
	become(child);
	/* And once more: its node is free again. */
	machine_trap(HAL_TRAP_FAULT, FAULT_ILLEGAL, 0x1234);
	become(init);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	assert_int_equal(message()->words[1], FAULT_ILLEGAL);
}

static void
wrong_answer_kills(void **state)
{
	cap_t port, space, watch = new_port(1);

	(void)state;
	faulted_child(&port, &space);
	must(CALL(cap_move, space, CAP_WATCH_DEATH, 0, watch, 1));
	must(poll(port));
	must(send(message()->reply, FAULT_RESUME + 1));
	invariants_settle();
	must(poll(watch));
	assert_int_equal(message()->words[1], STATUS_FAULT + FAULT_WRITE);
}

static void
dropped_answer_kills(void **state)
{
	cap_t port, space, watch = new_port(1);

	(void)state;
	faulted_child(&port, &space);
	must(CALL(cap_move, space, CAP_WATCH_DEATH, 0, watch, 1));
	must(poll(port));
	must(close_cap(message()->reply));
	invariants_settle();
	must(poll(watch));
	assert_int_equal(message()->words[1], STATUS_FAULT + FAULT_WRITE);
}

static void
destroyed_fault_port_kills(void **state)
{
	cap_t port, space, watch = new_port(1);

	(void)state;
	faulted_child(&port, &space);
	must(CALL(cap_move, space, CAP_WATCH_DEATH, 0, watch, 1));
	must(CALL(cap_move, port, CAP_DESTROY));
	invariants_settle();
	must(poll(watch));
	assert_int_equal(message()->words[1], STATUS_FAULT + FAULT_WRITE);
	must(close_cap(space));
	must(close_cap(port));
}

static void
fault_to_a_dead_port_kills_at_once(void **state)
{
	cap_t port = new_port(2), space;
	struct hal_context *child;

	(void)state;
	must(CALL(cap_move, 0, CAP_FAULT_PORT, 0, new_badge(port, 6, 1)));
	child = new_child(TASK, 0, NULL, &space);
	must(CALL(cap_move, port, CAP_DESTROY));
	become(child);
	machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, 0x1234);
	assert_true(machine_gone(child));
}

static void
handler_that_dies_kills_who_waits_for_it(void **state)
{
	cap_t port = new_port(2), space, there, handler_space;
	cap_t watch = new_port(1);
	struct hal_context *child, *handler;

	(void)state;
	handler = new_child(
	    HANDLER, derive(port, RIGHT_RECEIVE), &there, &handler_space);
	must(CALL(cap_move, 0, CAP_FAULT_PORT, 0, port));
	must(CALL(cap_move, 0, CAP_WATCH_DEATH, 0, watch, 1));
	child = new_child(TASK, 0, NULL, &space);
	become(handler);
	receive(there);
	become(child);
	machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, 0x1234);
	assert_int_equal(machine_result(handler), RECEIVED_MESSAGE);
	become(init);
	must(CALL(sys_signal, handler_space, SIGNAL_KILL, 1));
	invariants_settle();
	must(poll(watch));
	assert_int_equal(message()->words[1], STATUS_FAULT + FAULT_WRITE);
}

static void
fault_report_waits_while_its_receiver_has_no_quota(void **state)
{
	cap_t port, space;

	(void)state;
	faulted_child(&port, &space);
	must(CALL(cap_move, space, CAP_QUOTA, QUOTA_CAPABILITIES,
	    invariants_left(init, QUOTA_CAPABILITIES)));
	assert_error(poll(port), E_QUOTA);
	must(CALL(cap_move, space, CAP_QUOTA, QUOTA_CAPABILITIES, -1));
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
}

static void
fault_port_is_replaced(void **state)
{
	cap_t port = new_port(2), other = new_port(2), space, a, b;
	struct hal_context *child;

	(void)state;
	a = new_badge(port, 1, 1);
	b = new_badge(other, 2, 1);
	must(CALL(cap_move, 0, CAP_FAULT_PORT, 0, a));
	must(close_cap(a));
	must(CALL(cap_move, 0, CAP_FAULT_PORT, 0, b));
	assert_int_equal(poll(port), RECEIVED_EVENT);
	assert_int_equal(message()->words[0], EVENT_BADGE_GONE);
	must(close_cap(b));
	child = new_child(TASK, 0, NULL, &space);
	become(child);
	machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, 0x1234);
	become(init);
	assert_int_equal(poll(other), RECEIVED_MESSAGE);
	must(close_cap(message()->reply));
	must(close_cap(space));
	invariants_settle();
	assert_int_equal(poll(other), RECEIVED_EVENT);
}

/* --- dying in every state ------------------------------------------------------*/

enum task_state {
	READY,
	SUSPENDED,
	RECEIVING,
	FAULT_QUEUED,
	FAULT_DELIVERED,
	FAULT_ANSWER_UNDER_WAY, /* in a message to someone else */
	STAGING,
	IN_UPCALL,
	TASK_STATES
};

static void
die_in_state(enum task_state in, bool twice)
{
	cap_t faults = new_port(4), port = new_port(4), waits, watch, space;
	cap_t reply = 0;
	struct hal_context *child;

	watch = new_port(1);
	waits = new_port(1);
	must(CALL(cap_move, 0, CAP_FAULT_PORT, 0, faults));
	must(CALL(cap_move, 0, CAP_WATCH_DEATH, 0, watch, 1));
	child = new_child(TASK, waits, &waits, &space);
	become(child);
	switch (in) {
	case RECEIVING:
		receive(waits);
		break;
	case FAULT_QUEUED:
	case FAULT_DELIVERED:
	case FAULT_ANSWER_UNDER_WAY:
		machine_trap(HAL_TRAP_FAULT, FAULT_DIVIDE, 0);
		break;
	case STAGING:
		must(CALL(cap_move, 0, CAP_QUOTA, QUOTA_CAPABILITIES, 3));
		must(CALL(cap_move, waits, CAP_STAGE));
		break;
	case IN_UPCALL:
		child->area->upcall_entry = 1;
		must(CALL(sys_signal, 0, SIGNAL_BITS, 1));
		break;
	default:
		break;
	}
	become(init);
	if (in == FAULT_DELIVERED || in == FAULT_ANSWER_UNDER_WAY) {
		must(poll(faults));
		reply = message()->reply;
	}
	if (in == FAULT_ANSWER_UNDER_WAY)
		must(send_caps(port, reply, 0));
	invariants_check();
	must(CALL(sys_signal, space, SIGNAL_KILL, 9));
	invariants_check();
	if (twice)
		must(CALL(sys_signal, space, SIGNAL_KILL, 9));
	invariants_settle();
	invariants_check();
	assert_error(poll(faults), E_WOULD_BLOCK);
	must(poll(watch));
	assert_int_equal(message()->words[1], 9);
	if (in == FAULT_DELIVERED) {
		if (twice)
			must(send(reply, FAULT_RESUME));
		else
			must(close_cap(reply));
	}
	if (in == FAULT_ANSWER_UNDER_WAY) {
		must(poll(port));
		must(send(message()->caps[0], FAULT_RESUME));
	}
	must(close_cap(space));
	must(close_cap(faults));
	must(close_cap(port));
	must(close_cap(watch));
}

static void
task_dies_in_every_state_and_leaves_nothing(void **state)
{
	(void)state;
	for (enum task_state in = READY; in < TASK_STATES; in++) {
		struct invariants_counts before = { 0 }, after;

		for (unsigned i = 0; i < 5; i++) {
			die_in_state(in, i & 1);
			after = invariants_count();
			if (i > 2)
				assert_memory_equal(
				    &after, &before, sizeof after);
			before = after;
		}
	}
}

static void
fault_delivered_and_then_suspended_survives_both(void **state)
{
	cap_t port = new_port(2), cap;
	struct hal_context *task;

	(void)state;
	must(CALL(cap_move, cap_self, CAP_FAULT_PORT, 0, port));
	task = new_thread(TASK, &cap);
	become(task);
	machine_trap(HAL_TRAP_FAULT, FAULT_DIVIDE, 0);
	must(poll(port));
	must(CALL(sys_signal, cap, SIGNAL_SUSPEND));
	must(send(message()->reply, FAULT_RESUME));
	assert_false(machine_become(task));
	must(CALL(sys_signal, cap, SIGNAL_RESUME));
	become(task);
}

static void
death_of_a_task_is_told(void **state)
{
	cap_t watch = new_port(1), cap;

	(void)state;
	new_thread(TASK, &cap);
	must(CALL(cap_move, cap, CAP_WATCH_DEATH, 0, watch, 4));
	assert_error(
	    CALL(cap_move, cap, CAP_WATCH_DEATH, 0, watch, 4), E_STATE);
	kill(cap, 1234);
	assert_int_equal(poll(watch), RECEIVED_EVENT);
	assert_int_equal(message()->badge, 4);
	assert_int_equal(message()->words[0], EVENT_DEATH);
	assert_int_equal(message()->words[1], 1234);
	assert_true(is_dead(cap));
}

static void
task_capability_is_derived_and_revoked(void **state)
{
	cap_t cap, weak;

	(void)state;
	new_thread(TASK, &cap);
	weak = derive(cap, RIGHT_CONTROL);
	must(CALL(sys_signal, weak, SIGNAL_SUSPEND));
	must(revoke(cap));
	assert_error(CALL(sys_signal, weak, SIGNAL_RESUME), E_INVALID_CAP);
	must(CALL(sys_signal, cap, SIGNAL_RESUME));
}

static void
task_ends_itself(void **state)
{
	struct hal_context *task = new_thread(TASK, NULL);

	(void)state;
	become(task);
	CALL(sys_signal, 0, SIGNAL_KILL, 5);
	assert_ptr_equal(machine.current, init);
}

static void
threads_of_a_faulting_space_are_not_touched(void **state)
{
	cap_t port = new_port(2);
	struct hal_context *a, *b;

	(void)state;
	must(CALL(cap_move, cap_self, CAP_FAULT_PORT, 0, port));
	a = new_thread(TASK, NULL);
	b = new_thread(OTHER, NULL);
	become(a);
	machine_trap(HAL_TRAP_FAULT, FAULT_DIVIDE, 0);
	become(b);
	machine_trap(HAL_TRAP_FAULT, FAULT_BREAKPOINT, 0);
	become(init);
	must(poll(port));
	assert_int_equal(message()->words[1], FAULT_DIVIDE);
	must(send(message()->reply, 0));
	must(poll(port));
	assert_int_equal(message()->words[1], FAULT_BREAKPOINT);
	must(send(message()->reply, FAULT_RESUME));
	become(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(suspended_task_does_not_run_until_resumed),
		TEST(message_for_a_suspended_receiver_waits_in_its_hands),
		TEST(last_task_suspends_itself_and_the_machine_idles),
		TEST(signals_to_a_task_are_refused),
		TEST(signal_enters_a_running_task),
		TEST(signal_without_an_entry_stays_pending),
		TEST(signal_ends_a_wait),
		TEST(receive_with_a_signal_due_does_not_wait),
		TEST(yield_is_refused_in_no_upcall_and_in_no_mode),
		TEST(fault_is_a_message_with_its_place),
		TEST(wrong_answer_kills),
		TEST(dropped_answer_kills),
		TEST(destroyed_fault_port_kills),
		TEST(fault_to_a_dead_port_kills_at_once),
		TEST(handler_that_dies_kills_who_waits_for_it),
		TEST(fault_report_waits_while_its_receiver_has_no_quota),
		TEST(fault_port_is_replaced),
		TEST(task_dies_in_every_state_and_leaves_nothing),
		TEST(fault_delivered_and_then_suspended_survives_both),
		TEST(death_of_a_task_is_told),
		TEST(task_capability_is_derived_and_revoked),
		TEST(task_ends_itself),
		TEST(threads_of_a_faulting_space_are_not_touched),
	};

	return cmocka_run_group_tests_name("kernel: tasks", tests, NULL, NULL);
}
