/*
 * flat: the form in which init lies in the boot archive.
 *
 * The kernel's boot code reads no ELF.  tools/flatten-image makes this of an
 * image that relocates itself (lib/runtime/relocate_self.c).  The file is
 * one page with this header, then text_pages pages, then data_pages pages.
 * In memory, at any page: the text, read and execute; directly behind it the
 * data and then bss_pages zero pages, read and write.  The entry point is
 * called with a struct start, as of every image.
 */
#pragma once

#include <stdint.h>

#define FLAT_MAGIC "GBSDINIT"
enum { FLAT_VERSION = 1 };

struct flat_header {
	char magic[8]; /* FLAT_MAGIC without its zero */
	uint32_t version;
	uint32_t machine; /* IMAGE_MACHINE */
	uint64_t text_pages, data_pages, bss_pages;
	uint64_t entry; /* bytes from the first byte of the text */
};

_Static_assert(sizeof(struct flat_header) == 48, "tools/flatten-image");
