/*
 * process: the numbers of processes, and what is known of them.
 *
 * A number is free again when no badge with it is left, nor a process that
 * was begun below it: its branch is counted as long as there is anything of
 * it.  Numbers grow and come back only after all others were used.
 *
 * What there is so many of is shared among branches, for a process can have
 * any number of children: a branch may have as much as it leaves to the one
 * above it.  So the first that takes all it can get has half of what there
 * is, the next one half of the rest, and so on, and something is always left.
 * init and the services may have all.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <gbsd/call.h>
#include <gbsd/error.h>
#include <proto/init.h>

/* Numbers at once, with those that only their branch is left of: as many as
 * init's port has messages for. */
enum { PROCESSES = 352 };

struct process {
	uint32_t number; /* 0: a free slot */
	uint32_t parent;
	uint32_t badges; /* that are out; 0: it is gone, and not its branch */
	uint32_t children; /* that were begun by it, and are not free */
	uint32_t branch; /* numbers in its branch, its own with them */
	char name[INIT_NAME + 1];
	uint64_t base, size; /* of its image */
	uint64_t
	    fate; /* INIT_FAULTED and the kind of fault that ended it, or 0 */
};

/* The slots, in memory of their own. */
struct process_table {
	uint32_t capacity;
	cap_t raw; /* for who made the memory */
	struct process all[];
};

/* What a further life of init goes on with. */
struct processes {
	struct process_table *table; /* NULL: none yet */
	uint32_t last; /* number that was given out */
};

/* Where everything is kept; before the first use, in each life. */
void process_begin(struct processes *kept);
/* process_memory.c: zeroes for so many, or NULL; and their end. */
struct process_table *process_table_new(uint32_t capacity);
void process_table_end(struct process_table *table);

/* A number for a child of parent, 0: of nobody, with badges that may go one by
 * one.  E_LIMIT: a branch that it would be in has all it may; E_NOT_FOUND: no
 * such parent; E_NO_MEMORY. */
NODISCARD enum error process_open(
    uint32_t parent, const char *name, uint32_t badges, struct process **out);
/* Valid until the next process_open; NULL if there is no such process. */
struct process *process_find(uint32_t number);
/* One of its badges is gone. */
void process_badge_gone(uint32_t number);
/* The one with the least number from that on, or NULL. */
struct process *process_next(uint32_t from);

/* How much more of something the process may take.  left: what nobody has;
 * has: what a branch has of it. */
uint32_t process_room(const struct process *p, uint32_t left,
    uint32_t (*has)(const struct process *branch, const void *context),
    const void *context);
/* True if the process, which may be gone, is in the branch. */
bool process_is_in(uint32_t number, const struct process *branch);
