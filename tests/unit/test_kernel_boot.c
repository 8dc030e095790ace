/*
 * test_kernel_boot: from the boot archive to init's first instruction.
 *
 * Contract: init's image, stack, start page and capabilities are as flat.h
 * and start.h say, and nothing of the kernel's is among them; an archive that
 * is none halts the machine with a sentence.
 */
#include "kernel_test.h"

#include <string.h>

#include <gbsd/flat.h>
#include <gbsd/start.h>

static void
image_lies_as_the_flat_file_says(void **state)
{
	uint64_t base = init_start()->image_base;

	(void)state;
	assert_int_equal(init_start()->image_size, 3 * SIZE);
	assert_int_equal(init->entry, base + 64);
	assert_int_equal(shows(init, base), 2 * SIZE | VM_READ | VM_EXECUTE);
	assert_int_equal(shows(init, base + SIZE) % SIZE, VM_READ | VM_WRITE);
	for (unsigned i = 0; i < SIZE / 8; i++) {
		assert_int_equal(
		    ((uint64_t *)seen_by(init, base + SIZE))[i], i + 1);
		assert_int_equal(
		    ((uint64_t *)seen_by(init, base + 2 * SIZE))[i], 0);
	}
	assert_int_equal(shows(init, base - SIZE), 0);
	assert_int_equal(shows(init, base + 3 * SIZE), 0);
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
	assert_int_equal(boot->address_low, HAL_USER_LOW);
	assert_int_equal(boot->address_high, HAL_USER_HIGH);
	assert_int_equal(init->stack, start->stack_high);
	assert_true(start->stack_high - start->stack_low >= 16 * SIZE);
	for (uint64_t at = start->stack_low; at < start->stack_high; at += SIZE)
		assert_int_equal(shows(init, at) % SIZE, VM_READ | VM_WRITE);
	assert_int_equal(shows(init, start->stack_low - SIZE), 0);
	assert_in_range(start->image_base, start->window_low,
	    start->window_high - 3 * SIZE);
}

static void
area_is_where_the_task_sees_it(void **state)
{
	(void)state;
	assert_ptr_equal(seen_by(init, init->user_area), init->area);
	assert_int_equal((uint64_t)init->area->self, init->user_area);
	assert_int_equal(init->user_area, init_start()->stack_high);
}

static void
capabilities_of_init_are_those_of_the_machine(void **state)
{
	const struct start *start = init_start();
	const struct start_cap *caps = seen_by(init, (uint64_t)start->caps);
	uint64_t raw_pages = 0, ram_pages = 0;

	(void)state;
	assert_int_equal(CAP_INFO_RIGHTS(query(cap_machine)),
	    RIGHT_SCHEDULE | RIGHT_PRINT | RIGHT_POWER | RIGHT_BIND |
		RIGHT_DERIVE);
	assert_int_equal(
	    CAP_INFO_RIGHTS(query(cap_print)), RIGHT_PRINT | RIGHT_DERIVE);
	assert_int_equal(CAP_INFO_TYPE(query(cap_self)), OBJECT_SPACE);
	assert_int_equal(CAP_INFO_RIGHTS(query(cap_archive)),
	    RIGHT_READ | RIGHT_EXECUTE | RIGHT_DERIVE);
	assert_int_equal(
	    CAP_INFO_PAGES(query(cap_archive)), MACHINE_ARCHIVE_PAGES);
	for (unsigned i = 0; i < start->cap_count; i++) {
		uint64_t info = must(query(caps[i].cap));
		uint32_t rights = CAP_INFO_RIGHTS(info);

		assert_false(rights & RIGHT_DESTROY);
		if (strcmp(caps[i].name, "ram") == 0) {
			ram_pages += CAP_INFO_PAGES(info);
			assert_int_equal(rights & (RAW & ~RIGHT_BUS),
			    RIGHT_READ | RIGHT_DERIVE);
		}
		if (strcmp(caps[i].name, "device") == 0)
			assert_true(rights & RIGHT_DEVICE);
		if (rights & RIGHT_MAKE)
			raw_pages += CAP_INFO_PAGES(info);
	}
	assert_int_equal(ram_pages, MACHINE_PAGES - 1 - MACHINE_ARCHIVE_PAGES);
	/* All of RAM but what init itself is made of. */
	assert_in_range(raw_pages, MACHINE_PAGES - 400, MACHINE_PAGES);
}

/* All of it can be used at once, and nothing else is touched by that. */
static void
raw_memory_of_init_is_free(void **state)
{
	const struct start *start = init_start();
	const struct start_cap *caps = seen_by(init, (uint64_t)start->caps);
	cap_t ports[8];
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < start->cap_count; i++)
		if (CAP_INFO_RIGHTS(query(caps[i].cap)) & RIGHT_MAKE)
			ports[n++] = must(CALL(port_allocate, caps[i].cap));
	assert_true(n >= 3);
	invariants_check();
	for (unsigned i = 0; i < n; i++)
		must(close_cap(ports[i]));
	invariants_settle();
	assert_int_equal(init_start()->magic, START_MAGIC);
}

static void
spaces_that_share_addresses_boot_too(void **state)
{
	(void)state;
	image_lies_as_the_flat_file_says(state);
}

