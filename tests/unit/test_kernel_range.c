/*
 * test_kernel_range: ranges of pages, and ranges within them.
 *
 * Contract: children lie within their parent, with no more rights; raw
 * memory's begin behind all that came before, so that they do not overlap.
 */
#include "kernel_test.h"

enum { SERVER = 0x51, CLIENT, OTHER };

#define OUTSIDE "not within the memory"
#define GIVEN "it is mapped or given away"
#define REFUSED "the machine cannot map it there"

/* --- ranges ----------------------------------------------------------------*/

static void
child_lies_within_its_parent(void **state)
{
	cap_t memory = frame(10);
	static const uint64_t wrong[][2] = { { 0, 0 }, { 0, 11 }, { 1, 10 },
		{ 10, 1 }, { 11, 1 }, { UINT64_MAX, 1 }, { 1, UINT64_MAX },
		{ 1ull << 52, 1 }, { 0, 1ull << 32 }, { 1ull << 63, 2 } };

	(void)state;
	for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_refused(CALL(cap_move, memory, CAP_DERIVE, RIGHT_READ,
				   wrong[i][0], wrong[i][1]),
		    E_RANGE, OUTSIDE);
	assert_int_equal(
	    CAP_INFO_PAGES(query(range(memory, RIGHT_READ, 0, 10))), 10);
	assert_int_equal(
	    CAP_INFO_PAGES(query(range(memory, RIGHT_READ, 9, 1))), 1);
	/* What is no memory has no pages. */
	assert_refused(CALL(cap_move, cap_print, CAP_DERIVE, RIGHT_PRINT, 0, 1),
	    E_RANGE, OUTSIDE);
	assert_error(
	    CALL(cap_move, cap_print, CAP_DERIVE, RIGHT_PRINT, 1, 0), E_RANGE);
}

static void
frames_may_overlap(void **state)
{
	cap_t memory = frame(4);
	cap_t a = range(memory, FRAME, 0, 3), b = range(memory, FRAME, 1, 3);
	uint64_t at_a = somewhere(3), at_b = somewhere(3);

	(void)state;
	must(map(memory, somewhere(4), VM_READ));
	must(map(a, at_a, VM_READ | VM_WRITE));
	must(map(b, at_b, VM_READ | VM_EXECUTE));
	*(uint64_t *)seen_by(init, at_a + SIZE) = 42;
	assert_int_equal(*(uint64_t *)seen_by(init, at_b), 42);
}

static void
raw_children_begin_behind_all_before(void **state)
{
	cap_t memory = raw(10), a, b;

	(void)state;
	a = range(memory, RAW, 2, 3);
	assert_refused(
	    CALL(cap_move, memory, CAP_DERIVE, RAW, 4, 1), E_STATE, GIVEN);
	assert_error(CALL(cap_move, memory, CAP_DERIVE, RAW, 2, 3), E_STATE);
	/* Not even what is not raw. */
	assert_error(CALL(cap_move, memory, CAP_DERIVE, FRAME, 0, 1), E_STATE);
	b = range(memory, FRAME, 5, 1);
	assert_error(CALL(cap_move, memory, CAP_DERIVE, RAW, 5, 1), E_STATE);
	must(close_cap(a));
	/* As long as one is left. */
	assert_error(CALL(cap_move, memory, CAP_DERIVE, RAW, 2, 1), E_STATE);
	must(close_cap(b));
	range(memory, RAW, 0, 10);
}

static void
grandchildren_keep_what_they_have(void **state)
{
	cap_t memory = raw(10), a = range(memory, RAW, 0, 5);
	cap_t part = range(a, RAW, 1, 1);

	(void)state;
	must(close_cap(a));
	assert_error(CALL(cap_move, memory, CAP_DERIVE, RAW, 1, 1), E_STATE);
	assert_error(CALL(port_allocate, memory), E_STATE);
	range(memory, RAW, 5, 1);
	must(CALL(port_allocate, part));
	must(revoke(memory));
	range(memory, RAW, 1, 1);
}

static void
rights_only_shrink(void **state)
{
	cap_t memory = raw(10), frames = range(memory, FRAME, 0, 5);
	cap_t readable = range(frames, RIGHT_READ | RIGHT_DERIVE, 0, 5);

	(void)state;
	assert_refused(CALL(cap_move, frames, CAP_DERIVE, RAW, 0, 1),
	    E_NO_RIGHTS, "more rights than it may give");
	assert_error(CALL(cap_move, readable, CAP_DERIVE, RIGHT_WRITE, 0, 1),
	    E_NO_RIGHTS);
	assert_error(CALL(cap_move, readable, CAP_DERIVE, 1ull << 40, 0, 1),
	    E_NO_RIGHTS);
	assert_error(CALL(cap_move, range(readable, RIGHT_READ, 0, 1),
			 CAP_DERIVE, RIGHT_READ, 0, 1),
	    E_NO_RIGHTS);
	assert_refused(map(readable, somewhere(5), VM_WRITE), E_NO_RIGHTS,
	    "more than it allows, or W and X");
	assert_error(
	    map(readable, somewhere(5), VM_READ | VM_EXECUTE), E_NO_RIGHTS);
	assert_error(
	    map(frames, somewhere(5), VM_WRITE | VM_EXECUTE), E_NO_RIGHTS);
	assert_error(map(frames, somewhere(5), VM_READ | 1), E_NO_RIGHTS);
	assert_error(map(frames, somewhere(5), 1ull << 40), E_NO_RIGHTS);
}

static void
bus_address_is_told_to_whom_it_may_be(void **state)
{
	cap_t memory = raw(4), part = range(memory, RIGHT_BUS, 3, 1);

	(void)state;
	assert_int_equal(must(CALL(cap_move, part, CAP_QUERY, 1)),
	    must(CALL(cap_move, memory, CAP_QUERY, 1)) + 3 * SIZE);
	assert_refused(CALL(cap_move, frame(1), CAP_QUERY, 1), E_NO_RIGHTS,
	    "its address is a secret");
	assert_error(CALL(cap_move, new_port(), CAP_QUERY, 1), E_NO_RIGHTS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(child_lies_within_its_parent),
		TEST(frames_may_overlap),
		TEST(raw_children_begin_behind_all_before),
		TEST(grandchildren_keep_what_they_have),
		TEST(rights_only_shrink),
		TEST(bus_address_is_told_to_whom_it_may_be),
	};

	return cmocka_run_group_tests_name("kernel: ranges", tests, NULL, NULL);
}
