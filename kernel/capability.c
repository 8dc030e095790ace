/* capability: tables and the derivation tree. */
#include "kernel.h"

struct capability *
capability_find(struct space *space, cap_t handle)
{
	uint32_t index = (uint32_t)handle;
	struct capability *c = space->table + index;

	return index % 64 != 0 && c < space->fresh &&
		c->generation == handle >> 32
	    ? c
	    : NULL;
}

/* Whose table c is in, if it is in one. */
static struct space *
space_of(const struct capability *c)
{
	return ((struct table_head *)((uintptr_t)c & -(uintptr_t)PAGE_SIZE))
	    ->space;
}

cap_t
capability_handle(const struct capability *c)
{
	return (cap_t)c->generation << 32 | (cap_t)(c - space_of(c)->table);
}

void
capability_link(struct capability *c, uint32_t type, void *object,
    uint32_t rights, struct capability *parent)
{
	c->type = type;
	c->rights = rights;
	c->object = object;
	c->mapped = c->pages = 0;
	list_init(&c->open);
	if (parent != NULL)
		list_insert(&parent->open, &c->open);
	list_insert(&c->open, &c->close);
	if (type == OBJECT_PORT)
		((struct badge *)object)->references++;
}

/* Counted by space->left, which is not 0. */
static struct capability *
slot_take(struct space *space)
{
	struct capability *c = space->free;

	space->left--;
	if (c != NULL) {
		space->free = c->next_free;
		return c;
	}
	c = space->fresh;
	if ((uintptr_t)c % PAGE_SIZE == 0)
		((struct table_head *)c++)->space = space;
	c->generation = 1;
	space->fresh = c + 1;
	return c;
}

static void
slot_give(struct capability *c)
{
	c->type = OBJECT_NONE;
	/* A slot whose generations are used up is never used again; the last
	 * one would make an error of its handle. */
	if (c->generation != 0 && ++c->generation != UINT32_MAX) {
		struct space *space = space_of(c);

		space->left++;
		c->next_free = space->free;
		space->free = c;
	}
}

struct capability *
capability_new(struct space *space, uint32_t type, void *object,
    uint32_t rights, struct capability *parent)
{
	struct capability *c = slot_take(space);

	capability_link(c, type, object, rights, parent);
	return c;
}

void
capability_move(struct capability *from, struct capability *to)
{
	uint32_t generation = to->generation;

	for (unsigned i = 0; i < sizeof(*to) / 8; i++)
		((uint64_t *)to)[i] = ((const uint64_t *)from)[i];
	to->generation = generation;
	list_replace(&from->open, &to->open);
	list_replace(&from->close, &to->close);
	if (to->type == OBJECT_REPLY)
		((struct message_node *)to->object)->holder = to;
	revoke_moved(from, to);
	slot_give(from);
}

struct capability *
capability_accept(struct capability *from, struct space *space)
{
	struct capability *to = slot_take(space);

	capability_move(from, to);
	return to;
}

void
capability_embed(struct capability *at, struct capability *c)
{
	if (at->type != OBJECT_NONE)
		(void)capability_delete(at); /* a port's: done at once */
	if (c != NULL)
		capability_link(at, c->type, c->object, 0, c);
}

void
capability_take(struct capability *c)
{
	revoke_moved(c, NULL);
	list_remove(&c->open);
	list_remove(&c->close);
	slot_give(c);
}

bool
capability_delete(struct capability *c)
{
	uint32_t type = c->type;
	void *object = c->object;
	bool owner = (c->rights & RIGHT_DESTROY) != 0;

	if (type == OBJECT_ROOT) {
		object_end(object);
		return false;
	}
	if (type == OBJECT_MEMORY && !memory_unmap(c))
		return false;
	capability_take(c);
	if (type == OBJECT_REPLY)
		reply_drop(object);
	if (owner)
		object_end(object_of(
		    type == OBJECT_PORT ? ((struct badge *)object)->port
					: object));
	if (type == OBJECT_PORT && --((struct badge *)object)->references == 0)
		badge_gone(object);
	return true;
}
