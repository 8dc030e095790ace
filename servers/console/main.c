/*
 * main: console_server's wire.
 *
 * What a new life needs lies in KEEP memory: the interrupt, which can be bound
 * only once, the mode and who is told of Ctrl-C.  A line half typed dies with
 * the life, readers ask again.
 *
 * The machine is not asked for input before somebody reads, sets the mode or
 * wants Ctrl-C: until then a hosted terminal is left alone.  Without a
 * terminal no more is taken from the machine than readers ask for.
 */
#include <stdlib.h>
#include <string.h>

#include <gbsd/serve.h>
#include <proto/console.h>

#include "console.h"

enum {
	READERS_EACH = 4, /* of a client */
	READERS = READERS_EACH * 80, /* init gives it no more clients */
	BIT_INPUT = 1,
};

struct reader {
	cap_t reply;
	uint32_t client, size;
};

/* Of all lives; each word is valid at any moment. */
struct kept {
	cap_t interrupt; /* 0: not bound yet */
	cap_t foreground; /* 0: nobody */
	uint32_t mode_client; /* who set the mode, 0: nobody */
	bool raw, listening;
};

struct server {
	struct console console;
	struct kept *kept;
	struct reader readers[READERS]; /* the first came first */
	unsigned reader_count;
	uint32_t columns, rows;
	cap_t machine;
	uint8_t end; /* the byte that ends input that is no terminal's, or 0 */
	bool empty; /* the machine had no byte when asked last */
};

static void
echo(void *context, const char *bytes, size_t count)
{
	struct server *s = context;

	/* Without the right there is no echo, and no one to tell. */
	(void)!sys_debug_print(s->machine, STREAM_OUTPUT, bytes, count);
}

/* Answers the first reader; with E_OK what is there for it. */
static void
answer_first(struct server *s, enum error e)
{
	struct reader r = s->readers[0];
	struct console_read_rep rep = { 0 };

	s->reader_count--;
	memmove(s->readers, s->readers + 1,
	    s->reader_count * sizeof(s->readers[0]));
	rep.count = (uint32_t)console_peek(&s->console, rep.bytes, r.size);
	/* Input is not lost on a reader that gave up. */
	if (ANSWER(console, read, r.reply, e, &rep, NULL) && e == E_OK)
		console_taken(&s->console, rep.count);
}

/* In this order a life that ends in between leaks one, and names none that
 * is closed. */
static void
set_foreground(struct server *s, cap_t cap)
{
	cap_t before = s->kept->foreground;

	s->kept->foreground = cap;
	if (before != 0)
		cap_close(before);
}

static void
set_raw(struct server *s, bool raw)
{
	s->kept->raw = raw;
	console_set_raw(&s->console, raw);
}

static void
interrupt(struct server *s)
{
	while (s->reader_count > 0)
		answer_first(s, E_INTERRUPTED);
	if (s->kept->foreground != 0 &&
	    sys_signal(s->kept->foreground, SIGNAL_BITS, CONSOLE_INTERRUPT) !=
		E_OK)
		set_foreground(s, 0);
}

static void
feed_readers(struct server *s)
{
	while (s->reader_count > 0 && console_ready(&s->console))
		answer_first(s, E_OK);
}

/* Takes a byte from the machine, if there is room and someone wants it.
 * False if it took none; then s->empty says if there was any. */
static bool
take_input(struct server *s)
{
	struct console *c = &s->console;
	uint8_t byte = 0;
	enum error e;

	s->empty = false;
	if (c->ended || !console_room(c, sizeof(byte)) ||
	    (!c->terminal && s->reader_count == 0))
		return false;
	e = sys_debug_read(s->machine, &byte);
	s->empty = e == E_WOULD_BLOCK;
	if (s->empty)
		return false;
	if (e != E_OK || (!c->terminal && byte == s->end && s->end != 0))
		c->ended = true;
	else if (console_input(c, byte))
		interrupt(s);
	return true;
}

static void
turn(void *state)
{
	struct server *s = state;

	if (!s->kept->listening)
		return;
	do
		feed_readers(s);
	while (take_input(s));
	if (!s->empty)
		return;
	/* From now on it tells of the next byte; one may have come since. */
	if (sys_signal(s->kept->interrupt, SIGNAL_ACKNOWLEDGE, 0) == E_OK)
		while (take_input(s))
			feed_readers(s);
}

