/*
 * process: the numbers of processes, and what is known of them.
 *
 * A number is free again when no badge with it is left.  Numbers grow and
 * come back only after all others were used.
 */
#pragma once

#include <stdint.h>

#include <gbsd/call.h>
#include <gbsd/error.h>
#include <proto/init.h>

struct process {
	uint32_t number; /* 0: a free slot */
	uint32_t parent;
	uint32_t badges; /* that are out */
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

/* A number for a child of parent, with badges that may go one by one.
 * E_NO_MEMORY, E_LIMIT. */
NODISCARD enum error process_open(
    uint32_t parent, const char *name, uint32_t badges, struct process **out);
/* Valid until the next process_open; NULL if there is no such number. */
struct process *process_find(uint32_t number);
/* One of its badges is gone. */
void process_badge_gone(uint32_t number);
/* The one with the least number from that on, or NULL. */
struct process *process_next(uint32_t from);
