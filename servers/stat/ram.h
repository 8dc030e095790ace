/*
 * ram: reads RAM through windows, which are opened where one looks.
 *
 * Kernel objects lie in raw memory all over RAM, and to map all of it would
 * take more page tables than the rest of the system needs.  So there are a few
 * windows of RAM_WINDOW pages, one capability and one mapping each: RAM_WAYS
 * of them in each of RAM_SETS sets, of which the one not used for the longest
 * time gives way.  Nobody holds a pointer into a window: reading
 * copies.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gbsd/call.h>
#include <gbsd/error.h>

enum {
	RAM_RANGES = 20, /* HAL_RANGES and what boot leaves */
	RAM_SETS = 32,
	RAM_WAYS = 4,
	RAM_WINDOWS = RAM_SETS * RAM_WAYS,
	RAM_WINDOW = 16, /* pages */
};

/* Bus addresses and bytes, multiples of PAGE_SIZE. */
struct ram_range {
	uint64_t base, size;
	cap_t memory;
};

struct ram_window {
	uint64_t base, size; /* 0: closed */
	const char *at;
	uint64_t used; /* ram.clock when it was used last */
	/* Of whoever opens it: the address stays when it is closed. */
	cap_t memory;
	char *address;
};

struct ram {
	struct ram_range ranges[RAM_RANGES];
	unsigned count;
	uint64_t clock;
	enum error error; /* why the last window to fail could not be opened */
	struct ram_window windows[RAM_SETS][RAM_WAYS];
	/* Sets at for base and size, which lie in the range; takes it back. */
	enum error (*open)(
	    const struct ram_range *range, struct ram_window *window);
	void (*close)(struct ram_window *window);
};

/* The number of all pages. */
uint64_t ram_pages(const struct ram *ram);

/* True if these bytes are in one range. */
bool ram_has(const struct ram *ram, uint64_t bus, uint64_t size);

/* True if that is all of a range, or a window: what one sees and not has. */
bool ram_is_view(const struct ram *ram, uint64_t bus, uint64_t size);

/* Copies; false if it is not all in one range, or, with ram->error set, no
 * window can be opened.  Then some of out may be written. */
bool ram_read(struct ram *ram, uint64_t bus, void *out, size_t size);
