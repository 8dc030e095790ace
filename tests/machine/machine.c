/* machine: hal.h in ordinary memory, and the script that plays it. */
#include "script.h"

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <gbsd/flat.h>

#include "invariants.h"

enum {
	KERNEL_STACK = 64 * 1024,
	CONTEXTS = 32768,
	ENTRIES = 512,
	YIELDS = 256,
	PROTECTION = VM_READ | VM_WRITE | VM_EXECUTE,
	ENTRY_DEVICE = 1,
	ENTRY_PRESENT = 2,
};

/* What the contract forbids the kernel to do. */
#define CONTRACT(condition)                                                    \
	((condition) ? (void)0                                                 \
		     : (fprintf(stderr, "%s:%d: hal contract: %s\n", __FILE__, \
			    __LINE__, #condition),                             \
			   abort()))

struct machine machine;
bool machine_one_address_space;
uint8_t *machine_ram;

static uint64_t ram_pages;
static struct hal_boot boot;
static struct hal_context *contexts[CONTEXTS];
static unsigned context_count;
static uint64_t lives;
static struct hal_trap next_trap;

/* --- the two sides ---------------------------------------------------------*/

static uint8_t kernel_stack[KERNEL_STACK] __attribute__((aligned(64)));
static ucontext_t kernel_side, test_side;
static void *test_fake;
static const void *test_bottom;
static size_t test_size;

static void
to_test(bool last)
{
	void *fake = NULL;

	__sanitizer_start_switch_fiber(
	    last ? NULL : &fake, test_bottom, test_size);
	swapcontext(&kernel_side, &test_side);
	__sanitizer_finish_switch_fiber(fake, &test_bottom, &test_size);
}

static void
to_kernel(void)
{
	__sanitizer_start_switch_fiber(
	    &test_fake, kernel_stack, sizeof kernel_stack);
	swapcontext(&test_side, &kernel_side);
	__sanitizer_finish_switch_fiber(test_fake, NULL, NULL);
}

static void
kernel_begin(void)
{
	__sanitizer_finish_switch_fiber(NULL, &test_bottom, &test_size);
	kernel_main();
}

static void
make_init(void)
{
	struct flat_header *h = machine_archive();
	uint64_t *data = (uint64_t *)h + 2 * PAGE_SIZE / 8;

	memcpy(h->magic, FLAT_MAGIC, sizeof h->magic);
	h->version = FLAT_VERSION;
	h->text_pages = 1;
	h->data_pages = 1;
	h->bss_pages = 1;
	h->entry = 64;
	for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
		data[i] = i + 1;
}

static void
make_boot(void)
{
	uint64_t first = 1 + MACHINE_ARCHIVE_PAGES;
	uint64_t last = ram_pages - MACHINE_BOOT_PAGES;
	uint64_t middle = first + (last - first) / 2;

	boot = (struct hal_boot){
		.range_count = 3,
		.ranges = { { first * PAGE_SIZE, (middle - first) * PAGE_SIZE },
		    { middle * PAGE_SIZE, 0 },
		    { middle * PAGE_SIZE, (last - middle) * PAGE_SIZE } },
		.archive = { PAGE_SIZE, MACHINE_ARCHIVE_PAGES * PAGE_SIZE },
		.archive_bytes = MACHINE_ARCHIVE_PAGES * PAGE_SIZE - 100,
		.processors = 1,
		.console_interrupt = 3,
		.random = "not random",
		.command_line = "key=value",
	};
}

void
machine_start(const struct machine_options *options)
{
	struct machine_options none = { 0 };

	if (options == NULL)
		options = &none;

	uint64_t pages = options->pages != 0 ? options->pages : MACHINE_PAGES;

	if (pages != ram_pages) {
		if (machine_ram != NULL)
			__asan_unpoison_memory_region(
			    machine_ram, ram_pages * PAGE_SIZE);
		free(machine_ram);
		machine_ram = aligned_alloc(PAGE_SIZE, pages * PAGE_SIZE);
		memset(machine_ram, 0xA5, pages * PAGE_SIZE);
	}
	ram_pages = pages;
	__asan_unpoison_memory_region(machine_ram, pages * PAGE_SIZE);
	machine = (struct machine){ .armed = UINT64_MAX, .input = "" };
	memset(machine.masked, true, sizeof machine.masked);
	machine_one_address_space = options->one_address_space;
	context_count = 0;
	make_boot();
	make_init();
	__asan_poison_memory_region(machine_ram, PAGE_SIZE);
	if (options->boot != NULL)
		boot = *options->boot;
	invariants_reset();
	__asan_unpoison_memory_region(kernel_stack, sizeof kernel_stack);
	getcontext(&kernel_side);
	kernel_side.uc_stack.ss_sp = kernel_stack;
	kernel_side.uc_stack.ss_size = sizeof kernel_stack;
	kernel_side.uc_link = NULL;
	makecontext(&kernel_side, kernel_begin, 0);
	to_kernel();
}

void *
machine_archive(void)
{
	return machine_ram + PAGE_SIZE;
}

struct hal_boot *
machine_boot(void)
{
	return &boot;
}

uint64_t
machine_ram_pages(void)
{
	return ram_pages;
}

/* --- playing ---------------------------------------------------------------*/

void
machine_trap(enum hal_trap_kind kind, uint32_t number, uint64_t address)
{
	CONTRACT(!machine.halted);
	machine.traps++;
	next_trap = (struct hal_trap){ kind, number, address };
	to_kernel();
}

bool
machine_gone(const struct hal_context *task)
{
	return __asan_address_is_poisoned(task);
}

uint64_t
machine_result(struct hal_context *task)
{
	if (machine_gone(task))
		return CALL_GONE;
	if (task->again)
		return CALL_HELD;
	return task->has_result ? task->result : CALL_BLOCKED;
}

static uint64_t
make_call(struct hal_context *task)
{
	task->again = false;
	task->has_result = false;
	machine_trap(HAL_TRAP_CALL, task->number, 0);
	return machine.halted ? CALL_GONE : machine_result(task);
}

/* Whoever is current and has to repeat its call does so. */
static void
repeat(void)
{
	while (!machine.hold_again && !machine.halted &&
	       machine.current != NULL && machine.current->again &&
	       !machine.current->upcall) {
		machine.repeats++;
		make_call(machine.current);
	}
}

uint64_t
machine_call(enum call_number number, uint64_t a0, uint64_t a1, uint64_t a2,
    uint64_t a3, uint64_t a4, uint64_t a5)
{
	struct hal_context *task = machine.current;

	CONTRACT(task != NULL);
	memcpy(task->arguments, (uint64_t[]){ a0, a1, a2, a3, a4, a5 },
	    sizeof task->arguments);
	task->number = number;
	make_call(task);
	repeat();
	return machine.halted ? CALL_GONE : machine_result(task);
}

uint64_t
machine_again(void)
{
	CONTRACT(machine.current->again);
	machine.repeats++;
	return make_call(machine.current);
}

struct hal_context *
machine_each(unsigned *index)
{
	while (*index < context_count) {
		struct hal_context *context = contexts[(*index)++];

		if (!machine_gone(context))
			return context;
	}
	return NULL;
}

struct hal_context *
machine_task(uint64_t argument)
{
	for (unsigned i = 0; i < context_count; i++)
		if (!machine_gone(contexts[i]) &&
		    contexts[i]->argument == argument)
			return contexts[i];
	return NULL;
}

bool
machine_become(struct hal_context *task)
{
	for (unsigned i = 0; i < YIELDS; i++) {
		if (machine.current == task)
			return true;
		if (machine.current == NULL)
			machine_trap(HAL_TRAP_KICK, 0, 0);
		else
			CALL(sched_yield, YIELD);
		repeat();
	}
	return false;
}

void
machine_tick(void)
{
	CONTRACT(machine.armed != UINT64_MAX);
	if (machine.now < machine.armed)
		machine.now = machine.armed;
	machine_trap(HAL_TRAP_TIMER, 0, 0);
	repeat();
}

/* --- hal: starting, console, time --------------------------------------*/

const struct hal_boot *
hal_boot(void)
{
	return &boot;
}

struct hal_range
hal_boot_done(void)
{
	return (struct hal_range){ (ram_pages - MACHINE_BOOT_PAGES) * PAGE_SIZE,
		MACHINE_BOOT_PAGES * PAGE_SIZE };
}

void
hal_console_put(unsigned stream, const void *bytes, size_t n)
{
	CONTRACT(stream <= STREAM_ERROR && stream != STREAM_INPUT);

	size_t *length = &machine.output_length[stream];

	if (n > MACHINE_OUTPUT - *length)
		n = MACHINE_OUTPUT - *length;
	memcpy(machine.output[stream] + *length, bytes, n);
	*length += n;
}

int
hal_console_get(void)
{
	if (*machine.input != '\0')
		return (uint8_t)*machine.input++;
	return machine.input_ended ? -2 : -1;
}

_Noreturn void
hal_halt(enum hal_halt how, int status)
{
	machine.halted = true;
	machine.how = how;
	machine.status = status;
	machine.current = NULL;
	to_test(true);
	abort();
}

unsigned
hal_cpu(void)
{
	return 0;
}

void
hal_cpu_start(unsigned cpu, void (*entry)(unsigned cpu))
{
	(void)cpu;
	(void)entry;
}

void
hal_cpu_kick(unsigned cpu)
{
	(void)cpu;
}

uint64_t
hal_now(void)
{
	return machine.now;
}

void
hal_timer_arm(uint64_t deadline)
{
	machine.armed = deadline;
}

/* --- hal: running --------------------------------------------------------*/

struct hal_trap
hal_run(struct hal_context *context, struct hal_space *space)
{
	CONTRACT(context != NULL && space->root != 0);
	machine.current = context;
	machine.space = space;
	to_test(false);
	return next_trap;
}

struct hal_trap
hal_idle(void)
{
	machine.current = NULL;
	machine.space = NULL;
	to_test(false);
	return next_trap;
}

void
hal_context_init(struct hal_context *context, vaddr_t entry, vaddr_t stack,
    uint64_t argument, struct area *area, vaddr_t user_area)
{
	unsigned i = 0;

	*context = (struct hal_context){ .life = ++lives,
		.entry = entry,
		.stack = stack,
		.argument = argument,
		.area = area,
		.user_area = user_area };
	while (i < context_count && contexts[i] != context)
		i++;
	if (i == CONTEXTS)
		abort();
	contexts[i] = context;
	if (i == context_count)
		context_count++;
}

/* A task that killed itself is free memory when its result is set: that is
 * allowed, and seen by no one. */
__attribute__((no_sanitize("address"))) void
hal_context_result(struct hal_context *context, uint64_t result)
{
	context->result = result;
	context->has_result = true;
	context->again = false;
}

__attribute__((no_sanitize("address"))) void
hal_context_again(struct hal_context *context)
{
	context->again = true;
}

void
hal_context_enter(struct hal_context *context, vaddr_t entry, uint64_t bits)
{
	/* A task that unmasks itself in an upcall harms only itself. */
	context->upcall = true;
	context->bits = bits;
	context->upcall_entry = entry;
	context->saved_result = context->result;
	context->saved_has_result = context->has_result;
	context->saved_again = context->again;
}

bool
hal_context_leave(struct hal_context *context)
{
	if (!context->upcall)
		return false;
	context->upcall = false;
	context->result = context->saved_result;
	context->has_result = context->saved_has_result;
	context->again = context->saved_again;
	return true;
}

void
hal_context_where(const struct hal_context *context, uint64_t where[3])
{
	where[0] = context->entry + 4;
	where[1] = context->stack - 8;
	where[2] = context->stack - 16;
}

/* --- hal: spaces -----------------------------------------------------------*/

static uint64_t *
table(uint64_t entry)
{
	return (uint64_t *)(machine_ram + (entry & -(uint64_t)PAGE_SIZE));
}

static paddr_t
spare_pop(struct hal_space *space)
{
	paddr_t page = space->spare;

	if (page != 0) {
		space->spare = *table(page);
		memset(table(page), 0, PAGE_SIZE);
	}
	return page;
}

enum hal_map_result
hal_space_init(struct hal_space *space)
{
	if (machine.refuse_space)
		return HAL_REFUSED;
	if (space->spare == 0)
		return HAL_WANTS_PAGE;
	space->root = spare_pop(space);
	return HAL_MAPPED;
}

void
hal_space_give(struct hal_space *space, paddr_t page)
{
	CONTRACT(page != 0 && page % PAGE_SIZE == 0);
	*table(page) = space->spare;
	space->spare = page;
}

paddr_t
hal_space_take(struct hal_space *space)
{
	if (space->spare != 0)
		return spare_pop(space);

	uint64_t *entry = &space->root;

	for (unsigned level = 0; level < 2 && *entry != 0; level++) {
		uint64_t *t = table(*entry);
		unsigned i = 0;

		while (i < ENTRIES && t[i] == 0)
			i++;
		if (i == ENTRIES)
			break;
		entry = &t[i];
		if (level == 1) /* the lowest: all of it was unmapped */
			for (unsigned k = 0; k < ENTRIES; k++)
				CONTRACT(table(*entry)[k] == 0);
	}

	paddr_t page = *entry & -(uint64_t)PAGE_SIZE;

	*entry = 0;
	return page;
}

/* The entry for address, with tables made of spare pages if make. */
static uint64_t *
entry_of(struct hal_space *space, vaddr_t address, bool make)
{
	uint64_t *entry = &space->root;

	for (int shift = 30; shift >= 12; shift -= 9) {
		if (*entry == 0) {
			if (!make || space->spare == 0)
				return NULL;
			*entry = spare_pop(space) | ENTRY_PRESENT;
		}
		entry = table(*entry) + (address >> shift) % ENTRIES;
	}
	return entry;
}

enum hal_map_result
hal_space_map(struct hal_space *space, vaddr_t address, paddr_t page,
    size_t count, unsigned protection, bool device)
{
	CONTRACT(address % PAGE_SIZE == 0 && page % PAGE_SIZE == 0);
	CONTRACT(address >= HAL_USER_LOW && count > 0 &&
		 count <= (HAL_USER_HIGH - address) / PAGE_SIZE);
	CONTRACT((protection & ~(unsigned)PROTECTION) == 0);
	CONTRACT(!(protection & VM_WRITE) || !(protection & VM_EXECUTE));
	CONTRACT(device || page / PAGE_SIZE + count <= ram_pages);
	if (machine.maps_until_refused != 0 &&
	    --machine.maps_until_refused == 0)
		return HAL_REFUSED;
	for (size_t i = 0; i < count; i++) {
		uint64_t *entry =
		    entry_of(space, address + i * PAGE_SIZE, true);

		if (entry == NULL)
			return HAL_WANTS_PAGE;
		*entry = (page + i * PAGE_SIZE) | protection | ENTRY_PRESENT |
			 (device ? ENTRY_DEVICE : 0);
	}
	return HAL_MAPPED;
}

void
hal_space_unmap(struct hal_space *space, vaddr_t address, size_t count)
{
	CONTRACT(address >= HAL_USER_LOW &&
		 count <= (HAL_USER_HIGH - address) / PAGE_SIZE);
	for (size_t i = 0; i < count; i++) {
		uint64_t *entry =
		    entry_of(space, address + i * PAGE_SIZE, false);

		if (entry != NULL)
			*entry = 0;
	}
}

uint64_t
machine_shows(const struct hal_space *space, vaddr_t address)
{
	uint64_t *entry = entry_of((struct hal_space *)space, address, false);

	return entry == NULL ? 0 : *entry & ~(uint64_t)ENTRY_PRESENT;
}

uint64_t
machine_walk(const struct hal_space *space,
    void (*seen)(void *, vaddr_t, uint64_t), void *context)
{
	uint64_t pages = 0;

	for (paddr_t p = space->spare; p != 0; p = *table(p))
		pages++;
	if (space->root == 0)
		return pages;
	pages++;
	for (unsigned i = 0; i < ENTRIES; i++) {
		uint64_t *mid = table(table(space->root)[i]);

		if (table(space->root)[i] == 0)
			continue;
		pages++;
		for (unsigned k = 0; k < ENTRIES; k++) {
			if (mid[k] == 0)
				continue;
			pages++;
			for (unsigned n = 0; n < ENTRIES; n++)
				if (table(mid[k])[n] != 0)
					seen(context,
					    ((uint64_t)i * ENTRIES * ENTRIES +
						k * ENTRIES + n) *
						PAGE_SIZE,
					    table(mid[k])[n]);
		}
	}
	return pages;
}

/* --- hal: interrupts -------------------------------------------------------*/

void
hal_mask(unsigned interrupt)
{
	machine.masked[interrupt] = true;
}

void
hal_unmask(unsigned interrupt)
{
	machine.masked[interrupt] = false;
}
