/*
 * test_kernel_fault: faults, their reports and answers.
 *
 * Contract: a fault is a message to the space's fault port; its answer
 * resumes the task or kills it, no answer kills it, and nothing of it is left
 * anywhere, whoever ends first.
 */
#include "kernel_test.h"

#include <string.h>

enum { TASK = 0x91, OTHER, HANDLER };

/* A child with a fault port, that has just faulted; *port is init's. */
static struct hal_context *
faulted_child(cap_t *port, cap_t *space, cap_t *cap)
{
	cap_t badge;
	struct hal_context *child;

	*port = new_port();
	*space = new_space(1);
	badge = new_badge(*port, 6, 1);
	must(CALL(cap_move, *space, CAP_FAULTS, badge));
	child = new_task(*space, TASK, cap);
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
	struct hal_context *child = faulted_child(&port, &space, NULL);
	struct fault report;

	(void)state;
	assert_int_equal(poll(port), RECEIVED_FAULT);
	memcpy(&report, message()->words, sizeof report);
	assert_int_equal(message()->badge, 6);
	assert_int_equal(message()->length, sizeof report);
	assert_int_equal(report.kind, FAULT_WRITE);
	assert_int_equal(report.address, 0x1234);
	assert_int_equal(report.pc, child->entry + 4);
	assert_int_equal(report.sp, child->stack - 8);
	assert_int_equal(report.fp, child->stack - 16);
	assert_int_equal(report.name[0], 't');
	assert_int_equal(report.name[1], TASK);
	message()->words[0] = FAULT_RESUME;
	must(CALL(port_send, message()->reply, 8));
	become(child);
	/* And once more: its node is free again. */
	machine_trap(HAL_TRAP_FAULT, FAULT_ILLEGAL, 0x1234);
	become(init);
	assert_int_equal(poll(port), RECEIVED_FAULT);
	assert_int_equal(message()->words[0], FAULT_ILLEGAL);
}

static void
fault_wakes_its_handler_at_once(void **state)
{
	cap_t port = new_port(), there;
	struct hal_context *handler =
	    new_child(HANDLER, derive(port, RIGHT_RECEIVE), &there, NULL);
	cap_t space = new_space(1);
	struct hal_context *child;

	(void)state;
	must(CALL(cap_move, space, CAP_FAULTS, port));
	child = new_task(space, TASK, NULL);
	become(handler);
	receive(there);
	become(child);
	machine_trap(HAL_TRAP_FAULT, FAULT_FETCH, 1);
	assert_ptr_equal(machine.current, handler);
	assert_int_equal(machine_result(handler), RECEIVED_FAULT);
	must(send(message()->reply, FAULT_RESUME));
	assert_false(invariants_is_dead(child));
	become(child);
}

static void
wrong_answer_kills(void **state)
{
	cap_t port, space;
	struct hal_context *child = faulted_child(&port, &space, NULL);

	(void)state;
	must(poll(port));
	must(send(message()->reply, FAULT_RESUME + 1));
	assert_true(invariants_is_dead(child));
}

static void
dropped_answer_kills(void **state)
{
	cap_t port, space;
	struct hal_context *child = faulted_child(&port, &space, NULL);

	(void)state;
	must(poll(port));
	must(close_cap(message()->reply));
	assert_true(invariants_is_dead(child));
}

static void
answer_not_taken_kills(void **state)
{
	cap_t port, space, other = new_port();
	struct hal_context *child = faulted_child(&port, &space, NULL);

	(void)state;
	must(poll(port));
	must(send_caps(other, message()->reply, 0));
	assert_false(invariants_is_dead(child));
	must(CALL(port_receive, other, 0));
	assert_true(invariants_is_dead(child));
}

static void
fault_port_that_ends_kills(void **state)
{
	cap_t port, space;
	struct hal_context *child = faulted_child(&port, &space, NULL);

	(void)state;
	must(close_cap(port));
	invariants_settle();
	assert_true(invariants_is_dead(child));
	/* From then on faults kill at once. */
	child = new_task(space, OTHER, NULL);
	become(child);
	machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, 0x1234);
	assert_true(invariants_is_dead(child));
}

static void
fault_without_a_port_kills_at_once(void **state)
{
	struct hal_context *child = new_child(TASK, 0, NULL, NULL);

	(void)state;
	become(child);
	machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, 0x1234);
	assert_true(invariants_is_dead(child));
}

static void
handler_that_dies_kills_who_waits_for_it(void **state)
{
	cap_t port = new_port(), there, handler_space, space = new_space(1);
	struct hal_context *handler = new_child(
	    HANDLER, derive(port, RIGHT_RECEIVE), &there, &handler_space);
	struct hal_context *child;

	(void)state;
	must(CALL(cap_move, space, CAP_FAULTS, port));
	child = new_task(space, TASK, NULL);
	become(handler);
	receive(there);
	become(child);
	machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, 0x1234);
	assert_int_equal(machine_result(handler), RECEIVED_FAULT);
	become(init);
	must(CALL(sys_signal, handler_space, SIGNAL_END));
	invariants_settle();
	assert_true(invariants_is_dead(child));
}

static void
report_waits_while_its_receiver_has_no_room(void **state)
{
	cap_t port, space, filler[3];

	(void)state;
	faulted_child(&port, &space, NULL);
	for (unsigned i = 0; i < 3; i++)
		filler[i] = derive(cap_print, 0);
	while (invariants_left(init) != 0)
		derive(cap_print, 0);
	assert_error(poll(port), E_NO_MEMORY);
	for (unsigned i = 0; i < 3; i++)
		must(close_cap(filler[i]));
	assert_int_equal(poll(port), RECEIVED_FAULT);
}

