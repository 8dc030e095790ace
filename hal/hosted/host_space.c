/*
 * host_space: mappings in the one address space of the host.
 *
 * A page fault of the host's costs as much as mapping a hundred pages, and
 * the kernel maps pages that it has filled, so mappings are filled in at
 * once.  host_unmap.c says when they go.
 */
#define _GNU_SOURCE
#include "cpu.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum {
	POPULATE = 512, /* pages; larger mappings are filled by faults */
	BALLAST = 64, /* host mappings */
	BALLAST_AFTER = 1024, /* calls of hal_space_map */
};

/* The host has a limit of mappings (65530), and an unmapping that splits one
 * can hit it.  It must not fail, so some mappings are held back for it. */
static void *ballast;

static bool
ballast_take(void)
{
	uint8_t *at = mmap(NULL, 2 * BALLAST * PAGE_SIZE, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return false;
	for (size_t i = 0; i < BALLAST; i++)
		if (mprotect(at + 2 * i * PAGE_SIZE, PAGE_SIZE, PROT_READ)) {
			munmap(at, 2 * BALLAST * PAGE_SIZE);
			return false;
		}
	ballast = at;
	return true;
}

enum hal_map_result
hal_space_init(struct hal_space *space)
{
	*space = (struct hal_space){ 0 };
	return HAL_MAPPED;
}

void
hal_space_give(struct hal_space *space, paddr_t page)
{
	(void)space; /* never asked for: the host has the tables */
	(void)page;
}

void
hal_space_end(struct hal_space *space)
{
	(void)space;
}

static int
host_protection(unsigned protection)
{
	return (protection & VM_READ ? PROT_READ : 0) |
	       (protection & VM_WRITE ? PROT_WRITE : 0) |
	       (protection & VM_EXECUTE ? PROT_EXEC : 0);
}

/* Where nothing is mapped. */
static bool
map_pages(vaddr_t address, uint64_t size, paddr_t page, unsigned protection)
{
	static unsigned calls;
	bool writing = (protection & VM_WRITE) != 0;
	int flags = MAP_SHARED | MAP_FIXED | MAP_NORESERVE;
	uint64_t offset;
	int fd = memory_behind(page, size, writing, &offset);

	if (++calls >= BALLAST_AFTER && !ballast && !ballast_take())
		return false;
	if (size <= POPULATE * PAGE_SIZE)
		flags |= MAP_POPULATE;
	return fd >= 0 &&
	       mmap((void *)address, size, host_protection(protection), flags,
		   fd, (off_t)offset) != MAP_FAILED;
}

enum hal_map_result
hal_space_map(struct hal_space *space, vaddr_t address, paddr_t page,
    size_t count, unsigned protection, bool device)
{
	uint64_t size = (uint64_t)count * PAGE_SIZE;
	vaddr_t end = address + size;

	(void)space;
	(void)device; /* the only devices are in RAM */
	if (count > HAL_USER_HIGH / PAGE_SIZE || address % PAGE_SIZE != 0 ||
	    !inside(address, size, HAL_USER_LOW, HAL_USER_HIGH - HAL_USER_LOW))
		return HAL_REFUSED;
	if ((protection & VM_WRITE) && (protection & VM_EXECUTE))
		return HAL_REFUSED;
	if (!host_region_open(address, end) || !host_region_free(address, end))
		return HAL_REFUSED;
	host_unmap_at(address, end);
	if (!map_pages(address, size, page, protection))
		return HAL_REFUSED;
	host_region_mark(address, end, true);
	return HAL_MAPPED;
}

void
hal_space_unmap(struct hal_space *space, vaddr_t address, size_t count)
{
	vaddr_t end = address + (uint64_t)count * PAGE_SIZE;

	(void)space;
	if (!host_region_open(address, end))
		return; /* nothing is mapped there */
	host_region_mark(address, end, false);
	host_unmap_later(address, end);
}

/* The addresses stay ours. */
static bool
make_inaccessible(vaddr_t address, uint64_t size)
{
	return mmap((void *)address, size, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		   0) != MAP_FAILED;
}

void
host_unmap_now(vaddr_t address, uint64_t size)
{
	if (make_inaccessible(address, size))
		return;
	if (ballast)
		munmap(ballast, 2 * BALLAST * PAGE_SIZE);
	ballast = NULL;
	if (!make_inaccessible(address, size))
		host_fail("cannot unmap: %s", strerror(errno));
}
