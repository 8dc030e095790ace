/*
 * test_kernel_space: spaces, their tables, their ends and their next lives.
 *
 * Contract: whoever has RIGHT_CONTROL puts in capabilities, memory and tasks;
 * when the last task is gone the replies that the space owed are dropped and
 * all else stays, for a new life in place; a space that ends leaves nothing.
 */
#include "kernel_test.h"

#include <string.h>

#include <gbsd/start.h>

enum { TASK = 0x91, OTHER, HANDLER };

/* --- making ------------------------------------------------------------------*/

static void
space_is_made_of_memory(void **state)
{
	cap_t memory = raw(4), space;

	(void)state;
	assert_refused(CALL(cap_move, memory, CAP_SPACE, 0), E_RANGE,
	    "no room for such a table");
	assert_error(CALL(cap_move, memory, CAP_SPACE, 4), E_RANGE);
	assert_error(CALL(cap_move, memory, CAP_SPACE, -1), E_RANGE);
	assert_error(CALL(cap_move, memory, CAP_SPACE, 1ull << 52), E_RANGE);
	space = must(CALL(cap_move, memory, CAP_SPACE, 3));
	assert_int_equal(CAP_INFO_TYPE(query(space)), OBJECT_SPACE);
	assert_int_equal(CAP_INFO_RIGHTS(query(space)),
	    RIGHT_CONTROL | RIGHT_DESTROY | RIGHT_DERIVE);
	for (unsigned i = 0; i < 3 * TABLE_SLOTS; i++)
		must(stage(derive(cap_print, 0), space));
	assert_error(stage(derive(cap_print, 0), space), E_NO_MEMORY);
}

static void
table_forgets_what_its_memory_held(void **state)
{
	cap_t memory = raw(16), space, there;
	uint64_t at = somewhere(16);

	(void)state;
	must(map(memory, at, VM_READ | VM_WRITE));
	for (unsigned i = 0; i < 16; i++)
		memset(seen_by(init, at + i * SIZE), 0xFF, SIZE);
	must(unmap(memory));
	space = must(CALL(cap_move, memory, CAP_SPACE, 2));
	there = must(stage(new_port(), space));
	assert_int_equal(there >> 32, 1);
	must(CALL(sched_spawn, raw(2), space, 0x1000, somewhere(1), TASK));
	become(machine_task(TASK));
	for (uint32_t i = 0; i < 128; i++)
		for (uint64_t g = 0; g <= UINT32_MAX; g += UINT32_MAX)
			assert_error(query(g << 32 | i), E_INVALID_PORT);
	must(query(there));
}

static void
tasks_of_a_space_share_its_table(void **state)
{
	cap_t port = new_port(), there, space;
	struct hal_context *a =
	    new_child(TASK, derive(port, RIGHT_SEND), &there, &space);
	struct hal_context *b = new_task(space, OTHER, NULL);

	(void)state;
	become(a);
	must(send(there, 1));
	become(b);
	must(send(there, 2));
	become(init);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
}

static void
another_spaces_handle_means_nothing(void **state)
{
	cap_t port = new_port();
	struct hal_context *child = new_child(TASK, 0, NULL, NULL);

	(void)state;
	become(child);
	assert_error(send(port, 1), E_INVALID_PORT);
	assert_error(query(cap_machine), E_INVALID_PORT);
}

/* --- the end of its tasks --------------------------------------------------------*/

static void
all_tasks_of_a_space_end(void **state)
{
	cap_t space = new_space(1);
	struct hal_context *tasks[50];

	(void)state;
	must(CALL(sys_signal, space, SIGNAL_END)); /* none: nothing to do */
	for (unsigned i = 0; i < 50; i++)
		tasks[i] = new_task(space, 100 + i, NULL);
	must(CALL(sys_signal, space, SIGNAL_END));
	/* In steps; what makes things comes after the last of them. */
	raw(1);
	for (unsigned i = 0; i < 50; i++)
		assert_true(invariants_is_dead(tasks[i]));
	/* The space lives. */
	become(new_task(space, TASK, NULL));
}

static void
space_ends_its_own_tasks(void **state)
{
	cap_t space = new_space(1);
	struct hal_context *tasks[80];

	(void)state;
	for (unsigned i = 0; i < 80; i++)
		tasks[i] = new_task(space, 100 + i, NULL);
	/* The last to be ended makes the call, and never comes back. */
	become(tasks[79]);
	machine.hold_again = true;
	assert_int_equal(CALL(sys_signal, 0, SIGNAL_END), CALL_HELD);
	machine.hold_again = false;
	invariants_settle();
	assert_false(tasks[79]->has_result);
	for (unsigned i = 0; i < 80; i++)
		assert_true(invariants_is_dead(tasks[i]));
	assert_ptr_equal(machine.current, init);
}

