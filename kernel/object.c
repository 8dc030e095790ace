/* object: references, slabs, pages and the work list. */
#include "object.h"
#include "kernel.h"

static struct {
	struct hal_range ranges[HAL_RANGES]; /* never used so far */
	unsigned range;
	void *free_page; /* each free page begins with the next one's address */
	void *free[SLABS]; /* so does each free object */
	struct object *work;
} pool;

struct slab_page *kernel_slabs; /* all of them, by next */

#define SIZE(type) sizeof(type)
static const uint16_t slab_size[SLABS] = {
	[SLAB_PORT] = SIZE(struct port),
	[SLAB_BADGE] = SIZE(struct badge),
	[SLAB_MESSAGE] = SIZE(struct message_node),
	[SLAB_SPACE] = SIZE(struct space),
	[SLAB_TASK] = SIZE(struct task),
};

static void *
zero(void *at, size_t bytes)
{
	for (size_t i = 0; i < bytes / 8; i++)
		((uint64_t *)at)[i] = 0;
	return at;
}

static void *
pop(void **list)
{
	void **first = *list;

	if (first != NULL)
		*list = *first;
	return first;
}

static void
push(void **list, void *item)
{
	*(void **)item = *list;
	*list = item;
}

void *
page_allocate(void)
{
	struct hal_range *range = &pool.ranges[pool.range];
	void *page = pop(&pool.free_page);

	if (page == NULL) {
		if (range->size == 0)
			return NULL;
		page = hal_physical(range->base);
		range->base += PAGE_SIZE;
		range->size -= PAGE_SIZE;
		if (range->size == 0)
			pool.range++;
	}
	return zero(page, PAGE_SIZE);
}

void
page_free(void *page)
{
	push(&pool.free_page, page);
}

struct slab_page *
slab_page(enum slab slab)
{
	struct slab_page *page;

	if (slab == SLAB_CAPABILITIES &&
	    (page = pop(&pool.free[slab])) != NULL) {
		page->slab = slab;
		return page; /* its entries are free, and keep generations */
	}
	if ((page = page_allocate()) == NULL)
		return NULL;
	page->slab = slab;
	page->next = kernel_slabs;
	kernel_slabs = page;
	return page;
}

void *
slab_allocate(enum slab slab)
{
	size_t size = slab_size[slab];

	if (pool.free[slab] == NULL) {
		struct slab_page *page = slab_page(slab);

		if (page == NULL)
			return NULL;
		for (char *at = (char *)page + PAGE_SIZE - size;
		     at >= (char *)(page + 1); at -= size)
			push(&pool.free[slab], at);
	}
	return zero(pop(&pool.free[slab]), size);
}

void
slab_free(enum slab slab, void *object)
{
	push(&pool.free[slab], object);
}

void
object_work(struct object *object)
{
	if (object->working)
		return;
	object->working = true;
	object->work_next = pool.work;
	pool.work = object;
}

void
object_put(struct object *object)
{
	if (--object->references == 0)
		object_work(object);
}

bool
work_step(void)
{
	struct object *object = pool.work;
	bool done;

	if (object == NULL)
		return false;
	/* Out of the list during the step, which may put it in again. */
	pool.work = object->work_next;
	object->working = false;
	if (object->type == OBJECT_PORT)
		done = port_step((struct port *)object);
	else if (object->type == OBJECT_SPACE)
		done = space_step((struct space *)object);
	else
		done = task_free((struct task *)object);
	if (!done)
		object_work(object);
	return true;
}
