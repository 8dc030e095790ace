/*
 * gate: the page of kernel code that every space shows to its tasks.
 *
 * Position-independent but for the three addresses, which are those that
 * tasks see.  The kernel fills in the clock's scale when it starts; the same
 * two numbers serve hal_now, so both clocks agree to the nanosecond.
 */
#include <offsets.h>

	.section .gate, "aw"
	.global x86_gate_page
	.balign 4096
x86_gate_page:
	.quad GATE_ADDRESS + (gate_call - x86_gate_page)
	.quad GATE_ADDRESS + (gate_self - x86_gate_page)
	.quad GATE_ADDRESS + (gate_time - x86_gate_page)
tsc_start:
	.quad 0
tsc_scale:
	.quad 0

	.balign 16
gate_call:
	syscall
	ret

	.balign 16
gate_self:
	mov	%fs:0, %rax
	ret

	.balign 16
gate_time:
	lfence /* or it could be read before what the caller did */
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	sub	tsc_start(%rip), %rax
	mulq	tsc_scale(%rip)
	shrd	$32, %rdx, %rax
	ret

	.balign 4096

	.section .note.GNU-stack, "", @progbits
