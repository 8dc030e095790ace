/*
 * test_kernel_space: staging, spawning, death, restart in place, the end.
 *
 * Contract: a space is built while nothing runs in it and by nobody's reach
 * into another; when its last task dies, its unanswered replies die and its
 * death is told; its table, its ports and its KEEP memory wait for a new life;
 * with the last capability everything it held and was given comes back.
 */
#include "kernel_test.h"

#include <string.h>

#include <gbsd/start.h>

enum { CHILD = 0x81, GRANDCHILD, SECOND, OTHER, SIZE = PAGE_SIZE };

/* --- staging -----------------------------------------------------------------*/

static void
capability_is_moved_by_staging(void **state)
{
	cap_t port = new_port(2), there;
	struct hal_context *child = new_child(CHILD, port, &there, NULL);

	(void)state;
	assert_error(query(port), E_INVALID_CAP);
	become(child);
	assert_int_equal(
	    CAP_INFO_RIGHTS(query(there)) & RIGHT_RECEIVE, RIGHT_RECEIVE);
	must(send(there, 1));
	assert_int_equal(poll(there), RECEIVED_MESSAGE);
}

static void
memory_is_shown_where_it_was_staged(void **state)
{
	cap_t memory = new_memory(2);
	uint64_t at;
	struct hal_context *child;

	(void)state;
	stage_quota(8, 8, 8, 8);
	at = must(CALL(vm_allocate, HAL_USER_LOW + (1 << 30), 2 * SIZE,
	    VM_STAGE | VM_READ | VM_EXECUTE, memory));
	assert_int_equal(at, HAL_USER_LOW + (1 << 30));
	assert_error(CALL(vm_allocate, 0, SIZE,
			 VM_STAGE | VM_WRITE | VM_EXECUTE, memory),
	    E_INVALID);
	child = new_space(CHILD, NULL);
	become(child);
	machine_trap(HAL_TRAP_FAULT, FAULT_FETCH, at);
	assert_ptr_equal(machine.current, child);
	assert_int_equal(
	    machine_shows(machine.space, at) % SIZE, VM_READ | VM_EXECUTE);
}

static void
staging_without_quota_is_refused(void **state)
{
	cap_t memory = new_memory(1);

	(void)state;
	assert_error(CALL(cap_move, memory, CAP_STAGE), E_QUOTA);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_STAGE | VM_READ, memory), E_QUOTA);
	assert_error(CALL(sched_spawn, SPAWN_SPACE, 1, 2, 3), E_QUOTA);
	must(CALL(cap_move, 0, CAP_QUOTA, QUOTA_TASKS, 1));
	assert_error(CALL(sched_spawn, SPAWN_SPACE, 1, 2, 3), E_QUOTA);
	must(CALL(cap_move, 0, CAP_QUOTA, QUOTA_PAGES, 1));
	assert_error(CALL(sched_spawn, SPAWN_SPACE, 1, 2, 3), E_QUOTA);
	must(CALL(cap_move, 0, CAP_QUOTA, QUOTA_CAPABILITIES, 1));
	must(CALL(sched_spawn, SPAWN_SPACE, 1, 2, 3));
	must(query(memory));
}

static void
spawning_is_refused(void **state)
{
	(void)state;
	assert_error(CALL(sched_spawn, 0), E_INVALID_CALL);
	assert_error(CALL(sched_spawn, 3), E_INVALID_CALL);
	assert_error(CALL(sched_spawn, SPAWN_SPACE), E_STATE);
}

static void
spaces_count_as_tasks(void **state)
{
	uint64_t left = invariants_left(init, QUOTA_TASKS);

	(void)state;
	must(CALL(cap_move, 0, CAP_QUOTA, QUOTA_TASKS, left - 1));
	assert_int_equal(invariants_left(init, QUOTA_TASKS), 0);
	assert_error(CALL(sched_spawn, SPAWN_TASK, 1, 2, 3), E_QUOTA);
	must(CALL(cap_move, 0, CAP_UNSTAGE));
	invariants_settle();
	assert_int_equal(invariants_left(init, QUOTA_TASKS), left);
	must(CALL(cap_move, 0, CAP_QUOTA, QUOTA_TASKS, left - 1));
	must(CALL(cap_move, 0, CAP_QUOTA, QUOTA_TASKS, -1));
	must(CALL(sched_spawn, SPAWN_TASK, 1, 2, 3));
	assert_error(CALL(cap_move, 0, CAP_QUOTA, 9, 1), E_INVALID);
}

