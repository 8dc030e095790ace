/*
 * arena: pages kept at hand, so that a small mmap is not a kernel call.
 *
 * A few chunks of up to 64 pages, each with three words of one bit per page;
 * the first is small, as most processes need no second.  A page is zeroed
 * when it is taken again, not when it is given back.  Pages whose protection
 * was changed are made writable again before they return to the chunk.
 * Chunks are extents, and stay: who needed one will need it again.
 *
 * musl's allocator holds its own lock when it maps pages, but thread stacks
 * come without it, so there is one here too.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "extent.h"
#include "posix.h"

enum { CHUNKS = 8, FIRST_PAGES = 8, CHUNK_PAGES = 64 };

struct chunk {
	uintptr_t base; /* 0: not mapped yet */
	unsigned pages; /* at most 64 */
	uint64_t taken, dirty, protected;
};

static struct chunk chunks[CHUNKS];
static atomic_flag busy = ATOMIC_FLAG_INIT;

static void
lock(void)
{
	while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire))
		gbsd_call6(CALL_sched_yield, 0, YIELD, 0, 0, 0, 0);
}

static void
unlock(void)
{
	atomic_flag_clear_explicit(&busy, memory_order_release);
}

static uint64_t
bits(unsigned first, unsigned count)
{
	return (count == 64 ? ~0ull : (1ull << count) - 1) << first;
}

/* The first page of a free run in the chunk, or CHUNK_PAGES for none. */
static unsigned
free_run(const struct chunk *c, unsigned count)
{
	unsigned first = 0;

	while (first + count <= c->pages) {
		uint64_t in_the_way = c->taken & bits(first, count);
		if (in_the_way == 0)
			return first;
		first = 64 - (unsigned)__builtin_clzll(in_the_way);
	}
	return CHUNK_PAGES;
}

static bool
map_chunk(struct chunk *c, unsigned count)
{
	unsigned pages =
	    c == chunks && count <= FIRST_PAGES ? FIRST_PAGES : CHUNK_PAGES;

	if (extent_new(pages, VM_READ | VM_WRITE, &c->base) != E_OK)
		return false;
	c->pages = pages;
	return true;
}

/* A chunk that has the run free, mapped now if need be; or NULL. */
static struct chunk *
find_chunk(unsigned count, unsigned *first)
{
	for (struct chunk *c = chunks; c < chunks + CHUNKS; c++) {
		if (c->base == 0 && !map_chunk(c, count))
			return NULL;
		*first = free_run(c, count);
		if (*first < CHUNK_PAGES)
			return c;
	}
	return NULL;
}

uintptr_t
posix_pages_take(size_t size)
{
	unsigned count = (unsigned)(size / PAGE_SIZE), first;
	uintptr_t at = 0;

	lock();
	struct chunk *c = find_chunk(count, &first);
	if (c != NULL) {
		at = c->base + (uintptr_t)first * PAGE_SIZE;
		c->taken |= bits(first, count);
		for (unsigned i = 0; i < count; i++) {
			if (c->dirty & 1ull << (first + i))
				memset(
				    (char *)at + i * PAGE_SIZE, 0, PAGE_SIZE);
		}
		c->dirty |= bits(first, count);
	}
	unlock();
	return at;
}

/* The chunk that address is in, or NULL; and how many bytes from address on,
 * up to size, have the same answer. */
static struct chunk *
chunk_of(uintptr_t address, size_t size, size_t *same)
{
	*same = size;
	for (struct chunk *c = chunks; c < chunks + CHUNKS; c++) {
		if (c->base == 0)
			continue;
		size_t bytes = (size_t)c->pages * PAGE_SIZE;
		if (address - c->base < bytes) {
			size_t rest = c->base + bytes - address;
			if (rest < size)
				*same = rest;
			return c;
		}
		if (c->base > address && c->base - address < *same)
			*same = c->base - address;
	}
	return NULL;
}

static enum error
give_one(struct chunk *c, uintptr_t address, size_t size)
{
	if (c == NULL)
		return extent_free(address, size / PAGE_SIZE);
	uint64_t mask = bits((unsigned)((address - c->base) / PAGE_SIZE),
	    (unsigned)(size / PAGE_SIZE));
	if (c->protected & mask) {
		enum error e = extent_protect(
		    address, size / PAGE_SIZE, VM_READ | VM_WRITE);
		if (e != E_OK)
			return e;
	}
	c->protected &= ~mask;
	c->taken &= ~mask;
	return E_OK;
}

static enum error
protect_one(
    struct chunk *c, uintptr_t address, size_t size, unsigned protection)
{
	if (c == NULL)
		return extent_protect(address, size / PAGE_SIZE, protection);
	uint64_t mask = bits((unsigned)((address - c->base) / PAGE_SIZE),
	    (unsigned)(size / PAGE_SIZE));
	if (protection == (VM_READ | VM_WRITE) && !(c->protected & mask))
		return E_OK;
	enum error e = extent_protect(address, size / PAGE_SIZE, protection);
	if (e != E_OK)
		return e;
	if (protection == (VM_READ | VM_WRITE))
		c->protected &= ~mask;
	else
		c->protected |= mask;
	return E_OK;
}

long
posix_pages_give(uintptr_t address, size_t size)
{
	enum error e = E_OK;

	lock();
	for (size_t same; size > 0 && e == E_OK;
	     address += same, size -= same) {
		struct chunk *c = chunk_of(address, size, &same);
		e = give_one(c, address, same);
	}
	unlock();
	return posix_error(e);
}

long
posix_pages_protect(uintptr_t address, size_t size, unsigned protection)
{
	enum error e = E_OK;

	lock();
	for (size_t same; size > 0 && e == E_OK;
	     address += same, size -= same) {
		struct chunk *c = chunk_of(address, size, &same);
		e = protect_one(c, address, same, protection);
	}
	unlock();
	return posix_error(e);
}

long
posix_pages_new(size_t size, unsigned protection)
{
	uintptr_t at = 0;
	enum error e;

	lock();
	e = extent_new(size / PAGE_SIZE, protection, &at);
	unlock();
	return e == E_OK ? (long)at : posix_error(e);
}

/* Pages of the arena stay its own, and taken. */
static enum error
replace(uintptr_t address, size_t size, unsigned protection)
{
	for (size_t same; size > 0; address += same, size -= same) {
		struct chunk *c = chunk_of(address, size, &same);
		enum error e =
		    extent_new_at(address, same / PAGE_SIZE, protection);
		uint64_t mask;

		if (e != E_OK)
			return e;
		if (c == NULL)
			continue;
		mask = bits((unsigned)((address - c->base) / PAGE_SIZE),
		    (unsigned)(same / PAGE_SIZE));
		c->taken |= mask;
		c->dirty |= mask;
		c->protected |= mask;
	}
	return E_OK;
}

long
posix_pages_new_at(
    uintptr_t address, size_t size, unsigned protection, bool free)
{
	enum error e = E_EXISTS;

	lock();
	if (!free || !extent_any(address, size / PAGE_SIZE))
		e = replace(address, size, protection);
	unlock();
	return e == E_OK ? (long)address : posix_error(e);
}
