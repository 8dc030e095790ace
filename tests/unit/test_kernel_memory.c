/*
 * test_kernel_memory: the calls on memory, mappings and page faults.
 *
 * Contract: nobody sees a page that was not given to him, nor more of it than
 * the capability allows; nothing is writable and executable; quota and pages
 * come back whole.
 */
#include "kernel_test.h"

#include <string.h>

enum { CHILD = 0x71, OTHER, SIZE = PAGE_SIZE };

static uint64_t
shows(uint64_t address)
{
	return machine_shows(invariants_space(init), address);
}

static void
fault(enum fault_kind kind, uint64_t address)
{
	machine_trap(HAL_TRAP_FAULT, kind, address);
}

/* --- VM_NEW ------------------------------------------------------------------*/

static void
new_pages_are_zero_and_come_when_touched(void **state)
{
	uint64_t at =
	    must(CALL(vm_allocate, 0, 20 * SIZE, VM_NEW | VM_READ | VM_WRITE));

	(void)state;
	assert_int_equal(shows(at), 0);
	fault(FAULT_READ, at + 5 * SIZE + 17);
	assert_ptr_equal(machine.current, init);
	assert_int_equal(shows(at + 4 * SIZE), 0);
	assert_int_not_equal(shows(at + 5 * SIZE), 0);
	assert_int_not_equal(shows(at + 12 * SIZE), 0);
	assert_int_equal(shows(at + 13 * SIZE), 0);
	for (unsigned i = 0; i < SIZE; i++)
		assert_int_equal(((char *)seen_by(init, at + 5 * SIZE))[i], 0);
	fault(FAULT_WRITE, at + 19 * SIZE);
	assert_int_not_equal(shows(at + 19 * SIZE), 0);
}

static void
bad_sizes_and_flags_are_refused(void **state)
{
	(void)state;
	assert_error(CALL(vm_allocate, 0, 0, VM_NEW), E_INVALID);
	assert_error(CALL(vm_allocate, 0, SIZE + 1, VM_NEW), E_INVALID);
	assert_error(CALL(vm_allocate, 0, -SIZE, VM_NEW), E_INVALID);
	assert_error(
	    CALL(vm_allocate, 0, (1ull << 42) + SIZE, VM_NEW), E_INVALID);
	assert_error(CALL(vm_allocate, 0, 1ull << 42, VM_NEW), E_QUOTA);
	assert_error(CALL(vm_allocate, 0, SIZE, VM_NEW | VM_WRITE | VM_EXECUTE),
	    E_INVALID);
	assert_error(CALL(vm_allocate, 0, SIZE, 1ull << 20), E_INVALID_CALL);
	assert_error(CALL(vm_allocate, 0, SIZE, 1ull << 40), E_INVALID_CALL);
}

static void
pages_beyond_the_quota_are_refused(void **state)
{
	uint64_t left = invariants_left(init, QUOTA_PAGES);

	(void)state;
	assert_error(CALL(vm_allocate, 0, (left + 1) * SIZE, VM_NEW), E_QUOTA);
	assert_error(
	    CALL(vm_allocate, 0, (left + 1) * SIZE, VM_OBJECT), E_QUOTA);
	must(CALL(vm_allocate, 0, left * SIZE, VM_OBJECT));
	assert_error(CALL(vm_allocate, 0, SIZE, VM_NEW), E_QUOTA);
}

static void
hint_is_taken_if_it_is_free(void **state)
{
	uint64_t hint = HAL_USER_LOW + (1 << 30), at;

	(void)state;
	at = must(CALL(vm_allocate, hint, 2 * SIZE, VM_NEW | VM_READ));
	assert_int_equal(at, hint);
	at = must(CALL(vm_allocate, hint + 2 * SIZE, SIZE, VM_NEW | VM_READ));
	assert_int_equal(at, hint + 2 * SIZE);
	at = must(CALL(vm_allocate, hint - SIZE, SIZE, VM_NEW | VM_READ));
	assert_int_equal(at, hint - SIZE);
}

