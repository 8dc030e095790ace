/*
 * invariants_tree: every capability, and its place in the tree.
 *
 * They are gathered from where they are kept: tables, messages, objects.  Then
 * the rings are walked: what is in one is known, what is known is in one, the
 * brackets match, and each child may be where it is.
 */
#include "books.h"

#include <string.h>

enum { GRAIN = 32, CLOSE = 16 };

struct entry *entries;
size_t entry_count;

static size_t entry_room;
static uint32_t *entry_at; /* of each GRAIN of RAM: index in entries, plus 1 */
static uint64_t entry_at_pages;

static uint32_t *
at_of(const struct capability *c)
{
	return &entry_at[(size_t)((const uint8_t *)c - machine_ram) / GRAIN];
}

struct entry *
entry_of_capability(const struct capability *c)
{
	if (in_ram(c))
		return *at_of(c) == 0 ? NULL : &entries[*at_of(c) - 1];
	EACH_ENTRY(e)
	if (e->c == c)
		return e;
	return NULL;
}

void
entry_add(const struct capability *c, enum where where, struct space *space)
{
	if (c->type == OBJECT_NONE)
		return;
	if (entry_count == entry_room) {
		entry_room = entry_room * 2 + 256;
		entries = realloc(entries, entry_room * sizeof *entries);
	}
	entries[entry_count++] =
	    (struct entry){ .c = c, .where = where, .space = space };
	if (!in_ram(c))
		return;
	MUST(*at_of(c) == 0, "a capability is at two places", c);
	*at_of(c) = (uint32_t)entry_count;
}

static void
forget(void)
{
	if (entry_at_pages != machine_ram_pages()) {
		entry_at_pages = machine_ram_pages();
		free(entry_at);
		entry_at = calloc(
		    entry_at_pages * PAGE_SIZE / GRAIN, sizeof *entry_at);
	} else {
		EACH_ENTRY(e)
		if (in_ram(e->c))
			*at_of(e->c) = 0;
	}
	entry_count = 0;
}

static void
gather_table(struct space *space)
{
	for (const struct capability *c = space->table; c < space->fresh; c++)
		if ((uintptr_t)c % PAGE_SIZE != 0)
			entry_add(c, IN_TABLE, space);
	entry_add(&space->faults, IN_OBJECT, NULL);
}

static void
gather_slots(const struct message_node *m)
{
	for (unsigned i = 0; i < MESSAGE_SLOTS; i++)
		entry_add(&m->slots[i], IN_MESSAGE, NULL);
}

static void
gather_port(const struct port *port)
{
	entry_add(&port->self.room, IN_OBJECT, NULL);
	for (size_t i = 0; i < node_count(port); i++)
		gather_slots(node_first(port) + i);
}

static void
gather_room_of(const struct message_node *m)
{
	const struct badge *badge = m->owner;

	if (badge != NULL && badge->room.type != OBJECT_NONE &&
	    *at_of(&badge->room) == 0)
		entry_add(&badge->room, IN_OBJECT, NULL);
}

/* A badge is known by the capabilities that have it. */
static void
gather_rooms(void)
{
	for (size_t i = 0; i < entry_count; i++) {
		const struct badge *badge = entries[i].c->object;
		const struct capability *room;

		if (entries[i].c->type != OBJECT_PORT)
			continue;
		MUST(is_object(badge->port, OBJECT_PORT), "of no port",
		    entries[i].c);
		room = &badge->room;
		if (room->type != OBJECT_NONE && *at_of(room) == 0)
			entry_add(room, IN_OBJECT, NULL);
	}
	/* Or, if there is none, by the message that tells so. */
	EACH(struct port, port, OBJECT_PORT)
	{
		for (struct link *l = port->queue.next; l != &port->queue;
		     l = l->next)
			gather_room_of((const struct message_node *)l);
		if (port->hand != NULL)
			gather_room_of(port->hand);
	}
}

static const struct capability *
capability_of(const struct link *l)
{
	MUST(l != NULL, "out of the tree", l);
	return (uintptr_t)l & CLOSE
		   ? CONTAINER(l, const struct capability, close)
		   : CONTAINER(l, const struct capability, open);
}

/* The kernel's variables hold some; each is behind another in its ring. */
static void
meet(const struct link *l)
{
	const struct capability *c = capability_of(l);

	if (in_ram(c) || entry_of_capability(c) != NULL)
		return;
	MUST(in_kernel_variables(c), "the tree leads to nowhere", c);
	entry_add(c, IN_VARIABLE, NULL);
}

static void
gather_variables(void)
{
	for (size_t i = 0; i < entry_count; i++) {
		meet(entries[i].c->open.next);
		meet(entries[i].c->close.next);
	}
}

void
entries_gather(void)
{
	forget();
	for (size_t i = 0; i < known_count; i++) {
		const struct object *object = object_of(known[i].start);

		MUST(object->type == known[i].type, "an object of another type",
		    object);
		entry_add(&object->root, IN_OBJECT, NULL);
	}
	EACH(struct space, space, OBJECT_SPACE)
	gather_table(space);
	EACH(struct port, port, OBJECT_PORT)
	gather_port(port);
	EACH(struct task, task, OBJECT_TASK)
	gather_slots(&task->fault);
	gather_rooms();
	gather_variables();
}

/* --- what may be below what --------------------------------------------------*/

static const void *
object_of_capability(const struct capability *c)
{
	return c->type == OBJECT_PORT ? ((struct badge *)c->object)->port
				      : c->object;
}

static uint64_t
end_of(const struct capability *c)
{
	return c->base + (uint64_t)c->pages * PAGE_SIZE;
}

