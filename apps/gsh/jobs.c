/* jobs: see jobs.h. */
#include "jobs.h"

#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "port.h"
#include "text.h"
#include "trap.h"

enum { SIGNAL_INTERRUPT = 2, SIGNAL_PIPE = 13 };

void
jobs_add(struct shell *sh, int handle, const char *text)
{
	size_t size = strlen(text) + 1;
	struct job **tail = &sh->jobs, *j = mem_alloc(sizeof(*j) + size);
	unsigned number = 1;

	for (; *tail != NULL; tail = &(*tail)->next)
		number = (*tail)->number + 1;
	j->number = number;
	j->handle = handle;
	*tail = j;
	sh->last_background = handle;
	memcpy(j->text, text, size);
}

void
jobs_announce(struct shell *sh)
{
	const struct job *j = sh->jobs;

	while (j->next != NULL)
		j = j->next;
	output_format(sh, "[%d] %d\n", (int)j->number, j->handle);
}

void
jobs_remove(struct shell *sh, struct job *job)
{
	struct job **at = &sh->jobs;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	free(job);
}

void
jobs_forget(struct shell *sh)
{
	while (sh->jobs != NULL)
		jobs_remove(sh, sh->jobs);
}

static int
status_of(enum port_state state, int status)
{
	if (state == PORT_KILLED)
		return STATUS_SIGNAL + status;
	return state == PORT_EXITED ? status : STATUS_NOT_FOUND;
}

static void
tell_of_signal(struct shell *sh, int number)
{
	if (number != SIGNAL_INTERRUPT && number != SIGNAL_PIPE)
		shell_warn(sh, "killed by signal %s", trap_name(number));
}

int
jobs_foreground(struct shell *sh, int handle)
{
	enum port_state state;
	int status = 0;

	output_flush(sh);
	while ((state = port_wait(handle, true, &status)) == PORT_INTERRUPTED)
		port_signal(handle, SIGNAL_INTERRUPT);
	if (state == PORT_KILLED && sh->output.prompt)
		tell_of_signal(sh, status);
	/* Whoever is interrupted by Ctrl-C takes the rest of the line along.
	 * One that handled it and went on does not. */
	if (state == PORT_KILLED && status == SIGNAL_INTERRUPT) {
		port_interrupted();
		trap_interrupt(sh);
	}
	return status_of(state, status);
}

static void
poll(struct job *j)
{
	int status = 0;
	enum port_state state;

	if (j->state == JOB_DONE)
		return;
	state = port_wait(j->handle, false, &status);
	if (state == PORT_RUNNING || state == PORT_INTERRUPTED)
		return;
	j->state = JOB_DONE;
	j->status = status_of(state, status);
}

void
jobs_poll(struct shell *sh)
{
	for (struct job *j = sh->jobs; j != NULL; j = j->next)
		poll(j);
}

void
jobs_print(struct shell *sh, const struct job *j, bool handles)
{
	char mark = j->next == NULL ? '+' : j->next->next == NULL ? '-' : ' ';

	output_format(sh, "[%d] %c ", (int)j->number, mark);
	if (handles)
		output_format(sh, "%d ", j->handle);
	if (j->state == JOB_RUNNING)
		output_string(sh, "Running");
	else if (j->status == 0)
		output_string(sh, "Done");
	else
		output_format(sh, "Done(%d)", j->status);
	output_format(sh, "  %s\n", j->text);
}

void
jobs_report(struct shell *sh)
{
	struct job *next;

	jobs_poll(sh);
	for (struct job *j = sh->jobs; j != NULL; j = next) {
		next = j->next;
		if (j->state != JOB_DONE)
			continue;
		jobs_print(sh, j, false);
		jobs_remove(sh, j);
	}
}

static bool
is_named(const struct job *j, const char *name)
{
	long long n;

	if (name[0] != '%')
		return text_number(name, &n) && n == j->handle;
	name++;
	if (name[0] == '\0' || strchr("%+", name[0]) != NULL)
		return j->next == NULL;
	if (name[0] == '-')
		return j->next != NULL && j->next->next == NULL;
	if (text_number(name, &n))
		return n == j->number;
	if (name[0] == '?')
		return strstr(j->text, name + 1) != NULL;
	return strncmp(j->text, name, strlen(name)) == 0;
}

struct job *
jobs_find(struct shell *sh, const char *name)
{
	for (struct job *j = sh->jobs; j != NULL; j = j->next)
		if (is_named(j, name))
			return j;
	return NULL;
}

int
jobs_wait(struct shell *sh, struct job *j)
{
	enum port_state state;
	int status = 0;

	output_flush(sh);
	if (j->state != JOB_DONE) {
		state = port_wait(j->handle, true, &status);
		if (state == PORT_INTERRUPTED) {
			trap_interrupt(sh);
			return STATUS_SIGNAL + SIGNAL_INTERRUPT;
		}
		j->status = status_of(state, status);
	}
	status = j->status;
	jobs_remove(sh, j);
	return status;
}
