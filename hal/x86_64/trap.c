/*
 * trap: what brought the processor back from user mode.
 *
 * entry.S has stored everything and jumps here; what these functions return
 * is what hal_run and hal_idle return.  An exception of a task is its fault,
 * one of the kernel is the end.
 */
#include "internal.h"

_Static_assert(offsetof(struct hal_context, r11) == CONTEXT_R11, "");
_Static_assert(offsetof(struct hal_context, vector) == CONTEXT_VECTOR, "");
_Static_assert(offsetof(struct hal_context, rip) == CONTEXT_RIP, "");
_Static_assert(offsetof(struct hal_context, rflags) == CONTEXT_RFLAGS, "");
_Static_assert(offsetof(struct hal_context, rsp) == CONTEXT_RSP, "");
_Static_assert(offsetof(struct hal_context, fpu) == CONTEXT_FPU, "");
_Static_assert(offsetof(struct hal_context, user_area) == CONTEXT_AREA, "");
_Static_assert(sizeof(struct hal_context) <= 1024, "the contract's limit");
_Static_assert(offsetof(struct cpu, context) == CPU_CONTEXT, "");
_Static_assert(offsetof(struct cpu, call_top) == CPU_CALL_TOP, "");
_Static_assert(offsetof(struct cpu, stack) == CPU_STACK, "");
_Static_assert(offsetof(struct cpu, user_rsp) == CPU_USER_RSP, "");
_Static_assert(offsetof(struct cpu, root) == CPU_ROOT, "");
_Static_assert(offsetof(struct cpu, tss.rsp) == CPU_RSP0, "");
_Static_assert(offsetof(struct hal_space, root) == 0, "");
_Static_assert(HAL_TRAP_CALL == 0, "entry.S");
_Static_assert(sizeof(struct hal_trap) == 16, "rax and rdx");
_Static_assert(VECTOR_INTERRUPT + HAL_INTERRUPTS <= VECTOR_TIMER, "");

enum { PAGE_FAULT = 14, PAGE_FAULT_WRITE = 2, PAGE_FAULT_FETCH = 16 };

/* Those that are not here are FAULT_ILLEGAL. */
static const uint8_t fault_kinds[20] = {
	[0] = FAULT_DIVIDE,
	[1] = FAULT_BREAKPOINT, /* a single step: the task set its flag */
	[3] = FAULT_BREAKPOINT,
	[PAGE_FAULT] = FAULT_READ,
	[16] = FAULT_DIVIDE, /* x87 and SSE, if the task unmasks them */
	[17] = FAULT_ALIGNMENT,
	[19] = FAULT_DIVIDE,
};

struct hal_trap
x86_trap_from_user(struct hal_context *context)
{
	uint64_t vector = context->vector;
	struct hal_trap trap = { HAL_TRAP_FAULT, FAULT_ILLEGAL, 0 };

	if (vector >= VECTOR_INTERRUPT)
		return x86_trap_interrupt((unsigned)vector);
	if (vector < sizeof(fault_kinds) && fault_kinds[vector] != 0)
		trap.number = fault_kinds[vector];
	if (vector == PAGE_FAULT) {
		trap.address = read_cr2();
		if (context->error & PAGE_FAULT_FETCH)
			trap.number = FAULT_FETCH;
		else if (context->error & PAGE_FAULT_WRITE)
			trap.number = FAULT_WRITE;
	}
	return trap;
}

static void
print_register(const char *name, uint64_t value)
{
	x86_console_text(name);
	x86_console_hex(value, 16);
}

/* Return addresses by the chain of frame pointers, if there is one: frames
 * are on the kernel's stack, each above the one before. */
static void
print_backtrace(uint64_t fp)
{
	uint64_t low = (uint64_t)x86_stack_guard + PAGE_SIZE;
	uint64_t high = low + KERNEL_STACK_SIZE - 2 * sizeof(uint64_t);

	x86_console_text("\ncalled from");
	for (int n = 0; n < 16 && fp >= low && fp <= high && fp % 8 == 0; n++) {
		const uint64_t *frame = (const uint64_t *)fp;

		print_register(" ", frame[1]);
		low = fp + 1;
		fp = frame[0];
	}
}

void
x86_trap_panic(const uint64_t *frame)
{
	static const char names[22][5] = { " rdi", " rsi", " rdx", " r10",
		"  r8", "  r9", " rax", " rbx", " rbp", " r12", " r13", " r14",
		" r15", " r11", " rcx", "trap", " err", " rip", "  cs", " flg",
		" rsp", "  ss" };

	x86_console_text("\ngbsd: trap in the kernel\n");
	for (int i = 0; i < 22; i++) {
		x86_console_text(names[i]);
		print_register(" ", frame[i]);
		if (i % 4 == 3)
			x86_console_text("\n");
	}
	print_register("\n cr2 ", read_cr2());
	print_backtrace(frame[8]);
	x86_console_text("\n");
	hal_halt(HAL_PANIC, STATUS_PANIC);
}

void
x86_panic(const char *text)
{
	x86_console_text("gbsd: panic: ");
	x86_console_text(text);
	x86_console_text("\n");
	hal_halt(HAL_PANIC, STATUS_PANIC);
}

void
__stack_chk_fail(void)
{
	x86_panic("the kernel wrote over its stack");
}
