/*
 * ast: a command as the parser understood it.
 *
 * A tree lives in the arena of one struct program, and nobody changes it.
 * A function definition keeps its program alive by counting a reference, so
 * nothing is ever copied out of a tree.  Every text in it ends with a NUL
 * and contains none.
 *
 * Lists of any length are chains and not nested pairs, so the depth of a
 * tree is the depth of the source, which the parser limits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "memory.h"

struct node;

enum part_kind {
	PART_TEXT, /* text as it stands */
	PART_PARAMETER, /* $text or ${text} with an operator and a word */
	PART_COMMAND, /* $(body) */
	PART_ARITHMETIC, /* $((word)) */
};

/* A piece of a word. */
struct part {
	struct part *next;
	enum part_kind kind;
	bool quoted; /* no splitting, no pattern characters */
	bool colon; /* :- and not - */
	bool longest; /* %% and not % */
	char modifier; /* one of - = ? + % #, L for length, or NUL */
	const char *text; /* PART_TEXT: the bytes; PART_PARAMETER: the name */
	struct part *word; /* what follows the operator; the expression */
	struct node *body; /* PART_COMMAND; NULL if there is nothing in it */
};

struct word {
	struct word *next;
	struct part *parts; /* NULL: an empty text without quotes */
};

struct assignment {
	struct assignment *next;
	const char *name;
	struct part *value;
};

enum redirect_kind {
	REDIRECT_INPUT, /* < */
	REDIRECT_OUTPUT, /* > */
	REDIRECT_CLOBBER, /* >| */
	REDIRECT_APPEND, /* >> */
	REDIRECT_BOTH, /* <> */
	REDIRECT_COPY_INPUT, /* <& */
	REDIRECT_COPY_OUTPUT, /* >& */
	REDIRECT_HERE, /* << and <<- */
};

struct redirect {
	struct redirect *next;
	enum redirect_kind kind;
	int descriptor; /* -1: the kind's own, 0 or 1 */
	struct part *target; /* file, descriptor; or the here-document */
	const char *delimiter; /* REDIRECT_HERE: the line that ends it */
	bool literal; /* REDIRECT_HERE: the delimiter was quoted */
	bool strip; /* REDIRECT_HERE: <<-, drop leading tabs */
};

/* One branch of an if (condition NULL: else) or of a case. */
struct arm {
	struct arm *next;
	struct node *condition;
	struct word *patterns;
	struct node *body; /* a case's may be NULL */
};

enum node_kind {
	NODE_SIMPLE, /* assignments words redirects */
	NODE_PIPELINE, /* body | next | ..., perhaps negated */
	NODE_AND_OR, /* body, then its next ones by their join */
	NODE_LIST, /* body, then its next ones */
	NODE_SUBSHELL, /* ( body ) */
	NODE_GROUP, /* { body } */
	NODE_IF, /* arms */
	NODE_WHILE, /* condition, body */
	NODE_UNTIL,
	NODE_FOR, /* name, words if has_words, body */
	NODE_CASE, /* words (one), arms */
	NODE_FUNCTION, /* name, body */
};

enum join { JOIN_NONE, JOIN_AND, JOIN_OR };

struct node {
	enum node_kind kind;
	enum join join; /* in NODE_AND_OR: to the command before */
	unsigned line; /* where it starts, from 1 */
	bool negated; /* NODE_PIPELINE: ! before it */
	bool background; /* in NODE_LIST: & behind it */
	bool has_words; /* NODE_FOR: "in" is there; else it means "$@" */
	struct node *next;
	struct node *condition;
	struct node *body;
	struct arm *arms;
	const char *name;
	struct word *words;
	struct assignment *assignments;
	struct redirect *redirects;
};

/* What one reading by the parser gave. */
struct program {
	struct arena arena;
	struct node *body; /* NULL: an empty line */
	unsigned references; /* the last one to drop it frees it */
};

/* A program with one reference, the caller's. */
struct program *program_open(void);
void program_keep(struct program *);

/* Drops one reference; takes NULL. */
void program_close(struct program *);
