/* object: references, slabs, pages and the work list. */
#include "object.h"
#include "kernel.h"

struct memory kernel_tables;

static struct {
	struct hal_range ranges[HAL_RANGES]; /* never used so far */
	unsigned range;
	paddr_t first_free; /* each free page begins with the next one's */
	uint64_t free_count;
	void *free[SLABS]; /* each free object begins with the next one's */
	struct object *work; /* the last in line; its next is the first */
} pool;

/* In units of 16 bytes, so that it fits a byte; the page's head is 64. */
#define SIZE(type) ((sizeof(type) + 15) / 16)
static const uint16_t slab_size[SLABS] = {
	[SLAB_PORT] = SIZE(struct port),
	[SLAB_BADGE] = SIZE(struct badge),
	[SLAB_MESSAGE] = SIZE(struct message_node),
	[SLAB_WATCH] = SIZE(struct watch),
	[SLAB_MEMORY] = SIZE(struct memory),
	[SLAB_MAPPING] = SIZE(struct mapping),
	[SLAB_SPACE] = SIZE(struct space),
	[SLAB_TASK] = SIZE(struct task),
	[SLAB_INTERRUPT] = SIZE(struct interrupt),
};

static void
zero(void *at, size_t bytes)
{
	uint64_t *word = at;

	for (size_t i = 0; i < bytes / 8; i++)
		word[i] = 0;
}

/* RAM that was never used is taken in order and not touched before. */
static paddr_t
page_fresh(void)
{
	struct hal_range *range = &pool.ranges[pool.range];
	paddr_t page = range->base;

	if (range->size == 0)
		return 0;
	range->base += PAGE_SIZE;
	range->size -= PAGE_SIZE;
	if (range->size == 0 && pool.range + 1 < HAL_RANGES)
		pool.range++;
	return page;
}

paddr_t
page_allocate(void)
{
	paddr_t page = pool.first_free;

	if (page != 0)
		pool.first_free = *(paddr_t *)hal_physical(page);
	else
		page = page_fresh();
	if (page != 0) {
		pool.free_count--;
		zero(hal_physical(page), PAGE_SIZE);
	}
	return page;
}

void
page_add(struct hal_range range)
{
	unsigned at = pool.range;

	while (at < HAL_RANGES && pool.ranges[at].size != 0)
		at++;
	if (at == HAL_RANGES || range.size == 0)
		return;
	pool.ranges[at] = range;
	pool.free_count += range.size / PAGE_SIZE;
}

void
page_free(paddr_t page)
{
	*(paddr_t *)hal_physical(page) = pool.first_free;
	pool.first_free = page;
	pool.free_count++;
}

uint64_t
page_free_count(void)
{
	return pool.free_count;
}

/* A table's page that is not in use keeps its place in kernel_tables. */
static struct slab_page *
table_page_again(void)
{
	struct slab_page *page = pool.free[SLAB_CAPABILITIES];

	if (page != NULL) {
		pool.free[SLAB_CAPABILITIES] = *(void **)page;
		zero(page, PAGE_SIZE);
		page->self = page;
	}
	return page;
}

struct slab_page *
slab_page(enum slab slab)
{
	struct slab_page *again =
	    slab == SLAB_CAPABILITIES ? table_page_again() : NULL;
	paddr_t page = again == NULL ? page_allocate() : 0;

	if (again != NULL)
		return again;
	if (page == 0)
		return NULL;
	if (memory_put(&kernel_tables, kernel_tables.pages, page) != E_OK) {
		page_free(page);
		return NULL;
	}
	kernel_tables.pages++;

	struct slab_page *head = hal_physical(page);

	head->self = head;
	head->slab = slab;
	return head;
}

void *
slab_allocate(enum slab slab)
{
	size_t size = slab_size[slab] * 16;
	void **object = pool.free[slab];

	if (object == NULL) {
		struct slab_page *page = slab_page(slab);

		if (page == NULL)
			return NULL;
		/* From the end, so that the first is handed out first. */
		size_t n = (PAGE_SIZE - sizeof(*page)) / size;

		while (n-- > 0) {
			object = (void **)((char *)(page + 1) + n * size);
			*object = pool.free[slab];
			pool.free[slab] = object;
		}
	}
	pool.free[slab] = *object;
	zero(object, size);
	return object;
}

void
slab_free(enum slab slab, void *object)
{
	*(void **)object = pool.free[slab];
	pool.free[slab] = object;
}

void
object_work(struct object *object)
{
	if (object->working)
		return;
	object->working = true;
	object->work_next = object;
	if (pool.work != NULL) {
		object->work_next = pool.work->work_next;
		pool.work->work_next = object;
	}
	pool.work = object;
}

void
object_put(struct object *object)
{
	if (--object->references != 0)
		return;
	switch ((enum object_type)object->type) {
	case OBJECT_TASK:
		task_free(CONTAINER(object, struct task, object));
		break;
	case OBJECT_INTERRUPT:
		interrupt_free(CONTAINER(object, struct interrupt, object));
		break;
	default: /* ports, memory and spaces take their time */
		object_work(object);
	}
}

/* One step of what the object is in the list for; true when that is done. */
static bool
step(struct object *object)
{
	switch ((enum object_type)object->type) {
	case OBJECT_PORT:
		return port_step(CONTAINER(object, struct port, object));
	case OBJECT_MEMORY:
		return memory_step(CONTAINER(object, struct memory, object));
	default:
		return space_step(CONTAINER(object, struct space, object));
	}
}

bool
work_step(void)
{
	struct object *object;

	if (pool.work == NULL)
		return false;
	/* Out of the list during the step: it may put others in, and itself
	 * again when its last reference goes. */
	object = pool.work->work_next;
	pool.work->work_next = object->work_next;
	if (object == pool.work)
		pool.work = NULL;
	object->working = false;
	if (!step(object))
		object_work(object);
	return true;
}
