/* ram: windows on RAM; see ram.h. */
#include "ram.h"

#include <string.h>

enum { WINDOW_BYTES = RAM_WINDOW * PAGE_SIZE };

uint64_t
ram_pages(const struct ram *ram)
{
	uint64_t pages = 0;

	for (unsigned i = 0; i < ram->count; i++)
		pages += ram->ranges[i].size / PAGE_SIZE;
	return pages;
}

static const struct ram_range *
range_of(const struct ram *ram, uint64_t bus, uint64_t size)
{
	for (unsigned i = 0; i < ram->count; i++) {
		const struct ram_range *r = &ram->ranges[i];

		if (bus >= r->base && bus - r->base < r->size &&
		    size <= r->size - (bus - r->base))
			return r;
	}
	return NULL;
}

bool
ram_has(const struct ram *ram, uint64_t bus, uint64_t size)
{
	return range_of(ram, bus, size) != NULL;
}

/* Memory is given out in powers of two: without a hash few sets would have to
 * do for most objects. */
static struct ram_window *
set_of(const struct ram *ram, uint64_t bus)
{
	uint64_t hash = bus / WINDOW_BYTES * 0x9E3779B97F4A7C15;

	return (struct ram_window *)ram->windows[(hash >> 32) % RAM_SETS];
}

bool
ram_is_view(const struct ram *ram, uint64_t bus, uint64_t size)
{
	const struct ram_window *set = set_of(ram, bus);

	for (unsigned i = 0; i < RAM_WAYS; i++)
		if (set[i].base == bus && set[i].size == size && size != 0)
			return true;
	for (unsigned i = 0; i < ram->count; i++)
		if (ram->ranges[i].base == bus && ram->ranges[i].size == size)
			return true;
	return false;
}

/* The piece of the range that has the address, in the set's oldest window. */
static struct ram_window *
open_window(struct ram *ram, const struct ram_range *range,
    struct ram_window *set, uint64_t bus)
{
	uint64_t low = bus / WINDOW_BYTES * WINDOW_BYTES;
	uint64_t high = low + WINDOW_BYTES, end = range->base + range->size;
	struct ram_window *oldest = set;
	enum error e;

	for (unsigned i = 1; i < RAM_WAYS; i++)
		if (set[i].used < oldest->used)
			oldest = &set[i];
	if (oldest->size != 0)
		ram->close(oldest);
	oldest->base = low < range->base ? range->base : low;
	oldest->size = (high > end ? end : high) - oldest->base;
	e = ram->open(range, oldest);
	if (e == E_OK)
		return oldest;
	ram->error = e;
	oldest->size = oldest->used = 0;
	return NULL;
}

/* A window that has the address, which is in the range. */
static struct ram_window *
window_of(struct ram *ram, const struct ram_range *range, uint64_t bus)
{
	struct ram_window *set = set_of(ram, bus), *found = NULL;

	for (unsigned i = 0; i < RAM_WAYS; i++)
		if (bus >= set[i].base && bus - set[i].base < set[i].size)
			found = &set[i];
	if (found == NULL)
		found = open_window(ram, range, set, bus);
	if (found != NULL)
		found->used = ++ram->clock;
	return found;
}

bool
ram_read(struct ram *ram, uint64_t bus, void *out, size_t size)
{
	const struct ram_range *range = range_of(ram, bus, size);
	char *to = out;

	while (range != NULL && size > 0) {
		struct ram_window *w = window_of(ram, range, bus);
		size_t n;

		if (w == NULL)
			return false;
		n = w->base + w->size - bus;
		if (n > size)
			n = size;
		memcpy(to, w->at + (bus - w->base), n);
		to += n;
		bus += n;
		size -= n;
	}
	return range != NULL;
}
