/*
 * tables: reads the kernel's objects out of its slab pages.
 *
 * The pages are seen read-only while the kernel goes on changing them, so
 * nothing that is read is believed: a pointer leads somewhere only if a slab
 * page of the right kind is there, an object counts only if its type says so
 * (a free one's first word is a pointer, which no type looks like), and every
 * walk ends after so many steps.  What changes under the reading is read
 * again, a few times.
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

struct tables {
	const char *base; /* the view */
	uint32_t pages;
	uint32_t *index; /* hash of kernel addresses: page number + 1 */
	uint32_t index_size; /* a power of two */
	struct sums *sums; /* of each space, see tables.c */
	uint32_t sums_size;
	uint32_t *rows; /* pages of spaces before each page */
};

/* Looks at so many pages from now on, and finds out where they are in the
 * kernel.  To be called before each of the others. E_NO_MEMORY. */
NODISCARD enum error
tables_refresh(struct tables *tables, const void *base, uint32_t pages);

void tables_system(const struct tables *tables, struct stat_system_rep *system);
void tables_memory(const struct tables *tables, struct stat_memory_rep *memory);

/* Lists: fill out with at most count; *cursor is 0 at first and in the end.
 * Give how many. */
uint32_t tables_tasks(const struct tables *tables, uint64_t *cursor,
    struct stat_task *out, uint32_t count);
uint32_t tables_spaces(struct tables *tables, uint64_t *cursor,
    struct stat_space *out, uint32_t count);
uint32_t tables_ports(const struct tables *tables, uint64_t *cursor,
    struct stat_port *out, uint32_t count);
uint32_t tables_capabilities(const struct tables *tables, uint64_t space,
    uint64_t *cursor, struct stat_capability *out, uint32_t count);
