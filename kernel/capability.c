/* capability: tables, the derivation tree, revocation and cap_move. */
#include "capability.h"
#include "kernel.h"

enum { STEP = 32 }; /* entries that one kernel entry deletes */

/* The table page that holds index, made if make; NULL if there is none. */
static struct slab_page *
table_page(struct space *space, uint32_t index, bool make)
{
	uint32_t page = index / TABLE_SLOTS;

	if (page >= TABLE_ROOTS * TABLE_FANOUT)
		return NULL;

	paddr_t *root = &space->table.roots[page / TABLE_FANOUT];

	if (*root == 0 && (!make || (*root = page_allocate()) == 0))
		return NULL;

	struct slab_page **slot = hal_physical(*root);

	slot += page % TABLE_FANOUT;
	if (*slot == NULL && make) {
		*slot = slab_page(SLAB_CAPABILITIES);
		if (*slot != NULL) {
			(*slot)->first = page * TABLE_SLOTS;
			(*slot)->space = space;
		}
	}
	return *slot;
}

static struct capability *
slot_of(struct space *space, uint32_t index)
{
	struct slab_page *page = table_page(space, index, false);

	return page == NULL ? NULL
			    : (struct capability *)page + index % TABLE_SLOTS;
}

static struct slab_page *
page_of(const struct capability *c)
{
	return (struct slab_page *)((uintptr_t)c & -(uintptr_t)PAGE_SIZE);
}

static uint32_t
index_of(const struct capability *c)
{
	struct slab_page *page = page_of(c);

	return page->first + (uint32_t)(c - (struct capability *)page);
}

cap_t
capability_handle(const struct capability *c)
{
	return (cap_t)c->generation << 32 | index_of(c);
}

enum error
capability_get(struct space *space, cap_t handle, uint32_t types,
    uint32_t rights, struct capability **out)
{
	struct capability *c = slot_of(space, (uint32_t)handle);
	enum error none =
	    types & TYPE(OBJECT_PORT) ? E_INVALID_PORT : E_INVALID_CAP;

	if (c == NULL || (uint32_t)handle % TABLE_SLOTS == 0 ||
	    c->object == NULL || c->generation != handle >> 32)
		return REFUSE(none, "the handle names nothing, or no more");
	if (types != TYPE_ANY && !(types & TYPE(c->object->type)))
		return REFUSE(none, "the handle names another kind of object");
	if ((c->rights & rights) != rights)
		return REFUSE(E_NO_RIGHTS, "the capability lacks a right");
	*out = c;
	if (c->expiry != 0 && hal_now() >= c->expiry)
		return REFUSE(E_EXPIRED, "the capability has expired");
	return E_OK;
}

/* The index that the next new entry gets, or 0 if there is no page for it. */
static uint32_t
next_index(struct space *space)
{
	struct table *table = &space->table;

	if (table->free != 0)
		return table->free;
	if (table->fresh % TABLE_SLOTS == 0)
		table->fresh++; /* the page's head */
	return table_page(space, table->fresh, true) == NULL ? 0
							     : table->fresh;
}

enum error
capability_reserve(struct space *space, unsigned count)
{
	if (space->left[QUOTA_CAPABILITIES] < count)
		return REFUSE(E_QUOTA, "no capability left in the quota");
	for (uint32_t index = space->table.free; count > 0 && index != 0;
	     count--)
		index = (uint32_t)slot_of(space, index)->expiry;
	/* A page or two hold all others that are asked for at once. */
	for (unsigned i = 0; i < count; i++)
		if (table_page(space, space->table.fresh + i, true) == NULL)
			return REFUSE(E_NO_MEMORY, "no page for the table");
	return E_OK;
}

void
capability_link(
    struct capability *c, struct object *object, struct capability *parent)
{
	c->object = object;
	list_init(&c->children);
	list_init(&c->siblings);
	if (parent != NULL)
		list_insert(&parent->children, &c->siblings);
}

