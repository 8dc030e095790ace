/* spawn: programs, and many tasks beside them. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

enum {
	FEW = 10,
	MANY = 10000,
	OBJECT_COUNT = 6400,
	PATIENCE = 100000, /* yields in which nothing happens */
};

static enum error
spawn_once(cap_t watch)
{
	struct spawn spawn;
	enum received kind;
	enum error e = child_start("-exit", 0, watch, &spawn);

	if (e == E_OK) {
		e = port_receive(watch, 0, &kind);
		spawn_end(&spawn);
	}
	return e;
}

static void
spawn_among(const char *key, cap_t watch, uint64_t count)
{
	struct figure f = { 0 };

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t begin = gbsd_time();

		for (uint64_t i = 0; i < count; i++)
			if (!enough(spawn_once(watch), key))
				return;
		figure_add(&f, gbsd_time() - begin);
	}
	figure_print(key, &f, count * 1000, "us");
}

void
bench_spawn(uint64_t count)
{
	cap_t raw, watch;

	must(port_new(1, &raw, &watch), "port");
	printf("bench: spawn_image_bytes %zu bytes\n", bench_image()->size);
	spawn_among("spawn_exit_wait_us", watch, count);
	memory_give(raw);
}

static volatile uint64_t waiting;

/* A task of the crowd: waits until the port is destroyed. */
static void
wait_there(uint64_t port)
{
	enum received kind;

	waiting++;
	(void)!port_receive(port, 0, &kind);
	waiting--;
	if (sys_signal(0, SIGNAL_KILL, 0) != E_OK)
		for (;;)
			;
}

/* Until that many wait.  False: it does not come to that, because tasks died
 * for want of memory. */
static bool
crowd_becomes(uint64_t size)
{
	uint64_t before = waiting;

	for (unsigned i = 0; waiting != size && i < PATIENCE; i++) {
		if (waiting != before)
			i = 0;
		before = waiting;
		sched_yield_now();
	}
	return waiting == size;
}

static void
in_crowd(const char *among, uint64_t crowd, uint64_t count)
{
	cap_t *raws = malloc(crowd * sizeof(*raws));
	cap_t watch_raw, watch, port_raw, port;
	char key[64];
	uint64_t started = 0;
	enum error e = raws == NULL ? E_NO_MEMORY : E_OK;

	must(port_new(1, &watch_raw, &watch), "port");
	must(port_new(1, &port_raw, &port), "port");
	while (e == E_OK && started < crowd) {
		e = thread_start(wait_there, port, &raws[started]);
		started += e == E_OK;
	}
	if (!crowd_becomes(started) && e == E_OK)
		e = E_NO_MEMORY;
	if (enough(e, among)) {
		snprintf(key, sizeof(key), "spawn_us_%s", among);
		spawn_among(key, watch, count);
		objects_among(among, OBJECT_COUNT);
	}
	memory_give(port_raw);
	(void)!crowd_becomes(0);
	while (started > 0)
		memory_give(raws[--started]);
	memory_give(watch_raw);
	free(raws);
}

void
bench_tasks(uint64_t count)
{
	in_crowd("10_tasks", FEW, count);
	in_crowd("10000_tasks", MANY, count);
}
