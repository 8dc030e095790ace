/*
 * test_kernel_call: what is checked before any call does anything.
 *
 * Contract: a call, a mode and each argument are what modes.def says, or the
 * call is refused with the error of the ABI and has changed nothing.
 */
#include "kernel_test.h"

#define UNUSED "an unused argument is not zero"

static void
call_that_does_not_exist_is_refused(void **state)
{
	static const uint32_t none[] = { 0, 13, 14, 0x80000000, 0xFFFFFFFF };

	(void)state;
	for (unsigned i = 0; i < sizeof none / sizeof *none; i++)
		assert_refused(machine_call(none[i], 0, 0, 0, 0, 0, 0),
		    E_INVALID_CALL, "no such call");
}

static void
mode_that_does_not_exist_is_refused(void **state)
{
	cap_t port = new_port();

	(void)state;
	assert_refused(CALL(cap_move, port, CAP_QUERY + 1), E_INVALID_CALL,
	    "no such mode");
	assert_refused(
	    CALL(cap_move, port, -1), E_INVALID_CALL, "no such mode");
	assert_refused(
	    CALL(cap_move, port, 1ull << 32), E_INVALID_CALL, "no such mode");
	assert_refused(CALL(sched_yield, 0, 2), E_INVALID_CALL, "no such mode");
	assert_refused(CALL(sched_switch, cap_machine, SWITCH_SERVER + 1),
	    E_INVALID_CALL, "no such mode");
	assert_refused(CALL(sys_signal, port, SIGNAL_RESET + 1), E_INVALID_CALL,
	    "no such mode");
}

static void
unused_arguments_must_be_zero(void **state)
{
	cap_t port = new_port(), memory = raw(4), to = new_port();

	(void)state;
	assert_refused(CALL(port_allocate, memory, 1), E_INVALID_CALL, UNUSED);
	assert_refused(
	    CALL(port_allocate, memory, 0, 0, 0, 0, 1), E_INVALID_CALL, UNUSED);
	assert_refused(CALL(port_receive, port, 0, 1), E_INVALID_CALL, UNUSED);
	assert_refused(
	    CALL(vm_allocate, memory, 0, 0, 0, 1), E_INVALID_CALL, UNUSED);
	assert_refused(
	    CALL(vm_deallocate, memory, 0, 1), E_INVALID_CALL, UNUSED);
	assert_refused(CALL(cap_move, memory, CAP_DERIVE, RAW, 0, 1, 1),
	    E_INVALID_CALL, UNUSED);
	assert_refused(
	    CALL(cap_move, port, CAP_CLOSE, 1), E_INVALID_CALL, UNUSED);
	assert_refused(
	    CALL(cap_move, port, CAP_REVOKE, 0, 1), E_INVALID_CALL, UNUSED);
	assert_refused(CALL(cap_move, port, CAP_STAGE, cap_self, 1),
	    E_INVALID_CALL, UNUSED);
	assert_refused(
	    CALL(cap_move, port, CAP_REPLY, to, 0, 1), E_INVALID_CALL, UNUSED);
	assert_refused(
	    CALL(cap_move, memory, CAP_SPACE, 1, 1), E_INVALID_CALL, UNUSED);
	assert_refused(CALL(cap_move, cap_self, CAP_FAULTS, port, 1),
	    E_INVALID_CALL, UNUSED);
	assert_refused(
	    CALL(cap_move, port, CAP_QUERY, 0, 1), E_INVALID_CALL, UNUSED);
	assert_refused(CALL(sched_yield, 1), E_INVALID_CALL, UNUSED);
	assert_refused(CALL(sched_switch, cap_machine, SWITCH_TIMER, 1),
	    E_INVALID_CALL, UNUSED);
	assert_refused(CALL(sys_time, 1), E_INVALID_CALL, UNUSED);
	assert_refused(
	    CALL(sys_signal, port, SIGNAL_BITS, 0, 1), E_INVALID_CALL, UNUSED);
	assert_refused(
	    CALL(sys_signal, 0, SIGNAL_KILL, 1), E_INVALID_CALL, UNUSED);
	must(CALL(port_allocate, memory));
}

