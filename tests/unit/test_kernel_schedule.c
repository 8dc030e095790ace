/*
 * test_kernel_schedule: who runs next, ticks, deadlines, interrupts.
 *
 * Contract: the highest priority runs, equals take turns at ticks, a sender
 * that blocks hands over to its receiver but never past a higher priority;
 * scheduler_server is told of ticks and deadlines, its watcher when it is
 * late; an interrupt sets bits at the port it is bound to.
 */
#include "kernel_test.h"

enum { A = 0xA1, B, C, TICK = TICK_NANOSECONDS };

static void
priority(cap_t task, unsigned level)
{
	must(CALL(sched_switch, cap_machine, SWITCH_TO, task, level));
}

/* --- order -------------------------------------------------------------------*/

static void
equals_take_turns_when_they_yield(void **state)
{
	struct hal_context *a = new_thread(A, NULL), *b = new_thread(B, NULL);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_ptr_equal(machine.current, init);
		must(CALL(sched_yield));
		assert_ptr_equal(machine.current, a);
		must(CALL(sched_yield));
		assert_ptr_equal(machine.current, b);
		must(CALL(sched_yield));
	}
}

static void
equals_take_turns_at_ticks(void **state)
{
	struct hal_context *a = new_thread(A, NULL), *b = new_thread(B, NULL);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_ptr_equal(machine.current, init);
		machine_tick();
		assert_ptr_equal(machine.current, a);
		machine_tick();
		assert_ptr_equal(machine.current, b);
		machine_tick();
	}
	assert_in_range(machine.now, 9ull * TICK, 10ull * TICK);
}

static void
early_timer_changes_nothing(void **state)
{
	(void)state;
	new_thread(A, NULL);
	machine_trap(HAL_TRAP_TIMER, 0, 0);
	assert_ptr_equal(machine.current, init);
	machine.now = machine.armed - 1;
	machine_trap(HAL_TRAP_TIMER, 0, 0);
	assert_ptr_equal(machine.current, init);
	assert_int_equal(machine.armed, machine.now + 1);
}

static void
sender_that_blocks_hands_over(void **state)
{
	cap_t port = new_port(), reply = new_port();
	struct hal_context *server;
	uint64_t slice;

	(void)state;
	new_thread(A, NULL);
	new_thread(B, NULL);
	server = new_thread(C, NULL);
	become(server);
	receive(port);
	become(init);
	assert_int_not_equal(machine.armed, 0);
	slice = machine.armed;
	machine.now += 10;
	must(ask(port, reply, 1));
	assert_ptr_equal(machine.current, init);
	receive(reply);
	assert_ptr_equal(machine.current, server); /* before a and b */
	assert_int_equal(machine.armed, slice); /* the rest of the slice */
	must(send(message()->reply, 1));
	receive(port);
	assert_ptr_equal(machine.current, init);
}

static void
hand_over_never_passes_a_higher_priority(void **state)
{
	cap_t a_cap, port = new_port(), gate = new_port();
	struct hal_context *a = new_thread(A, &a_cap);
	struct hal_context *server = new_thread(C, NULL);

	(void)state;
	become(server);
	receive(port);
	become(a);
	receive(gate);
	become(init);
	priority(a_cap, PRIORITY_INIT + 2);
	must(send(port, 1));
	machine_trap(HAL_TRAP_KICK, 0, 0);
	must(CALL(sys_signal, gate, SIGNAL_BITS, 1));
	assert_ptr_equal(machine.current, a); /* at once */
	receive(gate);
	assert_ptr_equal(machine.current, init); /* whom it displaced */
}

static void
lower_priority_waits(void **state)
{
	cap_t cap, gate = new_port();
	struct hal_context *a = new_thread(A, &cap);

	(void)state;
	priority(cap, 0);
	for (unsigned i = 0; i < 3; i++) {
		must(CALL(sched_yield));
		assert_ptr_equal(machine.current, init);
		machine_tick();
		assert_ptr_equal(machine.current, init);
	}
	receive(gate);
	assert_ptr_equal(machine.current, a);
	assert_refused(
	    CALL(sched_switch, cap_machine, SWITCH_TO, cap, PRIORITIES),
	    E_INVALID, "no such priority");
	assert_error(
	    CALL(sched_switch, cap_machine, SWITCH_TO, cap, -1), E_INVALID);
	priority(cap, PRIORITIES - 1);
	must(CALL(sys_signal, gate, SIGNAL_BITS, 1));
	assert_ptr_equal(machine.current, a);
}

static void
current_task_that_lowers_itself_is_displaced(void **state)
{
	cap_t cap;
	struct hal_context *a = new_thread(A, &cap);

	(void)state;
	become(a);
	priority(cap, 1);
	assert_ptr_equal(machine.current, init);
}

/* --- sched_switch --------------------------------------------------------------*/

static void
switching_puts_a_task_in_front(void **state)
{
	cap_t b_cap;
	struct hal_context *a = new_thread(A, NULL);
	struct hal_context *b = new_thread(B, &b_cap);

	(void)state;
	must(CALL(sched_switch, cap_machine, SWITCH_TO, b_cap, PRIORITY_INIT,
	    machine.now + 500));
	assert_int_equal(machine.armed, machine.now + 500);
	must(CALL(sched_yield));
	assert_ptr_equal(machine.current, b);
	must(CALL(sched_yield));
	assert_ptr_equal(machine.current, a);
}

