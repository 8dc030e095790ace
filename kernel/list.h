/*
 * list: rings of links, the only list in the kernel.
 *
 * A head is a link too, so putting in, taking out and splicing know no
 * special case.  A link that is in no ring has next == NULL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct link {
	struct link *next, *prev;
};

/* Of the kernel that stays and is built as one; boot.c, which does not stay,
 * needs it too. */
#define BOOT __attribute__((section(".boot.text")))
#define BOOT_USES __attribute__((externally_visible))

#define CONTAINER(pointer, type, member) \
	((type *)((char *)(pointer)-offsetof(type, member)))

static inline void
list_init(struct link *head)
{
	head->next = head->prev = head;
}

static inline bool
list_empty(const struct link *head)
{
	return head->next == head;
}

/* Behind at: with a head, in front of all; with head->prev, at the end. */
static inline void
list_insert(struct link *at, struct link *link)
{
	link->next = at->next;
	link->prev = at;
	at->next->prev = link;
	at->next = link;
}

static inline void
list_remove(struct link *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	link->next = NULL;
}

/* Puts new where old was; old is in no ring afterwards. */
static inline void
list_replace(struct link *old, struct link *new)
{
	list_insert(old, new);
	list_remove(old);
}
