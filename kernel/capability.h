/*
 * capability: handles, rights and the derivation tree.
 *
 * An entry is in two rings: the one of its siblings, which runs through the
 * parent's head, and the one of its children.  So taking an entry out and
 * leaving its children to its parent is one splice, and no entry needs to
 * know its parent.  Mappings hang in the same tree, below the capability
 * that they were made by: revoking it unmaps them.
 *
 * Revocation takes the first child away until there is none, some at a time.
 * While it runs, object->revoking names its entry, and whoever wants to
 * derive, move or revoke a capability to the same object first does a step
 * of it himself: so nothing grows below an entry that is being revoked, and
 * a slow revoker holds up nobody.
 */
#pragma once

#include "object.h"

struct watch;

struct capability {
	struct link children; /* a head */
	struct link siblings;
	struct object *object; /* NULL: the slot is free */
	uint64_t expiry; /* 0: never; of a free slot the next free index */
	uint32_t rights;
	uint32_t generation; /* 1 to UINT32_MAX - 1 */
	struct watch *watch; /* tells of its revocation, or NULL */
};

_Static_assert(sizeof(struct capability) == 64, "one cache line, 64 a page");

enum { TABLE_ROOTS = 8, TABLE_FANOUT = 512, TABLE_SLOTS = 64 };

/* A space's table: three levels, 64 slots a page, slot 0 the page's head. */
struct table {
	paddr_t roots[TABLE_ROOTS]; /* pages of TABLE_FANOUT page addresses */
	uint32_t free; /* first free index, or 0 */
	uint32_t fresh; /* the next index that was never used */
};

#define TYPE(type) (1u << (type))
#define TYPE_ANY 0u

/* The capability of space that handle names, if it is of one of those types
 * and has all those rights.  E_INVALID_CAP (E_INVALID_PORT where a port was
 * asked for) for anything else, E_NO_RIGHTS, E_EXPIRED (*out is set: it can
 * still be closed). */
NODISCARD enum error capability_get(struct space *space, cap_t handle,
    uint32_t types, uint32_t rights, struct capability **out);

/* Makes sure that count entries can be made in space without an error.
 * E_QUOTA, E_NO_MEMORY. */
NODISCARD enum error capability_reserve(struct space *space, unsigned count);

/* An entry in space, reserved before: takes over a reference to the object.
 * Below parent in the tree, or a root if parent is NULL. */
struct capability *capability_new(struct space *space, struct object *object,
    uint32_t rights, struct capability *parent);
cap_t capability_handle(const struct capability *c);

/* Makes a node outside any table: a mapping's, or a slot in a message. */
void capability_link(
    struct capability *c, struct object *object, struct capability *parent);
/* Moves from to the unlinked slot to, with rights, children and watch.  from
 * is free afterwards, also in its table. */
void capability_move(struct capability *from, struct capability *to);
/* Moves from into a new entry of space, reserved before. */
struct capability *capability_accept(
    struct capability *from, struct space *space);
/* Takes c out of the tree and its table, leaves its children to its parent;
 * the reference to the object is the caller's now. */
struct object *capability_take(struct capability *c);
/* The same, and drops the reference: replies and ports notice.  Of a
 * mapping, in steps: false as long as there is more to do. */
bool capability_delete(struct capability *c);

/* The object that stands for all whose capabilities share a tree: of badges
 * and replies their port.  Its revoking is the one that counts. */
struct object *family_of(struct object *object);
/* A bounded step of the revocation going on in the object's family; true when
 * there is none any more. */
bool revoke_step(struct object *object);
/* True if none is going on; else does a step: the call is to be repeated. */
static inline bool
capability_settled(const struct capability *c)
{
	if (family_of(c->object)->revoking == NULL)
		return true;
	(void)revoke_step(c->object);
	return false;
}

/* Frees the pages of a table without entries. */
void table_free(struct table *table);

/* Visits the slots of space from *index on, at most count of them; gives the
 * next one in use or NULL, with *index moved behind it. */
struct capability *capability_next(
    struct space *space, uint32_t *index, unsigned count);

/* cap_move: dispatched from call.c. */
struct task;
uint64_t cap_move(struct task *task, uint64_t *a);
