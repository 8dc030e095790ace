/*
 * edit_search: ^R, from the newest line of the history to older ones.
 *
 * What is typed narrows the search; ^R again goes on to an older line, ^G
 * gives up; any other key takes the line and then does what it always does.
 */
#include <string.h>

#include "edit.h"

struct search {
	struct edit *e;
	struct buf pattern;
	size_t back; /* of the line that is shown, 0: none yet */
	bool failed;
};

/* Finds the pattern in the line at back or an older one. */
static void
find(struct search *s, size_t back)
{
	struct edit *e = s->e;
	const char *pattern = buf_text(&s->pattern);

	s->failed = true;
	for (; back <= history_count(e->history); back++) {
		const char *line = history_get(e->history, back);
		const char *found = strstr(line, pattern);

		if (found == NULL)
			continue;
		edit_replace(e, line, strlen(line));
		e->at = (size_t)(found - line);
		s->back = back;
		s->failed = false;
		return;
	}
}

static void
show(struct search *s)
{
	struct buf prompt = { .arena = s->pattern.arena };

	buf_string(&prompt, s->failed ? "(not found) " : "(search) ");
	buf_string(&prompt, buf_text(&s->pattern));
	buf_string(&prompt, ": ");
	edit_draw_with(s->e, buf_text(&prompt));
	edit_flush(s->e);
}

/* Handles a key; false: the search is over. */
static bool
search_key(struct search *s, int key)
{
	if (key == ('R' & KEY_CONTROL)) {
		find(s, s->back + 1);
	} else if (key == KEY_RUBOUT || key == ('H' & KEY_CONTROL)) {
		if (s->pattern.length > 0)
			s->pattern.length--;
		find(s, 1);
	} else if (key >= ' ' && key < KEY_RUBOUT) {
		buf_byte(&s->pattern, key);
		find(s, s->back > 0 ? s->back : 1);
	} else {
		return false;
	}
	return true;
}

void
edit_search(struct edit *e)
{
	struct search s = { .e = e, .pattern = { .arena = e->line.arena } };
	struct buf before = { .arena = e->line.arena };
	int key;

	if (e->history == NULL)
		return;
	buf_bytes(&before, e->line.data, e->line.length);
	do {
		show(&s);
		key = edit_key(e);
	} while (search_key(&s, key));
	if (key == ('G' & KEY_CONTROL) || key == ('C' & KEY_CONTROL)) {
		edit_replace(e, before.data, before.length);
		return;
	}
	e->back = s.back;
	e->pushed = key;
}
