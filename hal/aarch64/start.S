/*
 * start: from the boot loader to C.
 *
 * Entered at EL2 or EL1 with the MMU off, caches clean, x0 = device tree.
 * This file goes down to EL1, maps the kernel's own 2 MiB block where it was
 * linked, turns the MMU on and calls arm_boot(tree, image), which does the
 * rest in C: a compiler may use unaligned accesses, which fault before that.
 */
#include "machine.h"
#include "local.h"

#define TEXT (PAGE_VALID | PAGE_MEMORY | PAGE_READ_ONLY | PAGE_NO_USER_EXECUTE)
#define RODATA (TEXT | PAGE_NO_KERNEL_EXECUTE)
#define DATA (PAGE_VALID | PAGE_MEMORY | PAGE_NO_USER_EXECUTE | \
	PAGE_NO_KERNEL_EXECUTE)

/* M, C, SA, SA0, I; user may use dc zva, CTR_EL0, wfi, wfe and cache
 * maintenance; WXN; the bits that must be one. SPAN is zero: PAN is set by
 * every exception where the processor has it. */
#define SCTLR_ON (1 << 0 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 11 | 1 << 12 | \
	1 << 14 | 1 << 15 | 1 << 16 | 1 << 18 | 1 << 19 | 1 << 20 | 1 << 22 | \
	1 << 26 | 1 << 28 | 1 << 29)
#define SCTLR_OFF 0x30D00800
/* 39 bits on both sides, 4 KiB, tables in shared write-back memory. */
#define TCR (25 | 25 << 16 | 0x3500 | 0x3500 << 16 | 2 << 30)
#define MAIR 0x04FF /* 0: write-back memory, 1: device nGnRE */

	.section .head, "ax"
	.global	image_head
image_head:
	b	start
	.long	0
	.quad	0			/* offset from a multiple of 2 MiB */
	.quad	KERNEL_SPACE		/* the loader keeps all of it clear */
	.quad	0xA			/* little endian, 4 KiB, anywhere */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.section .boot.text, "ax"
start:
	msr	daifset, #0xF
	mov	x20, x0
	mrs	x0, CurrentEL
	cmp	x0, #2 << 2
	b.ne	at_el1

	/* EL2: give EL1 the machine, keep nothing back, and go there. */
	mov	x0, #1 << 31
	msr	hcr_el2, x0
	isb
	mov	x0, #3
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	mov	x0, #0x33FF
	msr	cptr_el2, x0
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	mrs	x0, id_aa64pfr0_el1
	ubfx	x0, x0, #24, #4
	cbz	x0, 1f
	mrs	x0, S3_4_C12_C9_5	/* ICC_SRE_EL2: EL1 has registers */
	orr	x0, x0, #1
	orr	x0, x0, #8
	msr	S3_4_C12_C9_5, x0
	isb
	msr	S3_4_C12_C11_0, xzr	/* ICH_HCR_EL2: no virtual interrupts */
1:	ldr	x0, =SCTLR_OFF
	msr	sctlr_el1, x0
	mov	x0, #0x3C5
	msr	spsr_el2, x0
	adr	x0, at_el1
	msr	elr_el2, x0
	eret

