/*
 * host_memory: RAM is a memory file, spaces are one.
 *
 * The file is mapped whole for the kernel; a task's mapping is another one
 * of the same file.  The host allocates a page when it is first touched, so
 * RAM that nobody used costs nothing.  Physical addresses are offsets in the
 * file, from PAGE_SIZE on: page 0 is nobody's.
 *
 * The boot archive is no copy.  Its physical addresses lie above RAM and
 * stand for pages of the file that it is in, which is why it can be mapped
 * for reading and executing only.
 *
 * A page fault of the host's costs as much as mapping a hundred pages, and
 * the kernel maps pages that it has filled, so mappings of up to POPULATE
 * pages are filled in at once.
 */
#define _GNU_SOURCE
#include "cpu.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif

uint8_t *host_ram;

static int ram = -1, archive = -1;
static uint64_t ram_size;
static uint64_t archive_base, archive_size; /* physical */
static uint64_t archive_offset; /* in its file */

enum { POPULATE = 512 };

/* Where the kernel sees RAM; not where HAL_USER_LOW begins, nor in
 * AddressSanitizer's shadow. */
#define WINDOW ((void *)0x180000000000)

static uint64_t
round_up(uint64_t n)
{
	return (n + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

static int
memory_file(void)
{
	int fd = memfd_create("gbsd-ram", MFD_CLOEXEC | MFD_EXEC);

	if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
		fd = memfd_create("gbsd-ram", MFD_CLOEXEC);
	return fd;
}

void
host_memory_start(uint64_t size)
{
	ram_size = size;
	ram = memory_file();
	if (ram < 0 || ftruncate(ram, (off_t)size) != 0)
		host_fail("%llu bytes of memory: %s", (unsigned long long)size,
		    strerror(errno));
	void *at = mmap(WINDOW, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_NORESERVE, ram, 0);
	if (at != WINDOW)
		host_fail("%llu bytes of memory: %s", (unsigned long long)size,
		    at == MAP_FAILED ? strerror(errno) : "no place");
	host_ram = at;

	struct hal_boot *boot = host_boot();
	boot->ranges[0].base = PAGE_SIZE;
	boot->ranges[0].size = size - PAGE_SIZE;
	boot->range_count = 1;
}

void
host_memory_archive(int fd, uint64_t offset, const void *bytes, size_t n)
{
	struct hal_boot *boot = host_boot();
	uint64_t size = round_up(n);

	archive_base = ram_size;
	archive_size = size;
	archive_offset = offset;
	if (fd < 0 || offset % PAGE_SIZE != 0) {
		/* It is in no file that can be mapped: copy it to one. */
		fd = memory_file();
		archive_offset = 0;
		if (fd < 0 || ftruncate(fd, (off_t)size) != 0 ||
		    pwrite(fd, bytes, n, 0) != (ssize_t)n)
			host_fail("boot archive: %s", strerror(errno));
	}
	archive = fd;
	void *window = host_ram + archive_base;
	/* Private: the kernel may scribble on its view, not on the file. */
	void *at = mmap(window, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_FIXED_NOREPLACE, archive,
	    (off_t)archive_offset);
	if (at != window)
		host_fail("boot archive: %s", strerror(errno));
	boot->archive.base = archive_base;
	boot->archive.size = size;
	boot->archive_bytes = n;
}

struct hal_range
hal_boot_done(void)
{
	return (struct hal_range){ 0, 0 }; /* the host pages it out */
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
	/* Never asked for, but it will be taken back. */
	*(paddr_t *)hal_physical(page) = space->given;
	space->given = page;
}

paddr_t
hal_space_take(struct hal_space *space)
{
	paddr_t page = space->given;

	if (page != 0)
		space->given = *(const paddr_t *)hal_physical(page);
	return page;
}

/* Is [at, at + size) within [low, low + length)? */
static bool
inside(uint64_t at, uint64_t size, uint64_t low, uint64_t length)
{
	return at >= low && size <= length && at - low <= length - size;
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
	(void)space;
	(void)device; /* the only devices are in RAM */
	if (count > ram_size / PAGE_SIZE)
		return HAL_REFUSED;
	uint64_t size = count * PAGE_SIZE;
	if (!inside(address, size, HAL_USER_LOW, HAL_USER_HIGH - HAL_USER_LOW))
		return HAL_REFUSED;

	int fd = ram;
	uint64_t offset = page;
	if (inside(page, size, archive_base, archive_size)) {
		if (protection & VM_WRITE)
			return HAL_REFUSED;
		fd = archive;
		offset = page - archive_base + archive_offset;
	} else if (!inside(page, size, 0, ram_size)) {
		return HAL_REFUSED;
	}
	int flags = MAP_SHARED | MAP_FIXED | MAP_NORESERVE;
	if (count <= POPULATE)
		flags |= MAP_POPULATE;
	void *at = mmap((void *)address, size, host_protection(protection),
	    flags, fd, (off_t)offset);
	return at == MAP_FAILED ? HAL_REFUSED : HAL_MAPPED;
}

void
hal_space_unmap(struct hal_space *space, vaddr_t address, size_t count)
{
	(void)space;
	uint64_t size = (uint64_t)count * PAGE_SIZE;

	if (munmap((void *)address, size) != 0)
		host_fail("cannot unmap: %s", strerror(errno));
}
