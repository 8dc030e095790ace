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

#include "contract.h"
#include "invariants.h"

enum {
	KERNEL_STACK = 64 * 1024,
	CONTEXTS = 32768,
	YIELDS = 256,
};

struct machine machine;
bool machine_one_address_space;
uint8_t *machine_ram;

struct hal_trap machine_next_trap;

static uint64_t ram_pages;
static struct hal_boot boot;
static struct hal_context *contexts[CONTEXTS];
static unsigned context_count;

/* --- the two sides ---------------------------------------------------------*/

static uint8_t kernel_stack[KERNEL_STACK] __attribute__((aligned(64)));
static ucontext_t kernel_side, test_side;
static void *test_fake;
static const void *test_bottom;
static size_t test_size;

void
machine_to_test(bool last)
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

	if (machine_ram != NULL)
		__asan_unpoison_memory_region(
		    machine_ram, ram_pages * PAGE_SIZE);
	if (pages != ram_pages) {
		free(machine_ram);
		machine_ram = aligned_alloc(PAGE_SIZE, pages * PAGE_SIZE);
		memset(machine_ram, 0xA5, pages * PAGE_SIZE);
	}
	ram_pages = pages;
	machine = (struct machine){ .armed = UINT64_MAX, .input = "" };
	memset(machine.masked, true, sizeof machine.masked);
	machine_one_address_space = options->one_address_space;
	machine_space_start();
	context_count = 0;
	make_boot();
	make_init();
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

void
machine_register(struct hal_context *context)
{
	unsigned i = 0;

	while (i < context_count && contexts[i] != context)
		i++;
	CONTRACT(i < CONTEXTS);
	contexts[i] = context;
	if (i == context_count)
		context_count++;
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
	machine.pages_changed = 0;
	machine_next_trap = (struct hal_trap){ kind, number, address };
	to_kernel();
	invariants_trapped();
}

bool
machine_gone(const struct hal_context *task)
{
	return invariants_is_dead(task);
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
	machine.why = NULL;
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
			CALL(sched_yield, 0, YIELD);
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