static void
hint_that_is_not_free_is_only_a_hint(void **state)
{
	uint64_t hint = HAL_USER_LOW + (1 << 30);
	const uint64_t hints[] = { hint, hint - SIZE, hint + SIZE, 1, SIZE,
		hint + 100, HAL_USER_LOW, HAL_USER_HIGH, HAL_USER_HIGH - SIZE,
		HAL_USER_HIGH - 2 * SIZE, UINT64_MAX, UINT64_MAX - SIZE + 1 };

	(void)state;
	must(CALL(vm_allocate, hint, 2 * SIZE, VM_NEW | VM_READ));
	for (unsigned i = 0; i < sizeof hints / sizeof *hints; i++) {
		uint64_t at = must(
		    CALL(vm_allocate, hints[i], 2 * SIZE, VM_NEW | VM_READ));

		assert_int_not_equal(at, hints[i]);
		assert_in_range(
		    at, HAL_USER_LOW + SIZE, HAL_USER_HIGH - 3 * SIZE);
		invariants_check();
	}
}

static void
too_large_for_any_place_is_a_range_error(void **state)
{
	cap_t device = must(CALL(vm_allocate, 0, HAL_USER_HIGH - HAL_USER_LOW,
	    VM_DEVICE, cap_machine, 1ull << 40));

	(void)state;
	assert_error(CALL(vm_allocate, 0, HAL_USER_HIGH - HAL_USER_LOW,
			 VM_MAP | VM_READ, device),
	    E_RANGE);
}

/* --- VM_MAP ------------------------------------------------------------------*/

static void
mapping_shows_the_object_from_its_offset(void **state)
{
	cap_t memory = new_memory(4);
	uint64_t a = map(memory, 4, VM_READ | VM_WRITE), b;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		fault(FAULT_WRITE, a + i * SIZE);
		*(uint64_t *)seen_by(init, a + i * SIZE) = i;
	}
	b = must(
	    CALL(vm_allocate, 0, 2 * SIZE, VM_MAP | VM_READ, memory, 2 * SIZE));
	assert_int_equal(*(uint64_t *)seen_by(init, b), 2);
	assert_int_equal(*(uint64_t *)seen_by(init, b + SIZE), 3);
}

static void
mapping_beyond_the_object_is_refused(void **state)
{
	cap_t memory = new_memory(4);

	(void)state;
	assert_error(CALL(vm_allocate, 0, 5 * SIZE, VM_MAP, memory), E_RANGE);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_MAP, memory, 4 * SIZE), E_RANGE);
	assert_error(
	    CALL(vm_allocate, 0, 2 * SIZE, VM_MAP, memory, 3 * SIZE), E_RANGE);
	assert_error(CALL(vm_allocate, 0, SIZE, VM_MAP, memory, 1), E_RANGE);
	assert_error(
	    CALL(vm_allocate, 0, 2 * SIZE, VM_MAP, memory, -SIZE), E_RANGE);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_MAP, memory, 1ull << 63), E_RANGE);
	must(CALL(vm_allocate, 0, SIZE, VM_MAP, memory, 3 * SIZE));
}

static void
mapping_needs_the_rights(void **state)
{
	cap_t memory = new_memory(1), reader = derive(memory, RIGHT_READ);

	(void)state;
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_MAP | VM_WRITE, reader), E_NO_RIGHTS);
	assert_error(CALL(vm_allocate, 0, SIZE, VM_MAP | VM_EXECUTE, reader),
	    E_NO_RIGHTS);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_MAP | VM_READ, 0), E_INVALID_CAP);
	assert_error(CALL(vm_allocate, 0, SIZE, VM_MAP | VM_READ, cap_self),
	    E_INVALID_CAP);
	must(CALL(vm_allocate, 0, SIZE, VM_MAP | VM_READ, reader));
}

static void
closing_a_capability_keeps_its_mapping(void **state)
{
	cap_t memory = new_memory(1);
	uint64_t at = map(memory, 1, VM_READ), left;

	(void)state;
	must(close_cap(memory));
	fault(FAULT_READ, at);
	assert_int_not_equal(shows(at), 0);
	left = invariants_left(init, QUOTA_PAGES);
	must(CALL(vm_deallocate, at, SIZE));
	invariants_settle();
	assert_int_equal(invariants_left(init, QUOTA_PAGES), left + 1);
}

/* --- VM_PROTECT --------------------------------------------------------------*/

