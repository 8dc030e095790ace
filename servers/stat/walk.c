/* walk: pages, objects, rings and the derivation tree, none of it trusted. */
#include "walk.h"

#include <stdlib.h>
#include <string.h>

enum {
	TRIES = 3, /* to read what changes */
	RING_MOST = 4096, /* links looked at in search of a parent */
};

static const size_t sizes[SLABS] = {
	[SLAB_CAPABILITIES] = sizeof(struct capability),
	[SLAB_PORT] = sizeof(struct port),
	[SLAB_BADGE] = sizeof(struct badge),
	[SLAB_MESSAGE] = sizeof(struct message_node),
	[SLAB_WATCH] = sizeof(struct watch),
	[SLAB_MEMORY] = sizeof(struct memory),
	[SLAB_MAPPING] = sizeof(struct mapping),
	[SLAB_SPACE] = sizeof(struct space),
	[SLAB_TASK] = sizeof(struct task),
	[SLAB_INTERRUPT] = sizeof(struct interrupt),
};

/* --- pages -------------------------------------------------------------*/

static const struct slab_page *
page_head(const struct tables *t, uint32_t page)
{
	return (const struct slab_page *)(t->base + (size_t)page * PAGE_SIZE);
}

static uint32_t
hash(const struct tables *t, uintptr_t page_address)
{
	uint64_t h = page_address / PAGE_SIZE * 0x9E3779B97F4A7C15;

	return (uint32_t)(h >> 32) & (t->index_size - 1);
}

/* A free page of a table points at another free page: both claim one place
 * then, and nothing points at either. */
static void
enter(struct tables *t, uint32_t page)
{
	uintptr_t self = (uintptr_t)page_head(t, page)->self;

	if (self == 0 || self % PAGE_SIZE != 0)
		return;
	for (uint32_t at = hash(t, self);; at = (at + 1) % t->index_size) {
		if (t->index[at] != 0)
			continue;
		t->index[at] = page + 1;
		return;
	}
}

enum error
tables_refresh(struct tables *t, const void *base, uint32_t pages)
{
	t->base = base;
	t->pages = pages;
	if (t->index_size < 2 * pages) {
		uint32_t size = t->index_size == 0 ? 256 : t->index_size;

		while (size < 2 * pages)
			size *= 2;
		free(t->index);
		t->index = malloc(size * sizeof(*t->index));
		t->index_size = t->index == NULL ? 0 : size;
		if (t->index == NULL)
			return E_NO_MEMORY;
	}
	memset(t->index, 0, t->index_size * sizeof(*t->index));
	for (uint32_t page = 0; page < pages; page++)
		enter(t, page);
	return E_OK;
}

/* The page's number, or t->pages if there is none at that address. */
static uint32_t
page_of(const struct tables *t, const void *address)
{
	uintptr_t self = (uintptr_t)address & -(uintptr_t)PAGE_SIZE;

	if (t->index_size == 0)
		return t->pages;
	for (uint32_t at = hash(t, self); t->index[at] != 0;
	     at = (at + 1) % t->index_size)
		if ((uintptr_t)page_head(t, t->index[at] - 1)->self == self)
			return t->index[at] - 1;
	return t->pages;
}

enum slab
walk_slab(const struct tables *t, uint32_t page)
{
	uint32_t slab = page < t->pages ? page_head(t, page)->slab : SLABS;

	return slab < SLABS ? (enum slab)slab : SLABS;
}

/* As kernel/object.c cuts its pages up. */
size_t
walk_stride(enum slab slab)
{
	return (sizes[slab] + 15) / 16 * 16;
}

static size_t
objects_per_page(enum slab slab)
{
	return (PAGE_SIZE - sizeof(struct slab_page)) / walk_stride(slab);
}

/* --- objects -------------------------------------------------------------*/

const void *
walk_at(const struct tables *t, const void *address, enum slab slab)
{
	uint32_t page = page_of(t, address);
	size_t offset = (uintptr_t)address % PAGE_SIZE;

	if (page == t->pages || walk_slab(t, page) != slab ||
	    offset < sizeof(struct slab_page))
		return NULL;
	offset -= sizeof(struct slab_page);
	if (offset % walk_stride(slab) != 0 ||
	    offset / walk_stride(slab) >= objects_per_page(slab))
		return NULL;
	return (const char *)(page_head(t, page) + 1) + offset;
}

uint64_t
walk_place(const struct tables *t, const void *view)
{
	size_t offset = (size_t)((const char *)view - t->base);
	uint32_t page = (uint32_t)(offset / PAGE_SIZE);
	enum slab slab = walk_slab(t, page);

	if (slab == SLABS)
		return 0;
	offset = offset % PAGE_SIZE - sizeof(struct slab_page);
	return (uint64_t)page * PLACES_PER_PAGE + offset / walk_stride(slab);
}

bool
walk_copy(const void *view, size_t size, enum object_type type, void *out)
{
	const struct object *object = out;

	for (unsigned i = 0; i < TRIES; i++) {
		memcpy(out, view, size);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		if (memcmp(out, view, size) == 0)
			return object->type == type;
	}
	return false;
}

