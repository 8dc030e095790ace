/*
 * context: the registers of a task, while it does not run.
 *
 * What a task may choose of its own state is made harmless here, on the way
 * in: a program counter outside the canonical addresses would fault in the
 * kernel's iret, and of the flags only those that compute are the task's.
 */
#include "internal.h"

enum {
	FLAGS_FIXED = 0x202, /* interrupts on */
	FLAGS_USER = 0x240dd5, /* arithmetic, direction, trap, AC, ID */
	RED_ZONE = 128,
	SAVED_WORDS = CONTEXT_FPU / 8,
};
_Static_assert((int)SAVED_WORDS <= (int)AREA_REGISTERS, "they fit");

static uint64_t
canonical(uint64_t address)
{
	return (uint64_t)((int64_t)(address << 16) >> 16);
}

/* As if entry(argument) had been called with its stack at stack. */
static void
call_into(struct hal_context *context, vaddr_t entry, vaddr_t stack,
    uint64_t argument)
{
	context->rip = canonical(entry);
	context->rsp = (stack & -16ull) - 8;
	context->arguments[0] = argument;
	context->rflags = FLAGS_FIXED;
	context->vector = 0;
}

void
hal_context_init(struct hal_context *context, vaddr_t entry, vaddr_t stack,
    uint64_t argument, struct area *area, vaddr_t user_area)
{
	struct cpu *cpu = this_cpu();

	/* Its registers may still be those of another task that was here. */
	if (cpu->context == context)
		cpu->context = NULL;
	zero_words(context, sizeof(*context) / 8);
	context->cs = USER_CODE;
	context->ss = USER_DATA;
	context->fpu[0] = 0x7f; /* fcw 0x037f, as finit leaves it */
	context->fpu[1] = 0x03;
	context->fpu[24] = 0x80; /* mxcsr 0x1f80: nothing traps */
	context->fpu[25] = 0x1f;
	context->user_area = canonical(user_area);
	context->area = area;
	call_into(context, entry, stack, argument);
}
_Static_assert(sizeof(struct hal_context) % 8 == 0, "zero_words");

void
hal_context_result(struct hal_context *context, uint64_t result)
{
	context->rax = result;
}

void
hal_context_again(struct hal_context *context)
{
	context->rip -= 2; /* syscall; rax still holds the number */
}

void
hal_context_enter(struct hal_context *context, vaddr_t entry, uint64_t bits)
{
	copy_words(context->area->registers, context, SAVED_WORDS);
	call_into(context, entry, context->rsp - RED_ZONE, bits);
	context->in_upcall = true;
}

bool
hal_context_leave(struct hal_context *context)
{
	if (!context->in_upcall)
		return false;
	context->in_upcall = false;
	copy_words(context, context->area->registers, SAVED_WORDS);
	context->rip = canonical(context->rip);
	context->rflags = (context->rflags & FLAGS_USER) | FLAGS_FIXED;
	context->cs = USER_CODE;
	context->ss = USER_DATA;
	context->vector = 0; /* by iret: rcx and r11 matter */
	return true;
}

void
hal_context_where(const struct hal_context *context, uint64_t where[3])
{
	where[0] = context->rip;
	where[1] = context->rsp;
	where[2] = context->rbp;
}
