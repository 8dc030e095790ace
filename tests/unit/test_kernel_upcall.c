/*
 * test_kernel_upcall: signals that enter a task.
 *
 * Contract: a signal enters a task unless it is masked, and ends a wait.
 */
#include "kernel_test.h"

#include <string.h>

enum { TASK = 0x91, OTHER, HANDLER };

/* --- upcalls -----------------------------------------------------------------*/

static void
signal_enters_a_running_task(void **state)
{
	struct area *area = init->area;

	(void)state;
	area->upcall_entry = 0x7000;
	area->upcall_mask = 8;
	must(CALL(sys_signal, 0, SIGNAL_UPCALL, 12));
	assert_true(init->upcall);
	assert_int_equal(init->upcall_entry, 0x7000);
	assert_int_equal(init->bits, 4);
	assert_int_equal(area->upcall_bits, 4);
	assert_true(area->upcall_mask == ~0ull);
	assert_int_equal(area->upcall_saved_mask, 8);
	must(CALL(sys_signal, 0, SIGNAL_UPCALL, 1)); /* waits */
	area->upcall_saved_mask = 0; /* what was masked may enter then */
	CALL(sched_yield, 0, YIELD_UPCALL_DONE);
	assert_true(init->upcall);
	assert_int_equal(init->bits, 9);
	CALL(sched_yield, 0, YIELD_UPCALL_DONE);
	assert_false(init->upcall);
	assert_int_equal(area->upcall_mask, 0);
	assert_int_equal(init->result, 0); /* that of the first sys_signal */
	assert_refused(
	    CALL(sched_yield, 0, YIELD_UPCALL_DONE), E_STATE, "in no upcall");
}

static void
signal_without_an_entry_stays_pending(void **state)
{
	(void)state;
	must(CALL(sys_signal, 0, SIGNAL_UPCALL, 2));
	assert_false(init->upcall);
	init->area->upcall_entry = 0x7000;
	machine_trap(HAL_TRAP_KICK, 0, 0);
	assert_true(init->upcall);
}

static void
signal_ends_a_wait(void **state)
{
	cap_t cap, port = new_port();
	struct hal_context *task = new_thread(TASK, &cap);

	(void)state;
	become(task);
	task->area->upcall_entry = 0x7000;
	task->area->upcall_mask = 1;
	receive(port);
	must(CALL(sys_signal, cap, SIGNAL_UPCALL, 1));
	assert_int_equal(machine_result(task), CALL_BLOCKED);
	must(CALL(sys_signal, cap, SIGNAL_UPCALL, 2));
	assert_error(machine_result(task), E_INTERRUPTED);
	become(task);
	assert_true(task->upcall);
	assert_int_equal(task->bits, 2);
	CALL(sched_yield, 0, YIELD_UPCALL_DONE);
	become(init);
	must(send(port, 1)); /* no one waits */
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
}

static void
receive_with_a_signal_due_does_not_wait(void **state)
{
	cap_t port = new_port(), cap;
	struct hal_context *task = new_thread(TASK, &cap);

	(void)state;
	become(task);
	task->area->upcall_entry = 0x7000;
	task->area->upcall_mask = ~0ull;
	become(init);
	must(CALL(sys_signal, cap, SIGNAL_UPCALL, 2));
	become(task);
	assert_false(task->upcall);
	task->area->upcall_mask = 0; /* between two kernel entries */
	CALL(port_receive, port, 0);
	assert_true(task->upcall);
	assert_error(task->saved_result, E_INTERRUPTED);
}

static void
upcall_comes_between_the_steps_of_a_call(void **state)
{
	cap_t memory = frame(1000);
	uint64_t at = somewhere(1000);

	(void)state;
	init->area->upcall_entry = 0x7000;
	machine.hold_again = true;
	assert_int_equal(map(memory, at, VM_READ), CALL_HELD);
	must(CALL(sys_signal, 0, SIGNAL_UPCALL, 1)); /* by another, say */
	assert_true(init->upcall);
	must(CALL(sys_time));
	CALL(sched_yield, 0, YIELD_UPCALL_DONE);
	assert_false(init->upcall);
	/* The upcall was entered from the sys_signal here; the mapping, which
	 * is repeated by whoever was interrupted in it, goes on as well. */
	machine.hold_again = false;
	must(map(memory, at, VM_READ));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(signal_enters_a_running_task),
		TEST(signal_without_an_entry_stays_pending),
		TEST(signal_ends_a_wait),
		TEST(receive_with_a_signal_due_does_not_wait),
		TEST(upcall_comes_between_the_steps_of_a_call),
	};

	return cmocka_run_group_tests_name(
	    "kernel: upcalls", tests, NULL, NULL);
}