static void
large_text_finds_its_place(void **state)
{
	struct machine_options options = { .pages = 4096 };
	struct hal_boot other;
	struct flat_header *h;

	(void)state;
	/* More than a step maps, and data behind it: in a larger archive. */
	machine_start(&options);
	other = *machine_boot();
	other.archive.base = 2048 * SIZE;
	other.archive.size = 1024 * SIZE;
	other.ranges[0] = (struct hal_range){ 100 * SIZE, 1900 * SIZE };
	other.range_count = 1;
	options.boot = &other;
	h = (struct flat_header *)(machine_ram + other.archive.base);
	invariants_lend(h);
	memset(h, 0, sizeof *h);
	memcpy(h->magic, FLAT_MAGIC, sizeof h->magic);
	h->version = FLAT_VERSION;
	h->text_pages = 700;
	h->data_pages = 300;
	h->bss_pages = 5;
	for (unsigned i = 0; i < 20; i++) {
		other.random[0] = (uint8_t)i;
		machine_start(&options);
		assert_false(machine.halted);
		init = machine.current;
		invariants_check();
		assert_int_equal(init_start()->image_size, 1005 * SIZE);
	}
}

/* --- archives that are none ----------------------------------------------------*/

static struct flat_header header;
static struct hal_boot other_boot;
static bool boot_is_other;

/* machine_start makes the header anew: so a start that will fail is made of
 * a copy of the archive somewhere else in RAM. */
static void
expect_halt(const char *why)
{
	struct machine_options options = { .boot = &other_boot };
	char *copy = (char *)machine_archive() + 4 * SIZE;
	char text[MACHINE_OUTPUT + 1] = "";

	machine_start(NULL);
	if (!boot_is_other)
		other_boot = *machine_boot();
	/* Inside the archive, whose first page is rewritten. */
	other_boot.archive.base += 4 * SIZE;
	if (other_boot.archive.size != 0)
		other_boot.archive.size -= 4 * SIZE;
	invariants_lend(copy);
	memcpy(copy, &header, sizeof header);
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
	expect_halt("does not begin with init");
}

static void
init_of_another_kind_halts(void **state)
{
	(void)state;
	good_header();
	header.version++;
	expect_halt("of another kind");
	good_header();
	header.text_pages = 3;
	expect_halt("of another kind");
	good_header();
	header.data_pages = UINT64_MAX; /* the sum is 0 again */
	expect_halt("of another kind");
	good_header();
	header.text_pages = UINT64_MAX;
	header.data_pages = 3;
	expect_halt("of another kind");
	good_header();
	header.bss_pages = UINT64_MAX;
	expect_halt("of another kind");
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
	expect_halt("no boot archive");
}

static void
init_too_large_for_the_machine_halts(void **state)
{
	(void)state;
	good_header();
	header.bss_pages = 1 << 20;
	expect_halt("not enough memory for init");
}

/* Whatever is the last page, boot either works or says that there is none. */
static void
every_shortage_at_boot_halts_with_a_sentence(void **state)
{
	unsigned worked = 0, halted = 0;

	(void)state;
	for (unsigned pages = 0; pages < 250; pages++) {
		struct machine_options options = { .boot = &other_boot };

		machine_start(NULL);
		other_boot = *machine_boot();
		other_boot.range_count = 1;
		other_boot.ranges[0].size = pages * SIZE;
		machine_start(&options);
		if (machine.halted) {
			halted++;
			assert_int_equal(machine.how, HAL_PANIC);
			assert_true(machine.output_length[STREAM_LOG] > 10);
		} else {
			worked++;
			invariants_check();
		}
		assert_true(!machine.halted || worked == 0);
	}
	assert_true(worked > 10 && halted > 10);
}

static void
all_ranges_are_inits(void **state)
{
	struct machine_options options = { .boot = &other_boot };
	const struct start_cap *caps;
	uint64_t pages = 0;

	(void)state;
	machine_start(NULL);
	other_boot = *machine_boot();
	other_boot.range_count = HAL_RANGES;
	for (unsigned i = 0; i < HAL_RANGES; i++) {
		other_boot.ranges[i].base = (100 + i * 500) * SIZE;
		other_boot.ranges[i].size = (i == 7 ? 490 : 50) * SIZE;
	}
	machine_start(&options);
	assert_false(machine.halted);
	init = machine.current;
	invariants_check();
	caps = seen_by(init, (uint64_t)init_start()->caps);
	for (unsigned i = 0; i < init_start()->cap_count; i++) {
		uint64_t info = must(query(caps[i].cap));

		if (CAP_INFO_RIGHTS(info) & RIGHT_MAKE)
			pages += CAP_INFO_PAGES(info);
	}
	assert_in_range(pages, 15 * 50 + 490 - 200, 15 * 50 + 490);
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
		TEST(raw_memory_of_init_is_free),
		TEST_SHARED(spaces_that_share_addresses_boot_too),
		TEST(large_text_finds_its_place),
		TEST(archive_without_init_halts),
		TEST(init_of_another_kind_halts),
		TEST(no_archive_halts),
		TEST(init_too_large_for_the_machine_halts),
		TEST(every_shortage_at_boot_halts_with_a_sentence),
		TEST(all_ranges_are_inits),
		TEST(spurious_kicks_change_nothing),
	};

	return cmocka_run_group_tests_name("kernel: boot", tests, NULL, NULL);
}
