/* run: a child gets what this program has of console, archive and init. */
#include "run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <gbsd/archive.h>
#include <gbsd/calls.h>
#include <gbsd/spawn.h>
#include <proto/init.h>

enum { PATH = 128, SHARE = 4 };

extern char **environ;

static enum error
find_file(const char *path, struct archive_file *file)
{
	static struct archive archive;
	char name[PATH];
	enum error e = archive.base == NULL ? archive_open(&archive) : E_OK;

	if (e != E_OK)
		return e;
	while (*path == '/')
		path++;
	snprintf(name, sizeof(name), "%s%s",
	    strchr(path, '/') != NULL ? "" : "bin/", path);
	return archive_find(&archive, name, file);
}

/* Capabilities that a child uses as its parent does. */
static enum error
give_console(struct spawn *spawn)
{
	static const char *const names[] = { "print", "stdin", "stdout",
		"archive" };
	enum error e = E_OK;

	for (unsigned i = 0; e == E_OK && i < 4; i++) {
		cap_t cap = gbsd_cap(names[i]);

		if (cap != 0)
			e = spawn_copy(spawn, names[i], cap,
			    i == 3   ? RIGHT_READ | RIGHT_EXECUTE | RIGHT_DERIVE
			    : i == 0 ? RIGHT_PRINT | RIGHT_DERIVE
				     : RIGHT_SEND | RIGHT_DERIVE);
	}
	return e;
}

/* A process of its own, as far as init is concerned. */
static enum error
give_init(struct spawn *spawn, const char *name)
{
	struct init_process_req q = { .base = spawn->base,
		.size = spawn->image_size,
		.rights = INIT_RIGHTS };
	struct init_process_rep r;
	struct carried carried = { 0 };
	cap_t init = gbsd_cap("init");
	enum error e;

	if (init == 0)
		return E_OK;
	strncpy(q.name, name, sizeof(q.name));
	e = init_process(init, &q, &r, &carried);
	if (e != E_OK)
		return e;
	e = cap_fault_port(0, carried.in[1]);
	cap_close(carried.in[1]);
	if (e == E_OK)
		e = spawn_give(spawn, "init", carried.in[0]);
	if (e != E_OK)
		cap_close(carried.in[0]);
	return e;
}

/* Half of what this program has left at most: a child of a child is small. */
static enum error
give_quota(void)
{
	struct spawn_limits limits = spawn_default_limits;
	enum error e;

	do {
		limits.capabilities /= 2;
		limits.slots /= 2;
		limits.pages /= 2;
		limits.tasks /= 2;
		e = spawn_quota(&limits);
	} while (e == E_QUOTA && limits.tasks > 1);
	return e;
}

enum error
run_program(const char *path, char *const *arguments, uint64_t *status)
{
	struct archive_file file;
	struct spawn spawn;
	enum received kind;
	cap_t port, space;
	enum error e = find_file(path, &file);

	if (e != E_OK || (e = port_allocate(1, &port)) != E_OK)
		return e;
	e = spawn_begin(&spawn, 0);
	if (e == E_OK)
		e = give_quota();
	if (e == E_OK)
		e = spawn_file(&spawn, &file);
	if (e == E_OK)
		e = give_init(&spawn, arguments[0]);
	if (e == E_OK)
		e = give_console(&spawn);
	if (e == E_OK)
		e = cap_watch_death(0, port, 0);
	if (e == E_OK)
		e = spawn_start(
		    &spawn, arguments[0], arguments, environ, &space);
	else
		spawn_cancel(&spawn);
	while (e == E_OK) {
		e = port_receive(port, 0, &kind);
		if (e == E_OK && kind == RECEIVED_EVENT) {
			*status = gbsd_area()->message.words[1];
			cap_close(space);
			break;
		}
		if (e == E_INTERRUPTED)
			e = E_OK;
	}
	cap_close(port);
	return e;
}
