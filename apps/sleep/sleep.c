/* sleep: waits for a time. */
#include <stdlib.h>
#include <time.h>

#include "../common/app.h"

static const char help[] =
    "NAME\n"
    "    sleep - wait for a time\n"
    "SYNOPSIS\n"
    "    sleep SECONDS\n"
    "DESCRIPTION\n"
    "    Waits for SECONDS, which may have a fraction.\n";

int
sleep_main(int argc, char **argv)
{
	struct timespec t;
	double seconds;
	char *end;

	app_begin(argc, argv, help);
	if (argc != 2)
		app_usage("one number is wanted");
	seconds = strtod(argv[1], &end);
	if (end == argv[1] || *end != '\0' || !(seconds >= 0 && seconds < 1e9))
		app_usage("%s is no time", argv[1]);
	t.tv_sec = (time_t)seconds;
	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	return nanosleep(&t, NULL) == 0 ? 0 : APP_FAILED;
}
