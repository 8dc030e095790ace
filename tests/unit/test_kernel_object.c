/*
 * test_kernel_object: objects of raw memory, revocation, and ends.
 *
 * Contract: an object lives in the memory it was made of and ends with it, or
 * with its owner's capability; whatever ends, nothing of it is left anywhere
 * and its memory is zero (the invariants look at every byte); what takes long
 * is done in bounded steps.
 */
#include "kernel_test.h"

enum { SERVER = 0x51, CLIENT, OTHER };

#define IN_USE "the raw memory is in use"

/* --- made of raw memory ------------------------------------------------------*/

static void
memory_of_an_object_serves_nothing_else(void **state)
{
	cap_t memory = raw(4), port = must(CALL(port_allocate, memory));
	uint64_t at = somewhere(4);

	(void)state;
	assert_refused(CALL(port_allocate, memory), E_STATE, IN_USE);
	assert_refused(CALL(cap_move, memory, CAP_SPACE, 1), E_STATE, IN_USE);
	assert_refused(
	    CALL(sched_spawn, memory, 0, 1, somewhere(1), 0), E_STATE, IN_USE);
	assert_refused(map(memory, at, VM_READ), E_STATE, IN_USE);
	assert_refused(CALL(cap_move, memory, CAP_DERIVE, RAW, 3, 1), E_STATE,
	    "it is mapped or given away");
	must(close_cap(port));
	must(map(memory, at, VM_READ));
	assert_refused(CALL(port_allocate, memory), E_STATE, IN_USE);
}

static void
mapped_or_divided_memory_makes_no_object(void **state)
{
	cap_t memory = raw(4), part;

	(void)state;
	must(map(memory, somewhere(4), VM_READ));
	assert_refused(CALL(port_allocate, memory), E_STATE, IN_USE);
	must(unmap(memory));
	part = range(memory, RAW, 0, 1);
	assert_refused(CALL(port_allocate, memory), E_STATE, IN_USE);
	must(close_cap(part));
	must(CALL(port_allocate, memory));
}

static void
memory_comes_back_when_the_object_is_closed(void **state)
{
	cap_t memory = raw(16);
	struct invariants_counts before = invariants_count(), after;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		must(close_cap(must(CALL(port_allocate, memory))));
		must(close_cap(must(CALL(cap_move, memory, CAP_SPACE, 2))));
		must(close_cap(must(CALL(
		    sched_spawn, memory, 0, 0x1000, somewhere(1), 99 + i))));
		after = invariants_count();
		assert_memory_equal(&after, &before, sizeof after);
	}
}

static void
revoking_memory_ends_what_was_made_of_it(void **state)
{
	cap_t memory = raw(64), port, space, task, badge;
	struct invariants_counts before = invariants_count(), after;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		port = must(CALL(port_allocate, range(memory, RAW, 0, 3)));
		badge = new_badge(port, 5, 2);
		must(send(badge, 1));
		must(send_caps(port, new_badge(port, 6, 1), 0));
		space = must(
		    CALL(cap_move, range(memory, RAW, 3, 20), CAP_SPACE, 2));
		must(stage(badge, space));
		must(stage(range(memory, FRAME, 23, 2), space));
		task = must(CALL(sched_spawn, range(memory, RAW, 30, 2), space,
		    0x1000, somewhere(1), 77 + i));
		must(revoke(memory));
		assert_error(send(port, 1), E_INVALID_PORT);
		assert_error(kill_task(task), E_INVALID_CAP);
		assert_error(
		    CALL(sys_signal, space, SIGNAL_END), E_INVALID_CAP);
		assert_null(machine_task(77 + i));
		after = invariants_count();
		assert_memory_equal(&after, &before, sizeof after);
	}
}

static void
closing_memory_leaves_the_object_to_the_rest(void **state)
{
	cap_t above = raw(4), memory = range(above, RAW, 0, 1);
	cap_t port = must(CALL(port_allocate, memory));

	(void)state;
	must(close_cap(memory));
	must(send(port, 1));
	assert_error(CALL(port_allocate, above), E_STATE);
	/* Nothing but what lies behind it can be given away. */
	assert_error(CALL(cap_move, above, CAP_DERIVE, RAW, 0, 1), E_STATE);
	range(above, RAW, 1, 1);
	must(revoke(above));
	assert_error(send(port, 1), E_INVALID_PORT);
	must(CALL(port_allocate, above));
}

