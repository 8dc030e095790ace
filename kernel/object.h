/*
 * object: what kernel objects share, and where their memory comes from.
 *
 * An object lives as long as someone refers to it.  What takes long at its
 * end (draining a port, taking a space apart) is done in bounded steps: the
 * object waits in the work list, and each kernel entry does one step.
 *
 * Slabs hold objects of one kind and stay what they are, so a pointer to a
 * freed object still points at an object of its kind.
 */
#pragma once

#include <gbsd/error.h>
#include <hal/hal.h>

#include "list.h"
#include "refuse.h"

struct capability;
struct space;

struct object {
	uint8_t type; /* enum object_type */
	bool dead; /* destroyed: only taken apart any more */
	bool working; /* in the work list */
	uint32_t references;
	struct object *work_next;
};

enum slab {
	SLAB_CAPABILITIES, /* a page of a space's table, not cut up */
	SLAB_PORT,
	SLAB_BADGE,
	SLAB_MESSAGE,
	SLAB_SPACE,
	SLAB_TASK,
	SLABS,
};

/* The first 64 bytes of every slab page. */
struct slab_page {
	uint32_t slab; /* enum slab */
	uint32_t first; /* SLAB_CAPABILITIES: index of slot 0 */
	struct space *space; /* SLAB_CAPABILITIES: whose */
	struct slab_page *next; /* all slab pages, for readers */
	uint64_t reserved[5];
};

/* Zeroed memory for one object of that kind; NULL if the pool is empty. */
void *slab_allocate(enum slab slab);
void slab_free(enum slab slab, void *object);
struct slab_page *slab_page(enum slab slab);

/* Zeroed pages of the kernel's pool; NULL if it is empty. */
void *page_allocate(void);
void page_free(void *page);
void page_add(struct hal_range range);

void object_work(struct object *object);
/* Drops a reference; the last one starts the object's end. */
static inline void
object_get(struct object *object)
{
	object->references++;
}

void object_put(struct object *object);
bool work_step(void);
