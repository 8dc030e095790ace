/*
 * user_x86_64: the user-mode half of contract.c, which says what each entry
 * does.  Offsets are those of its struct data.
 */
#define GATE 0
#define NUMBER 8
#define ARGUMENTS 16
#define RESULT 64
#define ADDRESS 72
#define STOP 80
#define SEED 88
#define OUT 96

#define USER_DONE 1000
#define USER_LEAVE 1001
#define USER_HAS_NONE 77

#define FLAGS 0xcd5 /* carry, parity, adjust, zero, sign, direction, overflow */

	.macro	entry name
	.balign	16
	.global	\name
\name:
	.endm

	.section .rodata.user_blob, "a"
	.balign	16
	.global	user_blob, user_blob_end
user_blob:

entry user_call
	mov	%rdi, %rbx
1:	mov	NUMBER(%rbx), %rax
	mov	ARGUMENTS + 0(%rbx), %rdi
	mov	ARGUMENTS + 8(%rbx), %rsi
	mov	ARGUMENTS + 16(%rbx), %rdx
	mov	ARGUMENTS + 24(%rbx), %r10
	mov	ARGUMENTS + 32(%rbx), %r8
	mov	ARGUMENTS + 40(%rbx), %r9
	mov	GATE(%rbx), %rcx
	call	*(%rcx)
	mov	%rax, RESULT(%rbx)
	jmp	1b

/* rbx = data, rbp = value */
done:
	mov	GATE(%rbx), %rcx
	mov	$USER_DONE, %eax
	mov	%rbp, %rdi
	xor	%esi, %esi
	xor	%edx, %edx
	xor	%r10d, %r10d
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	call	*(%rcx)
	jmp	done

entry user_read
	mov	%rdi, %rbx
	mov	ADDRESS(%rbx), %rcx
	mov	(%rcx), %rbp
	jmp	done

entry user_write
	mov	%rdi, %rbx
	mov	ADDRESS(%rbx), %rcx
	mov	SEED(%rbx), %rbp
	mov	%rbp, (%rcx)
	jmp	done

entry user_jump
	mov	%rdi, %rbx
	xor	%ebp, %ebp
	mov	ADDRESS(%rbx), %rcx
	call	*%rcx
	jmp	done

entry user_return
	ret

entry user_illegal
	ud2

entry user_breakpoint
	int3

entry user_divide
	mov	%rdi, %rbx
	mov	SEED(%rbx), %rax
	xor	%edx, %edx
	xor	%ecx, %ecx
	div	%rcx
	ud2

entry user_misaligned
	mov	%rdi, %rbx
	mov	ADDRESS(%rbx), %rcx
	pushf
	orl	$0x40000, (%rsp) /* alignment check; QEMU's own code has none */
	popf
	mov	(%rcx), %rax
	pushf
	andl	$~0x40000, (%rsp)
	popf
	mov	$USER_HAS_NONE, %ebp
	jmp	done

/* rdi holds data while it waits, rcx is read: the others have their values. */
	.macro	each_register operation
	.irp	r, rax, rbx, rdx, rsi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	\operation \r
	.endr
	.endm
	.macro	pattern r
	.set	n, n + 1
	mov	$0x1000200030004000 * (n & 7) + n, %rcx
	mov	%rcx, %\r
	.endm
	.macro	compare r
	.set	n, n + 1
	mov	$0x1000200030004000 * (n & 7) + n, %rcx
	cmp	%rcx, %\r
	setne	%cl
	movzx	%cl, %ecx
	add	%rcx, (%rsp)
	.endm

entry user_spin
	.set	n, 0
	each_register pattern
	mov	%rsp, OUT(%rdi)
	push	$FLAGS
	popf
