/* lex_here: the bodies of here-documents, after the line that wants them. */
#include "lex.h"

#include <string.h>

/* Appends one line of a here-document, without its newline, to out; false
 * at the end of the input. */
static bool
here_line(struct lexer *l, bool strip, struct buf *out)
{
	int c = lex_raw(l, 0);

	if (c == LEX_END)
		return false;
	while (strip && c == '\t') {
		lex_advance(l);
		c = lex_raw(l, 0);
	}
	for (; c != LEX_END && c != '\n'; c = lex_raw(l, 0)) {
		buf_byte(out, c);
		lex_advance(l);
	}
	lex_advance(l);
	return true;
}

static void
read_here(struct lexer *l, struct redirect *r)
{
	struct buf text = { .arena = l->arena };
	size_t start = 0;

	while (here_line(l, r->strip, &text)) {
		if (strcmp(buf_text(&text) + start, r->delimiter) == 0)
			break;
		buf_byte(&text, '\n');
		start = text.length;
	}
	text.length = start;
	if (!r->literal) {
		r->target = lex_document(l, buf_text(&text));
		return;
	}
	r->target = arena_alloc(l->arena, sizeof(*r->target));
	r->target->quoted = true;
	r->target->text = buf_text(&text);
}

/* A redirect's own chain is not complete yet, so a copy waits in ours. */
struct waiting {
	struct redirect link; /* only .next is used */
	struct redirect *real;
};

void
lex_here(struct lexer *l, struct redirect *r)
{
	struct waiting *w = arena_alloc(l->arena, sizeof(*w));

	w->real = r;
	*l->here_tail = &w->link;
	l->here_tail = &w->link.next;
}

void
lex_read_here(struct lexer *l)
{
	struct redirect *r = l->here;

	/* Cleared first: a body may hold a $( with newlines of its own. */
	l->here = NULL;
	l->here_tail = &l->here;
	for (; r != NULL; r = r->next)
		read_here(l, ((struct waiting *)r)->real);
}
