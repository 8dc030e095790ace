/*
 * host_space: mappings in the one address space of the host.
 *
 * A page fault of the host's costs as much as mapping a hundred pages, and
 * the kernel maps pages that it has filled, so mappings are filled in at
 * once.  Each unmapping is one call of the host's.  To gather those of a
 * dying space and to do them in one call was tried: it is no faster, for
 * what takes the time is to tell the processor, page by page, that written
 * pages are gone.
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

enum hal_map_result
hal_space_map(struct hal_space *space, vaddr_t address, paddr_t page,
    size_t count, unsigned protection, bool device)
{
	static unsigned calls;
	uint64_t size = (uint64_t)count * PAGE_SIZE, offset;
	bool writing = (protection & VM_WRITE) != 0;

	(void)space;
	(void)device; /* the only devices are in RAM */
	if (count > HAL_USER_HIGH / PAGE_SIZE || address % PAGE_SIZE != 0 ||
	    !inside(address, size, HAL_USER_LOW, HAL_USER_HIGH - HAL_USER_LOW))
		return HAL_REFUSED;
	if (writing && (protection & VM_EXECUTE))
		return HAL_REFUSED;
	int fd = memory_behind(page, size, writing, &offset);
	if (fd < 0)
		return HAL_REFUSED;
	if (++calls >= BALLAST_AFTER && !ballast && !ballast_take())
		return HAL_REFUSED;
	int flags = MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_NORESERVE;
	if (count <= POPULATE)
		flags |= MAP_POPULATE;
	void *at = mmap((void *)address, size, host_protection(protection),
	    flags, fd, (off_t)offset);
	if (at == MAP_FAILED)
		return HAL_REFUSED;
	if (at == (void *)address)
		return HAL_MAPPED;
	munmap(at, size); /* before Linux 4.17 it is but a hint */
	return HAL_REFUSED;
}

void
hal_space_unmap(struct hal_space *space, vaddr_t address, size_t count)
{
	uint64_t size = (uint64_t)count * PAGE_SIZE;

	(void)space;
	if (munmap((void *)address, size) == 0)
		return;
	if (ballast)
		munmap(ballast, 2 * BALLAST * PAGE_SIZE);
	ballast = NULL;
	if (munmap((void *)address, size) != 0)
		host_fail("cannot unmap: %s", strerror(errno));
}
