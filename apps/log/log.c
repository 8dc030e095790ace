/* log: reads the log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gbsd/calls.h>
#include <gbsd/log.h>
#include <gbsd/session.h>
#include <proto/init.h>
#include <proto/log.h>

#include "../common/app.h"

static const char help[] =
    "NAME\n"
    "    log - read the log, and write to it\n"
    "SYNOPSIS\n"
    "    log [tail] [-f] [-n COUNT] [-l LEVEL] [-s PROCESS]\n"
    "    log level LEVEL [PROCESS|all]\n"
    "    log clients\n"
    "    log write [-l LEVEL] WORD...\n"
    "DESCRIPTION\n"
    "    tail     prints the last entries\n"
    "             -f  and then those that come, until it is ended\n"
    "             -n  looks at the last COUNT entries; default 20, 0: all\n"
    "             -l  only those of LEVEL and above\n"
    "             -s  only those of that process\n"
    "    level    keeps only entries of LEVEL and above, of that process or\n"
    "             of all that have no level of their own (default)\n"
    "    clients  who wrote how much, and how much of it was not kept\n"
    "    write    writes an entry (default LEVEL: info)\n"
    "    LEVEL is debug, info, warn or error.\n"
    "EXIT STATUS\n"
    "    0, 1 if log_server refuses, 2 for wrong arguments.\n";

static const char *const level_names[LOG_LEVEL_COUNT] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARN] = "warn",
	[LOG_ERROR] = "error",
};

static uint8_t
level_of(const char *word)
{
	for (uint8_t i = 0; i < LOG_LEVEL_COUNT; i++)
		if (strcmp(word, level_names[i]) == 0)
			return i;
	app_usage("%s is no level", word);
}

static bool
name_from_log(cap_t log, uint32_t client, char text[INIT_NAME + 1])
{
	struct log_query_req q = { .client = client };
	struct log_query_rep r;

	if (log_query(log, &q, &r, NULL) != E_OK || r.client != client ||
	    r.name[0] == '\0')
		return false;
	memcpy(text, r.name, LOG_NAME);
	text[LOG_NAME] = '\0';
	return true;
}

static bool
name_from_init(uint32_t client, char text[INIT_NAME + 1])
{
	struct init_process_list_req q = { .from = client };
	struct init_process_list_rep r;
	cap_t init = gbsd_cap("init");

	if (init == 0 || init_process_list(init, &q, &r, NULL) != E_OK ||
	    r.process != client)
		return false;
	memcpy(text, r.name, INIT_NAME);
	text[INIT_NAME] = '\0';
	return true;
}

/* log_server asks init for the name of who is new to it.  By the time that
 * init has answered us it has answered that. */
static const char *
name_of(cap_t log, uint32_t client, char text[INIT_NAME + 1])
{
	if (client == 0)
		return "log_server";
	return name_from_log(log, client, text) ||
		       name_from_init(client, text) ||
		       name_from_log(log, client, text)
		   ? text
		   : "?";
}

static void
print_entry(cap_t log, const struct log_record *r)
{
	const char *begin = r->level == LOG_ERROR   ? app_bold()
			    : r->level == LOG_DEBUG ? app_dim()
						    : "";
	unsigned length = r->length;
	char name[INIT_NAME + 1];

	while (length > 0 && r->text[length - 1] == '\n')
		length--;
	printf("%s%6llu.%06llu %-5s %s[%u]: %.*s%s\n", begin,
	    (unsigned long long)r->time / 1000000000,
	    (unsigned long long)r->time / 1000 % 1000000,
	    level_names[r->level % LOG_LEVEL_COUNT],
	    name_of(log, r->source, name), r->source, (int)length, r->text,
	    *begin != '\0' ? app_plain() : "");
}

static void
print_entries(cap_t log, const char *at, uint32_t size)
{
	for (uint32_t done = 0; done < size;) {
		const struct log_record *r = (const void *)(at + done);

		print_entry(log, r);
		done += r->size;
	}
	fflush(stdout);
}

