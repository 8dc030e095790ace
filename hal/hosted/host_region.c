/*
 * host_region: which of the user's addresses are taken.
 *
 * The addresses are regions of 1 GiB.  Where something is mapped, the region
 * is open: the host keeps all of it for us, inaccessible where nothing is
 * mapped.  So its page tables stay when a mapping goes, and are there for the
 * next one: to make tables and to take them down costs more than to map.
 * That is also why a region stays open when it becomes empty; one is closed
 * when another is opened and there are many.
 *
 * What is mapped is in a bitmap, a bit for each page there could be.  The host
 * gives it memory where it is touched, and gets that back with the region.
 */
#define _GNU_SOURCE
#include "cpu.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define REGION (1ull << 30)
#define REGION_MAP (REGION / PAGE_SIZE / 8) /* bytes of its part of the map */

enum {
	REGIONS = (HAL_USER_HIGH - HAL_USER_LOW) / REGION,
	EMPTY_MOST = 64,
};

static struct region {
	uint32_t mapped; /* pages */
	bool open;
} regions[REGIONS];

static uint64_t *map; /* bit 0 is the page at HAL_USER_LOW */
static unsigned empty; /* regions that are open, with nothing mapped */
static struct region *closed_last = regions;

void
host_region_start(void)
{
	void *at = mmap(NULL, REGIONS * REGION_MAP, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		host_fail("no list of addresses: %s", strerror(errno));
	map = at;
}

static struct region *
region_of(vaddr_t address)
{
	return &regions[(address - HAL_USER_LOW) / REGION];
}

vaddr_t
host_region_low(vaddr_t address)
{
	return address & -(vaddr_t)REGION;
}

/* The next one that is empty. */
static void
close_one(void)
{
	struct region *r = closed_last;
	size_t n;

	do
		if (++r == regions + REGIONS)
			r = regions;
	while (!r->open || r->mapped != 0);
	closed_last = r;
	n = (size_t)(r - regions);
	munmap((void *)(HAL_USER_LOW + n * REGION), REGION);
	madvise((char *)map + n * REGION_MAP, REGION_MAP, MADV_DONTNEED);
	r->open = false;
	empty--;
}

static bool
open_region(struct region *region)
{
	size_t n = (size_t)(region - regions);
	void *at = (void *)(HAL_USER_LOW + n * REGION);
	void *is = mmap(at, REGION, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
	    -1, 0);

	if (is == MAP_FAILED)
		return false;
	if (is != at) { /* before Linux 4.17 the address is but a hint */
		munmap(is, REGION);
		return false;
	}
	/* What was unmapped in one that is closed must be unmapped by then. */
	if (empty >= EMPTY_MOST) {
		host_unmap_all();
		close_one();
	}
	region->open = true;
	empty++;
	return true;
}

/* The bits of [at, high) that are in its first word, and what is behind. */
struct part {
	uint64_t *word, mask;
	vaddr_t next;
};

static struct part
part_of(vaddr_t at, vaddr_t high)
{
	uint64_t page = (at - HAL_USER_LOW) / PAGE_SIZE;
	uint64_t n = 64 - page % 64, left = (high - at) / PAGE_SIZE;

	if (n > left)
		n = left;
	return (struct part){ &map[page / 64], ~0ull >> (64 - n) << page % 64,
		at + n * PAGE_SIZE };
}

bool
host_region_free(vaddr_t low, vaddr_t high)
{
	for (vaddr_t at = low; at < high;) {
		struct part p = part_of(at, high);

		if (*p.word & p.mask)
			return false;
		at = p.next;
	}
	return true;
}

bool
host_region_open(vaddr_t low, vaddr_t high)
{
	for (vaddr_t at = low; at < high; at = host_region_low(at) + REGION)
		if (!region_of(at)->open && !open_region(region_of(at)))
			return false;
	return true;
}

void
host_region_mark(vaddr_t low, vaddr_t high, bool mapped)
{
	for (vaddr_t at = low; at < high;) {
		struct part p = part_of(at, high);
		struct region *r = region_of(at);
		uint64_t changed = p.mask & (mapped ? ~*p.word : *p.word);
		uint32_t pages = (uint32_t)__builtin_popcountll(changed);

		if (r->mapped == 0 && pages != 0)
			empty--;
		*p.word ^= changed;
		r->mapped += mapped ? pages : -pages;
		if (r->mapped == 0 && pages != 0)
			empty++;
		at = p.next;
	}
}
