/* time: how long a program takes. */
#include <stdio.h>

#include <gbsd/runtime.h>

#include "../common/app.h"
#include "../common/run.h"

static const char help[] =
    "NAME\n"
    "    time - say how long a program takes\n"
    "SYNOPSIS\n"
    "    time PROGRAM [ARGUMENT]...\n"
    "DESCRIPTION\n"
    "    Runs the program and says on stderr how long it took from its start\n"
    "    to its end, as a clock on the wall would.\n"
    "EXIT STATUS\n"
    "    That of the program; 126 or 127 if it cannot be started.\n"
    "BUGS\n"
    "    The kernel keeps no account of a dead task's processor time.\n";

int
time_main(int argc, char **argv)
{
	uint64_t status = 0, begin = gbsd_time();
	enum error e;

	app_begin(argc, argv, help);
	if (argc < 2)
		app_usage("a program is wanted");
	e = run_program(argv[1], argv + 1, &status);

	uint64_t us = (gbsd_time() - begin) / 1000;

	if (e != E_OK) {
		fprintf(stderr, "time: %s: %s\n", argv[1],
		    e == E_NOT_FOUND ? "not found" : "cannot be started");
		return e == E_NOT_FOUND ? 127 : 126;
	}
	fprintf(stderr, "real %llu.%06llu s\n",
	    (unsigned long long)us / 1000000, (unsigned long long)us % 1000000);
	return (int)(status & 0xFF);
}
