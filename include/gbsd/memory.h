/*
 * memory: the process's own memory, below malloc.
 *
 * A pool of raw memory, of which ports, tasks and spaces are made, and which
 * is mapped.  It comes from the start capabilities "memory"; when that is
 * short, from memory_server by the start capability "memory_server", if there
 * is one.  Every thread may use it.
 *
 * What comes from the pool may hold what was there before: who gives it away,
 * or counts on zeroes, clears it.  The kernel clears what becomes an object.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gbsd/call.h>
#include <gbsd/error.h>

/* Raw memory of exactly that many pages.  E_NO_MEMORY. */
NODISCARD enum error memory_take(size_t pages, cap_t *raw);
/* The same; only its first *dirty pages may hold something, the others are
 * zero. */
NODISCARD enum error memory_take_dirty(size_t pages, cap_t *raw, size_t *dirty);
/* Ends all that was made of it, unmaps it, and takes it back.  What the pool
 * did not give is closed. */
void memory_give(cap_t raw);

/* Shows memory of any kind at an address that is free, with nothing mapped
 * right behind it.  E_RANGE: there is none. */
NODISCARD enum error
memory_map(cap_t memory, unsigned protection, void **address);
/* The memory stays; pages are those of the whole of it.  0 is ignored. */
void memory_unmap(cap_t memory, void *address, size_t pages);

/* Zeroes, mapped. */
NODISCARD enum error
memory_new(size_t pages, unsigned protection, void **address, cap_t *raw);
void memory_free(cap_t raw, void *address, size_t pages);

/* Addresses of a mapping that ended otherwise than by memory_unmap. */
void memory_address_give(void *address, size_t pages);

/* Addresses that nothing is mapped at but what the caller maps there; another
 * process may have some where all share their addresses.  E_NO_MEMORY: the
 * window is used up. */
NODISCARD enum error memory_reserve(size_t pages, void **address);
void memory_unreserve(void *address, size_t pages);

/* A page-aligned address for so many pages with a free one on each side, at
 * random between low and high. */
uint64_t memory_random_address(uint64_t low, uint64_t high, size_t pages);

/* Raw memory of at least that many pages that outlives this life, for a server
 * that is restarted in place: of the account "lasting", else of the pool.  It
 * may be dirty.  *piece is what memory_give_lasting() wants, in the next life
 * too. */
NODISCARD enum error
memory_take_lasting(size_t pages, cap_t *raw, uint64_t *piece);
void memory_give_lasting(cap_t raw, uint64_t piece);

struct memory_info {
	uint64_t pages; /* in the pool, */
	uint64_t free; /* of which so many are free */
	uint64_t chunks; /* that came from memory_server */
	uint64_t largest; /* pages that are free in one piece */
};
void memory_info(struct memory_info *info);

/* For who is restarted in place and finds its pool as it was, as init does:
 * gives back everything that keep says false to, and all addresses that were
 * reserved.  First of all: before there are threads, or a heap. */
void memory_sweep(bool (*keep)(void *context, cap_t raw), void *context);
