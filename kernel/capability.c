/* capability: tables, the derivation tree, revocation. */
#include "capability.h"
#include "kernel.h"

enum { STEP = 32 }; /* entries that one kernel entry deletes */

static struct capability *revoking; /* its descendants are being killed */

/* Where the page that holds index stands; NULL if it cannot be there. */
static struct slab_page **
table_page(struct space *space, uint32_t index, bool make)
{
	uint32_t page = index / TABLE_SLOTS;
	struct slab_page ***root = &space->table.roots[page / TABLE_FANOUT];

	if (page >= TABLE_ROOTS * TABLE_FANOUT)
		return NULL;
	if (*root == NULL && make)
		*root = page_allocate();
	return *root == NULL ? NULL : *root + page % TABLE_FANOUT;
}

static struct capability *
slot_of(struct space *space, uint32_t index)
{
	struct slab_page **page = table_page(space, index, false);

	return page == NULL || *page == NULL
	    ? NULL
	    : (struct capability *)*page + index % TABLE_SLOTS;
}

static struct slab_page *
page_of(const struct capability *c)
{
	return (struct slab_page *)((uintptr_t)c & -(uintptr_t)PAGE_SIZE);
}

static uint32_t
index_of(const struct capability *c)
{
	return page_of(c)->first + (uint32_t)((uintptr_t)c / 64 % TABLE_SLOTS);
}

cap_t
capability_handle(const struct capability *c)
{
	return (cap_t)c->generation << 32 | index_of(c);
}

struct capability *
capability_find(struct space *space, cap_t handle)
{
	struct capability *c = slot_of(space, (uint32_t)handle);

	/* The head of a page looks like a free slot with no generation. */
	return c != NULL && handle % TABLE_SLOTS != 0 &&
		c->type != OBJECT_NONE && c->generation == handle >> 32
	    ? c
	    : NULL;
}

enum error
capability_reserve(struct space *space, unsigned count)
{
	if (space->left[QUOTA_CAPABILITIES] < count)
		return REFUSE(E_QUOTA, "no capability left in the quota");
	for (uint32_t i = space->table.fresh; count-- > 0; i++) {
		struct slab_page **page = table_page(space, i, true);

		if (page == NULL ||
		    (*page == NULL &&
			(*page = slab_page(SLAB_CAPABILITIES)) == NULL))
			return REFUSE(E_NO_MEMORY, "no page for the table");
		(*page)->first = i & -(uint32_t)TABLE_SLOTS;
		(*page)->space = space;
	}
	return E_OK;
}

void
capability_link(struct capability *c, enum object_type type, void *object,
    uint32_t rights, struct capability *parent)
{
	c->type = type;
	c->rights = rights;
	c->object = object;
	c->expiry = 0;
	c->keep = false;
	c->mapped = 0;
	list_init(&c->children);
	list_init(&c->siblings);
	if (parent != NULL)
		list_insert(&parent->children, &c->siblings);
}

/* A free slot of the space's, reserved before. */
static struct capability *
slot_take(struct space *space)
{
	struct table *table = &space->table;
	struct capability *c;

	space->left[QUOTA_CAPABILITIES]--;
	if (table->free != 0) {
		c = slot_of(space, table->free);
		table->free = (uint32_t)c->next_free;
		return c;
	}
	if (table->fresh % TABLE_SLOTS == 0)
		table->fresh++; /* the page's head */
	c = slot_of(space, table->fresh++);
	c->generation++;
	return c;
}

static void
slot_give(struct capability *c)
{
	struct slab_page *page = page_of(c);

	c->type = OBJECT_NONE;
	if (page->slab != SLAB_CAPABILITIES)
		return; /* in a message */
	quota_give(page->space, QUOTA_CAPABILITIES, 1);
	/* A slot whose generations are used up is never used again. */
	if (++c->generation < UINT32_MAX) {
		c->next_free = page->space->table.free;
		page->space->table.free = index_of(c);
	}
}

struct capability *
capability_new(struct space *space, enum object_type type, void *object,
    uint32_t rights, struct capability *parent)
{
	struct capability *c = slot_take(space);

	capability_link(c, type, object, rights, parent);
	return c;
}

void
capability_move(struct capability *from, struct capability *to)
{
	capability_link(to, from->type, from->object, from->rights, NULL);
	to->expiry = from->expiry;
	to->pages = from->pages;
	list_splice(&to->children, &from->children);
	list_replace(&from->siblings, &to->siblings);
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
capability_take(struct capability *c)
{
	list_splice(&c->siblings, &c->children);
	list_remove(&c->siblings);
	slot_give(c);
}

bool
capability_delete(struct capability *c)
{
	enum object_type type = c->type;
	struct object *object = c->object;

	if (revoking == c && !revoke_step())
		return false;
	if (type == OBJECT_MEMORY && !memory_unmap(c))
		return false;
	if (c->rights & RIGHT_RECEIVE)
		port_receivers((struct badge *)object, -1);
	capability_take(c);
	if (type == OBJECT_PORT)
		badge_put((struct badge *)object);
	else if (type == OBJECT_REPLY)
		reply_drop((struct message_node *)object);
	else if (type >= OBJECT_SPACE)
		object_put(object);
	return true;
}

void
revoke_start(struct capability *c)
{
	if (revoking == NULL)
		revoking = c;
}

bool
revoke_step(void)
{
	for (unsigned i = 0; revoking != NULL && i < STEP; i++) {
		struct link *first = revoking->children.next;

		if (first == &revoking->children) {
			revoking = NULL;
			break;
		}
		if (!capability_delete(
			CONTAINER(first, struct capability, siblings)))
			break;
	}
	return revoking == NULL;
}

struct capability *
capability_next(struct space *space, uint32_t *index, unsigned count)
{
	while (count-- > 0 && *index < space->table.fresh) {
		struct capability *c = slot_of(space, *index);

		if ((*index)++ % TABLE_SLOTS != 0 && c->type != OBJECT_NONE)
			return c;
	}
	return NULL;
}

void
table_free(struct table *table)
{
	for (unsigned i = 0; i < TABLE_ROOTS && table->roots[i] != NULL; i++) {
		for (unsigned k = 0; k < TABLE_FANOUT; k++)
			if (table->roots[i][k] != NULL)
				slab_free(
				    SLAB_CAPABILITIES, table->roots[i][k]);
		page_free(table->roots[i]);
	}
}
