/*
 * memory: mmap and its kin.
 *
 * Only memory without a file.  Small readable and writable pieces come from
 * arena.c; the others are extents of their own.
 */
#define _GNU_SOURCE /* MREMAP_MAYMOVE, MAP_ANONYMOUS */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "posix.h"

enum { ARENA_MOST = 16 * PAGE_SIZE };

static size_t
whole_pages(size_t size)
{
	return (size + PAGE_SIZE - 1) & -(size_t)PAGE_SIZE;
}

static bool
bad_range(long address, size_t size)
{
	return address % PAGE_SIZE != 0 || size > LONG_MAX - PAGE_SIZE ||
	       (uintptr_t)address + size < (uintptr_t)address;
}

static unsigned
protection_of(long prot)
{
	return (prot & PROT_READ ? VM_READ : 0) |
	       (prot & PROT_WRITE ? VM_READ | VM_WRITE : 0) |
	       (prot & PROT_EXEC ? VM_READ | VM_EXECUTE : 0);
}

long
linux_mmap(const long *a)
{
	size_t size = whole_pages((size_t)a[1]);
	unsigned protection = protection_of(a[2]);

	if (a[1] == 0 || bad_range(a[0], (size_t)a[1]))
		return -EINVAL;
	if (!(a[3] & MAP_ANONYMOUS))
		return -ENODEV;
	if (a[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE))
		return posix_pages_new_at(
		    (uintptr_t)a[0], size, protection, !(a[3] & MAP_FIXED));
	if (protection == (VM_READ | VM_WRITE) && size <= ARENA_MOST) {
		uintptr_t at = posix_pages_take(size);
		if (at != 0)
			return (long)at;
	}
	return posix_pages_new(size, protection);
}

long
linux_munmap(const long *a)
{
	if (a[1] == 0 || bad_range(a[0], (size_t)a[1]))
		return -EINVAL;
	return posix_pages_give((uintptr_t)a[0], whole_pages((size_t)a[1]));
}

long
linux_mprotect(const long *a)
{
	if (bad_range(a[0], (size_t)a[1]))
		return -EINVAL;
	return posix_pages_protect(
	    (uintptr_t)a[0], whole_pages((size_t)a[1]), protection_of(a[2]));
}

/* Grows by copying: mappings do not move. */
long
linux_mremap(const long *a)
{
	size_t old = whole_pages((size_t)a[1]), new = whole_pages((size_t)a[2]);

	if (a[1] == 0 || a[2] == 0 || bad_range(a[0], (size_t)a[1]) ||
	    bad_range(0, (size_t)a[2]))
		return -EINVAL;
	if (new < old)
		posix_pages_give((uintptr_t)a[0] + new, old - new);
	if (new <= old)
		return a[0];
	if (a[3] != MREMAP_MAYMOVE)
		return -ENOMEM;
	long at = posix_pages_new(new, VM_READ | VM_WRITE);
	if (at < 0 && at > -4096)
		return at;
	memcpy((void *)at, (const void *)a[0], old);
	posix_pages_give((uintptr_t)a[0], old);
	return at;
}

long
linux_madvise(const long *a)
{
	if (bad_range(a[0], (size_t)a[1]))
		return -EINVAL;
	/* Linux's promise, that allocators build on: zeroes afterwards. */
	if (a[2] == MADV_DONTNEED)
		memset((void *)a[0], 0, whole_pages((size_t)a[1]));
	return 0;
}

/* As Linux refuses: the break that was there.  musl then uses mmap. */
long
linux_brk(const long *a)
{
	(void)a;
	return 0;
}