static void
switching_to_one_that_cannot_run_does_nothing(void **state)
{
	cap_t cap, dead, fault, port = new_port(), space = new_space(1);
	struct hal_context *a = new_thread(A, &cap), *c;

	(void)state;
	new_thread(B, &dead);
	become(a);
	receive(port);
	become(init);
	must(CALL(cap_move, space, CAP_FAULTS, new_port()));
	c = new_task(space, C, &fault);
	become(c);
	machine_trap(HAL_TRAP_FAULT, FAULT_READ, 0);
	become(init);
	must(kill_task(dead));
	priority(cap, PRIORITY_INIT);
	priority(dead, PRIORITY_INIT);
	priority(fault, PRIORITY_INIT);
	priority(cap, 3);
	priority(dead, 3);
	must(CALL(sched_yield));
	assert_ptr_equal(machine.current, init);
	/* The priority is for when it can. */
	must(send(port, 1));
	must(CALL(sched_yield));
	assert_ptr_equal(machine.current, init);
	rest();
	assert_ptr_equal(machine.current, a);
}

/* --- scheduler_server ------------------------------------------------------------*/

static void
deadline_is_a_bit_at_the_servers_port(void **state)
{
	cap_t port = new_port();

	(void)state;
	must(CALL(sched_switch, cap_machine, SWITCH_SERVER, port));
	must(CALL(sched_switch, cap_machine, SWITCH_TIMER, 0, 5000));
	assert_int_equal(machine.armed, 5000);
	assert_int_equal(receive(port), CALL_BLOCKED);
	assert_null(machine.current);
	assert_int_equal(machine.armed, 5000);
	machine_tick();
	assert_ptr_equal(machine.current, init);
	assert_true(message()->words[0] == BIT_DEADLINE);
	assert_int_equal(machine_result(init), RECEIVED_BITS);
	receive(port);
	assert_true(machine.armed == UINT64_MAX); /* idle: no tick */
}

static void
deadline_without_a_server_is_forgotten(void **state)
{
	(void)state;
	must(CALL(sched_switch, cap_machine, SWITCH_TIMER, 0, 0));
	machine_trap(HAL_TRAP_TIMER, 0, 0);
	assert_int_not_equal(machine.armed, 0);
	invariants_check();
}

static void
server_is_told_of_ticks_while_others_wait(void **state)
{
	cap_t server = new_port(), watcher = new_port();
	cap_t told = new_badge(watcher, 0, 0);

	(void)state;
	must(CALL(sched_switch, cap_machine, SWITCH_SERVER, server, told));
	machine_tick(); /* alone: nothing to decide */
	assert_error(poll(server), E_WOULD_BLOCK);
	new_thread(A, NULL);
	machine_tick();
	become(init);
	assert_int_equal(poll(server), RECEIVED_BITS);
	assert_true(message()->words[0] == BIT_TICK);
	assert_error(poll(watcher), E_WOULD_BLOCK);
	machine_tick();
	machine_tick(); /* it did not answer */
	become(init);
	assert_int_equal(poll(watcher), RECEIVED_BITS);
	assert_true(message()->words[0] == BIT_TICK);
	must(CALL(sched_switch, cap_machine, SWITCH_SERVER, server, told));
	must(CALL(sched_switch, cap_machine, SWITCH_SERVER, watcher));
	must(close_cap(watcher));
	machine_tick();
	machine_tick();
	invariants_check();
}

static void
server_wakes_at_ticks_before_all_others(void **state)
{
	cap_t cap, port = new_port();
	struct hal_context *server = new_thread(A, &cap);

	(void)state;
	new_thread(B, NULL);
	priority(cap, PRIORITY_INIT + 1);
	assert_ptr_equal(machine.current, server);
	must(CALL(sched_switch, cap_machine, SWITCH_SERVER, port));
	receive(port);
	machine_tick();
	assert_ptr_equal(machine.current, server);
	assert_int_equal(machine_result(server), RECEIVED_BITS);
}

static void
server_whose_port_ended_is_none(void **state)
{
	cap_t memory = raw(2), port;
	struct invariants_counts before = invariants_count(), after;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		port = must(CALL(port_allocate, memory));
		must(
		    CALL(sched_switch, cap_machine, SWITCH_SERVER, port, port));
		must(
		    CALL(sched_switch, cap_machine, SWITCH_SERVER, port, port));
		must(close_cap(port));
		after = invariants_count();
		assert_memory_equal(&after, &before, sizeof after);
		must(CALL(sched_switch, cap_machine, SWITCH_TIMER, 0, 0));
		machine_tick();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(equals_take_turns_when_they_yield),
		TEST(equals_take_turns_at_ticks),
		TEST(early_timer_changes_nothing),
		TEST(sender_that_blocks_hands_over),
		TEST(hand_over_never_passes_a_higher_priority),
		TEST(lower_priority_waits),
		TEST(current_task_that_lowers_itself_is_displaced),
		TEST(switching_puts_a_task_in_front),
		TEST(switching_to_one_that_cannot_run_does_nothing),
		TEST(deadline_is_a_bit_at_the_servers_port),
		TEST(deadline_without_a_server_is_forgotten),
		TEST(server_is_told_of_ticks_while_others_wait),
		TEST(server_wakes_at_ticks_before_all_others),
		TEST(server_whose_port_ended_is_none),
	};

	return cmocka_run_group_tests_name(
	    "kernel: scheduling", tests, NULL, NULL);
}
