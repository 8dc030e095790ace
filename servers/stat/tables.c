/* tables: what people ask of the kernel's objects; walk.c finds them. */
#include "tables.h"

#include <stdlib.h>
#include <string.h>

#include "walk.h"

enum { QUEUE_MOST = 1 << 16 };

static uint32_t
count_slab(const struct tables *t, enum slab slab, enum object_type type)
{
	union {
		struct port port;
		struct mapping mapping;
	} object;
	uint64_t place = 0;
	uint32_t count = 0;

	while (walk_next(t, slab, type, &place, &object))
		count++;
	return count;
}

/* --- spaces by number and by place ---------------------------------------*/

/* What belongs to one space. */
struct sums {
	uint64_t pages, mapped;
	uint32_t tasks, ports, capabilities, mappings;
	char name[NAME_BYTES];
};

enum { SPACES_PER_PAGE = (PAGE_SIZE - 64) / sizeof(struct space) + 1 };

/* One row of sums for each page of spaces, in the pages' order. */
static struct sums *
sums_of(const struct tables *t, const struct space *address)
{
	static struct sums nobody;
	const void *view = walk_at(t, address, SLAB_SPACE);
	uint64_t place = view == NULL ? 0 : walk_place(t, view);
	uint32_t row = t->sums_size == 0 ? 0 : t->rows[place / PLACES_PER_PAGE];
	uint64_t i = row * SPACES_PER_PAGE + place % PLACES_PER_PAGE;

	return view != NULL && i < t->sums_size ? &t->sums[i] : &nobody;
}

static bool
make_sums(struct tables *t)
{
	uint32_t rows = 0;

	free(t->rows);
	free(t->sums);
	t->sums = NULL;
	t->sums_size = 0;
	t->rows = calloc(t->pages + 1, sizeof(*t->rows));
	if (t->rows == NULL)
		return false;
	for (uint32_t page = 0; page < t->pages; page++) {
		t->rows[page] = rows;
		rows += walk_slab(t, page) == SLAB_SPACE;
	}
	t->sums = calloc(rows * SPACES_PER_PAGE + 1, sizeof(*t->sums));
	if (t->sums == NULL)
		return false;
	t->sums_size = rows * SPACES_PER_PAGE;
	return true;
}

static void
sum_tasks_and_ports(struct tables *t)
{
	struct task task;
	struct port port;
	uint64_t place = 0;

	while (walk_next(t, SLAB_TASK, OBJECT_TASK, &place, &task)) {
		struct sums *sums = sums_of(t, task.space);

		if (task.stop & STOP_DEAD)
			continue;
		if (sums->tasks++ == 0)
			memcpy(sums->name, task.name, NAME_BYTES);
	}
	for (place = 0; walk_next(t, SLAB_PORT, OBJECT_PORT, &place, &port);)
		sums_of(t, port.owner)->ports++;
}

static bool
is_fixed(const struct tables *t, const struct memory *address)
{
	const struct memory *view = walk_at(t, address, SLAB_MEMORY);

	return view == NULL || view->fixed;
}

static void
sum_memory(struct tables *t)
{
	struct memory memory;
	struct mapping mapping;
	uint64_t place = 0;

	while (walk_next(t, SLAB_MEMORY, OBJECT_MEMORY, &place, &memory))
		if (!memory.fixed)
			sums_of(t, memory.payer)->pages += memory.pages;
	for (place = 0;
	     walk_next(t, SLAB_MAPPING, OBJECT_MAPPING, &place, &mapping);) {
		struct sums *sums = sums_of(t, mapping.space);

		sums->mappings++;
		if (!is_fixed(t, mapping.memory))
			sums->mapped += mapping.pages;
	}
}

/* The slots in use of a page of a table. */
static uint32_t
used_slots(const struct slab_page *page)
{
	const struct capability *c = (const struct capability *)page;
	uint32_t count = 0;

	for (unsigned i = 1; i < TABLE_SLOTS; i++)
		count += c[i].object != NULL;
	return count;
}

static void
sum_capabilities(struct tables *t)
{
	for (uint32_t i = 0; i < t->pages; i++) {
		const struct slab_page *page = walk_table_page(t, i);

		if (page != NULL)
			sums_of(t, page->space)->capabilities +=
			    used_slots(page);
	}
}

uint32_t
tables_spaces(
    struct tables *t, uint64_t *cursor, struct stat_space *out, uint32_t count)
{
	struct space space;
	uint32_t n = 0;

	if (!make_sums(t))
		return 0;
	sum_tasks_and_ports(t);
	sum_memory(t);
	sum_capabilities(t);
	while (n < count &&
	       walk_next(t, SLAB_SPACE, OBJECT_SPACE, cursor, &space)) {
		uint64_t place = *cursor - 1;
		const struct sums *sums =
		    &t->sums[t->rows[place / PLACES_PER_PAGE] *
				 SPACES_PER_PAGE +
			     place % PLACES_PER_PAGE];
		struct stat_space *s = &out[n++];

		*s = (struct stat_space){ .number = space.number,
			.parent = walk_space_number(t, space.parent),
			.pages = sums->pages,
			.mapped = sums->mapped,
			.tasks = sums->tasks,
			.ports = sums->ports,
			.capabilities = sums->capabilities,
			.mappings = sums->mappings,
			.state = space.state };
		for (unsigned i = 0; i < QUOTA_KINDS; i++)
			s->left[i] = space.left[i];
		memcpy(s->name, sums->name, NAME_BYTES);
	}
	if (n < count)
		*cursor = 0;
	return n;
}

