/*
 * port_gbsd: commands of the shell on GBSD; see port.h.
 *
 * A command is a space.  Its number is the process number that init gives,
 * and the badge of whatever the shell hears from it.  A finished command is
 * kept until the shell has asked for its end.
 */
#include "port_gbsd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gbsd/serve.h>
#include <gbsd/service.h>
#include <gbsd/spawn.h>
#include <proto/console.h>
#include <proto/init.h>
#include <proto/stream.h>

enum {
	PORT_SHARE = 1,
	OUTPUT_SHARE = 2,
	PARTS = 4,
	QUOTA_HALVINGS = 4, /* a shell below a shell has less to give */
	SIGNAL_KILL_NUMBER = 9,
	SIGNAL_STOP_FIRST = 17, /* CHLD, CONT, STOP, TSTP, TTIN, TTOU */
	SIGNAL_STOP_LAST = 22,
	SIGNAL_QUIET = 128,
};

/* A part of a command's output; who wrote it waits until it was read. */
struct part {
	cap_t writer; /* the reply */
	uint32_t count;
	uint8_t bytes[STREAM_BYTES];
};

struct command {
	struct command *next;
	int handle;
	cap_t space;
	bool ended, capture;
	uint64_t status;
	int signal; /* that we sent, or 0 */
	/* More than one: the command's own children write too. */
	struct part parts[PARTS];
	unsigned part_count;
};

static struct command *commands;

static struct command *
find(int handle)
{
	struct command *c = commands;

	while (c != NULL && c->handle != handle)
		c = c->next;
	return c;
}

static void
forget(struct command *c)
{
	struct command **at = &commands;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	for (unsigned i = 0; i < c->part_count; i++)
		cap_close(c->parts[i].writer);
	if (c->space != 0)
		cap_close(c->space);
	free(c);
}

/* --- what comes to the port ------------------------------------------------*/

static enum error
do_write(void *state, struct exchange *x, const struct stream_write_req *q,
    struct stream_write_rep *r)
{
	struct command *c = find((int)x->client);
	struct part *part;

	(void)state;
	(void)r;
	if (c == NULL || !c->capture)
		return E_UNAVAILABLE;
	if (q->count > STREAM_BYTES)
		return E_INVALID;
	if (c->part_count == PARTS)
		return E_LIMIT;
	part = &c->parts[c->part_count++];
	part->writer = exchange_keep(x);
	part->count = q->count;
	memcpy(part->bytes, q->bytes, q->count);
	return E_OK;
}

PROTO_TABLE(stream, STREAM_OPS)

static void
on_bits(void *state, uint64_t bits)
{
	struct gbsd *g = state;

	if (bits & CONSOLE_INTERRUPT)
		g->interrupted = true;
}

static void
on_event(void *state, enum received kind, struct message *m)
{
	struct command *c = find((int)m->badge);

	(void)state;
	if (kind != RECEIVED_EVENT || m->words[0] != EVENT_DEATH || c == NULL)
		return;
	c->ended = true;
	c->status = m->words[1];
	/* Now its memory is free again, and others hear that it is gone. */
	cap_close(c->space);
	c->space = 0;
}

void
gbsd_events(bool wait)
{
	struct gbsd *g = gbsd();
	struct serve s = { .port = g->port,
		.ops = stream_ops,
		.count = COUNT(stream_ops),
		.state = g,
		.bits = on_bits,
		.event = on_event,
		.no_wait = !wait };

	if (g->port == 0)
		return;
	do
		wait = serve_one(&s) == E_OK && s.no_wait;
	while (wait);
}

/* --- starting --------------------------------------------------------------*/

static int
errno_of(enum error e)
{
	switch (e) {
	case E_OK:
		return 0;
	case E_BAD_IMAGE:
		return ENOEXEC;
	case E_QUOTA:
	case E_NO_MEMORY:
		return ENOMEM;
	case E_LIMIT:
		return EAGAIN;
	default:
		return EIO;
	}
}

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

/* As much as programs usually get, or less of it if there is not so much. */
static enum error
hand_quota(void)
{
	struct spawn_limits limits = spawn_default_limits;
	enum error e = spawn_quota(&limits);

	for (int i = 0; e == E_QUOTA && i < QUOTA_HALVINGS; i++) {
		limits.capabilities /= 2;
		limits.slots /= 2;
		limits.pages /= 2;
		limits.tasks /= 2;
		e = spawn_quota(&limits);
	}
	return e;
}

/* A number for the command, with its own init and its fault port. */
static enum error
give_init(struct spawn *spawn, const struct port_command *p, uint32_t *number)
{
	struct init_process_req q = { .base = spawn->base,
		.size = spawn->image_size,
		.rights = INIT_RIGHTS };
	const char *slash = strrchr(p->path, '/');
	struct init_process_rep r;
	struct carried c = { 0 };
	cap_t console = 0;
	enum error e;

	strncpy(q.name, slash != NULL ? slash + 1 : p->path, sizeof(q.name));
	e = init_process(gbsd()->init, &q, &r, &c);
	if (e != E_OK)
		return e;
	*number = r.process;
	e = cap_fault_port(0, c.in[1]);
	cap_close(c.in[1]);
	/* Input is the command's own: what waits for it ends with it. */
	if (!p->background &&
	    service_find_by(c.in[0], "console_server", &console) == E_OK &&
	    e == E_OK)
		e = give(spawn, "stdin", E_OK, console);
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
		e = cap_derive(cap, RIGHT_SEND | RIGHT_DERIVE, 0, &cap);
	else
		return E_OK;
	return give(spawn, "stdout", e, cap);
}