at_el1:
	ldr	x0, =SCTLR_OFF
	msr	sctlr_el1, x0
	isb
	adrp	x21, image_begin	/* physical: the MMU is off */

	/* The kernel's last level: what is executable is not writable. */
	adrp	x0, kernel_l3
	mov	x1, x21
	adrp	x2, rodata_begin
	ldr	x3, =TEXT
	bl	map_pages
	adrp	x2, data_begin
	ldr	x3, =RODATA
	bl	map_pages
	adrp	x2, boot_begin
	ldr	x3, =DATA
	bl	map_pages
	adrp	x2, boot_data_begin
	ldr	x3, =TEXT
	bl	map_pages
	add	x2, x21, #KERNEL_SPACE
	ldr	x3, =DATA
	bl	map_pages

	/* No page below the stack: running over it is a fault, not a bug. */
	adrp	x1, stack_guard
	sub	x1, x1, x21
	lsr	x1, x1, #12
	adrp	x0, kernel_l3
	str	xzr, [x0, x1, lsl #3]

	add	x1, x0, #PAGE_VALID
	adrp	x0, kernel_l2
	str	x1, [x0]
	add	x1, x0, #PAGE_VALID
	adrp	x0, kernel_l1
	str	x1, [x0, #511 * 8]

	/* The same block once more where it is, for the next instruction. */
	adrp	x0, identity_l2
	ubfx	x1, x21, #21, #9
	ldr	x3, =(TEXT - PAGE_VALID + PAGE_BLOCK)
	orr	x3, x3, x21
	str	x3, [x0, x1, lsl #3]
	add	x3, x0, #PAGE_VALID
	adrp	x0, identity_l1
	ubfx	x1, x21, #30, #9
	str	x3, [x0, x1, lsl #3]

	/* What we wrote went past the caches: they must not remember. */
	adrp	x0, kernel_l1
	add	x1, x0, #3 * PAGE
	bl	forget
	adrp	x0, identity_l1
	add	x1, x0, #2 * PAGE
	bl	forget

	mov	x0, #MAIR
	msr	mair_el1, x0
	ldr	x0, =TCR
	mrs	x1, id_aa64mmfr0_el1
	and	x2, x1, #0xF
	mov	x3, #5			/* 48 bits: more would need other pages */
	cmp	x2, x3
	csel	x2, x2, x3, lo
	orr	x0, x0, x2, lsl #32
	ubfx	x1, x1, #5, #1		/* ASIDs of 16 bits */
	orr	x0, x0, x1, lsl #36
	msr	tcr_el1, x0
	adrp	x0, identity_l1
	msr	ttbr0_el1, x0
	adrp	x0, kernel_l1
	msr	ttbr1_el1, x0
	tlbi	vmalle1
	dsb	nsh
	ic	iallu
	dsb	nsh
	isb
	ldr	x0, =SCTLR_ON
	msr	sctlr_el1, x0
	isb
	ldr	x0, =mapped
	br	x0

mapped:
	ldr	x0, =stack_top
	mov	sp, x0
	ldr	x0, =vectors
	msr	vbar_el1, x0
	ldr	x0, =arm_cpu
	msr	tpidr_el1, x0
	mov	x0, #3 << 20		/* vector registers for all */
	msr	cpacr_el1, x0
	mov	x0, #1 << 1		/* the virtual counter too */
	msr	cntkctl_el1, x0
	msr	mdscr_el1, xzr
	mrs	x0, id_aa64dfr0_el1
	ubfx	x0, x0, #8, #4
	sub	x0, x0, #1
	cmp	x0, #14			/* 0 and 15: no counters that we know */
	b.hs	1f
	msr	pmuserenr_el0, xzr
1:	mrs	x0, id_aa64mmfr1_el1
	ubfx	x0, x0, #20, #4
	cbz	x0, 2f
	.inst	0xD500419F		/* msr pan, #1 */
2:	isb
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x20
	mov	x1, x21
	b	arm_boot

/* Pages [x1, x2) at the same offset from x21 in table x0, with bits x3. */
map_pages:
	sub	x4, x1, x21
	lsr	x4, x4, #12
	orr	x5, x1, x3
	str	x5, [x0, x4, lsl #3]
	add	x1, x1, #PAGE
	cmp	x1, x2
	b.lo	map_pages
	ret

/* Invalidates [x0, x1) in the caches; by the smallest line there may be. */
forget:
	dmb	sy
1:	dc	ivac, x0
	add	x0, x0, #16
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret
	.ltorg

	.section .boot.tables, "aw"
	.balign	PAGE
identity_l1:
	.skip	PAGE
identity_l2:
	.skip	PAGE

	.section .bss.tables, "aw", %nobits
	.balign	PAGE
	.global	kernel_l1, kernel_l2, kernel_l3
kernel_l1:
	.skip	PAGE
kernel_l2:
	.skip	PAGE
kernel_l3:
	.skip	PAGE
stack_guard:
	.skip	PAGE
	.global	stack_bottom, stack_top
stack_bottom:
	.skip	KERNEL_STACK
stack_top:
