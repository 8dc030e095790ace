/* tasks: all tasks and the spaces that they are in. */
#pragma once

#include <proto/stat.h>

struct tasks {
	struct stat_task *all; /* by number */
	struct stat_space *spaces; /* by number */
	uint32_t count, space_count;
};

/* Or ends the program.  Dead tasks are left out. */
void tasks_get(struct tasks *tasks);
void tasks_free(struct tasks *tasks);
/* One with zeros if there is none of that number. */
const struct stat_space *
tasks_space(const struct tasks *tasks, uint64_t number);
const char *tasks_state(uint32_t state);
