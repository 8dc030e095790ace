/* instructions: those that are the kernel's alone, of this processor. */
#include "instructions.h"

#define WORD(w)                                                          \
	{                                                                \
		(w) & 0xFF, (w) >> 8 & 0xFF, (w) >> 16 & 0xFF, (w) >> 24 \
	}

const struct instruction instructions[] = {
	{ "msr daifset", WORD(0xD50342DF) },
	{ "msr ttbr0_el1", WORD(0xD5182000) },
	{ "mrs ttbr0_el1", WORD(0xD5382000) },
	{ "msr vbar_el1", WORD(0xD518C000) },
	{ "msr sctlr_el1", WORD(0xD5181000) },
	{ "mrs sctlr_el1", WORD(0xD5381000) },
	{ "msr tpidrro_el0", WORD(0xD51BD060) },
	{ "msr spsr_el1", WORD(0xD5184000) },
	{ "msr elr_el1", WORD(0xD5184020) },
	{ "mrs sp_el0", WORD(0xD5384100) },
	{ "tlbi vmalle1", WORD(0xD508871F) },
	{ "ic ialluis", WORD(0xD508711F) },
	{ "dc isw", WORD(0xD5087640) },
	{ "at s1e1r", WORD(0xD5087800) },
	{ "eret", WORD(0xD69F03E0) },
	{ "hvc", WORD(0xD4000002) },
	{ "smc", WORD(0xD4000003) },
	{ "msr spsel", WORD(0xD50041BF) },
};

const unsigned instruction_count = sizeof(instructions) / sizeof(*instructions);

/* ret */
const uint8_t instruction_return[4] = WORD(0xD65F03C0u);

/* Flags: the mode of exception level 1. */
const uint64_t privileged_flags = 0x5;
