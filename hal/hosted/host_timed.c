/*
 * host_timed: how long the kernel is in each call, told at the end on stderr.
 *
 *	timed: CALL MODE COUNT LONGEST RARE UNIT
 *
 * LONGEST is that of one entry, RARE what one in a thousand takes or more.
 * An entry that the host interrupts looks long: run it several times and take
 * the least.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <x86intrin.h>

#include "cpu.h"

enum {
	CALLS = 13,
	MODES = 16,
	STEPS = 8, /* of the histogram, for each power of two */
	BUCKETS = 48 * STEPS,
	MODED = 1 << CALL_vm_deallocate | 1 << CALL_cap_move |
		1 << CALL_sched_yield | 1 << CALL_sched_switch |
		1 << CALL_sys_signal,
};

static struct entry {
	uint64_t count, longest;
	uint32_t times[BUCKETS];
} entries[CALLS][MODES];

static struct entry *now_in; /* NULL: of no call */
static uint64_t entered, first_tsc, first_ns;

static uint64_t
host_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static unsigned
bucket_of(uint64_t ticks)
{
	unsigned power = 63 - (unsigned)__builtin_clzll(ticks | STEPS);
	unsigned step = (unsigned)(ticks >> (power - 3)) % STEPS;
	unsigned bucket = (power - 3) * STEPS + step;

	return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

/* The least that falls into it. */
static uint64_t
ticks_of(unsigned bucket)
{
	return (uint64_t)(STEPS + bucket % STEPS) << bucket / STEPS;
}

/* The ticks that one in a thousand takes or more. */
static uint64_t
rare(const struct entry *e)
{
	uint64_t left = e->count / 1000 + 1;
	unsigned b = BUCKETS;

	while (b > 0 && left > e->times[b - 1])
		left -= e->times[--b];
	return b > 0 ? ticks_of(b - 1) : 0;
}

static void
tell(void)
{
	uint64_t ns = host_ns() - first_ns, ticks = __rdtsc() - first_tsc;

	for (unsigned c = 0; c < CALLS; c++)
		for (unsigned m = 0; m < MODES; m++) {
			const struct entry *e = &entries[c][m];

			if (e->count == 0)
				continue;
			fprintf(stderr, "timed: %u %u %lu %lu %lu ns\n", c, m,
			    e->count, e->longest * ns / ticks,
			    rare(e) * ns / ticks);
		}
}

/* For timed_run.S. */
__attribute__((visibility("hidden"))) void timed_enter(uint64_t trap);
__attribute__((visibility("hidden"))) void timed_leave(void);

void
timed_enter(uint64_t trap)
{
	uint64_t number = trap >> 32, mode;

	now_in = NULL;
	entered = __rdtsc();
	if ((uint32_t)trap != HAL_TRAP_CALL || number >= CALLS)
		return;
	mode = host_cpu.current->arguments[1];
	if (!(1u << number & MODED) || mode >= MODES)
		mode = 0;
	now_in = &entries[number][mode];
}

void
timed_leave(void)
{
	uint64_t spent = __rdtsc() - entered;

	if (first_ns == 0) {
		first_ns = host_ns();
		first_tsc = __rdtsc();
		atexit(tell);
	}
	if (now_in == NULL)
		return;
	now_in->count++;
	now_in->times[bucket_of(spent)]++;
	if (spent > now_in->longest)
		now_in->longest = spent;
}
