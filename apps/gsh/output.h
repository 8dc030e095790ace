/*
 * output: what the shell and its builtins write.
 *
 * Standard output goes through a buffer, or into the innermost capture while
 * a $( ) runs.  Errors go out at once, after what was buffered.
 */
#pragma once

#include "shell.h"

struct capture {
	struct cleanup cleanup;
	struct capture *below;
	struct buf text; /* on the heap, with the capture */
};

void output_bytes(struct shell *, const char *, size_t length);
void output_string(struct shell *, const char *);
void output_format(struct shell *, const char *format, ...);
void output_error(struct shell *, const char *, size_t length);

/* Writes what is buffered; before anyone else writes or waits. */
void output_flush(struct shell *);

/* Takes all output until capture_close(), which frees the text. */
void capture_open(struct shell *, struct capture *);
void capture_close(struct shell *, struct capture *);
