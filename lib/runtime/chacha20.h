/* chacha20: the block function of RFC 8439, section 2.3. */
#pragma once

#include <stdint.h>

enum { CHACHA20_BLOCK = 64 };

/* 64 bytes of key stream: key, block counter and nonce as in the RFC. */
void chacha20_block(uint8_t out[CHACHA20_BLOCK], const uint8_t key[32],
    uint32_t counter, const uint8_t nonce[12]);
