/*
 * parse: the grammar of POSIX.1-2017, section 2.10, by recursive descent.
 *
 * Everything in the grammar is accepted and kept in the tree, also what the
 * executor cannot run yet.  An error is noted in the lexer, which then gives
 * nothing but ends, so no function here has to pass one up.
 */
#pragma once

#include "lex.h"

enum parse_result {
	PARSE_COMMAND, /* out->body is one command line, NULL if empty */
	PARSE_END, /* no more input */
	PARSE_ERROR, /* lexer->error says what; at lexer->line */
	PARSE_INTERRUPTED, /* Ctrl-C while a command was being read */
};

/* Reads one complete command into an empty program. */
enum parse_result parse_command_line(struct lexer *, struct program *out);

/* Is it a word like "if", that is no command's name unless quoted? */
bool parse_is_reserved(const char *word);
