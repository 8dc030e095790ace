/*
 * host_signal: the host's signals become traps.
 *
 * The processor's thread takes SIGALRM (its timer), SIGUSR1 (a device) and
 * the signals of faults; no signal is ever masked on it, and all handlers run
 * on one alternate stack.  entry.S explains how the program counter tells a
 * handler what it has interrupted.  If that is a task, its registers are
 * copied out of the signal frame into its context, and the handler never
 * returns: host_abandon goes back to the kernel's stack, hal_run returns,
 * and the next signal uses the alternate stack from its top again.  The task
 * later goes on by entry.S like any other, without a host call.
 *
 * The alternate stack is why a task needs no room on its own for the host's
 * signal frame (3.4 KiB and more), and why a stack overflow can be reported.
 * It holds nested handlers only while the first of them has not decided: the
 * inner one sees that it interrupted a handler, notes its bit and returns,
 * and the outer one, which always ends in the kernel or goes back to it, has
 * its way.
 */
#define _GNU_SOURCE
#include "cpu.h"

#include <signal.h>
#include <string.h>
#include <sys/ucontext.h>

enum {
	SIGNAL_STACK = 64 * 1024, /* a frame has up to 12 KiB with AMX */
	/* linux/sigcontext.h, which glibc's headers do not agree with. */
	EXTENDED_MAGIC = 0x46505853,
	EXTENDED_OFFSET = 464,
	TRAP_DIVIDE = 0,
	TRAP_BREAKPOINT = 3,
	TRAP_ILLEGAL = 6,
	TRAP_PAGE = 14,
	TRAP_X87 = 16,
	TRAP_ALIGNMENT = 17,
	TRAP_SIMD = 19,
	PAGE_WRITE = 1 << 1,
	PAGE_FETCH = 1 << 4,
	FLAGS_KEPT = 0xCD5, /* not the trace flag, nor alignment check */
};

static uint8_t signal_stack[SIGNAL_STACK] __attribute__((aligned(64)));

static bool
within(uint64_t address, const void *begin, const void *end)
{
	return address >= (uintptr_t)begin && address < (uintptr_t)end;
}

enum interrupted { KERNEL, LEAVING, TASK };

static enum interrupted
interrupted(const ucontext_t *frame)
{
	uint64_t pc = (uint64_t)frame->uc_mcontext.gregs[REG_RIP];
	uint64_t sp = (uint64_t)frame->uc_mcontext.gregs[REG_RSP];

	if (within(sp, signal_stack, signal_stack + SIGNAL_STACK))
		return KERNEL;
	if (within(pc, host_leave_begin, host_leave_end))
		return LEAVING;
	if (!host_cpu.running || within(pc, host_enter_begin, host_enter_end))
		return KERNEL;
	return TASK;
}

static void
keep(struct hal_context *context, const ucontext_t *frame)
{
	const greg_t *from = frame->uc_mcontext.gregs;

	context->arguments[0] = (uint64_t)from[REG_RDI];
	context->arguments[1] = (uint64_t)from[REG_RSI];
	context->arguments[2] = (uint64_t)from[REG_RDX];
	context->arguments[3] = (uint64_t)from[REG_R10];
	context->arguments[4] = (uint64_t)from[REG_R8];
	context->arguments[5] = (uint64_t)from[REG_R9];
	context->rax = (uint64_t)from[REG_RAX];
	context->rbx = (uint64_t)from[REG_RBX];
	context->rbp = (uint64_t)from[REG_RBP];
	context->r12 = (uint64_t)from[REG_R12];
	context->r13 = (uint64_t)from[REG_R13];
	context->r14 = (uint64_t)from[REG_R14];
	context->r15 = (uint64_t)from[REG_R15];
	context->rsp = (uint64_t)from[REG_RSP];
	context->rip = (uint64_t)from[REG_RIP];
	context->rflags = (uint64_t)from[REG_EFL] & FLAGS_KEPT;
	context->rcx = (uint64_t)from[REG_RCX];
	context->r11 = (uint64_t)from[REG_R11];
	context->resume = RESUME_FULL;

	const uint8_t *vectors = (const void *)frame->uc_mcontext.fpregs;
	uint32_t magic;
	memcpy(&magic, vectors + EXTENDED_OFFSET, sizeof magic);
	vectors_keep(context, vectors, magic == EXTENDED_MAGIC);
}