static void
protection_changes_for_part_of_a_mapping(void **state)
{
	uint64_t at =
	    must(CALL(vm_allocate, 0, 8 * SIZE, VM_NEW | VM_READ | VM_WRITE));

	(void)state;
	fault(FAULT_WRITE, at);
	must(CALL(vm_allocate, at + 2 * SIZE, 3 * SIZE, VM_PROTECT | VM_READ));
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(
		    (shows(at + i * SIZE) & VM_WRITE) != 0, i < 2 || i > 4);
	must(CALL(vm_allocate, at, 8 * SIZE, VM_PROTECT | VM_EXECUTE));
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(shows(at + i * SIZE) % SIZE, VM_EXECUTE);
	must(CALL(vm_allocate, at, 8 * SIZE, VM_PROTECT));
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(shows(at + i * SIZE) & VM_PROTECTION_MASK, 0);
}

static void
long_protection_goes_in_steps(void **state)
{
	uint64_t at = must(
	    CALL(vm_allocate, 0, 2000 * SIZE, VM_NEW | VM_READ | VM_WRITE));

	(void)state;
	for (unsigned i = 0; i < 2000; i += 8)
		fault(FAULT_WRITE, at + i * SIZE);
	machine.repeats = 0;
	must(CALL(vm_allocate, at, 2000 * SIZE, VM_PROTECT | VM_READ));
	assert_in_range(machine.repeats, 7, 20);
	for (unsigned i = 0; i < 2000; i++)
		assert_int_equal(shows(at + i * SIZE) % SIZE, VM_READ);
	machine.repeats = 0;
	must(CALL(vm_deallocate, at, 2000 * SIZE));
	assert_in_range(machine.repeats, 7, 20);
}

static void
protection_is_refused(void **state)
{
	cap_t reader = derive(new_memory(2), RIGHT_READ);
	uint64_t at = map(reader, 2, VM_READ);
	uint64_t far = HAL_USER_HIGH - 64 * SIZE;

	(void)state;
	assert_error(
	    CALL(vm_allocate, at, SIZE, VM_PROTECT | VM_WRITE), E_NO_RIGHTS);
	assert_error(
	    CALL(vm_allocate, at + 1, SIZE, VM_PROTECT | VM_READ), E_INVALID);
	assert_error(
	    CALL(vm_allocate, at, 4 * SIZE, VM_PROTECT | VM_READ), E_RANGE);
	assert_error(
	    CALL(vm_allocate, far, SIZE, VM_PROTECT | VM_READ), E_RANGE);
	assert_error(CALL(vm_allocate, 0, SIZE, VM_PROTECT | VM_READ), E_RANGE);
	assert_error(
	    CALL(vm_allocate, -(uint64_t)SIZE, 2 * SIZE, VM_PROTECT | VM_READ),
	    E_INVALID);
	assert_error(
	    CALL(vm_allocate, init->user_area, SIZE, VM_PROTECT), E_RANGE);
}

static void
progress_that_a_task_makes_up_harms_nothing(void **state)
{
	uint64_t at =
	    must(CALL(vm_allocate, 0, 8 * SIZE, VM_NEW | VM_READ | VM_WRITE));
	const uint64_t made_up[] = { 1, 7, 8, 9, 1ull << 52, UINT64_MAX };

	(void)state;
	fault(FAULT_WRITE, at);
	for (unsigned i = 0; i < 6; i++) {
		must(CALL(vm_allocate, at, 8 * SIZE, VM_PROTECT | VM_READ, 0, 0,
		    made_up[i]));
		invariants_check();
	}
	assert_int_not_equal(shows(at) & VM_WRITE, 0);
	assert_int_equal(shows(at + SIZE) & VM_WRITE, 0);
}

/* --- vm_deallocate -----------------------------------------------------------*/

static void
middle_of_a_mapping_is_given_back(void **state)
{
	uint64_t left = invariants_left(init, QUOTA_CAPABILITIES);
	uint64_t at =
	    must(CALL(vm_allocate, 0, 8 * SIZE, VM_NEW | VM_READ | VM_WRITE));

	(void)state;
	fault(FAULT_WRITE, at);
	must(CALL(vm_deallocate, at + 2 * SIZE, 3 * SIZE));
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(shows(at + i * SIZE) != 0, i < 2 || i > 4);
	assert_int_equal(invariants_left(init, QUOTA_CAPABILITIES), left - 2);
	must(CALL(vm_deallocate, at, 8 * SIZE));
	assert_int_equal(invariants_left(init, QUOTA_CAPABILITIES), left);
	must(CALL(vm_deallocate, at, 8 * SIZE)); /* nothing there any more */
}

