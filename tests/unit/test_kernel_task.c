/*
 * test_kernel_task: spawning, signals, upcalls, dying in every state.
 *
 * Contract: a task can be stopped, resumed and killed in every state it may
 * be in, and leaves nothing; a signal enters a task unless it is masked, and
 * ends a wait.
 */
#include "kernel_test.h"

#include <string.h>

enum { TASK = 0x91, OTHER, HANDLER };

/* --- sched_spawn ---------------------------------------------------------------*/

static void
task_begins_as_it_was_told(void **state)
{
	cap_t memory = raw(3), cap;
	uint64_t at = somewhere(1);
	struct hal_context *task;

	(void)state;
	cap = must(CALL(sched_spawn, memory, 0, 0x1234, at + 64, TASK));
	task = machine_task(TASK);
	assert_int_equal(task->entry, 0x1234);
	assert_int_equal(task->stack, at + 64);
	assert_int_equal(task->user_area, at);
	assert_int_equal((uint64_t)task->area->self, at);
	assert_ptr_equal(seen_by(task, at), task->area);
	assert_int_equal(shows(task, at) % SIZE, VM_READ | VM_WRITE);
	assert_int_equal(CAP_INFO_TYPE(query(cap)), OBJECT_TASK);
	assert_int_equal(CAP_INFO_RIGHTS(query(cap)),
	    RIGHT_CONTROL | RIGHT_DESTROY | RIGHT_DERIVE);
	assert_ptr_equal(machine.current, init);
	become(task);
}

static void
area_of_a_new_task_is_empty(void **state)
{
	cap_t memory = raw(2);
	uint64_t at = somewhere(2);
	struct hal_context *task;

	(void)state;
	must(map(memory, at, VM_READ | VM_WRITE));
	memset(seen_by(init, at + SIZE), 0xEE, SIZE);
	must(unmap(memory));
	must(CALL(sched_spawn, memory, 0, 0x1000, at, TASK));
	task = machine_task(TASK);
	for (unsigned i = 1; i < SIZE / 8; i++)
		assert_int_equal(((uint64_t *)task->area)[i], 0);
}

static void
spawning_is_refused(void **state)
{
	cap_t memory = raw(1), enough = raw(2), other = frame(1);
	uint64_t at = somewhere(1);

	(void)state;
	assert_refused(CALL(sched_spawn, memory, 0, 1, at, TASK), E_RANGE,
	    "the memory is too small");
	must(map(other, at, VM_READ));
	assert_refused(CALL(sched_spawn, enough, 0, 1, at, TASK), E_RANGE,
	    "the machine cannot map it there");
	assert_error(CALL(sched_spawn, enough, 0, 1, 0, TASK), E_RANGE);
	assert_error(
	    CALL(sched_spawn, enough, 0, 1, HAL_USER_HIGH, TASK), E_RANGE);
	assert_null(machine_task(TASK));
	/* Nothing of it was used. */
	must(CALL(sched_spawn, enough, 0, 1, somewhere(1), TASK));
}

