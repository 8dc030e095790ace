/* gate_x86_64: the gate's entry, as struct gate wants it, into C. */
	.text
	.globl gate_call
gate_call:
	push %rbp
	mov %rsp, %rbp
	sub $512, %rsp
	and $-16, %rsp
	fxsave (%rsp)
	push %r9
	push %r8
	push %r10
	push %rdx
	push %rsi
	push %rdi
	mov %rax, %rdi
	mov %rsp, %rsi
	call fake_call
	pop %rdi
	pop %rsi
	pop %rdx
	pop %r10
	pop %r8
	pop %r9
	fxrstor (%rsp)
	leave
	ret

	/* enter_image(entry, start, stack) */
	.globl enter_image
enter_image:
	mov %rdi, %rax
	mov %rsi, %rdi
	mov %rdx, %rsp
	push $0 /* as crooked as a kernel may leave it */
	jmp *%rax

	.section .note.GNU-stack, "", @progbits
