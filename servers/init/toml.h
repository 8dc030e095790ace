/*
 * toml: a strict part of TOML, line by line.
 *
 * Tables [a.b], keys of letters, digits, - and _, and as values: strings in
 * double quotes with the escapes \" \\ \n \t, integers (decimal, 0x, with _
 * between digits), true, false, and arrays of strings, which may go over
 * several lines.  Comments begin with #.  Nothing else of TOML.
 *
 * A line that does not follow this is told with its number and skipped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TOML_TABLE_BYTES = 64, /* of a table's name with its zero */
	TOML_KEY_BYTES = 32,
	TOML_STRINGS = 16, /* in an array */
	TOML_TEXT = 1024, /* bytes of all strings of a value, with zeros */
};

enum toml_type { TOML_STRING, TOML_INTEGER, TOML_BOOLEAN, TOML_ARRAY };

struct toml_entry {
	unsigned line; /* where its key stands, from 1 */
	char table[TOML_TABLE_BYTES]; /* "" before the first */
	char key[TOML_KEY_BYTES]; /* "" for the table's own line */
	enum toml_type type;
	int64_t integer; /* also of a boolean */
	size_t count; /* of strings: 1, or the array's */
	const char *strings[TOML_STRINGS];
	char text[TOML_TEXT]; /* where they lie */
};

struct toml_reader {
	/* Gives NULL, or a sentence that says what is wrong with it. */
	const char *(*entry)(void *context, const struct toml_entry *e);
	/* A line is wrong; table is the one that it is in. */
	void (*error)(void *context, const char *table, unsigned line,
	    const char *sentence);
	void *context;
};

void toml_read(const char *text, size_t size, const struct toml_reader *r);
