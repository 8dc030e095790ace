/* builtin: the table, and help; see builtin.h. */
#include "builtin.h"

#include <string.h>

#include "output.h"

#define BUILTIN_SPECIAL(name, function, usage) \
	{ name, builtin_##function, true, usage },
#define BUILTIN_PLAIN(name, function, usage) \
	{ name, builtin_##function, false, usage },

static const struct builtin builtins[] = { BUILTINS(
    BUILTIN_SPECIAL, BUILTIN_PLAIN) };

enum { BUILTIN_COUNT = sizeof(builtins) / sizeof(builtins[0]) };

const struct builtin *
builtin_at(size_t index)
{
	return index < BUILTIN_COUNT ? &builtins[index] : NULL;
}

const struct builtin *
builtin_find(const char *name)
{
	size_t low = 0, high = BUILTIN_COUNT;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, builtins[middle].name);

		if (order == 0)
			return &builtins[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

int
builtin_usage(struct shell *sh, const char *name)
{
	const char *usage = builtin_find(name)->usage;

	return shell_warn(sh, "usage: %s %s", name, usage);
}

int
builtin_help(struct shell *sh, int count, char **arguments)
{
	int status = 0;

	for (int i = 1; i < count; i++) {
		const struct builtin *b = builtin_find(arguments[i]);

		if (b == NULL)
			status = 1;
		else
			output_format(sh, "%s %s\n", b->name, b->usage);
	}
	if (count > 1)
		return status;
	output_string(sh, "Commands of the shell itself (gsh --help tells of "
			  "the rest):\n");
	for (size_t i = 0; i < BUILTIN_COUNT; i++)
		output_format(
		    sh, "  %s %s\n", builtins[i].name, builtins[i].usage);
	return 0;
}
