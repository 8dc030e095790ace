/* builtin_name: what names mean: alias, unalias, type, command -v. */
#include <string.h>

#include "builtin.h"
#include "output.h"
#include "parse.h"
#include "port.h"
#include "print.h"
#include "variables.h"

static void
print_alias(struct shell *sh, const struct entry *e)
{
	struct buf b = { .arena = &sh->scratch };

	print_always_quoted(&b, e->value);
	output_format(sh, "%s=%s\n", e->name, buf_text(&b));
}

static bool
is_alias_name(const char *s, size_t n)
{
	return n > 0 && strcspn(s, " \t\n;&|<>()$`\\\"'=/") >= n;
}

int
builtin_alias(struct shell *sh, int count, char **arguments)
{
	struct table *t = &sh->state.aliases;
	int status = 0;

	for (size_t i = 0; count == 1 && i < t->count; i++)
		print_alias(sh, &t->entries[i]);
	for (int i = 1; i < count; i++) {
		const char *equals = strchr(arguments[i], '=');
		size_t n = equals ? (size_t)(equals - arguments[i]) : 0;
		struct entry *e = table_find(t, arguments[i]);

		if (equals != NULL && is_alias_name(arguments[i], n)) {
			entry_set(table_add(t, arena_copy(&sh->scratch,
						   arguments[i], n)),
			    equals + 1);
		} else if (equals == NULL && e != NULL) {
			print_alias(sh, e);
		} else {
			shell_warn(sh, "alias: %s: not found", arguments[i]);
			status = 1;
		}
	}
	return status;
}

int
builtin_unalias(struct shell *sh, int count, char **arguments)
{
	struct table *t = &sh->state.aliases;
	int status = 0;

	if (count < 2)
		return builtin_usage(sh, arguments[0]);
	if (strcmp(arguments[1], "-a") == 0) {
		table_free(t);
		return 0;
	}
	for (int i = 1; i < count; i++) {
		struct entry *e = table_find(t, arguments[i]);

		if (e != NULL) {
			table_remove(t, e);
			continue;
		}
		shell_warn(sh, "unalias: %s: not found", arguments[i]);
		status = 1;
	}
	return status;
}

static int
describe_alias(struct shell *sh, const struct entry *e, bool verbose)
{
	if (verbose) {
		output_format(sh, "%s is an alias for %s\n", e->name, e->value);
		return 0;
	}
	output_string(sh, "alias ");
	print_alias(sh, e);
	return 0;
}

static int
describe_file(struct shell *sh, const char *name, bool verbose)
{
	char *path = arena_alloc(&sh->scratch, PORT_PATH_MOST);

	if (port_find(name, variable_get(sh, "PATH"), path, PORT_PATH_MOST)) {
		if (verbose)
			output_format(sh, "%s: not found\n", name);
		return STATUS_NOT_FOUND;
	}
	if (verbose)
		output_format(sh, "%s is %s\n", name, path);
	else
		output_format(sh, "%s\n", path);
	return 0;
}

int
builtin_describe(struct shell *sh, const char *name, bool verbose)
{
	const struct builtin *b = builtin_find(name);
	struct entry *alias = table_find(&sh->state.aliases, name);
	const char *what = NULL;

	if (alias != NULL)
		return describe_alias(sh, alias, verbose);
	if (parse_is_reserved(name))
		what = "a shell keyword";
	else if (b != NULL && b->special)
		what = "a special shell builtin";
	else if (table_find(&sh->state.functions, name) != NULL)
		what = "a shell function";
	else if (b != NULL)
		what = "a shell builtin";
	else
		return describe_file(sh, name, verbose);
	if (verbose)
		output_format(sh, "%s is %s\n", name, what);
	else
		output_format(sh, "%s\n", name);
	return 0;
}

int
builtin_type(struct shell *sh, int count, char **arguments)
{
	int status = 0;

	for (int i = 1; i < count; i++) {
		int s = builtin_describe(sh, arguments[i], true);

		status = s != 0 ? s : status;
	}
	return status;
}
