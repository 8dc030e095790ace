/*
 * port_gbsd_spawn: starts the shell's commands; see port.h.
 *
 * A command gets its number, init and a fault port from init, the console's
 * input unless it runs in the background, and what the shell has itself to
 * print with and to find programs in.
 */
#include "port_gbsd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gbsd/calls.h>
#include <gbsd/service.h>
#include <gbsd/spawn.h>
#include <proto/init.h>
#include <proto/memory.h>

enum {
	OUTPUT_SHARE = 2,
	ACCOUNTS_PART = 16, /* of those left, for a shell below a shell */
};

/* Gives cap, if its making went well, or closes it. */
static enum error
give(struct spawn *spawn, const char *name, enum error made, cap_t cap)
{
	enum error e = made == E_OK ? spawn_give(spawn, name, cap) : made;

	if (made == E_OK && e != E_OK)
		cap_close(cap);
	return e;
}

static enum error
copy_if_there(struct spawn *spawn, const char *name, uint32_t rights)
{
	cap_t cap = gbsd_cap(name);

	return cap != 0 ? spawn_copy(spawn, name, cap, rights) : E_OK;
}

/* An account at memory_server, so that what it takes is free when it ends.  Its
 * limit is the shell's, half of that below it, and so on. */
static enum error
give_memory(struct spawn *spawn)
{
	cap_t server = gbsd_cap("memory_server");
	struct mem_info_req info_request;
	struct mem_info_rep info;
	struct mem_open_req q = { .rights = MEM_TAKE | MEM_OPEN };
	struct mem_open_rep r;
	struct carried c = { 0 };
	enum error e;

	if (server == 0)
		return E_OK;
	e = mem_info(server, &info_request, &info, NULL);
	if (e != E_OK)
		return e;
	q.limit = info.limit / 2;
	q.accounts = (uint32_t)info.accounts / ACCOUNTS_PART;
	e = mem_open(server, &q, &r, &c);
	if (e == E_LIMIT || e == E_INVALID)
		return E_OK; /* it has what it begins with */
	return give(spawn, "memory_server", e, c.in[0]);
}

/* Input is the command's own: what waits for it ends with it.  Without a
 * console there is none. */
static enum error
give_input(struct spawn *spawn, cap_t init)
{
	cap_t console = 0;
	enum error e = service_find_by(init, "console_server", &console);

	if (e != E_OK)
		return e == E_LIMIT ? e : E_OK;
	return give(spawn, "stdin", E_OK, console);
}

/* A number for the command, with its own init and its fault port. */
static enum error
give_init(struct spawn *spawn, const struct port_command *p, uint32_t *number)
{
	struct init_process_req q = { .base = spawn->base,
		.size = spawn->image.size,
		.rights = INIT_RIGHTS };
	const char *slash = strrchr(p->path, '/');
	struct init_process_rep r;
	struct carried c = { 0 };
	enum error e;

	strncpy(q.name, slash != NULL ? slash + 1 : p->path, sizeof(q.name));
	e = init_process(gbsd()->init, &q, &r, &c);
	if (e != E_OK)
		return e;
	*number = r.process;
	e = cap_faults(spawn->space, c.in[1]);
	cap_close(c.in[1]);
	if (!p->background && e == E_OK)
		e = give_input(spawn, c.in[0]);
	if (e != E_OK) {
		cap_close(c.in[0]);
		return e;
	}
	return give(spawn, "init", E_OK, c.in[0]);
}

static enum error
give_output(struct spawn *spawn, const struct port_command *p, uint32_t number)
{
	cap_t cap = gbsd_cap("stdout");
	enum error e;

	if (p->capture)
		e = cap_badge(gbsd()->port, RIGHT_SEND | RIGHT_DERIVE,
		    PROTO_BADGE(number, STREAM_WRITE), OUTPUT_SHARE, &cap);
	else if (cap != 0)
		e = cap_derive(cap, RIGHT_SEND | RIGHT_DERIVE, &cap);
	else
		return E_OK;
	return give(spawn, "stdout", e, cap);
}

static enum error
stage(struct spawn *spawn, const struct port_command *p,
    const struct archive_file *file, uint32_t *number)
{
	enum error e = spawn_begin(spawn, &spawn_default_limits);

	if (e == E_OK)
		e = give_memory(spawn);
	if (e == E_OK)
		e = spawn_file(spawn, file);
	if (e == E_OK)
		e = give_init(spawn, p, number);
	if (e == E_OK)
		e = give_output(spawn, p, *number);
	if (e == E_OK)
		e = copy_if_there(spawn, "print", RIGHT_PRINT | RIGHT_DERIVE);
	if (e == E_OK)
		e = copy_if_there(
		    spawn, "archive", RIGHT_READ | RIGHT_EXECUTE | RIGHT_DERIVE);
	return e;
}

int
port_spawn(const struct port_command *p, int *handle)
{
	struct command *c = calloc(1, sizeof(*c));
	struct archive_file file;
	uint32_t number = 0;
	int error = gbsd_file(p->path, &file);
	enum error e;

	if (c == NULL || error != 0) {
		free(c);
		return error != 0 ? error : ENOMEM;
	}
	e = stage(&c->spawn, p, &file, &number);
	error = gbsd_errno(e);
	if (e == E_OK) {
		e = spawn_start(&c->spawn, p->arguments[0], p->arguments,
		    p->environment, gbsd()->port, number);
		error = e == E_LIMIT ? E2BIG : gbsd_errno(e);
	}
	if (e != E_OK) {
		gbsd_end(c);
		return error;
	}
	c->handle = *handle = (int)number;
	c->capture = p->capture;
	gbsd_remember(c);
	return 0;
}