static enum error
stage(struct spawn *spawn, const struct port_command *p,
    const struct archive_file *file, uint32_t *number)
{
	enum error e = spawn_begin(spawn, 0);

	if (e == E_OK)
		e = hand_quota();
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
	if (e == E_OK)
		e = cap_watch_death(0, gbsd()->port, *number);
	return e;
}

int
port_spawn(const struct port_command *p, int *handle)
{
	struct command *c = calloc(1, sizeof(*c));
	struct archive_file file;
	struct spawn spawn;
	uint32_t number;
	int error = gbsd_file(p->path, &file);
	enum error e;

	if (c == NULL || error != 0) {
		free(c);
		return error != 0 ? error : ENOMEM;
	}
	e = stage(&spawn, p, &file, &number);
	if (e == E_OK)
		e = spawn_start(&spawn, p->arguments[0], p->arguments,
		    p->environment, &c->space);
	if (e != E_OK) {
		spawn_cancel(&spawn);
		free(c);
		return errno_of(e);
	}
	c->handle = *handle = (int)number;
	c->capture = p->capture;
	c->next = commands;
	commands = c;
	return 0;
}

/* --- ending ----------------------------------------------------------------*/

/* What POSIX calls the end by that status, 0 for an exit. */
static int
signal_of(const struct command *c)
{
	enum { ILL = 4, TRAP = 5, BUS = 7, FPE = 8, SEGV = 11 };

	if (c->signal != 0 && c->status == SIGNAL_QUIET + (unsigned)c->signal)
		return c->signal;
	if (c->status < STATUS_FAULT)
		return 0;
	switch (c->status - STATUS_FAULT) {
	case FAULT_DIVIDE:
		return FPE;
	case FAULT_ILLEGAL:
		return ILL;
	case FAULT_BREAKPOINT:
		return TRAP;
	case FAULT_ALIGNMENT:
	case FAULT_PAGER:
		return BUS;
	default:
		return SEGV;
	}
}

enum port_state
port_wait(int handle, bool block, int *status)
{
	struct command *c;

	gbsd_events(false);
	while ((c = find(handle)) != NULL && !c->ended) {
		if (!block)
			return PORT_RUNNING;
		if (port_interrupted())
			return PORT_INTERRUPTED;
		gbsd_events(true);
	}
	if (c == NULL)
		return PORT_LOST;

	int signal = signal_of(c);

	*status = signal != 0 ? signal : (int)(c->status & 0xFF);
	forget(c);
	return signal != 0 ? PORT_KILLED : PORT_EXITED;
}

int
port_signal(int handle, int number)
{
	struct command *c = find(handle);

	if (c == NULL || c->ended)
		return ESRCH;
	if (number == 0)
		return 0;
	if (number >= SIGNAL_STOP_FIRST && number <= SIGNAL_STOP_LAST)
		return ENOSYS; /* nothing stops and goes on yet */
	c->signal = number;
	return errno_of(sys_signal(
	    c->space, SIGNAL_KILL, SIGNAL_QUIET + (uint64_t)number));
}

/* Up to size bytes of the first part; its writer goes on when it is empty. */
static size_t
take_output(struct command *c, char *out, size_t size)
{
	struct part *part = &c->parts[0];
	size_t n = part->count < size ? part->count : size;

	memcpy(out, part->bytes, n);
	memmove(part->bytes, part->bytes + n, part->count - n);
	part->count -= (uint32_t)n;
	if (part->count > 0)
		return n;
	ANSWER(stream, write, part->writer, E_OK,
	    &(struct stream_write_rep){}, NULL);
	c->part_count--;
	memmove(c->parts, c->parts + 1, c->part_count * sizeof(*part));
	return n;
}

long
port_capture_read(int handle, char *out, size_t size)
{
	struct command *c;
	size_t n = 0;

	gbsd_events(false);
	while ((c = find(handle)) != NULL && n == 0) {
		if (c->part_count > 0) {
			n = take_output(c, out, size);
		} else if (c->ended) {
			return 0;
		} else if (port_interrupted()) {
			return -1;
		} else {
			gbsd_events(true);
		}
	}
	return (long)n;
}

const char *
port_shell_path(void)
{
	return "/bin/gsh";
}

void
port_times(struct port_times *out)
{
	memset(out, 0, sizeof(*out)); /* nobody counts yet */
}

int
port_process(void)
{
	return gbsd()->process;
}

int
port_parent(void)
{
	return gbsd()->parent;
}
