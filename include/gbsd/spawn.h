/*
 * spawn: makes a process of an image file.
 *
 * One spawn at a time per task: what is staged belongs to the task.  The
 * order is spawn_begin, any number of grants, spawn_image or spawn_file, spawn_start; any
 * error ends in spawn_cancel, which spawn_start does by itself.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <gbsd/archive.h>
#include <gbsd/error.h>
#include <gbsd/start.h>

enum { SPAWN_CAPS = 24, SPAWN_STACK = 64 * 1024 };

struct spawn_limits {
	uint64_t capabilities, slots, pages, tasks; /* quota handed over */
};

/* Enough for a small program. */
extern const struct spawn_limits spawn_default_limits;

struct spawn {
	struct start_cap caps[SPAWN_CAPS];
	unsigned cap_count;
	uint64_t base; /* of the image, in the child */
	uint64_t image_size, entry;
	uint64_t stack_size; /* that the image asks for, or 0: SPAWN_STACK */
	uint64_t program_headers, program_header_count;
	uint32_t restarts;
	uint64_t keep, keep_size; /* handed on from an earlier life */
};

/* Starts staging a new space, or into the dead space old (0: new). */
NODISCARD enum error spawn_begin(struct spawn *spawn, cap_t old);
NODISCARD enum error spawn_quota(const struct spawn_limits *limits);
/* Moves cap to the child, which finds it under that name. */
NODISCARD enum error spawn_give(
    struct spawn *spawn, const char *name, cap_t cap);
/* The same with a copy that has those rights. */
NODISCARD enum error spawn_copy(
    struct spawn *spawn, const char *name, cap_t cap, uint32_t rights);
/* A capability that a dead space had already, for the new life. */
void spawn_recall(struct spawn *spawn, const char *name, cap_t there);
/* Fresh zero memory that outlives the process's tasks. */
NODISCARD enum error spawn_keep(struct spawn *spawn, size_t size);
/* The image, from a file of any origin. */
NODISCARD enum error spawn_image(
    struct spawn *spawn, const void *file, size_t size);
/* The same from the boot archive.  If the capability "archive" allows it, all
 * that run the image share its text. */
NODISCARD enum error spawn_file(
    struct spawn *spawn, const struct archive_file *file);
/* Runs it.  name: of the task.  *space: its capability (0: a new life). */
NODISCARD enum error spawn_start(struct spawn *spawn, const char *name,
    char *const *argv, char *const *envp, cap_t *space);
void spawn_cancel(struct spawn *spawn);
