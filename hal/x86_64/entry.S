/*
 * entry: into user mode and back.
 *
 * hal_run leaves the kernel's six registers on its stack, loads the task's
 * and goes.  Every way back stores the task's registers in its context, takes
 * the kernel's from the stack again, and returns from hal_run: a call right
 * here, the rest by way of C that says what it was.
 *
 * The processor's stack pointer for ring 0 is the end of the context's
 * registers, so traps push into the context; it changes only when another
 * context is loaded.  Interrupts are on in user mode and in hal_idle, nowhere
 * else; a trap from any other place in the kernel is a panic.
 *
 * After a call, rip came from the processor, and the last page below the
 * canonical hole is never mapped, so sysret cannot fault.  Whoever else sets
 * rip makes it canonical and goes by iret.
 */
#include <offsets.h>

	.text
	.global hal_run, hal_idle, x86_entry_call, x86_entry_stubs

hal_run: /* rdi: context, rsi: space */
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %gs:CPU_STACK
	mov	(%rsi), %rax
	cmp	%rax, %gs:CPU_ROOT
	jne	switch_space
1:	cmp	%rdi, %gs:CPU_CONTEXT
	jne	switch_context
2:	mov	%rdi, %rsp
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%r10
	pop	%r8
	pop	%r9
	pop	%rax
	pop	%rbx
	pop	%rbp
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	cmpl	$CONTEXT_CALL, CONTEXT_VECTOR - CONTEXT_R11(%rsp)
	jne	3f
	mov	CONTEXT_RIP - CONTEXT_R11(%rsp), %rcx
	mov	CONTEXT_RFLAGS - CONTEXT_R11(%rsp), %r11
	mov	CONTEXT_RSP - CONTEXT_R11(%rsp), %rsp
	swapgs
	sysretq
3:	pop	%r11
	pop	%rcx
	add	$16, %rsp
	swapgs
	iretq

switch_space:
	mov	%rax, %gs:CPU_ROOT
	mov	%rax, %cr3
	jmp	1b

	/* The selectors too, or two tasks could talk by what they leave in
	 * them; the null selector takes the base along on some processors,
	 * so fs comes before its base and gs while it is the user's. */
switch_context:
	mov	%rdi, %gs:CPU_CONTEXT
	lea	CONTEXT_R11(%rdi), %rax
	mov	%rax, %gs:CPU_CALL_TOP
	lea	CONTEXT_FPU(%rdi), %rax
	mov	%rax, %gs:CPU_RSP0
	fxrstor64 CONTEXT_FPU(%rdi)
	xor	%eax, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	swapgs
	mov	%eax, %gs
	swapgs
	mov	CONTEXT_AREA(%rdi), %eax
	mov	CONTEXT_AREA + 4(%rdi), %edx
	mov	$MSR_FS_BASE, %ecx
	wrmsr
	jmp	2b

	.balign 16
x86_entry_call:
	swapgs
	mov	%rsp, %gs:CPU_USER_RSP
	mov	%gs:CPU_CALL_TOP, %rsp
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%rbp
	push	%rbx
	push	%rax
	push	%r9
	push	%r8
	push	%r10
	push	%rdx
	push	%rsi
	push	%rdi
	mov	%rcx, CONTEXT_RIP(%rsp)
	mov	%gs:CPU_USER_RSP, %rcx
	mov	%r11, CONTEXT_RFLAGS(%rsp)
	mov	%rcx, CONTEXT_RSP(%rsp)
	movl	$CONTEXT_CALL, CONTEXT_VECTOR(%rsp)
	fxsave64 CONTEXT_FPU(%rsp)
	shl	$32, %rax /* struct hal_trap: HAL_TRAP_CALL is 0 */
	mov	%gs:CPU_STACK, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret

hal_idle:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %gs:CPU_STACK
1:	sti
	hlt /* no interrupt fits between the two */
	jmp	1b

trap_without_error:
	push	(%rsp)
trap: /* vector, error, rip, cs, rflags, rsp, ss */
	testb	$3, 24(%rsp)
	jz	trap_in_kernel
	swapgs
	push	%rcx
	push	%r11
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%rbp
	push	%rbx
	push	%rax
	push	%r9
	push	%r8
	push	%r10
	push	%rdx
	push	%rsi
	push	%rdi
	mov	%rsp, %rdi
	fxsave64 CONTEXT_FPU(%rdi)
	mov	%gs:CPU_STACK, %rsp
	push	$2 /* the user's direction and alignment flags */
	popf
	mov	$x86_trap_from_user, %rax
4:	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	jmp	*%rax

trap_in_kernel:
	mov	(%rsp), %rdi
	cmp	$VECTOR_INTERRUPT, %rdi
	jb	fatal
	/* hal_idle was interrupted */
	mov	%gs:CPU_STACK, %rsp
	mov	$x86_trap_interrupt, %rax
	jmp	4b

fatal_without_error:
	push	(%rsp)
	/* The same frame as in a context, for x86_trap_panic. */
fatal:
	push	%rcx
	push	%r11
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%rbp
	push	%rbx
	push	%rax
	push	%r9
	push	%r8
	push	%r10
	push	%rdx
	push	%rsi
	push	%rdi
	mov	%rsp, %rdi
	cld
	and	$-16, %rsp
	call	x86_trap_panic

	/* Exceptions 8, 10 to 14, 17, 21, 29 and 30 bring an error code along;
	 * for the others the vector stands in its place as well.  Double fault,
	 * non-maskable interrupt and machine check have a stack of their own
	 * and end everything. */
	.balign	ENTRY_STUB_SIZE
x86_entry_stubs:
	.set	vector, 0
	.rept	VECTOR_END
	.balign	ENTRY_STUB_SIZE
	.byte	0x6a, vector /* push */
	.if	vector == 8
	jmp	fatal
	.elseif	vector == 2 || vector == 18
	jmp	fatal_without_error
	.elseif	vector < 32 && (0x60227d00 >> (vector & 31)) & 1
	jmp	trap
	.else
	jmp	trap_without_error
	.endif
	.set	vector, vector + 1
	.endr

	.section .note.GNU-stack, "", @progbits
