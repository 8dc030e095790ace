/*
 * test_kernel_schedule: who runs next.
 *
 * Contract: the highest priority runs, equals take turns at ticks, a sender
 * that blocks hands over to its receiver but never past a higher priority;
 * scheduler_server is told of ticks and deadlines, its watcher when it is
 * late; nothing waits behind someone else's long work.
 */
#include "kernel_test.h"

enum { A = 0xA1, B, C, TICK = TICK_NANOSECONDS };

static void
priority(cap_t task, unsigned level)
{
	must(CALL(sched_switch, cap_machine, SWITCH_PRIORITY, task, level));
}

/* --- order -------------------------------------------------------------------*/

static void
equals_take_turns_when_they_yield(void **state)
{
	struct hal_context *a = new_thread(A, NULL), *b = new_thread(B, NULL);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_ptr_equal(machine.current, init);
		must(CALL(sched_yield, YIELD));
		assert_ptr_equal(machine.current, a);
		must(CALL(sched_yield, YIELD));
		assert_ptr_equal(machine.current, b);
		must(CALL(sched_yield, YIELD));
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
	struct hal_context *a = new_thread(A, NULL), *b = new_thread(B, NULL);
	struct hal_context *server = new_thread(C, NULL);
	cap_t port = new_port(1), reply = new_port(1);
	uint64_t slice;

	(void)state;
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
	(void)a;
	(void)b;
}

static void
hand_over_never_passes_a_higher_priority(void **state)
{
	cap_t a_cap, port = new_port(1), gate = new_port(1);
	struct hal_context *a = new_thread(A, &a_cap);
	struct hal_context *server = new_thread(C, NULL);

	(void)state;
	become(server);
	receive(port);
	become(a);
	receive(gate);
	become(init);
	priority(a_cap, PRIORITY_SERVER + 2);
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
	cap_t cap, gate = new_port(1);
	struct hal_context *a = new_thread(A, &cap);

	(void)state;
	priority(cap, 0);
	for (unsigned i = 0; i < 3; i++) {
		must(CALL(sched_yield, YIELD));
		assert_ptr_equal(machine.current, init);
		machine_tick();
		assert_ptr_equal(machine.current, init);
	}
	receive(gate);
	assert_ptr_equal(machine.current, a);
	assert_error(
	    CALL(sched_switch, cap_machine, SWITCH_PRIORITY, cap, PRIORITIES),
	    E_INVALID);
	must(CALL(
	    sched_switch, cap_machine, SWITCH_PRIORITY, cap, PRIORITIES - 1));
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
	must(CALL(
	    sched_switch, cap_machine, SWITCH_TO, b_cap, machine.now + 500));
	assert_int_equal(machine.armed, machine.now + 500);
	must(CALL(sched_yield, YIELD));
	assert_ptr_equal(machine.current, b);
	must(CALL(sched_yield, YIELD));
	assert_ptr_equal(machine.current, a);
}

static void
switching_is_refused(void **state)
{
	cap_t cap, port = new_port(1);

	(void)state;
	new_thread(A, &cap);
	assert_error(
	    CALL(sched_switch, cap_print, SWITCH_TO, cap, 0), E_NO_RIGHTS);
	assert_error(
	    CALL(sched_switch, cap_self, SWITCH_TO, cap, 0), E_INVALID_CAP);
	assert_error(
	    CALL(sched_switch, cap_machine, 0, cap, 0), E_INVALID_CALL);
	assert_error(
	    CALL(sched_switch, cap_machine, 5, cap, 0), E_INVALID_CALL);
	assert_error(
	    CALL(sched_switch, cap_machine, SWITCH_TO, port, 0), E_INVALID_CAP);
	assert_error(CALL(sched_switch, cap_machine, SWITCH_TO,
			 derive(cap, RIGHT_DERIVE), 0),
	    E_NO_RIGHTS);
	assert_error(CALL(sched_switch, cap_machine, SWITCH_SERVER,
			 new_badge(port, 1, 1), 0),
	    E_NO_RIGHTS);
	assert_error(CALL(sched_switch, cap_machine, SWITCH_SERVER, port,
			 derive(port, RIGHT_SEND)),
	    E_NO_RIGHTS);
	assert_error(CALL(sched_switch, cap_machine, SWITCH_SERVER, 0, 0),
	    E_INVALID_PORT);
}

