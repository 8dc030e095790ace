/* start: the first instruction of an image: runtime_start(struct start *). */
	.section .text._start, "ax", @progbits
	.globl _start
	.hidden _start
	.type _start, @function
_start:
	xor %ebp, %ebp /* backtraces end here */
	and $-16, %rsp
	call runtime_start
	ud2
	.size _start, . - _start

	.section .note.GNU-stack, "", @progbits
