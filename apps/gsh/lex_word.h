/*
 * lex_word: how a word is put together; for lex_word.c and lex_dollar.c.
 */
#pragma once

#include "lex.h"

/* What ends the text being read. */
enum until {
	UNTIL_BREAK, /* a blank or an operator */
	UNTIL_QUOTE, /* " */
	UNTIL_BRACE, /* } */
	UNTIL_ARITHMETIC, /* )) outside of parentheses */
	UNTIL_END, /* nothing but the end */
};

struct builder {
	struct lexer *l;
	struct part *first;
	struct part **tail;
	struct buf text; /* of the part being gathered */
	bool quoted; /* that part */
	bool open; /* there is such a part, perhaps still empty */
};

struct builder word_builder(struct lexer *);

/* Reads up to what ends the text, which is not taken. */
void word_read(struct builder *, enum until, bool quoted);

/* What follows a $, which is the next byte. */
void word_dollar(struct builder *, bool quoted);

/* A new part behind what was gathered. */
struct part *word_append(struct builder *, enum part_kind, bool quoted);
void word_put(struct builder *, int c, bool quoted);

/* Makes a part of what was gathered. */
void word_flush(struct builder *);
struct part *word_finish(struct builder *);

/* Takes the closing byte, or says what was never closed. */
void word_close(struct lexer *, int c, const char *what);
