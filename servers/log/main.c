/*
 * log_server: one log for all.  This file is the wire; log.c is the ring,
 * clients.c knows who writes.
 *
 * A flood stops nobody: each client has its own share of the port's queue,
 * and what does not fit there its sender counts and reports later.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gbsd/serve.h>
#include <gbsd/session.h>
#include <proto/init.h>
#include <proto/log.h>

#include "clients.h"
#include "log.h"

enum {
	SESSION_SIZE = 64 * 1024,
	READERS_EACH = 2, /* of a client, that may wait for an entry */
	READERS = READERS_EACH * SESSION_CLIENTS,
	LOOK_MOST = 2048, /* entries that one request looks at */
	RING_WITHOUT_KEEP = 64 * 1024,
	INIT = 1, /* the client that prints to the console by itself */
};

/* What lies in front of the ring. */
struct keep {
	struct log_head head;
	struct sessions sessions;
	struct clients clients;
};

struct reader {
	cap_t reply; /* 0: free */
	uint32_t client;
	struct log_read_tail_req request;
};

struct server {
	struct keep *keep;
	struct log log;
	struct texts texts;
	struct log_cursor cursors[SESSIONS]; /* where each session is */
	struct reader readers[READERS];
	uint64_t seen; /* readers were looked at with this log.next */
	cap_t console; /* for what a person should see at once, or 0 */
};

static struct server server;

/* --- who writes ---------------------------------------------------------*/

/* The client's record, or NULL.  Of a new one init is asked for the name,
 * without waiting: a server that waits for its clients' maker may hang. */
static struct client *
client_of(struct server *s, uint32_t number)
{
	struct client *c = clients_get(&s->keep->clients, number);
	struct message *m = &gbsd_area()->message;
	struct init_process_list_req q = { .from = number };
	cap_t init = gbsd_cap("init");

	if (c == NULL || c->asked || init == 0)
		return c;
	c->asked = true;
	m->words[0] = init_op_process_list;
	memcpy(&m->words[1], &q, sizeof(q));
	/* If init has no time for this the client has no name. */
	(void)!port_send(init, 8 + sizeof(q), 0, 0, gbsd_cap("port"), number);
	return c;
}

/* init's answer; its badge is the number that was asked for. */
static void
take_name(void *state, enum received kind, struct message *m)
{
	struct server *s = state;
	const struct init_process_list_rep *r =
	    (const struct init_process_list_rep *)&m->words[1];
	struct client *c;

	if (kind != RECEIVED_REPLY || m->words[0] != E_OK ||
	    m->length < 8 + sizeof(*r) || r->process != m->badge)
		return;
	c = clients_get(&s->keep->clients, r->process);
	if (c != NULL)
		memcpy(c->name, r->name, sizeof(c->name));
}

/* --- writing -----------------------------------------------------------*/

/* Warnings and errors also go to the machine's console. */
static void
echo(const struct server *s, uint32_t source, uint8_t level, const char *text,
    size_t length)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	char line[LOG_TEXT + 40];
	int n;

	if (s->console == 0 || level < LOG_WARN || source == INIT)
		return;
	n = snprintf(line, sizeof(line), "log: %u: %s: %.*s\n", source,
	    names[level], (int)length, text);
	if (sys_debug_print(s->console, STREAM_LOG, line, (size_t)n) != E_OK)
		return; /* nobody to tell */
}

static uint64_t
keep_entry(struct server *s, struct client *c, uint32_t source, uint8_t level,
    const char *text, size_t length)
{
	if (level < clients_level(&s->keep->clients, c)) {
		if (c != NULL)
			c->refused++;
		return 0;
	}
	if (c != NULL)
		c->kept++;
	echo(s, source, level, text, length);
	return log_append(&s->log, gbsd_time(), source, level, text, length);
}

static uint64_t
keep_text(struct server *s, struct text *t)
{
	t->used = false;
	return keep_entry(s, client_of(s, t->client), t->client, t->level,
	    t->bytes, t->length);
}

/* What a client could not send is worth an entry of its own. */
static void
note_dropped(struct server *s, struct client *c, uint32_t client, uint32_t n)
{
	char line[64];
	int length =
	    snprintf(line, sizeof(line), "%u messages were dropped here", n);

	if (c != NULL)
		c->dropped += n;
	log_append(
	    &s->log, gbsd_time(), client, LOG_WARN, line, (size_t)length);
}