/* The answer is its first word: the rest stays with who answers. */
static void
answer_to_a_fault_carries_nothing(void **state)
{
	cap_t port, space, memory = frame(1), badge, own = new_port();
	struct hal_context *child = faulted_child(&port, &space, NULL);

	(void)state;
	badge = new_badge(port, 9, 1);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(poll(port), RECEIVED_FAULT);
		assert_int_equal(message()->caps[0], 0);
		assert_int_equal(message()->caps[1], 0);
		message()->words[0] = FAULT_RESUME;
		message()->words[7] = 0x5EC4E7;
		must(CALL(
		    port_send, message()->reply, 64, memory, badge, own, 5));
		invariants_check();
		must(query(memory));
		must(query(badge));
		become(child);
		machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, i);
		become(init);
	}
	assert_int_equal(poll(port), RECEIVED_FAULT);
	assert_int_equal(message()->words[7], 0);
	must(close_cap(space));
}

/* In every order: who faulted, whom it is told, and the memory of both. */
static void
faulted_task_and_its_port_end_in_any_order(void **state)
{
	cap_t memory = raw(40);
	struct invariants_counts before = invariants_count(), after;

	(void)state;
	for (unsigned how = 0; how < 12; how++) {
		cap_t port =
		    must(CALL(port_allocate, range(memory, RAW, 0, 1)));
		cap_t space = must(
		    CALL(cap_move, range(memory, RAW, 1, 16), CAP_SPACE, 1));
		cap_t pages = range(memory, RAW, 17, 2), cap;

		must(CALL(cap_move, space, CAP_FAULTS, port));
		cap = must(CALL(
		    sched_spawn, pages, space, 0x1000, somewhere(1), TASK));
		become(machine_task(TASK));
		machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, how);
		become(init);
		if (how % 2 == 1)
			assert_int_equal(poll(port), RECEIVED_FAULT);
		switch (how / 2) {
		case 0:
			must(close_cap(cap));
			invariants_check();
			if (how % 2 == 0)
				assert_error(poll(port), E_WOULD_BLOCK);
			break;
		case 1:
			must(revoke(pages));
			break;
		case 2:
			must(close_cap(port));
			must(close_cap(cap));
			break;
		case 3:
			must(close_cap(space));
			break;
		case 4:
			must(kill_task(cap));
			assert_error(poll(port), E_WOULD_BLOCK);
			break;
		default:
			break;
		}
		invariants_check();
		must(revoke(memory));
		after = invariants_count();
		assert_memory_equal(&after, &before, sizeof after);
	}
}

static void
fault_port_is_replaced(void **state)
{
	cap_t port = new_port(), other = new_port(), space = new_space(1);
	cap_t a = new_badge(port, 1, 1), b = new_badge(other, 2, 1);
	struct hal_context *child;

	(void)state;
	must(CALL(cap_move, space, CAP_FAULTS, a));
	must(close_cap(a));
	assert_error(poll(port), E_WOULD_BLOCK);
	must(CALL(cap_move, space, CAP_FAULTS, b));
	assert_int_equal(poll(port), RECEIVED_EVENT);
	assert_int_equal(message()->words[0], EVENT_BADGE_GONE);
	must(close_cap(b));
	child = new_task(space, TASK, NULL);
	become(child);
	machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, 0x1234);
	become(init);
	assert_int_equal(poll(other), RECEIVED_FAULT);
	must(close_cap(message()->reply));
	must(close_cap(space));
	invariants_settle();
	assert_int_equal(poll(other), RECEIVED_EVENT);
}

static void
fault_delivered_and_then_suspended_survives_both(void **state)
{
	cap_t port, space, cap;
	struct hal_context *task = faulted_child(&port, &space, &cap);

	(void)state;
	must(poll(port));
	must(CALL(sys_signal, cap, SIGNAL_SUSPEND));
	must(send(message()->reply, FAULT_RESUME));
	assert_false(machine_become(task));
	must(CALL(sys_signal, cap, SIGNAL_RESUME));
	become(task);
}

static void
threads_of_a_faulting_space_are_not_touched(void **state)
{
	cap_t port = new_port(), space = new_space(1);
	struct hal_context *a, *b;

	(void)state;
	must(CALL(cap_move, space, CAP_FAULTS, port));
	a = new_task(space, TASK, NULL);
	b = new_task(space, OTHER, NULL);
	become(a);
	machine_trap(HAL_TRAP_FAULT, FAULT_DIVIDE, 0);
	become(b);
	machine_trap(HAL_TRAP_FAULT, FAULT_BREAKPOINT, 0);
	become(init);
	must(poll(port));
	assert_int_equal(message()->words[0], FAULT_DIVIDE);
	must(send(message()->reply, 0));
	must(poll(port));
	assert_int_equal(message()->words[0], FAULT_BREAKPOINT);
	must(send(message()->reply, FAULT_RESUME));
	become(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fault_is_a_message_with_its_place),
		TEST(fault_wakes_its_handler_at_once),
		TEST(wrong_answer_kills),
		TEST(dropped_answer_kills),
		TEST(answer_not_taken_kills),
		TEST(fault_port_that_ends_kills),
		TEST(fault_without_a_port_kills_at_once),
		TEST(handler_that_dies_kills_who_waits_for_it),
		TEST(report_waits_while_its_receiver_has_no_room),
		TEST(answer_to_a_fault_carries_nothing),
		TEST(faulted_task_and_its_port_end_in_any_order),
		TEST(fault_port_is_replaced),
		TEST(fault_delivered_and_then_suspended_survives_both),
		TEST(threads_of_a_faulting_space_are_not_touched),
	};

	return cmocka_run_group_tests_name("kernel: faults", tests, NULL, NULL);
}
