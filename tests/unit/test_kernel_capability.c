/*
 * test_kernel_capability: handles, deriving, closing, staging, queries.
 *
 * Contract: a handle names one capability for ever or nothing; a derived one
 * has no more rights; a staged one is where it was staged and nowhere else.
 */
#include "kernel_test.h"

#include <string.h>

enum { SERVER = 0x51, CLIENT, OTHER };

/* --- handles -----------------------------------------------------------------*/

static void
closed_handle_names_nothing_ever_after(void **state)
{
	cap_t port = new_port(), old[100];

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		old[i] = derive(port, RIGHT_SEND);
		must(send(old[i], i));
		must(poll(port));
		must(close_cap(old[i]));
		/* Its slot is used again. */
		if (i > 0)
			assert_int_equal((uint32_t)old[i], (uint32_t)old[0]);
	}
	for (unsigned i = 0; i < 100; i++)
		assert_error(send(old[i], 1), E_INVALID_PORT);
}

static void
slot_without_generations_is_never_used_again(void **state)
{
	cap_t port = new_port(), last, next;
	uint64_t left;

	(void)state;
	last = derive(port, RIGHT_SEND);
	left = invariants_left(init);
	invariants_age(init, last, UINT32_MAX - 1);
	last = (cap_t)(UINT32_MAX - 1) << 32 | (uint32_t)last;
	must(send(last, 1));
	must(close_cap(last));
	assert_int_equal(invariants_left(init), left);
	next = derive(port, RIGHT_SEND);
	assert_int_not_equal((uint32_t)next, (uint32_t)last);
	assert_error(send(last, 1), E_INVALID_PORT);
	assert_error(send((uint32_t)last, 1), E_INVALID_PORT);
	assert_error(send(last + (1ull << 32), 1), E_INVALID_PORT);
}

static void
handle_looks_like_no_error(void **state)
{
	cap_t port = new_port(), c = derive(port, RIGHT_SEND);

	(void)state;
	/* The last generation but one, and what comes behind it. */
	for (uint32_t g = UINT32_MAX - 3; g != 0; g++) {
		invariants_age(init, c, g);
		must(close_cap((cap_t)g << 32 | (uint32_t)c));
		c = must(CALL(cap_move, port, CAP_DERIVE, RIGHT_SEND));
		assert_int_equal(error_of(c), E_OK);
		if (c >> 32 == 1) /* a fresh slot */
			return;
	}
	fail();
}

static void
table_is_filled_to_the_last_slot(void **state)
{
	cap_t space = new_space(2), port = new_port(), seen[2 * TABLE_SLOTS];

	(void)state;
	for (unsigned i = 0; i < 2 * TABLE_SLOTS; i++) {
		seen[i] = must(stage(derive(port, RIGHT_SEND), space));
		for (unsigned k = 0; k < i; k++)
			assert_int_not_equal(seen[i], seen[k]);
	}
	assert_refused(
	    stage(port, space), E_NO_MEMORY, "the space's table is full");
	invariants_check();
	must(send(port, 1));
}

/* --- deriving --------------------------------------------------------------*/

static void
derived_capability_has_the_rights_asked_for(void **state)
{
	cap_t port = new_port(), some = derive(port, RIGHT_SEND | RIGHT_DERIVE);

	(void)state;
	assert_int_equal(
	    CAP_INFO_RIGHTS(query(some)), RIGHT_SEND | RIGHT_DERIVE);
	assert_refused(CALL(cap_move, some, CAP_DERIVE, RIGHT_SIGNAL),
	    E_NO_RIGHTS, "more rights than it may give");
	assert_error(CALL(cap_move, derive(some, RIGHT_SEND), CAP_DERIVE, 0),
	    E_NO_RIGHTS);
	assert_error(CALL(cap_move, port, CAP_DERIVE, 1u << 23), E_NO_RIGHTS);
	assert_error(CALL(cap_move, port, CAP_DERIVE, 1ull << 32), E_NO_RIGHTS);
	assert_int_equal(CAP_INFO_RIGHTS(query(derive(some, 0))), 0);
}

static void
every_kind_can_be_derived(void **state)
{
	cap_t task;

	(void)state;
	new_thread(OTHER, &task);
	assert_int_equal(
	    CAP_INFO_TYPE(query(derive(task, RIGHT_CONTROL))), OBJECT_TASK);
	assert_int_equal(CAP_INFO_TYPE(query(derive(cap_self, RIGHT_CONTROL))),
	    OBJECT_SPACE);
	assert_int_equal(CAP_INFO_TYPE(query(derive(cap_print, RIGHT_PRINT))),
	    OBJECT_MACHINE);
	assert_int_equal(
	    CAP_INFO_TYPE(query(derive(new_port(), 0))), OBJECT_PORT);
	assert_int_equal(
	    CAP_INFO_TYPE(query(range(cap_archive, RIGHT_READ, 0, 1))),
	    OBJECT_MEMORY);
}

/* --- staging ---------------------------------------------------------------*/

static void
staged_capability_is_there_and_gone_here(void **state)
{
	cap_t port = new_port(), there, space;
	struct hal_context *child =
	    new_child(CLIENT, derive(port, RIGHT_SEND), &there, &space);

	(void)state;
	become(child);
	must(send(there, 5));
	become(init);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	assert_int_equal(message()->words[0], 5);
	/* RECEIVE may be staged, and its port goes on. */
	must(send(port, 6));
	there = must(stage(port, space));
	assert_error(poll(port), E_INVALID_PORT);
	become(child);
	assert_int_equal(poll(there), RECEIVED_MESSAGE);
}