/* The last capability of the quota must not be spent twice: once for the
 * area of the new task, once for its handle. */
static void
task_with_one_capability_left_is_refused(void **state)
{
	(void)state;
	must(CALL(cap_move, 0, CAP_QUOTA, QUOTA_CAPABILITIES,
	    invariants_left(init, QUOTA_CAPABILITIES) - 1));
	assert_int_equal(invariants_left(init, QUOTA_CAPABILITIES), 1);
	assert_error(CALL(sched_spawn, SPAWN_TASK, 1, 2, 3), E_QUOTA);
	assert_int_equal(invariants_left(init, QUOTA_CAPABILITIES), 1);
	must(CALL(cap_move, 0, CAP_QUOTA, QUOTA_CAPABILITIES, -1));
	must(CALL(sched_spawn, SPAWN_TASK, 1, 2, 3));
	assert_int_equal(invariants_left(init, QUOTA_CAPABILITIES), 0);
}

static void
unstaging_gives_everything_back(void **state)
{
	struct invariants_counts before = { 0 }, after;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		cap_t memory = new_memory(2), port = new_port(3);

		stage_quota(20, 20, 20, 20);
		must(CALL(vm_allocate, HAL_USER_LOW + (1 << 30), 2 * SIZE,
		    VM_STAGE | VM_READ, memory));
		must(CALL(cap_move, memory, CAP_STAGE));
		must(CALL(cap_move, 0, CAP_FAULT_PORT, 0, port));
		must(CALL(cap_move, 0, CAP_WATCH_DEATH, 0, port, 1));
		must(CALL(cap_move, new_port(1), CAP_STAGE));
		must(CALL(cap_move, 0, CAP_UNSTAGE));
		must(CALL(cap_move, 0, CAP_UNSTAGE)); /* nothing to do */
		invariants_settle();
		assert_int_equal(poll(port), RECEIVED_EVENT);
		must(close_cap(port));
		after = invariants_count();
		if (i > 1)
			assert_memory_equal(&after, &before, sizeof after);
		before = after;
	}
}

static void
modes_of_a_space_need_control(void **state)
{
	cap_t space, weak, port = new_port(1);

	(void)state;
	new_child(CHILD, 0, NULL, &space);
	weak = derive(space, RIGHT_DERIVE);
	assert_error(CALL(cap_move, weak, CAP_STAGE_INTO), E_NO_RIGHTS);
	assert_error(
	    CALL(cap_move, weak, CAP_WATCH_DEATH, 0, port, 1), E_NO_RIGHTS);
	assert_error(
	    CALL(cap_move, weak, CAP_FAULT_PORT, 0, port), E_NO_RIGHTS);
	assert_error(CALL(sys_signal, weak, SIGNAL_KILL, 1), E_NO_RIGHTS);
	assert_error(CALL(sys_signal, space, SIGNAL_SUSPEND), E_INVALID_CALL);
	assert_error(
	    CALL(cap_move, port, CAP_FAULT_PORT, 0, port), E_INVALID_CAP);
	assert_error(
	    CALL(cap_move, port, CAP_WATCH_DEATH, 0, port), E_INVALID_CAP);
	assert_error(
	    CALL(cap_move, space, CAP_FAULT_PORT, 0, space), E_INVALID_PORT);
	assert_error(CALL(cap_move, space, CAP_FAULT_PORT, 0,
			 derive(port, RIGHT_RECEIVE)),
	    E_NO_RIGHTS);
	assert_error(CALL(cap_move, space, CAP_WATCH_DEATH, 0, space, 1),
	    E_INVALID_PORT);
	assert_error(CALL(cap_move, space, CAP_STAGE_INTO), E_STATE);
	assert_error(CALL(cap_move, 0, CAP_STAGE_INTO), E_STATE);
	assert_error(
	    CALL(cap_move, new_memory(1), CAP_STAGE_INTO), E_INVALID_CAP);
}

static void
task_is_no_space(void **state)
{
	cap_t task;

	(void)state;
	new_thread(OTHER, &task);
	assert_error(CALL(cap_move, task, CAP_STAGE_INTO), E_INVALID_CAP);
	assert_error(CALL(cap_move, task, CAP_QUOTA, 0, 1), E_INVALID_CAP);
}

/* --- death -------------------------------------------------------------------*/

