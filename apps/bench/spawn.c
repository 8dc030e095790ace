/* spawn: programs, and many tasks beside them. */
#include <stdio.h>

#include "bench.h"

enum { FEW = 10, MANY = 10000 };

static enum error
spawn_once(cap_t watch)
{
	enum received kind;
	cap_t space;
	enum error e = child_start("-exit", 0, watch, &space);

	if (e == E_OK) {
		e = port_receive(watch, 0, &kind);
		cap_close(space);
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
	cap_t watch;

	must(port_allocate(1, &watch), "port");
	printf("bench: spawn_image %zu bytes\n", bench_image()->size);
	spawn_among("spawn_exit_wait_us", watch, count);
	cap_close(watch);
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

static void
spawn_in_crowd(const char *key, uint64_t crowd, uint64_t count)
{
	cap_t watch, port, task;
	uint64_t started = 0;
	enum error e = E_OK;

	must(port_allocate(1, &watch), "port");
	must(port_allocate(1, &port), "port");
	while (e == E_OK && started < crowd) {
		e = thread_start(wait_there, port, &task);
		if (e != E_OK)
			break;
		cap_close(task);
		started++;
	}
	while (waiting < started)
		sched_yield_now();
	if (enough(e, key))
		spawn_among(key, watch, count);
	must(cap_destroy(port), "destroy");
	while (waiting > 0)
		sched_yield_now();
	cap_close(port);
	cap_close(watch);
}

void
bench_tasks(uint64_t count)
{
	spawn_in_crowd("spawn_us_10_tasks", FEW, count);
	spawn_in_crowd("spawn_us_10000_tasks", MANY, count);
}
