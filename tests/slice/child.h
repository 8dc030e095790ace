/*
 * child: makes a process of this image by the calls alone, without libgbsd's
 * spawn: what a parent must do at the least.
 */
#pragma once

#include <stdio.h>

#include <gbsd/archive.h>
#include <gbsd/calls.h>
#include <gbsd/start.h>

/* Bad news outside a check: what follows would make no sense. */
void must(enum error e, const char *what);

/* That many pages of raw memory, of init's own. */
cap_t raw_take(uint64_t pages);
/* A new port, of pages of raw memory. */
cap_t port_new(uint64_t pages);
/* Maps it somewhere in the own window; nothing is in the page behind. */
void *map_anywhere(cap_t memory, unsigned protection);

enum { CHILD_CAPS = 4 };

struct child {
	cap_t space, task;
	cap_t kernel; /* raw: the space */
	cap_t life; /* raw: what a life consists of */
	uint64_t window; /* where its addresses are */
	struct start_cap caps[CHILD_CAPS];
	unsigned cap_count;
	uint64_t keep; /* address of its KEEP page, or 0 */
	uint32_t restarts;
};

/* An empty space. */
void child_space(struct child *child);
/* Moves cap into its table under that name. */
void child_give(struct child *child, const char *name, cap_t cap);
/* A page that stays there from life to life. */
void child_keep(struct child *child);
/* A life: image, stack, start page and task, all of it new. */
void child_run(
    struct child *child, const struct archive_file *file, const char *role);
/* Ends what is left of it. */
void child_end(struct child *child);
