/*
 * space: addresses, a capability table and a fault port.
 *
 * A space is made of raw memory: its first page is struct space, then comes
 * the table, and the rest becomes page tables when they are needed.  That
 * memory is all that the kernel spends on it, so nothing need be counted.
 *
 * Whoever has RIGHT_CONTROL moves capabilities in, maps its memory and makes
 * its first task.  When its last task is gone, the replies that
 * it owed are dropped, so that those who wait are told; all else stays, for a
 * new life in place or for whoever ends the space.
 */
#pragma once

#include "port.h"

struct space {
	uint32_t left; /* slots that are free or were never used */
	struct capability *table; /* slot 0; table_heads in between */
	struct capability *fresh; /* from here on never used */
	struct capability *free; /* first of the free slots, or NULL */
	struct link tasks; /* task.of_space */
	bool killing; /* its tasks are to go */
	struct hal_space hal;
	_Alignas(OBJECT_AT) struct object object;
	struct capability faults; /* where its faults go */
};

_Static_assert(offsetof(struct space, object) == OBJECT_AT, "object_of()");

/* hal_space_map, with pages for tables.  E_RANGE, E_NO_MEMORY. */
BOOT_USES NODISCARD enum error space_map(struct space *space, vaddr_t address,
    paddr_t page, uint32_t count, uint64_t protection, bool device);
bool space_step(struct space *space); /* cleans or ends; true when done */
