/* edit: what the keys do; see edit.h. */
#include "edit.h"

#include <string.h>

#include "text.h"

enum { LINE_MOST = 1 << 20 }; /* bytes that can be typed in a line */

static size_t
left_of(const struct edit *e, size_t at)
{
	return at > 0 ? at - text_before(e->line.data, at) : 0;
}

static size_t
right_of(const struct edit *e, size_t at)
{
	if (at >= e->line.length)
		return at;
	return at + text_decode(e->line.data + at, e->line.length - at, NULL);
}

static bool
is_word_byte(const struct edit *e, size_t at)
{
	unsigned char c = (unsigned char)e->line.data[at];

	return text_in_name(c) || c >= 0x80;
}

static size_t
word_left(const struct edit *e)
{
	size_t at = e->at;

	while (at > 0 && !is_word_byte(e, at - 1))
		at--;
	while (at > 0 && is_word_byte(e, at - 1))
		at--;
	return at;
}

static size_t
word_right(const struct edit *e)
{
	size_t at = e->at;

	while (at < e->line.length && !is_word_byte(e, at))
		at++;
	while (at < e->line.length && is_word_byte(e, at))
		at++;
	return at;
}

/* ^W: back to a blank, whatever else is in the word. */
static size_t
blank_left(const struct edit *e)
{
	size_t at = e->at;

	while (at > 0 && text_is_blank(e->line.data[at - 1]))
		at--;
	while (at > 0 && !text_is_blank(e->line.data[at - 1]))
		at--;
	return at;
}

void
edit_insert(struct edit *e, const char *s, size_t n)
{
	if (n == 0 || e->line.length > LINE_MOST)
		return;
	/* Grown by anything, then moved apart: s is not in the line. */
	buf_bytes(&e->line, s, n);
	memmove(e->line.data + e->at + n, e->line.data + e->at,
	    e->line.length - n - e->at);
	memcpy(e->line.data + e->at, s, n);
	e->at += n;
}

void
edit_replace(struct edit *e, const char *s, size_t n)
{
	e->line.length = 0;
	buf_bytes(&e->line, s, n);
	e->at = n;
}

static void delete (struct edit *e, size_t from, size_t to)
{
	if (from == to)
		return;
	memmove(e->line.data + from, e->line.data + to, e->line.length - to);
	e->line.length -= to - from;
	e->at = from;
}

/* Deletes, and keeps it for ^Y. */
static void
kill(struct edit *e, size_t from, size_t to)
{
	if (from == to)
		return;
	e->killed.length = 0;
	buf_bytes(&e->killed, e->line.data + from, to - from);
	delete (e, from, to);
}

/* ^T: the character before the cursor goes behind the one at it. */
static void
swap(struct edit *e)
{
	char copy[8];
	size_t middle = e->at == e->line.length ? left_of(e, e->at) : e->at;
	size_t first = left_of(e, middle), end = right_of(e, middle);

	if (first == middle || middle == end)
		return;
	memcpy(copy, e->line.data + first, middle - first);
	memmove(e->line.data + first, e->line.data + middle, end - middle);
	memcpy(e->line.data + first + (end - middle), copy, middle - first);
	e->at = end;
}

/* Goes to a line of the history; the new line is kept for the way back. */
static void
recall(struct edit *e, size_t back)
{
	const char *s;

	if (e->history == NULL || back > history_count(e->history))
		return;
	if (e->back == 0) {
		e->fresh.length = 0;
		buf_bytes(&e->fresh, e->line.data, e->line.length);
	}
	e->back = back;
	if (back == 0) {
		edit_replace(e, e->fresh.data, e->fresh.length);
		return;
	}
	s = history_get(e->history, back);
	edit_replace(e, s, strlen(s));
}

static void
insert_character(struct edit *e, int key)
{
	char bytes[4];
	uint32_t c = (uint32_t)key;
	size_t n = 0;

	if (c < 0x80) {
		bytes[n++] = (char)c;
	} else if (c < 0x800) {
		bytes[n++] = (char)(0xC0 | c >> 6);
	} else if (c < 0x10000) {
		bytes[n++] = (char)(0xE0 | c >> 12);
		bytes[n++] = (char)(0x80 | (c >> 6 & 0x3F));
	} else {
		bytes[n++] = (char)(0xF0 | c >> 18);
		bytes[n++] = (char)(0x80 | (c >> 12 & 0x3F));
		bytes[n++] = (char)(0x80 | (c >> 6 & 0x3F));
	}
	if (c >= 0x80)
		bytes[n++] = (char)(0x80 | (c & 0x3F));
	edit_insert(e, bytes, n);
}

