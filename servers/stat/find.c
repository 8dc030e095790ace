/* find: all objects there are, breadth first from init's space. */
#include "find.h"

#include <stdlib.h>
#include <string.h>

enum {
	QUEUE_MOST = 1 << 16, /* messages, waiters, tasks of one ring */
	STEPS_MOST = 1 << 22,
};

bool
find_room(
    struct tables *t, void **array, uint32_t count, uint32_t *room, size_t size)
{
	uint32_t more = *room == 0 ? 64 : *room * 2;
	void *new;

	if (count < *room)
		return true;
	new = realloc(*array, more * size);
	if (new == NULL) {
		t->error = E_NO_MEMORY;
		return false;
	}
	*array = new;
	*room = more;
	return true;
}

/* --- what was found --------------------------------------------------------*/

static void
enter(struct tables *t, uint32_t place)
{
	uint64_t at = t->found[place].number;

	while (t->index[at & (t->index_size - 1)] != 0)
		at++;
	t->index[at & (t->index_size - 1)] = place + 1;
}

/* The index of all that was found, half full at most with one more. */
static bool
make_index(struct tables *t)
{
	uint32_t size = t->index_size == 0 ? 128 : t->index_size;
	uint32_t *index;

	while (size / 2 <= t->count)
		size *= 2;
	index = calloc(size, sizeof(*index));
	if (index == NULL) {
		t->error = E_NO_MEMORY;
		return false;
	}
	free(t->index);
	t->index = index;
	t->index_size = size;
	for (uint32_t i = 0; i < t->count; i++)
		enter(t, i);
	return true;
}

/* The object at the address, found before or now; NULL if it is none. */
static struct found *
add(struct tables *t, uint64_t address, enum object_type type)
{
	uint64_t number = walk_number(t, address);
	struct found *f = walk_found(t, number, OBJECT_NONE);
	struct object object;

	if (f != NULL)
		return f->type == (uint32_t)type ? f : NULL;
	if (!walk_object(t, address, type, &object) ||
	    !find_room(t, (void **)&t->found, t->count, &t->room, sizeof(*f)) ||
	    (t->index_size / 2 <= t->count + 1 && !make_index(t)))
		return NULL;
	f = &t->found[t->count];
	memset(f, 0, sizeof(*f));
	f->number = number;
	f->type = type;
	f->pages = object.root.pages;
	enter(t, t->count++);
	return f;
}

/* A capability at the address, of that space or (0) of none. */
static void
meet(struct tables *t, uint64_t space, uint64_t address,
    const struct capability *c)
{
	uint64_t badge, at = (uint64_t)c->object;
	uint32_t type = c->type;
	struct found *f = NULL;

	if (type == OBJECT_PORT || type == OBJECT_REPLY) {
		at = walk_port(t, c, &badge);
		type = OBJECT_PORT;
	}
	if (type == OBJECT_PORT || type == OBJECT_SPACE || type == OBJECT_TASK)
		f = at == 0 ? NULL : add(t, at, (enum object_type)type);
	else if (type == OBJECT_MEMORY && space != 0)
		memory_note(t, space, address, c);
	if (f == NULL)
		return;
	if (c->rights & RIGHT_DESTROY)
		f->owner = space;
	else if (type == OBJECT_PORT && (c->rights & RIGHT_RECEIVE))
		f->port.receiver = space;
}

/* --- looking into them -----------------------------------------------------*/

/* Of what was found: its number changes no more, its place may. */
static uint64_t
address_of(const struct tables *t, uint64_t number)
{
	return number * PAGE_SIZE + t->direct_map;
}

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

static void
look_into_task(struct tables *t, uint64_t number)
{
	struct task task; /* without its registers */
	struct stat_task *s;

	if (!walk_read(
		t, address_of(t, number), &task, offsetof(struct task, object)))
		return;
	s = &walk_found(t, number, OBJECT_TASK)->task;
	s->number = number;
	s->time = task.time;
	s->state = state_of(&task);
	s->priority = task.priority;
	memcpy(s->name, task.name, NAME_BYTES);
	if (s->state != STAT_DEAD)
		s->space = walk_number(t, (uint64_t)task.space);
}

static void
meet_task(struct tables *t, uint64_t link, void *state)
{
	uint64_t address = link - offsetof(struct task, of_space);
	struct found *space;
	struct task task;

	if (add(t, address, OBJECT_TASK) == NULL)
		return;
	space = walk_found(t, *(uint64_t *)state, OBJECT_SPACE);
	if (space->space.tasks++ == 0 &&
	    walk_read(t, address, &task, offsetof(struct task, object)))
		memcpy(space->space.name, task.name, NAME_BYTES);
}

uint64_t
find_slots(struct tables *t, uint64_t address, struct space *out)
{
	uint64_t table = address + PAGE_SIZE;
	uint64_t end;

	if (!walk_read(t, address, out, sizeof(*out)))
		return 0;
	end = address + (uint64_t)out->object.root.pages * PAGE_SIZE;
	if ((uint64_t)out->table != table || (uint64_t)out->fresh < table ||
	    (uint64_t)out->fresh > end)
		return 0;
	return ((uint64_t)out->fresh - table) / sizeof(struct capability);
}

uint64_t
find_slot(struct tables *t, const struct space *space, uint64_t i,
    struct capability *out)
{
	uint64_t at = (uint64_t)space->table + i * sizeof(*out);

	return at % PAGE_SIZE != 0 && walk_read(t, at, out, sizeof(*out)) &&
		       out->type != OBJECT_NONE && out->type < OBJECT_ROOT
		   ? at
		   : 0;
}