static void
death_of_a_space_is_told_with_its_status(void **state)
{
	cap_t watch = new_port(1), space;
	struct hal_context *child = new_child(CHILD, 0, NULL, &space);

	(void)state;
	must(CALL(cap_move, space, CAP_WATCH_DEATH, 0, watch, 8));
	assert_error(
	    CALL(cap_move, space, CAP_WATCH_DEATH, 0, watch, 8), E_STATE);
	become(child);
	CALL(sys_signal, 0, SIGNAL_EXIT, 77);
	become(init);
	invariants_settle();
	assert_int_equal(poll(watch), RECEIVED_EVENT);
	assert_int_equal(message()->badge, 8);
	assert_int_equal(message()->words[0], EVENT_DEATH);
	assert_int_equal(message()->words[1], 77);
	assert_error(
	    CALL(cap_move, space, CAP_WATCH_DEATH, 0, watch, 8), E_STATE);
}

static void
exit_kills_all_tasks_of_the_space(void **state)
{
	cap_t space;
	struct hal_context *child;

	(void)state;
	stage_quota(400, 10, 200, 200);
	child = new_space(CHILD, &space);
	become(child);
	for (unsigned i = 0; i < 100; i++)
		new_thread(1000 + i, NULL);
	machine.repeats = 0;
	CALL(sys_signal, 0, SIGNAL_EXIT, 5);
	assert_in_range(machine.repeats, 2, 20);
	become(init);
	invariants_settle();
	must(CALL(cap_move, space, CAP_STAGE_INTO)); /* all are gone */
}

static void
killing_a_space_goes_in_steps(void **state)
{
	cap_t space, watch = new_port(1);
	struct hal_context *child;

	(void)state;
	stage_quota(400, 10, 200, 200);
	must(CALL(cap_move, 0, CAP_WATCH_DEATH, 0, watch, 8));
	child = new_space(CHILD, &space);
	become(child);
	for (unsigned i = 0; i < 100; i++)
		new_thread(1000 + i, NULL);
	become(init);
	machine.repeats = 0;
	must(CALL(sys_signal, space, SIGNAL_KILL, 5));
	assert_in_range(machine.repeats, 2, 20);
	invariants_settle();
	assert_int_equal(poll(watch), RECEIVED_EVENT);
	assert_int_equal(message()->words[1], 5);
	must(CALL(sys_signal, space, SIGNAL_KILL, 6)); /* no one left */
}

static void
space_without_capability_runs_on_and_is_freed_at_its_end(void **state)
{
	struct invariants_counts before = { 0 }, after;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct hal_context *child;
		cap_t space;

		child = new_child(CHILD, 0, NULL, &space);
		must(close_cap(space));
		become(child);
		new_port(4);
		must(CALL(vm_allocate, HAL_USER_LOW + (1 << 30), 4 * SIZE,
		    VM_NEW | VM_READ | VM_KEEP));
		machine_trap(
		    HAL_TRAP_FAULT, FAULT_READ, HAL_USER_LOW + (1 << 30));
		CALL(sys_signal, 0, SIGNAL_KILL, 1);
		become(init);
		after = invariants_count();
		if (i > 1)
			assert_memory_equal(&after, &before, sizeof after);
		before = after;
	}
}

/* A child whose badges, replies, watches and memory others still use when it
 * is destroyed: it has paid for them, and its ancestors get that back. */
static void
destroyed_space_pays_until_the_last_thing_is_gone(void **state)
{
	struct invariants_counts before = { 0 }, after;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		cap_t port = new_port(4), client, space, out, lent, gift, at;
		struct hal_context *child;

		client = derive(port, RIGHT_SEND | RIGHT_DERIVE);
		child = new_child(CHILD, client, &out, &space);
		become(child);
		at = new_port(2);
		gift = new_badge(at, 3, 2);
		lent = new_memory(5);
		message()->words[0] = 0;
		must(CALL(port_send, out, 8, gift, lent, at, 7));
		become(init);
		assert_int_equal(poll(port), RECEIVED_MESSAGE);
		gift = message()->caps[0];
		lent = message()->caps[1];
		at = message()->reply;
		must(CALL(sys_signal, space, SIGNAL_KILL, 1));
		must(close_cap(space));
		invariants_settle();
		invariants_check();
		assert_error(send(gift, 1), E_INVALID_PORT);
		must(send(at, 1));
		must(close_cap(gift));
		must(close_cap(lent));
		must(close_cap(port));
		after = invariants_count();
		if (i > 1)
			assert_memory_equal(&after, &before, sizeof after);
		before = after;
	}
}

