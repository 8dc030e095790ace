/* walk: pages, objects, rings and the derivation tree, none of it trusted. */
#include "walk.h"

#include <string.h>

enum {
	TRIES = 3, /* to read what changes */
	COPY_MOST = 512, /* bytes read at once */
	SIBLINGS_MOST = 1 << 16, /* stepped over in search of a parent */
};

/* --- memory --------------------------------------------------------------*/

static uint64_t
bus_of(const struct tables *t, uint64_t address)
{
	return address - t->direct_map; /* nonsense is in no range */
}

static bool
seen(const struct tables *t, uint64_t address, uint64_t size)
{
	return address % _Alignof(uint64_t) == 0 &&
	       ram_has(t->ram, bus_of(t, address), size);
}

bool
walk_read(struct tables *t, uint64_t address, void *out, size_t size)
{
	char again[COPY_MOST];
	uint64_t bus = bus_of(t, address);

	if (!seen(t, address, size) || size > sizeof(again))
		return false;
	for (unsigned i = 0; i < TRIES; i++) {
		if (t->steps == 0) {
			t->error = E_LIMIT;
			return false;
		}
		t->steps--;
		if (!ram_read(t->ram, bus, out, size) ||
		    !ram_read(t->ram, bus, again, size))
			return false;
		if (memcmp(out, again, size) == 0)
			return true;
	}
	return false;
}

uint64_t
walk_number(const struct tables *t, uint64_t address)
{
	return seen(t, address, sizeof(uint64_t))
		   ? bus_of(t, address) / PAGE_SIZE
		   : 0;
}

/* --- objects -------------------------------------------------------------*/

bool
walk_object(struct tables *t, uint64_t address, enum object_type type,
    struct object *out)
{
	return address % PAGE_SIZE == 0 &&
	       walk_read(t, address + OBJECT_AT, out, sizeof(*out)) &&
	       out->type == type && !out->ending &&
	       out->root.type == OBJECT_ROOT &&
	       (uint64_t)out->root.object == address + OBJECT_AT &&
	       out->root.pages != 0 &&
	       seen(t, address, (uint64_t)out->root.pages * PAGE_SIZE);
}

uint64_t
walk_port(struct tables *t, const struct capability *c, uint64_t *badge)
{
	struct message_node m; /* no more of it than the head is read */
	struct object object;
	struct badge b;
	uint64_t at = (uint64_t)c->object, port;

	if (c->type == OBJECT_PORT && walk_read(t, at, &b, sizeof(b))) {
		port = (uint64_t)b.port;
		*badge = b.value;
	} else if (c->type == OBJECT_REPLY &&
		   walk_read(t, at, &m, offsetof(struct message_node, words))) {
		port = (uint64_t)m.port;
		*badge = m.badge;
	} else {
		return 0;
	}
	return walk_object(t, port, OBJECT_PORT, &object) ? port : 0;
}

struct found *
walk_found(const struct tables *t, uint64_t number, enum object_type type)
{
	if (t->index_size == 0)
		return NULL;
	for (uint64_t at = number;; at++) {
		uint32_t place = t->index[at & (t->index_size - 1)];

		if (place == 0)
			return NULL;
		if (t->found[place - 1].number == number)
			return type == OBJECT_NONE ||
				       t->found[place - 1].type ==
					   (uint32_t)type
				   ? &t->found[place - 1]
				   : NULL;
	}
}

struct found *
walk_holder(struct tables *t, uint64_t address)
{
	uint64_t page = address & -(uint64_t)PAGE_SIZE, space;
	struct found *f;

	if (address == page || address % sizeof(struct capability) != 0 ||
	    !walk_read(t, page, &space, sizeof(space)))
		return NULL;
	f = walk_found(t, walk_number(t, space), OBJECT_SPACE);
	return f != NULL && space % PAGE_SIZE == 0 && page > space &&
		       page - space < (uint64_t)f->pages * PAGE_SIZE
		   ? f
		   : NULL;
}

/* --- rings ---------------------------------------------------------------*/

uint32_t
walk_ring(struct tables *t, uint64_t head, uint32_t most,
    void (*each)(struct tables *t, uint64_t link, void *state), void *state)
{
	struct link link;
	uint64_t at = head;
	uint32_t count = 0;

	if (!walk_read(t, head, &link, sizeof(link)))
		return 0;
	for (; (uint64_t)link.next != head && count < most; count++) {
		uint64_t before = at;

		at = (uint64_t)link.next;
		/* What was taken out meanwhile points elsewhere. */
		if (!walk_read(t, at, &link, sizeof(link)) ||
		    (uint64_t)link.prev != before)
			break;
		each(t, at, state);
	}
	return count;
}

/* --- the derivation tree -------------------------------------------------*/

enum {
	CLOSE = offsetof(struct capability, close),
	BRACKETS = 2 * CLOSE, /* what an open is a multiple of */
};

enum beside { SIBLING, PARENT, ROOT, LOST };

/* What is beside the entry *at, of which c is a copy, and takes its place: an
 * older or a newer sibling, the parent, or again the entry where this began,
 * which then has no parent. */
static enum beside
step(struct tables *t, uint64_t start, uint64_t *at, struct capability *c,
    bool older)
{
	uint64_t from = older ? *at + CLOSE : *at;
	uint64_t link = (uint64_t)(older ? c->close.next : c->open.prev);
	bool close = link % BRACKETS == CLOSE;
	bool parent = close == older;

	*at = link - link % BRACKETS;
	if (!close && link != *at)
		return LOST;
	if (*at == start)
		return ROOT;
	if (parent && !seen(t, *at, sizeof(*c)))
		return PARENT;
	if (!walk_read(t, *at, c, sizeof(*c)))
		return LOST;
	if (parent)
		return (uint64_t)(older ? c->close.prev : c->open.next) == from
			   ? PARENT
			   : LOST;
	return (uint64_t)(older ? c->open.prev : c->close.next) == from
		   ? SIBLING
		   : LOST;
}

static enum beside
find_parent(struct tables *t, uint64_t address, bool older, uint64_t *parent)
{
	struct capability c;
	enum beside beside = SIBLING;

	*parent = address;
	if (address % BRACKETS != 0 || !walk_read(t, address, &c, sizeof(c)))
		return LOST;
	for (unsigned i = 0; i < SIBLINGS_MOST && beside == SIBLING; i++)
		beside = step(t, address, parent, &c, older);
	return beside == SIBLING ? LOST : beside;
}

bool
walk_parent(struct tables *t, uint64_t address, uint64_t *parent,
    enum stat_place *where)
{
	enum beside beside = LOST;

	for (unsigned i = 0; i < 2 * TRIES && beside == LOST; i++)
		beside = find_parent(t, address, i % 2 == 1, parent);
	*where = STAT_TABLE;
	if (beside == PARENT && seen(t, *parent, sizeof(struct capability)))
		return true;
	if (beside == PARENT)
		*where = STAT_KERNEL;
	*parent = 0;
	return beside != LOST;
}
