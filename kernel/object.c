/* object: making, ending, the work list, revocation; see object.h. */
#include "kernel.h"

enum { END_STEP = 32 }; /* capabilities that one step deletes */

static struct object *work; /* the last to come is the first */
static struct capability *revoking; /* its descendants are being killed */

void *
zero(void *at, size_t bytes)
{
	for (size_t i = 0; i < bytes / 8; i++)
		((uint64_t *)at)[i] = 0;
	return at;
}

void *
object_make(struct capability *memory, enum object_type type)
{
	char *start = zero(hal_physical(memory->base), PAGE_SIZE);
	struct object *object = object_of(start);

	capability_link(&object->root, OBJECT_ROOT, object, 0, memory);
	object->type = type;
	object->root.pages = memory->pages;
	object->room = start + PAGE_SIZE;
	object->room_end = start + (uint64_t)memory->pages * PAGE_SIZE;
	memory->address = UINT64_MAX; /* nothing is derived of it meanwhile */
	return start;
}

void
object_work(struct object *object)
{
	if (object->working)
		return;
	object->working = true;
	object->next = work;
	work = object;
}

void
object_end(struct object *object)
{
	object->ending = true;
	object->clean = 0; /* for less than is wanted now */
	object_work(object);
}

void
revoke_start(struct capability *c)
{
	revoking = c;
}

void
revoke_moved(const struct capability *c, struct capability *to)
{
	if (revoking == c)
		revoking = to;
}

/* One step of its own; true when nothing is left to do. */
static bool
take_apart(struct object *object)
{
	void *start = (char *)object - OBJECT_AT;

	switch (object->type) {
	case OBJECT_PORT:
		return port_step(start);
	case OBJECT_SPACE:
		return space_step(start);
	default:
		return task_step(start);
	}
}

/* Nobody may read what the kernel wrote; the first page goes last.  What is
 * room to the end is as it came. */
static bool
scrub(struct object *object)
{
	uint32_t page = --object->root.pages;
	char *at = (char *)object - OBJECT_AT + (uint64_t)page * PAGE_SIZE;

	if (page == 0)
		capability_take(&object->root);
	if (at < object->room || at >= object->room_end)
		zero(at, PAGE_SIZE);
	return page == 0;
}

bool
work_step(void)
{
	for (unsigned i = 0; i < END_STEP; i++) {
		struct object *object = work;
		struct capability *head =
		    object != NULL ? &object->root : revoking;
		struct capability *child;
		struct object *next;

		if (head == NULL)
			return i == 0;
		child = capability_child(head);
		if (child != NULL && (object == NULL || object->ending)) {
			if (!capability_delete(child))
				return false;
		} else if (object == NULL) {
			revoking = NULL;
		} else if (take_apart(object)) {
			next = object->next;
			object->working = object->ending;
			if (!object->ending || scrub(object))
				work = next;
		}
	}
	return false;
}
