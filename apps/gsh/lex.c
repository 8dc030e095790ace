/*
 * lex: lines, operators and aliases; see lex.h.  Words, with all that can be
 * in them, are in lex_word.c, here-documents in lex_here.c.
 */
#include "lex.h"

#include <string.h>

#include "text.h"

void
lex_open(struct lexer *l, struct source *source, const struct table *aliases,
    unsigned line)
{
	*l = (struct lexer){
		.source = source,
		.aliases = aliases,
		.line = line,
	};
	l->here_tail = &l->here;
}

void
lex_close(struct lexer *l)
{
	buf_free(&l->text);
}

void
lex_begin(struct lexer *l, struct arena *arena)
{
	size_t rest = l->text.length - l->at, kept = 0;

	if (l->at > 0)
		memmove(l->text.data, l->text.data + l->at, rest);
	l->text.length = rest;
	for (size_t i = 0; i < l->uses_count; i++) {
		struct alias_use *use = &l->uses[i];

		if (use->end <= l->at)
			continue;
		use->end -= l->at;
		l->uses[kept++] = *use;
	}
	l->uses_count = kept;
	l->blank_end = 0;
	l->at = 0;
	l->arena = arena;
	l->error = NULL;
	l->interrupted = false;
	l->depth = 0;
	l->here = NULL;
	l->here_tail = &l->here;
}

void
lex_discard(struct lexer *l)
{
	l->at = l->text.length;
	l->uses_count = 0;
}

void
lex_fail(struct lexer *l, const char *format, ...)
{
	struct buf b = { .arena = l->arena };
	va_list args;

	if (l->error != NULL)
		return;
	va_start(args, format);
	buf_format(&b, format, args);
	va_end(args);
	l->error = buf_text(&b);
}

bool
lex_enter(struct lexer *l)
{
	if (l->depth >= LEX_DEEPEST) {
		lex_fail(l, "nested too deeply");
		return false;
	}
	l->depth++;
	return true;
}

void
lex_leave(struct lexer *l)
{
	l->depth--;
}

/* NUL bytes are dropped here, so that nothing above meets one. */
static void
drop_nul(struct buf *b, size_t from)
{
	if (from == b->length ||
	    memchr(b->data + from, 0, b->length - from) == NULL)
		return;
	size_t to = from;

	for (size_t i = from; i < b->length; i++)
		if (b->data[i] != '\0')
			b->data[to++] = b->data[i];
	b->length = to;
}

static bool
fetch(struct lexer *l)
{
	size_t before = l->text.length;

	if (l->ended || l->interrupted)
		return false;
	if (before > LEX_MOST) {
		lex_fail(l, "command too long");
		return false;
	}
	switch (l->source->line(l->source, before > 0, &l->text)) {
	case LINE_READ:
		drop_nul(&l->text, before);
		return true;
	case LINE_INTERRUPTED:
		l->interrupted = true;
		return false;
	case LINE_END:
		break;
	}
	l->ended = true;
	return false;
}

int
lex_raw(struct lexer *l, size_t ahead)
{
	while (l->at + ahead >= l->text.length || l->error != NULL)
		if (l->error != NULL || !fetch(l))
			return LEX_END;
	return (unsigned char)l->text.data[l->at + ahead];
}

void
lex_advance(struct lexer *l)
{
	if (l->at < l->text.length && l->text.data[l->at++] == '\n')
		l->line++;
}

int
lex_peek(struct lexer *l)
{
	int c;

	while ((c = lex_raw(l, 0)) == '\\' && lex_raw(l, 1) == '\n') {
		lex_advance(l);
		lex_advance(l);
	}
	return c;
}

const char *
lex_raw_text(struct lexer *l, size_t start, size_t end)
{
	return arena_copy(l->arena, l->text.data + start, end - start);
}

static void
skip_blanks(struct lexer *l)
{
	while (text_is_blank(lex_peek(l)))
		lex_advance(l);
	if (lex_peek(l) != '#')
		return;
	for (int c; (c = lex_raw(l, 0)) != LEX_END && c != '\n';)
		lex_advance(l);
}

static bool
take_if(struct lexer *l, int c)
{
	if (lex_peek(l) != c)
		return false;
	lex_advance(l);
	return true;
}

static enum token_kind
redirect_token(struct token *t, enum redirect_kind kind)
{
	t->redirect = kind;
	return TOKEN_REDIRECT;
}

static enum token_kind
less_token(struct lexer *l, struct token *t)
{
	if (take_if(l, '&'))
		return redirect_token(t, REDIRECT_COPY_INPUT);
	if (take_if(l, '>'))
		return redirect_token(t, REDIRECT_BOTH);
	if (!take_if(l, '<'))
		return redirect_token(t, REDIRECT_INPUT);
	t->strip = take_if(l, '-');
	return redirect_token(t, REDIRECT_HERE);
}