static void
handle_of_nothing_is_refused(void **state)
{
	cap_t port = new_port();
	cap_t none[] = { port + 1, port + (1ull << 32), UINT32_MAX, 64,
		1ull << 32 | 64, UINT64_MAX, port & UINT32_MAX };

	(void)state;
	for (unsigned i = 0; i < sizeof none / sizeof *none; i++) {
		assert_refused(send(none[i], 1), E_INVALID_PORT,
		    "the handle names no port");
		assert_refused(close_cap(none[i]), E_INVALID_PORT,
		    "the handle names no port");
		assert_refused(CALL(vm_deallocate, none[i]), E_INVALID_CAP,
		    "the handle names no such thing");
	}
	assert_error(send(0, 1), E_INVALID_PORT);
	assert_error(close_cap(0), E_INVALID_PORT);
}

static void
object_of_another_kind_is_refused(void **state)
{
	cap_t port = new_port(), memory = raw(4), task;
	cap_t reply = new_reply(port, port, 1);

	(void)state;
	new_thread(7, &task);
	assert_error(send(cap_machine, 1), E_INVALID_PORT);
	assert_error(send(memory, 1), E_INVALID_PORT);
	assert_error(poll(reply), E_INVALID_PORT);
	assert_error(CALL(port_allocate, port), E_INVALID_CAP);
	assert_error(CALL(vm_allocate, port, SIZE, VM_READ), E_INVALID_CAP);
	assert_error(CALL(cap_move, task, CAP_BADGE, 0, 0, 1), E_INVALID_PORT);
	assert_error(CALL(cap_move, port, CAP_STAGE, task), E_INVALID_CAP);
	assert_error(CALL(cap_move, port, CAP_SPACE, 1), E_INVALID_CAP);
	assert_error(CALL(cap_move, task, CAP_FAULTS, port), E_INVALID_CAP);
	assert_error(
	    CALL(cap_move, cap_self, CAP_FAULTS, reply), E_INVALID_PORT);
	assert_error(
	    CALL(cap_move, memory, CAP_BIND, 1, port, 1), E_INVALID_CAP);
	assert_error(
	    CALL(sched_spawn, memory, task, 0x1000, 0x2000, 1), E_INVALID_CAP);
	assert_error(
	    CALL(sched_switch, port, SWITCH_TO, task, 1), E_INVALID_CAP);
	assert_error(CALL(sys_debug_print, port, 0), E_INVALID_CAP);
	assert_error(CALL(sys_signal, cap_self, SIGNAL_KILL), E_INVALID_CAP);
	assert_error(CALL(sys_signal, task, SIGNAL_END), E_INVALID_CAP);
	assert_error(CALL(sys_signal, task, SIGNAL_BITS, 1), E_INVALID_PORT);
	assert_error(CALL(sys_signal, port, SIGNAL_ACKNOWLEDGE), E_INVALID_CAP);
	assert_error(
	    CALL(sys_signal, port, SIGNAL_POWER_OFF, 0), E_INVALID_CAP);
}

#define LACKS "the capability lacks a right"

