/* arithmetic: recursive descent over the text; see arithmetic.h. */
#include "arithmetic.h"

#include <stdint.h>
#include <string.h>

#include "text.h"
#include "variables.h"

enum { DEEPEST = 100 };

struct evaluation {
	struct shell *sh;
	const char *whole; /* for messages */
	const char *at;
	unsigned depth;
	unsigned skip; /* above 0: parse, but touch nothing */
	bool failed;
};

static int64_t expression(struct evaluation *);
static int64_t assignment(struct evaluation *);

static int64_t
fail(struct evaluation *a, const char *why)
{
	if (!a->failed)
		shell_fail(a->sh, "arithmetic: %s in \"%s\"", why, a->whole);
	a->failed = true;
	a->at = "";
	return 0;
}

static bool
enter(struct evaluation *a)
{
	if (a->depth >= DEEPEST) {
		fail(a, "nested too deeply");
		return false;
	}
	a->depth++;
	return true;
}

static void
skip_space(struct evaluation *a)
{
	while (text_is_space((unsigned char)*a->at))
		a->at++;
}

static bool
take(struct evaluation *a, const char *sign)
{
	size_t n = strlen(sign);

	skip_space(a);
	if (strncmp(a->at, sign, n) != 0)
		return false;
	a->at += n;
	return true;
}

static int64_t
number(struct evaluation *a)
{
	unsigned long long n;

	if (!text_c_number(&a->at, &n) || text_in_name((unsigned char)*a->at))
		return fail(a, "bad number");
	return (int64_t)n;
}

static char *
name(struct evaluation *a)
{
	size_t n = text_name_length(a->at);
	char *s = arena_copy(&a->sh->scratch, a->at, n);

	a->at += n;
	return s;
}

static int64_t
value_of(struct evaluation *a, const char *variable)
{
	const char *value = variable_get(a->sh, variable);
	struct evaluation inner = *a;

	if (a->skip > 0)
		return 0;
	if (value == NULL && shell_option(a->sh, OPTION_NOUNSET)) {
		a->whole = variable;
		return fail(a, "parameter not set");
	}
	if (value == NULL || value[strspn(value, " \t\n")] == '\0')
		return 0;
	if (!enter(&inner))
		return fail(a, "nested too deeply");
	/* Copied: an assignment in it may free what is being read. */
	inner.whole = inner.at =
	    arena_copy(&a->sh->scratch, value, strlen(value));

	int64_t n = expression(&inner);
	if (!inner.failed && *inner.at != '\0')
		fail(&inner, "syntax error");
	if (inner.failed) {
		a->failed = true;
		a->at = "";
	}
	return n;
}

static void
assign(struct evaluation *a, const char *variable, int64_t n)
{
	if (a->skip == 0 && !a->failed &&
	    !variable_set_number(a->sh, variable, n))
		fail(a, "readonly variable");
}

static int64_t
wrapping_add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* name, name++ or name--. */
static int64_t
variable(struct evaluation *a)
{
	const char *s = name(a);
	int64_t n = value_of(a, s);

	if (take(a, "++"))
		assign(a, s, wrapping_add(n, 1));
	else if (take(a, "--"))
		assign(a, s, wrapping_add(n, -1));
	return n;
}

static int64_t
primary(struct evaluation *a)
{
	skip_space(a);
	if (take(a, "(")) {
		int64_t n = expression(a);

		return take(a, ")") ? n : fail(a, "missing )");
	}
	if (text_is_digit((unsigned char)*a->at))
		return number(a);
	if (text_starts_name((unsigned char)*a->at))
		return variable(a);
	return fail(a, *a->at == '\0' ? "operand expected" : "syntax error");
}

/* ++name or --name: a sign that is followed by no name is two signs. */
static bool
prefix(struct evaluation *a, const char *sign, int64_t step, int64_t *out)
{
	const char *before = a->at;

	if (!take(a, sign))
		return false;
	skip_space(a);
	if (!text_starts_name((unsigned char)*a->at)) {
		a->at = before;
		return false;
	}
	const char *s = name(a);
	*out = wrapping_add(value_of(a, s), step);
	assign(a, s, *out);
	return true;
}

static int64_t
unary(struct evaluation *a)
{
	int64_t n;

	if (!enter(a))
		return 0;
	skip_space(a);
	if (prefix(a, "++", 1, &n) || prefix(a, "--", -1, &n))
		;
	else if (take(a, "-"))
		n = (int64_t)(0 - (uint64_t)unary(a));
	else if (take(a, "+"))
		n = unary(a);
	else if (take(a, "~"))
		n = ~unary(a);
	else if (take(a, "!"))
		n = !unary(a);
	else
		n = primary(a);
	a->depth--;
	return n;
}

/* The longer sign of two that begin alike comes first. */
static const struct binary_operator {
	char sign[3];
	unsigned char precedence;
} operators[] = {
	{ "||", 1 },
	{ "&&", 2 },
	{ "==", 6 },
	{ "!=", 6 },
	{ "<<", 8 },
	{ ">>", 8 },
	{ "<=", 7 },
	{ ">=", 7 },
	{ "|", 3 },
	{ "^", 4 },
	{ "&", 5 },
	{ "<", 7 },
	{ ">", 7 },
	{ "+", 9 },
	{ "-", 9 },
	{ "*", 10 },
	{ "/", 10 },
	{ "%", 10 },
};

