/*
 * timed_run: between the kernel and host_run, for tools/bench.
 *
 * A second gbsd-hosted is linked with --wrap=host_run.  host_timed.c is told when
 * the kernel goes to a task and when it is back; the task's vector registers
 * are live here, so that is compiled without them.
 */
	.text
	.globl	__wrap_host_run
	.hidden	__wrap_host_run
	.type	__wrap_host_run, @function
/* As host_run: context in rdi, where to go back to in rax. */
__wrap_host_run:
	movq	%rax, back(%rip)
	pushq	%rdi
	movq	%rsp, %rbx
	andq	$-16, %rsp
	call	timed_leave
	movq	%rbx, %rsp
	popq	%rdi
	leaq	1f(%rip), %rax
	jmp	__real_host_run
1:	pushq	%rax
	pushq	%rdx
	movq	%rax, %rdi
	movq	%rsp, %rbx
	andq	$-16, %rsp
	call	timed_enter
	movq	%rbx, %rsp
	popq	%rdx
	popq	%rax
	jmp	*back(%rip)

	.local	back
	.comm	back, 8, 8
	.section .note.GNU-stack, "", @progbits
