/*
 * test_kernel_memory: ranges of pages, and where they are mapped.
 *
 * Contract: a capability is a range, its children lie within it; raw memory
 * serves one purpose at a time, and its children do not overlap; a capability
 * is mapped whole at one address, with no more than its rights; what takes
 * long goes in steps, which can be repeated.
 */
#include <string.h>

#include "kernel_test.h"

enum { SERVER = 0x51, CLIENT, OTHER };

#define OUTSIDE "not within the memory"
#define GIVEN "it is mapped or given away"
#define REFUSED "the machine cannot map it there"

/* --- mapping -----------------------------------------------------------------*/

static void
mapping_shows_the_pages_with_its_protection(void **state)
{
	cap_t memory = raw(3);
	uint64_t at = somewhere(3);
	uint64_t bus = must(CALL(cap_move, memory, CAP_QUERY, 1));

	(void)state;
	assert_int_equal(map(memory, at, VM_READ | VM_WRITE), at);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(shows(init, at + i * SIZE),
		    (bus + i * SIZE) | VM_READ | VM_WRITE);
	assert_int_equal(shows(init, at + 3 * SIZE), 0);
	must(unmap(memory));
	assert_int_equal(shows(init, at), 0);
	must(unmap(memory)); /* what is not mapped stays so */
	must(map(memory, at, VM_READ | VM_EXECUTE));
	assert_int_equal(shows(init, at), bus | VM_READ | VM_EXECUTE);
}

static void
capability_is_mapped_once(void **state)
{
	cap_t memory = frame(2);

	(void)state;
	must(map(memory, somewhere(2), VM_READ));
	assert_refused(
	    map(memory, somewhere(2), VM_READ), E_STATE, "it is mapped");
	assert_refused(
	    stage(memory, new_space(1)), E_STATE, "mapped memory stays");
	/* Its children are other ones. */
	must(map(range(memory, RIGHT_READ, 0, 2), somewhere(2), VM_READ));
}

static void
raw_memory_is_mapped_or_divided(void **state)
{
	cap_t memory = raw(4), part;

	(void)state;
	must(map(memory, somewhere(4), VM_READ));
	assert_refused(
	    CALL(cap_move, memory, CAP_DERIVE, RAW, 0, 1), E_STATE, GIVEN);
	must(unmap(memory));
	part = range(memory, RAW, 0, 1);
	assert_refused(map(memory, somewhere(4), VM_READ), E_STATE,
	    "the raw memory is in use");
	must(map(part, somewhere(1), VM_READ));
	must(revoke(memory));
	/* The address that it was mapped at once is no watermark. */
	range(memory, RAW, 0, 4);
}

static void
address_that_is_none_is_refused(void **state)
{
	cap_t memory = frame(2), other = frame(2);
	uint64_t at = somewhere(2);
	uint64_t wrong[] = { 0, SIZE, at + 1, at + SIZE / 2,
		HAL_USER_LOW - SIZE, HAL_USER_HIGH, HAL_USER_HIGH - SIZE,
		-(uint64_t)SIZE, 1ull << 63, init->user_area, at + SIZE,
		at - SIZE };

	(void)state;
	must(map(other, at, VM_READ));
	for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_refused(
		    map(memory, wrong[i], VM_READ), E_RANGE, REFUSED);
		invariants_check();
	}
	must(map(memory, somewhere(2), VM_READ));
}

static void
spaces_have_their_addresses(void **state)
{
	cap_t space = new_space(1), mine = frame(1), theirs;
	uint64_t at = somewhere(1);

	(void)state;
	must(map(mine, at, VM_READ));
	theirs = must(stage(frame(1), space));
	must(CALL(vm_allocate, theirs, at, VM_READ, space));
}

static void
shared_addresses_are_taken_for_all(void **state)
{
	cap_t space = new_space(1), mine = frame(1), theirs;
	uint64_t at = somewhere(1);

	(void)state;
	must(map(mine, at, VM_READ));
	theirs = must(stage(frame(1), space));
	assert_refused(
	    CALL(vm_allocate, theirs, at, VM_READ, space), E_RANGE, REFUSED);
	must(unmap(mine));
	must(CALL(vm_allocate, theirs, at, VM_READ, space));
	assert_error(map(mine, at, VM_READ), E_RANGE);
	must(close_cap(space));
	must(map(mine, at, VM_READ));
}