static void
missing_right_is_refused(void **state)
{
	cap_t port = new_port(), memory = raw(4), task, space = new_space(1);
	cap_t poor_port = derive(port, RIGHT_DERIVE);
	cap_t poor_machine = derive(cap_machine, RIGHT_DERIVE);
	cap_t poor_space = derive(space, RIGHT_DERIVE), poor_task;
	cap_t poor_memory = range(memory, FRAME, 0, 4);

	(void)state;
	new_thread(7, &task);
	poor_task = derive(task, RIGHT_DERIVE);
	assert_refused(CALL(port_allocate, poor_memory), E_NO_RIGHTS, LACKS);
	assert_refused(send(poor_port, 1), E_NO_RIGHTS, LACKS);
	assert_refused(ask(port, poor_port, 1), E_NO_RIGHTS, LACKS);
	assert_refused(poll(poor_port), E_NO_RIGHTS, LACKS);
	assert_refused(CALL(vm_allocate, poor_memory, 0, 0, poor_space),
	    E_NO_RIGHTS, LACKS);
	assert_refused(
	    CALL(cap_move, poor_port, CAP_BADGE, 0, 0, 1), E_NO_RIGHTS, LACKS);
	assert_refused(
	    CALL(cap_move, port, CAP_REPLY, poor_port, 1), E_NO_RIGHTS, LACKS);
	assert_refused(
	    CALL(cap_move, port, CAP_STAGE, poor_space), E_NO_RIGHTS, LACKS);
	assert_refused(
	    CALL(cap_move, poor_memory, CAP_SPACE, 1), E_NO_RIGHTS, LACKS);
	assert_refused(
	    CALL(cap_move, poor_space, CAP_FAULTS, port), E_NO_RIGHTS, LACKS);
	assert_refused(
	    CALL(cap_move, space, CAP_FAULTS, poor_port), E_NO_RIGHTS, LACKS);
	assert_refused(CALL(cap_move, poor_machine, CAP_BIND, 1, port, 1),
	    E_NO_RIGHTS, LACKS);
	assert_refused(CALL(cap_move, cap_machine, CAP_BIND, 1, poor_port, 1),
	    E_NO_RIGHTS, LACKS);
	assert_refused(
	    CALL(sched_spawn, poor_memory, 0, 1, 0, 0), E_NO_RIGHTS, LACKS);
	assert_refused(
	    CALL(sched_spawn, raw(2), poor_space, 1, 0, 0), E_NO_RIGHTS, LACKS);
	assert_refused(CALL(sched_switch, poor_machine, SWITCH_TO, task, 1),
	    E_NO_RIGHTS, LACKS);
	assert_refused(CALL(sched_switch, cap_machine, SWITCH_TO, poor_task, 1),
	    E_NO_RIGHTS, LACKS);
	assert_refused(
	    CALL(sched_switch, cap_machine, SWITCH_SERVER, poor_port),
	    E_NO_RIGHTS, LACKS);
	assert_refused(
	    CALL(sys_debug_print, poor_machine, 0), E_NO_RIGHTS, LACKS);
	assert_refused(
	    CALL(sys_signal, poor_port, SIGNAL_BITS, 1), E_NO_RIGHTS, LACKS);
	assert_refused(kill_task(poor_task), E_NO_RIGHTS, LACKS);
	assert_refused(
	    CALL(sys_signal, poor_space, SIGNAL_END), E_NO_RIGHTS, LACKS);
	assert_refused(CALL(sys_signal, poor_machine, SIGNAL_ACKNOWLEDGE),
	    E_NO_RIGHTS, LACKS);
	assert_refused(CALL(sys_signal, poor_machine, SIGNAL_POWER_OFF, 0),
	    E_NO_RIGHTS, LACKS);
}

static void
full_table_refuses_what_makes_a_capability(void **state)
{
	cap_t port = new_port(), memory = raw(8), frames = frame(1);

	(void)state;
	while (invariants_left(init) != 0)
		derive(cap_print, 0);
	assert_refused(
	    CALL(port_allocate, memory), E_NO_MEMORY, "the table is full");
	assert_error(
	    CALL(cap_move, frames, CAP_DERIVE, FRAME, 0, 1), E_NO_MEMORY);
	assert_error(CALL(cap_move, port, CAP_BADGE, 0, 0, 1), E_NO_MEMORY);
	assert_error(CALL(cap_move, port, CAP_REPLY, port, 0), E_NO_MEMORY);
	assert_error(CALL(cap_move, memory, CAP_SPACE, 1), E_NO_MEMORY);
	assert_error(
	    CALL(cap_move, cap_machine, CAP_BIND, 1, port, 1), E_NO_MEMORY);
	assert_error(
	    CALL(sched_spawn, memory, 0, 1, somewhere(1), 0), E_NO_MEMORY);
	assert_error(stage(frames, cap_self), E_NO_MEMORY);
	/* None of them used the memory. */
	must(close_cap(frames));
	must(CALL(port_allocate, memory));
}

static void
time_is_the_machines(void **state)
{
	(void)state;
	machine.now = 123456789;
	assert_int_equal(must(CALL(sys_time)), 123456789);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(call_that_does_not_exist_is_refused),
		TEST(mode_that_does_not_exist_is_refused),
		TEST(unused_arguments_must_be_zero),
		TEST(handle_of_nothing_is_refused),
		TEST(object_of_another_kind_is_refused),
		TEST(missing_right_is_refused),
		TEST(full_table_refuses_what_makes_a_capability),
		TEST(time_is_the_machines),
	};

	return cmocka_run_group_tests_name("kernel: call", tests, NULL, NULL);
}