static void
task_has_the_priority_of_its_maker(void **state)
{
	cap_t cap;
	struct hal_context *a = new_thread(TASK, &cap);

	(void)state;
	must(CALL(sched_switch, cap_machine, SWITCH_TO, cap, 31));
	assert_ptr_equal(machine.current, a);
	struct hal_context *b = new_thread(OTHER, NULL);
	must(CALL(sched_yield));
	assert_ptr_equal(machine.current, b);
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
	cap_t cap, port = new_port();
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
dead_task_is_deaf(void **state)
{
	cap_t cap;
	struct hal_context *task = new_thread(TASK, &cap);

	(void)state;
	must(kill_task(cap));
	assert_true(invariants_is_dead(task));
	must(kill_task(cap));
	must(CALL(sys_signal, cap, SIGNAL_SUSPEND));
	must(CALL(sys_signal, cap, SIGNAL_RESUME));
	must(CALL(sys_signal, cap, SIGNAL_UPCALL, 1));
	must(CALL(sched_switch, cap_machine, SWITCH_TO, cap, 5));
	invariants_check();
	assert_true(invariants_is_dead(task));
	must(close_cap(cap));
}

static void
task_ends_itself(void **state)
{
	struct hal_context *task = new_thread(TASK, NULL);
	cap_t cap;

	(void)state;
	become(task);
	assert_int_equal(CALL(sys_signal, 0, SIGNAL_KILL), CALL_GONE);
	assert_ptr_equal(machine.current, init);
	/* Or its own memory. */
	task = new_thread(OTHER, &cap);
	become(task);
	CALL(cap_move, cap, CAP_CLOSE);
	invariants_settle();
	assert_true(machine_gone(task));
}

/* --- dying in every state ------------------------------------------------------*/

enum task_state {
	READY,
	SUSPENDED,
	RECEIVING,
	RECEIVING_SUSPENDED,
	FAULT_QUEUED,
	FAULT_DELIVERED,
	FAULT_ANSWER_UNDER_WAY, /* in a message to someone else */
	CALL_UNDER_WAY,
	IN_UPCALL,
	TASK_STATES
};

enum task_end { KILLED, OWNER_CLOSED, MEMORY_REVOKED, SPACE_ENDS, TASK_ENDS };

static void
put_in_state(struct hal_context *child, cap_t cap, cap_t waits, cap_t big,
    enum task_state in)
{
	become(child);
	switch (in) {
	case RECEIVING:
	case RECEIVING_SUSPENDED:
		receive(waits);
		break;
	case FAULT_QUEUED:
	case FAULT_DELIVERED:
	case FAULT_ANSWER_UNDER_WAY:
		machine_trap(HAL_TRAP_FAULT, FAULT_DIVIDE, 0);
		break;
	case CALL_UNDER_WAY:
		machine.hold_again = true;
		assert_int_equal(map(big, somewhere(1000), VM_READ), CALL_HELD);
		machine_tick();
		machine.hold_again = false;
		break;
	case IN_UPCALL:
		child->area->upcall_entry = 1;
		must(CALL(sys_signal, 0, SIGNAL_UPCALL, 1));
		break;
	default:
		break;
	}
	become(init);
	if (in == SUSPENDED || in == RECEIVING_SUSPENDED)
		must(CALL(sys_signal, cap, SIGNAL_SUSPEND));
}

static void
end_in_state(enum task_state in, enum task_end by, cap_t memory)
{
	cap_t faults = must(CALL(port_allocate, range(memory, RAW, 0, 1)));
	cap_t port = must(CALL(port_allocate, range(memory, RAW, 1, 1)));
	cap_t waits = must(CALL(port_allocate, range(memory, RAW, 2, 1)));
	cap_t space =
	    must(CALL(cap_move, range(memory, RAW, 3, 20), CAP_SPACE, 1));
	cap_t pages = range(memory, RAW, 23, 2), cap, reply = 0, big, exit;
	struct hal_context *child;

	must(CALL(cap_move, space, CAP_FAULTS, faults));
	big = must(stage(range(memory, FRAME, 25, 1000), space));
	exit = must(CALL(port_allocate, range(memory, RAW, 1025, 1)));
	must(stage(new_reply(cap_print, exit, 88), space));
	waits = must(stage(waits, space));
	cap = must(CALL(sched_spawn, pages, space, 0x1000, somewhere(1), TASK));
	child = machine_task(TASK);
	put_in_state(child, cap, waits, big, in);
	if (in == FAULT_DELIVERED || in == FAULT_ANSWER_UNDER_WAY) {
		must(poll(faults));
		reply = message()->reply;
	}
	if (in == FAULT_ANSWER_UNDER_WAY)
		must(send_caps(port, reply, 0));
	invariants_check();
	if (by == KILLED)
		must(kill_task(cap));
	else if (by == OWNER_CLOSED)
		must(close_cap(cap));
	else if (by == MEMORY_REVOKED)
		must(revoke(pages));
	else if (by == SPACE_ENDS)
		must(close_cap(space));
	else
		must(CALL(sys_signal, space, SIGNAL_END));
	invariants_settle();
	invariants_check();
	assert_true(invariants_is_dead(child));
	/* It was the space's last: what it owed is told. */
	assert_int_equal(poll(exit), RECEIVED_EVENT);
	assert_error(poll(faults), E_WOULD_BLOCK);
	if (in == FAULT_DELIVERED)
		assert_error(send(reply, FAULT_RESUME), E_INVALID_PORT);
	if (in == FAULT_ANSWER_UNDER_WAY) {
		must(poll(port));
		assert_int_equal(message()->caps[0], 0);
	}
	must(revoke(memory));
}

static void
task_ends_in_every_state_and_leaves_nothing(void **state)
{
	cap_t memory = raw(1026);
	struct invariants_counts before = invariants_count(), after;

	(void)state;
	for (enum task_state in = READY; in < TASK_STATES; in++) {
		for (enum task_end by = KILLED; by <= TASK_ENDS; by++) {
			end_in_state(in, by, memory);
			after = invariants_count();
			assert_memory_equal(&after, &before, sizeof after);
		}
	}
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(task_begins_as_it_was_told),
		TEST(area_of_a_new_task_is_empty),
		TEST(spawning_is_refused),
		TEST(task_has_the_priority_of_its_maker),
		TEST(suspended_task_does_not_run_until_resumed),
		TEST(message_for_a_suspended_receiver_waits_in_its_hands),
		TEST(dead_task_is_deaf),
		TEST(task_ends_itself),
		TEST(task_ends_in_every_state_and_leaves_nothing),
		TEST(task_capability_is_derived_and_revoked),
	};

	return cmocka_run_group_tests_name("kernel: tasks", tests, NULL, NULL);
}
