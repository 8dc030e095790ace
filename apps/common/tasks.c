/* tasks: lists of stat_server, in order. */
#include "tasks.h"

#include <stdlib.h>

#include "stat_list.h"

static int
by_number(const void *a, const void *b)
{
	const struct stat_task *t = a, *u = b;

	return t->number < u->number ? -1 : t->number > u->number;
}

static int
by_space_number(const void *a, const void *b)
{
	const struct stat_space *s = a, *t = b;

	return s->number < t->number ? -1 : s->number > t->number;
}

void
tasks_get(struct tasks *tasks)
{
	uint32_t count, living = 0;

	tasks->all = stat_list(stat_tasks, 0, sizeof(*tasks->all), &count);
	for (uint32_t i = 0; i < count; i++)
		if (tasks->all[i].state != STAT_DEAD)
			tasks->all[living++] = tasks->all[i];
	tasks->count = living;
	tasks->spaces = stat_list(
	    stat_spaces, 0, sizeof(*tasks->spaces), &tasks->space_count);
	qsort(tasks->all, tasks->count, sizeof(*tasks->all), by_number);
	qsort(tasks->spaces, tasks->space_count, sizeof(*tasks->spaces),
	    by_space_number);
}

void
tasks_free(struct tasks *tasks)
{
	free(tasks->all);
	free(tasks->spaces);
}

const struct stat_space *
tasks_space(const struct tasks *tasks, uint64_t number)
{
	static const struct stat_space none;
	const struct stat_space key = { .number = number };
	const struct stat_space *s = bsearch(&key, tasks->spaces,
	    tasks->space_count, sizeof(key), by_space_number);

	return s != NULL ? s : &none;
}

const char *
tasks_state(uint32_t state)
{
	switch ((enum stat_state)state) {
	case STAT_READY:
		return "ready";
	case STAT_RUNNING:
		return "run";
	case STAT_WAITING:
		return "wait";
	case STAT_SUSPENDED:
		return "stop";
	case STAT_FAULTED:
		return "fault";
	case STAT_DEAD:
		return "dead";
	}
	return "?";
}
