/*
 * host_region: which addresses are taken.
 *
 * The user's addresses are regions of 128 MiB.  Where something is mapped, the
 * region is open: the host keeps all of it for us, inaccessible where nothing
 * is mapped.  So its page tables stay when a mapping goes, and are there for
 * the next one: to make tables and to take them down costs more than to map
 * (35 us, and several times that under a hypervisor that copies them).  That
 * is also why regions stay open when they become empty; one is closed when
 * another is opened and there are many.
 *
 * What is mapped in a region is in a bitmap, a bit for each page.
 */
#define _GNU_SOURCE
#include "cpu.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum {
	REGIONS = (HAL_USER_HIGH - HAL_USER_LOW) / HOST_REGION,
	REGION_PAGES = HOST_REGION / PAGE_SIZE,
	EMPTY_MOST = 64,
	MAPS_AT_ONCE = 16,
};

struct region {
	uint32_t mapped; /* pages */
	uint32_t map; /* 1 + the number of its bitmap; 0: not open */
};

static struct region regions[REGIONS] __attribute__((aligned(PAGE_SIZE)));
static struct region *last_closed = regions;
static unsigned empty; /* regions that are open, with nothing mapped */

/* Those that no region has are all zero; the next of them. */
static uint64_t (*maps)[REGION_PAGES / 64];
static uint16_t free_maps[REGIONS];
static unsigned maps_taken, maps_made;

void
host_region_start(void)
{
	void *at = mmap(NULL, REGIONS * sizeof *maps, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		host_fail("no addresses for tasks: %s", strerror(errno));
	maps = at;
	host_populate(regions, sizeof regions);
}

static uint32_t
take_map(void)
{
	if (maps_taken == maps_made) {
		host_populate(maps[maps_made], MAPS_AT_ONCE * sizeof *maps);
		for (unsigned i = 0; i < MAPS_AT_ONCE; i++, maps_made++)
			free_maps[maps_made] = (uint16_t)maps_made;
	}
	return free_maps[maps_taken++];
}

static struct region *
region_of(vaddr_t address)
{
	return &regions[(address - HAL_USER_LOW) / HOST_REGION];
}

vaddr_t
host_region_low(vaddr_t address)
{
	return address & -(vaddr_t)HOST_REGION;
}

static void *
address_of(const struct region *region)
{
	return (
	    void *)(HAL_USER_LOW + (uint64_t)(region - regions) * HOST_REGION);
}

/* The next one that is empty, if it is in nobody's notes. */
static void
close_one(void)
{
	struct region *r = last_closed;
	vaddr_t at;

	do
		if (++r == regions + REGIONS)
			r = regions;
	while ((r->map == 0 || r->mapped != 0) && r != last_closed);
	last_closed = r;
	at = (vaddr_t)address_of(r);
	if (r->map == 0 || r->mapped != 0 ||
	    host_unmap_noted(at, at + HOST_REGION))
		return;
	munmap(address_of(r), HOST_REGION);
	free_maps[--maps_taken] = (uint16_t)(r->map - 1);
	r->map = 0;
	empty--;
}

static bool
open_region(struct region *region)
{
	void *at = address_of(region);
	void *is = mmap(at, HOST_REGION, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
	    -1, 0);

	if (is == MAP_FAILED)
		return false;
	if (is != at) { /* before Linux 4.17 the address is but a hint */
		munmap(is, HOST_REGION);
		return false;
	}
	if (empty >= EMPTY_MOST)
		close_one();
	region->map = 1 + take_map();
	empty++;
	return true;
}

/* The bits of [at, high) that are in the first word, and what is behind it. */
struct part {
	struct region *region;
	uint64_t *word, mask;
	vaddr_t next;
};

static struct part
part_of(vaddr_t at, vaddr_t high)
{
	struct region *region = region_of(at);
	uint64_t page = at / PAGE_SIZE % REGION_PAGES;
	uint64_t n = 64 - page % 64, left = (high - at) / PAGE_SIZE;

	if (n > left)
		n = left;
	return (struct part){ region, &maps[region->map - 1][page / 64],
		~0ull >> (64 - n) << page % 64, at + n * PAGE_SIZE };
}

bool
host_region_free(vaddr_t low, vaddr_t high)
{
	for (vaddr_t at = low; at < high;) {
		struct region *region = region_of(at);
		struct part p;

		if (region->map == 0 && !open_region(region))
			return false;
		p = part_of(at, high);
		if (*p.word & p.mask)
			return false;
		at = p.next;
	}
	return true;
}

void
host_region_mark(vaddr_t low, vaddr_t high, bool mapped)
{
	for (vaddr_t at = low; at < high;) {
		struct part p = part_of(at, high);
		struct region *r = p.region;
		uint32_t pages = (uint32_t)__builtin_popcountll(p.mask);

		if ((*p.word & p.mask) != (mapped ? 0 : p.mask))
			host_fail("pages are not mapped as the kernel thinks");
		if (r->mapped == 0)
			empty--;
		*p.word ^= p.mask;
		r->mapped += mapped ? pages : -pages;
		if (r->mapped == 0)
			empty++;
		at = p.next;
	}
}
