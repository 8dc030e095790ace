/*
 * mapping: what is seen where, and how.
 *
 * Nothing is writable and executable at once; nothing lies over something
 * else, or where a space has no addresses; and what is lent is no more than
 * that.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "security.h"

enum { ALL = VM_READ | VM_WRITE | VM_EXECUTE, OTHER_PAGES = 20 };

static cap_t
frame_new(size_t pages)
{
	cap_t frame = 0;

	must(cap_range(raw_take(pages),
		 RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_DERIVE, 0,
		 pages, &frame),
	    "frame");
	return frame;
}

static cap_t
space_new(void)
{
	cap_t space = 0;

	must(cap_space(raw_take(OTHER_PAGES), 1, &space), "space");
	return space;
}

static cap_t
stage(cap_t cap, cap_t space)
{
	cap_t there = 0;

	must(cap_stage(cap, space, &there), "stage");
	return there;
}

/* Addresses that a space may use and nobody does. */
static char *
room(size_t pages)
{
	void *at = NULL;

	must(memory_reserve(pages, &at), "room");
	return at;
}

/* --- writable or executable ----------------------------------------------*/

static bool
refuses_both(cap_t memory, cap_t space)
{
	void *at = room(1);
	enum error all = vm_map(memory, at, ALL, space);
	enum error both = vm_map(memory, at, VM_WRITE | VM_EXECUTE, space);

	return all == E_NO_RIGHTS && both == E_NO_RIGHTS;
}

static void
test_both(void)
{
	cap_t space = space_new(), memory = frame_new(1), raw = raw_take(1);
	cap_t part = copy(raw_take(1), ALL | RIGHT_MAKE);
	char *at = room(1);

	check(refuses_both(memory, 0) && refuses_both(raw, 0),
	    "own_memory_is_never_writable_and_executable");
	must(vm_map(memory, at, VM_READ | VM_WRITE, 0), "map");
	check(vm_map(memory, at, VM_READ | VM_EXECUTE, 0) == E_STATE &&
		  vm_map(memory, room(1), VM_READ | VM_EXECUTE, 0) == E_STATE,
	    "a_mapping_cannot_be_changed");
	check(refuses_both(stage(frame_new(1), space), space) &&
		  refuses_both(stage(part, space), space),
	    "memory_of_another_space_is_never_writable_and_executable");
	check(gbsd_call6(CALL_vm_allocate, raw, (uint64_t)room(1),
		  VM_READ | 1ull << 32, 0, 0, 0) == error_value(E_NO_RIGHTS) &&
		  gbsd_call6(CALL_vm_allocate, raw, (uint64_t)room(1),
		      VM_READ | RIGHT_DEVICE, 0, 0,
		      0) == error_value(E_NO_RIGHTS),
	    "a_protection_is_nothing_but_that");
}

