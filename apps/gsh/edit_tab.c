/*
 * edit_tab: completion.
 *
 * One candidate is taken; of several, what they have in common; a second Tab
 * in a row lists them.
 */
#include <string.h>

#include "edit.h"
#include "text.h"

/* Bytes that all candidates start with, never part of a character. */
static size_t
common(const struct fields *f)
{
	size_t n = strlen(f->items[0]);

	for (size_t i = 1; i < f->count; i++) {
		size_t m = 0;

		while (m < n && f->items[i][m] == f->items[0][m])
			m++;
		n = m;
	}
	while (n > 0 && (f->items[0][n] & 0xC0) == 0x80)
		n--;
	return n;
}

static size_t
widest(const struct fields *f)
{
	size_t most = 1;

	for (size_t i = 0; i < f->count; i++) {
		size_t n = text_count(f->items[i], strlen(f->items[i]));

		most = n > most ? n : most;
	}
	return most;
}

/* Lists the candidates in columns, below the line. */
static void
list(struct edit *e, const struct fields *f)
{
	size_t width = widest(f) + 2;
	size_t columns = e->columns / width > 0 ? e->columns / width : 1;
	size_t rows = (f->count + columns - 1) / columns;

	edit_below(e);
	for (size_t row = 0; row < rows; row++) {
		for (size_t i = row; i < f->count; i += rows) {
			size_t n = text_count(f->items[i], strlen(f->items[i]));

			buf_string(&e->screen, f->items[i]);
			for (; n < width && i + rows < f->count; n++)
				buf_byte(&e->screen, ' ');
		}
		buf_string(&e->screen, "\r\n");
	}
}

void
edit_tab(struct edit *e)
{
	struct completions c = { .start = e->at };
	struct fields *f = &c.candidates;
	size_t had, n;

	if (e->complete == NULL)
		return;
	buf_text(&e->line);
	e->complete(e->sh, e->line.data, e->at, &c);
	had = e->at - c.start;
	if (f->count == 0)
		return;
	n = common(f);
	if (n < had || (n == had && f->count > 1)) {
		if (e->last == '\t')
			list(e, f);
		return;
	}

	/* Replaced whole: quoting may differ from what was typed. */
	size_t rest = e->line.length - e->at;
	memmove(e->line.data + c.start, e->line.data + e->at, rest);
	e->line.length = c.start + rest;
	e->at = c.start;
	edit_insert(e, f->items[0], n);
	if (f->count == 1 && n > 0 && f->items[0][n - 1] != '/')
		edit_insert(e, " ", 1);
}
