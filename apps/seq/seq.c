/* seq: prints numbers in a row. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../common/app.h"

static const char help[] =
    "NAME\n"
    "    seq - print numbers in a row\n"
    "SYNOPSIS\n"
    "    seq [FIRST [STEP]] LAST\n"
    "DESCRIPTION\n"
    "    Prints whole numbers from FIRST (default 1) to LAST, one on a line,\n"
    "    STEP (default 1, not 0) apart.\n"
    "EXIT STATUS\n"
    "    0, 1 if the output fails, 2 if an argument is no number.\n";

static long long
number(const char *text)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0)
		app_usage("%s is no number", text);
	return n;
}

int
seq_main(int argc, char **argv)
{
	long long first = 1, step = 1, last;

	app_begin(argc, argv, help);
	if (argc < 2 || argc > 4)
		app_usage("one to three numbers are wanted");
	if (argc > 2)
		first = number(argv[1]);
	if (argc > 3)
		step = number(argv[2]);
	last = number(argv[argc - 1]);
	if (step == 0)
		app_usage("the step must not be 0");
	while (step > 0 ? first <= last : first >= last) {
		if (printf("%lld\n", first) < 0)
			return APP_FAILED;
		if (__builtin_add_overflow(first, step, &first))
			break;
	}
	return fflush(stdout) == 0 ? 0 : APP_FAILED;
}