static void
deallocation_is_refused(void **state)
{
	(void)state;
	assert_error(CALL(vm_deallocate, 1, SIZE), E_INVALID);
	assert_error(CALL(vm_deallocate, SIZE, 0), E_INVALID);
	assert_error(CALL(vm_deallocate, SIZE, 1), E_INVALID);
	assert_error(CALL(vm_deallocate, -(uint64_t)SIZE, 2 * SIZE), E_INVALID);
	assert_error(CALL(vm_deallocate, init->user_area, SIZE), E_RANGE);
	assert_int_not_equal(shows(init->user_area), 0);
}

static void
cutting_without_quota_is_refused(void **state)
{
	uint64_t at =
	    must(CALL(vm_allocate, 0, 8 * SIZE, VM_NEW | VM_READ | VM_WRITE));

	(void)state;
	stage_quota(invariants_left(init, QUOTA_CAPABILITIES), 0, 0, 0);
	assert_error(CALL(vm_deallocate, at + SIZE, SIZE), E_QUOTA);
	assert_error(CALL(vm_allocate, at + SIZE, SIZE, VM_PROTECT), E_QUOTA);
	must(CALL(vm_deallocate, at, 8 * SIZE));
}

static void
parts_of_a_mapping_are_revoked_together(void **state)
{
	cap_t memory = new_memory(8);
	uint64_t at = map(memory, 8, VM_READ | VM_WRITE);

	(void)state;
	fault(FAULT_WRITE, at);
	must(CALL(vm_allocate, at + 2 * SIZE, SIZE, VM_PROTECT | VM_READ));
	must(revoke(memory));
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(shows(at + i * SIZE), 0);
}

/* --- faults ------------------------------------------------------------------*/

static void
fault_against_the_protection_kills_without_a_fault_port(void **state)
{
	cap_t watch = new_port(1), task;
	struct hal_context *thread;
	uint64_t at = must(CALL(vm_allocate, 0, SIZE, VM_NEW | VM_READ));
	static const enum fault_kind kinds[] = { FAULT_WRITE, FAULT_FETCH,
		FAULT_DIVIDE, FAULT_ILLEGAL, FAULT_READ };

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		thread = new_thread(OTHER + i, &task);
		must(CALL(cap_move, task, CAP_WATCH_DEATH, 0, watch, 3));
		become(thread);
		fault(kinds[i], i == 4 ? 0 : at);
		become(init);
		assert_int_equal(poll(watch), RECEIVED_EVENT);
		assert_int_equal(message()->words[0], EVENT_DEATH);
		assert_int_equal(message()->words[1], STATUS_FAULT + kinds[i]);
		must(close_cap(task));
	}
}

static void
fault_anywhere_harms_only_the_task(void **state)
{
	const uint64_t places[] = { 0, 1, SIZE, HAL_USER_LOW, HAL_USER_HIGH,
		HAL_USER_HIGH - 1, 1ull << 63, UINT64_MAX, UINT64_MAX - SIZE };

	(void)state;
	for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
		struct hal_context *thread = new_thread(OTHER + i, NULL);

		become(thread);
		fault(FAULT_READ, places[i]);
		assert_ptr_not_equal(machine.current, thread);
		invariants_check();
	}
}

/* --- the pager ---------------------------------------------------------------*/

static void
absent_page_is_asked_of_the_pager_and_supplied(void **state)
{
	cap_t port = new_port(2), pager = new_badge(port, 5, 1);
	cap_t file = must(CALL(vm_allocate, 0, 10 * SIZE, VM_OBJECT, pager));
	cap_t fresh = new_memory(3);
	struct hal_context *thread = new_thread(OTHER, NULL);
	uint64_t at, from;
	struct fault report;

	(void)state;
	at = must(
	    CALL(vm_allocate, 0, 5 * SIZE, VM_MAP | VM_READ, file, 4 * SIZE));
	from = map(fresh, 3, VM_READ | VM_WRITE);
	fault(FAULT_WRITE, from + SIZE);
	strcpy(seen_by(init, from + SIZE), "page of a file");
	become(thread);
	fault(FAULT_READ, at + SIZE + 7);
	assert_ptr_equal(machine.current, init);
	assert_int_equal(poll(port), RECEIVED_MESSAGE);
	assert_int_equal(message()->badge, 5);
	memcpy(&report, message()->words, sizeof report);
	assert_int_equal(report.event, EVENT_FAULT);
	assert_int_equal(report.kind, FAULT_PAGER);
	assert_int_equal(report.address, 5 * SIZE);
	/* A page that is mapped somewhere is not moved. */
	assert_error(
	    CALL(vm_allocate, 5 * SIZE, SIZE, VM_SUPPLY, fresh, SIZE, file),
	    E_STATE);
	must(CALL(vm_deallocate, from, 3 * SIZE));
	must(CALL(vm_allocate, 5 * SIZE, SIZE, VM_SUPPLY, fresh, SIZE, file));
	assert_error(
	    CALL(vm_allocate, 5 * SIZE, SIZE, VM_SUPPLY, fresh, SIZE, file),
	    E_STATE);
	must(send(message()->reply, FAULT_RESUME));
	become(thread);
	fault(FAULT_READ, at + SIZE + 7);
	assert_ptr_equal(machine.current, thread);
	assert_string_equal(seen_by(thread, at + SIZE), "page of a file");
}

