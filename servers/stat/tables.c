/* tables: answers from what find.c found. */
#include "tables.h"

#include <string.h>

#include <gbsd/call.h>

void
tables_system(const struct tables *t, struct stat_system_rep *system)
{
	for (uint32_t i = 0; i < t->count; i++) {
		const struct found *f = &t->found[i];

		if (f->type == OBJECT_SPACE) {
			system->spaces++;
			system->capabilities += f->space.capabilities;
		} else if (f->type == OBJECT_PORT) {
			system->ports++;
		} else if (f->task.state != STAT_DEAD) {
			system->tasks++;
			system->busy += f->task.time;
			system->ready += f->task.state <= STAT_RUNNING;
		}
	}
}

void
tables_memory(const struct tables *t, struct stat_memory_rep *memory)
{
	memory->total = ram_pages(t->ram);
	memory->object_count = t->count;
	for (uint32_t i = 0; i < t->count; i++) {
		const struct found *f = &t->found[i];

		memory->objects += f->pages;
		if (f->type != OBJECT_SPACE)
			continue;
		memory->owned += f->space.own;
		memory->mapped += f->space.mapped;
	}
}

/* The cursor is the number to go on from. */
static const struct found *
next(const struct tables *t, enum object_type type, uint64_t *cursor)
{
	uint32_t low = 0, high = t->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (t->found[middle].number < *cursor)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < t->count; low++)
		if (t->found[low].type == (uint32_t)type) {
			*cursor = t->found[low].number;
			return &t->found[low];
		}
	*cursor = 0;
	return NULL;
}

#define LIST(name, member, type)                                           \
	uint32_t tables_##name(const struct tables *t, uint64_t *cursor,   \
	    struct stat_##member *out, uint32_t count)                     \
	{                                                                  \
		const struct found *f;                                     \
		uint32_t n = 0;                                            \
                                                                           \
		while ((f = next(t, type, cursor)) != NULL && n < count) { \
			out[n++] = f->member;                              \
			++*cursor;                                         \
		}                                                          \
		return n;                                                  \
	}

LIST(tasks, task, OBJECT_TASK)
LIST(spaces, space, OBJECT_SPACE)
LIST(ports, port, OBJECT_PORT)