/* Keys that only move the cursor or step through the history. */
static bool
handle_move(struct edit *e, int key)
{
	switch (key) {
	case KEY_LEFT:
	case 'B' & KEY_CONTROL:
		e->at = left_of(e, e->at);
		return true;
	case KEY_RIGHT:
	case 'F' & KEY_CONTROL:
		e->at = right_of(e, e->at);
		return true;
	case KEY_HOME:
	case 'A' & KEY_CONTROL:
		e->at = 0;
		return true;
	case KEY_END:
	case 'E' & KEY_CONTROL:
		e->at = e->line.length;
		return true;
	case KEY_WORD_LEFT:
		e->at = word_left(e);
		return true;
	case KEY_WORD_RIGHT:
		e->at = word_right(e);
		return true;
	case KEY_UP:
	case 'P' & KEY_CONTROL:
		recall(e, e->back + 1);
		return true;
	case KEY_DOWN:
	case 'N' & KEY_CONTROL:
		if (e->back > 0)
			recall(e, e->back - 1);
		return true;
	default:
		return false;
	}
}

static bool
handle_delete(struct edit *e, int key)
{
	switch (key) {
	case KEY_RUBOUT:
	case 'H' & KEY_CONTROL:
		delete (e, left_of(e, e->at), e->at);
		return true;
	case KEY_DELETE:
	case 'D' & KEY_CONTROL:
		delete (e, e->at, right_of(e, e->at));
		return true;
	case 'K' & KEY_CONTROL:
		kill(e, e->at, e->line.length);
		return true;
	case 'U' & KEY_CONTROL:
		kill(e, 0, e->at);
		return true;
	case 'W' & KEY_CONTROL:
		kill(e, blank_left(e), e->at);
		return true;
	case KEY_WORD_RUBOUT:
		kill(e, word_left(e), e->at);
		return true;
	case KEY_WORD_DELETE:
		kill(e, e->at, word_right(e));
		return true;
	default:
		return false;
	}
}

static void
handle_other(struct edit *e, int key)
{
	switch (key) {
	case '\r':
	case '\n':
		e->done = true;
		break;
	case '\t':
		edit_tab(e);
		break;
	case 'L' & KEY_CONTROL:
		buf_string(&e->screen, "\033[H\033[2J");
		e->row = 0;
		break;
	case 'R' & KEY_CONTROL:
		edit_search(e);
		break;
	case 'T' & KEY_CONTROL:
		swap(e);
		break;
	case 'Y' & KEY_CONTROL:
		edit_insert(e, e->killed.data, e->killed.length);
		break;
	default:
		if (key > KEY_CONTROL && key < KEY_FIRST)
			insert_character(e, key);
	}
}

/* The common key needs no new drawing: it appears where the cursor is. */
static bool
type_at_end(struct edit *e, int key)
{
	if (key < ' ' || key >= KEY_RUBOUT || e->at != e->line.length ||
	    e->column + 1 >= e->columns || e->line.length > LINE_MOST)
		return false;
	insert_character(e, key);
	buf_byte(&e->screen, key);
	e->column++;
	return true;
}

static void
start(struct edit *e)
{
	struct arena *arena = &e->sh->scratch;

	e->line = (struct buf){ .arena = arena };
	e->screen = (struct buf){ .arena = arena };
	e->killed = (struct buf){ .arena = arena };
	e->fresh = (struct buf){ .arena = arena };
	e->at = e->back = 0;
	e->row = e->column = 0;
	e->pushed = e->last = 0;
	e->done = false;
	edit_draw(e);
}

enum edit_result
edit_line(struct edit *e, struct buf *out)
{
	enum edit_result result = EDIT_LINE;

	start(e);
	while (!e->done) {
		edit_flush(e);
		int key = edit_key(e);
		bool empty = e->line.length == 0;

		if (key == ('C' & KEY_CONTROL)) {
			result = EDIT_INTERRUPTED;
			break;
		}
		if (key == KEY_INPUT_END ||
		    (key == ('D' & KEY_CONTROL) && empty)) {
			if (empty)
				result = EDIT_END;
			break;
		}
		if (!type_at_end(e, key)) {
			if (!handle_move(e, key) && !handle_delete(e, key))
				handle_other(e, key);
			if (!e->done)
				edit_draw(e);
		}
		e->last = key;
	}
	if (result == EDIT_INTERRUPTED)
		edit_insert(e, "\003", 1);
	edit_below(e);
	edit_flush(e);
	if (result == EDIT_LINE)
		buf_bytes(out, e->line.data, e->line.length);
	return result;
}
