/*
 * capability: handles, rights, memory ranges and the derivation tree.
 *
 * An entry is in two rings: its siblings', which runs through the parent's
 * head, and its children's.  So taking an entry out and leaving its children
 * to its parent is one splice, and no entry knows its parent.
 *
 * Memory has no object: a capability is a range of pages, and its children
 * are ranges within it.  An entry is mapped at one address at most, in the
 * space whose table it is in; when the entry goes, the mapping goes first.
 *
 * A revocation takes the first child away until there is none, some at a
 * time.  There is one at a time; who wants to derive, move or revoke
 * meanwhile first does a step of it: nothing grows below an entry that is
 * being revoked, and a slow revoker holds up nobody.
 */
#pragma once

#include "object.h"

struct capability {
	struct link children; /* a head */
	struct link siblings;
	union {
		struct object *object;
		paddr_t base; /* memory */
		uint64_t number; /* machine: 1 + interrupt, or 0 */
	};
	union {
		uint64_t expiry; /* 0: never */
		vaddr_t address; /* memory: where it is mapped */
		uint64_t next_free; /* free slot: index */
	};
	uint32_t rights : 24;
	uint32_t type : 7; /* enum object_type; OBJECT_NONE: free */
	uint32_t keep : 1; /* memory: stays when the space's tasks are gone */
	uint32_t generation; /* 1 to UINT32_MAX - 1 */
	uint32_t pages; /* memory */
	uint32_t mapped; /* memory: pages mapped so far */
};

_Static_assert(sizeof(struct capability) == 64, "one cache line, 64 a page");

/* A space's table: three levels, 64 slots a page, slot 0 the page's head. */
enum { TABLE_ROOTS = 8, TABLE_FANOUT = 512, TABLE_SLOTS = 64 };

struct table {
	struct slab_page **roots[TABLE_ROOTS];
	uint32_t free; /* first free index, or 0 */
	uint32_t fresh; /* the next index that was never used */
};

/* The entry that handle names in space, or NULL. */
struct capability *capability_find(struct space *space, cap_t handle);
cap_t capability_handle(const struct capability *c);

/* Makes sure that count entries can be made in space.  E_QUOTA, E_NO_MEMORY. */
NODISCARD enum error capability_reserve(struct space *space, unsigned count);

/* A new entry in space, reserved before, below parent or a root (NULL). */
struct capability *capability_new(struct space *space, enum object_type type,
    void *object, uint32_t rights, struct capability *parent);
/* The same outside any table, in a message. */
void capability_link(struct capability *c, enum object_type type, void *object,
    uint32_t rights, struct capability *parent);
/* Moves from into an unlinked slot, or a new entry of space. */
void capability_move(struct capability *from, struct capability *to);
struct capability *capability_accept(
    struct capability *from, struct space *space);
/* Takes c out of the tree and its table; children go to the parent; what it
 * refers to is the caller's now. */
void capability_take(struct capability *c);
/* The same, and drops the reference.  Memory is unmapped first, in steps, and
 * a revocation by c is finished: false as long as there is more to do. */
bool capability_delete(struct capability *c);

/* Starts the revocation of c's descendants, unless one is going on. */
void revoke_start(struct capability *c);
/* A bounded step of the revocation going on; true if there is none (left). */
bool revoke_step(void);

/* The next entry in use from *index on among count slots, or NULL. */
struct capability *capability_next(
    struct space *space, uint32_t *index, unsigned count);
/* Frees the pages of a table without entries. */
void table_free(struct table *table);
