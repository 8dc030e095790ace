/*
 * walk: from pages to objects: what tables.c stands on.
 *
 * An address is the kernel's; a view is where it is seen here.  A place is a
 * page's number and an object's in it, in one number that never changes.
 */
#pragma once

#include "tables.h"

#include <kernel/kernel.h>

enum { PLACES_PER_PAGE = 256 };

/* The kind of a page; SLABS: it is none.  And how far its objects are apart. */
enum slab walk_slab(const struct tables *t, uint32_t page);
size_t walk_stride(enum slab slab);

/* The object at an address, if one of that kind can be there, else NULL. */
const void *
walk_at(const struct tables *t, const void *address, enum slab slab);
/* Its place; valid for what walk_at finds. */
uint64_t walk_place(const struct tables *t, const void *view);

/* The next object of that kind and type from *place on, copied to out when
 * it held still; *place is behind it.  False: no more. */
bool walk_next(const struct tables *t, enum slab slab, enum object_type type,
    uint64_t *place, void *out);

/* A copy of the object, if it held still and has that type. */
bool walk_copy(const void *view, size_t size, enum object_type type, void *out);

/* Links behind head until it comes round again, at most most; -1: it does
 * not, or leads astray. */
int walk_count(const struct tables *t, const struct link *head, int most);

/* The capability above the one at this address in the derivation tree, by
 * address, or NULL; *cut: it was too far to go. */
const struct capability *walk_parent(
    const struct tables *t, const struct capability *address, bool *cut);
/* The view of a capability wherever it is: in a table, message or mapping. */
const struct capability *
walk_capability(const struct tables *t, const struct capability *address);

/* The number of the space at an address, and what tells a port from others;
 * 0 if there is none. */
uint64_t walk_space_number(const struct tables *t, const struct space *address);
uint64_t walk_port_id(const struct tables *t, const struct port *address);
/* The page of that number, if it is one of a space's table, else NULL. */
const struct slab_page *walk_table_page(const struct tables *t, uint32_t page);
