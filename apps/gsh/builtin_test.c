/*
 * builtin_test: test and [.
 *
 * Up to four arguments have the meaning that POSIX gives their number; more
 * are read as an expression with ! ( ) -a -o.
 */
#include <string.h>

#include "builtin.h"
#include "port.h"
#include "text.h"

struct test {
	struct shell *sh;
	char **items;
	int count;
	int at;
	bool failed; /* said what is wrong */
};

static bool disjunction(struct test *);

static bool
fail(struct test *t, const char *what, const char *item)
{
	if (!t->failed)
		shell_warn(t->sh, "test: %s: %s", item, what);
	t->failed = true;
	return false;
}

static bool
of_file(char letter, const char *path)
{
	struct port_stat st;

	if (port_stat(path, letter != 'h' && letter != 'L', &st) != 0)
		return false;
	switch (letter) {
	case 'e':
		return true;
	case 'f':
		return st.type == PORT_FILE;
	case 'd':
		return st.type == PORT_DIRECTORY;
	case 'b':
		return st.type == PORT_BLOCK;
	case 'c':
		return st.type == PORT_CHARACTER;
	case 'p':
		return st.type == PORT_PIPE;
	case 'S':
		return st.type == PORT_SOCKET;
	case 'r':
		return (st.access & 4) != 0;
	case 'w':
		return (st.access & 2) != 0;
	case 'x':
		return (st.access & 1) != 0;
	case 's':
		return st.size > 0;
	case 'u':
		return (st.mode & 04000) != 0;
	case 'g':
		return (st.mode & 02000) != 0;
	case 'k':
		return (st.mode & 01000) != 0;
	default:
		return st.type == PORT_LINK;
	}
}

static bool
is_unary(const char *s)
{
	return s[0] == '-' && s[1] != '\0' && s[2] == '\0' &&
	       strchr("nzefdbcpSrwxsugkhLt", s[1]) != NULL;
}

static bool
unary(const char *op, const char *operand)
{
	long long n;

	switch (op[1]) {
	case 'n':
		return operand[0] != '\0';
	case 'z':
		return operand[0] == '\0';
	case 't':
		return text_number(operand, &n) && n >= 0 && n <= 2 &&
		       port_is_terminal((int)n);
	default:
		return of_file(op[1], operand);
	}
}

static const char binary_operators[][4] = { "=", "!=", "-eq", "-ne", "-lt",
	"-le", "-gt", "-ge", "-nt", "-ot", "-ef", "<", ">", "==" };

enum { BINARY = sizeof(binary_operators) / sizeof(binary_operators[0]) };

static int
binary_index(const char *s)
{
	for (int i = 0; i < BINARY; i++)
		if (strcmp(binary_operators[i], s) == 0)
			return i;
	return -1;
}

static long long
number(struct test *t, const char *s)
{
	const char *trimmed = s + strspn(s, " \t\n");
	size_t n = strcspn(trimmed, " \t\n");
	long long value = 0;

	if (trimmed[n + strspn(trimmed + n, " \t\n")] != '\0' ||
	    !text_number(arena_copy(&t->sh->scratch, trimmed, n), &value))
		fail(t, "not a number", s);
	return value;
}

static bool
compare_files(const char *left, int op, const char *right)
{
	struct port_stat a, b;
	bool has_a = port_stat(left, true, &a) == 0;
	bool has_b = port_stat(right, true, &b) == 0;

	switch (op) {
	case 8: /* -nt */
		return has_a && (!has_b || a.modified > b.modified);
	case 9: /* -ot */
		return has_b && (!has_a || a.modified < b.modified);
	default:
		return has_a && has_b && a.device == b.device &&
		       a.inode == b.inode;
	}
}

static bool
binary(struct test *t, const char *left, int op, const char *right)
{
	int order = strcmp(left, right);

	if (op >= 8 && op <= 10)
		return compare_files(left, op, right);
	if (op >= 2 && op <= 7) {
		long long a = number(t, left), b = number(t, right);
		bool is[] = { a == b, a != b, a<b, a <= b, a> b, a >= b };

		return !t->failed && is[op - 2];
	}
	switch (op) {
	case 1:
		return order != 0;
	case 11:
		return order < 0;
	case 12:
		return order > 0;
	default:
		return order == 0;
	}
}

static bool
take_if(struct test *t, const char *word)
{
	if (t->at >= t->count || strcmp(t->items[t->at], word) != 0)
		return false;
	t->at++;
	return true;
}

static bool
primary(struct test *t)
{
	char **items = t->items + t->at;
	int left = t->count - t->at;

	if (left == 0)
		return fail(t, "argument expected", "end");
	if (left >= 3 && binary_index(items[1]) >= 0) {
		t->at += 3;
		return binary(t, items[0], binary_index(items[1]), items[2]);
	}
	if (left >= 2 && is_unary(items[0])) {
		t->at += 2;
		return unary(items[0], items[1]);
	}
	if (left >= 2 && take_if(t, "(")) {
		bool value = disjunction(t);

		return take_if(t, ")") ? value : fail(t, "missing", ")");
	}
	t->at++;
	return items[0][0] != '\0';
}

static bool
negation(struct test *t)
{
	bool negated = false, value;

	/* A ! that is all there is, or stands before a binary operator, is a
	 * text. */
	while (t->count - t->at >= 2 &&
	       !(t->count - t->at >= 3 &&
		   binary_index(t->items[t->at + 1]) >= 0) &&
	       take_if(t, "!"))
		negated = !negated;
	if (!shell_enter(t->sh)) {
		t->failed = true;
		return false;
	}
	value = primary(t);
	shell_leave(t->sh);
	return value != negated;
}

static bool
conjunction(struct test *t)
{
	bool value = negation(t);

	while (take_if(t, "-a"))
		value = negation(t) && value;
	return value;
}

static bool
disjunction(struct test *t)
{
	bool value = conjunction(t);

	while (take_if(t, "-o"))
		value = conjunction(t) || value;
	return value;
}

/* With three arguments -a and -o stand between texts, whatever these are. */
static bool
three(struct test *t)
{
	char **s = t->items;

	if (binary_index(s[1]) >= 0)
		return binary(t, s[0], binary_index(s[1]), s[2]);
	if (strcmp(s[1], "-a") == 0)
		return s[0][0] != '\0' && s[2][0] != '\0';
	if (strcmp(s[1], "-o") == 0)
		return s[0][0] != '\0' || s[2][0] != '\0';
	t->at = 0;
	return disjunction(t);
}

int
builtin_test(struct shell *sh, int count, char **arguments)
{
	struct test t = { .sh = sh, .items = arguments + 1 };
	bool value = false;

	t.count = count - 1;
	if (strcmp(arguments[0], "[") == 0) {
		if (count < 2 || strcmp(arguments[count - 1], "]") != 0)
			return shell_warn(sh, "[: missing ]");
		t.count--;
	}
	if (t.count == 1)
		value = t.items[0][0] != '\0';
	else if (t.count == 3)
		value = three(&t);
	else if (t.count > 0)
		value = disjunction(&t);
	if (t.count > 3 && !t.failed && t.at < t.count)
		fail(&t, "unexpected", t.items[t.at]);
	if (t.count == 2 && !t.failed && t.at < t.count)
		fail(&t, "operator expected", t.items[0]);
	return t.failed ? STATUS_ERROR : !value;
}
