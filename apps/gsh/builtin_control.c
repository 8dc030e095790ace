/* builtin_control: what decides which command is next. */
#include <string.h>

#include "builtin.h"
#include "exec.h"
#include "output.h"
#include "port.h"
#include "print.h"
#include "text.h"
#include "trap.h"
#include "variables.h"

int
builtin_true(struct shell *sh, int count, char **arguments)
{
	(void)sh;
	(void)count;
	(void)arguments;
	return 0;
}

int
builtin_false(struct shell *sh, int count, char **arguments)
{
	(void)sh;
	(void)count;
	(void)arguments;
	return 1;
}

/* The optional number behind a command's name. */
static bool
number(struct shell *sh, int count, char **arguments, long long least,
    long long *out)
{
	if (count < 2)
		return true;
	if (count == 2 && text_number(arguments[1], out) && *out >= least)
		return true;
	shell_fail(sh, "%s: bad number: %s", arguments[0], arguments[1]);
	return false;
}

static int
leave_loops(struct shell *sh, int count, char **arguments, enum unwind how)
{
	long long n = 1;

	if (!number(sh, count, arguments, 1, &n))
		return STATUS_ERROR;
	if (sh->loops == 0)
		return 0;
	sh->unwind = how;
	sh->unwind_loops = n < sh->loops ? (unsigned)n : sh->loops;
	return 0;
}

int
builtin_break(struct shell *sh, int count, char **arguments)
{
	return leave_loops(sh, count, arguments, UNWIND_BREAK);
}

int
builtin_continue(struct shell *sh, int count, char **arguments)
{
	return leave_loops(sh, count, arguments, UNWIND_CONTINUE);
}

int
builtin_return(struct shell *sh, int count, char **arguments)
{
	long long n = sh->status;

	if (!number(sh, count, arguments, 0, &n))
		return STATUS_ERROR;
	sh->unwind = UNWIND_RETURN;
	return (int)(n & 0xFF);
}

int
builtin_exit(struct shell *sh, int count, char **arguments)
{
	long long n = sh->status;

	if (!number(sh, count, arguments, 0, &n))
		return STATUS_ERROR;
	sh->unwind = UNWIND_EXIT;
	return (int)(n & 0xFF);
}

int
builtin_eval(struct shell *sh, int count, char **arguments)
{
	struct buf b = { .arena = &sh->scratch };

	for (int i = 1; i < count; i++) {
		if (i > 1)
			buf_byte(&b, ' ');
		buf_string(&b, arguments[i]);
	}
	/* Without a command the status is 0, not that of before. */
	sh->status = 0;
	return run_text(sh, buf_text(&b), sh->line);
}

/* The file of a bare name: along PATH, where it need not be executable. */
static const char *
sourced(struct shell *sh, const char *name)
{
	const char *dir = variable_get(sh, "PATH");
	struct port_stat st;

	if (strchr(name, '/') != NULL || dir == NULL)
		return name;
	for (size_t n; *dir != '\0'; dir += n + (dir[n] == ':')) {
		struct buf b = { .arena = &sh->scratch };

		n = strcspn(dir, ":");
		buf_bytes(&b, dir, n);
		buf_string(&b, n > 0 ? "/" : "./");
		buf_string(&b, name);
		if (port_stat(buf_text(&b), true, &st) == 0 &&
		    st.type == PORT_FILE)
			return b.data;
	}
	return name;
}

int
builtin_dot(struct shell *sh, int count, char **arguments)
{
	if (count < 2)
		return builtin_usage(sh, arguments[0]);
	sh->functions++;
	sh->status = 0;
	bool found = run_file(sh, sourced(sh, arguments[1]));
	sh->functions--;
	if (!found) {
		sh->unwind = UNWIND_ERROR;
		return STATUS_ERROR;
	}
	if (sh->unwind == UNWIND_RETURN)
		sh->unwind = UNWIND_NONE;
	return sh->status;
}

int
builtin_exec(struct shell *sh, int count, char **arguments)
{
	if (count < 2)
		return 0;
	/* Nothing replaces a process here: it is run, and then we end. */
	sh->status = exec_file(sh, arguments + 1, 0, NULL);
	if (sh->unwind == UNWIND_NONE)
		sh->unwind = UNWIND_EXIT;
	return sh->status;
}

int
builtin_command(struct shell *sh, int count, char **arguments)
{
	unsigned how = EXEC_NO_FUNCTIONS;
	char tell = '\0';
	int i = 1;

	for (; i < count && arguments[i][0] == '-'; i++) {
		if (strcmp(arguments[i], "--") == 0) {
			i++;
			break;
		}
		for (const char *s = arguments[i] + 1; *s != '\0'; s++) {
			if (*s == 'p')
				how |= EXEC_DEFAULT_SEARCH;
			else if (*s == 'v' || *s == 'V')
				tell = *s;
			else
				return builtin_usage(sh, arguments[0]);
		}
	}
	if (i == count)
		return 0;
	if (tell != '\0')
		return builtin_describe(sh, arguments[i], tell == 'V');

	struct fields f = { .items = arguments + i,
		.count = (size_t)(count - i) };
	int status = exec_words(sh, &f, how);
	/* Misuse of a special builtin is an ordinary failure here. */
	if (sh->unwind == UNWIND_ERROR)
		sh->unwind = UNWIND_NONE;
	return status;
}

static void
print_traps(struct shell *sh)
{
	for (int i = 0; i < SIGNALS; i++) {
		struct buf b = { .arena = &sh->scratch };

		if (sh->state.traps[i] == NULL)
			continue;
		print_always_quoted(&b, sh->state.traps[i]);
		output_format(
		    sh, "trap -- %s %s\n", buf_text(&b), trap_name(i));
	}
}

int
builtin_trap(struct shell *sh, int count, char **arguments)
{
	int i = 1, status = 0;
	const char *action = NULL;

	if (i < count && strcmp(arguments[i], "--") == 0)
		i++;
	if (i == count) {
		print_traps(sh);
		return 0;
	}
	/* A number first, or one word alone: back to the default. */
	if (text_is_digit((unsigned char)arguments[i][0]) || i + 1 == count)
		;
	else if (strcmp(arguments[i], "-") == 0)
		i++;
	else
		action = arguments[i++];
	for (; i < count; i++) {
		int n = trap_number(arguments[i]);

		if (n < 0) {
			shell_warn(sh, "trap: %s: bad signal", arguments[i]);
			status = 1;
		} else {
			trap_set(sh, n, action);
		}
	}
	return status;
}
