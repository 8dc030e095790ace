/*
 * gsh_fake: see gsh_fake.h.  The commands it has:
 *   prog [word ...]   writes its words
 *   status n          ends with status n
 *   killed n          is ended by signal n
 *   slow              ends at the second look, or when interrupted
 *   script            is no program (ENOEXEC)
 *   locked            cannot be run
 *   crowded           is one too many
 */
#include "gsh_fake.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gsh.h"
#include "port.h"

struct fake fake;

enum { COMMANDS = 256 };

static struct {
	bool used, killed, slow;
	int status;
	char output[4096];
	size_t output_at;
} commands[COMMANDS];

void
fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	memset(commands, 0, sizeof(commands));
	fake.input = "";
	fake.columns = 80;
}

int
fake_shell(const char *const *words)
{
	int count = 0;
	char *const environment[] = { "PATH=/bin", "HOME=/home/me", "OUT=side",
		NULL };

	while (words[count] != NULL)
		count++;
	return gsh(count, (char **)(size_t)words, environment);
}

int
fake_run(const char *script)
{
	const char *const words[] = { "gsh", "-c", script, "gsh", NULL };

	return fake_shell(words);
}

static void
append(char *to, size_t *length, const char *bytes, size_t n)
{
	if (n > FAKE_ROOM - 1 - *length)
		n = FAKE_ROOM - 1 - *length;
	memcpy(to + *length, bytes, n);
	*length += n;
	to[*length] = '\0';
}

int
port_find(const char *name, const char *search, char *out, size_t size)
{
	static const char *const names[] = { "prog", "status", "killed", "slow",
		"script", "locked", "crowded" };

	(void)search;
	if (strncmp(name, "/bin/", 5) == 0)
		name += 5;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0) {
			snprintf(out, size, "/bin/%s", name);
			return strcmp(name, "locked") == 0 ? EACCES : 0;
		}
	return ENOENT;
}

static void
record(const struct port_command *c)
{
	append(fake.spawned, &fake.spawned_length, c->path, strlen(c->path));
	for (size_t i = 0; c->arguments[i] != NULL; i++) {
		append(fake.spawned, &fake.spawned_length, " [", 2);
		append(fake.spawned, &fake.spawned_length, c->arguments[i],
		    strlen(c->arguments[i]));
		append(fake.spawned, &fake.spawned_length, "]", 1);
	}
	append(fake.spawned, &fake.spawned_length,
	    c->background ? " &\n" : "\n", c->background ? 3 : 1);

	size_t n = 0;
	fake.environment[0] = '\0';
	for (size_t i = 0; c->environment[i] != NULL; i++) {
		append(fake.environment, &n, c->environment[i],
		    strlen(c->environment[i]));
		append(fake.environment, &n, "\n", 1);
	}
}

int
port_spawn(const struct port_command *c, int *handle)
{
	int i = 0, number = 0;

	record(c);
	if (strcmp(c->path, "/bin/script") == 0)
		return ENOEXEC;
	if (strcmp(c->path, "/bin/crowded") == 0)
		return EAGAIN;
	while (i < COMMANDS && commands[i].used)
		i++;
	if (i == COMMANDS)
		return EAGAIN;
	memset(&commands[i], 0, sizeof(commands[i]));
	commands[i].used = true;
	if (c->arguments[1] != NULL)
		number = atoi(c->arguments[1]);
	if (strcmp(c->path, "/bin/prog") == 0) {
		size_t length = 0;

		for (size_t w = 1; c->arguments[w] != NULL; w++)
			length += (size_t)snprintf(commands[i].output + length,
			    sizeof(commands[i].output) - length, "%s\n",
			    c->arguments[w]);
		if (!c->capture)
			append(fake.out, &fake.out_length, commands[i].output,
			    length);
	} else if (strcmp(c->path, "/bin/status") == 0) {
		commands[i].status = number;
	} else if (strcmp(c->path, "/bin/killed") == 0) {
		commands[i].killed = true;
		commands[i].status = number;
	} else if (strcmp(c->path, "/bin/slow") == 0) {
		commands[i].slow = true;
	}
	*handle = 100 + i;
	return 0;
}

long
port_capture_read(int handle, char *out, size_t size)
{
	char *from = commands[handle - 100].output;
	size_t *at = &commands[handle - 100].output_at;
	size_t n = strlen(from + *at);

	/* In small pieces, as it may be. */
	n = n > 3 ? 3 : n;
	n = n > size ? size : n;
	memcpy(out, from + *at, n);
	*at += n;
	return (long)n;
}