/* A free slot of the space's, reserved before. */
static struct capability *
slot_take(struct space *space)
{
	uint32_t index = next_index(space);
	struct capability *c = slot_of(space, index);

	if (space->table.free != 0)
		space->table.free = (uint32_t)c->expiry;
	else
		space->table.fresh++;
	if (c->generation == 0)
		c->generation = 1;
	c->expiry = 0;
	c->watch = NULL;
	space->left[QUOTA_CAPABILITIES]--;
	return c;
}

static void
slot_give(struct capability *c)
{
	struct slab_page *page = page_of(c);

	c->object = NULL;
	if (page->slab != SLAB_CAPABILITIES)
		return; /* in a message or mapping */

	quota_give(page->space, QUOTA_CAPABILITIES, 1);
	/* A slot whose generations are used up is never used again. */
	if (++c->generation < UINT32_MAX) {
		c->expiry = page->space->table.free;
		page->space->table.free = index_of(c);
	}
}

struct capability *
capability_new(struct space *space, struct object *object, uint32_t rights,
    struct capability *parent)
{
	struct capability *c = slot_take(space);

	capability_link(c, object, parent);
	c->rights = rights;
	return c;
}

void
capability_move(struct capability *from, struct capability *to)
{
	to->object = from->object;
	to->rights = from->rights;
	to->expiry = from->expiry;
	to->watch = from->watch;
	list_replace(&from->siblings, &to->siblings);
	list_init(&to->children);
	list_splice(&to->children, &from->children);
	slot_give(from);
}

struct capability *
capability_accept(struct capability *from, struct space *space)
{
	struct capability *to = slot_take(space);

	capability_move(from, to);
	return to;
}

struct object *
capability_take(struct capability *c)
{
	struct object *object = c->object;

	if (c->watch != NULL)
		watch_free(c->watch);
	c->watch = NULL;
	list_splice(&c->siblings, &c->children);
	list_remove(&c->siblings);
	slot_give(c);
	return object;
}

struct object *
family_of(struct object *object)
{
	if (object->type == OBJECT_PORT)
		return &((struct badge *)object)->port->object;
	if (object->type == OBJECT_REPLY)
		return &((struct message_node *)object)->node.port->object;
	return object;
}

bool
capability_delete(struct capability *c)
{
	struct object *object = c->object;

	if (object->type == OBJECT_MAPPING)
		return mapping_step(
		    CONTAINER(object, struct mapping, object));
	if (family_of(object)->revoking == c && !revoke_step(object))
		return false;

	uint32_t rights = c->rights;

	capability_take(c);
	switch ((enum object_type)object->type) {
	case OBJECT_PORT:
		if (rights & RIGHT_RECEIVE)
			port_receivers((struct badge *)object, -1);
		badge_put((struct badge *)object);
		break;
	case OBJECT_REPLY:
		reply_drop((struct message_node *)object);
		break;
	default:
		object_put(object);
	}
	return true;
}

bool
revoke_step(struct object *object)
{
	struct object *family = family_of(object);
	struct capability *root = family->revoking;

	for (unsigned i = 0; i < STEP; i++) {
		if (root == NULL || list_empty(&root->children)) {
			family->revoking = NULL;
			return true;
		}

		struct capability *c = CONTAINER(
		    root->children.next, struct capability, siblings);

		if (c->watch != NULL) {
			watch_fire(c->watch, capability_handle(c));
			c->watch = NULL;
		}
		if (!capability_delete(c))
			return false;
	}
	return false;
}

struct capability *
capability_next(struct space *space, uint32_t *index, unsigned count)
{
	while (count-- > 0 && *index < space->table.fresh) {
		struct capability *c = slot_of(space, (*index)++);

		if (c != NULL && (*index - 1) % TABLE_SLOTS != 0 &&
		    c->object != NULL)
			return c;
	}
	return NULL;
}

void
table_free(struct table *table)
{
	for (unsigned i = 0; i < TABLE_ROOTS && table->roots[i] != 0; i++) {
		struct slab_page **pages = hal_physical(table->roots[i]);

		for (unsigned k = 0; k < TABLE_FANOUT; k++)
			if (pages[k] != NULL)
				slab_free(SLAB_CAPABILITIES, pages[k]);
		page_free(table->roots[i]);
	}
}
