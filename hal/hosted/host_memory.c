/*
 * host_memory: RAM is a memory file.
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
 * The kernel takes fresh RAM from below and clears it, and a page fault of
 * the host's costs as much as populating ten pages at once.  So its view is
 * populated in chunks, ahead of the highest page that it has mapped.
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
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

uint8_t *host_ram;

static int ram = -1, archive = -1;
static uint64_t ram_size;
static uint64_t archive_base, archive_size; /* physical */
static uint64_t archive_offset; /* in its file */
static uint64_t populated; /* the kernel's view, up to there */

enum {
	FIRST_CHUNK = 64 * PAGE_SIZE,
	CHUNK = 128 * PAGE_SIZE,
	MARGIN = 32 * PAGE_SIZE, /* for what the kernel takes for itself */
};

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

bool
inside(uint64_t at, uint64_t size, uint64_t low, uint64_t length)
{
	return at >= low && size <= length && at - low <= length - size;
}

static void
populate(uint64_t size)
{
	if (size > ram_size - populated)
		size = ram_size - populated;
	/* Before Linux 5.14 there are only faults. */
	if (size > 0)
		madvise(host_ram + populated, size, MADV_POPULATE_WRITE);
	populated += size;
}

/* The kernel maps RAM up to end: what it takes next may be behind it. */
static void
populate_ahead(uint64_t end)
{
	if (end <= populated && end + MARGIN > populated)
		populate(CHUNK);
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
	populate(FIRST_CHUNK);

	struct hal_boot *boot = host_boot();
	boot->ranges[0].base = PAGE_SIZE;
	boot->ranges[0].size = size - PAGE_SIZE;
	boot->range_count = 1;
	boot->zeroed = true; /* a file that is new */
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
	    MAP_PRIVATE | MAP_FIXED_NOREPLACE, archive, (off_t)archive_offset);
	if (at != window)
		host_fail("boot archive: %s", strerror(errno));
	boot->archive.base = archive_base;
	boot->archive.size = size;
	boot->archive_bytes = n;
}

struct hal_range
hal_boot_part(void)
{
	return (struct hal_range){ 0, 0 }; /* the host pages it out */
}

void
hal_boot_done(void)
{
}

bool
host_map_decoy(vaddr_t address)
{
	return mmap((void *)address, PAGE_SIZE, PROT_READ,
		   MAP_SHARED | MAP_FIXED | MAP_NORESERVE | MAP_POPULATE, ram,
		   0) != MAP_FAILED;
}

int
memory_behind(paddr_t page, uint64_t size, bool writing, uint64_t *offset)
{
	if (inside(page, size, 0, ram_size)) {
		*offset = page;
		populate_ahead(page + size);
		return ram;
	}
	if (writing || !inside(page, size, archive_base, archive_size))
		return -1;
	*offset = page - archive_base + archive_offset;
	return archive;
}