1:	mov	STOP(%rdi), %rcx
	jrcxz	1b
	mov	%rsp, OUT + 8(%rdi)
	pushf
	cld
	push	$0
	.set	n, 0
	each_register compare
	mov	%rdi, %rbx
	pop	%rbp
	pop	%rax
	and	$FLAGS, %eax
	cmp	$FLAGS, %eax
	setne	%cl
	movzx	%cl, %ecx
	add	%rcx, %rbp
	mov	OUT(%rbx), %rax
	cmp	%rax, OUT + 8(%rbx)
	setne	%cl
	add	%rcx, %rbp
	jmp	done

	.macro	count_difference a b
	cmp	\a, \b
	setne	%cl
	movzx	%cl, %ecx
	add	%rcx, %rbp
	.endm
	.macro	each_vector operation
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\operation \n
	.endr
	.endm
	.macro	each_mmx operation
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	\operation \n
	.endr
	.endm
	.macro	vector_fill n
	lea	\n(%rdx), %rax
	movq	%rax, %xmm\n
	not	%rax
	movq	%rax, %xmm0
	.if	\n
	punpcklqdq %xmm0, %xmm\n
	.endif
	.endm
	.macro	vector_compare n
	.if	\n
	lea	\n(%rdx), %rax
	movq	%xmm\n, %rsi
	count_difference %rax, %rsi
	not	%rax
	psrldq	$8, %xmm\n
	movq	%xmm\n, %rsi
	count_difference %rax, %rsi
	.endif
	.endm
	.macro	vector_or n
	movq	%xmm\n, %rax
	psrldq	$8, %xmm\n
	movq	%xmm\n, %rsi
	or	%rsi, %rax
	count_difference $0, %rax
	.endm
	.macro	mmx_fill n
	lea	\n * 3(%rdx), %rax
	movq	%rax, %mm\n
	.endm
	.macro	mmx_compare n
	lea	\n * 3(%rdx), %rax
	movq	%mm\n, %rsi
	count_difference %rax, %rsi
	.endm

/* eax = an mxcsr made of the seed in rdx: rounding mode and sticky flags */
	.macro	control_of_seed
	mov	%edx, %eax
	and	$0x603f, %eax
	or	$0x1f80, %eax
	.endm

entry user_vectors
	mov	%rdi, %rbx
	xor	%ebp, %ebp
	mov	SEED(%rbx), %rdx
	each_vector vector_fill
	movq	%rdx, %xmm0
	each_mmx mmx_fill
	control_of_seed
	mov	%eax, OUT(%rbx)
	ldmxcsr	OUT(%rbx)
1:	cmpq	$0, STOP(%rbx)
	je	1b
	each_vector vector_compare
	movq	%xmm0, %rsi
	count_difference %rdx, %rsi
	each_mmx mmx_compare
	control_of_seed
	stmxcsr	OUT(%rbx)
	count_difference OUT(%rbx), %eax
	jmp	done

entry user_vectors_zero
	mov	%rdi, %rbx
	xor	%ebp, %ebp
	each_vector vector_or
	stmxcsr	OUT(%rbx)
	mov	OUT(%rbx), %eax
	count_difference $0x1f80, %eax
	movl	$0, OUT(%rbx)
	fnstcw	OUT(%rbx)
	mov	OUT(%rbx), %eax
	count_difference $0x37f, %eax
	jmp	done

entry user_upcall
	mov	GATE(%rdi), %rcx
	.irp	r, rax, rbx, rdx, rsi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	not	%\r
	.endr
	xor	%esi, %esi
	xor	%edx, %edx
	xor	%r10d, %r10d
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	mov	$USER_LEAVE, %eax
	add	$1, %ebx
	cld
	call	*(%rcx)
	ud2

entry user_gate
	mov	%rdi, %rbx
	mov	GATE(%rbx), %r12
	call	*8(%r12)
	mov	%rax, OUT(%rbx)
	call	*16(%r12)
	mov	%rax, OUT + 8(%rbx)
	call	*16(%r12)
	mov	%rax, OUT + 16(%rbx)
	xor	%ebp, %ebp
	jmp	done

user_blob_end:

	.section .note.GNU-stack, "", @progbits
