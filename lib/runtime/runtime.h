/* runtime: what the files of lib/runtime have in common. */
#pragma once

#include <elf.h>

#include <gbsd/runtime.h>

/* The image itself: its first byte, and its dynamic section.  Hidden: found
 * without a pointer that would want a relocation first. */
#pragma GCC visibility push(hidden)
extern const Elf64_Ehdr __ehdr_start;
extern const Elf64_Dyn _DYNAMIC[];
#pragma GCC visibility pop

/* Makes the image's own pointers right, if nobody has done it.  There are
 * two: the build takes relocate_none.c where a loader comes first, and
 * relocate_self.c for the flat image that the kernel's boot code starts. */
void runtime_relocate(void);

void runtime_random_seed(uint8_t seed[32]);
