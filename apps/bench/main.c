/*
 * bench: says what things cost.
 *
 * It runs under a shell, with the memory that it gets there, or alone as init
 * of an archive of its own: then as a child with all of the machine's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static const char help[] =
    "NAME\n"
    "    bench - say what the kernel's work costs\n"
    "SYNOPSIS\n"
    "    bench [all]\n"
    "    bench NAME [COUNT]\n"
    "DESCRIPTION\n"
    "    Prints lines \"bench: KEY MEDIAN MIN MAX UNIT\", of 11 rounds of COUNT\n"
    "    operations each.  NAME is one of\n"
#define BENCH(name, text) "        " #name "\t" text "\n"
    BENCHES(BENCH)
#undef BENCH
	"    What needs more memory than this program has is left out; the archive\n"
	"    bench.archive has bench as the only program, with all there is.\n"
	"EXIT STATUS\n"
	"    0, 1 if a call fails that should not, 2 for wrong arguments.\n";

static const struct {
	const char *name;
	uint64_t count; /* default */
} benches[] = {
	{ "call", 100000 },
	{ "switch", 50000 },
	{ "message", 20000 },
	{ "derive", 6400 },
	{ "revoke", 1 },
	{ "ports", 6400 },
	{ "spawn", 100 },
	{ "tasks", 50 },
};

enum { BENCH_COUNT = sizeof(benches) / sizeof(benches[0]) };

static void
run(const char *name, uint64_t count)
{
#define BENCH(bench, text)             \
	if (strcmp(name, #bench) == 0) \
		bench_##bench(count);
	BENCHES(BENCH)
#undef BENCH
}

static int
run_named(int argc, char **argv)
{
	for (unsigned i = 0; i < BENCH_COUNT; i++) {
		uint64_t count = benches[i].count;
		char *end;

		if (strcmp(argv[1], benches[i].name) != 0)
			continue;
		if (argc == 3)
			count = strtoull(argv[2], &end, 10);
		if (argc > 3 || count == 0 ||
		    (argc == 3 && (*end != '\0' || argv[2][0] == '-')))
			break;
		run(argv[1], count);
		return 0;
	}
	fprintf(stderr, "bench: wrong arguments; see bench --help\n");
	return 2;
}

static void
run_all(void)
{
	for (unsigned i = 0; i < BENCH_COUNT; i++)
		run(benches[i].name, benches[i].count);
}

int
main(int argc, char **argv)
{
	cap_t machine = gbsd_cap("machine");

	if (argc > 1 && argv[1][0] == '-' && argv[1][1] != '-')
		return child_run(argv[1]);
	if (gbsd_start()->boot != NULL) { /* alone on the machine */
		uint64_t status = (uint64_t)child_with_all();

		return sys_signal(machine, SIGNAL_POWER_OFF, status) != E_OK;
	}
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		fputs(help, stdout);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "all") != 0)
		return run_named(argc, argv);
	run_all();
	return 0;
}
