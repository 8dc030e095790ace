/*
 * port: all that the shell wants from the system under it.
 *
 * The rest of gsh is C and <string.h>; a system is a file that defines these
 * functions.  port_host.c is POSIX, for tests and for trying the shell out.
 *
 * Functions that can fail return 0 or an errno value; ENOSYS says that the
 * system does not have such a thing (yet), and the shell then says so or
 * does without.  Texts passed in are the shell's, and the port keeps none.
 * One thread calls, and nothing here calls back except the visitors named.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Commands. */

enum { PORT_PATH_MOST = 4096 };

/* Finds the file behind a command's name and writes its path with a NUL to
 * out.  A name with a slash is itself the path; else the directories of
 * search (PATH, or NULL if unset) are tried in order, and then whatever the
 * system has built in.  ENOENT: nothing by that name; EACCES: there, but it
 * cannot be run; ENAMETOOLONG: does not fit. */
int port_find(const char *name, const char *search, char *out, size_t size);

struct port_command {
	const char *path; /* as port_find() gave it */
	char *const *arguments; /* with the name first, NULL last */
	char *const *environment; /* name=value, NULL last */
	bool background; /* Ctrl-C is not for it */
	bool capture; /* output to port_capture_read() */
};

/* Starts a command with the shell's own input and output, or with its output
 * held for port_capture_read(), and gives a handle for it: a number above 0
 * that the shell also shows as $!.  The handle lasts until port_wait() has
 * reported the end.  ENOEXEC: the file is no program; the shell takes it for
 * a script. */
int port_spawn(const struct port_command *, int *handle);

/* Output of a command that was started with capture: waits for some, writes
 * at most size bytes, returns how many; 0: it has closed its output; -1:
 * Ctrl-C came first. */
long port_capture_read(int handle, char *out, size_t size);

enum port_state {
	PORT_RUNNING, /* not over; only if block is false */
	PORT_EXITED, /* *status is 0 to 255 */
	PORT_KILLED, /* *status is the signal's number */
	PORT_INTERRUPTED, /* Ctrl-C came while waiting; the command goes on */
	PORT_LOST, /* no such handle, or the system lost it */
};

/* How a command is doing.  With block, waits for its end. */
enum port_state port_wait(int handle, bool block, int *status);

/* Sends a signal by its number in POSIX (2 is INT, 15 TERM).  The shell uses
 * INT to pass Ctrl-C on to the command in the foreground; a system whose
 * terminal does that by itself may do nothing for a foreground command. */
int port_signal(int handle, int number);

/* The path by which this shell can be started again, for lists in the
 * background: it is run as "gsh -c text".  NULL: it cannot be. */
const char *port_shell_path(void);

/* Tells of every command that a bare name can run, in any order, perhaps
 * twice, until visit says false.  For completion. */
void port_list_commands(const char *search,
    bool (*visit)(void *context, const char *name), void *context);

/* The terminal, or what stands in for it. */

enum {
	PORT_INPUT_END = -1,
	PORT_INPUT_TIMEOUT = -2,
	PORT_INPUT_INTERRUPTED = -3, /* Ctrl-C, outside of raw mode */
};

/* The next byte of standard input (0 to 255), or one of the above.  Waits at
 * most so many milliseconds; for ever if negative.  Must not take more bytes
 * than it returns from what commands will inherit. */
int port_read(int milliseconds);

/* Writes all of the bytes to standard output (1) or standard error (2). */
int port_write(int descriptor, const char *bytes, size_t count);

/* Is standard input (0), output (1) or error (2) a terminal? */
bool port_is_terminal(int descriptor);

/* Raw mode: each byte comes as it is typed, without echo, Ctrl-C as byte 3,
 * and output is not translated.  The shell is in raw mode only while it
 * reads a line.  A system without modes does nothing, but then passes bytes
 * raw, and echoes none. */
void port_raw(bool on);

/* The terminal's size now; false: not known. */
bool port_terminal_size(int *columns, int *rows);

/* Was Ctrl-C typed since the last call, outside of raw mode? */
bool port_interrupted(void);

/* Files. */

enum port_type {
	PORT_FILE,
	PORT_DIRECTORY,
	PORT_LINK,
	PORT_CHARACTER,
	PORT_BLOCK,
	PORT_PIPE,
	PORT_SOCKET,
};

struct port_stat {
	enum port_type type;
	unsigned mode; /* POSIX permission bits, with set-id and sticky */
	unsigned access; /* what this process may do: 4 read 2 write 1 run */
	uint64_t size; /* bytes */
	int64_t modified; /* nanoseconds since 1970 */
	uint64_t device, inode; /* equal for one file only */
};

/* What a path names; follow: the target if it is a symbolic link. */
int port_stat(const char *path, bool follow, struct port_stat *);

/* Tells of the names in a directory, in any order, with . and .. or without,
 * until visit says false. */
int port_list_directory(const char *path,
    bool (*visit)(void *context, const char *name), void *context);

/* The contents of a file, to give to free(). */
int port_load(const char *path, char **text, size_t *length);

/* Makes path what relative paths start from, also for commands started
 * later.  ENOSYS: the shell keeps PWD and that is all. */
int port_directory(const char *path);

/* Writes the path of that directory; false: the system does not know. */
bool port_current_directory(char *out, size_t size);

/* The rest. */

struct port_times {
	uint64_t user, system; /* the shell's, ms */
	uint64_t children_user, children_system; /* ended commands', ms */
};

void port_times(struct port_times *);

/* A number for this process ($$) and its parent ($PPID). */
int port_process(void);
int port_parent(void);
