/*
 * test_kernel_boot: from the boot archive to init's first instruction.
 *
 * Contract: init's image, stack, start page and capabilities are as flat.h
 * and start.h say; an archive that is none halts the machine with a sentence.
 */
#include "kernel_test.h"

#include <string.h>

#include <gbsd/flat.h>
#include <gbsd/start.h>

enum { SIZE = PAGE_SIZE };

static uint64_t
shows(uint64_t address)
{
	return machine_shows(invariants_space(init), address);
}

static void
image_lies_as_the_flat_file_says(void **state)
{
	uint64_t base = init_start()->image_base;

	(void)state;
	assert_int_equal(init_start()->image_size, 3 * SIZE);
	assert_int_equal(init->entry, base + 64);
	assert_int_equal(shows(base), 2 * SIZE | VM_READ | VM_EXECUTE);
	assert_int_equal(shows(base + SIZE) % SIZE, VM_READ | VM_WRITE);
	for (unsigned i = 0; i < SIZE / 8; i++)
		assert_int_equal(
		    ((uint64_t *)seen_by(init, base + SIZE))[i], i + 1);
	machine_trap(HAL_TRAP_FAULT, FAULT_READ, base + 2 * SIZE);
	for (unsigned i = 0; i < SIZE / 8; i++)
		assert_int_equal(
		    ((uint64_t *)seen_by(init, base + 2 * SIZE))[i], 0);
}

static void
start_page_says_what_init_has(void **state)
{
	const struct start *start = init_start();
	const struct boot_info *boot = seen_by(init, (uint64_t)start->boot);
	char **argv = seen_by(init, (uint64_t)start->argv);

	(void)state;
	assert_int_equal(start->magic, START_MAGIC);
	assert_int_equal(start->version, START_VERSION);
	assert_int_equal(start->restarts, 0);
	assert_int_equal(start->argc, 1);
	assert_string_equal(seen_by(init, (uint64_t)argv[0]), "key=value");
	assert_string_equal(
	    seen_by(init, (uint64_t)boot->command_line), "key=value");
	assert_int_equal(boot->archive_bytes, machine_boot()->archive_bytes);
	assert_int_equal(boot->console_interrupt, 3);
	assert_int_equal(init->stack, start->stack_high);
	assert_true(start->stack_high - start->stack_low >= 16 * SIZE);
	machine_trap(HAL_TRAP_FAULT, FAULT_WRITE, start->stack_high - 8);
	assert_ptr_equal(machine.current, init);
}

static void
area_is_where_the_task_sees_it(void **state)
{
	(void)state;
	assert_ptr_equal(seen_by(init, init->user_area), init->area);
	assert_int_equal((uint64_t)init->area->self, init->user_area);
	assert_true(init->user_area >= HAL_USER_LOW);
}

static void
capabilities_of_init_are_those_of_the_machine(void **state)
{
	(void)state;
	assert_int_equal(CAP_INFO_TYPE(query(cap_machine)), OBJECT_MACHINE);
	assert_int_equal(
	    CAP_INFO_RIGHTS(query(cap_machine)), RIGHT_ALL & ~RIGHT_RECEIVE);
	assert_int_equal(
	    CAP_INFO_RIGHTS(query(cap_print)), RIGHT_PRINT | RIGHT_DERIVE);
	assert_int_equal(CAP_INFO_TYPE(query(cap_self)), OBJECT_SPACE);
	assert_int_equal(CAP_INFO_RIGHTS(query(cap_archive)),
	    RIGHT_READ | RIGHT_EXECUTE | RIGHT_DERIVE);
	assert_int_equal(
	    CAP_INFO_PAGES(query(cap_archive)), MACHINE_ARCHIVE_PAGES);
	assert_int_equal(
	    CAP_INFO_RIGHTS(query(cap_tables)), RIGHT_READ | RIGHT_DERIVE);
}

static void
memory_of_the_boot_code_is_given_away(void **state)
{
	struct machine_options small = { .pages = 300 };
	uint64_t before;

	(void)state;
	machine_start(&small);
	before = invariants_free_pages();
	/* Archive, the unused page 0, what boot took: the rest is free. */
	assert_in_range(before, 300 - 9 - 40, 300 - 9);
}

/* --- archives that are none ----------------------------------------------------*/

static struct flat_header header;
static struct hal_boot other_boot;
static bool boot_is_other;

/* machine_start makes the header anew: so a start that will fail is made of
 * a copy of the archive somewhere else in RAM. */
