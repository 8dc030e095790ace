/*
 * test_kernel_interrupt: interrupts and idling.
 *
 * Contract: an interrupt sets bits at the port it is bound to, as long as
 * there is one; the machine sleeps when all work is done.
 */
#include "kernel_test.h"

enum { A = 0xA1, B, C, TICK = TICK_NANOSECONDS };

/* --- interrupts ----------------------------------------------------------------*/

static void
interrupt_sets_its_bits(void **state)
{
	cap_t port = new_port(), three, five;

	(void)state;
	three = must(CALL(cap_move, cap_machine, CAP_BIND, 3, port, 8));
	five = must(CALL(cap_move, cap_machine, CAP_BIND, 5, port, 16));
	assert_false(machine.masked[3]);
	machine.masked[3] = machine.masked[5] = true; /* as they arrive */
	machine_trap(HAL_TRAP_INTERRUPT, 3, 0);
	machine_trap(HAL_TRAP_INTERRUPT, 5, 0);
	machine_trap(HAL_TRAP_INTERRUPT, 4, 0); /* nobody's */
	assert_int_equal(poll(port), RECEIVED_BITS);
	assert_int_equal(message()->words[0], 24);
	must(CALL(sys_signal, three, SIGNAL_ACKNOWLEDGE));
	assert_false(machine.masked[3]);
	assert_true(machine.masked[5]);
	assert_refused(CALL(sys_signal, cap_machine, SIGNAL_ACKNOWLEDGE),
	    E_INVALID, "of no interrupt");
	must(CALL(sys_signal, five, SIGNAL_ACKNOWLEDGE));
	assert_false(machine.masked[5]);
}

static void
binding_is_refused(void **state)
{
	cap_t port = new_port(), three;

	(void)state;
	three = must(CALL(cap_move, cap_machine, CAP_BIND, 3, port, 8));
	assert_refused(
	    CALL(cap_move, cap_machine, CAP_BIND, HAL_INTERRUPTS, port, 8),
	    E_INVALID, "no such interrupt, or no right");
	assert_error(
	    CALL(cap_move, cap_machine, CAP_BIND, -1, port, 8), E_INVALID);
	/* An interrupt's capability is for that interrupt, and does not bind. */
	assert_error(CALL(cap_move, three, CAP_BIND, 3, port, 8), E_INVALID);
	assert_int_equal(CAP_INFO_RIGHTS(query(three)), RIGHT_BIND);
	assert_int_equal(CAP_INFO_TYPE(query(three)), OBJECT_MACHINE);
}

static void
binding_goes_with_its_port(void **state)
{
	cap_t memory = raw(1), port = must(CALL(port_allocate, memory));
	cap_t other = new_port(), badge = new_badge(port, 9, 0);

	(void)state;
	must(CALL(cap_move, cap_machine, CAP_BIND, 3, badge, 8));
	/* The binding is the badge's, too. */
	must(close_cap(badge));
	assert_error(poll(port), E_WOULD_BLOCK);
	machine_trap(HAL_TRAP_INTERRUPT, 3, 0);
	assert_int_equal(poll(port), RECEIVED_BITS);
	must(CALL(cap_move, cap_machine, CAP_BIND, 3, other, 4));
	assert_int_equal(poll(port), RECEIVED_EVENT);
	machine_trap(HAL_TRAP_INTERRUPT, 3, 0);
	assert_error(poll(port), E_WOULD_BLOCK);
	must(CALL(cap_move, cap_machine, CAP_BIND, 4, port, 4));
	must(close_cap(port));
	machine_trap(HAL_TRAP_INTERRUPT, 4, 0);
	must(CALL(port_allocate, memory));
	machine_trap(HAL_TRAP_INTERRUPT, 4, 0);
}

/* --- idle ----------------------------------------------------------------------*/

static void
last_task_waits_and_the_machine_idles(void **state)
{
	cap_t port = new_port();

	(void)state;
	must(CALL(cap_move, cap_machine, CAP_BIND, 3, port, 1));
	assert_int_equal(receive(port), CALL_BLOCKED);
	assert_null(machine.current);
	machine_trap(HAL_TRAP_KICK, 0, 0);
	assert_null(machine.current);
	machine.now = 100ull * TICK;
	machine_trap(HAL_TRAP_INTERRUPT, 3, 0);
	assert_ptr_equal(machine.current, init);
	assert_int_equal(machine_result(init), RECEIVED_BITS);
	assert_int_equal(machine.armed, 101ull * TICK); /* a whole slice */
}

static void
machine_idles_only_when_all_work_is_done(void **state)
{
	cap_t port = port_of_pages(40), reply = new_port();

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		cap_t badge = new_badge(port, i, 60);

		for (unsigned k = 0; k < 60; k++)
			must(send(badge, 1));
	}
	must(ask(port, reply, 1));
	must(close_cap(port));
	receive(reply);
	/* It was told before the machine slept. */
	assert_ptr_equal(machine.current, init);
	assert_int_equal(machine_result(init), RECEIVED_EVENT);
}

/* Someone who ends things all the time does not hold up what was there
 * before; and whoever makes things waits for all of it. */
static void
work_goes_on_while_a_task_makes_more(void **state)
{
	cap_t port = port_of_pages(40), reply = new_port();
	cap_t other = new_port();
	unsigned told = 0;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		cap_t badge = new_badge(port, i, 60);

		for (unsigned k = 0; k < 60; k++)
			must(send(badge, 1));
	}
	must(ask(port, reply, 1));
	must(close_cap(port));
	for (unsigned i = 0; i < 100 && told == 0; i++) {
		must(send(other, 1));
		must(poll(other));
		if (error_of(poll(reply)) == E_OK)
			told = i + 1;
	}
	assert_in_range(told, 1, 60);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(interrupt_sets_its_bits),
		TEST(binding_is_refused),
		TEST(binding_goes_with_its_port),
		TEST(last_task_waits_and_the_machine_idles),
		TEST(machine_idles_only_when_all_work_is_done),
		TEST(work_goes_on_while_a_task_makes_more),
	};

	return cmocka_run_group_tests_name(
	    "kernel: interrupts", tests, NULL, NULL);
}
