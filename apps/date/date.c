/* date: the time of day. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../common/app.h"

static const char help[] =
    "NAME\n"
    "    date - print the time of day\n"
    "SYNOPSIS\n"
    "    date [+FORMAT]\n"
    "DESCRIPTION\n"
    "    Prints date and time in UTC, in strftime(3)'s FORMAT if it is given.\n"
    "BUGS\n"
    "    Where the machine has no clock the time counts from 1970 on.\n";

int
date_main(int argc, char **argv)
{
	const char *format = "%a %b %e %H:%M:%S UTC %Y";
	time_t now = time(NULL);
	struct tm tm;
	char text[256];

	app_begin(argc, argv, help);
	if (argc > 2 || (argc == 2 && argv[1][0] != '+'))
		app_usage("only a +FORMAT is wanted");
	if (argc == 2)
		format = argv[1] + 1;
	if (format[0] == '\0') {
		puts("");
		return 0;
	}
	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(text, sizeof(text), format, &tm) == 0)
		app_fail("the time does not fit");
	puts(text);
	return fflush(stdout) == 0 ? 0 : APP_FAILED;
}