enum { OPERATORS = sizeof(operators) / sizeof(operators[0]) };

/* The binary operator that comes next, or NULL; not taken.  An operator with
 * = behind it is an assignment, and none of these. */
static const struct binary_operator *
next_operator(struct evaluation *a)
{
	skip_space(a);
	for (size_t i = 0; i < OPERATORS; i++) {
		const struct binary_operator *o = &operators[i];
		size_t n = strlen(o->sign);

		if (strncmp(a->at, o->sign, n) != 0)
			continue;
		bool compares = o->precedence == 6 || o->precedence == 7;
		return a->at[n] == '=' && !compares ? NULL : o;
	}
	return NULL;
}

static int64_t
divide(struct evaluation *a, char sign, int64_t x, int64_t y)
{
	if (y == 0)
		return a->skip > 0 ? 0 : fail(a, "division by zero");
	/* The least number by -1 traps; its quotient wraps to itself. */
	if (y == -1)
		return sign == '/' ? (int64_t)(0 - (uint64_t)x) : 0;
	return sign == '/' ? x / y : x % y;
}

static int64_t
compute(struct evaluation *a, const char *sign, int64_t x, int64_t y)
{
	uint64_t u = (uint64_t)x, v = (uint64_t)y;

	switch (sign[0]) {
	case '|':
		return sign[1] == '|' ? x || y : x | y;
	case '&':
		return sign[1] == '&' ? x && y : x & y;
	case '^':
		return x ^ y;
	case '=':
		return x == y;
	case '!':
		return x != y;
	case '<':
		if (sign[1] == '<')
			return (int64_t)(u << (v & 63));
		return sign[1] == '=' ? x <= y : x < y;
	case '>':
		if (sign[1] == '>')
			return x >> (v & 63);
		return sign[1] == '=' ? x >= y : x > y;
	case '+':
		return (int64_t)(u + v);
	case '-':
		return (int64_t)(u - v);
	case '*':
		return (int64_t)(u * v);
	default:
		return divide(a, sign[0], x, y);
	}
}

static int64_t
binary(struct evaluation *a, unsigned least)
{
	int64_t x = unary(a);
	const struct binary_operator *o;

	while ((o = next_operator(a)) != NULL && o->precedence >= least) {
		bool idle = (o->precedence == 1 && x != 0) ||
			    (o->precedence == 2 && x == 0);

		a->at += strlen(o->sign);
		a->skip += idle;
		int64_t y = binary(a, o->precedence + 1u);
		a->skip -= idle;
		x = compute(a, o->sign, x, y);
	}
	return x;
}

static int64_t
conditional(struct evaluation *a)
{
	int64_t x = binary(a, 1), yes, no;

	if (!take(a, "?"))
		return x;
	a->skip += x == 0;
	yes = expression(a);
	a->skip -= x == 0;
	if (!take(a, ":"))
		return fail(a, "missing :");
	a->skip += x != 0;
	no = assignment(a);
	a->skip -= x != 0;
	return x != 0 ? yes : no;
}

/* The operator of an assignment at this place: "" for plain =; or NULL. */
static const char *
assignment_operator(struct evaluation *a)
{
	static const char signs[][3] = { "<<", ">>", "+", "-", "*", "/", "%",
		"&", "^", "|" };

	skip_space(a);
	if (a->at[0] == '=' && a->at[1] != '=') {
		a->at++;
		return "";
	}
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t n = strlen(signs[i]);

		if (strncmp(a->at, signs[i], n) == 0 && a->at[n] == '=') {
			a->at += n + 1;
			return signs[i];
		}
	}
	return NULL;
}

static int64_t
assignment(struct evaluation *a)
{
	const char *before, *target, *sign;
	int64_t n;

	if (!enter(a))
		return 0;
	skip_space(a);
	before = a->at;
	if (text_starts_name((unsigned char)*a->at)) {
		target = name(a);
		sign = assignment_operator(a);
		if (sign != NULL) {
			n = assignment(a);
			if (sign[0] != '\0')
				n = compute(a, sign, value_of(a, target), n);
			assign(a, target, n);
			a->depth--;
			return n;
		}
		a->at = before;
	}
	n = conditional(a);
	a->depth--;
	return n;
}

static int64_t
expression(struct evaluation *a)
{
	int64_t n = assignment(a);

	while (take(a, ","))
		n = assignment(a);
	return n;
}

bool
arithmetic(struct shell *sh, const char *text, long long *out)
{
	struct evaluation a = { .sh = sh, .whole = text, .at = text };

	skip_space(&a);
	int64_t n = *a.at == '\0' ? 0 : expression(&a);
	skip_space(&a);
	if (!a.failed && *a.at != '\0')
		fail(&a, "syntax error");
	if (a.failed)
		return false;
	*out = n;
	return true;
}
