/*
 * machine: aarch64, as the portable kernel and the assembly see it.
 *
 * User and kernel have 39 bits of addresses each (three levels of tables).
 * The kernel's half holds all RAM at HAL_DIRECT, and the kernel itself in
 * its last GiB.  The user's last GiB holds the gate page and nothing else,
 * so that its tables can be shared by all spaces.
 */
#pragma once

/* Offsets in struct hal_context and struct hal_space, for entry.S. */
#define CONTEXT_X30 240
#define CONTEXT_PC 256
#define CONTEXT_AREA 272
#define CONTEXT_CPU 280
#define CONTEXT_FPSR 296
#define CONTEXT_VECTORS 320
#define SPACE_TTBR 0

#define HAL_GATE 0x7FFFFFF000 /* the gate page, in every space */

#ifndef __ASSEMBLER__
#include <stdint.h>

/* The kernel has a place for each interrupt.  QEMU's virt has 288, most boards
 * have fewer; what has a higher number stays masked. */
enum { HAL_ONE_ADDRESS_SPACE = 0, HAL_INTERRUPTS = 288 };

#define HAL_USER_LOW 0x10000ull
#define HAL_USER_HIGH 0x7FC0000000ull
#define HAL_DIRECT 0xFFFFFF8000000000ull
#define HAL_DIRECT_SIZE 0x4000000000ull /* RAM beyond this is not used */

struct hal_context {
	union {
		struct {
			uint64_t x[31];
			uint64_t sp;
			uint64_t pc;
			uint64_t flags; /* PSTATE: only NZCV is ever set */
		};
		uint64_t registers[34]; /* all of these */
	};
	uint64_t user_area;
	const void *cpu; /* whose vector registers may hold vectors[] */
	struct area *area;
	uint64_t fpsr, fpcr;
	uint64_t in_upcall;
	unsigned __int128 vectors[32];
};

/* All zero before the first hal_space_init. */
struct hal_space {
	uint64_t ttbr; /* root, and the ASID in the upper 16 bits */
	uint64_t root; /* physical address of the first table, or 0 */
	uint64_t spare; /* pages given, linked by their first word */
	uint64_t generation; /* of the ASID */
};

static inline uint64_t *
hal_arguments(struct hal_context *context)
{
	return context->registers;
}

static inline void *
hal_physical(uint64_t paddr)
{
	return (void *)(HAL_DIRECT + paddr);
}
#endif
