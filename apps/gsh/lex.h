/*
 * lex: from lines of source to tokens.
 *
 * The lexer asks its source for a line only when it needs one, so a shell on
 * a terminal runs a command as soon as its line is complete, and a command
 * that reads standard input finds what follows it in the script.
 *
 * The text of the command being read stays in one buffer.  An alias is
 * spliced into it, and `$((' looks ahead in it to tell arithmetic from a
 * subshell.  After an error the lexer pretends that the input has ended: the
 * parser above unwinds as from any other early end.
 */
#pragma once

#include <stdint.h>

#include "ast.h"
#include "table.h"

enum line_result {
	LINE_READ,
	LINE_END,
	LINE_INTERRUPTED, /* Ctrl-C: forget the command */
};

/* Where lines come from. */
struct source {
	/* Appends the next line and its newline (the last may lack one).
	 * again: the command began on an earlier line. */
	enum line_result (*line)(struct source *, bool again, struct buf *out);
};

enum {
	LEX_END = -1,
	LEX_MOST = 16 << 20, /* bytes of one command */
	LEX_DEEPEST = 100, /* nested quotes, substitutions, commands */
	LEX_ALIASES = 16, /* aliases within aliases */
};

enum token_kind {
	TOKEN_END,
	TOKEN_NEWLINE,
	TOKEN_WORD,
	TOKEN_NUMBER, /* digits right before a redirection */
	TOKEN_AND, /* & */
	TOKEN_AND_AND, /* && */
	TOKEN_OR, /* | */
	TOKEN_OR_OR, /* || */
	TOKEN_SEMICOLON, /* ; */
	TOKEN_CASE_END, /* ;; */
	TOKEN_OPEN, /* ( */
	TOKEN_CLOSE, /* ) */
	TOKEN_REDIRECT, /* which one: token.redirect, token.strip */
};

struct token {
	enum token_kind kind;
	enum redirect_kind redirect;
	bool strip; /* <<- */
	unsigned line;
	size_t start; /* in the lexer's text */
	struct part *parts;
	const char *literal; /* the word if nothing in it is special */
};

struct alias_use {
	uint32_t hash; /* of its name */
	size_t end; /* where its text ends in the lexer's text */
};

struct lexer {
	struct source *source;
	const struct table *aliases; /* NULL: none */
	struct arena *arena; /* of the program being read */
	struct buf text; /* on the heap; this command so far */
	size_t at;
	unsigned line;
	unsigned depth;
	bool ended;
	bool interrupted;
	const char *error; /* NULL, or what is wrong, in the arena */
	struct alias_use uses[LEX_ALIASES];
	size_t uses_count;
	size_t blank_end; /* end of an alias that ends in a blank, or 0 */
	struct redirect *here; /* here-documents still to be read, by .next */
	struct redirect **here_tail;
};

/* The source and aliases stay the caller's.  line is the first line's
 * number. */
void lex_open(struct lexer *, struct source *, const struct table *aliases,
    unsigned line);
void lex_close(struct lexer *);

/* Starts a new command whose tree goes to the arena. */
void lex_begin(struct lexer *, struct arena *);

/* After an error: drops the rest of the text that was fetched. */
void lex_discard(struct lexer *);

struct token lex_next(struct lexer *);

/* If the word is an alias that is not being expanded already, puts its text
 * in place of what follows the word, and says true: read again. */
bool lex_alias(struct lexer *, const struct token *);

/* The text of a token's source, in the arena. */
const char *lex_raw_text(struct lexer *, size_t start, size_t end);

/* Has the body of a here-document read after the next newline. */
void lex_here(struct lexer *, struct redirect *);

/* At a newline: reads the bodies that were asked for. */
void lex_read_here(struct lexer *);

/* Notes an error, if there is none yet. */
void lex_fail(struct lexer *, const char *format, ...);

/* One level of nesting more; false (and an error) if that is too many.  Each
 * success is paired with lex_leave(). */
bool lex_enter(struct lexer *);
void lex_leave(struct lexer *);

/* For lex_word.c: the byte ahead bytes further, as it stands, or LEX_END. */
int lex_raw(struct lexer *, size_t ahead);

/* The next byte, continuation lines joined, or LEX_END. */
int lex_peek(struct lexer *);
void lex_advance(struct lexer *);

/* One word at the lexer's place, which is not at the end of one. */
struct part *lex_word(struct lexer *);

/* A text with $ and ` special, like a here-document; "within" gives arena,
 * line and depth, and gets the error. */
struct part *lex_document(struct lexer *within, const char *text);

/* For $(: reads commands up to the closing ) and takes it.  In parse.c. */
struct node *parse_substitution(struct lexer *);

/* For backquotes: reads all of a text as commands.  In parse.c. */
struct node *parse_text(struct lexer *within, const char *text);

/* A source of the lines of one text. */
struct text_source {
	struct source source; /* first, so that one is the other */
	const char *text; /* the caller's */
	size_t length;
	size_t at;
};

struct text_source text_source(const char *text, size_t length);
