/*
 * walk: from a kernel's pointer to what it points at: what the rest stands on.
 *
 * Nothing that is read is believed.  A pointer is followed only if it is
 * aligned and leads to RAM that can be seen.  An object counts only if it
 * begins with a page and its root says, at the right place, that it is one of
 * that type.  What changes during a copy is copied again, a few times; a ring
 * is left when a link is not what its neighbour says.  Every walk takes from
 * tables.steps, so all of them end.
 *
 * An address is the kernel's.
 */
#pragma once

#include "tables.h"

#include <kernel/kernel.h>

/* A copy of what is at the address; false if it does not hold still or cannot
 * be seen, or there are no steps left. */
bool walk_read(struct tables *t, uint64_t address, void *out, size_t size);

/* Of the page that an address is in; 0 if it cannot be seen. */
uint64_t walk_number(const struct tables *t, uint64_t address);

/* struct object of what begins at the address, if that is its type and it is
 * not ending; else false. */
bool walk_object(struct tables *t, uint64_t address, enum object_type type,
    struct object *out);

/* Calls back for each link in the ring behind head, at most `most` of them;
 * gives how many. */
uint32_t walk_ring(struct tables *t, uint64_t head, uint32_t most,
    void (*each)(struct tables *t, uint64_t link, void *state), void *state);

/* Of a REPLY capability, or a PORT capability: the port's address, or 0, and
 * the badge. */
uint64_t
walk_port(struct tables *t, const struct capability *c, uint64_t *badge);

/* The entry above the one at this address in the derivation tree: its
 * address, or 0.  *where is STAT_KERNEL if it cannot be seen, as what is in the
 * kernel's own data.  False: it was not found. */
bool walk_parent(struct tables *t, uint64_t address, uint64_t *parent,
    enum stat_place *where);

/* The space found in whose table the address is, or NULL. */
struct found *walk_holder(struct tables *t, uint64_t address);

/* The object found of that number and type, or NULL.  OBJECT_NONE: any. */
struct found *
walk_found(const struct tables *t, uint64_t number, enum object_type type);
