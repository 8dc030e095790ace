/* builtin_job: jobs wait fg kill times. */
#include <errno.h>
#include <string.h>

#include "builtin.h"
#include "jobs.h"
#include "output.h"
#include "port.h"
#include "text.h"
#include "trap.h"

enum { SIGNAL_TERMINATE = 15 };

static struct job *
find(struct shell *sh, const char *command, const char *name)
{
	struct job *j = jobs_find(sh, name);

	if (j == NULL)
		shell_warn(sh, "%s: %s: no such job", command, name);
	return j;
}

static void
show(struct shell *sh, const struct job *j, bool handles, bool only)
{
	if (only)
		output_format(sh, "%d\n", j->handle);
	else
		jobs_print(sh, j, handles);
}

int
builtin_jobs(struct shell *sh, int count, char **arguments)
{
	bool handles = false, only = false;
	struct job *next;
	int i = 1, status = 0;

	for (; i < count && arguments[i][0] == '-'; i++) {
		if (strcmp(arguments[i], "-l") == 0)
			handles = true;
		else if (strcmp(arguments[i], "-p") == 0)
			only = true;
		else
			return builtin_usage(sh, arguments[0]);
	}
	jobs_poll(sh);
	if (i == count)
		for (struct job *j = sh->jobs; j != NULL; j = next) {
			next = j->next;
			show(sh, j, handles, only);
			if (j->state == JOB_DONE)
				jobs_remove(sh, j);
		}
	for (; i < count; i++) {
		struct job *j = find(sh, "jobs", arguments[i]);

		if (j != NULL)
			show(sh, j, handles, only);
		else
			status = 1;
	}
	return status;
}

int
builtin_wait(struct shell *sh, int count, char **arguments)
{
	int status = 0;

	if (count == 1)
		while (sh->jobs != NULL && sh->unwind == UNWIND_NONE)
			status = jobs_wait(sh, sh->jobs);
	if (count == 1)
		return sh->unwind == UNWIND_NONE ? 0 : status;
	for (int i = 1; i < count && sh->unwind == UNWIND_NONE; i++) {
		struct job *j = jobs_find(sh, arguments[i]);

		status = j != NULL ? jobs_wait(sh, j) : STATUS_NOT_FOUND;
	}
	return status;
}

int
builtin_fg(struct shell *sh, int count, char **arguments)
{
	struct job *j = find(sh, "fg", count > 1 ? arguments[1] : "%%");
	int status;

	if (j == NULL)
		return 1;
	output_format(sh, "%s\n", j->text);
	status =
	    j->state == JOB_DONE ? j->status : jobs_foreground(sh, j->handle);
	jobs_remove(sh, j);
	return status;
}

static int
list_signals(struct shell *sh)
{
	for (int i = 1; i < SIGNALS; i++)
		if (trap_name(i)[0] != '\0')
			output_format(sh, "%d %s\n", i, trap_name(i));
	return 0;
}

static int
send(struct shell *sh, const char *name, int number)
{
	struct job *j = find(sh, "kill", name);
	int error;

	if (j == NULL)
		return 1;
	/* One that ended, and nobody was told of it yet, is no mistake. */
	error = j->state == JOB_DONE ? 0 : port_signal(j->handle, number);
	if (error != 0 && error != ESRCH)
		shell_warn(sh, "kill: %s: %s", name, strerror(error));
	return error != 0 && error != ESRCH;
}

int
builtin_kill(struct shell *sh, int count, char **arguments)
{
	int i = 1, number = SIGNAL_TERMINATE, status = 0;
	const char *name = NULL;

	if (count > 1 && strcmp(arguments[1], "-l") == 0)
		return list_signals(sh);
	if (count > 2 && strcmp(arguments[1], "-s") == 0)
		name = arguments[2], i = 3;
	else if (count > 1 && strcmp(arguments[1], "--") == 0)
		i = 2;
	else if (count > 1 && arguments[1][0] == '-')
		name = arguments[1] + 1, i = 2;
	if (name != NULL)
		number = trap_number(name);
	if (i == count || (number <= 0 && (name == NULL || *name != '0')))
		return builtin_usage(sh, arguments[0]);
	for (; i < count; i++)
		status |= send(sh, arguments[i], number);
	return status;
}

static void
print_time(struct shell *sh, unsigned long long ms, char end)
{
	unsigned long long rest = ms % 60000 % 1000 / 10;

	output_format(sh, "%dm%d.%s%ds%c", (int)(ms / 60000),
	    (int)(ms % 60000 / 1000), rest < 10 ? "0" : "", (int)rest, end);
}

int
builtin_times(struct shell *sh, int count, char **arguments)
{
	struct port_times t;

	(void)count;
	(void)arguments;
	port_times(&t);
	print_time(sh, t.user, ' ');
	print_time(sh, t.system, '\n');
	print_time(sh, t.children_user, ' ');
	print_time(sh, t.children_system, '\n');
	return 0;
}
