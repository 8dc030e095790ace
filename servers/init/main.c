/* main: init_server's wire. */
#include <string.h>

#include <gbsd/memory.h>
#include <gbsd/serve.h>

#include "init.h"
#include "log.h"
#include "process.h"
#include "timer.h"

enum { PORT_PAGES = 256, CHILD_SHARE = 4 };

/* --- requests --------------------------------------------------------------*/

/* The reply waits until the service is where it is to be. */
static void
wait_for(struct service *s, struct exchange *x, enum init_op operation)
{
	s->waiter = exchange_keep(x);
	s->waiter_op = operation;
}

static enum error
do_start_service(struct init *init, struct exchange *x,
    const struct init_start_service_req *q, struct init_start_service_rep *r)
{
	struct service *s = init_find(init, q->name);
	enum error e;

	(void)r;
	if (s == NULL)
		return E_NOT_FOUND;
	if (s->waiter != 0)
		return E_LIMIT;
	e = service_start(s);
	if (e == E_OK)
		wait_for(s, x, init_op_start_service);
	return e;
}

static enum error
do_stop(struct init *init, struct exchange *x, const struct init_stop_req *q,
    struct init_stop_rep *r)
{
	struct service *s = init_find(init, q->name);
	enum error e;

	if (s == NULL)
		return E_NOT_FOUND;
	if (s->waiter != 0)
		return E_LIMIT;
	e = service_stop(s);
	r->status = (uint32_t)s->status;
	if (e == E_OK && s->state == INIT_STOPPING)
		wait_for(s, x, init_op_stop);
	return e;
}

static enum error
do_restart(struct init *init, struct exchange *x,
    const struct init_restart_req *q, struct init_restart_rep *r)
{
	struct service *s = init_find(init, q->name);
	enum error e;

	(void)r;
	if (s == NULL)
		return E_NOT_FOUND;
	if (s->waiter != 0)
		return E_LIMIT;
	if (service_runs(s)) {
		e = service_stop(s);
		s->again = e == E_OK;
	} else {
		e = service_start(s);
	}
	if (e == E_OK)
		wait_for(s, x, init_op_restart);
	return e;
}

static enum error
do_query(struct init *init, struct exchange *x, const struct init_query_req *q,
    struct init_query_rep *r)
{
	const struct service *s = init_find(init, q->name);

	(void)x;
	if (s == NULL)
		return E_NOT_FOUND;
	r->state = s->state;
	r->process = s->process;
	r->restarts = s->restarts;
	r->status = (uint32_t)s->status;
	r->since = s->since;
	return E_OK;
}

static enum error
do_list(struct init *init, struct exchange *x, const struct init_list_req *q,
    struct init_list_rep *r)
{
	const struct service *s;

	(void)x;
	if (q->index >= init->config.count)
		return E_NOT_FOUND;
	s = &init->services[q->index];
	memcpy(r->name, s->config->name, sizeof(r->name));
	r->state = s->state;
	r->process = s->process;
	r->restarts = s->restarts;
	r->status = (uint32_t)s->status;
	return E_OK;
}

static enum error
do_mount_filesystem(struct init *init, struct exchange *x,
    const struct init_mount_filesystem_req *q,
    struct init_mount_filesystem_rep *r)
{
	(void)init;
	(void)x;
	(void)q;
	(void)r;
	return E_UNAVAILABLE;
}

static enum error
do_shutdown(struct init *init, struct exchange *x,
    const struct init_shutdown_req *q, struct init_shutdown_rep *r)
{
	(void)x;
	(void)r;
	if (q->how > INIT_RESET || q->status > 0xFF)
		return E_INVALID;
	init_end(init, q->how, q->status);
	return E_OK;
}

static enum error
do_lookup(struct init *init, struct exchange *x,
    const struct init_lookup_req *q, struct init_lookup_rep *r)
{
	struct service *s = init_find(init, q->name);

	if (s == NULL)
		return E_NOT_FOUND;
	return lookup(init, s, x->client, &r->rights, &x->out[0]);
}

static enum error
do_ready(struct init *init, struct exchange *x, const struct init_ready_req *q,
    struct init_ready_rep *r)
{
	struct service *s = init_of_process(init, x->client);

	(void)q;
	(void)r;
	if (s == NULL)
		return E_NOT_FOUND;
	s->serves = true;
	service_ready(s);
	return E_OK;
}

static enum error
do_kill(struct init *init, struct exchange *x, const struct init_kill_req *q,
    struct init_kill_rep *r)
{
	struct service *s = init_find(init, q->name);

	(void)x;
	(void)r;
	if (s == NULL)
		return E_NOT_FOUND;
	if (!service_runs(s))
		return E_STATE;
	return service_kill(s, q->status);
}

static enum error
do_process(struct init *init, struct exchange *x,
    const struct init_process_req *q, struct init_process_rep *r)
{
	struct process *p;
	enum error e;

	e = process_open(x->client, q->name, 2, &p);
	if (e != E_OK)
		return e;
	p->base = q->base;
	p->size = q->size;
	r->process = p->number;
	e = cap_badge(init->port, RIGHT_SEND | RIGHT_DERIVE,
	    PROTO_BADGE(p->number, q->rights & x->rights), CHILD_SHARE,
	    &x->out[0]);
	if (e != E_OK) {
		process_badge_gone(p->number);
		process_badge_gone(p->number);
		return e;
	}
	e = cap_badge(init->port, RIGHT_SEND,
	    PROTO_BADGE(p->number, SERVE_FAULT), 0, &x->out[1]);
	if (e != E_OK) /* the first one's end will be told */
		process_badge_gone(p->number);
	return e;
}

