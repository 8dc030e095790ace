/* toml: a strict part of TOML; see toml.h. */
#include <string.h>

#include "toml.h"

struct parser {
	const char *at, *end;
	unsigned line;
	const char *wrong; /* what is, or NULL */
	size_t used; /* of entry.text */
	struct toml_entry entry;
};

/* Past the end there are zeros, which no rule accepts. */
static char
peek(const struct parser *p)
{
	return p->at < p->end ? *p->at : '\0';
}

static bool
accept(struct parser *p, char c)
{
	if (p->at == p->end || *p->at != c)
		return false;
	p->at++;
	return true;
}

static void
fail(struct parser *p, const char *sentence)
{
	if (p->wrong == NULL)
		p->wrong = sentence;
}

static void
skip_blanks(struct parser *p)
{
	while (peek(p) == ' ' || peek(p) == '\t' ||
	       (peek(p) == '\r' && p->at + 1 < p->end && p->at[1] == '\n'))
		p->at++;
}

static void
skip_comment(struct parser *p)
{
	skip_blanks(p);
	if (peek(p) == '#')
		while (p->at < p->end && *p->at != '\n')
			p->at++;
}

static bool
key_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* A name of key bytes, in a table also dots, of less than size bytes. */
static void
read_name(struct parser *p, char *to, size_t size, bool dots)
{
	size_t n = 0;

	while (key_byte(peek(p)) || (dots && n > 0 && peek(p) == '.')) {
		if (n + 1 == size)
			return fail(p, "the name is too long");
		to[n++] = *p->at++;
	}
	to[n] = '\0';
	if (n == 0 || to[n - 1] == '.')
		fail(p, "a name is missing");
}

static void
put(struct parser *p, char c)
{
	if (p->used == TOML_TEXT)
		return fail(p, "the value is too long");
	p->entry.text[p->used++] = c;
}

static void
read_escape(struct parser *p)
{
	if (accept(p, 'n'))
		put(p, '\n');
	else if (accept(p, 't'))
		put(p, '\t');
	else if (peek(p) == '"' || peek(p) == '\\')
		put(p, *p->at++);
	else
		fail(p, "unknown escape in a string");
}

/* Behind the first quote. */
static void
read_string(struct parser *p)
{
	struct toml_entry *e = &p->entry;

	if (e->count == TOML_STRINGS)
		return fail(p, "too many strings in the array");
	e->strings[e->count++] = e->text + p->used;
	while (p->wrong == NULL && !accept(p, '"')) {
		if ((unsigned char)peek(p) < ' ' && peek(p) != '\t')
			return fail(p, "the string does not end");
		if (accept(p, '\\'))
			read_escape(p);
		else
			put(p, *p->at++);
	}
	put(p, '\0');
}

static unsigned
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

static void
read_integer(struct parser *p)
{
	bool negative = accept(p, '-'), digit = false;
	unsigned base = 10;
	int64_t n = 0;

	if (peek(p) == '0' && p->at + 1 < p->end && p->at[1] == 'x') {
		p->at += 2;
		base = 16;
	}
	for (;;) {
		unsigned d = digit_of(peek(p));

		if (digit && peek(p) == '_') {
			p->at++;
			digit = false;
			continue;
		}
		if (d >= base)
			break;
		if (__builtin_mul_overflow(n, (int64_t)base, &n) ||
		    __builtin_add_overflow(n, (int64_t)d, &n))
			return fail(p, "the number is too large");
		p->at++;
		digit = true;
	}
	if (!digit)
		return fail(p, "a value is missing");
	p->entry.type = TOML_INTEGER;
	p->entry.integer = negative ? -n : n;
}

static void
skip_lines(struct parser *p)
{
	skip_comment(p);
	while (accept(p, '\n')) {
		p->line++;
		skip_comment(p);
	}
}

/* Behind the bracket. */
static void
read_array(struct parser *p)
{
	p->entry.type = TOML_ARRAY;
	for (skip_lines(p); !accept(p, ']'); skip_lines(p)) {
		if (!accept(p, '"'))
			return fail(p, "an array holds strings only");
		read_string(p);
		if (p->wrong != NULL)
			return;
		skip_lines(p);
		if (!accept(p, ',') && peek(p) != ']')
			return fail(p, "a comma or ] is missing");
	}
}

static bool
accept_word(struct parser *p, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(p->end - p->at) < n || memcmp(p->at, word, n) != 0)
		return false;
	p->at += n;
	return true;
}

static void
read_value(struct parser *p)
{
	struct toml_entry *e = &p->entry;

	e->count = 0;
	e->integer = 0;
	p->used = 0;
	if (accept(p, '"')) {
		e->type = TOML_STRING;
		read_string(p);
	} else if (accept(p, '[')) {
		read_array(p);
	} else if (accept_word(p, "true")) {
		e->type = TOML_BOOLEAN;
		e->integer = 1;
	} else if (accept_word(p, "false")) {
		e->type = TOML_BOOLEAN;
	} else {
		read_integer(p);
	}
}

static void
read_table(struct parser *p)
{
	struct toml_entry *e = &p->entry;

	/* Even a name that is wrong ends the table before. */
	e->table[0] = e->key[0] = '\0';
	skip_blanks(p);
	read_name(p, e->table, sizeof(e->table), true);
	skip_blanks(p);
	if (!accept(p, ']'))
		fail(p, "a ] is missing");
	if (p->wrong != NULL)
		e->table[0] = '\0';
}

static void
read_pair(struct parser *p)
{
	read_name(p, p->entry.key, sizeof(p->entry.key), false);
	skip_blanks(p);
	if (!accept(p, '='))
		fail(p, "an = is missing");
	skip_blanks(p);
	if (p->wrong == NULL)
		read_value(p);
}

/* A line, or the lines of an array; up to its end. */
static void
read_line(struct parser *p, const struct toml_reader *r)
{
	struct toml_entry *e = &p->entry;

	p->wrong = NULL;
	e->line = p->line;
	skip_comment(p);
	if (p->at == p->end || *p->at == '\n')
		return;
	if (accept(p, '['))
		read_table(p);
	else
		read_pair(p);
	skip_comment(p);
	if (p->at < p->end && *p->at != '\n')
		fail(p, "there is more behind the value");
	if (p->wrong == NULL)
		p->wrong = r->entry(r->context, e);
	if (p->wrong != NULL)
		r->error(r->context, e->table, p->line, p->wrong);
}

void
toml_read(const char *text, size_t size, const struct toml_reader *r)
{
	struct parser p = { .at = text, .end = text + size, .line = 1 };

	while (p.at < p.end) {
		read_line(&p, r);
		while (p.at < p.end && *p.at != '\n')
			p.at++;
		if (p.at < p.end)
			p.at++;
		p.line++;
	}
}