static void
look_into_space(struct tables *t, uint64_t number)
{
	uint64_t address = address_of(t, number), slots, used = 0;
	struct capability c;
	struct space space;
	struct stat_space *s;

	slots = find_slots(t, address, &space);
	for (uint64_t i = 0; i < slots && t->error == E_OK; i++) {
		uint64_t at = find_slot(t, &space, i, &c);

		if (at == 0)
			continue;
		meet(t, number, at, &c);
		used++;
	}
	s = &walk_found(t, number, OBJECT_SPACE)->space;
	s->number = number;
	if (slots != 0) {
		s->left = space.left;
		s->table_pages =
		    (uint64_t)(space.object.room_end - space.object.room) /
		    PAGE_SIZE;
		meet(t, 0, address + offsetof(struct space, faults),
		    &space.faults);
	}
	walk_ring(t, address + offsetof(struct space, tasks), QUEUE_MOST,
	    meet_task, &number);
	s = &walk_found(t, number, OBJECT_SPACE)->space;
	s->capabilities = (uint32_t)used;
}

static void
meet_waiter(struct tables *t, uint64_t link, void *state)
{
	struct found *f =
	    add(t, link - offsetof(struct task, link), OBJECT_TASK);

	if (f != NULL)
		f->task.port = *(uint64_t *)state;
}

/* Capabilities that are under way may be all that leads to an object. */
static void
meet_message(struct tables *t, uint64_t link, void *state)
{
	struct capability c;

	(void)state;
	for (unsigned i = 0; i < MESSAGE_SLOTS; i++) {
		uint64_t at =
		    link + offsetof(struct message_node, slots) + i * sizeof(c);

		if (walk_read(t, at, &c, sizeof(c)))
			meet(t, 0, at, &c);
	}
}

static void
look_into_port(struct tables *t, uint64_t number)
{
	uint64_t address = address_of(t, number);
	struct port port;
	uint32_t queued, waiters;
	struct stat_port *p;

	if (!walk_read(t, address, &port, sizeof(port)))
		return;
	queued = walk_ring(t, address + offsetof(struct port, queue),
	    QUEUE_MOST, meet_message, NULL);
	waiters = walk_ring(t, address + offsetof(struct port, waiters),
	    QUEUE_MOST, meet_waiter, &number);
	p = &walk_found(t, number, OBJECT_PORT)->port;
	p->number = number;
	p->bits = port.bits;
	p->queued = queued;
	p->waiters = waiters;
	p->left = (uint32_t)port.left;
	p->messages = (uint32_t)PORT_MESSAGES((uint64_t)port.object.root.pages);
}

static void
look_into(struct tables *t, uint64_t number, uint32_t type)
{
	if (type == OBJECT_SPACE)
		look_into_space(t, number);
	else if (type == OBJECT_PORT)
		look_into_port(t, number);
	else
		look_into_task(t, number);
}

/* --- when all are found ----------------------------------------------------*/

/* If the capability that can end it is in no table: who has the memory. */
static void
find_owner(struct tables *t, struct found *f)
{
	uint64_t root = address_of(t, f->number) + OBJECT_AT +
			offsetof(struct object, root);
	uint64_t memory;
	enum stat_place where;
	struct found *space = NULL;

	if (f->owner == 0 && walk_parent(t, root, &memory, &where) &&
	    memory != 0)
		space = walk_holder(t, memory);
	if (space != NULL)
		f->owner = space->number;
}

static void
settle(struct tables *t, struct found *f)
{
	struct found *space;

	find_owner(t, f);
	space = walk_found(t, f->owner, OBJECT_SPACE);
	if (f->type == OBJECT_PORT) {
		f->port.owner = f->owner;
		if (f->port.receiver == f->owner)
			f->port.receiver = 0;
		if (space != NULL)
			space->space.ports++;
	} else if (f->type == OBJECT_SPACE) {
		f->space.parent = f->owner;
	} else if (walk_found(t, f->task.space, OBJECT_SPACE) == NULL) {
		f->task.space = 0;
	}
}

static int
by_number(const void *a, const void *b)
{
	const struct found *f = a, *g = b;

	return f->number < g->number ? -1 : f->number > g->number;
}

static void
begin(struct tables *t)
{
	uint64_t steps = ram_pages(t->ram) * PAGE_SIZE / 64;

	t->steps = steps < STEPS_MOST ? steps : STEPS_MOST;
	t->error = t->ram->error = E_OK;
	t->count = t->piece_count = 0;
	if (t->index_size != 0)
		memset(t->index, 0, t->index_size * sizeof(*t->index));
}

enum error
tables_refresh(struct tables *t)
{
	begin(t);
	add(t, t->space, OBJECT_SPACE);
	for (uint32_t i = 0; i < t->count && t->error == E_OK; i++)
		look_into(t, t->found[i].number, t->found[i].type);
	if (t->count == 0) /* not even init */
		return t->ram->error == E_OK ? E_UNAVAILABLE : t->ram->error;
	qsort(t->found, t->count, sizeof(*t->found), by_number);
	if (t->error == E_OK)
		(void)make_index(t); /* sets t->error */
	for (uint32_t i = 0; i < t->count && t->error == E_OK; i++)
		settle(t, &t->found[i]);
	if (t->error == E_OK)
		t->error = t->ram->error;
	if (t->error == E_OK)
		memory_sum(t);
	return t->error == E_OK ? names_recall(t) : t->error;
}

void
tables_free(struct tables *t)
{
	free(t->found);
	free(t->index);
	free(t->pieces);
	free(t->names);
	t->found = NULL;
	t->index = NULL;
	t->pieces = NULL;
	t->names = NULL;
	t->count = t->room = t->index_size = 0;
	t->piece_count = t->piece_room = t->name_count = 0;
}
