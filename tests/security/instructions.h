/* instructions: what a processor must not do for a program. */
#pragma once

#include <stdint.h>

struct instruction {
	const char *name;
	uint8_t bytes[8]; /* zeroes at its end are none of it */
};

extern const struct instruction instructions[];
extern const unsigned instruction_count;
extern const uint8_t instruction_return[4];
/* Bits that would make a task privileged, in the register of flags. */
extern const uint64_t privileged_flags;
