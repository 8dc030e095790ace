/*
 * trap: actions kept by the name of a signal.
 *
 * EXIT runs when the (sub)shell ends, and INT when Ctrl-C is typed.  The
 * others are kept and shown; nothing delivers those signals yet.
 */
#pragma once

#include "shell.h"

/* 0 for EXIT, a signal's number, or -1.  Names may have SIG in front. */
int trap_number(const char *name);
const char *trap_name(int number);

/* A copy of the action; NULL: the default again. */
void trap_set(struct shell *, int number, const char *action);

/* Ctrl-C: runs the action for INT, or starts to unwind. */
void trap_interrupt(struct shell *);

/* The shell ends: runs the action for EXIT, once. */
void trap_exit(struct shell *);

/* What a subshell starts with: only what is ignored. */
void traps_inherit(struct state *to, const struct state *from);
void traps_free(struct state *);
