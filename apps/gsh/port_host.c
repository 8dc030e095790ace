/*
 * port_host: the shell on a POSIX system; see port.h.
 *
 * Not how gsh is meant to live: it is here so that the shell can be tested
 * and tried without the rest of GBSD.
 */
#define _GNU_SOURCE
#include "port.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { CAPTURES = 64 }; /* captured commands at a time */

static struct {
	int handle;
	int descriptor;
} captures[CAPTURES];

static volatile sig_atomic_t interrupted;
static struct termios normal;
static bool raw;

static void
on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

/* The handler is set on first use, and never where only a script runs that
 * asks for nothing: then Ctrl-C ends the shell as it ends any program. */
static void
watch_interrupts(void)
{
	static bool watching;
	struct sigaction action = { .sa_handler = on_interrupt };
	struct sigaction before;

	if (watching)
		return;
	watching = true;
	sigaction(SIGINT, NULL, &before);
	if (before.sa_handler != SIG_IGN)
		sigaction(SIGINT, &action, NULL);
}

static int
runnable(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno == ENOTDIR ? ENOENT : errno;
	if (!S_ISREG(st.st_mode) || access(path, X_OK) != 0)
		return EACCES;
	return 0;
}

static bool
join(char *out, size_t size, const char *dir, size_t n, const char *name)
{
	size_t length = strlen(name);

	if (n == 0) {
		dir = ".";
		n = 1;
	}
	if (n + 1 + length + 1 > size)
		return false;
	memcpy(out, dir, n);
	out[n] = '/';
	memcpy(out + n + 1, name, length + 1);
	return true;
}

int
port_find(const char *name, const char *search, char *out, size_t size)
{
	int error = ENOENT;

	if (name[0] == '\0')
		return ENOENT;
	if (strchr(name, '/') != NULL) {
		if (strlen(name) >= size)
			return ENAMETOOLONG;
		strcpy(out, name);
		return runnable(out);
	}
	search = search != NULL ? search : "/usr/bin:/bin";
	for (;;) {
		size_t n = strcspn(search, ":");

		if (!join(out, size, search, n, name))
			return ENAMETOOLONG;
		int e = runnable(out);
		if (e == 0)
			return 0;
		error = e == EACCES ? EACCES : error;
		if (search[n] == '\0')
			return error;
		search += n + 1;
	}
}

static int
set_actions(const struct port_command *c, posix_spawn_file_actions_t *actions,
    const int *output)
{
	if (c->background && posix_spawn_file_actions_addopen(
				 actions, 0, "/dev/null", O_RDONLY, 0) != 0)
		return ENOMEM;
	if (c->capture &&
	    posix_spawn_file_actions_adddup2(actions, output[1], 1) != 0)
		return ENOMEM;
	return 0;
}

static int
set_attributes(const struct port_command *c, posix_spawnattr_t *attributes)
{
	short flags = POSIX_SPAWN_SETSIGDEF;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	posix_spawnattr_setsigdefault(attributes, &set);
	if (c->background) {
		flags |= POSIX_SPAWN_SETPGROUP;
		posix_spawnattr_setpgroup(attributes, 0);
	}
	return posix_spawnattr_setflags(attributes, flags);
}

static int
keep_capture(int handle, int descriptor)
{
	for (int i = 0; i < CAPTURES; i++)
		if (captures[i].handle == 0) {
			captures[i].handle = handle;
			captures[i].descriptor = descriptor;
			return 0;
		}
	return EMFILE;
}

int
port_spawn(const struct port_command *c, int *handle)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int output[2], error;
	pid_t pid;

	if (c->capture && pipe2(output, O_CLOEXEC) != 0)
		return errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	error = set_actions(c, &actions, output);
	if (error == 0)
		error = set_attributes(c, &attributes);
	if (error == 0)
		error = posix_spawn(&pid, c->path, &actions, &attributes,
		    c->arguments, c->environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (c->capture) {
		close(output[1]);
		if (error != 0 || keep_capture(pid, output[0]) != 0)
			close(output[0]);
	}
	if (error == 0)
		*handle = pid;
	return error;
}

