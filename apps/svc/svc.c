/* svc: what init does with the services. */
#include <stdio.h>
#include <string.h>

#include <gbsd/calls.h>
#include <proto/init.h>

#include "../common/app.h"

static const char help[] =
    "NAME\n"
    "    svc - show and control services\n"
    "SYNOPSIS\n"
    "    svc [list]\n"
    "    svc status|start|stop|restart|kill NAME...\n"
    "DESCRIPTION\n"
    "    list     one line for each service\n"
    "    status   the same of those named; fails unless all are ready\n"
    "    start    starts it, and waits until it is ready\n"
    "    stop     ends it in order, and waits for that\n"
    "    restart  the two together\n"
    "    kill     ends it as a fault would; init then does what its\n"
    "             configuration says\n"
    "EXIT STATUS\n"
    "    0, 1 if init refuses, 2 for wrong arguments.\n";

static const char *
state_name(uint32_t state)
{
	switch ((enum init_state)state) {
	case INIT_WAITING:
		return "waiting";
	case INIT_STARTED:
		return "started";
	case INIT_READY:
		return "ready";
	case INIT_BACKOFF:
		return "backoff";
	case INIT_STOPPING:
		return "stopping";
	case INIT_DONE:
		return "done";
	case INIT_STOPPED:
		return "stopped";
	case INIT_FAILED:
		return "failed";
	}
	return "?";
}

static void
print_title(void)
{
	printf("%s%-20s %-8s %7s %8s %6s%s\n", app_bold(), "SERVICE", "STATE",
	    "PROCESS", "RESTARTS", "STATUS", app_plain());
}

static void
print_line(const char *name, uint32_t state, uint32_t process,
    uint32_t restarts, uint32_t status)
{
	printf("%-20.*s %-8s %7u %8u %6u\n", INIT_NAME, name, state_name(state),
	    process, restarts, status);
}

static int
list(cap_t init)
{
	struct init_list_req q = { 0 };
	struct init_list_rep r;
	enum error e;

	print_title();
	for (; (e = init_list(init, &q, &r, NULL)) == E_OK; q.index++)
		print_line(r.name, r.state, r.process, r.restarts, r.status);
	if (e != E_NOT_FOUND)
		app_must(e, "init");
	return fflush(stdout) == 0 ? 0 : APP_FAILED;
}

/* All these requests are a name and no more. */
typedef enum error act(cap_t init, const char name[INIT_NAME]);

static enum error
act_start(cap_t init, const char name[INIT_NAME])
{
	struct init_start_service_req q;
	struct init_start_service_rep r;

	memcpy(q.name, name, INIT_NAME);
	return init_start_service(init, &q, &r, NULL);
}

static enum error
act_stop(cap_t init, const char name[INIT_NAME])
{
	struct init_stop_req q;
	struct init_stop_rep r;

	memcpy(q.name, name, INIT_NAME);
	return init_stop(init, &q, &r, NULL);
}

static enum error
act_restart(cap_t init, const char name[INIT_NAME])
{
	struct init_restart_req q;
	struct init_restart_rep r;

	memcpy(q.name, name, INIT_NAME);
	return init_restart(init, &q, &r, NULL);
}

static enum error
act_kill(cap_t init, const char name[INIT_NAME])
{
	struct init_kill_req q = { .status = 137 };
	struct init_kill_rep r;

	memcpy(q.name, name, INIT_NAME);
	return init_kill(init, &q, &r, NULL);
}

static enum error
act_status(cap_t init, const char name[INIT_NAME])
{
	struct init_query_req q;
	struct init_query_rep r;
	enum error e;

	memcpy(q.name, name, INIT_NAME);
	e = init_query(init, &q, &r, NULL);
	if (e != E_OK)
		return e;
	print_line(name, r.state, r.process, r.restarts, r.status);
	return r.state == INIT_READY ? E_OK : E_UNAVAILABLE;
}

static act *
act_of(const char *word)
{
	if (strcmp(word, "start") == 0)
		return act_start;
	if (strcmp(word, "stop") == 0)
		return act_stop;
	if (strcmp(word, "restart") == 0)
		return act_restart;
	if (strcmp(word, "kill") == 0)
		return act_kill;
	if (strcmp(word, "status") == 0)
		return act_status;
	app_usage("%s is nothing to do", word);
}

int
svc_main(int argc, char **argv)
{
	cap_t init;
	act *what;
	int result = 0;

	app_begin(argc, argv, help);
	if (argc == 1 || (argc == 2 && strcmp(argv[1], "list") == 0))
		return list(app_service("init"));
	what = act_of(argv[1]);
	if (argc == 2)
		app_usage("a service is wanted");
	init = app_service("init");
	for (int i = 2; i < argc; i++) {
		char name[INIT_NAME] = { 0 };
		enum error e = E_NOT_FOUND;

		if (strlen(argv[i]) <= INIT_NAME) {
			memcpy(name, argv[i], strlen(argv[i]));
			e = what(init, name);
		}
		if (e == E_OK)
			continue;
		fprintf(stderr, "svc: %s: %s\n", argv[i], error_text(e));
		result = APP_FAILED;
	}
	return result;
}
