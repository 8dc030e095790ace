/*
 * shell: the state of a shell, and how work in it ends early.
 *
 * Three ways lead out of a command:
 *   - sh->unwind is set (break, return, exit, an error, Ctrl-C).  Everyone
 *     looks at it after running something and returns; whoever it is meant
 *     for clears it.
 *   - memory runs out.  Then the cleanups that were pushed are undone, newest
 *     first, and control jumps to the outermost loop.  They run before the
 *     jump, so a cleanup may live in the frame of the function it is for.
 *   - the ordinary one, which pops its cleanups by the same functions.
 *
 * A subshell is not a process: it is a copy of struct state, put away and
 * brought back around what runs in it.
 */
#pragma once

#include <setjmp.h>
#include <stdbool.h>

#include "ast.h"
#include "table.h"

enum unwind {
	UNWIND_NONE,
	UNWIND_BREAK, /* sh->unwind_loops loops are still to be left */
	UNWIND_CONTINUE, /* the same, and the last goes on */
	UNWIND_RETURN, /* to the end of the function or script */
	UNWIND_ERROR, /* ends a script; a prompt starts anew */
	UNWIND_EXIT, /* ends the (sub)shell */
	UNWIND_INTERRUPT, /* Ctrl-C: as an error, also out of subshells */
};

enum option {
	OPTION_ALLEXPORT = 1 << 0,
	OPTION_ERREXIT = 1 << 1,
	OPTION_NOGLOB = 1 << 2,
	OPTION_INTERACTIVE = 1 << 3,
	OPTION_NOEXEC = 1 << 4,
	OPTION_NOUNSET = 1 << 5,
	OPTION_VERBOSE = 1 << 6,
	OPTION_XTRACE = 1 << 7,
	OPTION_PIPEFAIL = 1 << 8,
	OPTION_NOCLOBBER = 1 << 9,
	OPTION_STDIN = 1 << 10,
};

enum {
	SIGNALS = 32, /* trap 0 is EXIT, the others are signals */
	SHELL_DEEPEST = 400, /* nested commands, functions, expansions */
	STATUS_ERROR = 2, /* wrong use, a syntax error */
	STATUS_NOT_RUN = 126, /* found, and it cannot be run */
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNAL = 128, /* and the signal's number */
};

/* $1 and on, in one piece of memory. */
struct parameters {
	char **items; /* items[0] is $1; within block */
	size_t count;
	void *block; /* owned */
};

/* What a subshell gets a copy of. */
struct state {
	struct table variables;
	struct table functions;
	struct table aliases;
	struct parameters parameters;
	unsigned options;
	unsigned getopts_at; /* byte within the argument; 0: at its start */
	char *traps[SIGNALS]; /* owned; NULL default, "" ignored */
};

struct shell;

struct cleanup {
	struct cleanup *below;
	void (*undo)(struct shell *, struct cleanup *);
};

/* Variables to put back when a function or a command with assignments in
 * front of it ends. */
struct scope {
	struct cleanup cleanup;
	struct scope *below;
	struct table saved;
};

struct capture;
struct job;
struct history;

enum { OUTPUT_ROOM = 1024 };

struct output {
	char data[OUTPUT_ROOM]; /* not written yet */
	size_t used;
	bool prompt; /* a person watches: flush often */
	struct capture *capture; /* $( ) takes it all if not NULL */
};

struct shell {
	struct state state;
	struct arena scratch; /* of the commands that are running */
	struct cleanup *cleanups;
	jmp_buf *escape; /* where a lack of memory leads */

	enum unwind unwind;
	unsigned unwind_loops;
	int status; /* $? */
	int substitution_status; /* of the last $( ) in this command */

	unsigned depth; /* of nesting, up to SHELL_DEEPEST */
	unsigned loops; /* around this command, in this function */
	unsigned functions; /* calls and . scripts that return can leave */
	unsigned tested; /* above 0: a failure here is no errexit */
	unsigned subshells;
	bool in_trap;

	unsigned line; /* of the command that runs */
	const char *name; /* $0 */
	const char *file; /* the script that runs, or NULL; for messages */
	struct program *program; /* that what runs is part of */
	struct scope *scope; /* innermost, or NULL */
	struct scope *function_scope; /* local's, or NULL */

	struct output output;
	struct job *jobs;
	int last_background; /* $!, or 0 */
	struct history *history; /* NULL unless a person types */
};

/* An empty shell; its variables are then variables_init()'s. */
void shell_init(struct shell *, const char *name);
void shell_fini(struct shell *);

void cleanup_push(struct shell *, struct cleanup *,
    void (*undo)(struct shell *, struct cleanup *));

/* Undoes the newest cleanup, which must be this one. */
void cleanup_pop(struct shell *, struct cleanup *);

/* Says what is wrong, with the script's name and line; returns
 * STATUS_ERROR. */
int shell_warn(struct shell *, const char *format, ...);

/* The same, and unwinds: for what ends a script. */
int shell_fail(struct shell *, const char *format, ...);

/* One level of nesting more; false: too many, and UNWIND_ERROR is set. */
bool shell_enter(struct shell *);
void shell_leave(struct shell *);

/* Takes notice of Ctrl-C; true if something is to be unwound. */
bool shell_unwinds(struct shell *);

static inline bool
shell_option(const struct shell *sh, enum option option)
{
	return (sh->state.options & option) != 0;
}

/* Parameters from an array of n texts, in one allocation. */
struct parameters parameters_make(char *const *items, size_t n);
void parameters_free(struct parameters *);
