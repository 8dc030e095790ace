/* The tasks of hosted_stress.c.  rdi at entry: the struct gate. */
	.text

/* Fills the registers with what follows from %rax's seed. */
	.macro	fill
	movq	%rax, %rbx
	.irp	r, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14
	imulq	$0x5851F42D, %rbx
	incq	%rbx
	movq	%rbx, %\r
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	imulq	$0x5851F42D, %rbx
	incq	%rbx
	movq	%rbx, %xmm\n
	punpcklqdq %xmm\n, %xmm\n
	.endr
	.endm

	.macro	check_one r
	imulq	$0x5851F42D, %rbx
	incq	%rbx
	cmpq	%rbx, %\r
	jne	9f
	.endm

/* Calls with every register full, and checks each after it: result 1 is for
 * more, anything else ends.  Then call 2: good; call 3: bad. */
	.globl	user_registers
user_registers:
	movq	%rdi, %r15
	pushq	%rdi
	movq	$12345, %rax
1:	pushq	%rax
	fill
	movq	$7, %rax
	stc
	call	*(%r15)
	cmpq	$1, %rax
	jne	8f
	movq	(%rsp), %rbx
	.irp	r, rdx, rsi, rdi, rbp, r8, r9, r10, r12, r13, r14
	.ifc	\r, rdx		/* rcx was the first */
	imulq	$0x5851F42D, %rbx
	incq	%rbx
	.endif
	.ifc	\r, r12		/* r11 comes before it */
	imulq	$0x5851F42D, %rbx
	incq	%rbx
	.endif
	check_one \r
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movq	%xmm\n, %rcx
	check_one rcx
	psrldq	$8, %xmm\n
	movq	%xmm\n, %rcx
	cmpq	%rbx, %rcx
	jne	9f
	.endr
	cmpq	8(%rsp), %r15
	jne	9f
	popq	%rax
	addq	$17, %rax
	jmp	1b
8:	movq	$2, %rax
	call	*(%r15)
	jmp	8b
9:	movq	$3, %rax
	movq	%rbx, %rdi
	movq	%rcx, %rsi
	call	*(%r15)
	jmp	9b

/* Never calls while all is well: fills, spins and checks, flags too.
 * rsi at entry: a counter to add to. */
	.globl	user_spin
user_spin:
	movq	%rdi, %r15
	pushq	%rdi
	movq	$777, %rax
1:	pushq	%rax
	fill
	vpcmpeqd %ymm7, %ymm7, %ymm7	/* 256 bits of ones */
	movq	$200, %rbx
	stc
2:	leaq	-1(%rbx), %rbx		/* keeps the carry */
	.irp	n, 1, 2, 3, 4, 5, 6, 7
	jnc	9f
	movq	%rbx, -8*\n(%rsp)	/* the red zone */
	.endr
	.irp	n, 1, 2, 3, 4, 5, 6, 7
	jnc	9f
	pushq	%rax
	movq	-8*\n(%rsp), %rax
	popq	%rax
	.endr
	pushfq
	popq	%rax
	incq	%rbx
	decq	%rbx			/* zero flag, carry kept */
	jnz	2b
	jnc	9f
	movq	(%rsp), %rbx
	.irp	r, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14
	check_one \r
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6
	movq	%xmm\n, %rcx
	check_one rcx
	.endr
	imulq	$0x5851F42D, %rbx
	incq	%rbx
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	movq	%xmm\n, %rcx
	check_one rcx
	.endr
	vextracti128 $1, %ymm7, %xmm7
	movq	%xmm7, %rcx
	cmpq	$-1, %rcx
	jne	9f
	lock incq stress_spins(%rip)
	popq	%rax
	addq	$17, %rax
	jmp	1b
9:	movq	$3, %rax
	movq	%rbx, %rdi
	movq	%rcx, %rsi
	call	*(%r15)
	jmp	9b

/* Empty calls for ever. */
	.globl	user_calls
user_calls:
	movq	%rdi, %r15
1:	movl	$5, %eax
	call	*(%r15)
	jmp	1b

/* Busy without a call. */
	.globl	user_busy
user_busy:
	lock incq stress_spins(%rip)
	jmp	user_busy

/* Calls with now and then some work between, so that the timer's signal
 * finds every place. */
	.globl	user_mixed
user_mixed:
	movq	%rdi, %r15
	xorl	%ebx, %ebx
1:	movl	$5, %eax
	call	*(%r15)
	incl	%ebx
	movl	%ebx, %ecx
	andl	$127, %ecx
2:	decl	%ecx
	jns	2b
	jmp	1b

/* Gives what is at rdi as the first argument of a call; user_store stores the
 * address there before. */
	.globl	user_look, user_store
user_store:
	movq	%rdi, (%rdi)
user_look:
	movq	(%rdi), %rdi
	movl	$10, %eax
	call	*stress_gate(%rip)
	ud2

/* Faults; rdi is the address to use. */
	.globl	user_write, user_wild, user_bad_stack
user_write:
	movq	%rdi, (%rdi)
	jmp	user_write
user_wild:
	movq	$0x7777777777777777, %rax
	movq	(%rax), %rax
user_bad_stack:
	movq	%rdi, %rsp
	jmp	*stress_gate(%rip)

/* Runs down the stack until it ends. */
	.globl	user_recurse
user_recurse:
	pushq	%rax
	jmp	user_recurse

/* An upcall: keep all, tell the kernel (8), then leave (9). */
	.globl	user_upcall
user_upcall:
	pushq	%rbx
	movq	$8, %rax
	call	*stress_gate(%rip)
	popq	%rbx
	movq	$9, %rax
	call	*stress_gate(%rip)
	ud2

	.section .note.GNU-stack, "", @progbits
