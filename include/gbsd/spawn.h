/*
 * spawn: makes a process of an image file, and new lives of it.
 *
 * The order is spawn_begin, any number of gifts, spawn_file or spawn_image,
 * spawn_start.  struct spawn is what the maker holds of the process, as long
 * as it is there: when it is told of the death, spawn_again, spawn_file and
 * spawn_start make a new life in the same space, with the same table, or
 * spawn_end takes everything back.  After an error of any of these: spawn_end.
 *
 * All memory comes from the maker's pool, in two pieces: the space, and what a
 * life consists of.  Of those that ended a few are kept, for the next.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gbsd/archive.h>
#include <gbsd/error.h>
#include <gbsd/loader.h>
#include <gbsd/start.h>

enum { SPAWN_CAPS = 28, SPAWN_STACK = 64 * 1024 };

struct spawn_limits {
	uint32_t capabilities; /* slots of its table */
	uint32_t mappings; /* pages for its page tables */
	uint32_t pages; /* of memory that it finds as its own */
};

/* Enough for a small program. */
extern const struct spawn_limits spawn_default_limits;

/* The memory of a life, and capabilities of its parts; lib/gbsd/life.c. */
struct spawn_life {
	cap_t raw; /* task, body (data, start page, stack), own memory */
	cap_t task, body, own;
	cap_t shown; /* of the body: what the process sees is of this, */
	cap_t here; /* ... and what its maker sees is this */
	void *view; /* of the body, or NULL */
	size_t body_pages, own_pages;
	bool divided; /* all but here is there */
	bool used; /* another process had it */
};

struct spawn {
	cap_t space, task;
	cap_t kernel; /* raw memory: the space */
	struct spawn_life life;
	cap_t text; /* part of the archive, or 0 */
	uint32_t table_pages;
	uint32_t pages; /* of its own at the start */
	uint64_t window; /* where its addresses are */
	uint64_t image_region, own_region; /* in it: of the image, of its own */
	struct start_cap caps[SPAWN_CAPS]; /* in its table */
	unsigned cap_count;
	uint64_t keep, keep_size; /* address there of what outlives a life */
	uint32_t restarts;
	/* Where the image comes from. */
	const void *file;
	size_t file_size, file_offset; /* in the archive, if it is shared */
	struct loader_image image;
	uint64_t base; /* where it will be, unless that is taken */
};

/* A new space.  E_NO_MEMORY. */
NODISCARD enum error spawn_begin(
    struct spawn *spawn, const struct spawn_limits *limits);
/* Moves cap to the child, which finds it under that name in all its lives. */
NODISCARD enum error spawn_give(
    struct spawn *spawn, const char *name, cap_t cap);
/* The same with a copy that has those rights. */
NODISCARD enum error spawn_copy(
    struct spawn *spawn, const char *name, cap_t cap, uint32_t rights);
/* Maps memory (read and write, not raw) there for all lives. */
NODISCARD enum error spawn_keep(struct spawn *spawn, cap_t memory);
/* The image, from a file of any origin, which stays until spawn_start; base
 * and image_size are known then.  E_BAD_IMAGE. */
NODISCARD enum error spawn_image(
    struct spawn *spawn, const void *file, size_t size);
/* The same from the boot archive.  If the capability "archive" allows it, all
 * that run the image share its text. */
NODISCARD enum error spawn_file(
    struct spawn *spawn, const struct archive_file *file);
/* Runs it.  name: of the task.  exit: a port for its one message with the exit
 * status in words[0], or EVENT_DEAD_REPLY if it dies without; with that badge.
 * E_BAD_IMAGE, E_NO_MEMORY. */
NODISCARD enum error spawn_start(struct spawn *spawn, const char *name,
    char *const *argv, char *const *envp, cap_t exit, uint64_t badge);
/* Its last life is over: takes that back. */
void spawn_again(struct spawn *spawn);
/* It finds no capability of that name in lives to come. */
void spawn_forget(struct spawn *spawn, const char *name);
/* Ends it, whatever it is doing. */
void spawn_end(struct spawn *spawn);
/* Gives what is kept back to the pool, which asks for it when it is short.
 * False if there is nothing. */
bool spawn_release(void);
