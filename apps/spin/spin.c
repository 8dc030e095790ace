/* spin: uses up its CPU. */
#include <gbsd/runtime.h>

#include "../common/app.h"

static const char help[] =
    "NAME\n"
    "    spin - use the processor\n"
    "SYNOPSIS\n"
    "    spin [SECONDS]\n"
    "DESCRIPTION\n"
    "    Runs without a pause for SECONDS, or for ever: for trying out\n"
    "    what others do meanwhile.\n";

int
spin_main(int argc, char **argv)
{
	uint64_t end = UINT64_MAX;

	app_begin(argc, argv, help);
	if (argc > 2)
		app_usage("one number at most is wanted");
	if (argc == 2)
		end = gbsd_time() + app_number(argv[1], 1000000) * 1000000000;
	while (gbsd_time() < end)
		;
	return 0;
}
