/*
 * tables: what people ask of the kernel's objects.
 *
 * tables_refresh walks from init's space through tables, tasks and ports to
 * all there is and keeps what may be asked of each object; the questions are
 * answered from that.  The kernel goes on changing its objects meanwhile; see
 * walk.h for what is believed of what is read.
 *
 * This header names no kernel structure: the kernel's functions and the calls
 * share names.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gbsd/error.h>
#include <proto/stat.h>

#include "ram.h"

/* An object. */
struct found {
	uint64_t number; /* of the page that it begins in */
	uint32_t type; /* enum object_type */
	uint32_t pages; /* of memory that it is made of */
	uint64_t owner; /* number of the space that can end it, or 0 */
	union {
		struct stat_task task;
		struct stat_space space;
		struct stat_port port;
	};
};

/* A memory capability in a space's table, in pages. */
struct piece {
	uint64_t first;
	uint64_t pages;
	uint64_t space; /* its number */
	uint64_t entry; /* its address */
	uint32_t depth; /* if there is another of the same range */
	uint32_t outer; /* memory.c's */
	bool raw;
};

struct name {
	uint64_t number; /* of a space */
	char name[NAME_BYTES];
};

struct tables {
	/* The caller's: a kernel's pointer less direct_map is a bus address,
	 * space is its pointer to init's. */
	struct ram *ram;
	uint64_t direct_map, space;

	enum error error; /* why not all was found */
	uint64_t steps; /* left until a walk is given up */
	struct found *found; /* by number, once all are found */
	uint32_t count, room;
	uint32_t *index; /* hash of numbers: place in found + 1 */
	uint32_t index_size; /* a power of two */
	struct piece *pieces;
	uint32_t piece_count, piece_room;
	struct name *names; /* by number; as they were last time */
	uint32_t name_count;
};

/* Finds all there is.  E_NO_MEMORY, or why there is no window on RAM. */
NODISCARD enum error tables_refresh(struct tables *tables);
void tables_free(struct tables *tables);

void tables_system(const struct tables *tables, struct stat_system_rep *system);
void tables_memory(const struct tables *tables, struct stat_memory_rep *memory);

/* Lists: fill out with at most count; *cursor is 0 at first and in the end.
 * Give how many. */
uint32_t tables_tasks(const struct tables *tables, uint64_t *cursor,
    struct stat_task *out, uint32_t count);
uint32_t tables_spaces(const struct tables *tables, uint64_t *cursor,
    struct stat_space *out, uint32_t count);
uint32_t tables_ports(const struct tables *tables, uint64_t *cursor,
    struct stat_port *out, uint32_t count);

/* The same for what a space holds.  E_NOT_FOUND: no such space. */
NODISCARD enum error
tables_capabilities(struct tables *tables, uint64_t space, uint64_t *cursor,
    struct stat_capability *out, uint32_t count, uint32_t *filled);
