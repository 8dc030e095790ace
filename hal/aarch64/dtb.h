/* dtb: reading a flattened device tree, one node after the other. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DTB_DEPTH = 8 };

/* The node that dtb_next found: its path, and how to read its "reg". */
struct dtb_walk {
	const uint8_t *tree;
	uint32_t offset; /* of the next token */
	uint32_t properties; /* offset of the node's first property */
	unsigned depth; /* of the root: 1 */
	const char *names[DTB_DEPTH + 1];
	uint8_t address_cells[DTB_DEPTH + 1]; /* for children of that depth */
	uint8_t size_cells[DTB_DEPTH + 1];
};

/* The size of the tree, or 0 if there is none at that address. */
uint32_t dtb_size(const void *tree);
void dtb_open(struct dtb_walk *walk, const void *tree);
/* The next node, parents first; false at the end. */
bool dtb_next(struct dtb_walk *walk);
/* A property's bytes, which are the tree's, or NULL. */
const void *
dtb_property(const struct dtb_walk *walk, const char *name, uint32_t *length);
/* True if the string list "compatible" holds that name. */
bool dtb_compatible(const struct dtb_walk *walk, const char *name);
bool dtb_is(const struct dtb_walk *walk, const char *name, const char *value);
/* The n-th pair of "reg". */
bool dtb_reg(
    const struct dtb_walk *walk, unsigned n, uint64_t *base, uint64_t *size);
/* A property of one or two cells, or fallback. */
uint64_t
dtb_number(const struct dtb_walk *walk, const char *name, uint64_t fallback);
/* The n-th entry of the tree's own list of memory to keep away from. */
bool dtb_reserved(const void *tree, unsigned n, uint64_t *base, uint64_t *size);
/* The number of the n-th interrupt in a GIC's three cells, or 0. */
unsigned dtb_interrupt(const struct dtb_walk *walk, unsigned n);
bool dtb_same(const char *a, const char *b);
