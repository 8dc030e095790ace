/*
 * lex_word: one word, with its quotes, parameters and substitutions.
 *
 * A word becomes a chain of parts.  Quotes do not survive: each part says
 * whether it was quoted, and an empty pair of quotes leaves an empty quoted
 * text, so that "" is still an argument.
 */
#include <string.h>

#include "lex.h"
#include "text.h"

/* What ends the text being read. */
enum until {
	UNTIL_BREAK, /* a blank or an operator */
	UNTIL_QUOTE, /* " */
	UNTIL_BRACE, /* } */
	UNTIL_ARITHMETIC, /* )) outside of parentheses */
	UNTIL_END, /* nothing but the end */
};

struct builder {
	struct lexer *l;
	struct part *first;
	struct part **tail;
	struct buf text; /* of the part being gathered */
	bool quoted; /* that part */
	bool open; /* there is such a part, perhaps still empty */
};

static void read_parts(struct builder *, enum until, bool quoted);

static struct builder
builder(struct lexer *l)
{
	return (struct builder){ .l = l, .text = { .arena = l->arena } };
}

static struct part *
append(struct builder *b, enum part_kind kind, bool quoted)
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

static void
flush(struct builder *b)
{
	if (!b->open)
		return;
	b->open = false;
	append(b, PART_TEXT, b->quoted)->text =
	    arena_copy(b->l->arena, b->text.data, b->text.length);
	b->text.length = 0;
}

/* Makes the part being gathered one that is quoted or not. */
static void
gather(struct builder *b, bool quoted)
{
	if (b->open && b->quoted != quoted)
		flush(b);
	b->open = true;
	b->quoted = quoted;
}

static void
put(struct builder *b, int c, bool quoted)
{
	gather(b, quoted);
	buf_byte(&b->text, c);
}

static struct part *
finish(struct builder *b)
{
	flush(b);
	return b->first;
}

/* Takes the closing byte, or says what was never closed. */
static void
close_with(struct lexer *l, int c, const char *what)
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
		put(b, c, true);
		lex_advance(b->l);
	}
	close_with(b->l, '\'', "quoted string");
}

static void
read_double_quotes(struct builder *b)
{
	struct part **tail = b->tail;
	size_t length = b->text.length;

	lex_advance(b->l);
	read_parts(b, UNTIL_QUOTE, true);
	if (b->tail == tail && b->text.length == length)
		gather(b, true);
	close_with(b->l, '"', "quoted string");
}

static void
read_backslash(struct builder *b, enum until until, bool quoted)
{
	int c;

	lex_advance(b->l);
	c = lex_raw(b->l, 0);
	if (c == LEX_END) {
		put(b, '\\', true);
		return;
	}
	bool special = !quoted || c == '$' || c == '`' || c == '\\' ||
		       (c == '"' && until != UNTIL_END) ||
		       (c == '}' && until == UNTIL_BRACE);
	if (!special) {
		put(b, '\\', true);
		return;
	}
	put(b, c, true);
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
	close_with(l, '`', "backquotes");
	return buf_text(&text);
}

static void
read_backquotes(struct builder *b, bool quoted)
{
	flush(b);

	struct part *p = append(b, PART_COMMAND, quoted);
	const char *text = backquoted(b->l, quoted);
	if (b->l->error != NULL || !lex_enter(b->l))
		return;
	p->body = parse_text(b->l, text);
	lex_leave(b->l);
}

/* Steps over what is quoted at offset i; gives the offset behind it. */
static size_t
skip_quoted(struct lexer *l, size_t i)
{
	int quote = lex_raw(l, i++), c;

	if (quote == '\\')
		return i + 1;
	while ((c = lex_raw(l, i)) != LEX_END && c != quote)
		i += c == '\\' && quote == '"' ? 2 : 1;
	return i + 1;
}

/* Is what follows $(( closed by )) ?  If not, it is a subshell in $( ). */
static bool
is_arithmetic(struct lexer *l)
{
	size_t i = 0, open = 0;

	for (int c; (c = lex_raw(l, i)) != LEX_END;) {
		if (c == '\\' || c == '\'' || c == '"') {
			i = skip_quoted(l, i);
			continue;
		}
		i++;
		if (c == '(')
			open++;
		else if (c == ')' && open-- == 0)
			return lex_raw(l, i) == ')';
	}
	return true;
}

