/*
 * runtime: what every image finds around it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <gbsd/start.h>
#include <gbsd/syscall.h>

/* What this space was started with; never NULL, never changes. */
const struct start *gbsd_start(void);

/* The capability that the parent gave under this name, or 0. */
cap_t gbsd_cap(const char *name);

/* The calling task's area. */
static inline struct area *
gbsd_area(void)
{
	return gbsd_gate->self();
}

/* The words of area->local, each thread's own. */
enum local {
	LOCAL_PORT, /* lib/gbsd/proto.c: where answers come */
	LOCAL_REPLY, /* ... below it: what the SEND_ONCEs are made from */
	LOCAL_ALARM, /* ... its signal for proto_alarm */
	LOCAL_CALLS, /* ... how many were made */
	LOCAL_MEMORY, /* ... what its port is made of */
};

/* Monotonic nanoseconds. */
static inline uint64_t
gbsd_time(void)
{
	return gbsd_gate->time();
}

/* Sends the status by the capability "exit" and ends all tasks of this
 * space. */
_Noreturn void gbsd_exit(uint64_t status);

/* Bytes that nobody can predict who has not seen this space's memory; what
 * was given out earlier cannot be computed from that memory either. */
void gbsd_random(void *to, size_t size);
