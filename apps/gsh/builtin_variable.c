/* builtin_variable: export readonly local unset set shift. */
#include <string.h>

#include "builtin.h"
#include "options.h"
#include "output.h"
#include "print.h"
#include "text.h"
#include "variables.h"

/* Lists variables as commands that make them again. */
static void
print_variables(struct shell *sh, const char *command, unsigned flags)
{
	const struct table *t = &sh->state.variables;

	for (size_t i = 0; i < t->count; i++) {
		const struct entry *e = &t->entries[i];
		struct buf b = { .arena = &sh->scratch };

		if ((e->flags & flags) != flags ||
		    (flags == 0 && e->value == NULL))
			continue;
		buf_string(&b, command);
		buf_string(&b, e->name);
		if (e->value != NULL) {
			buf_byte(&b, '=');
			print_always_quoted(&b, e->value);
		}
		buf_byte(&b, '\n');
		output_bytes(sh, b.data, b.length);
	}
}

/* Handles one name or name=value. */
static bool
declare(
    struct shell *sh, const char *command, const char *argument, unsigned flags)
{
	size_t n = text_name_length(argument);
	char *name = arena_copy(&sh->scratch, argument, n);

	if (n == 0 || (argument[n] != '\0' && argument[n] != '=')) {
		shell_fail(sh, "%s: %s: bad name", command, argument);
		return false;
	}
	if (flags == ENTRY_LOCAL)
		scope_save(sh, sh->function_scope, name);
	if (argument[n] == '=' && !variable_set(sh, name, argument + n + 1))
		return false;
	if (flags != ENTRY_LOCAL)
		variable_flag(sh, name, flags);
	return true;
}

static int
declare_all(struct shell *sh, int count, char **arguments, unsigned flags)
{
	int i = 1;

	if (i < count && strcmp(arguments[i], "-p") == 0)
		i++;
	if (i < count && strcmp(arguments[i], "--") == 0)
		i++;
	if (i == count)
		print_variables(sh,
		    flags == ENTRY_EXPORTED ? "export " : "readonly ", flags);
	for (; i < count; i++)
		if (!declare(sh, arguments[0], arguments[i], flags))
			return STATUS_ERROR;
	return 0;
}

int
builtin_export(struct shell *sh, int count, char **arguments)
{
	return declare_all(sh, count, arguments, ENTRY_EXPORTED);
}

int
builtin_readonly(struct shell *sh, int count, char **arguments)
{
	return declare_all(sh, count, arguments, ENTRY_READONLY);
}

int
builtin_local(struct shell *sh, int count, char **arguments)
{
	if (sh->function_scope == NULL)
		return shell_fail(sh, "local: not in a function");
	for (int i = 1; i < count; i++)
		if (!declare(sh, arguments[0], arguments[i], ENTRY_LOCAL))
			return STATUS_ERROR;
	return 0;
}

int
builtin_unset(struct shell *sh, int count, char **arguments)
{
	bool functions = false;
	int i = 1;

	for (; i < count && arguments[i][0] == '-'; i++) {
		if (strcmp(arguments[i], "-f") == 0)
			functions = true;
		else if (strcmp(arguments[i], "-v") == 0)
			functions = false;
		else
			return builtin_usage(sh, arguments[0]);
	}
	for (; i < count; i++) {
		struct entry *e =
		    table_find(&sh->state.functions, arguments[i]);

		if (functions) {
			if (e != NULL)
				table_remove(&sh->state.functions, e);
		} else if (!text_is_name(arguments[i])) {
			return shell_fail(
			    sh, "unset: %s: bad name", arguments[i]);
		} else if (!variable_unset(sh, arguments[i])) {
			return STATUS_ERROR;
		}
	}
	return 0;
}

static void
set_parameters(struct shell *sh, char *const *items, size_t n)
{
	struct parameters p = parameters_make(items, n);

	parameters_free(&sh->state.parameters);
	sh->state.parameters = p;
}

int
builtin_set(struct shell *sh, int count, char **arguments)
{
	bool ended;
	char other;
	int taken;

	if (count == 1) {
		print_variables(sh, "", 0);
		return 0;
	}
	taken = options_take(sh, arguments + 1, &ended, "", &other);
	if (taken < 0) {
		sh->unwind = UNWIND_ERROR;
		return STATUS_ERROR;
	}
	if (ended || taken + 1 < count)
		set_parameters(
		    sh, arguments + 1 + taken, (size_t)(count - 1 - taken));
	return 0;
}

int
builtin_shift(struct shell *sh, int count, char **arguments)
{
	struct parameters *p = &sh->state.parameters;
	long long n = 1;

	if (count > 1 && (!text_number(arguments[1], &n) || n < 0))
		return shell_fail(sh, "shift: bad number: %s", arguments[1]);
	if ((unsigned long long)n > p->count)
		return shell_fail(
		    sh, "shift: there are only %d parameters", (int)p->count);
	p->items += n;
	p->count -= (size_t)n;
	return 0;
}
