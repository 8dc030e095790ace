/* machine_hal: what of hal.h is no page table: mostly taking notes. */
#include "script.h"

#include <string.h>

#include "contract.h"
#include "invariants.h"

/* --- hal: starting, console, time --------------------------------------*/

const struct hal_boot *
hal_boot(void)
{
	return machine_boot();
}

struct hal_range
hal_boot_part(void)
{
	uint64_t pages = machine_ram_pages() - MACHINE_BOOT_PAGES;

	return (struct hal_range){ pages * PAGE_SIZE,
		MACHINE_BOOT_PAGES * PAGE_SIZE };
}

void
hal_boot_done(void)
{
	invariants_booted();
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
	machine_to_test(true);
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
	machine_to_test(false);
	return machine_next_trap;
}

struct hal_trap
hal_idle(void)
{
	machine.current = NULL;
	machine.space = NULL;
	machine_to_test(false);
	return machine_next_trap;
}

void
hal_context_init(struct hal_context *context, vaddr_t entry, vaddr_t stack,
    uint64_t argument, struct area *area, vaddr_t user_area)
{
	static uint64_t lives;

	*context = (struct hal_context){ .life = ++lives,
		.entry = entry,
		.stack = stack,
		.argument = argument,
		.area = area,
		.user_area = user_area };
	machine_register(context);
}

void
hal_context_result(struct hal_context *context, uint64_t result)
{
	context->result = result;
	context->has_result = true;
	context->again = false;
}

void
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
