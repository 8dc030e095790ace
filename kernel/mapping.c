/* mapping: where memory shows in a space; the treap of addresses; faults. */
#include "memory.h"
#include "kernel.h"

enum {
	STEP = 256, /* pages that one kernel entry unmaps */
	AHEAD = 64, /* pages mapped at once if they are there */
	AROUND = 8, /* pages made at once by one fault */
	PLACES = 16, /* random places tried */
	BASE_ALIGN = 512, /* pages: one table of the machine's */
	GAP = 16, /* random pages between mappings, besides the guard */
};

static struct mapping *shared_addresses;

static struct mapping **
tree_of(struct space *space)
{
	return HAL_ONE_ADDRESS_SPACE ? &shared_addresses : &space->addresses;
}

static vaddr_t
end_of(const struct mapping *m)
{
	return m->address + m->pages * PAGE_SIZE;
}

/* The heap order of the treap: no one chooses addresses by this hash. */
static uint64_t
rank(const struct mapping *m)
{
	return m->address / PAGE_SIZE * 0x9E3779B97F4A7C15;
}

static void
tree_insert(struct mapping **at, struct mapping *m)
{
	struct mapping *t, **left = &m->left, **right = &m->right;

	while (*at != NULL && rank(*at) > rank(m))
		at = m->address < (*at)->address ? &(*at)->left
						 : &(*at)->right;
	/* What stood here is split by m's address into its two sides. */
	for (t = *at, *at = m; t != NULL;) {
		if (t->address < m->address) {
			*left = t;
			left = &t->right;
			t = t->right;
		} else {
			*right = t;
			right = &t->left;
			t = t->left;
		}
	}
	*left = *right = NULL;
}

static void
tree_remove(struct mapping **at, struct mapping *m)
{
	struct mapping *a = m->left, *b = m->right;

	while (*at != m)
		at = m->address < (*at)->address ? &(*at)->left
						 : &(*at)->right;
	while (a != NULL && b != NULL) {
		if (rank(a) > rank(b)) {
			*at = a;
			at = &a->right;
			a = a->right;
		} else {
			*at = b;
			at = &b->left;
			b = b->left;
		}
	}
	*at = a != NULL ? a : b;
}

struct mapping *
mapping_below(struct space *space, vaddr_t end)
{
	struct mapping *m = *tree_of(space), *found = NULL;

	while (m != NULL) {
		if (m->address < end) {
			found = m;
			m = m->right;
		} else {
			m = m->left;
		}
	}
	return found;
}

/* Nothing at [address, address + size), nor within guard bytes of it. */
static bool
is_free(struct space *space, vaddr_t address, uint64_t size, uint64_t guard)
{
	struct mapping *m;

	if (address < HAL_USER_LOW + PAGE_SIZE || address >= HAL_USER_HIGH ||
	    HAL_USER_HIGH - PAGE_SIZE - address < size)
		return false;
	m = mapping_below(space, address + size + guard);
	return m == NULL || end_of(m) + guard <= address;
}

/* Where that many pages may go, or 0.  Who names an address may want the
 * mapping right behind another, as the data of an image are; what the kernel
 * places has a guard page on each side. */
static vaddr_t
place(struct space *space, vaddr_t hint, uint64_t pages)
{
	uint64_t size = pages * PAGE_SIZE;

	if (hint != 0 && hint % PAGE_SIZE == 0 &&
	    is_free(space, hint, size, 0)) {
		if (space->next != 0 && hint >= space->next)
			space->next = hint + size;
		return hint;
	}
	for (unsigned i = 0; i < PLACES; i++) {
		vaddr_t at = space->next;

		if (at != 0) {
			at += (1 + kernel_random(GAP)) * PAGE_SIZE;
			if (is_free(space, at, size, PAGE_SIZE)) {
				space->next = at + size;
				return at;
			}
		}
		space->next = HAL_USER_LOW +
		    kernel_random((HAL_USER_HIGH - HAL_USER_LOW) / PAGE_SIZE /
			BASE_ALIGN) *
			BASE_ALIGN * PAGE_SIZE;
	}
	return 0;
}

/* Maps what is there of pages [first, first + count) of the mapping, in runs
 * that are contiguous in RAM. */
