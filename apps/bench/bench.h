/*
 * bench: what the kernel's work costs, seen from a program.
 *
 * Each figure is the median of several rounds, with the fastest and the
 * slowest, so that a reader sees how quiet the machine was.  A round times
 * many operations at once: one alone is shorter than the clock is fine.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gbsd/archive.h>
#include <gbsd/calls.h>
#include <gbsd/memory.h>
#include <gbsd/spawn.h>

enum { ROUNDS = 11 };

/* --- measure.c ---------------------------------------------------------*/

struct figure {
	uint64_t times[ROUNDS]; /* nanoseconds */
	unsigned rounds;
};

void figure_add(struct figure *figure, uint64_t nanoseconds);
/* Prints "bench: KEY MEDIAN MIN MAX UNIT", times divided by count. */
void figure_print(const char *key, const struct figure *figure, uint64_t count,
    const char *unit);

/* Ends the program with a line, unless e is E_OK. */
void must(enum error e, const char *what);
/* The same, but only says that this figure is not to be had, if the memory or
 * the table is too small; true: go on. */
bool enough(enum error e, const char *key);

/* --- child.c ---------------------------------------------------------------*/

/* This program's own image. */
const struct archive_file *bench_image(void);
/* Starts it in a role.  port: given to it, or 0; watch: told of its end. */
NODISCARD enum error
child_start(const char *role, cap_t port, cap_t watch, struct spawn *spawn);
/* Starts it with all memory that init has, and waits for its end. */
int child_with_all(void);
/* The role in argv[1], in a child; gives its exit status. */
int child_run(const char *role);

/* A task in this space; giving *raw back ends it. */
NODISCARD enum error
thread_start(void (*function)(uint64_t), uint64_t argument, cap_t *raw);
/* A port in pages of its own; giving *raw back ends it. */
NODISCARD enum error port_new(size_t pages, cap_t *raw, cap_t *port);

/* --- objects.c -------------------------------------------------------------*/

/* Sending, receiving and deriving, under keys that end in among. */
void objects_among(const char *among, uint64_t count);

/* --- objects.c -------------------------------------------------------------*/

/* Sending, receiving and deriving, under keys that end in among. */
void objects_among(const char *among, uint64_t count);

/* --- the benches: each prints its figures ----------------------------------*/

#define BENCHES(BENCH)                                                 \
	BENCH(call, "an empty call, and the clock")                    \
	BENCH(switch, "from one task to another by yielding")          \
	BENCH(message, "a round trip between two spaces")              \
	BENCH(derive, "making a capability, with few and many")        \
	BENCH(revoke, "revoking 10,000 capabilities at once")          \
	BENCH(ports, "sending and receiving, with few and many ports") \
	BENCH(spawn, "starting a program, its end, and hearing of it") \
	BENCH(tasks, "the same among few and many tasks")

#define BENCH(name, text) void bench_##name(uint64_t count);
BENCHES(BENCH)
#undef BENCH
