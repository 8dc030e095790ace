/* free: where the memory is. */
#include <stdio.h>

#include <proto/stat.h>

#include "../common/app.h"

static const char help[] =
    "NAME\n"
    "    free - say where the memory is\n"
    "SYNOPSIS\n"
    "    free\n"
    "DESCRIPTION\n"
    "    In KiB: what quotas allow in all, what of it is promised to memory\n"
    "    objects (touched or not), what is left, and beside it the kernel's\n"
    "    tables and memory that is nobody's to give, as the boot archive.\n"
    "BUGS\n"
    "    Pages that are promised and were never touched are free in truth;\n"
    "    the kernel does not say how many these are.\n";

int
free_main(int argc, char **argv)
{
	const unsigned long long k = PAGE_SIZE / 1024;
	struct stat_memory_rep m = { 0 };

	app_begin(argc, argv, help);
	if (argc != 1)
		app_usage("no argument is wanted");
	app_must(stat_memory(app_service("stat_server"),
		     &(struct stat_memory_req){}, &m, NULL),
	    "stat_server");
	printf("%s%10s %10s %10s %10s %10s %8s%s\n", app_bold(), "TOTAL",
	    "PROMISED", "LEFT", "KERNEL", "FIXED", "OBJECTS", app_plain());
	printf("%10llu %10llu %10llu %10llu %10llu %8u\n",
	    (m.promised + m.left) * k, m.promised * k, m.left * k, m.tables * k,
	    m.fixed * k, m.objects);
	return fflush(stdout) == 0 ? 0 : APP_FAILED;
}
