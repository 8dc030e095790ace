/* memory: objects made of pages in a radix tree. */
#include "memory.h"
#include "kernel.h"

enum { LEVEL_BITS = 9, STEP = 64, LEVELS_MAX = 3 };

/* The pages below one entry of a directory that is level levels above. */
static uint64_t
span(uint32_t level)
{
	return 1ull << (LEVEL_BITS * level);
}

enum error
memory_create(struct space *payer, uint64_t pages, struct memory **out)
{
	enum error e = quota_check(payer, QUOTA_PAGES, pages);
	struct memory *memory;

	if (e != E_OK)
		return e;
	memory = slab_allocate(SLAB_MEMORY);
	if (memory == NULL)
		return REFUSE(E_NO_MEMORY, "no page for the memory object");
	memory->object.type = OBJECT_MEMORY;
	memory->object.references = 1;
	memory->pages = pages;
	memory->payer = payer;
	while (span(memory->height) < pages)
		memory->height++;
	list_init(&memory->mappings);
	quota_take(payer, QUOTA_PAGES, pages);
	payer_get(payer);
	*out = memory;
	return E_OK;
}

enum error
memory_create_fixed(struct space *payer, paddr_t base, uint64_t pages,
    bool device, struct memory **out)
{
	enum error e = memory_create(payer, 0, out);

	if (e != E_OK)
		return e;
	(*out)->fixed = true;
	(*out)->device = device;
	(*out)->root = base;
	(*out)->pages = pages;
	return E_OK;
}

/* Where the page at index stands, or NULL if its directory is not there (or
 * cannot be made).  *level is set to that of the entry where it stopped. */
static paddr_t *
find(struct memory *memory, uint64_t index, bool make, uint32_t *level)
{
	paddr_t *slot = &memory->root;

	for (*level = memory->height; *level != 0;) {
		if (*slot == 0 && (!make || (*slot = page_allocate()) == 0))
			return NULL;
		--*level;
		slot = (paddr_t *)hal_physical(*slot) +
		    (index >> (LEVEL_BITS * *level)) % span(1);
	}
	return slot;
}

paddr_t
memory_page(struct memory *memory, uint64_t index, bool fill)
{
	uint32_t level;
	paddr_t *slot;

	if (memory->fixed)
		return memory->root + index * PAGE_SIZE;
	slot = find(memory, index, fill, &level);
	if (slot == NULL)
		return 0;
	if (*slot == 0 && fill)
		*slot = page_allocate();
	return *slot;
}

enum error
memory_put(struct memory *memory, uint64_t index, paddr_t page)
{
	uint32_t level;
	paddr_t *slot = find(memory, index, true, &level);

	if (slot == NULL)
		return REFUSE(E_NO_MEMORY, "no page for a directory");
	*slot = page;
	return E_OK;
}

/* Everything from index up is gone: so are the directories it begins. */
static void
free_directories(struct memory *memory, uint64_t index)
{
	for (uint32_t up = 1; up <= memory->height; up++) {
		paddr_t *slot = &memory->root;

		if (index % span(up) != 0)
			return;
		for (uint32_t level = memory->height;
		     level > up && *slot != 0;) {
			level--;
			slot = (paddr_t *)hal_physical(*slot) +
			    (index >> (LEVEL_BITS * level)) % span(1);
		}
		if (*slot != 0)
			page_free(*slot);
		*slot = 0;
	}
}

bool
memory_step(struct memory *memory)
{
	if (memory->pins != 0)
		return true; /* the last VM_UNPIN puts it back in the list */
	for (unsigned i = 0; i < STEP && !memory->fixed; i++) {
		uint64_t index = memory->pages - 1;
		uint32_t level;
		paddr_t *slot;

		if (memory->pages == 0)
			break;
		quota_give(memory->payer, QUOTA_PAGES, 1);
		memory->pages = index;
		slot = find(memory, index, false, &level);
		if (slot != NULL && *slot != 0) {
			page_free(*slot);
			*slot = 0;
		}
		free_directories(memory, index);
	}
	if (memory->pages != 0 && !memory->fixed)
		return false;
	if (memory->pager != NULL)
		badge_put(memory->pager);
	payer_put(memory->payer);
	slab_free(SLAB_MEMORY, memory);
	return true;
}
