/*
 * jobs: commands that were started, and waiting for them.
 */
#pragma once

#include "shell.h"

enum job_state { JOB_RUNNING, JOB_DONE };

struct job {
	struct job *next; /* by number */
	unsigned number; /* %number */
	int handle; /* the port's, $! */
	enum job_state state;
	int status; /* when done */
	char text[]; /* the command */
};

/* Notes a command in the background; a copy of text is kept. */
void jobs_add(struct shell *, int handle, const char *text);

/* Tells a person of the newest job: "[number] handle". */
void jobs_announce(struct shell *);

/* Waits for a command in the foreground, passing Ctrl-C on to it. */
int jobs_foreground(struct shell *, int handle);

/* Looks which jobs have ended. */
void jobs_poll(struct shell *);

/* Before a prompt: tells of jobs that ended, and forgets them. */
void jobs_report(struct shell *);
void jobs_print(struct shell *, const struct job *, bool handles);

/* By %1, %%, %+, %-, %text or handle; NULL. */
struct job *jobs_find(struct shell *, const char *name);

/* Waits for one job and forgets it; Ctrl-C ends the wait, not the job. */
int jobs_wait(struct shell *, struct job *);
void jobs_remove(struct shell *, struct job *);

/* Drops the list; the commands go on. */
void jobs_forget(struct shell *);
