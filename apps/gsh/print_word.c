/* print_word: words and their parts; see print.h. */
#include <string.h>

#include "print.h"
#include "text.h"

/* Where a text stands decides what must be escaped in it. */
enum place {
	PLACE_WORD, /* unquoted: escape all that is special */
	PLACE_QUOTES, /* within double quotes, or like that */
	PLACE_DOCUMENT, /* as in a here-document: " is plain */
};

static void print_in(struct buf *, const struct part *, enum place);
static void print_part(struct buf *, const struct part *, enum place);

static bool
is_plain(int c)
{
	return text_in_name(c) || (c & 0x80) != 0 ||
	       (c != '\0' && strchr("%+,-./:@^=~", c) != NULL);
}

void
print_always_quoted(struct buf *b, const char *s)
{
	buf_byte(b, '\'');
	for (; *s != '\0'; s++)
		if (*s == '\'')
			buf_string(b, "'\\''");
		else
			buf_byte(b, *s);
	buf_byte(b, '\'');
}

void
print_quoted(struct buf *b, const char *text)
{
	const char *s = text;

	while (is_plain((unsigned char)*s) && *s != '~' && *s != '=')
		s++;
	if (*s == '\0' && s != text) {
		buf_string(b, text);
		return;
	}
	print_always_quoted(b, text);
}

/* A $ that was alone must not become one with what follows. */
static void
print_unquoted(struct buf *b, const struct part *p)
{
	size_t n = strlen(p->text);

	const struct part *next = p->next;
	bool joins = next != NULL && next->kind != PART_TEXT && !next->quoted;

	if (joins && n > 0 && p->text[n - 1] == '$') {
		buf_bytes(b, p->text, n - 1);
		buf_string(b, "'$'");
	} else {
		buf_bytes(b, p->text, n);
	}
}

static void
print_text(struct buf *b, const struct part *p, enum place place)
{
	static const char *const special[] = {
		[PLACE_QUOTES] = "$`\\\"",
		[PLACE_DOCUMENT] = "$`\\",
	};

	if (place == PLACE_WORD) {
		/* Even a plain text: unquoted, it might be a keyword. */
		if (p->quoted)
			print_always_quoted(b, p->text);
		else
			print_unquoted(b, p);
		return;
	}
	for (const char *s = p->text; *s != '\0'; s++) {
		if (strchr(special[place], *s) != NULL)
			buf_byte(b, '\\');
		buf_byte(b, *s);
	}
}

/* The word of a ${}: as place, and } must not end it early. */
static void
print_operand(struct buf *b, const struct part *p, enum place place)
{
	for (; p != NULL; p = p->next) {
		if (p->kind != PART_TEXT || place == PLACE_WORD) {
			print_part(b, p, place);
			continue;
		}
		for (const char *s = p->text; *s != '\0'; s++) {
			if (strchr("}\"\\$`", *s) != NULL)
				buf_byte(b, '\\');
			buf_byte(b, *s);
		}
	}
}

static void
print_parameter(struct buf *b, const struct part *p, enum place place)
{
	char sign[] = { p->modifier, '\0' };
	bool pattern = p->modifier == '%' || p->modifier == '#';

	buf_string(b, p->modifier == 'L' ? "${#" : "${");
	buf_string(b, p->text);
	if (p->modifier != '\0' && p->modifier != 'L') {
		if (p->colon)
			buf_byte(b, ':');
		buf_string(b, sign);
		if (p->longest)
			buf_string(b, sign);
		print_operand(b, p->word, pattern ? PLACE_WORD : place);
	}
	buf_byte(b, '}');
}

static void
print_substitution(struct buf *b, const struct part *p)
{
	/* A space, so that $( ( is not read as arithmetic. */
	buf_string(b, "$( ");
	if (p->body != NULL)
		print_node(b, p->body);
	buf_byte(b, ')');
}

static void
print_one(struct buf *b, const struct part *p, enum place place)
{
	switch (p->kind) {
	case PART_TEXT:
		print_text(b, p, place);
		break;
	case PART_PARAMETER:
		print_parameter(b, p, place);
		break;
	case PART_COMMAND:
		print_substitution(b, p);
		break;
	case PART_ARITHMETIC:
		buf_string(b, "$((");
		print_in(b, p->word, PLACE_QUOTES);
		buf_string(b, "))");
		break;
	}
}

static void
print_part(struct buf *b, const struct part *p, enum place place)
{
	bool quote = place == PLACE_WORD && p->quoted && p->kind != PART_TEXT;

	if (quote)
		buf_byte(b, '"');
	print_one(b, p, quote ? PLACE_QUOTES : place);
	if (quote)
		buf_byte(b, '"');
}

static void
print_in(struct buf *b, const struct part *p, enum place place)
{
	for (; p != NULL; p = p->next)
		print_part(b, p, place);
}

void
print_parts(struct buf *b, const struct part *p)
{
	print_in(b, p, PLACE_WORD);
}

void
print_document(struct buf *b, const struct part *p)
{
	print_in(b, p, PLACE_DOCUMENT);
}