static void
read_parentheses(struct builder *b, bool quoted)
{
	struct lexer *l = b->l;

	lex_advance(l);
	if (lex_peek(l) == '(') {
		lex_advance(l);
		if (is_arithmetic(l)) {
			struct part *p = append(b, PART_ARITHMETIC, quoted);
			struct builder inner = builder(l);

			read_parts(&inner, UNTIL_ARITHMETIC, true);
			p->word = finish(&inner);
			close_with(l, ')', "arithmetic");
			close_with(l, ')', "arithmetic");
			return;
		}
		l->at--;
	}
	append(b, PART_COMMAND, quoted)->body = parse_substitution(l);
}

static const char *
read_name(struct lexer *l)
{
	struct buf name = { .arena = l->arena };
	int c = lex_peek(l);
	bool (*more)(int) = text_starts_name(c) ? text_in_name : text_is_digit;

	if (c != LEX_END && strchr("@*#?-$!", c) != NULL) {
		lex_advance(l);
		buf_byte(&name, c);
		return buf_text(&name);
	}
	for (; c != LEX_END && more(c); c = lex_peek(l)) {
		buf_byte(&name, c);
		lex_advance(l);
	}
	return buf_text(&name);
}

/* After ${# : is it the length of what follows, or $# itself? */
static bool
is_length(struct lexer *l)
{
	int c = lex_peek(l), d = lex_raw(l, 1);

	if (text_in_name(c))
		return true;
	return c != LEX_END && strchr("@*#?-$!", c) != NULL && d == '}';
}

static void
read_operator(struct builder *b, struct part *p, bool quoted)
{
	struct lexer *l = b->l;
	int c = lex_peek(l);

	if (c == ':') {
		p->colon = true;
		lex_advance(l);
		c = lex_peek(l);
	}
	if (c == LEX_END || strchr(p->colon ? "-=?+" : "-=?+%#", c) == NULL) {
		lex_fail(l, "syntax error: bad substitution");
		return;
	}
	p->operator=(char) c;
	lex_advance(l);
	if ((c == '%' || c == '#')) {
		/* Quotes around a ${} do not quote its pattern. */
		quoted = false;
		if (lex_peek(l) == c) {
			p->longest = true;
			lex_advance(l);
		}
	}
	struct builder inner = builder(l);
	read_parts(&inner, UNTIL_BRACE, quoted);
	p->word = finish(&inner);
}

static void
read_braces(struct builder *b, bool quoted)
{
	struct lexer *l = b->l;
	struct part *p = append(b, PART_PARAMETER, quoted);

	lex_advance(l);
	if (lex_peek(l) == '#') {
		lex_advance(l);
		if (is_length(l)) {
			p->operator= 'L';
			p->text = read_name(l);
		} else {
			p->text = "#";
		}
	} else {
		p->text = read_name(l);
	}
	if (p->text[0] == '\0')
		lex_fail(l, "syntax error: bad substitution");
	else if (lex_peek(l) != '}' && lex_peek(l) != LEX_END &&
		 p->operator== '\0')
		read_operator(b, p, quoted);
	close_with(l, '}', "${");
}

static void
read_dollar(struct builder *b, bool quoted)
{
	struct lexer *l = b->l;
	int c;

	lex_advance(l);
	c = lex_peek(l);
	if (c == LEX_END || !(text_in_name(c) || strchr("({@*#?-$!", c))) {
		put(b, '$', quoted);
		return;
	}
	flush(b);
	if (c == '(') {
		read_parentheses(b, quoted);
	} else if (c == '{') {
		read_braces(b, quoted);
	} else {
		struct part *p = append(b, PART_PARAMETER, quoted);
		char digit[2] = { (char)c, '\0' };

		/* $10 is $1 and a zero. */
		if (!text_is_digit(c)) {
			p->text = read_name(l);
			return;
		}
		p->text = arena_copy(l->arena, digit, 1);
		lex_advance(l);
	}
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

static void
read_parts(struct builder *b, enum until until, bool quoted)
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
		} else if (c == '"' && quotes) {
			read_double_quotes(b);
		} else if (c == '$') {
			read_dollar(b, quoted);
		} else if (c == '`') {
			read_backquotes(b, quoted);
		} else {
			put(b, c, quoted);
			lex_advance(l);
		}
	}
	lex_leave(l);
}

struct part *
lex_word(struct lexer *l)
{
	struct builder b = builder(l);

	read_parts(&b, UNTIL_BREAK, false);
	return finish(&b);
}

struct part *
lex_document(struct lexer *within, const char *text)
{
	struct text_source source = text_source(text, strlen(text));
	struct lexer l;

	lex_open(&l, &source.source, NULL, within->line);
	l.arena = l.text.arena = within->arena;
	l.depth = within->depth;

	struct builder b = builder(&l);
	read_parts(&b, UNTIL_END, true);
	finish(&b);
	if (l.error != NULL)
		lex_fail(within, "%s", l.error);
	lex_close(&l);
	return b.first;
}
