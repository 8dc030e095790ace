/*
 * entry: the way into user mode, the way back, and the gate page.
 *
 * hal_run leaves the kernel's registers on its stack and points sp at the
 * context before it goes to user mode, so a trap can store all registers
 * without a free one; then it takes the stack back and returns from hal_run.
 * The vector registers are stored by every trap and loaded only if this
 * processor holds another context's: a context is whole whenever the kernel
 * sees it, and the usual call costs no load.
 */
#include "machine.h"
#include "local.h"

	.arch	armv8-a+fp+simd

#define KIND_CALL 0

	.macro	vector_registers operation
	.set	n, 0
	.rept	16
	vector_pair \operation, %n
	.set	n, n + 1
	.endr
	.endm
	.altmacro
	.macro	vector_pair operation, n
	vector_pair_ \operation, %(2 * n), %(2 * n + 1), %(32 * n)
	.endm
	.macro	vector_pair_ operation, a, b, offset
	\operation q&\a, q&\b, [x6, #\offset]
	.endm

	.section .text.entry, "ax"
/* struct hal_trap hal_run(struct hal_context *x0, struct hal_space *x1) */
	.global	hal_run
	.balign	64
hal_run:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x3, sp
	mrs	x2, tpidr_el1
	str	x3, [x2, #CPU_STACK]
	ldr	x3, [x1, #SPACE_TTBR]
	ldr	x4, [x2, #CPU_TTBR]
	cmp	x3, x4
	b.ne	other_space
same_space:
	ldr	x3, [x2, #CPU_OWNER]
	ldr	x4, [x0, #CONTEXT_CPU]
	cmp	x3, x0
	ccmp	x4, x2, #0, eq
	b.ne	other_context
same_context:
	ldp	x3, x4, [x0, #CONTEXT_PC]
	msr	elr_el1, x3
	msr	spsr_el1, x4
	ldp	x30, x3, [x0, #CONTEXT_X30]
	msr	sp_el0, x3
	mov	sp, x0
	ldp	x28, x29, [sp, #224]
	ldp	x26, x27, [sp, #208]
	ldp	x24, x25, [sp, #192]
	ldp	x22, x23, [sp, #176]
	ldp	x20, x21, [sp, #160]
	ldp	x18, x19, [sp, #144]
	ldp	x16, x17, [sp, #128]
	ldp	x14, x15, [sp, #112]
	ldp	x12, x13, [sp, #96]
	ldp	x10, x11, [sp, #80]
	ldp	x8, x9, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp]
	eret

other_space:
	mov	x19, x0
	mov	x0, x1
	bl	arm_space_switch
	mov	x0, x19
	mrs	x2, tpidr_el1
	b	same_space

other_context:
	str	x0, [x2, #CPU_OWNER]
	str	x2, [x0, #CONTEXT_CPU]
	ldr	x3, [x0, #CONTEXT_AREA]
	msr	tpidrro_el0, x3
	msr	tpidr_el0, xzr
	ldp	x3, x4, [x0, #CONTEXT_FPSR]
	msr	fpsr, x3
	msr	fpcr, x4
	add	x6, x0, #CONTEXT_VECTORS
	vector_registers ldp
	b	same_context

/* From user mode: sp is the context. */
	.macro	save_registers
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x2, sp_el0
	mrs	x3, elr_el1
	mrs	x4, spsr_el1
	stp	x30, x2, [sp, #CONTEXT_X30]
	stp	x3, x4, [sp, #CONTEXT_PC]
	.endm

	.macro	save_vectors
	mrs	x2, fpsr
	mrs	x3, fpcr
	stp	x2, x3, [sp, #CONTEXT_FPSR]
	add	x6, sp, #CONTEXT_VECTORS
	vector_registers stp
	.endm

	.macro	take_stack
	mrs	x2, tpidr_el1
	mov	x0, sp
	ldr	x3, [x2, #CPU_STACK]
	mov	sp, x3
	mov	x29, sp
	.endm

from_user:
	save_vectors
	mrs	x1, esr_el1
	lsr	x2, x1, #26
	cmp	x2, #0x15		/* svc */
	b.ne	fault_from_user
	take_stack
	lsl	x0, x8, #32
	mov	x1, xzr
back_to_kernel:
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

fault_from_user:
	take_stack
	bl	arm_trap_fault
	b	back_to_kernel

interrupt_from_user:
	save_vectors
	take_stack
	bl	arm_interrupt_take
	b	back_to_kernel

/*
 * From the kernel itself, or by a vector that is never used: the end.  The
 * stack may be what is broken, so the report gets one of its own; registers
 * that only user mode reads serve as scratch.
 */
	.macro	fatal number
	.balign	128
	msr	tpidr_el0, x0
	mov	x0, #\number
	b	fatal_trap
	.endm

fatal_trap:
	msr	tpidrro_el0, x1
	mrs	x1, sp_el0
	msr	fpsr, x1
	mov	x1, sp
	msr	sp_el0, x1
	ldr	x1, =fatal_stack_top
	mov	sp, x1
	sub	sp, sp, #288
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x1, tpidr_el0
	mrs	x2, tpidrro_el0
	stp	x1, x2, [sp]
	mrs	x1, sp_el0
	stp	x30, x1, [sp, #240]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [sp, #256]
	mov	x1, sp
	b	arm_trap_fatal
	.ltorg

	.section .text.vectors, "ax"
	.balign	2048
	.global	vectors
vectors:
	fatal	0
	fatal	1
	fatal	2
	fatal	3
	fatal	4
	fatal	5
	fatal	6
	fatal	7
	.balign	128
	save_registers
	b	from_user
	.balign	128
	save_registers
	b	interrupt_from_user
	fatal	10
	.balign	128		/* SError: blamed on the task that ran */
	save_registers
	b	from_user
	fatal	12
	fatal	13
	fatal	14
	fatal	15

/*
 * The gate page: images call these three functions at HAL_GATE, in every
 * space.  The two parameters of time are the machine's clock: ns =
 * (ticks - start) * scale >> 32; arm_time_start writes them.
 */
	.section .gate, "awx"
	.balign	PAGE
	.global	gate_page, gate_clock
gate_page:
	.quad	HAL_GATE + gate_call - gate_page
	.quad	HAL_GATE + gate_self - gate_page
	.quad	HAL_GATE + gate_time - gate_page
gate_clock:
	.quad	0		/* start, in ticks */
	.quad	0		/* scale */
gate_call:
	svc	#0
	ret
gate_self:
	mrs	x0, tpidrro_el0
	ret
gate_time:
	isb			/* not before what came before it */
	mrs	x0, cntvct_el0
	adr	x1, gate_clock
	ldp	x2, x3, [x1]
	sub	x0, x0, x2
	mul	x1, x0, x3
	umulh	x2, x0, x3
	extr	x0, x2, x1, #32
	ret
	.balign	PAGE

	.bss
	.balign	16
	.skip	4096
fatal_stack_top:
