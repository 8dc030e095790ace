/*
 * entry: into a task and out of it, without asking the host.
 *
 * hal_run leaves the kernel's callee-saved registers on the kernel's stack
 * and takes the task's from its context; the call gate does the opposite and
 * returns from hal_run.  A signal may come at any instruction, and signals
 * are never masked, so the handler decides by the program counter:
 *
 *   host_leave_begin to host_leave_end   hal_run has not finished going to
 *	the task.  The code only loads from the context (and stores to places
 *	that no one else reads), so the handler drops it and hal_run returns
 *	what is pending; the context is as it was.
 *   host_enter_begin to host_enter_end   the kernel is as good as running.
 *   elsewhere   the kernel runs if host_cpu.running is NULL, else a task.
 *
 * If the kernel runs, the handler leaves a bit in host_cpu.pending.  No such
 * bit is overlooked: the first instruction in the leave range tests pending,
 * a signal before it is seen by it, a signal after it finds the range (and
 * does not go back), and a signal after the range finds the task.
 *
 * A fault of one of these instructions is the task's if running is set: only
 * what a task left in rsp or in its saved rip can make them fault.
 */
#include "layout.h"

#define CPU(field) %fs:host_cpu@tpoff + CPU_##field
#define FUNCTION(name)      \
	.globl	name;       \
	.hidden	name;       \
	.type	name, @function; \
	.balign	32;         \
name:

/* All but rax and those that say where to go. */
#define LOAD_GENERAL                     \
	movq	CONTEXT_RSI(%rdi), %rsi; \
	movq	CONTEXT_RDX(%rdi), %rdx; \
	movq	CONTEXT_R10(%rdi), %r10; \
	movq	CONTEXT_R8(%rdi), %r8;   \
	movq	CONTEXT_R9(%rdi), %r9;   \
	movq	CONTEXT_RBX(%rdi), %rbx; \
	movq	CONTEXT_RBP(%rdi), %rbp; \
	movq	CONTEXT_R12(%rdi), %r12; \
	movq	CONTEXT_R13(%rdi), %r13; \
	movq	CONTEXT_R14(%rdi), %r14; \
	movq	CONTEXT_R15(%rdi), %r15

	.text

/* From hal_run: context in rdi, where to go back to in rax.  The trap's first
 * word is then in rax, its address in rdx. */
FUNCTION(host_run)
	pushq	%rax
	pushq	%rbp
	movq	%rsp, CPU(KERNEL_STACK)
	movq	%rdi, CPU(CURRENT)
	movq	CPU(DEADLINE), %rax
	cmpq	CPU(ARMED), %rax
	jb	prepare
	cmpl	$RESUME_CALL, CONTEXT_RESUME(%rdi)
	jne	prepare
	cmpq	%rdi, CPU(LOADED)
	jne	load

	.globl	host_leave_begin, host_leave_end
	.hidden	host_leave_begin, host_leave_end
host_leave_begin:
	cmpl	$0, CPU(PENDING)
	jne	stop
	movq	%rdi, CPU(RUNNING)
	LOAD_GENERAL
	movq	CONTEXT_RAX(%rdi), %rax
	movq	CONTEXT_RSP(%rdi), %rsp
	pushq	CONTEXT_RIP(%rdi)
	movq	CONTEXT_RDI(%rdi), %rdi
	ret

/* Another task than the one whose call was the last: by a jump. */
other:
	cmpl	$0, CPU(PENDING)
	jne	stop
	movq	%rdi, CPU(RUNNING)
	LOAD_GENERAL
	movq	CONTEXT_RAX(%rdi), %rax
	movq	CONTEXT_RSP(%rdi), %rsp
	movq	CONTEXT_RIP(%rdi), %rcx
	movq	CONTEXT_RDI(%rdi), %rdi
	jmp	*%rcx

full:
	cmpl	$0, CPU(PENDING)
	jne	stop
	movq	%rdi, CPU(RUNNING)
	movq	CONTEXT_RIP(%rdi), %rax
	movq	%rax, CPU(TARGET)
	pushq	CONTEXT_RFLAGS(%rdi)
	popfq
	LOAD_GENERAL
	movq	CONTEXT_RAX(%rdi), %rax
	movq	CONTEXT_RCX(%rdi), %rcx
	movq	CONTEXT_R11(%rdi), %r11
	movq	CONTEXT_RSP(%rdi), %rsp
	movq	CONTEXT_RDI(%rdi), %rdi
	jmp	*CPU(TARGET)
host_leave_end:

/* Another task had the processor: the registers that a call keeps. */
load:
	cmpl	$VECTORS_XMM, CONTEXT_VECTORS(%rdi)
	jne	prepare
	cmpl	$0, CPU(WIDE)
	je	1f
	/* Or the upper halves of another task slow this one down. */
	vzeroupper
1:	movups	CONTEXT_XMM + 0(%rdi), %xmm0
	movups	CONTEXT_XMM + 16(%rdi), %xmm1
	movups	CONTEXT_XMM + 32(%rdi), %xmm2
	movups	CONTEXT_XMM + 48(%rdi), %xmm3
	movups	CONTEXT_XMM + 64(%rdi), %xmm4
	movups	CONTEXT_XMM + 80(%rdi), %xmm5
	movups	CONTEXT_XMM + 96(%rdi), %xmm6
	movups	CONTEXT_XMM + 112(%rdi), %xmm7
	movups	CONTEXT_XMM + 128(%rdi), %xmm8
	movups	CONTEXT_XMM + 144(%rdi), %xmm9
	movups	CONTEXT_XMM + 160(%rdi), %xmm10
	movups	CONTEXT_XMM + 176(%rdi), %xmm11
	movups	CONTEXT_XMM + 192(%rdi), %xmm12
	movups	CONTEXT_XMM + 208(%rdi), %xmm13
	movups	CONTEXT_XMM + 224(%rdi), %xmm14
	movups	CONTEXT_XMM + 240(%rdi), %xmm15
	ldmxcsr	CONTEXT_MXCSR(%rdi)
	emms
	fldcw	CONTEXT_FCW(%rdi)
	movq	%rdi, CPU(LOADED)
	jmp	other

