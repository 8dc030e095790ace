/* extent: a sorted array of them; see extent.h. */
#include <string.h>

#include <gbsd/calls.h>
#include <gbsd/memory.h>

#include "extent.h"

enum {
	FIRST = 24, /* extents that most processes do not fill */
	ANY = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE,
};

struct extent {
	uintptr_t address;
	uintptr_t origin; /* of the whole that it is, or was, part of */
	cap_t raw; /* 0: reserved */
	cap_t frame; /* of it, if it was split: then a part is mapped by */
	cap_t part; /* ... this */
	uint32_t pages;
	uint32_t first; /* page of raw that address shows */
	uint32_t origin_pages; /* 0: the address was the program's choice */
	uint16_t protection;
	bool reserved; /* the address came from memory_reserve */
};

static struct extent first_extents[FIRST], *extents = first_extents;
static size_t count, capacity = FIRST;
static cap_t extents_memory;

static uintptr_t
end_of(const struct extent *e)
{
	return e->address + (uintptr_t)e->pages * PAGE_SIZE;
}

/* The first extent that ends above address. */
static size_t
find(uintptr_t address)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (end_of(&extents[middle]) <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Room for some more; nothing moves until the next call. */
static enum error
make_room(size_t more)
{
	size_t wanted = capacity, bytes;
	cap_t memory;
	void *at;
	enum error e;

	if (count + more <= capacity)
		return E_OK;
	while (wanted < count + more)
		wanted *= 2;
	bytes = (wanted * sizeof(*extents) + PAGE_SIZE - 1) & -PAGE_SIZE;
	e = memory_new(bytes / PAGE_SIZE, VM_READ | VM_WRITE, &at, &memory);
	if (e != E_OK)
		return e;
	memcpy(at, extents, count * sizeof(*extents));
	if (extents_memory != 0)
		memory_free(extents_memory, extents,
		    (capacity * sizeof(*extents) + PAGE_SIZE - 1) / PAGE_SIZE);
	extents = at;
	extents_memory = memory;
	capacity = bytes / sizeof(*extents);
	return E_OK;
}

static void
insert(size_t at, struct extent extent)
{
	memmove(
	    &extents[at + 1], &extents[at], (count - at) * sizeof(*extents));
	extents[at] = extent;
	count++;
}

static void
remove_at(size_t at)
{
	count--;
	memmove(
	    &extents[at], &extents[at + 1], (count - at) * sizeof(*extents));
}

/* What was mapped there must be again: there is no way back. */
static void
must(enum error e)
{
	if (e != E_OK)
		__builtin_trap();
}

static cap_t
mapped_by(const struct extent *e)
{
	return e->frame != 0 ? e->part : e->raw;
}

/* Without access there is no mapping. */
static enum error
show(const struct extent *e, unsigned protection)
{
	return protection == 0
		   ? E_OK
		   : vm_map(mapped_by(e), (void *)e->address, protection, 0);
}

/* Shows a part of a frame. */
static enum error
show_part(struct extent *e)
{
	enum error error =
	    cap_range(e->frame, ANY, e->first, e->pages, &e->part);

	return error != E_OK ? error : show(e, e->protection);
}

/* At page n of the extent begins another. */
static enum error
split(size_t at, uint32_t n)
{
	struct extent *left = &extents[at], right;
	enum error e;

	if (left->raw != 0 && left->frame == 0) {
		/* Raw memory that is mapped has no children. */
		vm_unmap(left->raw);
		e = cap_range(left->raw, ANY | RIGHT_DERIVE, 0, left->pages,
		    &left->frame);
		if (e != E_OK) {
			left->frame = 0;
			must(show(left, left->protection));
			return e;
		}
	} else if (left->raw != 0) {
		cap_close(left->part);
	}
	right = *left;
	right.address += (uintptr_t)n * PAGE_SIZE;
	right.first += n;
	right.pages -= n;
	left->pages = n;
	if (left->raw != 0) {
		must(show_part(left));
		must(show_part(&right));
	}
	insert(at + 1, right);
	return E_OK;
}

/* Extents begin and end at these addresses; *at is the first of them. */
static enum error
isolate(uintptr_t address, uintptr_t end, size_t *at)
{
	enum error e = make_room(2);
	size_t i;

	if (e != E_OK)
		return e;
	i = find(address);
	if (i < count && extents[i].address < address) {
		e = split(
		    i, (uint32_t)((address - extents[i].address) / PAGE_SIZE));
		if (e != E_OK)
			return e;
		i++;
	}
	*at = i;
	i = find(end - 1);
	if (i < count && extents[i].address < end && end_of(&extents[i]) > end)
		e = split(
		    i, (uint32_t)((end - extents[i].address) / PAGE_SIZE));
	return e;
}

/* A neighbour has a part of the same memory. */
static bool
shares_memory(size_t at)
{
	return (at > 0 && extents[at - 1].raw == extents[at].raw) ||
	       (at + 1 < count && extents[at + 1].raw == extents[at].raw);
}

/* It is reserved, or was. */
static void
drop_memory(size_t at)
{
	struct extent *e = &extents[at];

	if (e->raw == 0)
		return;
	if (e->frame != 0)
		cap_close(e->part);
	if (e->frame == 0 || !shares_memory(at))
		memory_give(e->raw);
	e->raw = e->frame = 0;
	e->protection = 0;
}

/* The address of a whole can be used again when all of it is gone. */
static void
drop(size_t at)
{
	struct extent e = extents[at];

	drop_memory(at);
	remove_at(at);
	if (e.origin_pages == 0 ||
	    (at > 0 && extents[at - 1].origin == e.origin) ||
	    (at < count && extents[at].origin == e.origin))
		return;
	if (e.reserved)
		memory_unreserve((void *)e.origin, e.origin_pages);
	else
		memory_address_give((void *)e.origin, e.origin_pages);
}

/* Gives memory to a reserved one. */
static enum error
commit(struct extent *x, unsigned protection)
{
	size_t dirty;
	cap_t raw;
	enum error e = memory_take_dirty(x->pages, &raw, &dirty);
	bool clear = dirty != 0 && !(protection & VM_WRITE);

	if (e != E_OK)
		return e;
	e = vm_map(raw, (void *)x->address,
	    clear ? VM_READ | VM_WRITE : protection, 0);
	if (e == E_OK && dirty != 0)
		memset((void *)x->address, 0, dirty * PAGE_SIZE);
	if (e == E_OK && clear) {
		vm_unmap(raw);
		e = vm_map(raw, (void *)x->address, protection, 0);
	}
	if (e != E_OK) {
		memory_give(raw);
		return e;
	}
	x->raw = raw;
	x->frame = x->part = 0;
	x->first = 0;
	x->protection = (uint16_t)protection;
	return E_OK;
}

/* What has memory keeps it, without access unless that is asked for. */
static enum error
protect_one(struct extent *x, unsigned protection)
{
	enum error e;

	if (x->protection == protection)
		return E_OK;
	if (x->raw == 0)
		return commit(x, protection);
	vm_unmap(mapped_by(x));
	e = show(x, protection);
	if (e == E_OK)
		x->protection = (uint16_t)protection;
	else
		must(show(x, x->protection));
	return e;
}

bool
extent_any(uintptr_t address, size_t pages)
{
	size_t at = find(address);

	return at < count && extents[at].address < address + pages * PAGE_SIZE;
}

enum error
extent_new(size_t pages, unsigned protection, uintptr_t *address)
{
	struct extent new = { .protection = (uint16_t)protection,
		.pages = (uint32_t)pages,
		.origin_pages = (uint32_t)pages };
	void *at = NULL;
	enum error e = pages > UINT32_MAX ? E_NO_MEMORY : make_room(1);

	if (e != E_OK)
		return e;
	if (protection != 0) {
		e = memory_new(pages, protection, &at, &new.raw);
	} else {
		e = memory_reserve(pages, &at);
		new.reserved = true;
	}
	if (e != E_OK)
		return e;
	new.address = new.origin = (uintptr_t)at;
	insert(find(new.address), new);
	*address = new.address;
	return E_OK;
}

/* Fills what is not in any extent between two addresses with reserved ones;
 * at is the first that is there. */
static enum error
fill_gaps(size_t at, uintptr_t address, uintptr_t end)
{
	while (address < end) {
		uintptr_t next = end;

		if (at < count && extents[at].address < end)
			next = extents[at].address;
		if (next > address) {
			enum error e = make_room(1);

			if (e != E_OK)
				return e;
			insert(at, (struct extent){ .address = address,
				       .origin = address,
				       .pages = (uint32_t)((next - address) /
							   PAGE_SIZE) });
		}
		address = end_of(&extents[at++]);
	}
	return E_OK;
}

enum error
extent_new_at(uintptr_t address, size_t pages, unsigned protection)
{
	uintptr_t end = address + pages * PAGE_SIZE;
	size_t at;
	enum error e =
	    pages > UINT32_MAX ? E_NO_MEMORY : isolate(address, end, &at);

	if (e == E_OK)
		e = fill_gaps(at, address, end);
	for (; e == E_OK && at < count && extents[at].address < end; at++) {
		drop_memory(at);
		if (protection != 0)
			e = commit(&extents[at], protection);
	}
	return e;
}

enum error
extent_free(uintptr_t address, size_t pages)
{
	uintptr_t end = address + pages * PAGE_SIZE;
	size_t at;
	enum error e = isolate(address, end, &at);

	while (e == E_OK && at < count && extents[at].address < end)
		drop(at);
	return e;
}

enum error
extent_protect(uintptr_t address, size_t pages, unsigned protection)
{
	uintptr_t end = address + pages * PAGE_SIZE;
	size_t at;
	enum error e = isolate(address, end, &at);

	for (; e == E_OK && address < end; at++) {
		if (at == count || extents[at].address != address)
			return E_RANGE;
		e = protect_one(&extents[at], protection);
		address = end_of(&extents[at]);
	}
	return e;
}
