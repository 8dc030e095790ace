/*
 * context: the registers of a task that does not run.
 *
 * A task leaves by a call, which may destroy rcx, r11 and the flags, or by a
 * signal of the host, which may destroy nothing; context->resume says which,
 * and every function here may turn the one into the other.
 */
#include "cpu.h"

#define AT(offset, member) \
	_Static_assert(    \
	    offsetof(struct hal_context, member) == (offset), #member)

AT(CONTEXT_RDI, arguments[0]);
AT(CONTEXT_RSI, arguments[1]);
AT(CONTEXT_RDX, arguments[2]);
AT(CONTEXT_R10, arguments[3]);
AT(CONTEXT_R8, arguments[4]);
AT(CONTEXT_R9, arguments[5]);
AT(CONTEXT_RAX, rax);
AT(CONTEXT_RBX, rbx);
AT(CONTEXT_RBP, rbp);
AT(CONTEXT_R12, r12);
AT(CONTEXT_R13, r13);
AT(CONTEXT_R14, r14);
AT(CONTEXT_R15, r15);
AT(CONTEXT_RSP, rsp);
AT(CONTEXT_RIP, rip);
AT(CONTEXT_RFLAGS, rflags);
AT(CONTEXT_RCX, rcx);
AT(CONTEXT_R11, r11);
AT(CONTEXT_RESUME, resume);
AT(CONTEXT_VECTORS, vectors);
AT(CONTEXT_MXCSR, mxcsr);
AT(CONTEXT_FCW, fcw);
AT(CONTEXT_USER_AREA, user_area);
AT(CONTEXT_XMM, xmm);
#undef AT
#define AT(offset, member) \
	_Static_assert(offsetof(struct host_cpu, member) == (offset), #member)
AT(CPU_RUNNING, running);
AT(CPU_CURRENT, current);
AT(CPU_KERNEL_STACK, kernel_stack);
AT(CPU_LOADED, loaded);
AT(CPU_DEADLINE, deadline);
AT(CPU_ARMED, armed);
AT(CPU_TARGET, target);
AT(CPU_PENDING, pending);
AT(CPU_WIDE, wide);
#undef AT

enum {
	SAVED_REGISTERS = 18, /* context's first words */
	RED_ZONE = 128,
	FLAGS_PLAIN = 0x202, /* interrupts on, all else off */
	/* What a task may set: carry, parity, adjust, zero, sign, direction,
	 * overflow.  Trace and alignment check would hit the kernel too. */
	FLAGS_USER = 0xCD5,
	MXCSR_RESET = 0x1F80,
	FCW_RESET = 0x37F,
};

_Static_assert(SAVED_REGISTERS <= (int)AREA_REGISTERS, "they fit");
_Static_assert(offsetof(struct hal_context, resume) == SAVED_REGISTERS * 8,
    "the registers come first");

void
hal_context_init(struct hal_context *context, vaddr_t entry, vaddr_t stack,
    uint64_t argument, struct area *area, vaddr_t user_area)
{
	/* The registers may be those of a task that was here before. */
	if (host_cpu.loaded == context)
		host_cpu.loaded = NULL;
	*context = (struct hal_context){
		.arguments = { argument },
		.rip = entry,
		/* As after a call, which is what compiled code expects. */
		.rsp = stack - 8,
		.resume = RESUME_CALL,
		.vectors = VECTORS_RESET,
		.mxcsr = MXCSR_RESET,
		.fcw = FCW_RESET,
		.area = area,
		.user_area = user_area,
	};
}

void
hal_context_result(struct hal_context *context, uint64_t result)
{
	context->rax = result;
	context->resume = RESUME_CALL;
}

void
hal_context_again(struct hal_context *context)
{
	context->resume = RESUME_AGAIN;
}

void
hal_context_enter(struct hal_context *context, vaddr_t entry, uint64_t bits)
{
	if (context->resume != RESUME_FULL) {
		context->rflags = FLAGS_PLAIN;
		context->rcx = context->r11 = 0;
	}
	if (context->resume == RESUME_AGAIN) {
		/* Back before the call: its return address, in the red zone
		 * now, is still there. */
		context->rip = (uintptr_t)host_gate_call;
		context->rsp -= 8;
		context->resume = RESUME_CALL;
	}
	const uint64_t *from = context->arguments;
	for (int i = 0; i < SAVED_REGISTERS; i++)
		context->area->registers[i] = from[i];
	context->upcall = true;

	context->arguments[0] = bits;
	context->rip = entry;
	context->rsp = ((context->rsp - RED_ZONE) & ~15ull) - 8;
	context->rflags = FLAGS_PLAIN;
}

bool
hal_context_leave(struct hal_context *context)
{
	if (!context->upcall)
		return false;
	uint64_t *to = context->arguments;
	for (int i = 0; i < SAVED_REGISTERS; i++)
		to[i] = context->area->registers[i];
	context->rflags = (context->rflags & FLAGS_USER) | FLAGS_PLAIN;
	context->resume = RESUME_FULL;
	context->upcall = false;
	vectors_widen(context);
	return true;
}

void
hal_context_where(const struct hal_context *context, uint64_t where[3])
{
	where[0] = context->rip;
	where[1] = context->rsp;
	where[2] = context->rbp;
}