static void
grandchildren_outlive_their_parents(void **state)
{
	struct invariants_counts before = { 0 }, after;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		cap_t space;
		struct hal_context *child, *grand;

		stage_quota(64, 64, 64, 10);
		child = new_space(CHILD, &space);
		become(child);
		stage_quota(16, 16, 16, 2);
		grand = new_space(GRANDCHILD, NULL);
		become(init);
		must(CALL(sys_signal, space, SIGNAL_KILL, 1));
		must(close_cap(space));
		invariants_settle();
		invariants_check();
		become(grand);
		new_port(3);
		new_memory(2);
		CALL(sys_signal, 0, SIGNAL_EXIT, 0);
		become(init);
		after = invariants_count();
		if (i > 1)
			assert_memory_equal(&after, &before, sizeof after);
		before = after;
	}
}

static void
cycles_leave_nothing_behind(void **state)
{
	struct invariants_counts before = { 0 }, after;

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		cap_t port = new_port(4), reply = new_port(2), space, there;
		struct hal_context *child;
		uint64_t at;

		child = new_child(
		    CHILD, derive(port, RIGHT_RECEIVE), &there, &space);
		must(ask(port, reply, 1));
		become(child);
		must(receive(there));
		at = must(CALL(vm_allocate, HAL_USER_LOW + (1 << 30), 9 * SIZE,
		    VM_NEW | VM_READ | VM_WRITE));
		for (unsigned k = 0; k < 9; k++)
			machine_trap(
			    HAL_TRAP_FAULT, FAULT_WRITE, at + k * SIZE);
		machine_trap(HAL_TRAP_FAULT, FAULT_READ, 0); /* dies */
		become(init);
		invariants_settle();
		must(poll(reply));
		must(close_cap(space));
		must(close_cap(port));
		must(close_cap(reply));
		after = invariants_count();
		if (i > 2)
			assert_memory_equal(&after, &before, sizeof after);
		before = after;
	}
}

static void
staged_spaces_of_a_killed_task_are_freed(void **state)
{
	struct invariants_counts before = { 0 }, after;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		cap_t task;
		struct hal_context *thread = new_thread(OTHER, &task);

		become(thread);
		stage_quota(9, 9, 9, 9);
		must(CALL(cap_move, new_memory(3), CAP_STAGE));
		become(init);
		must(CALL(sys_signal, task, SIGNAL_KILL, 1));
		must(close_cap(task));
		after = invariants_count();
		if (i > 1)
			assert_memory_equal(&after, &before, sizeof after);
		before = after;
	}
}

static void
large_space_is_taken_apart_in_steps(void **state)
{
	cap_t space;
	struct hal_context *child;
	uint64_t traps;

	(void)state;
	stage_quota(5000, 5000, 3000, 10);
	child = new_space(CHILD, &space);
	become(child);
	for (unsigned i = 0; i < 1000; i++) {
		new_port(1);
		must(CALL(vm_allocate, 0, SIZE, VM_NEW | VM_READ));
	}
	become(init);
	must(CALL(sys_signal, space, SIGNAL_KILL, 1));
	must(close_cap(space));
	invariants_check();
	traps = machine.traps;
	invariants_settle();
	assert_in_range(machine.traps - traps, 60, 5000);
}

/* A space that maps here and there has many tables of the machine's. */
static void
page_tables_are_given_back_in_steps(void **state)
{
	cap_t space, memory = new_memory(1);
	struct hal_context *child;
	uint64_t most = 0, steps = 0, before, now;

	(void)state;
	memory = derive(memory, RIGHT_READ);
	stage_quota(2000, 8, 8, 2);
	memory = must(CALL(cap_move, memory, CAP_STAGE));
	child = new_space(CHILD, &space);
	become(child);
	for (unsigned i = 1; i <= 600; i++)
		must(CALL(vm_allocate, HAL_USER_LOW + i * 1024ull * SIZE, SIZE,
		    VM_MAP | VM_READ, memory));
	machine_trap(HAL_TRAP_FAULT, FAULT_READ, HAL_USER_LOW + 1024 * SIZE);
	for (unsigned i = 1; i <= 600; i++)
		machine_trap(HAL_TRAP_FAULT, FAULT_READ,
		    HAL_USER_LOW + i * 1024ull * SIZE);
	become(init);
	must(CALL(sys_signal, space, SIGNAL_KILL, 1));
	must(close_cap(space));
	before = invariants_free_pages();
	for (unsigned i = 0; i < 400; i++) {
		machine_trap(HAL_TRAP_KICK, 0, 0);
		now = invariants_free_pages();
		steps += now != before;
		most = now - before > most ? now - before : most;
		before = now;
	}
	assert_in_range(most, 1, 100);
	assert_true(steps > 6);
}

