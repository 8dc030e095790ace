/*
 * object: what all kernel objects share, and where their memory comes from.
 *
 * An object lives as long as someone refers to it: a capability, a message,
 * a mapping, another object.  What takes long at its end (draining a port,
 * freeing a memory object, taking a space apart) is done in bounded steps:
 * the object waits in the work list, and each kernel entry does one step.
 *
 * Slabs hold objects of one kind and stay what they are, so a pointer to a
 * freed object still points at an object of its kind.  All slab pages are
 * pages of one memory object, kernel_tables, which a stat server maps.
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
	struct capability *revoking; /* whose descendants are being killed */
	struct object *work_next;
};

enum slab {
	SLAB_CAPABILITIES, /* a page of a space's table, not cut up */
	SLAB_PORT,
	SLAB_BADGE,
	SLAB_MESSAGE,
	SLAB_WATCH,
	SLAB_MEMORY,
	SLAB_MAPPING,
	SLAB_SPACE,
	SLAB_TASK,
	SLAB_INTERRUPT,
	SLABS,
};

/* The first 64 bytes of every slab page. */
struct slab_page {
	struct slab_page *self; /* lets a reader translate pointers */
	uint32_t slab; /* enum slab */
	uint32_t first; /* SLAB_CAPABILITIES: index of slot 0 */
	struct space *space; /* SLAB_CAPABILITIES: whose */
	uint64_t reserved[5];
};

/* Zeroed memory for one object of that kind, or NULL if the machine has no
 * page left. */
void *slab_allocate(enum slab slab);
void slab_free(enum slab slab, void *object);
/* A zeroed page of its own with its slab_page filled in, or NULL. */
struct slab_page *slab_page(enum slab slab);

/* A zeroed page of RAM, or 0 if there is none. */
paddr_t page_allocate(void);
void page_free(paddr_t page);
/* Pages to allocate from; ranges beyond HAL_RANGES are left alone. */
void page_add(struct hal_range range);
uint64_t page_free_count(void);

/* Puts the object into the work list (once). */
void object_work(struct object *object);
/* Drops a reference; the last one starts the object's end. */
void object_put(struct object *object);

static inline void
object_get(struct object *object)
{
	object->references++;
}

/* One bounded step of pending work; false if there is none. */
bool work_step(void);