/* --- tasks -----------------------------------------------------------------*/

static uint32_t
state_of(const struct task *task)
{
	if (task->stop & STOP_DEAD)
		return STAT_DEAD;
	if (task->stop & STOP_FAULT)
		return STAT_FAULTED;
	if (task->stop & STOP_USER)
		return STAT_SUSPENDED;
	if (task->stop & STOP_RECEIVE)
		return STAT_WAITING;
	return task->link.next == NULL ? STAT_RUNNING : STAT_READY;
}

uint32_t
tables_tasks(const struct tables *t, uint64_t *cursor, struct stat_task *out,
    uint32_t count)
{
	struct task task;
	uint32_t n = 0;

	while (
	    n < count && walk_next(t, SLAB_TASK, OBJECT_TASK, cursor, &task)) {
		struct stat_task *s = &out[n++];

		*s = (struct stat_task){ .number = task.number,
			.space = walk_space_number(t, task.space),
			.time = task.time,
			.state = state_of(&task),
			.priority = task.priority };
		if (s->state == STAT_WAITING)
			s->port = walk_port_id(t, task.waiting);
		memcpy(s->name, task.name, NAME_BYTES);
	}
	if (n < count)
		*cursor = 0;
	return n;
}

void
tables_system(const struct tables *t, struct stat_system_rep *system)
{
	struct task task;
	uint64_t place = 0;

	while (walk_next(t, SLAB_TASK, OBJECT_TASK, &place, &task)) {
		uint32_t state = state_of(&task);

		system->tasks += state != STAT_DEAD;
		system->busy += state != STAT_DEAD ? task.time : 0;
		system->ready += state <= STAT_RUNNING;
	}
	struct space space;
	for (place = 0; walk_next(t, SLAB_SPACE, OBJECT_SPACE, &place, &space);)
		system->spaces += space.state == SPACE_LIVE;
	system->ports = count_slab(t, SLAB_PORT, OBJECT_PORT);
	system->mappings = count_slab(t, SLAB_MAPPING, OBJECT_MAPPING);
	for (uint32_t i = 0; i < t->pages; i++) {
		const struct slab_page *page = walk_table_page(t, i);

		if (page != NULL)
			system->capabilities += used_slots(page);
	}
}

void
tables_memory(const struct tables *t, struct stat_memory_rep *rep)
{
	struct memory memory;
	struct space space;
	uint64_t place = 0;

	rep->tables = t->pages;
	while (walk_next(t, SLAB_MEMORY, OBJECT_MEMORY, &place, &memory)) {
		rep->objects++;
		if (memory.fixed)
			rep->fixed += memory.pages;
		else
			rep->promised += memory.pages;
	}
	for (place = 0; walk_next(t, SLAB_SPACE, OBJECT_SPACE, &place, &space);)
		if (space.state != SPACE_DEAD)
			rep->left += space.left[QUOTA_PAGES];
}

/* --- ports -----------------------------------------------------------------*/

/* The kernel's address of a member of a port, whose place is known. */
static const void *
port_address(const struct tables *t, uint64_t place, size_t member)
{
	const struct slab_page *page =
	    (const void *)(t->base + place / PLACES_PER_PAGE * PAGE_SIZE);
	uintptr_t self = (uintptr_t)page->self & -(uintptr_t)PAGE_SIZE;
	size_t offset = place % PLACES_PER_PAGE * walk_stride(SLAB_PORT);

	return (const void *)(self + sizeof(*page) + offset + member);
}

static uint32_t
ring_length(const struct tables *t, uint64_t place, size_t offset)
{
	int n = walk_count(t, port_address(t, place, offset), QUEUE_MOST);

	return n < 0 ? 0 : (uint32_t)n;
}

uint32_t
tables_ports(const struct tables *t, uint64_t *cursor, struct stat_port *out,
    uint32_t count)
{
	struct port port;
	uint32_t n = 0;

	while (
	    n < count && walk_next(t, SLAB_PORT, OBJECT_PORT, cursor, &port)) {
		uint64_t place = *cursor - 1;

		out[n++] = (struct stat_port){ .id = place + 1,
			.owner = walk_space_number(t, port.owner),
			.bits = port.bits,
			.receivers = port.receivers,
			.dead = port.object.dead,
			.queued =
			    ring_length(t, place, offsetof(struct port, queue)),
			.waiters = ring_length(
			    t, place, offsetof(struct port, waiters)) };
	}
	if (n < count)
		*cursor = 0;
	return n;
}