static void
supply_is_refused(void **state)
{
	cap_t a = new_memory(2), b = new_memory(2);
	cap_t reader = derive(a, RIGHT_READ);
	uint64_t at = map(a, 2, VM_READ | VM_WRITE);

	(void)state;
	fault(FAULT_WRITE, at);
	must(CALL(vm_deallocate, at, 2 * SIZE));
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_SUPPLY, reader, 0, b), E_NO_RIGHTS);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_SUPPLY, a, 0, reader), E_NO_RIGHTS);
	assert_error(
	    CALL(vm_allocate, 2 * SIZE, SIZE, VM_SUPPLY, a, 0, b), E_RANGE);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_SUPPLY, a, 2 * SIZE, b), E_RANGE);
	assert_error(CALL(vm_allocate, 1, SIZE, VM_SUPPLY, a, 0, b), E_RANGE);
	assert_error(CALL(vm_allocate, 0, SIZE, VM_SUPPLY, a, 0, a), E_STATE);
	assert_error(CALL(vm_allocate, 0, SIZE, VM_SUPPLY, b, 0, a), E_STATE);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_SUPPLY, 0, 0, b), E_INVALID_CAP);
	must(CALL(vm_allocate, 0, SIZE, VM_SUPPLY, a, 0, b));
	must(CALL(vm_allocate, SIZE, SIZE, VM_SUPPLY, b, 0, b));
}

static void
pager_needs_send(void **state)
{
	cap_t port = new_port(2);

	(void)state;
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_OBJECT, derive(port, RIGHT_RECEIVE)),
	    E_NO_RIGHTS);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_OBJECT, cap_self), E_INVALID_PORT);
}

static void
pager_that_is_gone_kills_who_touches(void **state)
{
	cap_t port = new_port(2), pager = new_badge(port, 5, 1), task;
	cap_t file = must(CALL(vm_allocate, 0, 10 * SIZE, VM_OBJECT, pager));
	uint64_t at = map(file, 10, VM_READ);
	struct hal_context *thread = new_thread(OTHER, &task);

	(void)state;
	must(close_cap(pager));
	assert_error(poll(port), E_WOULD_BLOCK); /* the object has its badge */
	must(close_cap(port));
	become(thread);
	fault(FAULT_READ, at);
	assert_error(CALL(sys_signal, task, SIGNAL_BITS, 1), E_STATE);
	must(revoke(file));
	must(close_cap(file));
}

/* --- pins and devices ----------------------------------------------------------*/

static void
pinned_page_has_a_bus_address_and_is_counted(void **state)
{
	cap_t memory = new_memory(2);
	uint64_t bus;

	(void)state;
	bus =
	    must(CALL(vm_allocate, 0, SIZE, VM_PIN, memory, SIZE, cap_machine));
	assert_int_not_equal(bus, 0);
	assert_int_equal(bus % SIZE, 0);
	assert_int_equal(
	    CALL(vm_allocate, 0, SIZE, VM_PIN, memory, SIZE, cap_machine), bus);
	must(CALL(vm_allocate, 0, SIZE, VM_UNPIN, memory, SIZE, cap_machine));
	must(CALL(vm_allocate, 0, SIZE, VM_UNPIN, memory, SIZE, cap_machine));
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_UNPIN, memory, SIZE, cap_machine),
	    E_STATE);
}

