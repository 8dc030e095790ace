/*
 * gsh: arguments, and the outermost loop; see gsh.h.
 */
#include "gsh.h"

#include <string.h>

#include "exec.h"
#include "history.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "port.h"
#include "prompt.h"
#include "trap.h"
#include "variables.h"

static const char help[] =
    "NAME\n"
    "    gsh - the GBSD shell\n\n"
    "SYNOPSIS\n"
    "    gsh [-aefinsuvxC] [-o option] [file [argument ...]]\n"
    "    gsh [-aefinuvxC] [-o option] -c commands [name [argument ...]]\n\n"
    "DESCRIPTION\n"
    "    Runs commands from a file, from the text behind -c, or from\n"
    "    standard input, in the language of POSIX.1-2017's sh. On a\n"
    "    terminal it edits lines, remembers them, and completes with Tab.\n\n"
    "OPTIONS\n"
    "    -c  run the commands given; then $0 and $1... are the rest\n"
    "    -i  be interactive: prompt, and survive errors\n"
    "    -s  read standard input even if there are arguments\n"
    "    -e  end at the first command that fails\n"
    "    -f  do not replace patterns by file names\n"
    "    -n  read commands and do not run them\n"
    "    -u  using a variable that is not set is an error\n"
    "    -v  show each line as it is read\n"
    "    -x  show each command as it is run\n"
    "    -a  export each variable that is set\n"
    "    -C, -o noclobber; -o pipefail\n\n"
    "KEYS\n"
    "    Arrows, Home, End, ^A ^E    move; with Control, or M-b M-f, by word\n"
    "    Up, Down, ^R                history, search in it\n"
    "    ^W ^U ^K M-d, ^Y            delete, bring back\n"
    "    Tab                         complete; twice: list\n"
    "    ^C, ^L, ^D                  give up the line, clear, end\n\n"
    "EXIT STATUS\n"
    "    That of the last command; 2 for an error in the shell's language,\n"
    "    126 if a command cannot be run, 127 if there is none, 128 and the\n"
    "    signal's number if one ended it.\n\n"
    "ENVIRONMENT\n"
    "    HOME PATH CDPATH IFS PS1 PS2 PS4 PWD OLDPWD TERM NO_COLOR; ENV is\n"
    "    the file that an interactive shell runs first.\n\n"
    "SEE ALSO\n"
    "    help, the list of the shell's own commands\n";

struct start {
	const char *text; /* -c, or NULL */
	const char *file; /* or NULL: standard input */
};

/* $0 and $1... from what follows the options. */
static bool
take_arguments(
    struct shell *sh, int count, char **arguments, struct start *start)
{
	bool ended;
	char other;
	int i = options_take(sh, arguments + 1, &ended, "cis", &other);

	if (i++ < 0)
		return false;
	if (other == 'c') {
		if (i >= count) {
			shell_warn(sh, "-c needs commands");
			return false;
		}
		start->text = arguments[i++];
		if (i < count)
			sh->name = arguments[i++];
	} else if (i < count && !shell_option(sh, OPTION_STDIN)) {
		start->file = arguments[i];
		sh->name = arguments[i++];
	}
	sh->state.parameters =
	    parameters_make(arguments + i, (size_t)(count - i));
	return true;
}

/* Runs something to its end, whatever happens to memory. */
static bool
guarded(struct shell *sh, void (*run)(struct shell *, const void *),
    const void *what)
{
	static const char no_memory[] = "gsh: out of memory\n";
	jmp_buf escape, *before = sh->escape;

	sh->escape = &escape;
	if (setjmp(escape) == 0) {
		run(sh, what);
		sh->escape = before;
		return true;
	}
	sh->escape = before;
	/* The cleanups have run: what is left are counters. */
	arena_free(&sh->scratch);
	sh->depth = sh->loops = sh->functions = sh->tested = 0;
	sh->in_trap = false;
	sh->program = NULL;
	sh->unwind = UNWIND_ERROR;
	sh->status = STATUS_ERROR;
	/* Said without memory, of which there may still be none. */
	output_error(sh, no_memory, sizeof(no_memory) - 1);
	return false;
}

static void
run_start(struct shell *sh, const void *what)
{
	const struct start *start = what;
	struct input_source input = input_source(sh);

	if (start->text != NULL)
		run_text(sh, start->text, 1);
	else if (start->file == NULL)
		run_source(sh, &input.source, 1);
	else if (!run_file(sh, start->file))
		sh->status = STATUS_NOT_FOUND;
}

static void
run_environment_file(struct shell *sh, const void *what)
{
	const char *name = variable_get(sh, "ENV");
	struct port_stat st;

	(void)what;
	if (name == NULL)
		return;
	name = expand_string(sh, name);
	if (port_stat(name, true, &st) == 0)
		run_file(sh, name);
}

static void
run_exit_trap(struct shell *sh, const void *what)
{
	(void)what;
	trap_exit(sh);
}

/* A prompt after the other, until exit or the end of the input. */
static void
interact(struct shell *sh, const struct start *start)
{
	static struct history history;

	sh->history = &history;
	sh->output.prompt = true;
	prompt_init(sh);
	guarded(sh, run_environment_file, NULL);
	do {
		sh->unwind = UNWIND_NONE;
		guarded(sh, run_start, start);
		sh->tested = sh->loops = 0;
	} while (sh->unwind != UNWIND_NONE && sh->unwind != UNWIND_EXIT);
	history_clear(&history);
}

static int
finish(struct shell *sh)
{
	guarded(sh, run_exit_trap, NULL);

	int status = sh->status;
	shell_fini(sh);
	return status;
}

struct beginning {
	int count;
	char **arguments;
	char *const *environment;
	struct start *start;
	bool ok;
};

static void
begin(struct shell *sh, const void *what)
{
	struct beginning *b = (struct beginning *)(uintptr_t)what;

	variables_init(sh, b->environment);
	b->ok = take_arguments(sh, b->count, b->arguments, b->start);
	if (b->start->text == NULL && b->start->file == NULL) {
		sh->state.options |= OPTION_STDIN;
		if (port_is_terminal(0) && port_is_terminal(2))
			sh->state.options |= OPTION_INTERACTIVE;
	}
}

int
gsh(int count, char **arguments, char *const *environment)
{
	static struct shell sh;
	struct start start = { .text = NULL };
	struct beginning b = { count, arguments, environment, &start, false };

	shell_init(&sh, "gsh");
	if (count > 1 && strcmp(arguments[1], "--help") == 0) {
		output_string(&sh, help);
		return finish(&sh);
	}
	if (!guarded(&sh, begin, &b) || !b.ok) {
		sh.status = STATUS_ERROR;
		return finish(&sh);
	}
	if (shell_option(&sh, OPTION_INTERACTIVE) && start.text == NULL &&
	    start.file == NULL)
		interact(&sh, &start);
	else
		guarded(&sh, run_start, &start);
	return finish(&sh);
}
