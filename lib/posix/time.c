/*
 * time: clocks and sleeping.
 *
 * There is one clock, the gate's monotonic one; the time of day is that and
 * an offset.  CPU-time clocks show the monotonic one as well.
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/time.h>
#include <time.h>

#include "posix.h"

enum { SECOND = 1000000000 };

int64_t posix_wall_offset;

static long
yield_until(uint64_t deadline)
{
	while (gbsd_time() < deadline)
		gbsd_call6(CALL_sched_yield, 0, YIELD, 0, 0, 0, 0);
	return 0;
}

long (*posix_sleep_until)(uint64_t deadline) = yield_until;

static bool
is_wall(long clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ||
	       clock == CLOCK_TAI;
}

/* Nanoseconds on the clock; false if there is no such clock. */
static bool
read_clock(long clock, int64_t *now)
{
	/* Negative numbers are CPU-time clocks of processes and threads. */
	if (clock > CLOCK_TAI)
		return false;
	*now = (int64_t)gbsd_time() + (is_wall(clock) ? posix_wall_offset : 0);
	return true;
}

long
linux_clock_gettime(const long *a)
{
	int64_t now;

	if (!read_clock(a[0], &now))
		return -EINVAL;
	*(struct timespec *)a[1] = (struct timespec){
		.tv_sec = now / SECOND,
		.tv_nsec = now % SECOND,
	};
	return 0;
}

long
linux_clock_getres(const long *a)
{
	int64_t now;

	if (!read_clock(a[0], &now))
		return -EINVAL;
	if (a[1] != 0)
		*(struct timespec *)a[1] = (struct timespec){ .tv_nsec = 1 };
	return 0;
}

/* This process's idea of the time of day, nobody else's. */
long
linux_clock_settime(const long *a)
{
	const struct timespec *t = (const struct timespec *)a[1];

	if (a[0] != CLOCK_REALTIME || t->tv_nsec < 0 || t->tv_nsec >= SECOND)
		return -EINVAL;
	posix_wall_offset =
	    t->tv_sec * SECOND + t->tv_nsec - (int64_t)gbsd_time();
	return 0;
}

long
linux_gettimeofday(const long *a)
{
	struct timeval *t = (struct timeval *)a[0];
	int64_t now = (int64_t)gbsd_time() + posix_wall_offset;

	if (t != NULL) {
		t->tv_sec = now / SECOND;
		t->tv_usec = now % SECOND / 1000;
	}
	return 0;
}

/* Sleeps for what request says on that clock, from or until. */
static long
sleep_on(long clock, bool absolute, const struct timespec *request,
    struct timespec *remain)
{
	int64_t now, deadline;

	if (!read_clock(clock, &now) || request->tv_sec < 0 ||
	    request->tv_nsec < 0 || request->tv_nsec >= SECOND)
		return -EINVAL;
	if (__builtin_mul_overflow(request->tv_sec, SECOND, &deadline) ||
	    __builtin_add_overflow(deadline, request->tv_nsec, &deadline) ||
	    (!absolute && __builtin_add_overflow(deadline, now, &deadline)))
		deadline = INT64_MAX;
	int64_t monotonic = deadline - (is_wall(clock) ? posix_wall_offset : 0);
	long result =
	    monotonic <= 0 ? 0 : posix_sleep_until((uint64_t)monotonic);
	if (result == -EINTR && !absolute && remain != NULL) {
		int64_t left = 0;
		if (read_clock(clock, &now) && now < deadline)
			left = deadline - now;
		remain->tv_sec = left / SECOND;
		remain->tv_nsec = left % SECOND;
	}
	return result;
}

long
linux_nanosleep(const long *a)
{
	return sleep_on(CLOCK_MONOTONIC, false, (const struct timespec *)a[0],
	    (struct timespec *)a[1]);
}

long
linux_clock_nanosleep(const long *a)
{
	return sleep_on(a[0], a[1] & TIMER_ABSTIME,
	    (const struct timespec *)a[2], (struct timespec *)a[3]);
}
