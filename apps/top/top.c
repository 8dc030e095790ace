/* top: the tasks that use the processor most, again and again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <gbsd/runtime.h>
#include <gbsd/service.h>
#include <proto/console.h>

#include "../common/app.h"
#include "../common/stat_list.h"
#include "../common/tasks.h"

static const char help[] =
    "NAME\n"
    "    top - show the busiest tasks, again and again\n"
    "SYNOPSIS\n"
    "    top [-b] [-d SECONDS] [-n COUNT]\n"
    "OPTIONS\n"
    "    -b          all tasks one after the other, for a file or a pipe\n"
    "    -d SECONDS  between two pictures; default 2\n"
    "    -n COUNT    ends after so many; default: at a q\n"
    "DESCRIPTION\n"
    "    Columns are those of ps; CPU is the share of the time since the\n"
    "    picture before.\n"
    "EXIT STATUS\n"
    "    0, 1 if stat_server does not say, 2 for wrong arguments.\n";

enum { SECOND = 1000000000, HEAD_LINES = 4, LINE = 512 };

struct options {
	bool batch;
	uint64_t delay; /* nanoseconds */
	uint64_t count; /* 0: for ever */
	cap_t console; /* 0: no keys */
	uint32_t mode; /* of the console, before */
};

/* CPU time of a task at the last picture. */
struct past {
	uint64_t number, time;
};

struct history {
	struct past *all;
	uint32_t count;
	uint64_t when;
};

static uint64_t
time_before(const struct history *h, uint64_t number)
{
	for (uint32_t i = 0; i < h->count; i++)
		if (h->all[i].number == number)
			return h->all[i].time;
	return 0;
}

static int
by_time(const void *a, const void *b)
{
	const struct stat_task *t = a, *u = b;

	return t->time > u->time ? -1 : t->time < u->time;
}

static void
remember(struct history *h, const struct tasks *tasks)
{
	h->all = realloc(h->all, (tasks->count + 1) * sizeof(*h->all));
	if (h->all == NULL)
		app_fail("out of memory");
	h->count = tasks->count;
	for (uint32_t i = 0; i < tasks->count; i++)
		h->all[i] = (struct past){ .number = tasks->all[i].number,
			.time = tasks->all[i].time };
	h->when = gbsd_time();
}

static void
print_head(void)
{
	struct stat_system_rep s = { 0 };
	struct stat_memory_rep m = { 0 };
	char up[16], total[16], free_pages[16] = "?", objects[16];
	cap_t stat = app_service("stat_server");

	app_must(stat_system(stat, &(struct stat_system_req){}, &s, NULL),
	    "stat_server");
	app_must(stat_memory(stat, &(struct stat_memory_req){}, &m, NULL),
	    "stat_server");
	printf("up %s, %u tasks in %u spaces, %u could run, %u ports\n",
	    app_duration(s.uptime, up), s.tasks, s.spaces, s.ready, s.ports);
	if (m.free_known)
		app_pages(m.free, free_pages);
	printf("memory: %s, %s free, %s in %u kernel objects\n\n",
	    app_pages(m.total, total), free_pages,
	    app_pages(m.objects, objects), m.object_count);
}

static void
print_task(const struct tasks *tasks, const struct stat_task *t, uint64_t used,
    uint64_t elapsed)
{
	uint64_t part = elapsed == 0 ? 0 : used * 1000 / elapsed;
	char time[16], memory[16];

	printf("%7llu %-5s %3u %3llu.%llu %8s %7s %.*s\n",
	    (unsigned long long)t->number, tasks_state(t->state), t->priority,
	    (unsigned long long)part / 10, (unsigned long long)part % 10,
	    app_duration(t->time, time),
	    app_pages(tasks_space(tasks, t->space)->own, memory), NAME_BYTES,
	    t->name);
}

static void
print_picture(const struct options *o, struct history *h)
{
	uint64_t elapsed = gbsd_time() - h->when;
	uint32_t rows = o->batch ? UINT32_MAX : app_rows() - HEAD_LINES - 1;
	struct history now = { 0 };
	struct tasks tasks;

	tasks_get(&tasks);
	remember(&now, &tasks);
	for (uint32_t i = 0; i < tasks.count; i++)
		tasks.all[i].time -= time_before(h, tasks.all[i].number);
	qsort(tasks.all, tasks.count, sizeof(*tasks.all), by_time);
	if (!o->batch)
		fputs("\033[H\033[J", stdout);
	print_head();
	printf("%s%7s %-5s %3s %5s %8s %7s NAME%s\n", app_bold(), "TASK",
	    "STATE", "PRI", "CPU%", "TIME", "MEM", app_plain());
	for (uint32_t i = 0; i < tasks.count && i < rows; i++) {
		uint64_t used = tasks.all[i].time;

		tasks.all[i].time += time_before(h, tasks.all[i].number);
		print_task(&tasks, &tasks.all[i], used, elapsed);
	}
	fflush(stdout);
	tasks_free(&tasks);
	free(h->all);
	*h = now;
}

/* True if q was typed before the time was over. */
static bool
wait_for_key(const struct options *o)
{
	uint64_t end = gbsd_time() + o->delay;
	struct console_read_req q = { .size = 1 };
	struct console_read_rep r;
	struct timespec t = { .tv_sec = (time_t)(o->delay / SECOND),
		.tv_nsec = (long)(o->delay % SECOND) };
	enum error e = E_OK;

	if (o->console == 0) {
		nanosleep(&t, NULL);
		return false;
	}
	while (e == E_OK) {
		e = console_read_until(o->console, &q, &r, NULL, end);
		if (e == E_OK &&
		    (r.count == 0 || r.bytes[0] == 'q' || r.bytes[0] == 3))
			return true;
	}
	return e == E_INTERRUPTED;
}

/* Keys one by one, where there is a keyboard. */
static void
take_console(struct options *o)
{
	struct console_set_mode_req q = { .mode = CONSOLE_RAW };
	struct console_set_mode_rep r;

	if (o->batch || getenv("TERM") == NULL || !isatty(STDIN_FILENO) ||
	    service_find("console_server", &o->console) != E_OK)
		return;
	if (console_set_mode(o->console, &q, &r, NULL) == E_OK)
		o->mode = r.before;
	else
		o->console = 0;
}

static void
give_console(const struct options *o)
{
	struct console_set_mode_req q = { .mode = o->mode };
	struct console_set_mode_rep r;

	if (o->console != 0)
		(void)!console_set_mode(o->console, &q, &r, NULL);
}

static void
read_options(struct options *o, int argc, char **argv)
{
	int option;

	optind = 1;
	while ((option = getopt(argc, argv, "bd:n:")) != -1) {
		if (option == 'b')
			o->batch = true;
		else if (option == 'd')
			o->delay = app_number(optarg, 86400) * SECOND;
		else if (option == 'n')
			o->count = app_number(optarg, UINT32_MAX);
		else
			app_usage("wrong option");
	}
	if (optind != argc)
		app_usage("%s is not wanted", argv[optind]);
	if (getenv("TERM") == NULL || !isatty(STDOUT_FILENO))
		o->batch = true;
}

int
top_main(int argc, char **argv)
{
	struct options o = { .delay = 2ull * SECOND };
	struct history history = { 0 };

	app_begin(argc, argv, help);
	read_options(&o, argc, argv);
	take_console(&o);
	for (uint64_t i = 0;;) {
		print_picture(&o, &history);
		if (++i == o.count || wait_for_key(&o))
			break;
	}
	give_console(&o);
	return 0;
}
