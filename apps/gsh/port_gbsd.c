/*
 * port_gbsd: the shell's commands while they run; see port.h.
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
#include <proto/console.h>
#include <proto/init.h>
#include <proto/stream.h>

enum {
	SIGNAL_STOP_FIRST = 17, /* CHLD, CONT, STOP, TSTP, TTIN, TTOU */
	SIGNAL_STOP_LAST = 22,
	SIGNAL_QUIET = 128,
	SIGNAL_OF_KILL = 9,
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

void
gbsd_remember(struct command *c)
{
	c->next = commands;
	commands = c;
}

void
gbsd_end(struct command *c)
{
	spawn_end(&c->spawn);
	free(c);
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
	gbsd_end(c);
}

int
gbsd_errno(enum error e)
{
	switch (e) {
	case E_OK:
		return 0;
	case E_BAD_IMAGE:
		return ENOEXEC;
	case E_NO_MEMORY:
		return ENOMEM;
	case E_LIMIT:
		return EAGAIN;
	default:
		return EIO;
	}
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

/* Why it ended without a word. */
static uint64_t
fate(const struct command *c)
{
	struct init_fate_req q = { .process = (uint32_t)c->handle };
	struct init_fate_rep r;

	if (init_fate(gbsd()->init, &q, &r, NULL) == E_OK && r.status != 0)
		return r.status;
	return SIGNAL_QUIET +
	    (uint64_t)(c->signal != 0 ? c->signal : SIGNAL_OF_KILL);
}

static void
on_event(void *state, enum received kind, struct message *m)
{
	struct command *c = find((int)m->badge);

	(void)state;
	if (c == NULL || c->ended)
		return;
	c->ended = true;
	c->status = kind == RECEIVED_REPLY ? m->words[0] & 0xFF : fate(c);
	/* Now its memory is free again, and others hear that it is gone. */
	spawn_end(&c->spawn);
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

/* Did Ctrl-C come with what was taken from the port already?  More is not
 * taken here: it might be what the caller is about to wait for. */
static bool
interrupted(void)
{
	struct gbsd *g = gbsd();
	bool was = g->interrupted;

	g->interrupted = false;
	return was;
}

/* --- ending ----------------------------------------------------------------*/

/* What POSIX calls the end by that status, 0 for an exit. */
static int
signal_of(const struct command *c)
{
	enum { ILL = 4, TRAP = 5, BUS = 7, FPE = 8, SEGV = 11 };

	if (c->signal != 0 && c->status == SIGNAL_QUIET + (unsigned)c->signal)
		return c->signal;
	if (c->status < INIT_FAULTED)
		return 0;
	switch (c->status - INIT_FAULTED) {
	case FAULT_DIVIDE:
		return FPE;
	case FAULT_ILLEGAL:
		return ILL;
	case FAULT_BREAKPOINT:
		return TRAP;
	case FAULT_ALIGNMENT:
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
		if (interrupted())
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
	return gbsd_errno(sys_signal(c->spawn.space, SIGNAL_END, 0));
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
		} else if (interrupted()) {
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
