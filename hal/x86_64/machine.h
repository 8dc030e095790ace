/*
 * machine: what the portable kernel may know of x86_64.
 *
 * A context is laid out for the two ways into the kernel.  An interrupt
 * finds the stack pointer of ring 0 at the end of its registers, so the
 * processor itself stores the last five there and entry.S pushes the rest;
 * a call pushes the thirteen that the gate promises to keep and stores three.
 * Whenever the kernel runs, the whole state of every task is in its context,
 * vector registers included: nothing of a task stays behind in a processor.
 */
#pragma once

#include "offsets.h"

#define HAL_USER_LOW 0x10000ull
#define HAL_USER_HIGH 0x7f8000000000ull /* the rest is the gate's */

enum {
	HAL_ONE_ADDRESS_SPACE = 0,
	HAL_INTERRUPTS = 48, /* global system interrupts, as ACPI counts */
};

struct hal_context {
	uint64_t arguments[6]; /* rdi rsi rdx r10 r8 r9 */
	uint64_t rax, rbx, rbp, r12, r13, r14, r15;
	uint64_t r11, rcx; /* not stored by a call */
	uint64_t vector; /* that led here; CONTEXT_CALL: go back by sysret */
	uint64_t error; /* of the exception, if it has one */
	uint64_t rip, cs, rflags, rsp, ss; /* by the processor */
	_Alignas(16) uint8_t fpu[512]; /* as fxsave stores it */
	vaddr_t user_area; /* the base of its fs segment */
	struct area *area;
	bool in_upcall;
};

struct hal_space {
	paddr_t root; /* 0 before hal_space_init */
	paddr_t spare; /* pages given, chained through their first words */
};

static inline uint64_t *
hal_arguments(struct hal_context *context)
{
	return context->arguments;
}

/* All RAM is mapped from here on.  A variable, because adding one is half
 * the code of adding a constant of 64 bits. */
extern const uint64_t x86_direct_map;

static inline void *
hal_physical(paddr_t paddr)
{
	return (void *)(paddr + x86_direct_map);
}
