/* printf: prints its arguments as a format says. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/app.h"

static const char help[] =
    "NAME\n"
    "    printf - print arguments as a format says\n"
    "SYNOPSIS\n"
    "    printf FORMAT [ARGUMENT]...\n"
    "DESCRIPTION\n"
    "    Conversions are %d %i %u %o %x %X %c %s %b %e %f %g and %%, with\n"
    "    flags, width and precision; escapes are those of C.  The format is\n"
    "    used again as long as there are arguments.\n"
    "EXIT STATUS\n"
    "    0, 1 if an argument is no number or the output fails, 2 for a wrong\n"
    "    format.\n";

enum { SPECIFICATION = 32 };

struct print {
	char **arguments; /* the next; NULL ends */
	bool used; /* the format takes arguments */
	int status;
};

static const char *
next(struct print *p)
{
	p->used = true;
	return *p->arguments != NULL ? *p->arguments++ : NULL;
}

static long long
next_number(struct print *p)
{
	const char *text = next(p);
	char *end;
	long long n;

	if (text == NULL)
		return 0;
	if (text[0] == '\'' || text[0] == '"')
		return (unsigned char)text[1];
	errno = 0;
	n = text[0] == '-' ? strtoll(text, &end, 0)
			   : (long long)strtoull(text, &end, 0);
	if (end == text || *end != '\0' || errno != 0) {
		fprintf(stderr, "printf: %s: not a number\n", text);
		p->status = APP_FAILED;
	}
	return n;
}

static double
next_double(struct print *p)
{
	const char *text = next(p);
	char *end;
	double d = text == NULL ? 0 : strtod(text, &end);

	if (text != NULL && (end == text || *end != '\0')) {
		fprintf(stderr, "printf: %s: not a number\n", text);
		p->status = APP_FAILED;
	}
	return d;
}

static int
octal(const char **at)
{
	int n = 0;

	for (int i = 0; i < 3 && **at >= '0' && **at <= '7'; i++)
		n = n * 8 + *(*at)++ - '0';
	return n;
}

/* What stands behind a backslash; *at moves behind it. */
static int
escape(const char **at)
{
	static const char from[] = "abfnrtv\\\"'", to[] = "\a\b\f\n\r\t\v\\\"'";
	const char *c = **at == '\0' ? NULL : strchr(from, **at);

	if (**at >= '0' && **at <= '7')
		return octal(at);
	if (c == NULL)
		return '\\';
	(*at)++;
	return to[c - from];
}

static void
print_escaped(const char *text)
{
	while (*text != '\0')
		if (*text == '\\') {
			text++;
			putchar(escape(&text));
		} else {
			putchar(*text++);
		}
}

/* One conversion; *at is behind its percent sign, and then behind it. */
static void
convert(struct print *p, const char **at)
{
	char specification[SPECIFICATION + 4] = "%";
	size_t n = strspn(*at, "-+ #0123456789.");
	char kind = (*at)[n];
	const char *text;

	if (n >= SPECIFICATION || kind == '\0')
		app_usage("the format ends within a conversion");
	memcpy(specification + 1, *at, n);
	*at += n + 1;
	if (strchr("diouxX", kind) != NULL) {
		memcpy(specification + n + 1, "ll", 2);
		specification[n + 3] = kind;
		printf(specification, next_number(p));
	} else if (strchr("eEfFgG", kind) != NULL) {
		specification[n + 1] = kind;
		printf(specification, next_double(p));
	} else if (kind == 'c' || kind == 's') {
		text = next(p);
		specification[n + 1] = 's';
		char one[2] = { text == NULL ? '\0' : text[0] };
		printf(specification, kind == 'c'    ? one
				      : text != NULL ? text
						     : "");
	} else if (kind == 'b') {
		text = next(p);
		print_escaped(text != NULL ? text : "");
	} else if (kind == '%') {
		putchar('%');
	} else {
		app_usage("%%%c is no conversion", kind);
	}
}

static void
print_once(struct print *p, const char *format)
{
	while (*format != '\0') {
		char c = *format++;

		if (c == '%')
			convert(p, &format);
		else
			putchar(c == '\\' ? escape(&format) : c);
	}
}

int
printf_main(int argc, char **argv)
{
	struct print p = { .arguments = argv + 2 };

	app_begin(argc, argv, help);
	if (argc < 2)
		app_usage("a format is wanted");
	do
		print_once(&p, argv[1]);
	while (p.used && *p.arguments != NULL);
	return fflush(stdout) == 0 ? p.status : APP_FAILED;
}
