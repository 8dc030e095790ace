/* store: how the ring is written; the test puts a power cut in its place. */
#include <string.h>

#include "log.h"

void
log_store(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
}

void
log_store_word(uint64_t *to, uint64_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELEASE);
}
