/*
 * capability: handles, rights, memory ranges and the derivation tree.
 *
 * The tree is a ring of brackets: between the two links of an entry are those
 * of its descendants.  So an entry that is just taken out leaves its children
 * to its parent, and no entry knows either.
 *
 * Memory has no object: a capability is a range of pages, and its children
 * are ranges within it, or the object that was made of it.  Raw memory, of
 * which objects are made, serves one purpose at a time: it is mapped, or an
 * object, or has children, which do not overlap: each begins behind all that
 * came before it, until none is left.  So no memory that the kernel uses is
 * ever mapped.  An entry is mapped at one address at most, in the space whose
 * table it is in.
 *
 * Entries outside of tables, in messages and in objects, have generation 0.
 */
#pragma once

#include <gbsd/error.h>
#include <hal/hal.h>

#include "list.h"
#include "refuse.h"

/* Of an entry in no table: what links an object to its memory. */
enum { OBJECT_ROOT = OBJECT_TYPES };

struct object;
struct space;

struct capability {
	/* The ring of the tree.  A link at an odd multiple of 16 is a close. */
	_Alignas(32) struct link open;
	struct link close;
	union {
		void *object; /* struct badge, message_node, space or task;
			       * of a root struct object */
		paddr_t base; /* memory */
		uint64_t number; /* machine: 1 + interrupt, or 0 */
	};
	union {
		uint64_t address; /* memory: where it is mapped; raw memory
				   * with children: bus address behind them */
		struct capability *next_free; /* slot without one */
	};
	uint32_t rights : 24;
	uint32_t type : 8; /* enum object_type, OBJECT_ROOT */
	uint32_t generation;
	uint32_t pages; /* memory */
	uint32_t mapped; /* memory: pages mapped so far */
};

_Static_assert(sizeof(struct capability) == 64, "one cache line, 64 a page");

/* A table is an array of pages; slot 0 of each says whose it is. */
struct table_head {
	struct space *space;
	uint64_t reserved[7];
};

/* Its youngest child, or NULL. */
static inline struct capability *
capability_child(const struct capability *c)
{
	return c->open.next == &c->close
	    ? NULL
	    : CONTAINER(c->open.next, struct capability, open);
}

/* The entry that handle names in space, or NULL; it may be free. */
struct capability *capability_find(struct space *space, cap_t handle);
BOOT_USES cap_t capability_handle(const struct capability *c);

/* Fills an unlinked entry, below parent or as a root (NULL).  Of memory
 * the pages are the caller's to set. */
BOOT_USES void capability_link(struct capability *c, uint32_t type,
    void *object, uint32_t rights, struct capability *parent);
/* The same in a slot of space, which has a free one. */
BOOT_USES struct capability *capability_new(struct space *space, uint32_t type,
    void *object, uint32_t rights, struct capability *parent);
/* Moves from into an unlinked entry, or a free slot of space. */
void capability_move(struct capability *from, struct capability *to);
struct capability *capability_accept(
    struct capability *from, struct space *space);
/* Makes of an embedded entry another child of c with c's object; c NULL: of
 * nothing.  What it was before goes. */
void capability_embed(struct capability *at, struct capability *c);
/* Takes c out of the tree and its table; children go to the parent. */
void capability_take(struct capability *c);
/* The same, with what its end means for its object.  Memory is unmapped
 * first, in steps; a root ends its object: false as long as there is more. */
bool capability_delete(struct capability *c);
