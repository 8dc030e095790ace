/* ps: the tasks there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/app.h"
#include "../common/stat_list.h"
#include "../common/tasks.h"

static const char help[] =
    "NAME\n"
    "    ps - list tasks\n"
    "SYNOPSIS\n"
    "    ps\n"
    "DESCRIPTION\n"
    "    One line for each task:\n"
    "        TASK   its number: that of the page of memory that it is in\n"
    "        SPACE  the number of its space\n"
    "        OF     the space that can end its space\n"
    "        STATE  run, ready, wait (at a port), stop, fault, dead\n"
    "        PRI    priority, 0 to 31; higher goes first\n"
    "        TIME   of the processor\n"
    "        MEM    that is its space's own, in use or not\n"
    "        MAP    that its space sees\n"
    "        CAPS   that its space holds\n"
    "        NAME\n"
    "EXIT STATUS\n"
    "    0, 1 if stat_server does not say, 2 for wrong arguments.\n"
    "SEE ALSO\n"
    "    top, caps, ports, free\n";

int
ps_main(int argc, char **argv)
{
	struct tasks tasks;
	char time[16], memory[16], map[16];

	app_begin(argc, argv, help);
	if (argc != 1)
		app_usage("no argument is wanted");
	tasks_get(&tasks);
	printf("%s%7s %7s %7s %-5s %3s %8s %7s %7s %5s NAME%s\n", app_bold(),
	    "TASK", "SPACE", "OF", "STATE", "PRI", "TIME", "MEM", "MAP", "CAPS",
	    app_plain());
	for (uint32_t i = 0; i < tasks.count; i++) {
		const struct stat_task *t = &tasks.all[i];
		const struct stat_space *s = tasks_space(&tasks, t->space);

		printf("%7llu %7llu %7llu %-5s %3u %8s %7s %7s %5u %.*s\n",
		    (unsigned long long)t->number, (unsigned long long)t->space,
		    (unsigned long long)s->parent, tasks_state(t->state),
		    t->priority, app_duration(t->time, time),
		    app_pages(s->own, memory), app_pages(s->mapped, map),
		    s->capabilities, NAME_BYTES, t->name);
	}
	tasks_free(&tasks);
	return fflush(stdout) == 0 ? 0 : APP_FAILED;
}
