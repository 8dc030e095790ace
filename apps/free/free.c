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
    "    In KiB:\n"
    "        TOTAL    all memory but the kernel and the boot archive\n"
    "        OWNED    by processes, and by memory_server what it has to give\n"
    "        FREE     what memory_server has to give\n"
    "        KERNEL   of the owned, made into ports, spaces and tasks\n"
    "        MAPPED   shared memory once for each process that sees it\n"
    "        OBJECTS  how many ports, spaces and tasks there are\n"
    "EXIT STATUS\n"
    "    0, 1 if stat_server does not say, 2 for wrong arguments.\n";

int
free_main(int argc, char **argv)
{
	const unsigned long long k = PAGE_SIZE / 1024;
	struct stat_memory_rep m = { 0 };
	char text[24] = "?"; /* memory_server did not say */

	app_begin(argc, argv, help);
	if (argc != 1)
		app_usage("no argument is wanted");
	app_must(stat_memory(app_service("stat_server"),
		     &(struct stat_memory_req){}, &m, NULL),
	    "stat_server");
	if (m.free_known)
		snprintf(
		    text, sizeof(text), "%llu", (unsigned long long)m.free * k);
	printf("%s%10s %10s %10s %10s %10s %8s%s\n", app_bold(), "TOTAL",
	    "OWNED", "FREE", "KERNEL", "MAPPED", "OBJECTS", app_plain());
	printf("%10llu %10llu %10s %10llu %10llu %8u\n", m.total * k,
	    m.owned * k, text, m.objects * k, m.mapped * k, m.object_count);
	return fflush(stdout) == 0 ? 0 : APP_FAILED;
}
