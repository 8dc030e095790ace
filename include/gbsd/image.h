/*
 * image: what makes an ELF file an image of this system.
 *
 * An image is a shared object with an entry point and the note below, that
 * needs no library and no relocations but those listed here.  tools/check-image
 * refuses everything else when it is built, lib/loader when it is loaded.
 * docs/decisions/image-format.md has the whole list.
 */
#pragma once

#include <stdint.h>

#include <gbsd/start.h>

/* The note, in a section .note.gbsd and a segment PT_NOTE. */
enum { IMAGE_NOTE_ABI = 1 };

struct image_note {
	uint32_t name_size, value_size, type; /* as ELF wants them */
	char name[8]; /* "GBSD" */
	uint32_t version; /* START_VERSION: of struct start and the gate */
};

enum { IMAGE_RELOCATION_NONE = 0 }; /* nothing to do */

/* e_machine and relocation types of the processor that this is compiled for.
 * MODULE is the module number of a thread-local variable: always 1. */
#if defined(__x86_64__)
enum {
	IMAGE_MACHINE = 62,
	IMAGE_RELOCATION_RELATIVE = 8,
	IMAGE_RELOCATION_MODULE = 16,
};
#elif defined(__aarch64__)
enum {
	IMAGE_MACHINE = 183,
	IMAGE_RELOCATION_RELATIVE = 1027,
	IMAGE_RELOCATION_MODULE = 1028,
};
#endif
