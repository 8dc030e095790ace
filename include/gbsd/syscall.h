/*
 * syscall: a kernel call as it is made, through the gate.
 *
 * An image holds no system-call instruction.  The gate is not a C function:
 * see struct gate for what it destroys.  lib/gbsd has a function for each
 * call; this is what they are made of.
 */
#pragma once

#include <stdint.h>

#include <gbsd/start.h>

/* Set before anything else runs in this space, and never again. */
extern __attribute__((visibility("hidden"))) const struct gate *gbsd_gate;

#if defined(__x86_64__)
static inline uint64_t
gbsd_call6(enum call_number number, uint64_t a0, uint64_t a1, uint64_t a2,
    uint64_t a3, uint64_t a4, uint64_t a5)
{
	register uint64_t r10 __asm__("r10") = a3;
	register uint64_t r8 __asm__("r8") = a4;
	register uint64_t r9 __asm__("r9") = a5;
	register void (*r11)(void) __asm__("r11") = gbsd_gate->call;
	uint64_t result = number;

	/* The call pushes; the compiler may keep things in the red zone. */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "call *%%r11\n\t"
			 "lea 128(%%rsp), %%rsp"
			 : "+a"(result), "+r"(r11)
			 : "D"(a0), "S"(a1), "d"(a2), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "cc", "memory");
	return result;
}
#elif defined(__aarch64__)
static inline uint64_t
gbsd_call6(enum call_number number, uint64_t a0, uint64_t a1, uint64_t a2,
    uint64_t a3, uint64_t a4, uint64_t a5)
{
	register uint64_t x0 __asm__("x0") = a0;
	register uint64_t x1 __asm__("x1") = a1;
	register uint64_t x2 __asm__("x2") = a2;
	register uint64_t x3 __asm__("x3") = a3;
	register uint64_t x4 __asm__("x4") = a4;
	register uint64_t x5 __asm__("x5") = a5;
	register uint64_t x8 __asm__("x8") = number;
	register void (*x16)(void) __asm__("x16") = gbsd_gate->call;

	__asm__ volatile("blr x16"
			 : "+r"(x0), "+r"(x16)
			 : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8)
			 : "x17", "x30", "cc", "memory");
	return x0;
}
#endif
