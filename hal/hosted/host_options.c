/* host_options: the command line, a table. */
#include "cpu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef GBSD_VERSION
#define GBSD_VERSION "0.1"
#endif

enum { MEMORY_DEFAULT = 256 };

static const uint64_t KIB = 1024, MIB = 1024 * 1024, GIB = 1024 * 1024 * 1024;
static const uint64_t MEMORY_LEAST = 1024 * 1024;
static const uint64_t MEMORY_MOST = 1024ull * 1024 * 1024 * 1024;

struct option {
	const char *name;
	const char *value; /* its name in the help, or NULL if it has none */
	const char *help;
	void (*take)(struct options *options, const char *value);
};

static void print_help(struct options *options, const char *value);

static void
take_command(struct options *options, const char *value)
{
	options->command = value;
}

static uint64_t
number(const char *option, const char *text, const char **end)
{
	char *stop;

	errno = 0;
	uint64_t n = strtoull(text, &stop, 0);
	if (text[0] < '0' || text[0] > '9' || errno == ERANGE)
		host_usage("%s %s: not a number", option, text);
	*end = stop;
	return n;
}

static void
take_memory(struct options *options, const char *value)
{
	const char *suffix;
	uint64_t n = number("-m", value, &suffix);
	uint64_t unit = MIB;

	if (*suffix == 'K' || *suffix == 'k')
		unit = KIB;
	else if (*suffix == 'G' || *suffix == 'g')
		unit = GIB;
	else if (*suffix != 'M' && *suffix != 'm' && *suffix != 0)
		unit = 0;
	if (unit == 0 || (*suffix != 0 && suffix[1] != 0))
		host_usage("-m %s: a size is a number and K, M or G", value);
	if (n > MEMORY_MOST / unit || n * unit < MEMORY_LEAST)
		host_usage("-m %s: not between 1M and 1024G", value);
	options->memory = n * unit / PAGE_SIZE * PAGE_SIZE;
}

static void
take_smp(struct options *options, const char *value)
{
	const char *end;
	uint64_t n = number("--smp", value, &end);

	(void)options;
	if (*end || n == 0)
		host_usage("--smp %s: not a number of processors", value);
	if (n > 1)
		host_usage("--smp %s: there is only one processor yet", value);
}

static void
take_archive(struct options *options, const char *value)
{
	options->archive = value;
}

static void
take_seed(struct options *options, const char *value)
{
	const char *end;

	options->seed = number("--seed", value, &end);
	options->seeded = true;
	if (*end)
		host_usage("--seed %s: not a number", value);
}

static void
take_verbose(struct options *options, const char *value)
{
	(void)value;
	options->verbose = true;
}

static void
print_version(struct options *options, const char *value)
{
	(void)options, (void)value;
	puts("gbsd-hosted " GBSD_VERSION);
	exit(0);
}

static const struct option table[] = {
	{ "-c", "CMD", "run CMD in the shell and exit with its status",
	    take_command },
	{ "-m", "SIZE", "memory, in K, M (if not said) or G; default 256M",
	    take_memory },
	{ "--smp", "N", "processors; default 1, and no more yet", take_smp },
	{ "--archive", "FILE", "boot archive; default: the built-in one",
	    take_archive },
	{ "--seed", "N", "random numbers follow from N; default: the host's",
	    take_seed },
	{ "-v", NULL, "show the boot log on stderr; default: no",
	    take_verbose },
	{ "--version", NULL, "print the version and exit", print_version },
	{ "--help", NULL, "print this and exit", print_help },
};

enum { OPTIONS = sizeof table / sizeof table[0] };

static void
print_help(struct options *options, const char *value)
{
	(void)options, (void)value;
	puts("usage: gbsd-hosted [OPTION]...\n"
	     "GBSD as a process.  Without -c: a shell on the terminal, or a\n"
	     "script on stdin if that is no terminal.  Ctrl-A x leaves.\n");
	for (int i = 0; i < OPTIONS; i++)
		printf("  %-10s %-5s %s\n", table[i].name,
		    table[i].value ? table[i].value : "", table[i].help);
	exit(0);
}

/* The option that argument names; *value is what follows a '=' or NULL. */
static const struct option *
find(const char *argument, const char **value)
{
	size_t n = strcspn(argument, "=");

	*value = argument[n] ? argument + n + 1 : NULL;
	for (int i = 0; i < OPTIONS; i++)
		if (strlen(table[i].name) == n &&
		    strncmp(table[i].name, argument, n) == 0)
			return &table[i];
	return NULL;
}

void
host_options(struct options *options, int argc, char **argv)
{
	*options = (struct options){ .memory = MEMORY_DEFAULT * MIB };
	for (int i = 1; i < argc; i++) {
		const char *value;
		const struct option *option = find(argv[i], &value);

		if (!option)
			host_usage("%s: no such option (try --help)", argv[i]);
		if (option->value && !value)
			value = argv[++i];
		if (option->value && !value)
			host_usage("%s: needs %s", option->name, option->value);
		if (!option->value && value)
			host_usage("%s: takes no value", option->name);
		option->take(options, value);
	}
}
