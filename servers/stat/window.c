/*
 * window: derives a range, maps it.
 *
 * All windows are in one region, so that they share page tables.  Where the
 * machine says that something is in the way, another region is begun.
 */
#include "window.h"

#include <string.h>

#include <gbsd/calls.h>

enum {
	WINDOW_BYTES = RAM_WINDOW * PAGE_SIZE,
	REGION_ALIGN = 2 << 20, /* what one page table maps */
	ATTEMPTS = 16,
	FIRST_PLACE = 8, /* regions behind what the pool begins with */
};

#define REGION_BYTES ((uint64_t)RAM_WINDOWS * WINDOW_BYTES)

static struct {
	uint64_t base; /* 0: none yet */
	unsigned used; /* windows that were given addresses */
	unsigned begun;
} region;

static void
begin_region(void)
{
	const struct start *start = gbsd_start();
	uint64_t low = start->window_low, random;
	uint64_t places = (start->window_high - low) / REGION_ALIGN -
			  REGION_BYTES / REGION_ALIGN - 1;

	gbsd_random(&random, sizeof(random));
	if (region.begun++ == 0)
		random = FIRST_PLACE; /* the same in each life */
	region.base =
	    (low + random % places * REGION_ALIGN + REGION_ALIGN - 1) &
	    -(uint64_t)REGION_ALIGN;
	region.used = 0;
}

static enum error
show(struct ram_window *w)
{
	enum error e = E_RANGE;

	for (unsigned i = 0; i < ATTEMPTS && e == E_RANGE; i++) {
		if (w->address == NULL) {
			if (region.base == 0 || region.used == RAM_WINDOWS)
				begin_region();
			w->address = (char *)region.base +
				     (size_t)region.used++ * WINDOW_BYTES;
		}
		e = vm_map(w->memory, w->address, VM_READ, 0);
		if (e == E_RANGE) {
			w->address = NULL;
			region.base = 0;
		}
	}
	return e;
}

static enum error
window_open(const struct ram_range *range, struct ram_window *w)
{
	enum error e = cap_range(range->memory, RIGHT_READ,
	    (w->base - range->base) / PAGE_SIZE, w->size / PAGE_SIZE,
	    &w->memory);

	if (e != E_OK)
		return e;
	e = show(w);
	if (e != E_OK)
		cap_close(w->memory);
	w->at = w->address;
	return e;
}

/* Closing unmaps. */
static void
window_close(struct ram_window *w)
{
	cap_close(w->memory);
}

static enum error
add(struct ram *ram, cap_t memory)
{
	struct ram_range *r = &ram->ranges[ram->count];
	uint32_t rights;
	size_t pages;
	enum error e;

	if (ram->count == RAM_RANGES)
		return E_LIMIT;
	e = cap_revoke(memory); /* windows of an earlier life */
	if (e == E_OK)
		e = memory_query(memory, &rights, &pages);
	if (e == E_OK)
		e = memory_bus(memory, &r->base);
	if (e != E_OK)
		return e;
	r->size = (uint64_t)pages * PAGE_SIZE;
	r->memory = memory;
	ram->count++;
	return E_OK;
}

enum error
windows_init(struct ram *ram)
{
	const struct start *start = gbsd_start();
	enum error e = E_OK;

	ram->open = window_open;
	ram->close = window_close;
	for (uint32_t i = 0; i < start->cap_count && e == E_OK; i++)
		if (strcmp(start->caps[i].name, "ram") == 0)
			e = add(ram, start->caps[i].cap);
	return e == E_OK && ram->count == 0 ? E_NOT_FOUND : e;
}
