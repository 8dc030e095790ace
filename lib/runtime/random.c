/*
 * random: a generator that forgets.
 *
 * ChaCha20 (RFC 8439) makes a stream from a key.  The first bytes of each
 * stream become the next key and are never given out, so memory seen later
 * does not tell what was given out before.  The seed comes from the parent,
 * who had it from the kernel's; it is wiped from struct start.
 *
 * A lock taken by turns, not slept on: the work is short, and there is no
 * kernel call that a C library in its first steps could wait with.
 */
#include <stdatomic.h>
#include <string.h>

#include "chacha20.h"
#include "runtime.h"

static atomic_flag busy = ATOMIC_FLAG_INIT;
static uint8_t key[32];

static void
wipe(void *p, size_t size)
{
	memset(p, 0, size);
	__asm__ volatile("" : : "r"(p) : "memory"); /* it must happen */
}

void
runtime_random_seed(uint8_t seed[32])
{
	memcpy(key, seed, sizeof key);
	wipe(seed, sizeof key);
}

void
gbsd_random(void *to, size_t size)
{
	static const uint8_t nonce[12];
	uint8_t stream_key[32], block[CHACHA20_BLOCK];
	uint8_t *out = to;

	while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire))
		gbsd_call6(CALL_sched_yield, 0, YIELD, 0, 0, 0, 0);
	memcpy(stream_key, key, sizeof key);
	chacha20_block(block, stream_key, 0, nonce);
	memcpy(key, block, sizeof key);
	atomic_flag_clear_explicit(&busy, memory_order_release);

	/* The counter would repeat after 256 GiB. */
	for (uint32_t counter = 1; size > 0; counter++) {
		size_t n = size < sizeof block ? size : sizeof block;
		chacha20_block(block, stream_key, counter, nonce);
		memcpy(out, block, n);
		out += n;
		size -= n;
	}
	wipe(block, sizeof block);
	wipe(stream_key, sizeof stream_key);
}
