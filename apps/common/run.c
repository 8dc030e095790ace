/* run: a child gets what this program has of console, archive and init. */
#include "run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <gbsd/archive.h>
#include <gbsd/calls.h>
#include <gbsd/memory.h>
#include <gbsd/spawn.h>
#include <proto/init.h>

enum { PATH = 128, STATUS_KILLED = 137 };

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
give_init(struct spawn *spawn, const char *name, uint32_t *number)
{
	struct init_process_req q = { .base = spawn->base,
		.size = spawn->image.size,
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
	*number = r.process;
	e = cap_faults(spawn->space, carried.in[1]);
	cap_close(carried.in[1]);
	if (e == E_OK)
		e = spawn_give(spawn, "init", carried.in[0]);
	if (e != E_OK)
		cap_close(carried.in[0]);
	return e;
}

/* Its exit status comes here, or the news that it has none. */
static enum error
wait_for(cap_t port, cap_t init, uint32_t number, uint64_t *status)
{
	struct init_fate_req q = { .process = number };
	struct init_fate_rep r = { 0 };
	enum received kind = 0;
	enum error e;

	do
		e = port_receive(port, 0, &kind);
	while (e == E_INTERRUPTED ||
	       (e == E_OK && kind != RECEIVED_REPLY && kind != RECEIVED_EVENT));
	if (e != E_OK)
		return e;
	*status = gbsd_area()->message.words[0];
	if (kind == RECEIVED_REPLY)
		return E_OK;
	if (init == 0 || init_fate(init, &q, &r, NULL) != E_OK || r.status == 0)
		r.status = STATUS_KILLED;
	*status = r.status;
	return E_OK;
}

enum error
run_program(const char *path, char *const *arguments, uint64_t *status)
{
	struct archive_file file;
	struct spawn spawn = { 0 };
	uint32_t number = 0;
	cap_t raw, port;
	enum error e = find_file(path, &file);

	if (e != E_OK || (e = memory_take(1, &raw)) != E_OK)
		return e;
	e = port_allocate(raw, &port);
	if (e == E_OK)
		e = spawn_begin(&spawn, &spawn_default_limits);
	if (e == E_OK)
		e = spawn_file(&spawn, &file);
	if (e == E_OK)
		e = give_init(&spawn, arguments[0], &number);
	if (e == E_OK)
		e = give_console(&spawn);
	if (e == E_OK)
		e = spawn_start(
		    &spawn, arguments[0], arguments, environ, port, 1);
	if (e == E_OK)
		e = wait_for(port, gbsd_cap("init"), number, status);
	spawn_end(&spawn);
	memory_give(raw); /* and the port with it */
	return e;
}
