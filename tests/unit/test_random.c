/*
 * test_random: lib/runtime's generator.
 *
 * Contract: the block function is the RFC's; what comes out depends on the
 * seed and on nothing else; the seed is wiped; two requests share nothing,
 * and one long request is not two short ones (the key moves on between).
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "chacha20.h"
#include "runtime.h"

/* The generator yields when it finds its lock taken: never here. */
const struct gate *gbsd_gate;

/* RFC 8439, section 2.3.2. */
static void
block_is_that_of_the_rfc(void **state)
{
	static const uint8_t nonce[12] = { 0, 0, 0, 9, 0, 0, 0, 0x4a };
	static const uint8_t want[CHACHA20_BLOCK] = {
		0x10,
		0xf1,
		0xe7,
		0xe4,
		0xd1,
		0x3b,
		0x59,
		0x15,
		0x50,
		0x0f,
		0xdd,
		0x1f,
		0xa3,
		0x20,
		0x71,
		0xc4,
		0xc7,
		0xd1,
		0xf4,
		0xc7,
		0x33,
		0xc0,
		0x68,
		0x03,
		0x04,
		0x22,
		0xaa,
		0x9a,
		0xc3,
		0xd4,
		0x6c,
		0x4e,
		0xd2,
		0x82,
		0x64,
		0x46,
		0x07,
		0x9f,
		0xaa,
		0x09,
		0x14,
		0xc2,
		0xd7,
		0x05,
		0xd9,
		0x8b,
		0x02,
		0xa2,
		0xb5,
		0x12,
		0x9c,
		0xd1,
		0xde,
		0x16,
		0x4e,
		0xb9,
		0xcb,
		0xd0,
		0x83,
		0xe8,
		0xa2,
		0x50,
		0x3c,
		0x4e,
	};
	uint8_t key[32], out[CHACHA20_BLOCK];

	(void)state;
	for (unsigned i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)i;
	chacha20_block(out, key, 1, nonce);
	assert_memory_equal(out, want, sizeof want);
}

static void
seed(uint8_t value)
{
	uint8_t bytes[32], zeros[32] = { 0 };

	memset(bytes, value, sizeof bytes);
	runtime_random_seed(bytes);
	assert_memory_equal(bytes, zeros, sizeof zeros);
}

static void
same_seed_gives_the_same_bytes(void **state)
{
	uint8_t a[100], b[100], c[100];

	(void)state;
	seed(1);
	gbsd_random(a, sizeof a);
	seed(1);
	gbsd_random(b, sizeof b);
	seed(2);
	gbsd_random(c, sizeof c);
	assert_memory_equal(a, b, sizeof a);
	assert_memory_not_equal(a, c, sizeof a);
}

static void
requests_share_nothing(void **state)
{
	uint8_t whole[200], first[100], second[100];

	(void)state;
	seed(1);
	gbsd_random(whole, sizeof whole);
	seed(1);
	gbsd_random(first, sizeof first);
	gbsd_random(second, sizeof second);
	assert_memory_equal(first, whole, sizeof first);
	assert_memory_not_equal(second, whole + 100, sizeof second);
	assert_memory_not_equal(second, first, sizeof second);
}

static void
only_what_was_asked_for_is_written(void **state)
{
	uint8_t bytes[130];

	(void)state;
	for (size_t size = 0; size < sizeof bytes; size++) {
		memset(bytes, 0xEE, sizeof bytes);
		gbsd_random(bytes, size);
		for (size_t i = size; i < sizeof bytes; i++)
			assert_int_equal(bytes[i], 0xEE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(block_is_that_of_the_rfc),
		cmocka_unit_test(same_seed_gives_the_same_bytes),
		cmocka_unit_test(requests_share_nothing),
		cmocka_unit_test(only_what_was_asked_for_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