static void
memory_of_another_space_is_named_by_its_handle(void **state)
{
	cap_t space = new_space(1), memory = frame(1), theirs;
	struct hal_context *task = new_task(space, CLIENT, NULL);
	uint64_t at = somewhere(1);

	(void)state;
	theirs = must(stage(memory, space));
	assert_refused(
	    CALL(vm_allocate, theirs + (1ull << 32), at, VM_READ, space),
	    E_INVALID_CAP, "the handle names no such thing");
	must(CALL(vm_allocate, theirs, at, VM_READ, space));
	assert_int_not_equal(shows(task, at), 0);
	assert_int_equal(shows(init, at), 0);
	become(task);
	must(unmap(theirs));
	assert_int_equal(shows(task, at), 0);
}

static void
tables_come_from_the_space_alone(void **state)
{
	/* Two pages of tables are short of the three that a mapping needs. */
	cap_t space = must(CALL(cap_move, raw(4), CAP_SPACE, 1));
	cap_t theirs = must(stage(frame(1), space));
	cap_t larger = must(CALL(cap_move, raw(5), CAP_SPACE, 1)), second;

	(void)state;
	assert_refused(CALL(vm_allocate, theirs, somewhere(1), VM_READ, space),
	    E_NO_MEMORY, "no page for tables");
	assert_error(
	    CALL(sched_spawn, raw(2), space, 0x1000, somewhere(1), CLIENT),
	    E_NO_MEMORY);
	theirs = must(stage(frame(1), larger));
	must(CALL(vm_allocate, theirs, HAL_USER_LOW, VM_READ, larger));
	second = must(stage(frame(1), larger));
	/* The same table does; another does not. */
	must(CALL(
	    vm_allocate, second, HAL_USER_LOW + 2 * SIZE, VM_READ, larger));
	second = must(stage(frame(1), larger));
	assert_error(CALL(vm_allocate, second, HAL_USER_LOW + (1 << 21),
			 VM_READ, larger),
	    E_NO_MEMORY);
}

/* --- in steps ------------------------------------------------------------------*/

static uint64_t
pages_shown(uint64_t at, uint64_t pages)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < pages; i++)
		n += shows(init, at + i * SIZE) != 0;
	return n;
}

static void
large_memory_is_mapped_in_steps(void **state)
{
	cap_t memory = frame(1000);
	uint64_t at = somewhere(1000);

	(void)state;
	machine.hold_again = true;
	assert_int_equal(map(memory, at, VM_READ), CALL_HELD);
	assert_int_equal(pages_shown(at, 1000), 256);
	invariants_check();
	assert_int_equal(machine_again(), CALL_HELD);
	assert_int_equal(machine_again(), CALL_HELD);
	assert_int_equal(machine_again(), at);
	assert_int_equal(pages_shown(at, 1000), 1000);
	assert_int_equal(unmap(memory), CALL_HELD);
	assert_int_equal(pages_shown(at, 1000), 744);
	machine_again();
	machine_again();
	assert_int_equal(machine_again(), 0);
	assert_int_equal(pages_shown(at, 1000), 0);
}

static void
memory_refused_half_way_can_be_mapped_elsewhere(void **state)
{
	cap_t memory = frame(1000), barrier = frame(1);
	uint64_t at = somewhere(1000), other = somewhere(1000);

	(void)state;
	must(map(barrier, at + 700 * SIZE, VM_READ));
	assert_refused(map(memory, at, VM_READ), E_RANGE, REFUSED);
	/* Steps that succeeded stay, until it goes elsewhere. */
	assert_int_equal(pages_shown(at, 700), 512);
	invariants_check();
	must(map(memory, other, VM_READ | VM_WRITE));
	assert_int_equal(pages_shown(at, 700), 0);
	assert_int_equal(pages_shown(other, 1000), 1000);
	must(unmap(memory));
	assert_error(map(memory, at, VM_READ), E_RANGE);
	must(unmap(memory));
	assert_int_equal(pages_shown(at, 700), 0);
}

static void
memory_revoked_while_it_is_mapped_shows_nothing(void **state)
{
	cap_t memory = frame(1000), lent = range(memory, FRAME, 0, 1000);
	uint64_t at = somewhere(1000);
	struct hal_context *other = new_thread(OTHER, NULL);

	(void)state;
	machine.hold_again = true;
	assert_int_equal(map(lent, at, VM_READ), CALL_HELD);
	assert_int_equal(machine_again(), CALL_HELD);
	machine_tick();
	assert_ptr_equal(machine.current, other);
	machine.hold_again = false;
	must(revoke(memory));
	assert_int_equal(pages_shown(at, 1000), 0);
	become(init);
	assert_error(machine_result(init), E_INVALID_CAP);
	assert_int_equal(pages_shown(at, 1000), 0);
}

