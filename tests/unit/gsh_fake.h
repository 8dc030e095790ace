/*
 * gsh_fake: a system for the shell that is made of arrays.
 *
 * Implements apps/gsh/port.h.  Commands are a few that the tests need, files
 * are a list of paths, input is a text, and what the shell writes is kept.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { FAKE_ROOM = 1 << 18 };

struct fake {
	const char *input; /* what port_read() gives */
	size_t input_at;
	bool terminal; /* standard input, output and error are one */
	const char *const *files; /* paths, NULL last; "x/" is a directory */
	int columns;
	int interrupt_after; /* calls of port_interrupted(), 0: never */
	bool interrupt_wait; /* the next blocking wait is interrupted */
	bool no_shell; /* port_shell_path() is NULL */

	char out[FAKE_ROOM]; /* what was written, with NULs at the end */
	size_t out_length;
	char err[FAKE_ROOM];
	size_t err_length;
	char spawned[FAKE_ROOM]; /* one line for each command: words in [] */
	size_t spawned_length;
	char environment[FAKE_ROOM]; /* of the last command, in lines */
	int signals; /* passed on to commands */
	int raw_changes;
};

extern struct fake fake;

/* Empties it. */
void fake_reset(void);

/* Runs gsh -c script with these arguments behind $0; status or -1. */
int fake_run(const char *script);

/* Runs gsh with words, NULL last; the first is $0's "gsh". */
int fake_shell(const char *const *words);
