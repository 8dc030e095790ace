/*
 * expand_split: from an expansion to fields, and from patterns to files.
 *
 * Bytes of IFS that came out of an expansion end a field.  White space ends
 * one only if there is one, and joins with one other byte of IFS beside it.
 */
#include <string.h>

#include "expand.h"
#include "pattern.h"
#include "text.h"
#include "variables.h"

enum place {
	PLACE_START, /* no field yet */
	PLACE_FIELD, /* within one */
	PLACE_AFTER, /* white space has ended one */
};

struct splitter {
	const struct expansion *x;
	struct fields *out;
	const char *ifs;
	enum place place;
	struct buf text; /* of the field so far */
	struct buf pattern; /* the same, quoted bytes escaped */
	bool special; /* may be a pattern */
};

static void
add_byte(struct splitter *s, char c, enum mark mark)
{
	s->place = PLACE_FIELD;
	if (mark == MARK_EMPTY)
		return;
	buf_byte(&s->text, c);
	if (mark == MARK_QUOTED && strchr("*?[]\\!-^", c) != NULL)
		buf_byte(&s->pattern, '\\');
	else if (c == '*' || c == '?' || c == '[')
		s->special = true;
	buf_byte(&s->pattern, c);
}

static void
end_field(struct splitter *s)
{
	struct shell *sh = s->x->sh;
	bool match = s->special && !shell_option(sh, OPTION_NOGLOB);

	/* Its own copy: the buffers go on to hold the next field. */
	if (!match || !glob(sh, buf_text(&s->pattern), s->out))
		fields_add(sh, s->out,
		    arena_copy(&sh->scratch, s->text.data, s->text.length));
	s->text.length = s->pattern.length = 0;
	s->special = false;
}

static void
separator(struct splitter *s, char c)
{
	if (text_is_space((unsigned char)c)) {
		if (s->place == PLACE_FIELD) {
			end_field(s);
			s->place = PLACE_AFTER;
		}
		return;
	}
	if (s->place != PLACE_AFTER)
		end_field(s);
	s->place = PLACE_START;
}

void
expand_split(const struct expansion *x, struct fields *out)
{
	struct splitter s = {
		.x = x,
		.out = out,
		.ifs = variables_ifs(x->sh),
		.text = { .arena = &x->sh->scratch },
		.pattern = { .arena = &x->sh->scratch },
	};

	for (size_t i = 0; i < x->text.length; i++) {
		enum mark mark = (enum mark)x->marks.data[i];
		char c = x->text.data[i];

		if (mark == MARK_BREAK) {
			if (s.place == PLACE_FIELD)
				end_field(&s);
			s.place = PLACE_START;
		} else if (mark == MARK_SPLIT && strchr(s.ifs, c) != NULL) {
			separator(&s, c);
		} else {
			add_byte(&s, c, mark);
		}
	}
	if (s.place == PLACE_FIELD)
		end_field(&s);
}
