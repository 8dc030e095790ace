/*
 * expand: from words to texts, POSIX.1-2017 section 2.6.
 *
 * An expansion is one text with a mark for each byte, which says where the
 * byte came from and so what may still happen to it: splitting, matching,
 * or nothing.  Splitting and pathname expansion then work on that, and
 * quotes need no characters that could be mistaken for text.
 *
 * All results are in the shell's scratch memory.  On an error it is said,
 * sh->unwind is set, and the result is some text or other.
 */
#pragma once

#include "shell.h"

enum mark {
	MARK_PLAIN = 'p', /* from the source: may match, is not split */
	MARK_SPLIT = 's', /* from an expansion: may match, may be split */
	MARK_QUOTED = 'q', /* only itself */
	MARK_BREAK = 'b', /* no text: a new field starts, as within "$@" */
	MARK_EMPTY = 'e', /* no text: there is a field, perhaps empty */
};

enum {
	EXPAND_FIELDS = 1, /* "$@" may become several */
	EXPAND_TILDE = 2, /* ~ at the start */
	EXPAND_COLONS = 4, /* and after each : */
};

struct expansion {
	struct shell *sh;
	unsigned how; /* EXPAND_ */
	struct buf text;
	struct buf marks; /* as long as text */
};

struct fields {
	char **items; /* count of them, then NULL */
	size_t count;
	size_t room;
};

/* Appends the fields that the words make. */
void expand_words(struct shell *, const struct word *, struct fields *);

/* One text, not split: an assignment's value, a case's word. */
char *expand_text(struct shell *, const struct part *, unsigned how);

/* The same as a pattern, with what was quoted escaped. */
char *expand_pattern(struct shell *, const struct part *);

/* A text with $ in it that is not in a tree: PS1, ENV. */
char *expand_string(struct shell *, const char *);

/* A parameter's value, or NULL if unset; "@" and "*" are joined. */
const char *expand_value(struct shell *, const char *name);

void fields_add(struct shell *, struct fields *, char *item);

/* For the files of this module. */
void
expand_parts(struct expansion *, const struct part *, enum mark of_unquoted);
void expand_parameter(struct expansion *, const struct part *);
void expand_bytes(struct expansion *, const char *, size_t length, enum mark);

/* A value, split later unless quoted. */
void
expand_result(struct expansion *, const char *, size_t length, bool quoted);

/* Cuts an expansion at IFS and matches the pieces with files. */
void expand_split(const struct expansion *, struct fields *);

/* Adds the files that match, in order; false: none do. */
bool glob(struct shell *, const char *pattern, struct fields *);
