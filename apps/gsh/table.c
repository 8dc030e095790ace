/* table: a sorted array of names; see table.h. */
#include "table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ast.h"

/* Where the name is, or where it belongs. */
static size_t
locate(const struct table *t, const char *name, bool *found)
{
	size_t low = 0, high = t->count;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, t->entries[middle].name);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct entry *
table_find(const struct table *t, const char *name)
{
	bool found;
	size_t at = locate(t, name, &found);

	return found ? &t->entries[at] : NULL;
}

struct entry *
table_add(struct table *t, const char *name)
{
	bool found;
	size_t at = locate(t, name, &found);

	if (found)
		return &t->entries[at];
	if (t->count == t->room) {
		size_t room = t->room > 0 ? t->room * 2 : 16;

		t->entries = mem_resize(t->entries, room * sizeof(*t->entries));
		t->room = room;
	}
	char *copy = mem_copy(name, strlen(name));
	struct entry *e = &t->entries[at];

	memmove(e + 1, e, (t->count - at) * sizeof(*e));
	*e = (struct entry){ .name = copy };
	t->count++;
	return e;
}

void
entry_clear(struct entry *e)
{
	free(e->value);
	program_close(e->program);
	e->value = NULL;
	e->program = NULL;
	e->body = NULL;
	e->flags = 0;
}

void
table_remove(struct table *t, struct entry *e)
{
	size_t behind = t->count - (size_t)(e - t->entries) - 1;

	entry_clear(e);
	free(e->name);
	memmove(e, e + 1, behind * sizeof(*e));
	t->count--;
}

void
table_free(struct table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		entry_clear(&t->entries[i]);
		free(t->entries[i].name);
	}
	free(t->entries);
	*t = (struct table){ .count = 0 };
}

void
table_copy(struct table *to, const struct table *from)
{
	if (from->count == 0)
		return;
	to->entries = mem_alloc(from->count * sizeof(*to->entries));
	to->room = from->count;
	for (size_t i = 0; i < from->count; i++) {
		const struct entry *e = &from->entries[i];

		to->entries[i].name = mem_copy(e->name, strlen(e->name));
		to->count++;
		entry_assign(&to->entries[i], e);
	}
}

void
entry_set(struct entry *e, const char *value)
{
	/* Copied before the old one goes: it may be part of it. */
	char *copy = value != NULL ? mem_copy(value, strlen(value)) : NULL;

	free(e->value);
	e->value = copy;
}

void
entry_assign(struct entry *e, const struct entry *from)
{
	entry_set(e, from->value);
	if (from->program != NULL)
		program_keep(from->program);
	program_close(e->program);
	e->program = from->program;
	e->body = from->body;
	e->flags = from->flags;
}
