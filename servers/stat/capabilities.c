/* capabilities: what a space holds, and where it comes from. */
#include "find.h"

/* The object's number and what else there is to say of its type. */
static void
describe(
    struct tables *t, const struct capability *c, struct stat_capability *out)
{
	uint64_t object = (uint64_t)c->object;

	out->type = c->type;
	out->rights = c->rights;
	switch (c->type) {
	case OBJECT_MEMORY:
		out->object = c->base / PAGE_SIZE;
		out->pages = c->pages;
		out->mapped = c->mapped;
		break;
	case OBJECT_MACHINE:
		out->object = c->number;
		break;
	case OBJECT_PORT:
	case OBJECT_REPLY:
		object = walk_port(t, c, &out->badge);
		/* Fall through. */
	default:
		out->object = walk_number(t, object);
	}
}

/* Where the entry at the address is. */
static bool
locate(struct tables *t, uint64_t address, struct stat_ancestor *out)
{
	const struct found *space = walk_holder(t, address);
	struct capability c;

	if (!walk_read(t, address, &c, sizeof(c)))
		return false;
	*out = (struct stat_ancestor){ .rights = c.rights,
		.place = STAT_ELSEWHERE };
	if (c.type == OBJECT_ROOT) {
		out->place = STAT_OBJECT;
		out->number = walk_number(t, address);
	} else if (space != NULL) {
		uint64_t index =
		    address - t->direct_map - (space->number + 1) * PAGE_SIZE;

		out->place = STAT_TABLE;
		out->number = space->number;
		out->handle = (uint64_t)c.generation << 32 | index / sizeof(c);
	}
	return true;
}

static void
list_ancestors(struct tables *t, uint64_t address, struct stat_capability *out)
{
	enum stat_place where = STAT_TABLE;

	for (;;) {
		if (!walk_parent(t, address, &address, &where))
			break;
		if (address == 0 && where != STAT_KERNEL)
			return;
		if (out->ancestors == STAT_CHAIN)
			break;
		if (address == 0) {
			out->chain[out->ancestors++].place = STAT_KERNEL;
			return;
		}
		if (!locate(t, address, &out->chain[out->ancestors]))
			break;
		out->ancestors++;
	}
	out->flags |= STAT_CUT;
}

enum error
tables_capabilities(struct tables *t, uint64_t number, uint64_t *cursor,
    struct stat_capability *out, uint32_t count, uint32_t *filled)
{
	struct space space;
	struct capability c;
	uint64_t slots, i = *cursor;
	uint32_t n = 0;

	if (walk_found(t, number, OBJECT_SPACE) == NULL)
		return E_NOT_FOUND;
	slots = find_slots(t, number * PAGE_SIZE + t->direct_map, &space);
	for (; i < slots && n < count; i++) {
		uint64_t at = find_slot(t, &space, i, &c);

		if (at == 0)
			continue;
		out[n] = (struct stat_capability){
			.handle = (uint64_t)c.generation << 32 | i
		};
		describe(t, &c, &out[n]);
		list_ancestors(t, at, &out[n++]);
	}
	*cursor = i < slots ? i : 0;
	*filled = n;
	return E_OK;
}
