/*
 * window: where the addresses of a process are that this one makes.
 *
 * A machine with one address space for all keeps page tables where something
 * was mapped, so a window that was used costs less than a new one.  A few that
 * are free again are kept, and one of their places is chosen at random: if
 * none is there, the window is new.  In the window every life has addresses of
 * its own.
 */
#include <stdbool.h>

#include <gbsd/calls.h>
#include <gbsd/start.h>

#include "window.h"

enum { PLACES = 4 };

static uint64_t places[PLACES]; /* 0: none */

static uint64_t
new_window(uint64_t random)
{
	const struct start *s = gbsd_start();
	uint64_t low = s->boot != NULL ? s->boot->address_low : s->address_low;
	uint64_t high =
	    s->boot != NULL ? s->boot->address_high : s->address_high;

	low = (low + WINDOW - 1) & -WINDOW;
	return low + random % ((high - low) / WINDOW) * WINDOW;
}

uint64_t
window_take(void)
{
	uint64_t random, window;

	gbsd_random(&random, sizeof(random));
	window =
	    __atomic_exchange_n(&places[random % PLACES], 0, __ATOMIC_ACQUIRE);
	return window != 0 ? window : new_window(random / PLACES);
}

void
window_give(uint64_t window)
{
	for (unsigned i = 0; i < PLACES; i++) {
		uint64_t none = 0;

		if (__atomic_compare_exchange_n(&places[i], &none, window,
			false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			return;
	}
}