enum port_state
port_wait(int handle, bool block, int *status)
{
	int i = handle - 100;

	if (i < 0 || i >= COMMANDS || !commands[i].used)
		return PORT_LOST;
	if (block && fake.interrupt_wait) {
		fake.interrupt_wait = false;
		return PORT_INTERRUPTED;
	}
	if (!block && commands[i].slow) {
		commands[i].slow = false;
		return PORT_RUNNING;
	}
	commands[i].used = false;
	*status = commands[i].status;
	return commands[i].killed ? PORT_KILLED : PORT_EXITED;
}

int
port_signal(int handle, int number)
{
	fake.signals++;
	commands[handle - 100].killed = true;
	commands[handle - 100].status = number;
	return 0;
}

const char *
port_shell_path(void)
{
	return fake.no_shell ? NULL : "/bin/gsh";
}

void
port_list_commands(
    const char *search, bool (*visit)(void *, const char *), void *context)
{
	(void)search;
	if (visit(context, "prog") && visit(context, "status"))
		visit(context, "prog");
}

int
port_read(int milliseconds)
{
	if (fake.input[fake.input_at] == '\0')
		return milliseconds >= 0 ? PORT_INPUT_TIMEOUT : PORT_INPUT_END;
	/* Byte 1 stands for a NUL, byte 2 for Ctrl-C outside of raw mode. */
	int c = (unsigned char)fake.input[fake.input_at++];
	return c == 1 ? 0 : c == 2 ? PORT_INPUT_INTERRUPTED : c;
}

int
port_write(int descriptor, const char *bytes, size_t count)
{
	if (descriptor == 1)
		append(fake.out, &fake.out_length, bytes, count);
	else
		append(fake.err, &fake.err_length, bytes, count);
	return 0;
}

bool
port_is_terminal(int descriptor)
{
	(void)descriptor;
	return fake.terminal;
}

void
port_raw(bool on)
{
	(void)on;
	fake.raw_changes++;
}

bool
port_terminal_size(int *columns, int *rows)
{
	*columns = fake.columns;
	*rows = 24;
	return true;
}

bool
port_interrupted(void)
{
	return fake.interrupt_after > 0 && --fake.interrupt_after == 0;
}

static bool
names(const char *file, const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return strncmp(file, path, n) == 0 &&
	       (file[n] == '\0' || strcmp(file + n, "/") == 0);
}

int
port_stat(const char *path, bool follow, struct port_stat *out)
{
	(void)follow;
	for (size_t i = 0; fake.files != NULL && fake.files[i]; i++) {
		const char *f = fake.files[i];

		if (!names(f, path))
			continue;
		bool directory = f[strlen(f) - 1] == '/';
		if (!directory && path[strlen(path) - 1] == '/')
			return ENOTDIR;
		memset(out, 0, sizeof(*out));
		out->type = directory ? PORT_DIRECTORY : PORT_FILE;
		return 0;
	}
	return ENOENT;
}

/* Files have no folders of their own: "d/x" is in "d/" and in ".". */
int
port_list_directory(
    const char *path, bool (*visit)(void *, const char *), void *context)
{
	size_t n = strcmp(path, ".") == 0 ? 0 : strlen(path);
	char name[256];

	for (size_t i = 0; fake.files != NULL && fake.files[i]; i++) {
		const char *f = fake.files[i];

		if (strncmp(f, path, n) != 0 && n > 0)
			continue;
		f += n;
		snprintf(name, sizeof(name), "%s", f);
		name[strcspn(name, "/")] = '\0';
		const char *rest = f + strlen(name);
		if (name[0] == '\0' || (rest[0] == '/' && rest[1] != '\0'))
			continue;
		if (!visit(context, name))
			break;
	}
	return 0;
}

int
port_load(const char *path, char **text, size_t *length)
{
	static const char script[] = "echo loaded $0 $1\nreturn 4\necho no\n";

	if (strcmp(path, "/script") != 0)
		return ENOENT;
	*text = strdup(script);
	*length = strlen(script);
	return 0;
}

int
port_directory(const char *path)
{
	return strcmp(path, "/nosuch") == 0 ? ENOENT : ENOSYS;
}

bool
port_current_directory(char *out, size_t size)
{
	(void)out;
	(void)size;
	return false;
}

void
port_times(struct port_times *out)
{
	*out = (struct port_times){ 61230, 5, 0, 0 };
}

int
port_process(void)
{
	return 42;
}

int
port_parent(void)
{
	return 41;
}