static void
pinning_is_refused(void **state)
{
	cap_t memory = new_memory(2);

	(void)state;
	assert_error(CALL(vm_allocate, 0, SIZE, VM_PIN, memory, 0, cap_print),
	    E_NO_RIGHTS);
	assert_error(CALL(vm_allocate, 0, SIZE, VM_PIN, memory, 0, memory),
	    E_INVALID_CAP);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_PIN, memory, 2 * SIZE, cap_machine),
	    E_RANGE);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_PIN, cap_self, 0, cap_machine),
	    E_INVALID_CAP);
}

static void
pinned_page_is_not_freed_nor_moved(void **state)
{
	cap_t memory = new_memory(2), other = new_memory(1);
	uint64_t pages;

	(void)state;
	must(CALL(vm_allocate, 0, SIZE, VM_PIN, memory, 0, cap_machine));
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_SUPPLY, memory, 0, other), E_STATE);
	invariants_settle();
	pages = invariants_free_pages();
	must(close_cap(memory));
	invariants_settle();
	assert_int_equal(invariants_free_pages(), pages);
}

static void
device_memory_is_shown_where_it_is(void **state)
{
	uint64_t bus = 1ull << 35;
	cap_t device =
	    must(CALL(vm_allocate, 0, 3 * SIZE, VM_DEVICE, cap_machine, bus));
	uint64_t at = map(device, 3, VM_READ | VM_WRITE);

	(void)state;
	assert_int_equal(shows(at + SIZE) & -SIZE, bus + SIZE);
	assert_error(CALL(vm_allocate, 0, SIZE, VM_MAP | VM_EXECUTE, device),
	    E_NO_RIGHTS);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_DEVICE, cap_print, bus), E_NO_RIGHTS);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_DEVICE, cap_machine, bus + 1),
	    E_INVALID);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_DEVICE, device, bus), E_INVALID_CAP);
	assert_error(
	    CALL(vm_allocate, 0, SIZE, VM_SUPPLY, device, 0, device), E_STATE);
	must(revoke(device));
	assert_int_equal(shows(at), 0);
}

static void
kernels_tables_can_be_read_and_not_written(void **state)
{
	(void)state;
	map(cap_tables, 1, VM_READ);
	assert_error(CALL(vm_allocate, 0, SIZE, VM_MAP | VM_WRITE, cap_tables),
	    E_NO_RIGHTS);
	assert_error(CALL(vm_allocate, 0, SIZE, VM_MAP | VM_WRITE, cap_archive),
	    E_NO_RIGHTS);
	map(cap_archive, MACHINE_ARCHIVE_PAGES, VM_READ);
}

/* --- running out -------------------------------------------------------------*/

static void
directories_of_a_thinly_filled_object_are_freed(void **state)
{
	static const unsigned touched[] = { 600, 0, 1023, 511, 512, 1500 };
	struct invariants_counts before, after;
	cap_t memory;
	uint64_t at;

	(void)state;
	must(close_cap(new_memory(1)));
	before = invariants_count();
	for (unsigned i = 0; i < 12; i++) {
		memory = new_memory(1600);
		at = must(CALL(vm_allocate, HAL_USER_LOW + (1 << 30),
		    1600 * SIZE, VM_MAP | VM_READ, memory));
		fault(FAULT_READ, at + touched[i % 6] * SIZE);
		must(CALL(vm_deallocate, at, 1600 * SIZE));
		must(close_cap(memory));
		after = invariants_count();
		if (i >= 6) /* the machine has its own tables by then */
			assert_int_equal(after.free_pages, before.free_pages);
		assert_int_equal(after.objects, before.objects);
		before = after;
	}
}

/* A machine with no more than that many pages left: all that quota allows is
 * pinned, and the rest is queues. */
static void
small_machine(uint64_t spare)
{
	struct machine_options small = { .pages = 300 };
	uint64_t left;
	cap_t full;

	machine_start(&small);
	init = machine.current;
	invariants_check();
	left = invariants_left(init, QUOTA_PAGES) - 40;
	full = new_memory(left);
	for (unsigned i = 0; i < left && invariants_free_pages() > spare; i++)
		must(CALL(
		    vm_allocate, 0, SIZE, VM_PIN, full, i * SIZE, cap_machine));
	while (invariants_free_pages() > spare)
		new_port(invariants_free_pages() > spare + 12 ? 64 : 1);
}

/* Every call, with one page less to go round each time: each must work or be
 * refused, and leave the books in order. */
