/* start: the first instruction of an image: runtime_start(struct start *). */
	.section .text._start, "ax", @progbits
	.globl _start
	.hidden _start
	.type _start, @function
_start:
	mov x29, #0 /* backtraces end here */
	mov x30, #0
	b runtime_start
	.size _start, . - _start

	.section .note.GNU-stack, "", @progbits
