/*
 * pipeline: a | b, and ! before it.
 *
 * The parts of a pipeline run at the same time, each as a subshell: a file
 * is simply started, anything else as a shell of its own that is handed its
 * state as text (subshell_script).  Both need pipes, which come with the
 * file server; until then more than one command is refused with one line.
 */
#pragma once

#include "shell.h"

int pipeline_run(struct shell *, const struct node *);
