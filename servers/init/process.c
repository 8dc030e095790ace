/*
 * process: the numbers of processes; see process.h.
 *
 * The slot of a number is number % capacity, and a number is given out only
 * if its slot is free.  With twice the capacity the same holds, so the table
 * can grow by copying.
 */
#include <string.h>

#include "process.h"

enum { FIRST = 64, MOST = 1 << 20, LAST_NUMBER = 0x7FFFFFFF };

static struct processes *kept;
static uint32_t used;

static uint32_t
capacity(void)
{
	return kept->table != NULL ? kept->table->capacity : 0;
}

void
process_begin(struct processes *processes)
{
	kept = processes;
	used = 0;
	for (uint32_t i = 0; i < capacity(); i++)
		used += kept->table->all[i].number != 0;
}

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
	struct process *p;

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
	p->number = kept->last;
	p->parent = parent;
	p->badges = badges;
	strncpy(p->name, name, INIT_NAME);
	used++;
	*out = p;
	return E_OK;
}

struct process *
process_find(uint32_t number)
{
	struct process *p;

	if (number == 0 || capacity() == 0)
		return NULL;
	p = &kept->table->all[number % capacity()];
	return p->number == number ? p : NULL;
}

void
process_badge_gone(uint32_t number)
{
	struct process *p = process_find(number);

	if (p == NULL || --p->badges != 0)
		return;
	p->number = 0;
	used--;
}

struct process *
process_next(uint32_t from)
{
	struct process *best = NULL;

	for (uint32_t i = 0; i < capacity(); i++) {
		struct process *p = &kept->table->all[i];

		if (p->number >= from && p->number != 0 &&
		    (best == NULL || p->number < best->number))
			best = p;
	}
	return best;
}
