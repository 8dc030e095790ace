/* text: characters, names and numbers; see text.h. */
#include "text.h"

#include <limits.h>
#include <string.h>

size_t
text_name_length(const char *s)
{
	size_t n = 0;

	if (!text_starts_name((unsigned char)s[0]))
		return 0;
	while (text_in_name((unsigned char)s[n]))
		n++;
	return n;
}

bool
text_is_name(const char *s)
{
	size_t n = text_name_length(s);

	return n > 0 && s[n] == '\0';
}

bool
text_number(const char *s, long long *out)
{
	bool minus = *s == '-';
	unsigned long long n = 0, most = (unsigned long long)LLONG_MAX + minus;

	if (*s == '-' || *s == '+')
		s++;
	if (!text_is_digit((unsigned char)*s))
		return false;
	for (; text_is_digit((unsigned char)*s); s++) {
		unsigned digit = (unsigned)(*s - '0');

		if (n > (most - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (*s != '\0')
		return false;
	*out = (long long)(minus ? 0 - n : n);
	return true;
}

size_t
text_decode(const char *s, size_t n, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)s[0];
	size_t want = first < 0x80   ? 1
		      : first < 0xC2 ? 0
		      : first < 0xE0 ? 2
		      : first < 0xF0 ? 3
		      : first < 0xF5 ? 4
				     : 0;
	uint32_t c = want == 1 ? first : first & (0x7Fu >> want);
	size_t i = 1;

	while (i < want && i < n && ((unsigned char)s[i] & 0xC0) == 0x80)
		c = c << 6 | ((unsigned char)s[i++] & 0x3F);
	if (want == 0 || i < want || (want > 1 && c < least[want]) ||
	    c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) {
		c = 0xDC00u + first;
		i = 1;
	}
	if (out != NULL)
		*out = c;
	return i;
}

size_t
text_before(const char *s, size_t at)
{
	size_t back = 1;

	while (back < 4 && back < at &&
	       ((unsigned char)s[at - back] & 0xC0) == 0x80)
		back++;
	return text_decode(s + at - back, back, NULL) == back ? back : 1;
}

size_t
text_count(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t at = 0; at < n; count++)
		at += text_decode(s + at, n - at, NULL);
	return count;
}

struct range {
	uint32_t first, last;
};

static bool
within(const struct range *r, size_t count, uint32_t c)
{
	for (size_t i = 0; i < count; i++)
		if (c >= r[i].first && c <= r[i].last)
			return true;
	return false;
}

/* The blocks that matter at a prompt, not all of Unicode's table: a
 * character of a rare script may be a column off. */
int
text_width(uint32_t c)
{
	static const struct range none[] = {
		{ 0x0300, 0x036F },
		{ 0x0483, 0x0489 },
		{ 0x0591, 0x05BD },
		{ 0x0610, 0x061A },
		{ 0x064B, 0x065F },
		{ 0x0E34, 0x0E3A },
		{ 0x200B, 0x200F },
		{ 0x20D0, 0x20FF },
		{ 0x302A, 0x302D },
		{ 0xFE00, 0xFE0F },
		{ 0xFE20, 0xFE2F },
		{ 0xE0100, 0xE01EF },
	};
	static const struct range two[] = {
		{ 0x1100, 0x115F },
		{ 0x2E80, 0x303E },
		{ 0x3041, 0xA4CF },
		{ 0xAC00, 0xD7A3 },
		{ 0xF900, 0xFAFF },
		{ 0xFE30, 0xFE6F },
		{ 0xFF00, 0xFF60 },
		{ 0xFFE0, 0xFFE6 },
		{ 0x1F300, 0x1F64F },
		{ 0x1F680, 0x1F6FF },
		{ 0x1F900, 0x1F9FF },
		{ 0x20000, 0x3FFFD },
	};

	if (c < 0x300)
		return 1;
	if (within(none, sizeof(none) / sizeof(none[0]), c))
		return 0;
	return within(two, sizeof(two) / sizeof(two[0]), c) ? 2 : 1;
}

int
text_digit(int c)
{
	if (text_is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
text_c_number(const char **s, unsigned long long *out)
{
	unsigned base = (*s)[0] != '0' ? 10 : ((*s)[1] | 0x20) == 'x' ? 16 : 8;
	const char *at = *s + (base == 16 ? 2 : 0);
	unsigned long long n = 0;
	int digit = text_digit((unsigned char)*at);

	if (digit < 0 || (unsigned)digit >= base)
		return false;
	for (; digit >= 0 && (unsigned)digit < base;
	     digit = text_digit((unsigned char)*++at))
		n = n * base + (unsigned)digit;
	*s = at;
	*out = n;
	return true;
}
