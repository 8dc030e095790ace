/*
 * process: the numbers of processes; see process.h.
 *
 * The slot of a number is number % capacity, and a number is given out only
 * if its slot is free.  With twice the capacity the same holds, so the table
 * can grow by copying.
 */
#include <stdlib.h>
#include <string.h>

#include "process.h"

enum { FIRST = 64, MOST = 1 << 20, LAST_NUMBER = 0x7FFFFFFF };

static struct process *table;
static uint32_t capacity, used, last;

static enum error
grow(void)
{
	uint32_t more = capacity == 0 ? FIRST : capacity * 2;
	struct process *new;

	if (more > MOST)
		return E_LIMIT;
	new = calloc(more, sizeof(*new));
	if (new == NULL)
		return E_NO_MEMORY;
	for (uint32_t i = 0; i < capacity; i++)
		if (table[i].number != 0)
			new[table[i].number % more] = table[i];
	free(table);
	table = new;
	capacity = more;
	return E_OK;
}

enum error
process_open(uint32_t parent, const char *name, uint32_t badges,
    struct process **out)
{
	struct process *p;

	if (used * 2 >= capacity) {
		enum error e = grow();

		if (e != E_OK && used == capacity)
			return e;
	}
	do {
		last = last == LAST_NUMBER ? 1 : last + 1;
		p = &table[last % capacity];
	} while (p->number != 0);
	memset(p, 0, sizeof(*p));
	p->number = last;
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

	if (number == 0 || capacity == 0)
		return NULL;
	p = &table[number % capacity];
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

	for (uint32_t i = 0; i < capacity; i++) {
		struct process *p = &table[i];

		if (p->number >= from && p->number != 0 &&
		    (best == NULL || p->number < best->number))
			best = p;
	}
	return best;
}
