/*
 * builtin: commands that are part of the shell.
 *
 * A builtin gets its words like a program, and returns its status.  A
 * special one (POSIX.1-2017, section 2.14) is found before functions, keeps
 * assignments in front of it, and ends a script when it is misused.
 */
#pragma once

#include "shell.h"

struct builtin {
	const char *name;
	int (*run)(struct shell *, int count, char **arguments);
	bool special;
	const char *usage; /* one line: "[-n] name ..." and what it does */
};

const struct builtin *builtin_find(const char *name);

/* The one at an index, or NULL at the end; for help and completion. */
const struct builtin *builtin_at(size_t index);

/* Says on standard output what a name would run, in a sentence if verbose.
 * STATUS_NOT_FOUND: nothing. */
int builtin_describe(struct shell *, const char *name, bool verbose);

/* Says how it is used and returns STATUS_ERROR. */
int builtin_usage(struct shell *, const char *name);

#define BUILTINS(SPECIAL, PLAIN)                                             \
	SPECIAL(".", dot, "file [argument ...]: run a file's commands here") \
	SPECIAL(":", true, "[argument ...]: do nothing, successfully")       \
	PLAIN("[", test, "expression ]: the same as test")                   \
	PLAIN("alias", alias, "[name[=text] ...]: define or show aliases")   \
	SPECIAL("break", break, "[n]: leave n loops")                        \
	PLAIN("cd", cd, "[directory | -]: change the working directory")     \
	PLAIN("command", command,                                            \
	    "[-pvV] name [argument ...]: run or find, without functions")    \
	SPECIAL("continue", continue, "[n]: go on with the nth loop")        \
	PLAIN("echo", echo, "[-n] [text ...]: write texts")                  \
	SPECIAL("eval", eval, "[text ...]: run texts as commands")           \
	SPECIAL("exec", exec, "[command ...]: run a command and end")        \
	SPECIAL("exit", exit, "[status]: end the shell")                     \
	SPECIAL("export", export,                                            \
	    "[-p] [name[=value] ...]: hand variables to commands")           \
	PLAIN("false", false, ": do nothing, unsuccessfully")                \
	PLAIN("fg", fg, "[%job]: wait for a job as if in the foreground")    \
	PLAIN("getopts", getopts,                                            \
	    "letters name [argument ...]: take the next option")             \
	PLAIN("help", help, "[name ...]: show this list")                    \
	PLAIN("history", history, "[-c]: show or clear what was typed")      \
	PLAIN("jobs", jobs, "[-lp] [%job ...]: show background commands")    \
	PLAIN("kill", kill,                                                  \
	    "[-s signal | -signal] %job | number ...: end jobs; -l: names")  \
	PLAIN("local", local,                                                \
	    "[name[=value] ...]: variables of this function call")           \
	PLAIN("printf", printf, "format [argument ...]: write formatted")    \
	PLAIN("pwd", pwd, "[-LP]: write the working directory")              \
	PLAIN("read", read,                                                  \
	    "[-r] [-p prompt] name ...: read a line into variables")         \
	SPECIAL(                                                             \
	    "readonly", readonly, "[-p] [name[=value] ...]: forbid changes") \
	SPECIAL("return", return, "[status]: leave a function or script")    \
	SPECIAL("set", set,                                                  \
	    "[-aefnuvxC] [-o option] [--] [argument ...]: options, $1...")   \
	SPECIAL("shift", shift, "[n]: drop the first n parameters")          \
	PLAIN("test", test, "expression: compare texts, numbers, files")     \
	SPECIAL("times", times, ": show processor time used")                \
	SPECIAL("trap", trap,                                                \
	    "[action] [signal ...]: run an action on EXIT or a signal")      \
	PLAIN("true", true, ": do nothing, successfully")                    \
	PLAIN("type", type, "name ...: say what a name would run")           \
	PLAIN("unalias", unalias, "[-a] name ...: remove aliases")           \
	SPECIAL("unset", unset, "[-fv] name ...: remove variables")          \
	PLAIN("wait", wait, "[%job | number ...]: wait for jobs")

#define BUILTIN_DECLARE(name, function, usage) \
	int builtin_##function(struct shell *, int, char **);
BUILTINS(BUILTIN_DECLARE, BUILTIN_DECLARE)
#undef BUILTIN_DECLARE
