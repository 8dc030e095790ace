/*
 * stat_server: shows what the kernel's tables hold, to those who may see it.
 * This file is the wire; tables.c reads.
 *
 * It sees RAM read-only and can change nothing: if it is deceived or dies,
 * nobody but its askers is worse off.
 */
#include <stdio.h>
#include <stdlib.h>

#include <gbsd/serve.h>
#include <gbsd/session.h>
#include <proto/memory.h>
#include <proto/stat.h>

#include "tables.h"
#include "window.h"

enum { SESSION_SIZE = 64 * 1024 };

struct server {
	cap_t memory; /* memory_server */
	uint32_t processors;
	struct ram ram;
	struct tables tables;
	struct sessions *sessions; /* in memory that outlives it */
};

static struct server server;
static struct sessions mortal; /* if there is none */

static enum error
do_session(struct server *s, struct exchange *x,
    const struct stat_session_req *q, struct stat_session_rep *r)
{
	struct session *session;
	enum error e = session_open(s->sessions, x->client, SESSION_SIZE,
	    RIGHT_READ, &session, &x->out[0]);

	(void)q;
	if (e != E_OK)
		return e;
	r->session = session->number;
	r->size = SESSION_SIZE;
	return E_OK;
}

static enum error
do_system(struct server *s, struct exchange *x, const struct stat_system_req *q,
    struct stat_system_rep *r)
{
	enum error e = tables_refresh(&s->tables);

	(void)x, (void)q;
	if (e != E_OK)
		return e;
	tables_system(&s->tables, r);
	r->uptime = gbsd_time();
	r->processors = s->processors;
	return E_OK;
}

static enum error
do_memory(struct server *s, struct exchange *x, const struct stat_memory_req *q,
    struct stat_memory_rep *r)
{
	enum error e = tables_refresh(&s->tables);
	struct mem_info_rep info;

	(void)x, (void)q;
	if (e != E_OK)
		return e;
	tables_memory(&s->tables, r);
	if (mem_info(s->memory, &(struct mem_info_req){}, &info, NULL) ==
	    E_OK) {
		r->free = info.free;
		r->free_known = 1;
	}
	return E_OK;
}

/* What all lists begin with: the memory to fill. */
static enum error
begin_list(struct server *s, const struct exchange *x,
    const struct stat_list_req *q, struct stat_list_rep *r, void **at)
{
	struct session *session =
	    session_find(s->sessions, x->client, q->session);

	if (session == NULL)
		return E_NOT_FOUND;
	*at = session->at;
	r->cursor = q->cursor;
	return tables_refresh(&s->tables);
}

#define LIST(name, element)                                                  \
	static enum error do_##name(struct server *s, struct exchange *x,    \
	    const struct stat_list_req *q, struct stat_list_rep *r)          \
	{                                                                    \
		const uint32_t most = SESSION_SIZE / sizeof(element);        \
		void *at;                                                    \
		enum error e = begin_list(s, x, q, r, &at);                  \
                                                                             \
		if (e == E_OK)                                               \
			r->count =                                           \
			    tables_##name(&s->tables, &r->cursor, at, most); \
		return e;                                                    \
	}

LIST(tasks, struct stat_task)
LIST(spaces, struct stat_space)
LIST(ports, struct stat_port)

static enum error
do_capabilities(struct server *s, struct exchange *x,
    const struct stat_list_req *q, struct stat_list_rep *r)
{
	const uint32_t most = SESSION_SIZE / sizeof(struct stat_capability);
	void *at;
	enum error e = begin_list(s, x, q, r, &at);

	if (e == E_OK)
		e = tables_capabilities(
		    &s->tables, q->space, &r->cursor, at, most, &r->count);
	return e;
}

static void
gone(void *state, uint32_t client, uint32_t rights)
{
	struct server *s = state;

	(void)rights;
	session_gone(s->sessions, client, SESSION_SIZE);
}

PROTO_TABLE(stat, STAT_OPS)

/* A word of the environment that init sets, in hexadecimal. */
static uint64_t
word(const char *name)
{
	const char *text = getenv(name);

	return text == NULL ? 0 : strtoull(text, NULL, 16);
}

static enum error
begin(struct server *s)
{
	const char *processors = getenv("PROCESSORS");
	enum error e = windows_init(&s->ram);

	s->processors = processors == NULL ? 1 : (uint32_t)atoi(processors);
	s->memory = gbsd_cap("memory_server");
	s->tables.ram = &s->ram;
	s->tables.direct_map = word("DIRECT_MAP");
	s->tables.space = word("INIT_SPACE");
	return e == E_OK ? tables_refresh(&s->tables) : e;
}

int
main(void)
{
	struct server *s = &server;
	struct serve loop = { .port = gbsd_cap("port"),
		.ops = stat_ops,
		.count = COUNT(stat_ops),
		.state = s,
		.gone = gone };
	enum error e;

	s->sessions = gbsd_start()->keep_size >= sizeof(mortal)
			  ? (struct sessions *)gbsd_start()->keep
			  : &mortal;
	sessions_resume(s->sessions);
	e = begin(s);
	if (e != E_OK) {
		fprintf(stderr, "no view of the kernel: %s\n", error_text(e));
		return 1;
	}
	serve(&loop);
	return 0;
}
