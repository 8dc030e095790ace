/*
 * memory_map: where in the process's window things are mapped.
 *
 * Addresses go up from a random one and begin again at the end of the window,
 * with a page free between any two mappings.  A few of those that became
 * free are kept for each size: page tables are not given back to the machine,
 * so what was used already costs nothing.  Another process may have a page
 * there where all share their addresses; then it goes on at random, at last
 * anywhere in the machine's range.
 */
#include <string.h>

#include "pool.h"

enum { ATTEMPTS = 64 };

uint64_t
memory_random_address(uint64_t low, uint64_t high, size_t pages)
{
	uint64_t range = (high - low) / PAGE_SIZE, value;

	if (range <= pages + 2)
		return low + PAGE_SIZE;
	gbsd_random(&value, sizeof(value));
	return low + (1 + value % (range - pages - 1)) * PAGE_SIZE;
}

uint64_t
pool_address(struct pool *p, size_t pages)
{
	unsigned order = pieces_order(pages);
	uint64_t at, size = (uint64_t)PAGE_SIZE << order;

	for (unsigned i = 0; order < POOL_SPARE_ORDERS && i < POOL_SPARES;
	     i++) {
		at = p->spares[order][i];
		p->spares[order][i] = 0;
		if (at != 0)
			return at;
	}
	if (p->next > p->high || p->high - p->next < size + PAGE_SIZE)
		p->next = p->low;
	at = p->next + PAGE_SIZE;
	p->next = at + size;
	return at;
}

static void
keep_spare(uint64_t *spares, uint64_t address)
{
	for (unsigned i = 0; i < POOL_SPARES; i++)
		if (spares[i] == 0) {
			spares[i] = address;
			return;
		}
}

void
memory_address_give(void *address, size_t pages)
{
	unsigned order = pieces_order(pages);
	uint64_t at = (uint64_t)address;
	struct pool *p = pool_lock();

	if (p == NULL)
		return;
	if (at >= p->low && at < p->high && order < POOL_SPARE_ORDERS)
		keep_spare(p->spares[order], at);
	pool_unlock(p);
}

/* Reserved addresses are the upper end of the window, which mappings then do
 * not reach. */
enum error
memory_reserve(size_t pages, void **address)
{
	unsigned order = pieces_order(pages);
	uint64_t size = (uint64_t)PAGE_SIZE << order;
	struct pool *p = pool_lock();
	enum error e = E_NO_MEMORY;

	if (p == NULL)
		return E_NO_MEMORY;
	for (unsigned i = 0;
	     e != E_OK && order < POOL_SPARE_ORDERS && i < POOL_SPARES; i++) {
		if (p->reserved[order][i] == 0)
			continue;
		*address = (void *)p->reserved[order][i];
		p->reserved[order][i] = 0;
		e = E_OK;
	}
	if (e != E_OK && order < PIECE_ORDERS && p->next < p->high &&
	    p->high - p->next > 2 * size) {
		p->high -= size + PAGE_SIZE;
		*address = (void *)p->high;
		e = E_OK;
	}
	pool_unlock(p);
	return e;
}

void
memory_unreserve(void *address, size_t pages)
{
	unsigned order = pieces_order(pages);
	struct pool *p = pool_lock();

	if (p == NULL)
		return;
	if (order < POOL_SPARE_ORDERS)
		keep_spare(p->reserved[order], (uint64_t)address);
	pool_unlock(p);
}

/* An address for the attempt of that number; 0: there is none. */
static uint64_t
choose(size_t pages, unsigned attempt)
{
	const struct start *start = gbsd_start();
	uint64_t low = start->address_low, high = start->address_high, at;
	struct pool *p = pool_lock();

	if (p == NULL)
		return 0;
	if (start->boot != NULL) {
		low = start->boot->address_low;
		high = start->boot->address_high;
	}
	if (attempt >= ATTEMPTS / 2 ||
	    (p->high - p->low) / PAGE_SIZE / 2 < pages) {
		at = (high - low) / PAGE_SIZE > pages + 2
			 ? memory_random_address(low, high, pages)
			 : 0;
	} else {
		if (attempt > POOL_SPARES)
			p->next = memory_random_address(p->low, p->high, pages);
		at = pool_address(p, pages);
	}
	pool_unlock(p);
	return at;
}

enum error
memory_map(cap_t memory, unsigned protection, void **address)
{
	uint32_t rights;
	size_t pages;
	enum error e = memory_query(memory, &rights, &pages);

	if (e != E_OK)
		return e;
	e = E_RANGE;
	for (unsigned i = 0; e == E_RANGE && i < ATTEMPTS; i++) {
		uint64_t at = choose(pages, i);

		if (at == 0)
			return E_NO_MEMORY;
		e = vm_map(memory, (void *)at, protection, 0);
		if (e == E_OK)
			*address = (void *)at;
		else if (e == E_RANGE || e == E_NO_MEMORY)
			vm_unmap(memory); /* the part that went well */
	}
	return e;
}

void
memory_unmap(cap_t memory, void *address, size_t pages)
{
	if (address == NULL)
		return;
	vm_unmap(memory);
	memory_address_give(address, pages);
}

/* Clears what is not zero of new memory and shows it as it is wanted. */
static enum error
show(cap_t raw, size_t dirty, unsigned protection, void **address)
{
	bool clear = dirty != 0 && !(protection & VM_WRITE);
	enum error e =
	    memory_map(raw, clear ? VM_READ | VM_WRITE : protection, address);

	if (e != E_OK)
		return e;
	if (dirty != 0)
		memset(*address, 0, dirty * PAGE_SIZE);
	if (!clear)
		return E_OK;
	vm_unmap(raw);
	return vm_map(raw, *address, protection, 0);
}

enum error
memory_new(size_t pages, unsigned protection, void **address, cap_t *raw)
{
	size_t dirty;
	void *at;
	cap_t cap;
	enum error e = memory_take_dirty(pages, &cap, &dirty);

	if (e != E_OK)
		return e;
	e = show(cap, dirty, protection, &at);
	if (e != E_OK) {
		memory_give(cap);
		return e;
	}
	*address = at;
	*raw = cap;
	return E_OK;
}

void
memory_free(cap_t raw, void *address, size_t pages)
{
	memory_give(raw);
	memory_address_give(address, pages);
}