long
port_capture_read(int handle, char *out, size_t size)
{
	for (int i = 0; i < CAPTURES; i++) {
		if (captures[i].handle != handle)
			continue;
		ssize_t n = read(captures[i].descriptor, out, size);

		if (n < 0 && errno == EINTR)
			return -1;
		if (n <= 0) {
			close(captures[i].descriptor);
			captures[i].handle = 0;
			return 0;
		}
		return n;
	}
	return 0;
}

enum port_state
port_wait(int handle, bool block, int *status)
{
	int how;

	watch_interrupts();
	for (;;) {
		pid_t pid = waitpid(handle, &how, block ? 0 : WNOHANG);

		if (pid == 0)
			return PORT_RUNNING;
		if (pid > 0)
			break;
		if (errno != EINTR)
			return PORT_LOST;
		if (port_interrupted())
			return PORT_INTERRUPTED;
	}
	if (WIFSIGNALED(how)) {
		*status = WTERMSIG(how);
		return PORT_KILLED;
	}
	*status = WEXITSTATUS(how);
	return PORT_EXITED;
}

int
port_signal(int handle, int number)
{
	/* The terminal tells its foreground processes of Ctrl-C itself. */
	if (number == SIGINT && isatty(0))
		return 0;
	return kill(handle, number) == 0 ? 0 : errno;
}

const char *
port_shell_path(void)
{
	return "/proc/self/exe";
}

static void
list_directory_commands(
    const char *path, bool (*visit)(void *, const char *), void *context)
{
	DIR *d = opendir(path);
	struct dirent *entry;

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.' && !visit(context, entry->d_name))
			break;
	closedir(d);
}

void
port_list_commands(
    const char *search, bool (*visit)(void *, const char *), void *context)
{
	char path[PORT_PATH_MOST];

	search = search != NULL ? search : "/usr/bin:/bin";
	for (size_t n; *search != '\0'; search += n + (search[n] == ':')) {
		n = strcspn(search, ":");
		if (join(path, sizeof(path), search, n, ""))
			list_directory_commands(path, visit, context);
	}
}

int
port_read(int milliseconds)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };
	unsigned char byte;

	watch_interrupts();
	for (;;) {
		if (port_interrupted())
			return PORT_INPUT_INTERRUPTED;
		int ready = milliseconds < 0 ? 1 : poll(&p, 1, milliseconds);
		if (ready == 0)
			return PORT_INPUT_TIMEOUT;
		ssize_t n = ready < 0 ? -1 : read(0, &byte, 1);
		if (n == 1)
			return byte;
		if (n == 0 || errno != EINTR)
			return PORT_INPUT_END;
	}
}

int
port_write(int descriptor, const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t n = write(descriptor, bytes, count);

		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0) {
			bytes += n;
			count -= (size_t)n;
		}
	}
	return 0;
}

bool
port_is_terminal(int descriptor)
{
	return isatty(descriptor) == 1;
}

static void
restore(void)
{
	if (raw)
		tcsetattr(0, TCSADRAIN, &normal);
	raw = false;
}

void
port_raw(bool on)
{
	static bool registered;
	struct termios t;

	if (!on) {
		restore();
		return;
	}
	if (raw || tcgetattr(0, &normal) != 0)
		return;
	if (!registered)
		registered = atexit(restore) == 0;
	t = normal;
	t.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
	t.c_oflag &= ~(tcflag_t)OPOST;
	t.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	raw = tcsetattr(0, TCSADRAIN, &t) == 0;
}

bool
port_terminal_size(int *columns, int *rows)
{
	struct winsize size;

	if (ioctl(2, TIOCGWINSZ, &size) != 0)
		return false;
	*columns = size.ws_col;
	*rows = size.ws_row;
	return true;
}

bool
port_interrupted(void)
{
	bool was = interrupted != 0;

	watch_interrupts();
	interrupted = 0;
	return was;
}

void
port_times(struct port_times *out)
{
	struct tms t;
	long ticks = sysconf(_SC_CLK_TCK);

	times(&t);
	*out = (struct port_times){
		.user = (uint64_t)(t.tms_utime * 1000 / ticks),
		.system = (uint64_t)(t.tms_stime * 1000 / ticks),
		.children_user = (uint64_t)(t.tms_cutime * 1000 / ticks),
		.children_system = (uint64_t)(t.tms_cstime * 1000 / ticks),
	};
}

int
port_process(void)
{
	return getpid();
}

int
port_parent(void)
{
	return getppid();
}
