/*
 * process: the numbers of processes; see process.h.
 *
 * The slot of a number is number % capacity, and a number is given out only
 * if its slot is free.  With twice the capacity the same holds, so the table
 * can grow by copying.
 */
#include <string.h>

#include "process.h"

enum { FIRST = 64, MOST = 1024, LAST_NUMBER = 0x7FFFFFFF };

static struct processes *kept;
static uint32_t used;

static uint32_t
capacity(void)
{
	return kept->table != NULL ? kept->table->capacity : 0;
}

/* With those that are gone. */
static struct process *
slot_of(uint32_t number)
{
	struct process *p;

	if (number == 0 || capacity() == 0)
		return NULL;
	p = &kept->table->all[number % capacity()];
	return p->number == number ? p : NULL;
}

/* It is, or with UINT32_MAX, which is one less, is no more: in all branches. */
static void
count(struct process *p, uint32_t more)
{
	struct process *parent = slot_of(p->parent);

	used += more;
	if (parent != NULL)
		parent->children += more;
	for (; p != NULL; p = slot_of(p->parent))
		p->branch += more;
}

/* If nothing is left of its branch it is free, and so may be its parent. */
static void
release(struct process *p)
{
	while (p != NULL && p->badges == 0 && p->children == 0) {
		struct process *parent = slot_of(p->parent);

		count(p, UINT32_MAX);
		p->number = 0;
		p = parent;
	}
}

/* What was counted is counted anew: the last life may have died over it. */
void
process_begin(struct processes *processes)
{
	kept = processes;
	used = 0;
	for (uint32_t i = 0; i < capacity(); i++)
		kept->table->all[i].children = kept->table->all[i].branch = 0;
	for (uint32_t i = 0; i < capacity(); i++)
		if (kept->table->all[i].number != 0)
			count(&kept->table->all[i], 1);
	for (uint32_t i = 0; i < capacity(); i++)
		if (kept->table->all[i].number != 0)
			release(&kept->table->all[i]);
}

/* --- shares ------------------------------------------------------------*/

uint32_t
process_room(const struct process *p, uint32_t left,
    uint32_t (*has)(const struct process *branch, const void *context),
    const void *context)
{
	uint32_t room, own;

	if (p == NULL || p->parent <= INIT_SELF)
		return left;
	room = process_room(slot_of(p->parent), left, has, context);
	own = has(p, context);
	/* What it takes the one above it lacks. */
	return room > own ? (room - own) / 2 : 0;
}

bool
process_is_in(uint32_t number, const struct process *branch)
{
	const struct process *p = slot_of(number);

	while (p != NULL && p != branch)
		p = slot_of(p->parent);
	return p != NULL;
}

static uint32_t
numbers_of(const struct process *branch, const void *context)
{
	(void)context;
	return branch->branch;
}

/* --- numbers -----------------------------------------------------------*/

static enum error
grow(void)
{
	uint32_t more = capacity() == 0 ? FIRST : capacity() * 2;
	struct process_table *old = kept->table, *new;

	if (more > MOST)
		return E_LIMIT;
	new = process_table_new(more);
	if (new == NULL)
		return E_NO_MEMORY;
	new->capacity = more;
	for (uint32_t i = 0; i < capacity(); i++)
		if (old->all[i].number != 0)
			new->all[old->all[i].number % more] = old->all[i];
	kept->table = new;
	if (old != NULL)
		process_table_end(old);
	return E_OK;
}

enum error
process_open(
    uint32_t parent, const char *name, uint32_t badges, struct process **out)
{
	struct process *p = process_find(parent);

	if (p == NULL && parent != 0)
		return E_NOT_FOUND;
	if (process_room(p, PROCESSES - used, numbers_of, NULL) == 0)
		return E_LIMIT;
	if (used * 2 >= capacity()) {
		enum error e = grow();

		if (e != E_OK && used == capacity())
			return e;
	}
	do {
		kept->last = kept->last == LAST_NUMBER ? 1 : kept->last + 1;
		p = &kept->table->all[kept->last % capacity()];
	} while (p->number != 0);
	memset(p, 0, sizeof(*p));
	p->parent = parent;
	p->badges = badges;
	strncpy(p->name, name, INIT_NAME);
	p->number = kept->last;
	count(p, 1);
	*out = p;
	return E_OK;
}

struct process *
process_find(uint32_t number)
{
	struct process *p = slot_of(number);

	return p != NULL && p->badges != 0 ? p : NULL;
}

void
process_badge_gone(uint32_t number)
{
	struct process *p = process_find(number);

	if (p != NULL && --p->badges == 0)
		release(p);
}

struct process *
process_next(uint32_t from)
{
	struct process *best = NULL;

	for (uint32_t i = 0; i < capacity(); i++) {
		struct process *p = &kept->table->all[i];

		if (p->number >= from && p->number != 0 && p->badges != 0 &&
		    (best == NULL || p->number < best->number))
			best = p;
	}
	return best;
}
