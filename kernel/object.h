/*
 * object: what is made of raw memory, and how it ends.
 *
 * A port, a space or a task lies in the memory whose capability it was made
 * with.  Its root entry is that capability's child, and all capabilities to
 * the object are below the root: so whoever owns the memory can end the
 * object by revoking it, and as long as anything of the object is left, the
 * memory has a child and cannot be used again.  An object also ends when the
 * one capability to it with RIGHT_DESTROY does, which its maker got.
 *
 * What takes long is done in bounded steps: an object that ends, or a space
 * that is cleaned for another life, waits in the work list, and each kernel
 * entry does a step.  The last object to come is taken apart first, so one
 * that was found while another ends is gone before that goes on.  Nothing new
 * is made or derived while there is work.
 */
#pragma once

#include "capability.h"

struct object {
	uint8_t type; /* enum object_type */
	bool working; /* in the work list */
	bool ending;
	uint32_t clean; /* of a space: slots that need no other look */
	struct object *next; /* in the work list */
	char *room, *room_end; /* of its memory, what was never used */
	struct capability root;
};

/* Where struct object is in a port, space or task, which begin with what is
 * used most. */
enum { OBJECT_AT = 128 };

static inline struct object *
object_of(void *start)
{
	return (struct object *)((char *)start + OBJECT_AT);
}

/* Makes an object of type in raw memory that is not in use; its first page is
 * zeroed, the others are its room. */
BOOT_USES void *object_make(struct capability *memory, enum object_type type);
void object_work(struct object *object);
void object_end(struct object *object);

/* Starts the revocation of c's descendants; there is one at a time, so only
 * while there is no work. */
void revoke_start(struct capability *c);
/* c is no more, or is now where to is. */
void revoke_moved(const struct capability *c, struct capability *to);
/* A bounded step; true if there was nothing to do. */
bool work_step(void);

BOOT_USES void *zero(void *at, size_t bytes); /* 8 at a time; gives at */
