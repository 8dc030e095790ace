/*
 * host_peer: what the host takes for what GBSD is measured by.
 *
 * Prints "bench: KEY MEDIAN MIN MAX UNIT", as apps/bench does, so that both
 * can be compared within one run, on one machine, in one state of load.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 11, PIPE_COUNT = 5000, FORK_COUNT = 50 };

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Operations take count of them at a time. */
static void
measure(const char *key, void (*operations)(unsigned), unsigned count)
{
	uint64_t times[ROUNDS];

	operations(count / 10 + 1);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t begin = now();

		operations(count);
		times[i] = now() - begin;
	}
	qsort(times, ROUNDS, sizeof(times[0]), compare);
	printf("bench: %s %.1f %.1f %.1f ns\n", key,
	    (double)times[ROUNDS / 2] / count, (double)times[0] / count,
	    (double)times[ROUNDS - 1] / count);
	fflush(stdout);
}

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static int to_child[2], from_child[2];

static void
round_trips(unsigned count)
{
	char byte = 0;

	while (count-- > 0)
		if (write(to_child[1], &byte, 1) != 1 ||
		    read(from_child[0], &byte, 1) != 1)
			fail("pipe");
}

static void
start_echo(void)
{
	char byte;

	if (pipe(to_child) != 0 || pipe(from_child) != 0)
		fail("pipe");
	if (fork() != 0)
		return;
	close(to_child[1]);
	while (read(to_child[0], &byte, 1) == 1)
		if (write(from_child[1], &byte, 1) != 1)
			break;
	_exit(0);
}

static void
forks(unsigned count)
{
	while (count-- > 0) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		if (child < 0 || waitpid(child, NULL, 0) != child)
			fail("fork");
	}
}

static void
execs(unsigned count)
{
	while (count-- > 0) {
		pid_t child = fork();

		if (child == 0) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(1);
		}
		if (child < 0 || waitpid(child, NULL, 0) != child)
			fail("fork");
	}
}

int
main(void)
{
	start_echo();
	measure("host_pipe_round_trip_ns", round_trips, PIPE_COUNT);
	measure("host_fork_exit_ns", forks, FORK_COUNT);
	measure("host_fork_exec_ns", execs, FORK_COUNT);
	return 0;
}