/* --- restart in place --------------------------------------------------------*/

static void
restarted_space_has_its_table_ports_and_kept_memory(void **state)
{
	cap_t port = new_port(4), watch = new_port(1), space, there;
	cap_t server = derive(port, RIGHT_RECEIVE), image = new_memory(1);
	struct hal_context *child;
	uint64_t keep, lost, at;

	(void)state;
	child = new_child(CHILD, server, &there, &space);
	must(CALL(cap_move, space, CAP_WATCH_DEATH, 0, watch, 1));
	become(child);
	keep = must(
	    CALL(vm_allocate, 0, SIZE, VM_NEW | VM_READ | VM_WRITE | VM_KEEP));
	lost = must(CALL(vm_allocate, 0, SIZE, VM_NEW | VM_READ | VM_WRITE));
	machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, keep);
	machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, lost);
	strcpy(seen_by(child, keep), "kept");
	CALL(sys_signal, 0, SIGNAL_EXIT, 3);
	become(init);
	must(send(port, 41)); /* waits for the next life */
	invariants_settle();
	must(poll(watch));

	must(CALL(cap_move, space, CAP_STAGE_INTO));
	assert_error(CALL(cap_move, space, CAP_STAGE_INTO), E_STATE);
	must(CALL(cap_move, 0, CAP_WATCH_DEATH, 0, watch, 2));
	at = must(
	    CALL(vm_allocate, 0, SIZE, VM_STAGE | VM_READ | VM_EXECUTE, image));
	assert_int_equal(CALL(sched_spawn, SPAWN_SPACE, 1, 2, SECOND), 0);
	child = machine_task(SECOND);
	become(child);
	machine_trap(HAL_TRAP_FAULT, FAULT_FETCH, at);
	assert_ptr_equal(machine.current, child);
	assert_string_equal(seen_by(child, keep), "kept");
	assert_int_equal(machine_shows(machine.space, lost), 0);
	assert_int_equal(poll(there), RECEIVED_MESSAGE);
	assert_int_equal(message()->words[0], 41);
	CALL(sys_signal, 0, SIGNAL_EXIT, 4);
	become(init);
	invariants_settle();
	must(poll(watch));
	assert_int_equal(message()->badge, 2);
	assert_int_equal(message()->words[1], 4);
}

static void
restarted_space_lives_on_its_own_quota(void **state)
{
	cap_t space;
	struct hal_context *child = new_child(CHILD, 0, NULL, &space);

	(void)state;
	become(child);
	new_memory(invariants_left(child, QUOTA_PAGES));
	CALL(sys_signal, 0, SIGNAL_EXIT, 3);
	become(init);
	invariants_settle();
	must(CALL(cap_move, space, CAP_STAGE_INTO));
	must(
	    CALL(sched_spawn, SPAWN_SPACE, 1, 2, SECOND)); /* the area's page */
	become(machine_task(SECOND));
	assert_error(CALL(vm_allocate, 0, SIZE, VM_NEW | VM_READ), E_QUOTA);
	CALL(sys_signal, 0, SIGNAL_EXIT, 3);
	become(init);
	invariants_settle();
}

static void
given_up_restart_leaves_a_dead_space(void **state)
{
	cap_t space, watch = new_port(1);

	(void)state;
	new_child(CHILD, 0, NULL, &space);
	must(CALL(sys_signal, space, SIGNAL_KILL, 3));
	invariants_settle();
	for (unsigned i = 0; i < 3; i++) {
		cap_t memory = new_memory(1);

		must(CALL(cap_move, space, CAP_STAGE_INTO));
		must(CALL(cap_move, 0, CAP_WATCH_DEATH, 0, watch, 2));
		must(CALL(vm_allocate, 0, SIZE, VM_STAGE | VM_READ, memory));
		must(CALL(cap_move, memory, CAP_STAGE));
		must(CALL(cap_move, 0, CAP_UNSTAGE));
		invariants_check();
		invariants_settle();
		must(poll(watch));
	}
	must(CALL(cap_move, space, CAP_STAGE_INTO));
	must(close_cap(space));
	invariants_settle();
	must(CALL(cap_move, 0, CAP_UNSTAGE));
}

