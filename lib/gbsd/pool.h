/* pool: what the files of memory.h share. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include <gbsd/calls.h>
#include <gbsd/memory.h>
#include <gbsd/pieces.h>

enum {
	POOL_CHUNK = 64, /* pages that are asked for at least, */
	POOL_SURPLUS = 64, /* and kept when a chunk is given back */
	POOL_SPARES = 4, /* addresses kept for each size */
	POOL_SPARE_ORDERS = 19,
};

/* In pages of its own, with the records behind it. */
struct pool {
	atomic_flag lock;
	struct pieces pieces;
	const void *asking; /* area of the thread that asks for more */
	cap_t reserve; /* a page for what that needs itself, or 0 */
	uint64_t chunks;
	uint64_t low, high, next; /* addresses of the window */
	uint64_t top; /* high when nothing is reserved */
	uint64_t spares[POOL_SPARE_ORDERS][POOL_SPARES];
	uint64_t reserved[POOL_SPARE_ORDERS][POOL_SPARES];
};

_Static_assert(sizeof(struct pool) <= PAGE_SIZE, "one page");

/* Makes it when it is wanted first.  NULL: there is no memory at all. */
struct pool *pool_lock(void);
void pool_unlock(struct pool *pool);

/* Under the lock: any address for that many pages, that may be taken. */
uint64_t pool_address(struct pool *pool, size_t pages);

/* What else this process can give back to the pool, or NULL; true: it did. */
extern bool (*pool_release)(void);
