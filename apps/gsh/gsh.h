/*
 * gsh: the shell as one function, for main() and for tests.
 */
#pragma once

/* Runs a shell for these arguments and this environment; returns its exit
 * status. */
int gsh(int count, char **arguments, char *const *environment);
