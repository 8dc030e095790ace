/*
 * time: sleeping and deadlines by scheduler_server, and the time of day.
 *
 * This file is part of every image; its constructor hooks it into the POSIX
 * layer and the calls.  Where there is no scheduler_server, as in servers
 * that start before it, both go on by yielding.
 */
#include <stdlib.h>

#include <gbsd/calls.h>
#include <gbsd/posix.h>
#include <gbsd/service.h>
#include <proto/sched.h>

#define SECOND INT64_C(1000000000)

static long
yield_until(uint64_t deadline)
{
	while (gbsd_time() < deadline)
		sched_yield_now();
	return 0;
}

/* What died over it is asked again, for the same time. */
static long
sleep_until(uint64_t deadline)
{
	struct sched_sleep_until_req q = { .time = deadline };
	struct sched_sleep_until_rep r;
	cap_t sched;

	if (service_find("scheduler_server", &sched) != E_OK ||
	    sched_sleep_until(sched, &q, &r, NULL) != E_OK)
		return yield_until(deadline);
	return 0;
}

/* The thread's one alarm: its area names it. */
static enum error
set_alarm(cap_t signal, uint64_t time)
{
	struct sched_alarm_req q = { .time = time,
		.key = (uint64_t)gbsd_area(),
		.bits = PROTO_BIT_ALARM };
	struct sched_alarm_rep r;
	struct carried carried = { 0 };
	cap_t sched;
	enum error e = service_find("scheduler_server", &sched);

	if (e == E_OK)
		e = sched_alarm(sched, &q, &r, NULL);
	if (e != E_NOT_FOUND)
		return e;
	e = cap_derive(signal, RIGHT_SIGNAL, &carried.out[0]);
	if (e == E_OK)
		e = sched_alarm(sched, &q, &r, &carried);
	if (e != E_OK && carried.out[0] != 0)
		cap_close(carried.out[0]);
	return e;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *wall = getenv("WALL_CLOCK"); /* seconds, at time 0 */

	posix_sleep_until = sleep_until;
	proto_alarm = set_alarm;
	if (wall != NULL)
		posix_wall_offset = strtoll(wall, NULL, 10) * SECOND;
}