static enum error
show(struct mapping *m, uint64_t first, uint64_t count)
{
	uint64_t end = first + count;

	while (first < end) {
		paddr_t page = memory_page(m->memory, m->offset + first, false);
		uint64_t n = 1;

		while (page != 0 && first + n < end &&
		    memory_page(m->memory, m->offset + first + n, false) ==
			page + n * PAGE_SIZE)
			n++;
		if (page != 0) {
			enum error e = space_map(m->space,
			    m->address + first * PAGE_SIZE, page, n,
			    m->protection, m->memory->device);

			if (e != E_OK)
				return e;
		}
		first += n;
	}
	return E_OK;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* A node for the mapping in all its lists. */
static struct mapping *
enter(struct space *space, struct memory *memory, vaddr_t address,
    const struct view *view)
{
	struct mapping *m = slab_allocate(SLAB_MAPPING);

	if (m == NULL)
		return NULL;
	m->object.type = OBJECT_MAPPING;
	m->memory = memory;
	m->space = space;
	m->address = address;
	m->offset = view->offset;
	m->pages = view->pages;
	m->protection = view->protection;
	m->limit = view->limit;
	object_get(&memory->object);
	list_insert(&memory->mappings, &m->of_memory);
	/* KEEP ones behind, where the end of a life stops. */
	list_insert(m->protection & VM_KEEP ? space->mappings.prev
					    : &space->mappings,
	    &m->of_space);
	tree_insert(tree_of(space), m);
	quota_take(space, QUOTA_CAPABILITIES, 1);
	return m;
}

enum error
mapping_create(struct space *space, struct memory *memory,
    const struct view *view, struct capability *parent, struct mapping **out)
{
	enum error e = quota_check(space, QUOTA_CAPABILITIES, 1);
	vaddr_t address;
	struct mapping *m;

	if (e != E_OK)
		return e;
	address = place(space, view->hint, view->pages);
	if (address == 0)
		return REFUSE(E_RANGE, "no free range of that size");
	m = enter(space, memory, address, view);
	if (m == NULL)
		return REFUSE(E_NO_MEMORY, "no page for the mapping");
	capability_link(&m->node, &m->object, parent);
	e = show(m, 0, least(view->pages, AHEAD));
	if (e != E_OK) {
		m->pages = least(view->pages, AHEAD);
		(void)mapping_step(m);
		return e;
	}
	*out = m;
	return E_OK;
}

bool
mapping_step(struct mapping *m)
{
	uint64_t n = least(m->pages, STEP);

	m->pages -= n;
	hal_space_unmap(&m->space->hal, end_of(m), n);
	if (m->pages != 0)
		return false;
	capability_take(&m->node);
	tree_remove(tree_of(m->space), m);
	list_remove(&m->of_space);
	list_remove(&m->of_memory);
	quota_give(m->space, QUOTA_CAPABILITIES, 1);
	object_put(&m->memory->object);
	slab_free(SLAB_MAPPING, m);
	return true;
}

enum error
mapping_cut(struct space *space, vaddr_t at)
{
	struct mapping *m = mapping_below(space, at), *upper;
	uint64_t pages;
	enum error e;

	if (m == NULL || m->space != space || end_of(m) <= at)
		return E_OK;
	if ((e = quota_check(space, QUOTA_CAPABILITIES, 1)) != E_OK)
		return e;
	pages = (at - m->address) / PAGE_SIZE;
	upper = enter(space, m->memory, at,
	    &(struct view){ .offset = m->offset + pages,
		.pages = m->pages - pages,
		.protection = m->protection,
		.limit = m->limit });
	if (upper == NULL)
		return REFUSE(E_NO_MEMORY, "no page for the mapping");
	m->pages = pages;
	/* A sibling: what revokes the one revokes the other. */
	capability_link(&upper->node, &upper->object, NULL);
	list_insert(&m->node.siblings, &upper->node.siblings);
	return E_OK;
}

enum error
mapping_protect(struct mapping *m, uint64_t *first, uint32_t protection)
{
	uint64_t n = least(m->pages - *first, STEP);

	m->protection = protection | (m->protection & ~VM_PROTECTION_MASK);
	*first += n;
	/* Absent pages follow when they are touched. */
	return show(m, *first - n, n);
}

/* What an access of that kind needs of the protection. */
static uint32_t
needs(enum fault_kind kind)
{
	return kind == FAULT_WRITE ? VM_WRITE
	    : kind == FAULT_FETCH  ? VM_EXECUTE
				   : VM_READ;
}

enum error
mapping_fault(struct space *space, vaddr_t address, enum fault_kind kind,
    struct memory **memory, uint64_t *index)
{
	struct mapping *m = mapping_below(space, address + 1);
	uint64_t page, end;

	if (m == NULL || m->space != space || end_of(m) <= address)
		return REFUSE(E_RANGE, "nothing is mapped there");
	if (!(m->protection & needs(kind)))
		return REFUSE(E_NO_RIGHTS, "the protection forbids it");
	page = (address - m->address) / PAGE_SIZE;
	*memory = m->memory;
	*index = m->offset + page;
	if (memory_page(m->memory, *index, false) == 0) {
		if (m->memory->pager != NULL)
			return REFUSE(E_UNAVAILABLE, "the pager has the page");
		end = least(page + AROUND, m->pages);
		for (uint64_t i = page; i < end; i++)
			if (memory_page(m->memory, m->offset + i, true) == 0 &&
			    i == page)
				return REFUSE(E_NO_MEMORY, "no page left");
	}
	return show(m, page, least(AROUND, m->pages - page));
}
