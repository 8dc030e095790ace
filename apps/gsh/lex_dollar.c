/* lex_dollar: what starts with $: parameters, commands, arithmetic. */
#include <string.h>

#include "lex_word.h"
#include "text.h"

/* Is what follows $(( closed by )) ?  If not, it is a subshell in $( ). */
static bool
is_arithmetic(struct lexer *l)
{
	size_t i = 0, open = 0;

	for (int c; (c = lex_raw(l, i)) != LEX_END;) {
		i += c == '\\' ? 2 : 1;
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
			struct part *p =
			    word_append(b, PART_ARITHMETIC, quoted);
			struct builder inner = word_builder(l);

			word_read(&inner, UNTIL_ARITHMETIC, true);
			p->word = word_finish(&inner);
			word_close(l, ')', "arithmetic");
			word_close(l, ')', "arithmetic");
			return;
		}
		l->at--;
	}
	word_append(b, PART_COMMAND, quoted)->body = parse_substitution(l);
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
	p->modifier = (char)c;
	lex_advance(l);
	if ((c == '%' || c == '#')) {
		/* Quotes around a ${} do not quote its pattern. */
		quoted = false;
		if (lex_peek(l) == c) {
			p->longest = true;
			lex_advance(l);
		}
	}
	struct builder inner = word_builder(l);
	word_read(&inner, UNTIL_BRACE, quoted);
	p->word = word_finish(&inner);
}

static void
read_braces(struct builder *b, bool quoted)
{
	struct lexer *l = b->l;
	struct part *p = word_append(b, PART_PARAMETER, quoted);

	lex_advance(l);
	if (lex_peek(l) == '#') {
		lex_advance(l);
		if (is_length(l)) {
			p->modifier = 'L';
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
		 p->modifier == '\0')
		read_operator(b, p, quoted);
	word_close(l, '}', "${");
}

void
word_dollar(struct builder *b, bool quoted)
{
	struct lexer *l = b->l;
	int c;

	lex_advance(l);
	c = lex_peek(l);
	if (c == LEX_END || !(text_in_name(c) || strchr("({@*#?-$!", c))) {
		word_put(b, '$', quoted);
		return;
	}
	word_flush(b);
	if (c == '(') {
		read_parentheses(b, quoted);
	} else if (c == '{') {
		read_braces(b, quoted);
	} else {
		struct part *p = word_append(b, PART_PARAMETER, quoted);
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
