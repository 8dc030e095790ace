/*
 * lex_word: one word, with its quotes, parameters and substitutions.
 *
 * A word becomes a chain of parts.  Quotes do not survive: each part says
 * whether it was quoted, and an empty pair of quotes leaves an empty quoted
 * text, so that "" is still an argument.
 */
#include <string.h>

#include "lex_word.h"
#include "text.h"

struct builder
word_builder(struct lexer *l)
{
	return (struct builder){ .l = l, .text = { .arena = l->arena } };
}

struct part *
word_append(struct builder *b, enum part_kind kind, bool quoted)
{
	struct part *p = arena_alloc(b->l->arena, sizeof(*p));

	if (b->tail == NULL)
		b->tail = &b->first;
	p->kind = kind;
	p->quoted = quoted;
	p->text = "";
	*b->tail = p;
	b->tail = &p->next;
	return p;
}

void
word_flush(struct builder *b)
{
	if (!b->open)
		return;
	b->open = false;
	word_append(b, PART_TEXT, b->quoted)->text =
	    arena_copy(b->l->arena, b->text.data, b->text.length);
	b->text.length = 0;
}

/* Makes the part being gathered one that is quoted or not. */
static void
gather(struct builder *b, bool quoted)
{
	if (b->open && b->quoted != quoted)
		word_flush(b);
	b->open = true;
	b->quoted = quoted;
}

void
word_put(struct builder *b, int c, bool quoted)
{
	gather(b, quoted);
	buf_byte(&b->text, c);
}

struct part *
word_finish(struct builder *b)
{
	word_flush(b);
	return b->first;
}

/* Takes the closing byte, or says what was never closed. */
void
word_close(struct lexer *l, int c, const char *what)
{
	if (lex_peek(l) == c)
		lex_advance(l);
	else
		lex_fail(l, "syntax error: unterminated %s", what);
}

static void
read_single_quotes(struct builder *b)
{
	int c;

	lex_advance(b->l);
	gather(b, true);
	while ((c = lex_raw(b->l, 0)) != LEX_END && c != '\'') {
		word_put(b, c, true);
		lex_advance(b->l);
	}
	word_close(b->l, '\'', "quoted string");
}

static void
read_double_quotes(struct builder *b)
{
	struct part **tail = b->tail;
	size_t length = b->text.length;

	lex_advance(b->l);
	word_read(b, UNTIL_QUOTE, true);
	if (b->tail == tail && b->text.length == length)
		gather(b, true);
	word_close(b->l, '"', "quoted string");
}

static void
read_backslash(struct builder *b, enum until until, bool quoted)
{
	int c;

	lex_advance(b->l);
	c = lex_raw(b->l, 0);
	if (c == LEX_END) {
		word_put(b, '\\', true);
		return;
	}
	bool special = !quoted || c == '$' || c == '`' || c == '\\' ||
		       (c == '"' && until != UNTIL_END) ||
		       (c == '}' && until == UNTIL_BRACE);
	if (!special) {
		word_put(b, '\\', true);
		return;
	}
	word_put(b, c, true);
	lex_advance(b->l);
}

/* The text between backquotes, unescaped. */
static char *
backquoted(struct lexer *l, bool quoted)
{
	struct buf text = { .arena = l->arena };
	int c;

	lex_advance(l);
	while ((c = lex_raw(l, 0)) != LEX_END && c != '`') {
		if (c == '\\') {
			int d = lex_raw(l, 1);

			if (d == '`' || d == '$' || d == '\\' ||
			    (d == '"' && quoted)) {
				lex_advance(l);
				c = d;
			}
		}
		buf_byte(&text, c);
		lex_advance(l);
	}
	word_close(l, '`', "backquotes");
	return buf_text(&text);
}

static void
read_backquotes(struct builder *b, bool quoted)
{
	word_flush(b);

	struct part *p = word_append(b, PART_COMMAND, quoted);
	const char *text = backquoted(b->l, quoted);
	if (b->l->error != NULL || !lex_enter(b->l))
		return;
	p->body = parse_text(b->l, text);
	lex_leave(b->l);
}

/* Does c end the text?  open counts the parentheses within arithmetic. */
static bool
ends(struct builder *b, int c, enum until until, unsigned *open)
{
	switch (until) {
	case UNTIL_BREAK:
		return strchr(" \t\n;&|<>()", c) != NULL;
	case UNTIL_QUOTE:
		return c == '"';
	case UNTIL_BRACE:
		return c == '}';
	case UNTIL_ARITHMETIC:
		if (c == ')' && *open == 0)
			return true;
		*open += c == '(';
		*open -= c == ')';
		return false;
	default:
		(void)b;
		return false;
	}
}

void
word_read(struct builder *b, enum until until, bool quoted)
{
	struct lexer *l = b->l;
	bool quotes = until == UNTIL_BREAK || until == UNTIL_BRACE;
	unsigned open = 0;

	if (!lex_enter(l))
		return;
	for (int c; (c = lex_peek(l)) != LEX_END;) {
		if (ends(b, c, until, &open))
			break;
		if (c == '\\') {
			read_backslash(b, until, quoted);
		} else if (c == '\'' && quotes && !quoted) {
			read_single_quotes(b);
		} else if (c == '\'' && until == UNTIL_ARITHMETIC) {
			lex_fail(l, "syntax error: quote in arithmetic");
		} else if (c == '"' && until == UNTIL_ARITHMETIC) {
			/* All of it is as if quoted already. */
			lex_advance(l);
		} else if (c == '"' && quotes) {
			read_double_quotes(b);
		} else if (c == '$') {
			word_dollar(b, quoted);
		} else if (c == '`') {
			read_backquotes(b, quoted);
		} else {
			word_put(b, c, quoted);
			lex_advance(l);
		}
	}
	lex_leave(l);
}

struct part *
lex_word(struct lexer *l)
{
	struct builder b = word_builder(l);

	word_read(&b, UNTIL_BREAK, false);
	return word_finish(&b);
}

struct part *
lex_document(struct lexer *within, const char *text)
{
	struct text_source source = text_source(text, strlen(text));
	struct lexer l;

	lex_open(&l, &source.source, NULL, within->line);
	l.arena = l.text.arena = within->arena;
	l.depth = within->depth;

	struct builder b = word_builder(&l);
	word_read(&b, UNTIL_END, true);
	word_finish(&b);
	if (l.error != NULL)
		lex_fail(within, "%s", l.error);
	lex_close(&l);
	return b.first;
}