static void
owed_replies_are_dropped_and_all_else_stays(void **state)
{
	cap_t port = new_port(), exit = port_of_pages(20), space = new_space(8);
	cap_t here[120], memory, task;
	uint64_t at = somewhere(1);

	(void)state;
	for (unsigned i = 0; i < 100; i++) /* more than a step looks at */
		must(stage(derive(cap_print, 0), space));
	for (unsigned i = 0; i < 120; i++) {
		here[i] = must(stage(derive(port, RIGHT_SEND), space));
		must(stage(new_reply(cap_print, exit, i), space));
	}
	memory = must(stage(frame(1), space));
	must(CALL(vm_allocate, memory, at, VM_READ | VM_WRITE, space));
	new_task(space, TASK, &task);
	must(kill_task(task));
	invariants_settle();
	for (unsigned i = 0; i < 120; i++)
		assert_int_equal(poll(exit), RECEIVED_EVENT);
	assert_error(poll(exit), E_WOULD_BLOCK);
	/* A new life has the ports and the memory of the one before. */
	new_task(space, OTHER, NULL);
	become(machine_task(OTHER));
	for (unsigned i = 0; i < 120; i++)
		must(query(here[i]));
	assert_int_not_equal(shows(machine.current, at), 0);
}

/* --- the end of the space ---------------------------------------------------------*/

static void
space_that_ends_closes_all_it_has(void **state)
{
	cap_t port = port_of_pages(20), exit = port_of_pages(20), space;
	cap_t memory = raw(40), lent;
	struct invariants_counts before, after;

	(void)state;
	before = invariants_count();
	space = must(CALL(cap_move, range(memory, RAW, 0, 20), CAP_SPACE, 4));
	for (unsigned i = 0; i < 50; i++) {
		must(stage(new_badge(port, i, 1), space));
		must(stage(new_reply(cap_print, exit, i), space));
	}
	must(
	    stage(must(CALL(port_allocate, range(memory, RAW, 20, 2))), space));
	lent = range(memory, RAW, 22, 2);
	must(stage(
	    must(CALL(sched_spawn, lent, space, 0x1000, somewhere(1), TASK)),
	    space));
	must(
	    stage(must(CALL(cap_move, range(memory, RAW, 24, 4), CAP_SPACE, 1)),
		space));
	must(close_cap(space));
	invariants_settle();
	assert_null(machine_task(TASK));
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(poll(port), RECEIVED_EVENT);
		assert_int_equal(message()->words[0], EVENT_BADGE_GONE);
		assert_int_equal(poll(exit), RECEIVED_EVENT);
		assert_int_equal(message()->words[0], EVENT_DEAD_REPLY);
	}
	must(revoke(memory));
	after = invariants_count();
	assert_memory_equal(&after, &before, sizeof after);
}

static void
space_may_hold_its_own_memory_and_its_maker(void **state)
{
	cap_t memory = raw(40), part = range(memory, RAW, 0, 20), there;
	cap_t space = must(CALL(cap_move, part, CAP_SPACE, 1));
	struct hal_context *child = new_task(space, TASK, NULL);

	(void)state;
	there = must(stage(part, space));
	/* Its memory is closed by its end, not by itself. */
	must(close_cap(space));
	invariants_settle();
	assert_true(invariants_is_dead(child));
	invariants_check();
	must(revoke(memory));
	range(memory, RAW, 0, 20);
	(void)there;
}

static void
space_ends_in_bounded_steps(void **state)
{
	cap_t space = new_space(12), exit = new_port();
	uint64_t traps;

	(void)state;
	for (unsigned i = 0; i < 700; i++)
		must(stage(derive(cap_print, 0), space));
	must(stage(new_reply(cap_print, exit, 1), space));
	machine.hold_again = true;
	traps = machine.traps;
	must(close_cap(space));
	/* Calls that make nothing go on meanwhile. */
	assert_error(poll(exit), E_WOULD_BLOCK);
	machine.hold_again = false;
	invariants_settle();
	assert_true(machine.traps - traps > 20);
	assert_int_equal(poll(exit), RECEIVED_EVENT);
}

static void
spaces_and_tasks_that_hold_each_other_end(void **state)
{
	cap_t memory = raw(80), a, b, ta, tb;
	struct invariants_counts before = invariants_count(), after;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		a = must(
		    CALL(cap_move, range(memory, RAW, 0, 20), CAP_SPACE, 1));
		b = must(
		    CALL(cap_move, range(memory, RAW, 20, 20), CAP_SPACE, 1));
		ta = must(CALL(sched_spawn, range(memory, RAW, 40, 2), a,
		    0x1000, somewhere(1), TASK));
		tb = must(CALL(sched_spawn, range(memory, RAW, 42, 2), b,
		    0x1000, somewhere(1), OTHER));
		must(stage(ta, b));
		must(stage(tb, a));
		/* Each owns the other; only their memory can end them. */
		cap_t control = derive(b, RIGHT_CONTROL);
		must(stage(b, a));
		must(stage(a, control));
		if (i % 2 == 0) {
			must(CALL(sys_signal, control, SIGNAL_END));
			invariants_settle();
			assert_null(machine_task(OTHER));
			assert_non_null(machine_task(TASK));
		}
		must(revoke(memory));
		after = invariants_count();
		assert_memory_equal(&after, &before, sizeof after);
	}
}

