/* trap: see trap.h. */
#include "trap.h"

#include <stdlib.h>
#include <string.h>

#include "exec.h"
#include "output.h"
#include "text.h"

enum { SIGNAL_INTERRUPT = 2 };

static const char names[SIGNALS][5] = { "EXIT", "HUP", "INT", "QUIT", "ILL",
	"TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
	"ALRM", "TERM", "", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
	"URG", "XCPU", "XFSZ", "VTLR", "PROF", "WNCH", "IO", "PWR", "SYS" };

int
trap_number(const char *name)
{
	long long n;

	if (text_number(name, &n))
		return n >= 0 && n < SIGNALS && names[n][0] != '\0' ? (int)n
								    : -1;
	if (strncmp(name, "SIG", 3) == 0)
		name += 3;
	for (int i = 0; i < SIGNALS; i++)
		if (names[i][0] != '\0' && strcmp(names[i], name) == 0)
			return i;
	return -1;
}

const char *
trap_name(int number)
{
	return number >= 0 && number < SIGNALS ? names[number] : "";
}

void
trap_set(struct shell *sh, int number, const char *action)
{
	char *copy = action != NULL ? mem_copy(action, strlen(action)) : NULL;

	free(sh->state.traps[number]);
	sh->state.traps[number] = copy;
}

/* Runs an action; the status it finds and leaves is the command's, unless
 * it exits itself. */
static void
run_action(struct shell *sh, const char *action)
{
	int status = sh->status;
	char *copy = arena_copy(&sh->scratch, action, strlen(action));

	sh->in_trap = true;
	run_text(sh, copy, sh->line);
	sh->in_trap = false;
	if (sh->unwind == UNWIND_NONE)
		sh->status = status;
}

void
trap_interrupt(struct shell *sh)
{
	const char *action = sh->state.traps[SIGNAL_INTERRUPT];

	if (action == NULL) {
		/* The terminal has shown ^C and stayed on that row. */
		if (sh->output.prompt)
			output_error(sh, "\n", 1);
		sh->unwind = UNWIND_INTERRUPT;
		sh->status = STATUS_SIGNAL + SIGNAL_INTERRUPT;
	} else if (action[0] != '\0' && !sh->in_trap) {
		run_action(sh, action);
	}
}

void
trap_exit(struct shell *sh)
{
	char *action = sh->state.traps[0];
	enum unwind unwind = sh->unwind;
	int status = sh->status;

	if (action == NULL)
		return;
	/* Taken out first: an exit within it must not run it again. */
	struct arena_mark mark = arena_mark(&sh->scratch);
	char *copy = arena_copy(&sh->scratch, action, strlen(action));
	trap_set(sh, 0, NULL);
	sh->unwind = UNWIND_NONE;
	run_action(sh, copy);
	if (sh->unwind != UNWIND_EXIT) {
		sh->unwind = unwind;
		sh->status = status;
	}
	arena_release(&sh->scratch, mark);
}

void
traps_inherit(struct state *to, const struct state *from)
{
	for (int i = 1; i < SIGNALS; i++)
		if (from->traps[i] != NULL && from->traps[i][0] == '\0')
			to->traps[i] = mem_copy("", 0);
}

void
traps_free(struct state *s)
{
	for (int i = 0; i < SIGNALS; i++) {
		free(s->traps[i]);
		s->traps[i] = NULL;
	}
}