static void
space_killed_while_it_is_restaged_stays_staged(void **state)
{
	cap_t space;

	(void)state;
	new_child(CHILD, 0, NULL, &space);
	must(CALL(sys_signal, space, SIGNAL_KILL, 3));
	invariants_settle();
	must(CALL(cap_move, space, CAP_STAGE_INTO));
	must(CALL(sys_signal, space, SIGNAL_KILL, 4));
	invariants_settle();
	assert_int_equal(CALL(sched_spawn, SPAWN_SPACE, 1, 2, SECOND), 0);
	become(machine_task(SECOND));
}

static void
reply_staged_into_a_space_dies_with_it(void **state)
{
	cap_t port = new_port(1), reply = new_port(1), space;
	struct hal_context *child;

	(void)state;
	must(ask(port, reply, 5));
	must(receive(port));
	child = new_child(CHILD, message()->reply, NULL, &space);
	become(child);
	CALL(sys_signal, 0, SIGNAL_EXIT, 3);
	become(init);
	invariants_settle();
	assert_int_equal(poll(reply), RECEIVED_EVENT);
	assert_int_equal(message()->words[0], EVENT_DEAD_REPLY);
}

/* --- init --------------------------------------------------------------------*/

static void
init_lives_again_when_it_dies(void **state)
{
	cap_t port = new_port(2);

	(void)state;
	must(send(port, 5));
	CALL(sys_signal, 0, SIGNAL_EXIT, 1);
	invariants_settle();
	assert_false(machine.halted);
	init = machine.current;
	assert_non_null(init);
	assert_int_equal(init_start()->restarts, 1);
	assert_int_equal(init->entry, init_start()->image_base + 64);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	assert_int_equal(
	    *(uint64_t *)seen_by(init, init_start()->image_base + SIZE), 1);
}

static void
init_that_dies_too_often_halts_the_machine(void **state)
{
	unsigned lives = 0;

	(void)state;
	while (!machine.halted && lives++ < 200) {
		*(uint64_t *)seen_by(
		    machine.current, init_start()->image_base + SIZE) = 99;
		CALL(sys_signal, 0, SIGNAL_EXIT, 1);
		invariants_settle();
		if (!machine.halted)
			init = machine.current;
	}
	assert_true(machine.halted);
	assert_int_equal(machine.how, HAL_PANIC);
	assert_int_equal(lives, 64);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(capability_is_moved_by_staging),
		TEST(memory_is_shown_where_it_was_staged),
		TEST(staging_without_quota_is_refused),
		TEST(spawning_is_refused),
		TEST(spaces_count_as_tasks),
		TEST(task_with_one_capability_left_is_refused),
		TEST(unstaging_gives_everything_back),
		TEST(modes_of_a_space_need_control),
		TEST(task_is_no_space),
		TEST(death_of_a_space_is_told_with_its_status),
		TEST(exit_kills_all_tasks_of_the_space),
		TEST(killing_a_space_goes_in_steps),
		TEST(space_without_capability_runs_on_and_is_freed_at_its_end),
		TEST(destroyed_space_pays_until_the_last_thing_is_gone),
		TEST(grandchildren_outlive_their_parents),
		TEST(cycles_leave_nothing_behind),
		TEST(staged_spaces_of_a_killed_task_are_freed),
		TEST(large_space_is_taken_apart_in_steps),
		TEST(page_tables_are_given_back_in_steps),
		TEST(restarted_space_has_its_table_ports_and_kept_memory),
		TEST(restarted_space_lives_on_its_own_quota),
		TEST(given_up_restart_leaves_a_dead_space),
		TEST(space_killed_while_it_is_restaged_stays_staged),
		TEST(reply_staged_into_a_space_dies_with_it),
		TEST(init_lives_again_when_it_dies),
		TEST(init_that_dies_too_often_halts_the_machine),
		TEST_SHARED(cycles_leave_nothing_behind),
		TEST_SHARED(
		    restarted_space_has_its_table_ports_and_kept_memory),
	};

	return cmocka_run_group_tests_name("kernel: spaces", tests, NULL, NULL);
}
