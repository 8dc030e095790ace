/*
 * input: lines from standard input.
 *
 * A person gets the line editor; anything else is read byte by byte, because
 * what follows the line may be for a command.
 */
#pragma once

#include "lex.h"
#include "shell.h"

/* Appends one line with its newline to out.  prompt may be NULL; history:
 * the line is a command, to be remembered and completed. */
enum line_result
input_line(struct shell *, const char *prompt, bool history, struct buf *out);

/* A source of commands from standard input, with prompts if interactive. */
struct input_source {
	struct source source;
	struct shell *sh;
};

struct input_source input_source(struct shell *);
