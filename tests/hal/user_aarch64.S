/*
 * user_aarch64: the user-mode half of contract.c, which says what each entry
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

	.arch	armv8-a+fp+simd

	.macro	entry name
	.balign	4
	.global	\name
\name:
	.endm

	.section .rodata.user_blob, "a"
	.balign	16
	.global	user_blob, user_blob_end
user_blob:

entry user_call
	mov	x20, x0
1:	ldr	x8, [x20, #NUMBER]
	ldp	x0, x1, [x20, #ARGUMENTS]
	ldp	x2, x3, [x20, #ARGUMENTS + 16]
	ldp	x4, x5, [x20, #ARGUMENTS + 32]
	ldr	x9, [x20, #GATE]
	ldr	x9, [x9]
	blr	x9
	str	x0, [x20, #RESULT]
	b	1b

/* x20 = data, x21 = value */
done:
	ldr	x9, [x20, #GATE]
	ldr	x9, [x9]
	mov	x8, #USER_DONE
	mov	x0, x21
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	mov	x4, xzr
	mov	x5, xzr
	blr	x9
	b	done

entry user_read
	mov	x20, x0
	ldr	x1, [x20, #ADDRESS]
	ldr	x21, [x1]
	b	done

entry user_write
	mov	x20, x0
	ldr	x1, [x20, #ADDRESS]
	ldr	x21, [x20, #SEED]
	str	x21, [x1]
	b	done

entry user_jump
	mov	x20, x0
	mov	x21, xzr
	ldr	x1, [x20, #ADDRESS]
	blr	x1
	b	done

entry user_return
	ret

entry user_illegal
	udf	#0

entry user_breakpoint
	brk	#0

entry user_divide
	mov	x20, x0
	mov	x21, #USER_HAS_NONE
	b	done

entry user_misaligned
	mov	x20, x0
	ldr	x1, [x20, #ADDRESS]
	ldxr	x21, [x1]		/* exclusive: always checked */
	mov	x21, #USER_HAS_NONE
	b	done

/* x0 holds data while it waits, x1 is read: the others have their values. */
	.macro	pattern n
	movz	x\n, #(0x1000 + \n), lsl #48
	movk	x\n, #(0x2000 + \n)
	.endm
	.macro	compare n
	movz	x0, #(0x1000 + \n), lsl #48
	movk	x0, #(0x2000 + \n)
	cmp	x0, x\n
	cinc	x1, x1, ne
	.endm

entry user_spin
	mov	x1, sp
	str	x1, [x0, #OUT]
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
	pattern	\n
	.endr
	.irp	n, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	pattern	\n
	.endr
	movz	x1, #0xA000, lsl #16	/* N and C */
	msr	nzcv, x1
1:	ldr	x1, [x0, #STOP]
	cbz	x1, 1b
	mrs	x1, nzcv
	str	x0, [x0, #OUT + 8]
	str	x1, [x0, #OUT + 16]
	/* The data's address goes where x0 is needed: into sp, once checked. */
	mov	x1, sp
	str	x1, [x0, #OUT + 24]
	mov	sp, x0
	mov	x1, xzr
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
	compare	\n
	.endr
	.irp	n, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	compare	\n
	.endr
	mov	x20, sp
	mov	x21, x1
	ldr	x2, [x20, #OUT + 16]
	movz	x3, #0xA000, lsl #16
	cmp	x2, x3
	cinc	x21, x21, ne
	ldr	x2, [x20, #OUT]
	ldr	x3, [x20, #OUT + 24]
	mov	sp, x2
	cmp	x2, x3
	cinc	x21, x21, ne
	b	done

	.altmacro
	.macro	vector_fill n
	add	x2, x1, #n
	dup	v&n&.2d, x2
	mvn	x2, x2
	mov	v&n&.d[1], x2
	.endm
	.macro	vector_compare n
	add	x2, x1, #n
	umov	x3, v&n&.d[0]
	cmp	x2, x3
	cinc	x21, x21, ne
	mvn	x2, x2
	umov	x3, v&n&.d[1]
	cmp	x2, x3
	cinc	x21, x21, ne
	.endm
	.macro	vector_or n
	umov	x2, v&n&.d[0]
	umov	x3, v&n&.d[1]
	orr	x2, x2, x3
	cmp	x2, xzr
	cinc	x21, x21, ne
	.endm
	.macro	each_vector operation
	.set	i, 0
	.rept	32
	operation %i
	.set	i, i + 1
	.endr
	.endm

entry user_vectors
	mov	x20, x0
	ldr	x1, [x20, #SEED]
	each_vector vector_fill
	and	x2, x1, #0x400000	/* a rounding mode */
	msr	fpcr, x2
	and	x2, x1, #0x1F		/* exception flags */
	msr	fpsr, x2
1:	ldr	x2, [x20, #STOP]
	cbz	x2, 1b
	mov	x21, xzr
	each_vector vector_compare
	and	x2, x1, #0x400000
	mrs	x3, fpcr
	cmp	x2, x3
	cinc	x21, x21, ne
	and	x2, x1, #0x1F
	mrs	x3, fpsr
	cmp	x2, x3
	cinc	x21, x21, ne
	b	done

entry user_vectors_zero
	mov	x20, x0
	mov	x21, xzr
	each_vector vector_or
	mrs	x2, fpcr
	cmp	x2, xzr
	cinc	x21, x21, ne
	b	done
	.noaltmacro

entry user_upcall
	ldr	x9, [x0, #GATE]
	ldr	x16, [x9]
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	mov	x4, xzr
	mov	x5, xzr
	.irp	n, 6, 7, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22
	mvn	x\n, x\n
	.endr
	.irp	n, 23, 24, 25, 26, 27, 28, 29, 30
	mvn	x\n, x\n
	.endr
	mov	x8, #USER_LEAVE
	cmp	x8, x8			/* Z and C */
	blr	x16
	udf	#0

entry user_gate
	mov	x20, x0
	ldr	x22, [x20, #GATE]
	ldr	x9, [x22, #8]
	blr	x9
	str	x0, [x20, #OUT]
	ldr	x9, [x22, #16]
	blr	x9
	str	x0, [x20, #OUT + 8]
	ldr	x9, [x22, #16]
	blr	x9
	str	x0, [x20, #OUT + 16]
	mov	x21, xzr
	b	done

user_blob_end:
