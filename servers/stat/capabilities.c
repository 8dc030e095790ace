/* capabilities: what a space holds, and where it comes from. */
#include "walk.h"

static void
describe_port(
    const struct tables *t, const void *object, struct stat_capability *out)
{
	const struct badge *view = walk_at(t, object, SLAB_BADGE);
	struct badge badge;

	if (view == NULL) { /* a port's own badge lies within it */
		out->object =
		    walk_port_id(t, CONTAINER(object, const struct port, self));
		return;
	}
	if (!walk_copy(view, sizeof(badge), OBJECT_PORT, &badge))
		return;
	out->badge = badge.value;
	out->object = walk_port_id(t, badge.port);
}

/* Two objects are in no slab; only one has rights of that kind. */
static void
describe_static(const struct tables *t, struct stat_capability *out)
{
	const uint32_t machine = RIGHT_SCHEDULE | RIGHT_PRINT | RIGHT_POWER |
				 RIGHT_BIND | RIGHT_DEVICE;

	out->type = OBJECT_MACHINE;
	if (out->rights & machine)
		return;
	out->type = OBJECT_MEMORY; /* the tables themselves */
	out->pages = t->pages;
}

/* The object's type and what tells it from others of its type. */
static void
describe(
    const struct tables *t, const void *object, struct stat_capability *out)
{
	const void *view;
	struct task task;
	struct memory memory;

	if ((view = walk_at(t, object, SLAB_TASK)) != NULL) {
		out->type = OBJECT_TASK;
		if (walk_copy(view, sizeof(task), OBJECT_TASK, &task))
			out->object = task.number;
	} else if ((view = walk_at(t, object, SLAB_SPACE)) != NULL) {
		out->type = OBJECT_SPACE;
		out->object = walk_space_number(t, object);
	} else if ((view = walk_at(t, object, SLAB_MEMORY)) != NULL) {
		out->type = OBJECT_MEMORY;
		out->object = walk_place(t, view) + 1;
		if (walk_copy(view, sizeof(memory), OBJECT_MEMORY, &memory))
			out->pages = memory.pages;
	} else if (walk_at(t, object, SLAB_MESSAGE) != NULL) {
		out->type = OBJECT_REPLY;
	} else if (walk_at(t, object, SLAB_INTERRUPT) != NULL) {
		out->type = OBJECT_INTERRUPT;
	} else if (walk_at(t, object, SLAB_BADGE) != NULL ||
		   walk_at(t, CONTAINER(object, const struct port, self),
		       SLAB_PORT) != NULL) {
		out->type = OBJECT_PORT;
		describe_port(t, object, out);
	} else {
		describe_static(t, out);
	}
}

/* The space and handle of a capability in a table; zeros of one elsewhere. */
static void
locate(const struct tables *t, const struct capability *address,
    const struct capability *view, struct stat_ancestor *out)
{
	const struct slab_page *page =
	    (const struct slab_page *)(t->base +
				       (size_t)((const char *)view - t->base) /
					   PAGE_SIZE * PAGE_SIZE);

	*out = (struct stat_ancestor){ .rights = view->rights };
	if (page->slab != SLAB_CAPABILITIES)
		return;
	out->space = walk_space_number(t, page->space);
	out->handle = (uint64_t)view->generation << 32 |
		      (page->first + (uint32_t)((uintptr_t)address % PAGE_SIZE /
						sizeof(struct capability)));
}

static void
list_ancestors(const struct tables *t, const struct capability *address,
    struct stat_capability *out)
{
	bool cut = false;

	while ((address = walk_parent(t, address, &cut)) != NULL) {
		const struct capability *view = walk_capability(t, address);

		if (view == NULL || out->ancestors == STAT_CHAIN) {
			cut = true;
			break;
		}
		locate(t, address, view, &out->chain[out->ancestors++]);
	}
	out->flags |= cut ? STAT_CUT : 0;
}

/* Slot i of a table's page, if it is in use. */
static bool
describe_slot(const struct tables *t, const struct slab_page *page, unsigned i,
    struct stat_capability *out)
{
	struct capability c = ((const struct capability *)page)[i];

	if (c.object == NULL)
		return false;
	*out = (struct stat_capability){ .rights = c.rights,
		.expiry = c.expiry,
		.handle = (uint64_t)c.generation << 32 | (page->first + i) };
	describe(t, c.object, out);
	list_ancestors(t, (const struct capability *)page->self + i, out);
	return true;
}

uint32_t
tables_capabilities(const struct tables *t, uint64_t space, uint64_t *cursor,
    struct stat_capability *out, uint32_t count)
{
	uint64_t i = *cursor / TABLE_SLOTS, slot = *cursor % TABLE_SLOTS;
	uint32_t n = 0;

	for (; i < t->pages; i++, slot = 0) {
		const struct slab_page *page = walk_table_page(t, (uint32_t)i);

		if (page == NULL || walk_space_number(t, page->space) != space)
			continue;
		for (slot = slot == 0 ? 1 : slot; slot < TABLE_SLOTS; slot++) {
			if (n == count) {
				*cursor = i * TABLE_SLOTS + slot;
				return n;
			}
			n += describe_slot(t, page, (unsigned)slot, &out[n]);
		}
	}
	*cursor = 0;
	return n;
}