/* The range of memory that an entry stands for; false if it is none. */
static bool
range_of(const struct capability *c, paddr_t *first, paddr_t *end)
{
	*first = c->base;
	*end = end_of(c);
	if (c->type == OBJECT_ROOT) {
		const struct known *k = object_at(c);

		*first = (paddr_t)((uint8_t *)k->start - machine_ram);
		*end = *first + k->pages * PAGE_SIZE;
	}
	return c->type == OBJECT_MEMORY || c->type == OBJECT_ROOT;
}

static void
check_in_memory(const struct capability *parent, const struct capability *c)
{
	bool raw = (parent->rights & RIGHT_MAKE) != 0;
	paddr_t first, end;

	if (c->type == OBJECT_REPLY)
		return;
	MUST(range_of(c, &first, &end), "no memory below memory", c);
	MUST(first >= parent->base && end <= end_of(parent),
	    "not within its parent", c);
	MUST(raw || c->type == OBJECT_MEMORY, "made of what is not raw", c);
	MUST(
	    !raw || parent->mapped == 0, "raw memory is mapped and divided", c);
	MUST(!raw || end <= parent->address, "a child behind the watermark", c);
	if (c->type == OBJECT_MEMORY)
		MUST((c->rights & ~parent->rights) == 0, "more rights", c);
}

static void
check_child(const struct capability *parent, const struct capability *c)
{
	if (c->type == OBJECT_REPLY)
		return;
	if (parent->type == OBJECT_MEMORY) {
		check_in_memory(parent, c);
		return;
	}
	if (parent->type == OBJECT_ROOT) {
		const struct known *k = object_at(parent);

		MUST(c->type == k->type && object_of_capability(c) == k->start,
		    "below another object's root", c);
		return;
	}
	MUST(parent->type == c->type, "below another kind", c);
	if (c->type == OBJECT_MACHINE) /* an interrupt of it */
		return;
	MUST(object_of_capability(parent) == object_of_capability(c),
	    "below another object's capability", c);
	if (c->type != OBJECT_PORT || c->object == parent->object)
		MUST((c->rights & ~parent->rights) == 0, "more rights", c);
	MUST(!(c->rights & RIGHT_DESTROY), "derived ownership", c);
}

/* Raw memory's children: the younger, the higher, but what an entry that is
 * gone lent out of its own range may overlap itself. */
static void
check_siblings(const struct capability *parent)
{
	paddr_t first, end, lowest = UINT64_MAX, lowest_raw = UINT64_MAX;
	const struct link *l = parent->open.next;

	while (l != &parent->close) {
		const struct capability *c =
		    CONTAINER(l, const struct capability, open);
		bool raw = c->type == OBJECT_ROOT || (c->rights & RIGHT_MAKE);

		l = c->close.next;
		if (!range_of(c, &first, &end))
			continue;
		MUST(end <= (raw ? lowest : lowest_raw),
		    "raw memory overlaps its sibling", c);
		if (first < lowest)
			lowest = first;
		if (raw)
			lowest_raw = first;
	}
}

/* --- the rings ---------------------------------------------------------------*/

static bool *seen;
static size_t seen_room;
static struct entry **stack;
static size_t seen_count;

static void
walk(const struct link *start)
{
	const struct link *l = start, *lowest = start;
	long depth = 0, least = 0;
	size_t n = 0;

	ring_check(start, start);
	do {
		depth += (uintptr_t)l & CLOSE ? -1 : 1;
		l = l->next;
		if (depth < least) {
			least = depth;
			lowest = l;
		}
	} while (l != start);
	MUST(depth == 0, "brackets do not match", start);
	l = lowest;
	do {
		struct entry *e = entry_of_capability(capability_of(l));

		MUST(e != NULL, "the tree holds what is no capability", l);
		if ((uintptr_t)l & CLOSE) {
			MUST(n > 0 && stack[--n] == e, "brackets cross", e->c);
		} else {
			MUST(!seen[e - entries], "is twice in the tree", e->c);
			seen[e - entries] = true;
			seen_count++;
			e->parent = n == 0 ? NULL : stack[n - 1];
			if (n != 0)
				check_child(e->parent->c, e->c);
			if (e->c->type == OBJECT_MEMORY &&
			    (e->c->rights & RIGHT_MAKE))
				check_siblings(e->c);
			stack[n++] = e;
		}
		l = l->next;
	} while (l != lowest);
}

static void
check_owners(void)
{
	for (size_t i = 0; i < known_count; i++) {
		const struct object *object = object_of(known[i].start);

		MUST(!object->ending || object->working,
		    "ends and is not at it", object);
	}
	EACH_ENTRY(e)
	{
		MUST(e->c->type <= OBJECT_ROOT, "a type that is none", e->c);
		MUST(e->where == IN_TABLE || e->c->mapped == 0,
		    "mapped and in no table", e->c);
		MUST((e->where == IN_TABLE) == (e->c->generation != 0),
		    "a generation", e->c);
		if (!(e->c->rights & RIGHT_DESTROY))
			continue;
		MUST(e->parent != NULL && e->parent->c->type == OBJECT_ROOT,
		    "ownership that is not first", e->c);
	}
}

void
check_tree(void)
{
	size_t room = entry_count + 64;

	if (seen_room < room) {
		seen_room = room * 2;
		seen = realloc(seen, seen_room * sizeof *seen);
		stack = realloc(stack, seen_room * sizeof *stack);
	}
	memset(seen, 0, seen_room * sizeof *seen);
	seen_count = 0;
	for (size_t i = 0; i < entry_count; i++)
		if (!seen[i])
			walk(&entries[i].c->open);
	MUST(seen_count == entry_count, "not all are in the tree", NULL);
	check_owners();
}
