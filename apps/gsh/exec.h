/*
 * exec: runs trees.
 *
 * Each function returns the status and leaves it in sh->status.  After any
 * call sh->unwind may be set; then nothing more is to be run here.
 */
#pragma once

#include "expand.h"
#include "shell.h"

int exec_node(struct shell *, const struct node *);

/* A command of words alone. */
int exec_simple(struct shell *, const struct node *);

/* Runs a body with no errexit: the status is looked at. */
int exec_tested(struct shell *, const struct node *);

enum {
	EXEC_NO_FUNCTIONS = 1, /* command name */
	EXEC_DEFAULT_SEARCH = 2, /* command -p */
};

/* Runs expanded words: a builtin, a function or a file. */
int exec_words(struct shell *, const struct fields *, unsigned how);

/* Starts a file and, if background is NULL, waits for it; else gives the
 * handle.  What goes wrong is said: STATUS_NOT_FOUND, STATUS_NOT_RUN. */
int exec_file(struct shell *, char **arguments, unsigned how, int *background);

/* Starts a list of its own beside the shell. */
int exec_background(struct shell *, const struct node *);

/* Runs the commands that a source gives, until its end or an unwinding. */
struct source;
int run_source(struct shell *, struct source *, unsigned line);
int run_text(struct shell *, const char *text, unsigned line);

/* A script file, for . and gsh file; false: said why it cannot be read. */
bool run_file(struct shell *, const char *path);