static enum error
do_write(struct server *s, struct exchange *x, const struct log_write_req *q,
    struct log_write_rep *r)
{
	struct client *c = client_of(s, x->client);
	struct text *under_way = texts_find(&s->texts, x->client);
	struct text ended = { 0 };

	if (q->level >= LOG_LEVEL_COUNT || q->length > LOG_PIECE)
		return E_INVALID;
	if (q->dropped != 0)
		note_dropped(s, c, x->client, q->dropped);
	if (under_way == NULL && !(q->flags & LOG_MORE)) {
		r->sequence =
		    keep_entry(s, c, x->client, q->level, q->text, q->length);
		return E_OK;
	}
	under_way = texts_add(
	    &s->texts, x->client, q->level, q->text, q->length, &ended);
	if (ended.used)
		keep_text(s, &ended);
	if (!(q->flags & LOG_MORE))
		r->sequence = keep_text(s, under_way);
	return E_OK;
}

static enum error
do_flush(struct server *s, struct exchange *x, const struct log_flush_req *q,
    struct log_flush_rep *r)
{
	(void)x, (void)q;
	r->next = s->log.next;
	return E_OK;
}

/* --- levels and counts ---------------------------------------------------*/

static enum error
do_set_level(struct server *s, struct exchange *x,
    const struct log_set_level_req *q, struct log_set_level_rep *r)
{
	uint32_t right = q->client == LOG_SELF ? LOG_WRITE : LOG_CONTROL;

	(void)r;
	if (!(x->rights & right))
		return E_NO_RIGHTS;
	if (q->level >= LOG_LEVEL_COUNT)
		return E_INVALID;
	if (q->client != LOG_ALL)
		return clients_set_level(&s->keep->clients,
		    q->client == LOG_SELF ? x->client : q->client,
		    (uint8_t)q->level);
	s->keep->clients.level = (uint8_t)q->level;
	return E_OK;
}

static enum error
do_query(struct server *s, struct exchange *x, const struct log_query_req *q,
    struct log_query_rep *r)
{
	const struct client *c = clients_from(&s->keep->clients, q->client);

	(void)x;
	if (c == NULL)
		return E_NOT_FOUND;
	r->client = c->number;
	r->level = clients_level(&s->keep->clients, c);
	r->kept = c->kept;
	r->refused = c->refused;
	r->dropped = c->dropped;
	memcpy(r->name, c->name, sizeof(r->name));
	return E_OK;
}

/* --- reading -------------------------------------------------------------*/

static enum error
do_session(struct server *s, struct exchange *x,
    const struct log_session_req *q, struct log_session_rep *r)
{
	struct session *session;
	enum error e = session_open(&s->keep->sessions, x->client, SESSION_SIZE,
	    RIGHT_READ, &session, &x->out[0]);

	(void)q;
	if (e != E_OK)
		return e;
	r->session = session->number;
	r->size = SESSION_SIZE;
	return E_OK;
}

/* The first entry that the request asks for. */
static uint64_t
first_of(const struct server *s, const struct log_read_tail_req *q)
{
	uint64_t oldest = log_oldest(&s->log), next = s->log.next;

	if (q->sequence != 0)
		return q->sequence < next ? q->sequence : next;
	return next - oldest > q->count ? next - q->count : oldest;
}

/* One look.  E_WOULD_BLOCK: nothing there for one who wants to wait. */
static enum error
look(struct server *s, uint32_t client, struct log_read_tail_req *q,
    struct log_read_tail_rep *r)
{
	struct session *session =
	    session_find(&s->keep->sessions, client, q->session);
	const struct log_filter filter = { .source = q->source,
		.level = q->level };
	struct log_cursor *cursor;
	uint64_t first = first_of(s, q), oldest = log_oldest(&s->log);

	if (session == NULL)
		return E_NOT_FOUND;
	cursor = &s->cursors[session - s->keep->sessions.all];
	if (cursor->sequence != first)
		*cursor = (struct log_cursor){ .sequence = first };
	r->lost = first < oldest ? oldest - first : 0;
	r->size = (uint32_t)log_read(
	    &s->log, cursor, &filter, session->at, SESSION_SIZE, LOOK_MOST);
	r->next = cursor->sequence;
	r->end = s->log.next;
	q->sequence = cursor->sequence; /* where to look next time */
	return r->size == 0 && r->next == r->end && q->follow ? E_WOULD_BLOCK
							      : E_OK;
}