/* The host enters a handler with the task's alignment check on, if it has
 * set that; the C library does not care for alignment. */
static inline void
clear_alignment_check(void)
{
	__asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "andl $~0x40000, (%%rsp)\n\t"
			 "popfq\n\t"
			 "leaq 128(%%rsp), %%rsp"
			 :
			 :
			 : "memory", "cc");
}

/* What the timer and devices send. */
static void
on_event(int signal, siginfo_t *info, void *frame)
{
	(void)info;
	clear_alignment_check();
	if (signal == SIGALRM)
		atomic_fetch_or(&host_cpu.pending, PENDING_TIMER);
	switch (interrupted(frame)) {
	case KERNEL:
		return;
	case TASK:
		keep(host_cpu.running, frame);
		break;
	case LEAVING:
		break; /* its registers are still in its context */
	}
	host_abandon();
}

static struct hal_trap
fault(const ucontext_t *frame)
{
	const greg_t *registers = frame->uc_mcontext.gregs;
	struct hal_trap trap = { .kind = HAL_TRAP_FAULT };

	switch (registers[REG_TRAPNO]) {
	case TRAP_PAGE:
		trap.number = registers[REG_ERR] & PAGE_FETCH	? FAULT_FETCH
			      : registers[REG_ERR] & PAGE_WRITE ? FAULT_WRITE
								: FAULT_READ;
		trap.address = (uint64_t)registers[REG_CR2];
		break;
	case TRAP_DIVIDE:
	case TRAP_X87:
	case TRAP_SIMD:
		trap.number = FAULT_DIVIDE;
		break;
	case TRAP_BREAKPOINT:
		trap.number = FAULT_BREAKPOINT;
		break;
	case TRAP_ALIGNMENT:
		trap.number = FAULT_ALIGNMENT;
		break;
	case TRAP_ILLEGAL:
	default: /* general protection: privileged, not canonical, ... */
		trap.number = FAULT_ILLEGAL;
		break;
	}
	return trap;
}

static void
on_fault(int signal, siginfo_t *info, void *frame)
{
	clear_alignment_check();
	/* Sent by a process: not a fault. */
	if (info->si_code <= 0)
		host_panic(signal, info, frame);

	struct hal_context *context = host_cpu.running;
	const ucontext_t *f = frame;
	uint64_t sp = (uint64_t)f->uc_mcontext.gregs[REG_RSP];
	bool nested = within(sp, signal_stack, signal_stack + SIGNAL_STACK);

	if (!context || nested)
		host_panic(signal, info, frame);
	host_cpu.fault = fault(frame);
	if (interrupted(frame) != LEAVING) {
		keep(context, frame);
	} else if (f->uc_mcontext.gregs[REG_TRAPNO] != TRAP_PAGE) {
		/* Else its stack is gone; this is a rip that is not canonical. */
		host_cpu.fault.number = FAULT_FETCH;
		host_cpu.fault.address = context->rip;
	}
	atomic_fetch_or(&host_cpu.pending, PENDING_FAULT);
	host_abandon();
}

void
host_signal_start(void)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL,
		SIGTRAP };
	stack_t stack = { .ss_sp = signal_stack, .ss_size = SIGNAL_STACK };
	struct sigaction action = { .sa_sigaction = on_event,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART };

	if (sigaltstack(&stack, NULL) != 0)
		host_fail("the host's signal frames are too large");
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	action.sa_sigaction = on_fault;
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		sigaction(faults[i], &action, NULL);
}