static enum error
do_process_list(struct init *init, struct exchange *x,
    const struct init_process_list_req *q, struct init_process_list_rep *r)
{
	const struct process *p = process_next(q->from);

	(void)init;
	(void)x;
	if (p == NULL)
		return E_NOT_FOUND;
	memcpy(r->name, p->name, sizeof(r->name));
	r->process = p->number;
	r->parent = p->parent;
	return E_OK;
}

static enum error
do_self(struct init *init, struct exchange *x, const struct init_self_req *q,
    struct init_self_rep *r)
{
	const struct process *p = process_find(x->client);

	(void)init;
	(void)q;
	r->process = x->client;
	r->parent = p != NULL ? p->parent : 0;
	return E_OK;
}

static enum error
do_fate(struct init *init, struct exchange *x, const struct init_fate_req *q,
    struct init_fate_rep *r)
{
	const struct process *p = process_find(q->process);

	(void)init;
	if (p == NULL || p->parent != x->client)
		return E_NOT_FOUND;
	r->status = (uint32_t)p->fate;
	return E_OK;
}

PROTO_TABLE(init, INIT_OPS)

/* --- hooks -------------------------------------------------------------*/

static const char *
fault_text(uint64_t kind)
{
	static const char *const text[] = {
		[FAULT_READ] = "read of",
		[FAULT_WRITE] = "write to",
		[FAULT_FETCH] = "jump to",
		[FAULT_DIVIDE] = "division by zero,",
		[FAULT_ILLEGAL] = "illegal instruction,",
		[FAULT_BREAKPOINT] = "breakpoint,",
		[FAULT_ALIGNMENT] = "unaligned access to",
	};

	return kind < COUNT(text) && text[kind] != NULL ? text[kind]
							: "fault at";
}

/* One line; then the task dies, for the reply is dropped. */
static void
fault(void *state, struct exchange *x, const struct fault *f)
{
	struct process *p = process_find(x->client);
	char task[sizeof(f->name) + 1] = { 0 };

	(void)state;
	memcpy(task, f->name, sizeof(f->name));
	if (p != NULL)
		p->fate = INIT_FAULTED + f->kind;
	if (p != NULL && f->pc - p->base < p->size)
		log_alert("fault: %s %u, task %s: %s %#llx at image + %#llx",
		    p->name, p->number, task, fault_text(f->kind),
		    (unsigned long long)f->address,
		    (unsigned long long)(f->pc - p->base));
	else
		log_alert("fault: %s %u, task %s: %s %#llx at pc %#llx",
		    p != NULL ? p->name : "?", x->client, task,
		    fault_text(f->kind), (unsigned long long)f->address,
		    (unsigned long long)f->pc);
}

static void
gone(void *state, uint32_t client, uint32_t rights)
{
	const struct process *p = process_find(client);

	(void)rights;
	/* First: if init dies over it, it hears of it again. */
	if (p != NULL && p->badges == 1)
		lookup_end(state, client);
	process_badge_gone(client);
}

static void
event(void *state, enum received kind, struct message *m)
{
	struct init *init = state;
	struct service *s = launch_of_badge(init, m->badge);
	const struct process *p;

	/* A life that was given up may be told of late. */
	if (s == NULL || !service_runs(s))
		return;
	p = process_find(s->process);
	s->status = kind == RECEIVED_REPLY	? m->words[0]
		    : p != NULL && p->fate != 0 ? p->fate
						: s->ending;
	s->died = true;
	service_died(init, s);
}

static void
turn(void *state)
{
	init_turn(state);
}

static void
bits(void *state, uint64_t bits)
{
	struct init *init = state;

	if (bits & BIT_TICK)
		timer_missed(init);
	/* A time that was set: the turn looks what is due. */
	if (bits & ~BIT_TICK)
		init->alarm = 0;
}

/* --- beginning -------------------------------------------------------------*/

/* A first life, or one that nothing is left for. */
static void
begin(struct init *init)
{
	struct process *self;
	enum error e = memory_take(PORT_PAGES, &init->port_memory);

	log_line("GBSD: %llu pages of memory, %llu processors",
	    (unsigned long long)gbsd_start()->boot->total_pages,
	    (unsigned long long)gbsd_start()->boot->processors);
	log_line("init: started");
	if (e == E_OK)
		e = port_allocate(init->port_memory, &init->port);
	if (e == E_OK)
		e = process_open(0, "init", UINT32_MAX, &self);
	if (e == E_OK)
		e = boot_read(init);
	if (e == E_OK)
		init_begin(init);
	else
		log_line("init: " BOOT_SERVICES ": %s", error_text(e));
	if (!init->main_seen) {
		log_line("init: there is no main service");
		init_end(init, INIT_POWER_OFF, 1);
	}
	init_keep(init);
}

static void
go_on(struct init *init)
{
	unsigned same = 0;

	for (unsigned i = 0; i < init->config.count; i++)
		same += service_resume(&init->services[i]);
	/* Whose end was being looked at when init died. */
	for (unsigned i = 0; i < init->config.count; i++)
		if (init->services[i].died && service_runs(&init->services[i]))
			service_died(init, &init->services[i]);
	init->changed = true;
	log_alert("init: died and is back; %u of %u services are as they were",
	    same, init->config.count);
}

int
main(void)
{
	struct init *init = init_resume();

	log_open(init->machine);
	process_begin(&init->processes);
	boot_environment(init);
	if (init->magic == 0)
		begin(init);
	else
		go_on(init);
	init_turn(init);
	serve(&(struct serve){ .port = init->port,
	    .ops = init_ops,
	    .count = COUNT(init_ops),
	    .state = init,
	    .bits = bits,
	    .gone = gone,
	    .fault = fault,
	    .event = event,
	    .turn = turn });
	return 1;
}
