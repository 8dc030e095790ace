/* gsh_alloc: see gsh_alloc.h. */
#include "gsh_alloc.h"

#include <stddef.h>

static long left = -1;

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);

void
alloc_fail_after(long count)
{
	left = count;
}

void
alloc_fail_never(void)
{
	left = -1;
}

static int
fails(void)
{
	if (left < 0)
		return 0;
	if (left == 0)
		return 1;
	left--;
	return 0;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}
