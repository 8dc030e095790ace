/* pattern: matching without recursion; see pattern.h. */
#include "pattern.h"

#include <string.h>

#include "text.h"

static bool
is_between(uint32_t c, uint32_t low, uint32_t high)
{
	return c >= low && c <= high;
}

/* Character classes are those of ASCII, in every locale. */
static bool
in_class(const char *name, size_t n, uint32_t c)
{
	static const char names[][7] = { "alpha", "digit", "alnum", "upper",
		"lower", "space", "blank", "punct", "print", "graph", "cntrl",
		"xdigit" };
	bool upper = is_between(c, 'A', 'Z'), lower = is_between(c, 'a', 'z');
	bool digit = is_between(c, '0', '9'), graph = is_between(c, '!', '~');
	const bool is[] = { upper || lower, digit, upper || lower || digit,
		upper, lower, c == ' ' || is_between(c, '\t', '\r'),
		c == ' ' || c == '\t', graph && !upper && !lower && !digit,
		graph || c == ' ', graph, c < ' ' || c == 127,
		digit || is_between(c | 0x20, 'a', 'f') };

	for (size_t i = 0; i < sizeof(is) / sizeof(is[0]); i++)
		if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0)
			return is[i];
	return false;
}

/* One end of a range: a character, perhaps escaped or as [.c.]. */
static const char *
bracket_character(const char *p, uint32_t *out)
{
	bool named = p[0] == '[' && (p[1] == '.' || p[1] == '=');
	char kind = named ? p[1] : '\0';

	if (named)
		p += 2;
	else if (*p == '\\' && p[1] != '\0')
		p++;
	if (*p == '\0')
		return NULL;
	p += text_decode(p, strlen(p), out);
	if (!named)
		return p;
	return p[0] == kind && p[1] == ']' ? p + 2 : NULL;
}

/* Matches c with the set behind a [.  Gives what follows the set, or NULL if
 * it is never closed: then the [ is only a [. */
static const char *
bracket(const char *p, uint32_t c, bool *matched)
{
	bool negated = *p == '!' || *p == '^', found = false;
	const char *first = p += negated;

	while (*p != ']' || p == first) {
		const char *end;
		uint32_t low, high;

		if (p[0] == '[' && p[1] == ':') {
			end = strstr(p + 2, ":]");
			if (end == NULL)
				return NULL;
			found |= in_class(p + 2, (size_t)(end - p) - 2, c);
			p = end + 2;
			continue;
		}
		p = bracket_character(p, &low);
		high = low;
		if (p != NULL && p[0] == '-' && p[1] != ']' && p[1] != '\0')
			p = bracket_character(p + 1, &high);
		if (p == NULL || *p == '\0')
			return NULL;
		found |= is_between(c, low, high);
	}
	*matched = found != negated;
	return p + 1;
}

/* Matches one character of the pattern with c; NULL: it does not match. */
static const char *
step(const char *p, uint32_t c)
{
	const char *behind;
	uint32_t literal;
	bool matched;

	switch (*p) {
	case '\0':
		return NULL;
	case '?':
		return p + 1;
	case '[':
		behind = bracket(p + 1, c, &matched);
		if (behind != NULL)
			return matched ? behind : NULL;
		break;
	case '\\':
		if (p[1] != '\0')
			p++;
		break;
	}
	p += text_decode(p, strlen(p), &literal);
	return literal == c ? p : NULL;
}

bool
pattern_match(const char *p, const char *text, size_t n)
{
	const char *star = NULL; /* what follows the last star */
	size_t at = 0, retry = 0;

	for (;;) {
		const char *next = NULL;
		uint32_t c = 0;
		size_t length = 0;

		while (*p == '*') {
			star = ++p;
			retry = at;
		}
		if (at == n) {
			if (*p == '\0')
				return true;
		} else {
			length = text_decode(text + at, n - at, &c);
			next = step(p, c);
		}
		if (next != NULL) {
			p = next;
			at += length;
			continue;
		}
		/* Give the star one character more.  Only the last star can
		 * need it: what came before already matches. */
		if (star == NULL || retry >= n)
			return false;
		retry += text_decode(text + retry, n - retry, NULL);
		at = retry;
		p = star;
	}
}

bool
pattern_is_special(const char *p)
{
	for (; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '*' || *p == '?' || *p == '[')
			return true;
	}
	return false;
}

long
pattern_prefix(const char *pattern, const char *text, bool longest)
{
	size_t n = strlen(text), at = 0;
	long found = -1;

	for (;;) {
		if (pattern_match(pattern, text, at)) {
			found = (long)at;
			if (!longest)
				break;
		}
		if (at == n)
			break;
		at += text_decode(text + at, n - at, NULL);
	}
	return found;
}

long
pattern_suffix(const char *pattern, const char *text, bool longest)
{
	size_t n = strlen(text), at = n;
	long found = -1;

	for (;;) {
		if (pattern_match(pattern, text + at, n - at)) {
			found = (long)(n - at);
			if (!longest)
				break;
		}
		if (at == 0)
			break;
		at -= text_before(text, at);
	}
	return found;
}