/* How many of the client's wait; those that gave up are forgotten. */
static unsigned
readers_of(struct server *s, uint32_t client)
{
	unsigned kept = 0, count = 0;

	for (unsigned i = 0; i < s->reader_count; i++) {
		uint64_t info;

		if (s->readers[i].client == client &&
		    cap_query(s->readers[i].reply, &info) != E_OK)
			continue;
		count += s->readers[i].client == client;
		s->readers[kept++] = s->readers[i];
	}
	s->reader_count = kept;
	return count;
}

static enum error
do_read(struct server *s, struct exchange *x, const struct console_read_req *q,
    struct console_read_rep *r)
{
	(void)r;
	if (q->size == 0)
		return E_INVALID;
	if (readers_of(s, x->client) == READERS_EACH ||
	    s->reader_count == READERS)
		return E_LIMIT;
	s->readers[s->reader_count++] = (struct reader){
		.reply = exchange_keep(x),
		.client = x->client,
		.size = q->size < CONSOLE_BYTES ? q->size : CONSOLE_BYTES,
	};
	s->kept->listening = true;
	return E_OK;
}

static enum error
do_set_mode(struct server *s, struct exchange *x,
    const struct console_set_mode_req *q, struct console_set_mode_rep *r)
{
	if (q->mode > CONSOLE_RAW)
		return E_INVALID;
	r->before = s->console.raw ? CONSOLE_RAW : CONSOLE_LINE;
	set_raw(s, q->mode == CONSOLE_RAW);
	s->kept->mode_client = x->client;
	s->kept->listening |= s->console.terminal;
	return E_OK;
}

static enum error
do_size(struct server *s, struct exchange *x, const struct console_size_req *q,
    struct console_size_rep *r)
{
	(void)x;
	(void)q;
	r->columns = s->columns;
	r->rows = s->rows;
	r->terminal = s->console.terminal;
	return E_OK;
}

static enum error
do_foreground(struct server *s, struct exchange *x,
    const struct console_foreground_req *q, struct console_foreground_rep *r)
{
	(void)q;
	(void)r;
	set_foreground(s, exchange_take(x, 0));
	s->kept->listening |= s->console.terminal && s->kept->foreground != 0;
	return E_OK;
}

PROTO_TABLE(console, CONSOLE_OPS)

/* The client died or let go: its reads are nobody's now. */
static void
gone(void *state, uint32_t client, uint32_t rights)
{
	struct server *s = state;
	unsigned kept = 0;

	(void)rights;
	for (unsigned i = 0; i < s->reader_count; i++) {
		if (s->readers[i].client == client)
			cap_close(s->readers[i].reply);
		else
			s->readers[kept++] = s->readers[i];
	}
	s->reader_count = kept;
	if (s->kept->mode_client == client) {
		set_raw(s, false);
		s->kept->mode_client = 0;
	}
}

/* A number from the environment, 0 if it has none. */
static uint32_t
number(const char *name)
{
	const char *text = getenv(name);

	return text == NULL ? 0 : (uint32_t)strtoul(text, NULL, 10);
}

/* Without KEEP memory there is one life. */
static struct kept *
kept(void)
{
	static struct kept own;

	return gbsd_start()->keep_size >= sizeof(own)
	    ? (struct kept *)gbsd_start()->keep
	    : &own;
}

int
main(void)
{
	static struct server s;
	cap_t port = gbsd_cap("port");

	s.kept = kept();
	s.machine = gbsd_cap("machine");
	s.console.terminal = getenv("TERM") != NULL;
	s.end = (uint8_t)number("CONSOLE_END");
	s.console.echo = echo;
	s.console.context = &s;
	s.columns = number("COLUMNS");
	s.rows = number("LINES");
	console_set_raw(&s.console, s.kept->raw);
	if (s.kept->interrupt == 0 &&
	    cap_bind(s.machine, number("CONSOLE_INTERRUPT"), port, BIT_INPUT,
		&s.kept->interrupt) != E_OK)
		return 1;
	turn(&s); /* what an earlier life did not come to */
	serve(&(struct serve){ .port = port,
	    .ops = console_ops,
	    .count = COUNT(console_ops),
	    .state = &s,
	    .gone = gone,
	    .turn = turn });
	return 0;
}
