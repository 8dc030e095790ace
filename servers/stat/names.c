/* names: what spaces are called whose tasks are all dead. */
#include "find.h"

#include <stdlib.h>
#include <string.h>

static int
by_number(const void *a, const void *b)
{
	const struct name *m = a, *n = b;

	return m->number < n->number ? -1 : m->number > n->number;
}

/* As it was when it had tasks the last time that somebody asked. */
static void
recall(const struct tables *t, struct stat_space *space)
{
	const struct name key = { .number = space->number };
	const struct name *name = NULL;

	if (t->name_count != 0)
		name = bsearch(
		    &key, t->names, t->name_count, sizeof(key), by_number);
	if (space->tasks == 0 && name != NULL)
		memcpy(space->name, name->name, NAME_BYTES);
}

enum error
names_recall(struct tables *t)
{
	struct name *names = malloc((t->count + 1) * sizeof(*names));
	uint32_t n = 0;

	if (names == NULL)
		return E_NO_MEMORY;
	for (uint32_t i = 0; i < t->count; i++) {
		struct found *f = &t->found[i];

		if (f->type != OBJECT_SPACE)
			continue;
		recall(t, &f->space);
		names[n].number = f->number;
		memcpy(names[n++].name, f->space.name, NAME_BYTES);
	}
	free(t->names);
	t->names = names;
	t->name_count = n;
	return E_OK;
}