static void
closing_large_memory_goes_in_steps(void **state)
{
	cap_t memory = frame(1000), part = range(memory, RIGHT_READ, 5, 1);
	uint64_t at = somewhere(1000);

	(void)state;
	must(map(memory, at, VM_READ));
	machine.hold_again = true;
	assert_int_equal(close_cap(memory), CALL_HELD);
	assert_int_equal(pages_shown(at, 1000), 744);
	machine.hold_again = false;
	while (machine.current->again)
		machine_again();
	assert_int_equal(machine_result(init), 0);
	assert_int_equal(pages_shown(at, 1000), 0);
	assert_error(query(memory), E_INVALID_PORT);
	/* Its child shows what it did. */
	must(map(part, at, VM_READ));
}

static void
space_that_ends_shows_nothing(void **state)
{
	cap_t memory = frame(1000), space, theirs;
	uint64_t at = somewhere(1000);

	(void)state;
	space = must(CALL(cap_move, raw(12), CAP_SPACE, 1));
	theirs = must(stage(range(memory, FRAME, 0, 1000), space));
	must(CALL(vm_allocate, theirs, at, VM_READ, space));
	must(close_cap(space));
	invariants_settle();
	invariants_check();
}

/* --- clearing ----------------------------------------------------------------*/

static uint64_t
clear(cap_t memory, uint64_t first)
{
	return CALL(vm_deallocate, memory, VM_CLEAR, first);
}

/* What is no object's is poisoned: these look at it all the same. */
__attribute__((no_sanitize("address"))) static void
fill(volatile uint64_t *words, uint64_t pages)
{
	for (uint64_t i = 0; i < pages * SIZE / 8; i++)
		words[i] = ~0ull;
}

__attribute__((no_sanitize("address"))) static unsigned
count_filled(const volatile uint64_t *words)
{
	unsigned n = 0;

	for (uint64_t i = 0; i < SIZE / 8; i++)
		n += words[i] == ~0ull;
	return n;
}

static void
memory_is_cleared_some_pages_at_a_time(void **state)
{
	cap_t memory = raw(CLEAR_PAGES + 4);
	uint64_t at = somewhere(CLEAR_PAGES + 4);
	const uint64_t *words;

	(void)state;
	must(map(memory, at, VM_READ | VM_WRITE));
	fill(seen_by(init, at), CLEAR_PAGES + 4);
	must(unmap(memory));
	assert_int_equal(must(clear(memory, 1)), CLEAR_PAGES + 1);
	assert_int_equal(must(clear(memory, CLEAR_PAGES + 3)), CLEAR_PAGES + 4);
	must(map(memory, at, VM_READ));
	words = seen_by(init, at);
	for (uint64_t page = 0; page < CLEAR_PAGES + 4; page++) {
		bool kept = page == 0 || page == CLEAR_PAGES + 1 ||
			    page == CLEAR_PAGES + 2;

		assert_int_equal(
		    count_filled(words + page * SIZE / 8), kept ? SIZE / 8 : 0);
	}
}

static void
clearing_is_refused(void **state)
{
	cap_t memory = raw(2), used = raw(2), shown = raw(1), some = frame(1);

	(void)state;
	assert_refused(clear(memory, 2), E_RANGE, "not within the memory");
	assert_refused(clear(memory, ~0ull), E_RANGE, "not within the memory");
	must(CALL(port_allocate, used));
	assert_refused(clear(used, 0), E_STATE, "the raw memory is in use");
	must(map(shown, somewhere(1), VM_READ));
	assert_refused(clear(shown, 0), E_STATE, "the raw memory is in use");
	assert_error(clear(some, 0), E_NO_RIGHTS);
	assert_error(clear(cap_machine, 0), E_INVALID_CAP);
	range(memory, RAW, 0, 1);
	assert_error(clear(memory, 1), E_STATE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mapping_shows_the_pages_with_its_protection),
		TEST(capability_is_mapped_once),
		TEST(raw_memory_is_mapped_or_divided),
		TEST(address_that_is_none_is_refused),
		TEST(spaces_have_their_addresses),
		TEST_SHARED(shared_addresses_are_taken_for_all),
		TEST(memory_of_another_space_is_named_by_its_handle),
		TEST(tables_come_from_the_space_alone),
		TEST(large_memory_is_mapped_in_steps),
		TEST(memory_refused_half_way_can_be_mapped_elsewhere),
		TEST(memory_revoked_while_it_is_mapped_shows_nothing),
		TEST(closing_large_memory_goes_in_steps),
		TEST(space_that_ends_shows_nothing),
		TEST(memory_is_cleared_some_pages_at_a_time),
		TEST(clearing_is_refused),
	};

	return cmocka_run_group_tests_name("kernel: memory", tests, NULL, NULL);
}
