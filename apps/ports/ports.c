/* ports: the ports there are, and what waits in them. */
#include <stdio.h>
#include <stdlib.h>

#include "../common/app.h"
#include "../common/stat_list.h"
#include "../common/tasks.h"

static const char help[] =
    "NAME\n"
    "    ports - list ports\n"
    "SYNOPSIS\n"
    "    ports [TASK]\n"
    "DESCRIPTION\n"
    "    One line for each port, or each that the space of TASK (a number or\n"
    "    a name) owns or receives from:\n"
    "        PORT     its number: that of the page of memory that it is in\n"
    "        QUEUE    messages and events that nobody has received yet\n"
    "        WAIT     tasks that wait for some\n"
    "        LEFT     messages that are left for badges and replies\n"
    "        BITS     notifications that are set, in hexadecimal\n"
    "        OWNER    number and name of the space that can end it; behind an\n"
    "                 arrow, another that may receive\n"
    "EXIT STATUS\n"
    "    0, 1 if stat_server does not say, 2 for wrong arguments.\n";

int
ports_main(int argc, char **argv)
{
	struct tasks tasks;
	uint64_t owner = 0;
	uint32_t count;

	app_begin(argc, argv, help);
	if (argc > 2)
		app_usage("one task at most is wanted");
	if (argc == 2)
		owner = stat_space_named(argv[1]);
	tasks_get(&tasks);

	struct stat_port *p = stat_list(stat_ports, 0, sizeof(*p), &count);

	printf("%s%8s %6s %5s %5s %16s %7s%s\n", app_bold(), "PORT", "QUEUE",
	    "WAIT", "LEFT", "BITS", "OWNER", app_plain());
	for (uint32_t i = 0; i < count; i++) {
		if (owner != 0 && p[i].owner != owner && p[i].receiver != owner)
			continue;
		printf("%8llu %6u %5u %5u %16llx %7llu %.*s",
		    (unsigned long long)p[i].number, p[i].queued, p[i].waiters,
		    p[i].left, (unsigned long long)p[i].bits,
		    (unsigned long long)p[i].owner, NAME_BYTES,
		    tasks_space(&tasks, p[i].owner)->name);
		if (p[i].receiver != 0)
			printf(" -> %.*s", NAME_BYTES,
			    tasks_space(&tasks, p[i].receiver)->name);
		putchar('\n');
	}
	free(p);
	tasks_free(&tasks);
	return fflush(stdout) == 0 ? 0 : APP_FAILED;
}