static void
switching_to_one_that_cannot_run_does_nothing(void **state)
{
	cap_t cap, dead;
	struct hal_context *a = new_thread(A, &cap);

	(void)state;
	new_thread(B, &dead);
	become(a);
	receive(new_port(1));
	become(init);
	must(CALL(sys_signal, dead, SIGNAL_KILL));
	must(CALL(sched_switch, cap_machine, SWITCH_TO, cap, 0));
	must(CALL(sched_switch, cap_machine, SWITCH_TO, dead, 0));
	priority(cap, 3);
	priority(dead, 3);
	must(CALL(sched_yield, YIELD));
	assert_ptr_equal(machine.current, init);
}

/* --- scheduler_server ------------------------------------------------------------*/

static void
deadline_is_a_bit_at_the_servers_port(void **state)
{
	cap_t port = new_port(1);

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
	cap_t server = new_port(1), watcher = new_port(1);
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
	must(CALL(cap_move, watcher, CAP_DESTROY));
	machine_tick();
	machine_tick();
	invariants_check();
}

static void
server_wakes_at_ticks_before_all_others(void **state)
{
	cap_t cap, port = new_port(1);
	struct hal_context *server = new_thread(A, &cap);

	(void)state;
	priority(cap, PRIORITY_SCHEDULER);
	assert_ptr_equal(machine.current, server);
	must(CALL(sched_switch, cap_machine, SWITCH_SERVER, port));
	receive(port);
	new_thread(B, NULL);
	machine_tick();
	assert_ptr_equal(machine.current, server);
	assert_int_equal(machine_result(server), RECEIVED_BITS);
}

static void
dead_port_becomes_no_server(void **state)
{
	struct invariants_counts before = invariants_count(), after;
	cap_t dead = new_port(1), watcher = new_port(1), sender, port;

	(void)state;
	sender = new_badge(watcher, 1, 1);
	must(CALL(cap_move, dead, CAP_DESTROY));
	must(CALL(cap_move, watcher, CAP_DESTROY));
	assert_error(CALL(sched_switch, cap_machine, SWITCH_SERVER, dead),
	    E_INVALID_PORT);
	port = new_port(1);
	assert_error(
	    CALL(sched_switch, cap_machine, SWITCH_SERVER, port, sender),
	    E_INVALID_PORT);
	must(close_cap(dead));
	must(close_cap(port));
	must(close_cap(watcher));
	must(close_cap(sender));
	after = invariants_count();
	assert_int_equal(after.objects, before.objects);
}

/* --- work --------------------------------------------------------------------*/

/* Someone who makes more work than one step an entry must not hold up what
 * was there before. */
static void
work_goes_on_while_a_greedy_task_makes_more(void **state)
{
	cap_t port = new_port(64), reply = new_port(1);
	uint64_t told = 0;

	(void)state;
	for (unsigned i = 0; i < 10; i++) { /* many steps' work */
		cap_t badge = new_badge(port, i, SHARE_MAX);

		for (unsigned k = 0; k < SHARE_MAX; k++)
			must(send(badge, 1));
	}
	must(ask(port, reply, 1));
	must(close_cap(port));
	for (unsigned i = 0; i < 500 && told == 0; i++) {
		uint64_t at =
		    CALL(vm_allocate, 0, 2000 * PAGE_SIZE, VM_NEW | VM_READ);

		if (error_of(at) == E_OK)
			must(CALL(vm_deallocate, at, 2000 * PAGE_SIZE));
		if (error_of(poll(reply)) == E_OK)
			told = i + 1;
	}
	assert_int_not_equal(told, 0);
}

static void
machine_idles_only_when_all_work_is_done(void **state)
{
	cap_t port = new_port(64), reply = new_port(1), gate = new_port(1);
	cap_t memory = new_memory(2000);
	uint64_t left = invariants_left(init, QUOTA_PAGES);

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		must(send(port, 1));
	must(ask(port, reply, 1));
	must(close_cap(memory));
	must(close_cap(port));
	receive(reply);
	/* It was told before the machine slept. */
	assert_ptr_equal(machine.current, init);
	assert_int_equal(machine_result(init), RECEIVED_EVENT);
	assert_int_equal(receive(gate), CALL_BLOCKED);
	assert_null(machine.current);
	assert_int_equal(invariants_left(init, QUOTA_PAGES), left + 2000);
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
		TEST(switching_is_refused),
		TEST(switching_to_one_that_cannot_run_does_nothing),
		TEST(deadline_is_a_bit_at_the_servers_port),
		TEST(deadline_without_a_server_is_forgotten),
		TEST(server_is_told_of_ticks_while_others_wait),
		TEST(server_wakes_at_ticks_before_all_others),
		TEST(dead_port_becomes_no_server),
		TEST(work_goes_on_while_a_greedy_task_makes_more),
		TEST(machine_idles_only_when_all_work_is_done),
	};

	return cmocka_run_group_tests_name(
	    "kernel: scheduling", tests, NULL, NULL);
}
