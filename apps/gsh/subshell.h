/*
 * subshell: commands that must leave no trace in the shell.
 *
 * ( ) and $( ) run in this process, with a copy of the state that is thrown
 * away afterwards.  What has to run at the same time as the shell is given
 * to another gsh, as a script that first makes the state and then does the
 * work.
 */
#pragma once

#include "shell.h"

/* Runs a body (NULL: nothing, status 0) in a copy of the state. */
int subshell_run(struct shell *, const struct node *body);

/* Writes source that sets up this shell's variables, functions, options and
 * parameters, apart from what the environment hands over, and then does the
 * body. */
void subshell_script(struct shell *, const struct node *body, struct buf *);