/* The seldom cases: a timer to set, other vectors, another way to resume. */
prepare:
	movq	%rdi, %rbx
	andq	$-16, %rsp
	call	host_prepare
	movq	CPU(KERNEL_STACK), %rsp
	movq	%rbx, %rdi
	cmpl	$RESUME_CALL, CONTEXT_RESUME(%rdi)
	je	other
	cmpl	$RESUME_FULL, CONTEXT_RESUME(%rdi)
	je	full
	/* The same call again. */
	cmpl	$0, CPU(PENDING)
	jne	stop
	movl	$RESUME_CALL, CONTEXT_RESUME(%rdi)
	movq	CONTEXT_RAX(%rdi), %rax
	jmp	report

	.globl	host_enter_begin, host_enter_end
	.hidden	host_enter_begin, host_enter_end
host_enter_begin:

/* The gate: number in rax, arguments in rdi rsi rdx r10 r8 r9; only rcx and
 * r11 are free.  The first instruction is still the task's to fault in. */
FUNCTION(host_gate_call)
	movq	(%rsp), %rcx
	movq	CPU(RUNNING), %r11
	movq	$0, CPU(RUNNING)
	movq	%rcx, CONTEXT_RIP(%r11)
	leaq	8(%rsp), %rcx
	movq	%rcx, CONTEXT_RSP(%r11)
	movq	%rdi, CONTEXT_RDI(%r11)
	movq	%rsi, CONTEXT_RSI(%r11)
	movq	%rdx, CONTEXT_RDX(%r11)
	movq	%r10, CONTEXT_R10(%r11)
	movq	%r8, CONTEXT_R8(%r11)
	movq	%r9, CONTEXT_R9(%r11)
	movq	%rax, CONTEXT_RAX(%r11)
	movq	%rbx, CONTEXT_RBX(%r11)
	movq	%rbp, CONTEXT_RBP(%r11)
	movq	%r12, CONTEXT_R12(%r11)
	movq	%r13, CONTEXT_R13(%r11)
	movq	%r14, CONTEXT_R14(%r11)
	movq	%r15, CONTEXT_R15(%r11)
	movups	%xmm0, CONTEXT_XMM + 0(%r11)
	movups	%xmm1, CONTEXT_XMM + 16(%r11)
	movups	%xmm2, CONTEXT_XMM + 32(%r11)
	movups	%xmm3, CONTEXT_XMM + 48(%r11)
	movups	%xmm4, CONTEXT_XMM + 64(%r11)
	movups	%xmm5, CONTEXT_XMM + 80(%r11)
	movups	%xmm6, CONTEXT_XMM + 96(%r11)
	movups	%xmm7, CONTEXT_XMM + 112(%r11)
	movups	%xmm8, CONTEXT_XMM + 128(%r11)
	movups	%xmm9, CONTEXT_XMM + 144(%r11)
	movups	%xmm10, CONTEXT_XMM + 160(%r11)
	movups	%xmm11, CONTEXT_XMM + 176(%r11)
	movups	%xmm12, CONTEXT_XMM + 192(%r11)
	movups	%xmm13, CONTEXT_XMM + 208(%r11)
	movups	%xmm14, CONTEXT_XMM + 224(%r11)
	movups	%xmm15, CONTEXT_XMM + 240(%r11)
	stmxcsr	CONTEXT_MXCSR(%r11)
	fnstcw	CONTEXT_FCW(%r11)
	/* resume and vectors, side by side */
	movq	$RESUME_CALL, CONTEXT_RESUME(%r11)
	movq	CPU(KERNEL_STACK), %rsp
	/* Compiled code relies on it, and a task may have set it. */
	cld

/* Returns from hal_run the call numbered rax. */
report:
	movq	%rax, %rcx
	shrq	$32, %rcx
	jnz	2f
1:	shlq	$32, %rax
	xorl	%edx, %edx
	popq	%rbp
	popq	%rcx
	jmp	*%rcx
2:	movl	$-1, %eax	/* too large is no call, not a smaller one */
	jmp	1b

/* host_abandon: a handler found something to report. */
FUNCTION(host_abandon)
	movq	$0, CPU(LOADED)	/* the host has reset the vector registers */
stop:
	movq	$0, CPU(RUNNING)
	movq	CPU(KERNEL_STACK), %rsp
	andq	$-16, %rsp
	call	pending_take
	movq	CPU(KERNEL_STACK), %rsp
	movq	CPU(CURRENT), %rdi
	cmpl	$TRAP_NONE, %eax
	je	prepare
	popq	%rbp
	popq	%rcx
	jmp	*%rcx
host_enter_end:

/* struct area *host_gate_self(void), in the task's own time. */
FUNCTION(host_gate_self)
	movq	CPU(RUNNING), %rax
	movq	CONTEXT_USER_AREA(%rax), %rax
	ret

	.section .note.GNU-stack, "", @progbits
