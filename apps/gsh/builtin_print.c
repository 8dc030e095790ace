/* builtin_print: echo and printf. */
#include <stdint.h>
#include <string.h>

#include "builtin.h"
#include "output.h"
#include "text.h"

/* Where an escape stands: they differ in octal numbers and in \c. */
enum dialect { DIALECT_ECHO, DIALECT_FORMAT };

static const char *
octal(const char *s, int digits, struct buf *out)
{
	int c = 0;

	while (digits-- > 0 && *s >= '0' && *s <= '7')
		c = c * 8 + (*s++ - '0');
	buf_byte(out, c);
	return s;
}

/* One escape; s is behind the backslash.  NULL: \c, nothing more is to be
 * written. */
static const char *
escape(const char *s, enum dialect dialect, struct buf *out)
{
	static const char names[] = "abfnrtv\\";
	static const char bytes[] = "\a\b\f\n\r\t\v\\";
	const char *found = *s != '\0' ? strchr(names, *s) : NULL;

	if (found != NULL) {
		buf_byte(out, bytes[found - names]);
		return s + 1;
	}
	if (*s == 'c' && dialect == DIALECT_ECHO)
		return NULL;
	if (*s == '0' && dialect == DIALECT_ECHO)
		return octal(s + 1, 3, out);
	if (*s >= '0' && *s <= '7')
		return octal(s, 3, out);
	buf_byte(out, '\\');
	return s;
}

/* Appends s with its escapes done; false: there was a \c. */
static bool
unescape(const char *s, enum dialect dialect, struct buf *out)
{
	while (*s != '\0') {
		if (*s != '\\') {
			buf_byte(out, *s++);
			continue;
		}
		s = escape(s + 1, dialect, out);
		if (s == NULL)
			return false;
	}
	return true;
}

int
builtin_echo(struct shell *sh, int count, char **arguments)
{
	struct buf b = { .arena = &sh->scratch };
	bool newline = true;
	int i = 1;

	if (i < count && strcmp(arguments[i], "-n") == 0) {
		newline = false;
		i++;
	}
	for (int first = i; i < count; i++) {
		if (i > first)
			buf_byte(&b, ' ');
		if (!unescape(arguments[i], DIALECT_ECHO, &b)) {
			newline = false;
			break;
		}
	}
	if (newline)
		buf_byte(&b, '\n');
	output_bytes(sh, b.data, b.length);
	return 0;
}

struct printing {
	struct shell *sh;
	struct buf out;
	char **next; /* argument, NULL at the end */
	bool taken; /* some argument was used */
	bool stopped; /* by \c */
	int status;
};

/* One conversion: %[flags][width][.precision]letter */
struct conversion {
	bool left, plus, space, alternate, zero;
	long long width;
	long long precision; /* -1: none */
};

static const char *
take_text(struct printing *p)
{
	if (*p->next == NULL)
		return "";
	p->taken = true;
	return *p->next++;
}

static long long
bad_number(struct printing *p, const char *s)
{
	shell_warn(p->sh, "printf: %s: not a number", s);
	p->status = 1;
	return 0;
}

/* A number as in C, or a quote and a character. */
static long long
take_number(struct printing *p)
{
	const char *whole = take_text(p), *s = whole;
	bool minus = *s == '-';
	unsigned long long n = 0;

	if (*s == '\'' || *s == '"') {
		uint32_t c = 0;

		if (s[1] != '\0')
			text_decode(s + 1, strlen(s + 1), &c);
		return c;
	}
	if (*s == '-' || *s == '+')
		s++;
	if (*s == '\0')
		return *whole == '\0' ? 0 : bad_number(p, whole);
	text_c_number(&s, &n);
	if (*s != '\0')
		bad_number(p, whole);
	return (long long)(minus ? 0 - n : n);
}

static void
pad(struct printing *p, char c, long long n)
{
	while (n-- > 0)
		buf_byte(&p->out, c);
}

static void
put_text(
    struct printing *p, const struct conversion *c, const char *s, size_t n)
{
	if (c->precision >= 0 && (size_t)c->precision < n)
		n = (size_t)c->precision;

	long long padding = c->width - (long long)n;
	if (!c->left)
		pad(p, ' ', padding);
	buf_bytes(&p->out, s, n);
	if (c->left)
		pad(p, ' ', padding);
}

