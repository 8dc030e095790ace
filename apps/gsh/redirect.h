/*
 * redirect: < > and the others, around a command.
 *
 * Needs open files, which come with the file server.  Until then every
 * redirection is refused with one line, and the command is not run; the
 * callers already treat it as something that can fail and must be undone.
 */
#pragma once

#include "shell.h"

/* Descriptors to put back. */
struct redirection {
	struct cleanup cleanup;
};

/* false: said why, sh->status is set, and there is nothing to close. */
bool
redirect_open(struct shell *, const struct redirect *, struct redirection *);
void redirect_close(struct shell *, struct redirection *);
