/*
 * loader: from an image file to the memory of a process.
 *
 * Three functions without state and without kernel calls, so that a parent,
 * a test and a fuzzer use the same.  The file is hostile: every offset, size
 * and count in it is checked before it is used.  The file may even change
 * while it is read (it can lie in memory that another process writes); then
 * the child gets nonsense, but nothing outside the views is written.
 *
 * Who makes a process: loader_parse; for each segment a memory object,
 * mapped as a view; loader_fill; loader_relocate; unmap the views; stage the
 * objects at base + segment.address with the segment's protection; fill in
 * struct start; spawn at base + entry.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <gbsd/error.h>

enum {
	LOADER_SEGMENTS = 4,
	LOADER_HEADERS = 16, /* program headers that a file may have */
	LOADER_SIZE_MAX = 1 << 30, /* bytes of addresses that one may span */
};

/* Part of the address range, whole pages; no two share a page. */
struct loader_segment {
	uint64_t address; /* from the image's base */
	uint64_t size; /* in memory */
	uint64_t skip; /* zeros in front of the bytes from the file */
	uint64_t file_offset, file_size; /* skip + file_size <= size */
	uint64_t protection; /* VM_READ and at most one other */
};

struct loader_image {
	uint64_t size; /* of the address range, which begins at the base */
	uint64_t entry; /* from the base */
	uint64_t program_headers; /* from the base */
	uint64_t program_header_count;
	uint64_t stack_size; /* that the image asks for, or 0 */
	uint64_t relocations; /* offset in the file */
	uint64_t relocation_count;
	unsigned segment_count; /* at least 1, addresses ascending */
	struct loader_segment segments[LOADER_SEGMENTS];
};

/* Checks a whole file of size bytes, at any address, and describes it.
 * E_BAD_IMAGE: it is no image, or for another processor or another version
 * of the start contract.  Relocations are checked when they are applied. */
NODISCARD enum error
loader_parse(const void *file, size_t size, struct loader_image *out);

/* Copies the segment's bytes into view: segment->size bytes of zeros. */
void
loader_fill(const void *file, const struct loader_segment *segment, void *view);

/* Makes the image's pointers right for the address base, which is a multiple
 * of PAGE_SIZE and need not be where anything is mapped now.  views[i] is
 * segment i as loader_fill left it; NULL for those without VM_WRITE.
 * E_BAD_IMAGE: a relocation is of an unknown type or not inside a writable
 * segment; earlier ones are done. */
NODISCARD enum error loader_relocate(const void *file,
    const struct loader_image *image, uint64_t base, void *const *views);
