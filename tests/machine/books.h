/*
 * books: what the parts of the invariants share: every object that lives and
 * every capability that there is, with its place in the tree.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "kernel/kernel.h"

#include "invariants.h"
#include "script.h"

enum { LONG = 1 << 20 };

_Noreturn void broken(const char *what, const void *where);

#define MUST(condition, what, where) \
	((condition) ? (void)0 : broken(what, where))

/* A port, space or task, from object_make until its memory is given back. */
struct known {
	char *start;
	uint64_t pages;
	uint32_t type;
	uint64_t serial; /* never used again */
	uint64_t slots; /* of a space: all that its table has */
};
extern struct known *known;
extern size_t known_count;

/* Nothing is left of it, and its memory is being cleaned. */
static inline bool
is_cleaned(const void *start, uint64_t pages)
{
	return object_of((void *)start)->root.pages != pages;
}

#define EACH(struct_type, name, object_type)                                \
	for (size_t i_##name = 0; i_##name < known_count; i_##name++)       \
		for (struct_type *name =                                    \
			 known[i_##name].type == (object_type)              \
			     ? (struct_type *)(void *)known[i_##name].start \
			     : NULL;                                        \
		     name != NULL; name = NULL)

bool in_ram(const void *at);
/* The living object in whose memory at lies, or NULL. */
struct known *object_at(const void *at);
bool is_object(const void *start, enum object_type type);
bool in_kernel_variables(const void *at);

enum where { IN_TABLE, IN_MESSAGE, IN_OBJECT, IN_VARIABLE };

/* A capability. */
struct entry {
	const struct capability *c;
	enum where where;
	struct space *space; /* of a table */
	const struct entry *parent; /* NULL: none */
};
extern struct entry *entries;
extern size_t entry_count;

#define EACH_ENTRY(name) \
	for (struct entry *name = entries; name < entries + entry_count; name++)

void entries_gather(void);
struct entry *entry_of_capability(const struct capability *c);
void
entry_add(const struct capability *c, enum where where, struct space *space);

/* Messages of a port: all that were ever cut off its room. */
static inline struct message_node *
node_first(const struct port *port)
{
	return (struct message_node *)(void *)((char *)port + sizeof(*port));
}

static inline size_t
node_count(const struct port *port)
{
	return (size_t)(port->object.room - (char *)node_first(port)) /
	       sizeof(struct message_node);
}

void ring_check(const struct link *head, const void *where);
unsigned ring_length(const struct link *head);
void linked(const struct link *link, const void *where);

void check_tree(void);
void check_ports(void);
void check_spaces(void);
void check_tasks(void);
