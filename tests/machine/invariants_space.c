/*
 * invariants_space: tables add up, and the machine shows of each space what
 * its capabilities are mapped at and nothing else: above all, no memory of
 * the kernel's.
 */
#include "books.h"

static void
check_table(const struct space *space)
{
	struct known *k = object_at(space);
	uint64_t used = 0, retired = 0, free = 0, fresh;

	if (space->object.ending && space->fresh == space->table)
		return; /* it is empty, and its memory is being cleaned */
	for (const struct capability *c = space->table; c < space->fresh; c++) {
		if ((uintptr_t)c % PAGE_SIZE == 0) {
			MUST(((const struct table_head *)c)->space == space,
			    "a table of no space", c);
			continue;
		}
		used += c->type != OBJECT_NONE;
		retired +=
		    c->type == OBJECT_NONE && c->generation == UINT32_MAX;
	}
	for (const struct capability *c = space->free; c != NULL;
	     c = c->next_free) {
		MUST(c > space->table && c < space->fresh &&
			 c->type == OBJECT_NONE &&
			 c->generation != UINT32_MAX && c->generation != 0,
		    "no free slot", c);
		MUST(free++ < LONG, "free slots without end", space);
	}
	fresh = (uint64_t)(space->fresh - space->table);
	fresh -= (fresh + 63) / 64; /* heads */
	MUST(used + retired + free == fresh, "a slot is lost", space);
	if (k->slots == 0)
		k->slots = space->left + used + retired;
	MUST(k->slots % TABLE_SLOTS == 0 &&
		 space->left + used + retired == k->slots,
	    "slots do not add up", space);
}

/* --- mappings ------------------------------------------------------------------*/

/* What one space should show. */
static struct range {
	vaddr_t address;
	uint64_t pages;
	paddr_t base;
	uint32_t protection; /* at most */
	bool trusted; /* not below raw memory: it may show the kernel's */
} * ranges;
static size_t range_count, range_room;

static void
range_add(struct range r)
{
	if (range_count == range_room) {
		range_room = range_room * 2 + 64;
		ranges = realloc(ranges, range_room * sizeof *ranges);
	}
	ranges[range_count++] = r;
}

static int
by_address(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static void
gather_ranges(const struct space *space)
{
	range_count = 0;
	EACH_ENTRY(e)
	{
		const struct entry *top = e;

		if (e->space != space || e->c->type != OBJECT_MEMORY)
			continue;
		MUST(e->c->mapped <= e->c->pages, "mapped more than all", e->c);
		if (e->c->mapped == 0)
			continue;
		while (top->parent != NULL)
			top = top->parent;
		range_add((struct range){ .address = e->c->address,
		    .pages = e->c->mapped,
		    .base = e->c->base,
		    .protection = e->c->rights & VM_PROTECTION_MASK,
		    .trusted = !(top->c->rights & RIGHT_MAKE) });
	}
	for (const struct link *l = space->tasks.next; l != &space->tasks;
	     l = l->next) {
		const struct task *t =
		    CONTAINER(l, const struct task, of_space);

		range_add((struct range){ .address = t->area_address,
		    .pages = 1,
		    .base = (paddr_t)((uint8_t *)t->area - machine_ram),
		    .protection = VM_READ | VM_WRITE,
		    .trusted = true });
	}
	qsort(ranges, range_count, sizeof *ranges, by_address);
}

static uint64_t shown_pages;

static void
shown(void *context, vaddr_t address, uint64_t entry)
{
	paddr_t page = entry & -(uint64_t)PAGE_SIZE;
	size_t low = 0, high = range_count;
	const struct range *r;

	(void)context;
	shown_pages++;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (ranges[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	MUST(low > 0, "shows what is not mapped", (void *)address);
	r = &ranges[low - 1];
	MUST(address - r->address < r->pages * PAGE_SIZE,
	    "shows what is not mapped", (void *)address);
	MUST(page == r->base + (address - r->address), "shows another page",
	    (void *)address);
	MUST((entry & VM_PROTECTION_MASK & ~(uint64_t)r->protection) == 0,
	    "shows more than is allowed", (void *)address);
	MUST(r->trusted || object_at(machine_ram + page) == NULL,
	    "shows the kernel's memory", (void *)address);
}

static void
check_mappings(const struct space *space)
{
	uint64_t pages = 0;

	gather_ranges(space);
	for (size_t i = 0; i < range_count; i++) {
		pages += ranges[i].pages;
		MUST(i == 0 || ranges[i - 1].address +
				       ranges[i - 1].pages * PAGE_SIZE <=
				   ranges[i].address,
		    "two mappings at one place", (void *)ranges[i].address);
	}
	shown_pages = 0;
	machine_walk(&space->hal, shown, NULL);
	MUST(shown_pages == pages, "does not show what is mapped", space);
}

void
check_spaces(void)
{
	EACH(struct space, space, OBJECT_SPACE)
	{
		check_table(space);
		ring_check(&space->tasks, space);
		for (const struct link *l = space->tasks.next;
		     l != &space->tasks; l = l->next) {
			const struct task *t =
			    CONTAINER(l, const struct task, of_space);

			MUST(is_object(t, OBJECT_TASK) && t->space == space &&
				 !(t->stop & STOP_DEAD),
			    "a task of another space", t);
		}
		check_mappings(space);
	}
}
