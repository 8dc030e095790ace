/*
 * stat_server: shows what the kernel's tables hold, to those who may see it.
 * This file is the wire; tables.c reads.
 *
 * It has the kernel's slab pages mapped read-only and nothing else: if it is
 * deceived or dies, nobody but its askers is worse off.
 */
#include <stdlib.h>

#include <gbsd/serve.h>
#include <gbsd/session.h>
#include <proto/stat.h>

#include "tables.h"

enum { SESSION_SIZE = 64 * 1024 };

struct server {
	cap_t memory; /* the kernel's tables */
	void *view; /* of that many pages */
	uint32_t pages;
	uint32_t processors;
	struct tables tables;
	struct sessions *sessions; /* KEEP memory */
};

static struct server server;
static struct sessions mortal; /* if there is no KEEP memory */

/* Sees as much of the tables as there is by now. */
static enum error
refresh(struct server *s)
{
	uint64_t info;
	enum error e = cap_query(s->memory, &info);
	uint32_t pages = (uint32_t)CAP_INFO_PAGES(info);

	if (e != E_OK)
		return e;
	if (pages != s->pages) {
		void *view;

		e = vm_map(
		    s->memory, 0, (size_t)pages * PAGE_SIZE, VM_READ, 0, &view);
		if (e != E_OK)
			return e;
		if (s->pages != 0)
			e = vm_deallocate(
			    s->view, (size_t)s->pages * PAGE_SIZE);
		s->view = view;
		s->pages = pages;
	}
	return e == E_OK ? tables_refresh(&s->tables, s->view, pages) : e;
}

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
	enum error e = refresh(s);

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
	enum error e = refresh(s);

	(void)x, (void)q;
	if (e == E_OK)
		tables_memory(&s->tables, r);
	return e;
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
	return refresh(s);
}

#define LIST(name, element, call)                                         \
	static enum error do_##name(struct server *s, struct exchange *x, \
	    const struct stat_list_req *q, struct stat_list_rep *r)       \
	{                                                                 \
		const uint32_t most = SESSION_SIZE / sizeof(element);     \
		void *at;                                                 \
		enum error e = begin_list(s, x, q, r, &at);               \
                                                                          \
		if (e == E_OK)                                            \
			r->count = call;                                  \
		return e;                                                 \
	}

LIST(tasks, struct stat_task, tables_tasks(&s->tables, &r->cursor, at, most))
LIST(spaces, struct stat_space, tables_spaces(&s->tables, &r->cursor, at, most))
LIST(ports, struct stat_port, tables_ports(&s->tables, &r->cursor, at, most))
LIST(capabilities, struct stat_capability,
    tables_capabilities(&s->tables, q->space, &r->cursor, at, most))

static void
gone(void *state, uint32_t client, uint32_t rights)
{
	struct server *s = state;

	(void)rights;
	session_gone(s->sessions, client, SESSION_SIZE);
}

PROTO_TABLE(stat, STAT_OPS)

int
main(void)
{
	struct server *s = &server;
	struct serve loop = { .port = gbsd_cap("port"),
		.ops = stat_ops,
		.count = COUNT(stat_ops),
		.state = s,
		.gone = gone };

	const char *processors = getenv("PROCESSORS");

	s->processors = processors == NULL ? 1 : (uint32_t)atoi(processors);
	s->sessions = gbsd_start()->keep_size >= sizeof(mortal)
			  ? (struct sessions *)gbsd_start()->keep
			  : &mortal;
	sessions_resume(s->sessions, SESSION_SIZE);
	s->memory = gbsd_cap("tables");
	if (refresh(s) != E_OK)
		return 1;
	serve(&loop);
	return 0;
}
