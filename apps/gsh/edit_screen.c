/*
 * edit_screen: shows the line.
 *
 * Every change draws the prompt and the line again, from the row the prompt
 * started in, and then clears what is left of the old one.  A terminal keeps
 * the cursor in the last column after writing there, and not all do it alike;
 * so a row that is just full is ended by hand.
 */
#include <string.h>

#include "edit.h"
#include "text.h"

struct place {
	unsigned row, column;
};

static void
put(struct edit *e, const char *s)
{
	buf_string(&e->screen, s);
}

/* ESC [ n letter, nothing for 0. */
static void
move(struct edit *e, unsigned n, char letter)
{
	if (n == 0)
		return;
	put(e, "\033[");
	buf_number(&e->screen, n);
	buf_byte(&e->screen, letter);
}

static void
new_row(struct edit *e, struct place *p)
{
	put(e, "\r\n");
	p->row++;
	p->column = 0;
}

/* Writes something that takes so many columns. */
static void
put_cell(
    struct edit *e, struct place *p, const char *s, size_t n, unsigned width)
{
	if (p->column + width > e->columns)
		new_row(e, p);
	buf_bytes(&e->screen, s, n);
	p->column += width;
	if (p->column >= e->columns)
		new_row(e, p);
}

/* How many bytes an escape sequence at s has. */
static size_t
sequence_length(const char *s)
{
	size_t n = 2;

	if (s[1] != '[')
		return s[1] != '\0' ? 2 : 1;
	while (s[n] != '\0' && (s[n] < 0x40 || s[n] > 0x7E))
		n++;
	return s[n] != '\0' ? n + 1 : n;
}

static void
put_prompt(struct edit *e, struct place *p, const char *s)
{
	while (*s != '\0') {
		uint32_t c;
		size_t n = text_decode(s, strlen(s), &c);

		if (c == '\n') {
			new_row(e, p);
		} else if (c == 0x1B) {
			n = sequence_length(s);
			buf_bytes(&e->screen, s, n);
		} else if (c >= ' ') {
			put_cell(e, p, s, n, (unsigned)text_width(c));
		}
		s += n;
	}
}

/* The line, control characters as ^X; notes where the cursor is. */
static struct place
put_line(struct edit *e, struct place *p)
{
	struct place cursor = *p;
	const char *s = e->line.data;

	for (size_t i = 0; i < e->line.length;) {
		uint32_t c;
		size_t n = text_decode(s + i, e->line.length - i, &c);
		char control[2] = { '^', (char)(c ^ 0x40) };

		if (i == e->at)
			cursor = *p;
		if (c < ' ' || c == 0x7F)
			put_cell(e, p, control, 2, 2);
		else if (c >= 0xDC00 && c < 0xE000)
			put_cell(e, p, "?", 1, 1);
		else
			put_cell(e, p, s + i, n, (unsigned)text_width(c));
		i += n;
	}
	return e->at < e->line.length ? cursor : *p;
}

void
edit_draw_with(struct edit *e, const char *prompt)
{
	struct place p = { 0, 0 }, cursor;
	int columns = e->io->columns(e->io->context);

	/* Two columns, or a wide character fits nowhere. */
	e->columns = columns > 2 ? (unsigned)columns : 2;
	move(e, e->row, 'A');
	put(e, "\r");
	put_prompt(e, &p, prompt);
	cursor = put_line(e, &p);
	put(e, "\033[J");
	move(e, p.row - cursor.row, 'A');
	if (p.column != cursor.column || p.row != cursor.row) {
		put(e, "\r");
		move(e, cursor.column, 'C');
	}
	e->row = cursor.row;
	e->column = cursor.column;
}

void
edit_draw(struct edit *e)
{
	edit_draw_with(e, e->prompt);
}

void
edit_below(struct edit *e)
{
	size_t at = e->at;

	e->at = e->line.length;
	edit_draw(e);
	e->at = at;
	/* A row that is just full has moved us there already. */
	if (e->column > 0 || e->line.length == 0)
		put(e, "\r\n");
	e->row = 0;
}

void
edit_flush(struct edit *e)
{
	if (e->screen.length > 0)
		e->io->write(e->io->context, e->screen.data, e->screen.length);
	e->screen.length = 0;
}