bool
walk_next(const struct tables *t, enum slab slab, enum object_type type,
    uint64_t *place, void *out)
{
	uint64_t page = *place / PLACES_PER_PAGE, i = *place % PLACES_PER_PAGE;

	for (; page < t->pages; page++, i = 0) {
		if (walk_slab(t, (uint32_t)page) != slab)
			continue;
		for (; i < objects_per_page(slab); i++) {
			const char *view =
			    (const char *)(page_head(t, (uint32_t)page) + 1) +
			    i * walk_stride(slab);

			if (!walk_copy(view, sizes[slab], type, out))
				continue;
			*place = page * PLACES_PER_PAGE + i + 1;
			return true;
		}
	}
	return false;
}

/* --- rings ---------------------------------------------------------------*/

/* The view of a link at any address within a page's objects, or NULL. */
static const struct link *
link_at(const struct tables *t, const void *address)
{
	uint32_t page = page_of(t, address);
	size_t offset = (uintptr_t)address % PAGE_SIZE;

	if (page == t->pages || offset < sizeof(struct slab_page) ||
	    offset > PAGE_SIZE - sizeof(struct link) ||
	    offset % _Alignof(struct link) != 0)
		return NULL;
	return (const struct link *)((const char *)page_head(t, page) + offset);
}

int
walk_count(const struct tables *t, const struct link *head, int most)
{
	const struct link *address = head, *view = link_at(t, head);
	int count = 0;

	for (; view != NULL && count <= most; count++) {
		const struct link *next = view->next;

		if (next == head)
			return count;
		view = link_at(t, next);
		/* What was taken out meanwhile points elsewhere. */
		if (view != NULL && view->prev != address)
			return -1;
		address = next;
	}
	return -1;
}

/* --- the derivation tree -------------------------------------------------*/

/* Where capabilities are in the objects of a slab: count of them from an
 * offset on. */
struct nodes {
	size_t offset, count;
};

static struct nodes
nodes_of(enum slab slab)
{
	switch (slab) {
	case SLAB_CAPABILITIES:
		return (struct nodes){ 0, 1 };
	case SLAB_MESSAGE:
		return (struct nodes){ offsetof(struct message_node, slots),
			MESSAGE_SLOTS };
	case SLAB_MAPPING:
		return (struct nodes){ offsetof(struct mapping, node), 1 };
	case SLAB_TASK:
		return (struct nodes){ offsetof(struct task, fault.slots),
			MESSAGE_SLOTS };
	default:
		return (struct nodes){ 0, 0 };
	}
}

/* The offset in its capability of what is at that address, which is in a
 * capability; SIZE_MAX if it is not. */
static size_t
offset_in_capability(const struct tables *t, const void *address)
{
	enum slab slab = walk_slab(t, page_of(t, address));
	size_t offset = (uintptr_t)address % PAGE_SIZE;
	struct nodes nodes;

	if (slab == SLABS || offset < sizeof(struct slab_page))
		return SIZE_MAX;
	offset = (offset - sizeof(struct slab_page)) % walk_stride(slab);
	nodes = nodes_of(slab);
	if (offset < nodes.offset ||
	    offset >= nodes.offset + nodes.count * sizeof(struct capability))
		return SIZE_MAX;
	return (offset - nodes.offset) % sizeof(struct capability);
}

const struct capability *
walk_capability(const struct tables *t, const struct capability *address)
{
	if (offset_in_capability(t, address) != 0)
		return NULL;
	return (const struct capability *)link_at(t, &address->children);
}

/* Its siblings are a ring that runs through the parent's head of children. */
const struct capability *
walk_parent(const struct tables *t, const struct capability *address, bool *cut)
{
	const struct link *start = &address->siblings, *at = start;

	for (unsigned i = 0; i < RING_MOST; i++) {
		const struct link *view = link_at(t, at);

		if (view == NULL)
			break;
		at = view->next;
		if (at == start)
			return NULL; /* a root */
		if (offset_in_capability(t, at) ==
		    offsetof(struct capability, children))
			return CONTAINER(at, const struct capability, children);
	}
	*cut = true;
	return NULL;
}

/* --- numbers ---------------------------------------------------------*/

uint64_t
walk_space_number(const struct tables *t, const struct space *address)
{
	const struct space *view = walk_at(t, address, SLAB_SPACE);
	struct space space;

	if (view == NULL ||
	    !walk_copy(view, sizeof(space), OBJECT_SPACE, &space))
		return 0;
	return space.number;
}

const struct slab_page *
walk_table_page(const struct tables *t, uint32_t page)
{
	const struct slab_page *head =
	    (const struct slab_page *)(t->base + (size_t)page * PAGE_SIZE);

	return walk_slab(t, page) == SLAB_CAPABILITIES &&
		       (uintptr_t)head->self % PAGE_SIZE == 0 &&
		       head->space != NULL
		   ? head
		   : NULL;
}

uint64_t
walk_port_id(const struct tables *t, const struct port *address)
{
	const void *view = walk_at(t, address, SLAB_PORT);

	return view == NULL ? 0 : walk_place(t, view) + 1;
}
