/*
 * history: the last lines that were typed.
 */
#pragma once

#include <stddef.h>

enum { HISTORY_MOST = 500 };

struct history {
	char *lines[HISTORY_MOST]; /* owned; a ring */
	size_t count;
	size_t next; /* where the next line goes */
	size_t total; /* lines ever; the newest has this number */
};

/* Keeps a copy of n bytes, unless they are blank or the newest line again. */
void history_add(struct history *, const char *line, size_t n);
size_t history_count(const struct history *);

/* back from 1, the newest, to the count. */
const char *history_get(const struct history *, size_t back);
void history_clear(struct history *);
