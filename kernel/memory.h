/* memory: mapping the range of a capability. */
#pragma once

#include "capability.h"

/* Raw memory that has a child or is mapped already. */
static inline bool
memory_in_use(const struct capability *c)
{
	return (c->rights & RIGHT_MAKE) &&
	    (capability_child(c) != NULL || c->mapped != 0);
}

/* Shows some more of c's pages at address of the space whose table it is in.
 * E_AGAIN: not all yet.  E_NO_RIGHTS, E_RANGE, E_NO_MEMORY: what is mapped by
 * then stays, until it is mapped at another address or unmapped. */
BOOT_USES NODISCARD enum error memory_map(struct space *space, struct capability *c,
    vaddr_t address, uint64_t protection);
/* Unmaps some of it; true when nothing is mapped. */
BOOT_USES bool memory_unmap(struct capability *c);
