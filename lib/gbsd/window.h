/* window: where the addresses of a process are that this one makes. */
#pragma once

#include <stdint.h>

#define WINDOW (1ull << 30)

/* One of the machine's at random, or one that a process had that has ended. */
uint64_t window_take(void);
void window_give(uint64_t window);
