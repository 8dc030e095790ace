/* options: see options.h. */
#include "options.h"

#include <string.h>

#include "output.h"

static const struct {
	char name[12];
	char letter; /* or NUL */
	unsigned short option;
	bool settable;
} options[] = {
	{ "allexport", 'a', OPTION_ALLEXPORT, true },
	{ "errexit", 'e', OPTION_ERREXIT, true },
	{ "noglob", 'f', OPTION_NOGLOB, true },
	{ "interactive", 'i', OPTION_INTERACTIVE, false },
	{ "noclobber", 'C', OPTION_NOCLOBBER, true },
	{ "noexec", 'n', OPTION_NOEXEC, true },
	{ "nounset", 'u', OPTION_NOUNSET, true },
	{ "pipefail", '\0', OPTION_PIPEFAIL, true },
	{ "stdin", 's', OPTION_STDIN, false },
	{ "verbose", 'v', OPTION_VERBOSE, true },
	{ "xtrace", 'x', OPTION_XTRACE, true },
};

enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

static void
change(struct shell *sh, unsigned option, bool on)
{
	if (on)
		sh->state.options |= option;
	else
		sh->state.options &= ~option;
}

static bool
set_letter(struct shell *sh, char letter, bool on)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (options[i].letter == letter && options[i].settable) {
			change(sh, options[i].option, on);
			return true;
		}
	shell_warn(sh, "%c%c: no such option", on ? '-' : '+', letter);
	return false;
}

static bool
set_name(struct shell *sh, const char *name, bool on)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (strcmp(options[i].name, name) == 0 && options[i].settable) {
			change(sh, options[i].option, on);
			return true;
		}
	shell_warn(sh, "%s: no such option", name);
	return false;
}

/* -c -i -s, which only the shell's own arguments may have. */
static void
take_other(struct shell *sh, char letter, bool on, char *other)
{
	if (letter == 'i')
		change(sh, OPTION_INTERACTIVE, on);
	else if (letter == 's')
		change(sh, OPTION_STDIN, on);
	else
		*other = letter;
}

int
options_take(struct shell *sh, char *const *items, bool *ended,
    const char *others, char *other)
{
	int taken = 0;

	*ended = false;
	*other = '\0';
	for (; items[taken] != NULL && !*ended; taken++) {
		const char *s = items[taken];
		bool on = s[0] == '-';

		if (s[0] != '-' && s[0] != '+')
			break;
		if (s[1] == '\0') {
			/* As of old, "set - a" is "set +vx -- a". */
			change(sh, OPTION_VERBOSE | OPTION_XTRACE, false);
			*ended = true;
			continue;
		}
		*ended = strcmp(s, "--") == 0;
		for (s++; *s != '\0' && !*ended; s++) {
			if (*s == 'o' && items[taken + 1] == NULL) {
				options_print(sh, !on);
			} else if (*s == 'o') {
				if (!set_name(sh, items[++taken], on))
					return -1;
			} else if (strchr(others, *s) != NULL) {
				take_other(sh, *s, on, other);
			} else if (!set_letter(sh, *s, on)) {
				return -1;
			}
		}
	}
	return taken;
}

const char *
options_letters(struct shell *sh)
{
	struct buf b = { .arena = &sh->scratch };

	for (size_t i = 0; i < OPTIONS; i++)
		if (shell_option(sh, options[i].option) &&
		    options[i].letter != '\0')
			buf_byte(&b, options[i].letter);
	return buf_text(&b);
}

void
options_print(struct shell *sh, bool as_commands)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		bool on = shell_option(sh, options[i].option);

		if (!options[i].settable)
			continue;
		if (as_commands)
			output_format(sh, "set %co %s\n", on ? '-' : '+',
			    options[i].name);
		else
			output_format(
			    sh, "%s\t%s\n", on ? "on" : "off", options[i].name);
	}
}

void
options_script(struct shell *sh, struct buf *b)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (options[i].settable &&
		    shell_option(sh, options[i].option)) {
			buf_string(b, "set -o ");
			buf_string(b, options[i].name);
			buf_byte(b, '\n');
		}
}