static void
read_options(struct log_read_tail_req *q, int argc, char **argv)
{
	int option;

	optind = 1;
	while ((option = getopt(argc, argv, "fn:l:s:")) != -1) {
		if (option == 'f')
			q->follow = 1;
		else if (option == 'n')
			q->count = (uint32_t)app_number(optarg, UINT32_MAX);
		else if (option == 'l')
			q->level = level_of(optarg);
		else if (option == 's')
			q->source = (uint32_t)app_number(optarg, UINT32_MAX);
		else
			app_usage("wrong option");
	}
	if (optind != argc)
		app_usage("%s is not wanted", argv[optind]);
	if (q->count == 0)
		q->count = UINT32_MAX;
}

static int
tail(int argc, char **argv)
{
	struct log_read_tail_req q = { .count = 20 };
	struct log_read_tail_rep r;
	struct log_session_rep session;
	struct carried carried = { 0 };
	uint8_t follow;
	cap_t log;
	void *at;

	read_options(&q, argc, argv);
	log = app_service("log_server");
	app_must(
	    log_session(log, &(struct log_session_req){}, &session, &carried),
	    "log_server");
	app_must(
	    session_map(carried.in[0], VM_READ, &at), "no memory to share");
	q.session = session.session;
	follow = q.follow;
	q.follow = 0; /* until all that is there was read */
	for (;;) {
		app_must(log_read_tail(log, &q, &r, NULL), "log_server");
		if (q.sequence != 0 && r.lost != 0)
			printf("(%llu entries were overwritten)\n",
			    (unsigned long long)r.lost);
		print_entries(log, at, r.size);
		q.sequence = r.next;
		if (r.next == r.end && !follow)
			return fflush(stdout) == 0 ? 0 : APP_FAILED;
		q.follow = r.next == r.end;
	}
}

static int
set_level(int argc, char **argv)
{
	struct log_set_level_req q = { .client = LOG_ALL };
	struct log_set_level_rep r;

	if (argc < 2 || argc > 3)
		app_usage("a level is wanted, and perhaps a process");
	q.level = level_of(argv[1]);
	if (argc == 3 && strcmp(argv[2], "all") != 0)
		q.client = (uint32_t)app_number(argv[2], UINT32_MAX);
	app_must(log_set_level(app_service("log_server"), &q, &r, NULL),
	    "log_server");
	return 0;
}

static int
clients(void)
{
	cap_t log = app_service("log_server");
	struct log_query_req q = { 0 };
	struct log_query_rep r;
	enum error e;

	printf("%s%7s %-20s %-5s %10s %10s %10s%s\n", app_bold(), "PROCESS",
	    "NAME", "LEVEL", "KEPT", "REFUSED", "DROPPED", app_plain());
	while ((e = log_query(log, &q, &r, NULL)) == E_OK) {
		printf("%7u %-20.*s %-5s %10llu %10llu %10llu\n", r.client,
		    LOG_NAME, r.name, level_names[r.level % LOG_LEVEL_COUNT],
		    (unsigned long long)r.kept, (unsigned long long)r.refused,
		    (unsigned long long)r.dropped);
		q.client = r.client + 1;
	}
	if (e != E_NOT_FOUND)
		app_must(e, "log_server");
	return fflush(stdout) == 0 ? 0 : APP_FAILED;
}

static int
write_entry(int argc, char **argv)
{
	enum log_level level = LOG_INFO;
	char text[LOG_TEXT + 1] = "";
	cap_t log = app_service("log_server");
	struct log_flush_rep r;
	int i = 1;

	if (argc > 2 && strcmp(argv[1], "-l") == 0) {
		level = (enum log_level)level_of(argv[2]);
		i = 3;
	}
	for (; i < argc; i++) {
		strncat(text, argv[i], sizeof(text) - strlen(text) - 1);
		if (i + 1 < argc)
			strncat(text, " ", sizeof(text) - strlen(text) - 1);
	}
	log_text(log, level, text, strlen(text));
	app_must(
	    log_flush(log, &(struct log_flush_req){}, &r, NULL), "log_server");
	return 0;
}

int
log_main(int argc, char **argv)
{
	app_begin(argc, argv, help);
	if (argc > 1 && strcmp(argv[1], "level") == 0)
		return set_level(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "clients") == 0)
		return clients();
	if (argc > 1 && strcmp(argv[1], "write") == 0)
		return write_entry(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "tail") == 0)
		return tail(argc - 1, argv + 1);
	return tail(argc, argv);
}
