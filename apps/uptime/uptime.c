/* uptime: how long the machine runs, and how busy it is. */
#include <stdio.h>
#include <string.h>

#include <gbsd/service.h>
#include <proto/sched.h>
#include <proto/stat.h>

#include "../common/app.h"

static const char help[] =
    "NAME\n"
    "    uptime - say how long the machine runs\n"
    "SYNOPSIS\n"
    "    uptime [-v]\n"
    "OPTIONS\n"
    "    -v  also what there is, and how scheduler_server does\n"
    "EXIT STATUS\n"
    "    0, 1 if stat_server does not say, 2 for wrong arguments.\n";

static void
print_more(const struct stat_system_rep *s)
{
	struct sched_query_rep q = { 0 };
	char text[16];
	cap_t sched;

	printf("%u processors, %u spaces, %u ports, %u capabilities\n",
	    s->processors, s->spaces, s->ports, s->capabilities);
	printf("CPU time of living tasks: %s\n", app_duration(s->busy, text));
	if (service_find("scheduler_server", &sched) != E_OK ||
	    sched_query(sched, &(struct sched_query_req){}, &q, NULL) != E_OK) {
		puts("scheduler_server does not answer");
		return;
	}
	printf("scheduler_server: %u sleepers, %u alarms, %llu woken, at most "
	       "%llu us late, %llu ticks\n",
	    q.sleepers, q.alarms, (unsigned long long)q.woken,
	    (unsigned long long)q.late / 1000, (unsigned long long)q.ticks);
}

int
uptime_main(int argc, char **argv)
{
	struct stat_system_rep s = { 0 };
	char text[16];

	app_begin(argc, argv, help);
	if (argc > 2 || (argc == 2 && strcmp(argv[1], "-v") != 0))
		app_usage("only -v is wanted");
	app_must(stat_system(app_service("stat_server"),
		     &(struct stat_system_req){}, &s, NULL),
	    "stat_server");
	printf("up %s, %u tasks, %u could run\n", app_duration(s.uptime, text),
	    s.tasks, s.ready);
	if (argc == 2)
		print_more(&s);
	return fflush(stdout) == 0 ? 0 : APP_FAILED;
}
