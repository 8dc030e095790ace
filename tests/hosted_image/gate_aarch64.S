/* gate_aarch64: the gate's entry, as struct gate wants it, into C. */
	.text
	.globl gate_call
gate_call:
	stp x29, x30, [sp, #-16]!
	mov x29, sp
	stp q30, q31, [sp, #-32]!
	stp q28, q29, [sp, #-32]!
	stp q26, q27, [sp, #-32]!
	stp q24, q25, [sp, #-32]!
	stp q22, q23, [sp, #-32]!
	stp q20, q21, [sp, #-32]!
	stp q18, q19, [sp, #-32]!
	stp q16, q17, [sp, #-32]!
	stp q14, q15, [sp, #-32]!
	stp q12, q13, [sp, #-32]!
	stp q10, q11, [sp, #-32]!
	stp q8, q9, [sp, #-32]!
	stp q6, q7, [sp, #-32]!
	stp q4, q5, [sp, #-32]!
	stp q2, q3, [sp, #-32]!
	stp q0, q1, [sp, #-32]!
	stp x15, x18, [sp, #-16]!
	stp x13, x14, [sp, #-16]!
	stp x11, x12, [sp, #-16]!
	stp x9, x10, [sp, #-16]!
	stp x7, x8, [sp, #-16]!
	stp x6, xzr, [sp, #-16]!
	stp x4, x5, [sp, #-16]!
	stp x2, x3, [sp, #-16]!
	stp x0, x1, [sp, #-16]!
	mov x0, x8
	mov x1, sp
	bl fake_call
	ldp x16, x1, [sp], #16
	ldp x2, x3, [sp], #16
	ldp x4, x5, [sp], #16
	ldp x6, x16, [sp], #16
	ldp x7, x8, [sp], #16
	ldp x9, x10, [sp], #16
	ldp x11, x12, [sp], #16
	ldp x13, x14, [sp], #16
	ldp x15, x18, [sp], #16
	ldp q0, q1, [sp], #32
	ldp q2, q3, [sp], #32
	ldp q4, q5, [sp], #32
	ldp q6, q7, [sp], #32
	ldp q8, q9, [sp], #32
	ldp q10, q11, [sp], #32
	ldp q12, q13, [sp], #32
	ldp q14, q15, [sp], #32
	ldp q16, q17, [sp], #32
	ldp q18, q19, [sp], #32
	ldp q20, q21, [sp], #32
	ldp q22, q23, [sp], #32
	ldp q24, q25, [sp], #32
	ldp q26, q27, [sp], #32
	ldp q28, q29, [sp], #32
	ldp q30, q31, [sp], #32
	ldp x29, x30, [sp], #16
	ret

	/* enter_image(entry, start, stack) */
	.globl enter_image
enter_image:
	mov x16, x0
	mov x0, x1
	mov sp, x2
	br x16

	.section .note.GNU-stack, "", @progbits