static void
capability_may_be_staged_where_it_is(void **state)
{
	cap_t port = new_port(), again = must(stage(port, cap_self));

	(void)state;
	assert_error(send(port, 1), E_INVALID_PORT);
	must(send(again, 1));
	/* Even the space's own, into itself. */
	again = must(stage(cap_self, cap_self));
	assert_error(stage(port, cap_self), E_INVALID_CAP);
	assert_int_equal(CAP_INFO_TYPE(query(again)), OBJECT_SPACE);
}

static void
staged_descendants_are_revoked(void **state)
{
	cap_t port = new_port(), lent = derive(port, RIGHT_SEND), there;
	struct hal_context *child = new_child(CLIENT, lent, &there, NULL);

	(void)state;
	must(revoke(port));
	become(child);
	assert_error(send(there, 1), E_INVALID_PORT);
}

static void
space_that_holds_itself_ends_with_its_memory(void **state)
{
	cap_t memory = raw(8);
	cap_t space = must(CALL(cap_move, memory, CAP_SPACE, 1));
	struct invariants_counts before, after;

	(void)state;
	before = invariants_count();
	must(stage(space, space));
	must(revoke(memory));
	after = invariants_count();
	assert_int_equal(after.objects, before.objects - 1);
	must(CALL(port_allocate, memory));
}

/* --- the machine ---------------------------------------------------------------*/

static void
printing_takes_bytes_from_registers(void **state)
{
	uint64_t words[4];

	(void)state;
	machine.output_length[STREAM_LOG] = 0;
	memcpy(words, "abcdefghijklmnopqrstuvwxyz012345", 32);
	must(CALL(sys_debug_print, cap_print, STREAM_LOG | 32 << 8, words[0],
	    words[1], words[2], words[3]));
	must(CALL(sys_debug_print, cap_print, STREAM_LOG | 3 << 8, words[0]));
	assert_int_equal(machine.output_length[STREAM_LOG], 35);
	assert_memory_equal(machine.output[STREAM_LOG],
	    "abcdefghijklmnopqrstuvwxyz012345abc", 35);
	must(CALL(sys_debug_print, cap_print, STREAM_ERROR | 1 << 8, words[0]));
	must(CALL(sys_debug_print, cap_print, STREAM_OUTPUT, words[0]));
	assert_int_equal(machine.output_length[STREAM_ERROR], 1);
	assert_int_equal(machine.output_length[STREAM_OUTPUT], 0);
}

static void
printing_too_much_or_nowhere_is_refused(void **state)
{
	(void)state;
	assert_refused(CALL(sys_debug_print, cap_print, STREAM_LOG | 33 << 8),
	    E_INVALID, "no such stream, or too long");
	assert_error(
	    CALL(sys_debug_print, cap_print, STREAM_ERROR + 1), E_INVALID);
	assert_error(CALL(sys_debug_print, cap_print, 1ull << 40), E_INVALID);
}

static void
input_comes_byte_by_byte_until_it_ends(void **state)
{
	(void)state;
	assert_error(
	    CALL(sys_debug_print, cap_print, STREAM_INPUT), E_WOULD_BLOCK);
	machine.input = "x\xff";
	assert_int_equal(CALL(sys_debug_print, cap_print, STREAM_INPUT), 'x');
	assert_int_equal(CALL(sys_debug_print, cap_print, STREAM_INPUT), 0xFF);
	machine.input_ended = true;
	assert_error(
	    CALL(sys_debug_print, cap_print, STREAM_INPUT), E_UNAVAILABLE);
}

static void
power_off_and_reset_end_the_machine(void **state)
{
	(void)state;
	assert_refused(CALL(sys_signal, cap_machine, SIGNAL_POWER_OFF, 256),
	    E_INVALID, "the status is 0 to 255");
	assert_false(machine.halted);
	CALL(sys_signal, cap_machine, SIGNAL_POWER_OFF, 255);
	assert_true(machine.halted);
	assert_int_equal(machine.how, HAL_POWER_OFF);
	assert_int_equal(machine.status, 255);
	test_start(state);
	CALL(sys_signal, cap_machine, SIGNAL_RESET, 0);
	assert_true(machine.halted);
	assert_int_equal(machine.how, HAL_RESET);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(closed_handle_names_nothing_ever_after),
		TEST(slot_without_generations_is_never_used_again),
		TEST(handle_looks_like_no_error),
		TEST(table_is_filled_to_the_last_slot),
		TEST(derived_capability_has_the_rights_asked_for),
		TEST(every_kind_can_be_derived),
		TEST(staged_capability_is_there_and_gone_here),
		TEST(capability_may_be_staged_where_it_is),
		TEST(staged_descendants_are_revoked),
		TEST(space_that_holds_itself_ends_with_its_memory),
		TEST(printing_takes_bytes_from_registers),
		TEST(printing_too_much_or_nowhere_is_refused),
		TEST(input_comes_byte_by_byte_until_it_ends),
		TEST(power_off_and_reset_end_the_machine),
	};

	return cmocka_run_group_tests_name(
	    "kernel: capabilities", tests, NULL, NULL);
}