static void
expect_halt(const char *why, uint64_t pages)
{
	struct machine_options options = { .pages = pages,
		.boot = &other_boot };
	char text[MACHINE_OUTPUT + 1] = "";

	machine_start(NULL);
	if (!boot_is_other)
		other_boot = *machine_boot();
	/* Inside the archive, whose first page is rewritten. */
	other_boot.archive.base += 4 * SIZE;
	if (other_boot.archive.size != 0)
		other_boot.archive.size -= 4 * SIZE;
	memcpy((char *)machine_archive() + 4 * SIZE, &header, sizeof header);
	machine_start(&options);
	assert_true(machine.halted);
	assert_int_equal(machine.how, HAL_PANIC);
	memcpy(text, machine.output[STREAM_LOG],
	    machine.output_length[STREAM_LOG]);
	assert_non_null(strstr(text, why));
	boot_is_other = false;
}

static void
good_header(void)
{
	header = (struct flat_header){ .version = FLAT_VERSION,
		.text_pages = 1,
		.data_pages = 1,
		.bss_pages = 1 };
	memcpy(header.magic, FLAT_MAGIC, sizeof header.magic);
}

static void
archive_without_init_halts(void **state)
{
	(void)state;
	good_header();
	header.magic[7] = 'X';
	expect_halt("does not begin with init", 0);
}

static void
init_of_another_version_halts(void **state)
{
	(void)state;
	good_header();
	header.version++;
	expect_halt("of another kind", 0);
}

static void
init_longer_than_the_archive_halts(void **state)
{
	(void)state;
	good_header();
	header.text_pages = 3;
	expect_halt("of another kind", 0);
	good_header();
	header.data_pages = UINT64_MAX; /* the sum is 0 again */
	header.text_pages = 1;
	expect_halt("of another kind", 0);
	good_header();
	header.text_pages = UINT64_MAX;
	header.data_pages = 3;
	expect_halt("of another kind", 0);
}

static void
no_archive_halts(void **state)
{
	(void)state;
	good_header();
	machine_start(NULL);
	other_boot = *machine_boot();
	other_boot.archive.size = 0;
	boot_is_other = true;
	expect_halt("no boot archive", 0);
}

static void
init_too_large_for_the_machine_halts(void **state)
{
	(void)state;
	good_header();
	header.bss_pages = 1 << 20;
	expect_halt("no memory for init", 0);
}

/* Whatever is the last page, boot either works or says that there is none. */
static void
every_shortage_at_boot_halts_with_a_sentence(void **state)
{
	unsigned worked = 0, halted = 0;

	(void)state;
	for (unsigned pages = 0; pages < 60; pages++) {
		struct machine_options options = { .boot = &other_boot };

		machine_start(NULL);
		other_boot = *machine_boot();
		other_boot.range_count = 1;
		other_boot.ranges[0].size = pages * SIZE;
		machine_start(&options);
		if (machine.halted)
			halted++;
		else
			worked++;
		assert_true(!machine.halted || worked == 0);
	}
	assert_true(worked > 10 && halted > 10);
}

static void
more_ranges_than_the_kernel_keeps_are_left_alone(void **state)
{
	struct machine_options options = { .boot = &other_boot };

	(void)state;
	machine_start(NULL);
	other_boot = *machine_boot();
	other_boot.range_count = HAL_RANGES;
	for (unsigned i = 0; i < HAL_RANGES; i++) {
		other_boot.ranges[i].base = (100 + i * 100) * SIZE;
		other_boot.ranges[i].size = 50 * SIZE;
	}
	machine_start(&options);
	assert_false(machine.halted);
	/* The boot code's own pages found no place. */
	assert_in_range(invariants_free_pages(), 50 * 16 - 40, 50 * 16);
	init = machine.current;
	invariants_check();
	for (unsigned i = 0; i < 600; i++)
		must(CALL(
		    vm_allocate, 0, SIZE, VM_PIN, cap_archive, 0, cap_machine));
}

/* --- the loop --------------------------------------------------------------------*/

static void
spurious_kicks_change_nothing(void **state)
{
	struct invariants_counts before = invariants_count(), after;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		machine_trap(HAL_TRAP_KICK, 0, 0);
	after = invariants_count();
	assert_memory_equal(&after, &before, sizeof after);
	assert_ptr_equal(machine.current, init);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(image_lies_as_the_flat_file_says),
		TEST(start_page_says_what_init_has),
		TEST(area_is_where_the_task_sees_it),
		TEST(capabilities_of_init_are_those_of_the_machine),
		TEST(memory_of_the_boot_code_is_given_away),
		TEST(archive_without_init_halts),
		TEST(init_of_another_version_halts),
		TEST(init_longer_than_the_archive_halts),
		TEST(no_archive_halts),
		TEST(init_too_large_for_the_machine_halts),
		TEST(every_shortage_at_boot_halts_with_a_sentence),
		TEST(more_ranges_than_the_kernel_keeps_are_left_alone),
		TEST(spurious_kicks_change_nothing),
	};

	return cmocka_run_group_tests_name("kernel: boot", tests, NULL, NULL);
}