static void
every_shortage_of_pages_is_refused_in_order(void **state)
{
	(void)state;
	for (uint64_t spare = 0; spare < 40; spare++) {
		uint64_t got = 0;
		cap_t port, memory;

		small_machine(spare);
		port = CALL(port_allocate, 8);
		got += error_of(port) == E_OK;
		memory = CALL(vm_allocate, 0, 600 * SIZE, VM_DEVICE,
		    cap_machine, 1ull << 36);
		got += error_of(memory) == E_OK;
		invariants_check();
		got += error_of(CALL(vm_allocate, 0, 600 * SIZE,
			   VM_MAP | VM_READ, memory)) == E_OK;
		invariants_check();
		got += error_of(CALL(vm_allocate, 0, 600 * SIZE,
			   VM_STAGE | VM_READ, memory)) == E_OK;
		invariants_check();
		CALL(cap_move, 0, CAP_QUOTA, QUOTA_CAPABILITIES, 9);
		CALL(cap_move, 0, CAP_QUOTA, QUOTA_TASKS, 9);
		CALL(cap_move, 0, CAP_QUOTA, QUOTA_PAGES, 9);
		got += error_of(CALL(cap_move, memory, CAP_STAGE)) == E_OK;
		invariants_check();
		got +=
		    error_of(CALL(sched_spawn, SPAWN_SPACE, 1, 2, 3)) == E_OK;
		invariants_check();
		got += error_of(CALL(sched_spawn, SPAWN_TASK, 1, 2, 4)) == E_OK;
		got += error_of(CALL(cap_move, port, CAP_BADGE, RIGHT_SEND, 0,
			   64)) == E_OK;
		invariants_check();
		got += error_of(ask(port, port, 1)) == E_OK;
		got += error_of(CALL(cap_move, cap_machine, CAP_WATCH, 0, port,
			   1)) == E_OK;
		got += error_of(CALL(cap_move, cap_machine, CAP_BIND, 2, port,
			   1)) == E_OK;
		invariants_check();
		for (unsigned i = 0; i < 70; i++)
			CALL(cap_move, port, CAP_DERIVE, 0);
		invariants_settle();
		invariants_check();
		if (spare == 0)
			assert_in_range(got, 0, 8);
	}
}

static void
fault_without_a_page_left_is_told_as_a_fault(void **state)
{
	struct hal_context *thread;
	uint64_t at;
	cap_t task;

	(void)state;
	small_machine(10);
	thread = new_thread(OTHER, &task);
	at = must(CALL(vm_allocate, 0, 30 * SIZE, VM_NEW | VM_READ | VM_WRITE));
	become(thread);
	for (unsigned i = 0; machine.current == thread && i < 30; i++)
		fault(FAULT_WRITE, at + i * SIZE);
	assert_ptr_not_equal(machine.current, thread);
	assert_error(CALL(sys_signal, task, SIGNAL_BITS, 1), E_STATE);
}

static void
machine_that_cannot_map_refuses(void **state)
{
	cap_t device = must(CALL(
	    vm_allocate, 0, 64 * SIZE, VM_DEVICE, cap_machine, 1ull << 36));

	(void)state;
	machine.maps_until_refused = 1;
	assert_error(CALL(vm_allocate, 0, 64 * SIZE, VM_MAP | VM_READ, device),
	    E_NO_MEMORY);
	stage_quota(9, 9, 9, 9);
	machine.maps_until_refused = 1;
	assert_error(
	    CALL(vm_allocate, 0, 64 * SIZE, VM_STAGE | VM_READ, device),
	    E_NO_MEMORY);
	must(CALL(cap_move, 0, CAP_UNSTAGE));
	machine.refuse_space = true;
	assert_error(
	    CALL(vm_allocate, 0, 64 * SIZE, VM_STAGE | VM_READ, device),
	    E_NO_MEMORY);
}

/* --- many spaces -------------------------------------------------------------*/

static void
spaces_do_not_see_each_other(void **state)
{
	cap_t memory = new_memory(2), there;
	uint64_t here = map(memory, 2, VM_READ | VM_WRITE), mine;
	struct hal_context *child =
	    new_child(CHILD, derive(memory, RIGHT_READ), &there, NULL);

	(void)state;
	fault(FAULT_WRITE, here);
	become(child);
	mine = must(CALL(vm_allocate, here, SIZE, VM_NEW | VM_READ | VM_WRITE));
	fault(FAULT_WRITE, mine);
	assert_ptr_not_equal(seen_by(child, mine), seen_by(init, here));
	invariants_check();
}

