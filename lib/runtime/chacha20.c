/* chacha20: the block function of RFC 8439, section 2.3. */
#include <string.h>

#include "chacha20.h"

static uint32_t
rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static void
quarter_round(uint32_t s[16], int a, int b, int c, int d)
{
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 12);
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 7);
}

/* Both machines are little-endian, as the RFC's words are. */
void
chacha20_block(uint8_t out[CHACHA20_BLOCK], const uint8_t key[32],
    uint32_t counter, const uint8_t nonce[12])
{
	uint32_t start[16], s[16];

	memcpy(start, "expand 32-byte k", 16);
	memcpy(start + 4, key, 32);
	start[12] = counter;
	memcpy(start + 13, nonce, 12);
	memcpy(s, start, sizeof s);
	for (int i = 0; i < 10; i++) {
		for (int column = 0; column < 4; column++)
			quarter_round(
			    s, column, column + 4, column + 8, column + 12);
		for (int n = 0; n < 4; n++)
			quarter_round(s, n, 4 + (n + 1) % 4, 8 + (n + 2) % 4,
			    12 + (n + 3) % 4);
	}
	for (int i = 0; i < 16; i++)
		s[i] += start[i];
	memcpy(out, s, CHACHA20_BLOCK);
}
