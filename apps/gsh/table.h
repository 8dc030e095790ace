/*
 * table: names in order, with what they stand for.
 *
 * Variables, functions and aliases are tables.  A sorted array is small, is
 * copied for a subshell in one pass, and lists in the order that `set' must
 * print; a shell's few hundred names need no more.
 */
#pragma once

#include <stddef.h>

struct node;
struct program;

enum {
	ENTRY_EXPORTED = 1,
	ENTRY_READONLY = 2,
	ENTRY_LOCAL = 4, /* in this function call */
};

struct entry {
	char *name; /* owned */
	char *value; /* owned; NULL: declared and not set */
	unsigned flags; /* ENTRY_ */
	struct program *program; /* a function's; counted */
	struct node *body; /* in program */
};

struct table {
	struct entry *entries; /* by name; owned */
	size_t count;
	size_t room;
};

/* NULL if there is none.  Entries move when a table changes. */
struct entry *table_find(const struct table *, const char *name);

/* The entry of that name, made if need be. */
struct entry *table_add(struct table *, const char *name);
void table_remove(struct table *, struct entry *);
void table_free(struct table *);

/* Fills an empty table; if memory ends, it holds part and stays valid. */
void table_copy(struct table *to, const struct table *from);

/* Replaces the value by a copy; NULL unsets it. */
void entry_set(struct entry *, const char *value);

/* Replaces what the entry holds by a copy of all but the name. */
void entry_assign(struct entry *, const struct entry *from);

/* Frees what the entry holds, but not the entry. */
void entry_clear(struct entry *);