/* --- init's next life --------------------------------------------------------------*/

static void
init_that_dies_begins_again(void **state)
{
	uint64_t data = init_start()->image_base + SIZE;
	cap_t port = new_port(), exit = new_port(), thread;
	uint64_t kept = somewhere(1);
	struct hal_context *task = new_thread(TASK, &thread);
	uint64_t life = init->life;

	(void)state;
	new_reply(cap_print, exit, 5);
	must(map(frame(1), kept, VM_READ | VM_WRITE));
	*(uint64_t *)seen_by(init, kept) = 99;
	((uint64_t *)seen_by(init, data))[3] = 1234;
	((uint64_t *)seen_by(init, data + SIZE))[3] = 1234;
	init->area->upcall_entry = 0x7000;
	CALL(sys_signal, 0, SIGNAL_KILL);
	assert_ptr_equal(machine.current, task); /* it is not its last */
	invariants_settle();
	assert_int_equal(init_start()->restarts, 0);
	CALL(sys_signal, 0, SIGNAL_KILL);
	invariants_settle();
	assert_ptr_equal(machine.current, init);
	assert_int_equal(init->life, life + 2);
	assert_int_equal(init_start()->restarts, 1);
	assert_int_equal(init->area->upcall_entry, 0);
	assert_int_equal(init->entry, init_start()->image_base + 64);
	assert_int_equal(init->stack, init_start()->stack_high);
	/* Its data are as at first, its capabilities and memory as they were. */
	assert_int_equal(((uint64_t *)seen_by(init, data))[3], 4);
	assert_int_equal(((uint64_t *)seen_by(init, data + SIZE))[3], 0);
	assert_int_equal(*(uint64_t *)seen_by(init, kept), 99);
	must(send(port, 1));
	assert_int_equal(poll(exit), RECEIVED_EVENT);
	assert_int_equal(message()->words[0], EVENT_DEAD_REPLY);
}

static void
init_that_faults_begins_again(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 5; i++) {
		machine_trap(HAL_TRAP_FAULT, FAULT_READ, 1);
		invariants_settle();
		assert_ptr_equal(machine.current, init);
		assert_int_equal(init_start()->restarts, i);
	}
	CALL(sys_signal, 0, SIGNAL_END);
	invariants_settle();
	assert_int_equal(init_start()->restarts, 5);
}

static void
who_ends_inits_tasks_goes_on(void **state)
{
	cap_t there;
	struct hal_context *child =
	    new_child(TASK, derive(cap_self, RIGHT_CONTROL), &there, NULL);

	(void)state;
	become(child);
	machine.hold_again = true;
	assert_int_equal(CALL(sys_signal, there, SIGNAL_END), 0);
	machine.hold_again = false;
	invariants_settle();
	assert_int_equal(init_start()->restarts, 1);
	assert_false(invariants_is_dead(child));
}

static void
init_without_its_areas_address_halts_the_machine(void **state)
{
	(void)state;
	machine.maps_until_refused = 1;
	CALL(sys_signal, 0, SIGNAL_KILL);
	while (!machine.halted && machine.traps < 1000)
		machine_trap(HAL_TRAP_KICK, 0, 0);
	assert_true(machine.halted);
	assert_int_equal(machine.how, HAL_PANIC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(space_is_made_of_memory),
		TEST(table_forgets_what_its_memory_held),
		TEST(tasks_of_a_space_share_its_table),
		TEST(another_spaces_handle_means_nothing),
		TEST(all_tasks_of_a_space_end),
		TEST(space_ends_its_own_tasks),
		TEST(owed_replies_are_dropped_and_all_else_stays),
		TEST(space_that_ends_closes_all_it_has),
		TEST(space_may_hold_its_own_memory_and_its_maker),
		TEST(space_ends_in_bounded_steps),
		TEST(spaces_and_tasks_that_hold_each_other_end),
		TEST(init_that_dies_begins_again),
		TEST(init_that_faults_begins_again),
		TEST(who_ends_inits_tasks_goes_on),
		TEST(init_without_its_areas_address_halts_the_machine),
	};

	return cmocka_run_group_tests_name("kernel: spaces", tests, NULL, NULL);
}