static void
shared_addresses_are_refused_to_strangers(void **state)
{
	cap_t memory = new_memory(2), there, space;
	uint64_t here = map(memory, 2, VM_READ | VM_WRITE), mine;
	struct hal_context *child =
	    new_child(CHILD, derive(memory, RIGHT_READ), &there, &space);

	(void)state;
	fault(FAULT_WRITE, here);
	become(child);
	mine = must(CALL(vm_allocate, here, SIZE, VM_NEW | VM_READ | VM_WRITE));
	assert_int_not_equal(mine, here);
	assert_error(CALL(vm_deallocate, here, SIZE), E_RANGE);
	assert_error(CALL(vm_allocate, here, SIZE, VM_PROTECT), E_RANGE);
	assert_error(CALL(vm_deallocate, here - SIZE, 3 * SIZE), E_RANGE);
	fault(FAULT_READ, here); /* dies of it */
	assert_ptr_not_equal(machine.current, child);
	invariants_check();
	become(init);
	must(close_cap(space));
}

/* Many mappings at random places, in and out, and all found again. */
static void
tree_of_addresses_holds_many(void **state)
{
	uint64_t at[300] = { 0 }, seed = 1;
	cap_t device = must(CALL(
	    vm_allocate, 0, 16 * SIZE, VM_DEVICE, cap_machine, 1ull << 36));

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		unsigned k;

		seed = seed * 6364136223846793005 + 1442695040888963407;
		k = (seed >> 33) % 300;
		if (at[k] == 0) {
			uint64_t hint =
			    HAL_USER_LOW + (seed >> 40) % 4096 * SIZE;

			at[k] = must(CALL(vm_allocate, seed >> 63 ? hint : 0,
			    SIZE * (1 + seed / 7 % 3), VM_MAP | VM_READ, device,
			    0));
		} else {
			must(CALL(vm_deallocate, at[k], SIZE));
			at[k] = 0;
		}
		if (i % 100 == 0)
			invariants_check();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_pages_are_zero_and_come_when_touched),
		TEST(bad_sizes_and_flags_are_refused),
		TEST(pages_beyond_the_quota_are_refused),
		TEST(hint_is_taken_if_it_is_free),
		TEST(hint_that_is_not_free_is_only_a_hint),
		TEST(too_large_for_any_place_is_a_range_error),
		TEST(mapping_shows_the_object_from_its_offset),
		TEST(mapping_beyond_the_object_is_refused),
		TEST(mapping_needs_the_rights),
		TEST(closing_a_capability_keeps_its_mapping),
		TEST(protection_changes_for_part_of_a_mapping),
		TEST(long_protection_goes_in_steps),
		TEST(protection_is_refused),
		TEST(progress_that_a_task_makes_up_harms_nothing),
		TEST(middle_of_a_mapping_is_given_back),
		TEST(deallocation_is_refused),
		TEST(cutting_without_quota_is_refused),
		TEST(parts_of_a_mapping_are_revoked_together),
		TEST(fault_against_the_protection_kills_without_a_fault_port),
		TEST(fault_anywhere_harms_only_the_task),
		TEST(absent_page_is_asked_of_the_pager_and_supplied),
		TEST(supply_is_refused),
		TEST(pager_needs_send),
		TEST(pager_that_is_gone_kills_who_touches),
		TEST(pinned_page_has_a_bus_address_and_is_counted),
		TEST(pinning_is_refused),
		TEST(pinned_page_is_not_freed_nor_moved),
		TEST(device_memory_is_shown_where_it_is),
		TEST(kernels_tables_can_be_read_and_not_written),
		TEST(directories_of_a_thinly_filled_object_are_freed),
		TEST(every_shortage_of_pages_is_refused_in_order),
		TEST(fault_without_a_page_left_is_told_as_a_fault),
		TEST(machine_that_cannot_map_refuses),
		TEST(spaces_do_not_see_each_other),
		TEST_SHARED(shared_addresses_are_refused_to_strangers),
		TEST_SHARED(tree_of_addresses_holds_many),
		TEST(tree_of_addresses_holds_many),
	};

	return cmocka_run_group_tests_name("kernel: memory", tests, NULL, NULL);
}