/* A free place for a client that has not all it may, or NULL.  Those of
 * readers that gave up are free. */
static struct reader *
place_for(struct server *s, uint32_t client)
{
	struct reader *free = NULL;
	unsigned count = 0;

	for (unsigned i = 0; i < READERS; i++) {
		struct reader *r = &s->readers[i];
		uint64_t info;

		if (r->reply != 0 && r->client == client &&
		    cap_query(r->reply, &info) != E_OK)
			r->reply = 0;
		if (r->reply == 0)
			free = r;
		else
			count += r->client == client;
	}
	return count < READERS_EACH ? free : NULL;
}

/* Puts the request aside until there is an entry for it. */
static enum error
wait_for_entry(
    struct server *s, struct exchange *x, const struct log_read_tail_req *q)
{
	struct reader *r = place_for(s, x->client);

	if (r == NULL)
		return E_LIMIT;
	r->client = x->client;
	r->request = *q;
	r->reply = exchange_keep(x);
	return E_OK;
}

static enum error
do_read_tail(struct server *s, struct exchange *x,
    const struct log_read_tail_req *q, struct log_read_tail_rep *r)
{
	struct log_read_tail_req request = *q;
	enum error e = look(s, x->client, &request, r);

	if (e == E_WOULD_BLOCK && x->reply != 0)
		e = wait_for_entry(s, x, &request);
	return e;
}

/* Answers the readers for whom there is something now. */
static void
turn(void *state)
{
	struct server *s = state;

	if (s->seen == s->log.next)
		return;
	s->seen = s->log.next;
	for (unsigned i = 0; i < READERS; i++) {
		struct reader *reader = &s->readers[i];
		struct log_read_tail_rep rep = { 0 };
		enum error e;

		if (reader->reply == 0)
			continue;
		e = look(s, reader->client, &reader->request, &rep);
		if (e == E_WOULD_BLOCK)
			continue;
		ANSWER(log, read_tail, reader->reply, e, &rep, NULL);
		reader->reply = 0;
	}
}

static void
gone(void *state, uint32_t client, uint32_t rights)
{
	struct server *s = state;
	struct text *t = texts_find(&s->texts, client);

	(void)rights;
	if (t != NULL)
		keep_text(s, t);
	for (unsigned i = 0; i < READERS; i++) {
		if (s->readers[i].reply == 0 || s->readers[i].client != client)
			continue;
		cap_close(s->readers[i].reply);
		s->readers[i].reply = 0;
	}
	session_gone(&s->keep->sessions, client, SESSION_SIZE);
	clients_gone(&s->keep->clients, client);
}

PROTO_TABLE(log, LOG_OPS)

static void
say(struct server *s, enum log_level level, const char *text)
{
	log_append(&s->log, gbsd_time(), 0, level, text, strlen(text));
}

/* KEEP memory, or for want of it a ring that dies with the server. */
static struct keep *
memory_of(size_t *size)
{
	const struct start *start = gbsd_start();

	*size = start->keep_size;
	if (start->keep_size > sizeof(struct keep) + RING_WITHOUT_KEEP)
		return (struct keep *)start->keep;
	*size = sizeof(struct keep) + RING_WITHOUT_KEEP;
	return calloc(1, *size);
}

int
main(void)
{
	struct server *s = &server;
	struct serve loop = { .port = gbsd_cap("port"),
		.ops = log_ops,
		.count = COUNT(log_ops),
		.state = s,
		.gone = gone,
		.event = take_name,
		.turn = turn };
	size_t size;

	s->keep = memory_of(&size);
	if (s->keep == NULL)
		return 1;
	s->console = gbsd_cap("log"); /* the machine's stream of that name */
	bool whole = log_open(&s->log, &s->keep->head, s->keep + 1,
	    (size - sizeof(*s->keep)) & ~7ull);
	if (s->log.next == 1)
		say(s, LOG_INFO, "the log begins");
	else
		say(s, whole ? LOG_INFO : LOG_ERROR,
		    whole ? "log_server is back, nothing is lost"
			  : "log_server is back, the end was damaged");
	sessions_resume(&s->keep->sessions);
	serve(&loop);
	return 0;
}