static void
test_library(void)
{
	const int both = PROT_READ | PROT_WRITE | PROT_EXEC;
	void *at =
	    mmap(NULL, PAGE_SIZE, both, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool good = at == MAP_FAILED, changed;

	at = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	changed = at != MAP_FAILED && mprotect(at, PAGE_SIZE, both) == 0;
	if (!good || changed || at == MAP_FAILED)
		note("mmap %d, mprotect %d", good, changed);
	check(good && at != MAP_FAILED && !changed,
	    "the_c_library_makes_nothing_writable_and_executable");
}

/* This image, with a segment that is both. */
static void
test_image(void)
{
	struct spawn spawn = { 0 };
	struct archive_file file;
	Elf64_Ehdr *header;
	Elf64_Phdr *segments;
	enum error before, after;

	security_image(&file);
	header = malloc(file.size);
	must(header != NULL ? E_OK : E_NO_MEMORY, "memory");
	memcpy(header, file.data, file.size);
	segments = (Elf64_Phdr *)((char *)header + header->e_phoff);
	before = spawn_image(&spawn, header, file.size);
	for (unsigned i = 0; i < header->e_phnum; i++)
		if (segments[i].p_type == PT_LOAD &&
		    (segments[i].p_flags & PF_X))
			segments[i].p_flags |= PF_W;
	after = spawn_image(&spawn, header, file.size);
	check(before == E_OK && after == E_BAD_IMAGE,
	    "no_image_is_writable_and_executable");
	free(header);
}

/* --- what the processor says ---------------------------------------------*/

static const char constant[] = "a constant";
static volatile uint64_t variable[8];

static int
touch(char how, uintptr_t at)
{
	if (how == 'r')
		return *(volatile uint64_t *)at == SECRET ? CHILD_BAD
							  : CHILD_GOOD;
	if (how == 'w')
		*(volatile uint64_t *)at = SECRET + 1;
	if (how == 'x')
		((void (*)(void))at)();
	return CHILD_BAD;
}

/* Reads, writes or runs an address; ends well if a read finds no secret. */
int
role_toucher(int argc, char **argv)
{
	uint64_t here[2] = { 0 };
	volatile uintptr_t stack = (uintptr_t)here;
	void *at = NULL;

	if (argc < 2)
		return CHILD_BAD;
	if (strcmp(argv[1], "code") == 0)
		return touch(*argv[0], (uintptr_t)touch);
	if (strcmp(argv[1], "constant") == 0)
		return touch(*argv[0], (uintptr_t)constant);
	if (strcmp(argv[1], "data") == 0)
		return touch(*argv[0], (uintptr_t)variable);
	if (strcmp(argv[1], "stack") == 0)
		return touch(*argv[0], stack);
	if (strcmp(argv[1], "gate") == 0)
		return touch(*argv[0], (uintptr_t)gbsd_start()->gate);
	if (strcmp(argv[1], "lent") == 0)
		return memory_map(gbsd_cap("page"), VM_READ, &at) == E_OK
			   ? touch(*argv[0], (uintptr_t)at)
			   : CHILD_BAD;
	return touch(*argv[0], strtoull(argv[1], NULL, 0));
}

static bool
faults(const char *how, const char *what, cap_t page, uint64_t kind)
{
	struct child c;
	enum ending ending;

	child_begin(&c, NULL);
	if (page != 0)
		child_give(&c, "page", page);
	child_run(&c, (const char *const[]){ "toucher", how, what, NULL });
	ending = child_wait(&c);
	child_end(&c);
	if (ending == ENDED_FAULT && c.fault.kind == kind)
		return true;
	note("%s %s: ending %d, fault %llu", how, what, ending,
	    (unsigned long long)c.fault.kind);
	return false;
}

static void
test_processor(void)
{
	cap_t memory, lent;
	uint64_t *view;

	check(faults("w", "code", 0, FAULT_WRITE), "code_cannot_be_written");
	check(faults("w", "constant", 0, FAULT_WRITE),
	    "constants_cannot_be_written");
	check(faults("x", "data", 0, FAULT_FETCH), "data_cannot_be_run");
	check(faults("x", "stack", 0, FAULT_FETCH), "a_stack_cannot_be_run");
	view = page_new(&memory);
	*view = SECRET;
	must(cap_range(memory, RIGHT_READ, 0, 1, &lent), "lent");
	check(faults("w", "lent", lent, FAULT_WRITE) && *view == SECRET,
	    "memory_that_may_be_read_cannot_be_written");
}

/* --- where nothing may be ------------------------------------------------*/

static bool
refused_at(uint64_t at, cap_t space, cap_t memory, cap_t there)
{
	cap_t raw = raw_take(TASK_PAGES), task;
	bool good =
	    vm_map(memory, (void *)at, VM_READ, 0) == E_RANGE &&
	    vm_map(there, (void *)at, VM_READ, space) == E_RANGE &&
	    (at % PAGE_SIZE != 0 ||
		(sched_spawn(raw, 0, 0, at, 0, "x", &task) == E_RANGE &&
		    sched_spawn(raw, space, 0, at, 0, "x", &task) == E_RANGE));

	if (!good)
		note("%llx is mapped", (unsigned long long)at);
	memory_give(raw);
	return good;
}

static void
test_outside(void)
{
	const struct start *start = gbsd_start();
	const uint64_t low = start->address_low, high = start->address_high;
	const uint64_t at[] = { 0, PAGE_SIZE, low - PAGE_SIZE, high,
		high + PAGE_SIZE, 1ull << 47, 1ull << 55, 1ull << 63,
		0xFFFF800000000000, 0xFFFFFF8000000000, 0xFFFFFFFF80000000,
		0xFFFFFFFFC0000000, (uint64_t)-PAGE_SIZE,
		(uint64_t)start->gate & -(uint64_t)PAGE_SIZE, low + 8, high - 8,
		low + PAGE_SIZE - 1 };
	cap_t space = space_new(), memory = frame_new(1), two = frame_new(2);
	cap_t there = stage(frame_new(1), space);
	bool good = true;

	for (unsigned i = 0; i < sizeof(at) / sizeof(*at); i++)
		good &= refused_at(at[i], space, memory, there);
	check(good, "nothing_is_mapped_outside_of_a_space_s_addresses");
	check(
	    vm_map(two, (void *)(high - PAGE_SIZE), VM_READ, 0) == E_RANGE &&
		vm_map(two, (void *)(low - PAGE_SIZE), VM_READ, 0) == E_RANGE &&
		vm_map(two, (void *)(uint64_t)-PAGE_SIZE, VM_READ, 0) ==
		    E_RANGE,
	    "no_mapping_reaches_over_the_end");
}

/* One page cannot be there, nor two from it on or from before it on. */
static bool
covered(cap_t one, cap_t two, const volatile void *at)
{
	uint64_t page = (uint64_t)at & -(uint64_t)PAGE_SIZE;

	return vm_map(one, (void *)page, VM_READ, 0) == E_RANGE &&
	       vm_map(two, (void *)page, VM_READ, 0) == E_RANGE &&
	       vm_map(two, (void *)(page - PAGE_SIZE), VM_READ, 0) == E_RANGE;
}

static void
test_overlap(void)
{
	const struct start *start = gbsd_start();
	cap_t space = space_new(), first = stage(frame_new(1), space);
	cap_t second = stage(frame_new(2), space), one = frame_new(1);
	cap_t two = frame_new(2);
	char *at = room(3);

	check(covered(one, two, (void *)(uintptr_t)group_mapping) &&
		  covered(one, two, &variable) && covered(one, two, start) &&
		  covered(one, two, gbsd_area()) && covered(one, two, &space),
	    "own_mappings_do_not_overlap");
	must(vm_map(first, at + PAGE_SIZE, VM_READ, space), "map there");
	check(vm_map(second, at, VM_READ, space) == E_RANGE &&
		  vm_map(second, at + PAGE_SIZE, VM_READ, space) == E_RANGE,
	    "mappings_of_another_space_do_not_overlap");
	/* The handle is looked for in that space, not here. */
	check(vm_map(frame_new(1), room(1), VM_READ, space_new()) ==
		  E_INVALID_CAP,
	    "own_handles_mean_nothing_in_another_space");
}

/* --- lent ----------------------------------------------------------------*/

/* Has memory that may be read, and tries to make more of it. */
int
role_mapper(int argc, char **argv)
{
	cap_t page = gbsd_cap("page"), out;
	bool good = true;
	void *at;

	(void)argc;
	(void)argv;
	for (unsigned p = 0; p <= ALL; p += VM_READ)
		if (p & ~(unsigned)VM_READ)
			good &= memory_map(page, p, &at) == E_NO_RIGHTS;
	good &= cap_range(page, RIGHT_READ, 0, 1, &out) == E_NO_RIGHTS &&
		port_allocate(page, &out) == E_NO_RIGHTS;
	return good ? CHILD_GOOD : CHILD_BAD;
}

static void
test_lent(void)
{
	struct child c;
	cap_t memory, lent;

	(void)page_new(&memory);
	must(cap_range(memory, RIGHT_READ, 0, 1, &lent), "lent");
	child_begin(&c, NULL);
	child_give(&c, "page", lent);
	child_role(&c, "mapper");
	check(child_says(&c, CHILD_GOOD), "lent_memory_is_no_more_than_lent");
	child_end(&c);
}

void
group_mapping(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	test_both();
	test_library();
	test_image();
	test_processor();
	test_outside();
	test_overlap();
	test_lent();
}