/* Digits with a sign or 0x before them, zeros between. */
static void
put_digits(struct printing *p, const struct conversion *c, const char *sign,
    const char *digits, size_t n)
{
	long long zeros = c->precision - (long long)n;
	long long length = (long long)(strlen(sign) + n);

	if (zeros < 0)
		zeros = 0;
	if (c->zero && !c->left && c->precision < 0 && c->width > length)
		zeros = c->width - length;
	length += zeros;
	if (!c->left)
		pad(p, ' ', c->width - length);
	buf_string(&p->out, sign);
	pad(p, '0', zeros);
	buf_bytes(&p->out, digits, n);
	if (c->left)
		pad(p, ' ', c->width - length);
}

static void
put_number(struct printing *p, const struct conversion *c, char letter)
{
	bool is_signed = letter == 'd' || letter == 'i';
	long long n = take_number(p);
	unsigned long long u = (unsigned long long)n;
	unsigned base = letter == 'o' ? 8 : (letter | 0x20) == 'x' ? 16 : 10;
	const char *names =
	    letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	const char *sign = "";
	char digits[24];
	size_t at = sizeof(digits);

	if (is_signed) {
		sign = n < 0 ? "-" : c->plus ? "+" : c->space ? " " : "";
		u = n < 0 ? 0 - u : u;
	} else if (c->alternate && u != 0 && base == 16) {
		sign = letter == 'X' ? "0X" : "0x";
	}
	for (; u > 0 || (at == sizeof(digits) && c->precision != 0); u /= base)
		digits[--at] = names[u % base];
	if (c->alternate && base == 8 &&
	    (at == sizeof(digits) || digits[at] != '0'))
		digits[--at] = '0';
	put_digits(p, c, sign, digits + at, sizeof(digits) - at);
}

static void
convert(struct printing *p, const struct conversion *c, char letter)
{
	struct buf b = { .arena = &p->sh->scratch };
	const char *s;

	switch (letter) {
	case 's':
		s = take_text(p);
		put_text(p, c, s, strlen(s));
		break;
	case 'b':
		p->stopped = !unescape(take_text(p), DIALECT_ECHO, &b);
		put_text(p, c, b.data, b.length);
		break;
	case 'c':
		s = take_text(p);
		put_text(
		    p, c, s, *s != '\0' ? text_decode(s, strlen(s), NULL) : 0);
		break;
	case 'd':
	case 'i':
	case 'o':
	case 'u':
	case 'x':
	case 'X':
		put_number(p, c, letter);
		break;
	default:
		shell_warn(p->sh, "printf: %%%c: no such conversion", letter);
		p->status = 1;
		p->stopped = true;
	}
}

/* Digits or *, for width and precision. */
static const char *
take_size(struct printing *p, const char *f, long long *out)
{
	enum { MOST = 1 << 20 };

	*out = 0;
	if (*f == '*') {
		*out = take_number(p);
		f++;
	}
	for (; text_is_digit((unsigned char)*f); f++)
		if (*out < MOST)
			*out = *out * 10 + (*f - '0');
	if (*out > MOST || *out < -MOST)
		*out = MOST;
	return f;
}

static const char *
conversion(struct printing *p, const char *f)
{
	struct conversion c = { .precision = -1 };

	for (;; f++) {
		if (*f == '-')
			c.left = true;
		else if (*f == '+')
			c.plus = true;
		else if (*f == ' ')
			c.space = true;
		else if (*f == '#')
			c.alternate = true;
		else if (*f == '0')
			c.zero = true;
		else
			break;
	}
	f = take_size(p, f, &c.width);
	if (c.width < 0) {
		c.left = true;
		c.width = -c.width;
	}
	if (*f == '.')
		f = take_size(p, f + 1, &c.precision);
	convert(p, &c, *f);
	return *f != '\0' ? f + 1 : f;
}

static void
print_once(struct printing *p, const char *f)
{
	while (*f != '\0' && !p->stopped) {
		if (*f == '\\') {
			f = escape(f + 1, DIALECT_FORMAT, &p->out);
		} else if (*f != '%') {
			buf_byte(&p->out, *f++);
		} else if (f[1] == '%') {
			buf_byte(&p->out, '%');
			f += 2;
		} else {
			f = conversion(p, f + 1);
		}
	}
}

int
builtin_printf(struct shell *sh, int count, char **arguments)
{
	int first = count > 1 && strcmp(arguments[1], "--") == 0 ? 2 : 1;
	struct printing p = { .sh = sh, .out = { .arena = &sh->scratch } };

	if (first >= count)
		return builtin_usage(sh, arguments[0]);
	p.next = arguments + first + 1;
	do {
		p.taken = false;
		print_once(&p, arguments[first]);
		/* In pieces, so that long outputs need little memory. */
		output_bytes(sh, p.out.data, p.out.length);
		p.out.length = 0;
	} while (*p.next != NULL && p.taken && !p.stopped);
	return p.status;
}