static enum token_kind
greater_token(struct lexer *l, struct token *t)
{
	if (take_if(l, '&'))
		return redirect_token(t, REDIRECT_COPY_OUTPUT);
	if (take_if(l, '>'))
		return redirect_token(t, REDIRECT_APPEND);
	if (take_if(l, '|'))
		return redirect_token(t, REDIRECT_CLOBBER);
	return redirect_token(t, REDIRECT_OUTPUT);
}

static enum token_kind
operator_token(struct lexer *l, int c, struct token *t)
{
	lex_advance(l);
	switch (c) {
	case '&':
		return take_if(l, '&') ? TOKEN_AND_AND : TOKEN_AND;
	case '|':
		return take_if(l, '|') ? TOKEN_OR_OR : TOKEN_OR;
	case ';':
		return take_if(l, ';') ? TOKEN_CASE_END : TOKEN_SEMICOLON;
	case '(':
		return TOKEN_OPEN;
	case ')':
		return TOKEN_CLOSE;
	case '<':
		return less_token(l, t);
	default:
		return greater_token(l, t);
	}
}

static void
word_token(struct lexer *l, struct token *t)
{
	t->kind = TOKEN_WORD;
	t->parts = lex_word(l);
	if (t->parts == NULL || t->parts->next != NULL ||
	    t->parts->kind != PART_TEXT || t->parts->quoted)
		return;
	t->literal = t->parts->text;

	size_t digits = strspn(t->literal, "0123456789");
	int c = lex_raw(l, 0);
	if (t->literal[digits] == '\0' && (c == '<' || c == '>'))
		t->kind = TOKEN_NUMBER;
}

struct token
lex_next(struct lexer *l)
{
	skip_blanks(l);

	struct token t = { .line = l->line, .start = l->at };
	int c = lex_peek(l);
	if (c == LEX_END)
		return t;
	if (c == '\n') {
		lex_advance(l);
		t.kind = TOKEN_NEWLINE;
		lex_read_here(l);
	} else if (strchr("&|;()<>", c) != NULL) {
		t.kind = operator_token(l, c, &t);
	} else {
		word_token(l, &t);
	}
	return t;
}

/* An alias may outlive its name while its text is read, so uses are known
 * by a hash; two names with one hash are at worst not expanded. */
static uint32_t
hash(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

static bool
in_use(const struct lexer *l, const char *name, size_t at)
{
	for (size_t i = 0; i < l->uses_count; i++)
		if (l->uses[i].end > at && l->uses[i].hash == hash(name))
			return true;
	return false;
}

/* Puts text at the lexer's place and moves what is noted behind it. */
static void
splice(struct lexer *l, const char *text, size_t n)
{
	size_t rest = l->text.length - l->at;

	buf_bytes(&l->text, text, n);
	memmove(l->text.data + l->at + n, l->text.data + l->at, rest);
	memcpy(l->text.data + l->at, text, n);
	for (size_t i = 0; i < l->uses_count; i++)
		if (l->uses[i].end >= l->at)
			l->uses[i].end += n;
}

bool
lex_alias(struct lexer *l, const struct token *t)
{
	struct entry *e;

	if (l->aliases == NULL || t->kind != TOKEN_WORD || t->literal == NULL)
		return false;
	e = table_find(l->aliases, t->literal);
	if (e == NULL || l->uses_count == LEX_ALIASES ||
	    in_use(l, e->name, t->start))
		return false;

	size_t n = strlen(e->value);
	splice(l, e->value, n);
	l->uses[l->uses_count++] = (struct alias_use){
		.hash = hash(e->name),
		.end = l->at + n,
	};
	if (n > 0 && text_is_blank((unsigned char)e->value[n - 1]))
		l->blank_end = l->at + n;
	return true;
}

static enum line_result
text_line(struct source *source, bool again, struct buf *out)
{
	struct text_source *s = (struct text_source *)source;
	const char *from = s->text + s->at;
	size_t rest = s->length - s->at;

	(void)again;
	if (rest == 0)
		return LINE_END;

	const char *end = memchr(from, '\n', rest);
	size_t n = end != NULL ? (size_t)(end - from) + 1 : rest;
	buf_bytes(out, from, n);
	s->at += n;
	return LINE_READ;
}

struct text_source
text_source(const char *text, size_t length)
{
	return (struct text_source){
		.source = { .line = text_line },
		.text = text,
		.length = length,
	};
}