static void
objects_memory_is_not_readable_after_it(void **state)
{
	cap_t memory = raw(2), port = must(CALL(port_allocate, memory));
	uint64_t at = somewhere(2), *words;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		must(send(port, UINT64_MAX));
	must(close_cap(port));
	must(map(memory, at, VM_READ));
	words = seen_by(init, at);
	for (unsigned i = 0; i < SIZE / 8; i++)
		assert_int_equal(words[i], 0);
}

/* --- owners --------------------------------------------------------------------*/

static void
only_the_owner_ends_an_object(void **state)
{
	cap_t port = new_port(), other = derive(port, RIGHT_RECEIVE), task;
	cap_t space = new_space(1);
	cap_t controls = derive(space, RIGHT_CONTROL);
	struct hal_context *thread = new_thread(CLIENT, &task);

	(void)state;
	must(close_cap(other));
	must(send(port, 1));
	must(close_cap(derive(task, RIGHT_CONTROL)));
	assert_false(invariants_is_dead(thread));
	must(close_cap(space));
	assert_error(CALL(sys_signal, controls, SIGNAL_END), E_INVALID_CAP);
	must(close_cap(task));
	invariants_settle();
	assert_true(machine_gone(thread));
}

static void
ownership_is_not_derived_but_moves(void **state)
{
	cap_t port = new_port(), there, space;
	struct hal_context *child;

	(void)state;
	assert_error(
	    CALL(cap_move, port, CAP_DERIVE, RIGHT_DESTROY), E_NO_RIGHTS);
	cap_t lent = derive(port, RIGHT_SEND);

	child = new_child(CLIENT, port, &there, &space);
	must(send(lent, 1));
	become(child);
	must(close_cap(there));
	become(init);
	assert_error(send(lent, 1), E_INVALID_PORT);
}

static void
owner_in_a_message_that_is_refused_ends_the_object(void **state)
{
	cap_t port = new_port(), task, space = new_space(1), controls;
	struct hal_context *thread = new_thread(CLIENT, &task);

	(void)state;
	controls = derive(space, RIGHT_CONTROL);
	must(send_caps(port, task, space));
	assert_false(invariants_is_dead(thread));
	must(CALL(port_receive, port, RECEIVE_NO_WAIT));
	invariants_settle();
	assert_true(machine_gone(thread));
	assert_error(CALL(sys_signal, controls, SIGNAL_END), E_INVALID_CAP);
}

/* A pass over the table that drops replies has begun when the space ends. */
static void
space_that_ends_while_it_is_cleaned_keeps_nothing(void **state)
{
	cap_t port = new_port(), space = new_space(8), task;
	cap_t exit = port_of_pages(20);
	struct invariants_counts before, after;

	(void)state;
	before = invariants_count();
	space = must(CALL(cap_move, raw(20), CAP_SPACE, 8));
	/* Enough that one step does not do, first what is no reply. */
	for (unsigned i = 0; i < 60; i++)
		must(stage(derive(port, RIGHT_SEND), space));
	for (unsigned i = 0; i < 150; i++)
		must(stage(new_reply(port, exit, i), space));
	new_task(space, CLIENT, &task);
	must(send_caps(port, space, 0));
	machine.hold_again = true;
	must(kill_task(task));
	/* Its cleaning is under way; now its owner goes. */
	must(CALL(port_receive, port, RECEIVE_NO_WAIT));
	machine.hold_again = false;
	invariants_settle();
	invariants_check();
	for (unsigned i = 0; i < 150; i++)
		assert_int_equal(poll(exit), RECEIVED_EVENT);
	must(close_cap(task));
	after = invariants_count();
	assert_int_equal(after.objects, before.objects);
	/* Of the memory, the space's and its task's. */
	assert_int_equal(after.capabilities, before.capabilities + 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_of_an_object_serves_nothing_else),
		TEST(mapped_or_divided_memory_makes_no_object),
		TEST(memory_comes_back_when_the_object_is_closed),
		TEST(revoking_memory_ends_what_was_made_of_it),
		TEST(closing_memory_leaves_the_object_to_the_rest),
		TEST(objects_memory_is_not_readable_after_it),
		TEST(only_the_owner_ends_an_object),
		TEST(ownership_is_not_derived_but_moves),
		TEST(owner_in_a_message_that_is_refused_ends_the_object),
		TEST(space_that_ends_while_it_is_cleaned_keeps_nothing),
	};

	return cmocka_run_group_tests_name("kernel: object", tests, NULL, NULL);
}
