/* init: all services together: what is due, and the end; see init.h. */
#include <string.h>

<<<<<<< HEAD
#include <gbsd/calls.h>
=======
#include <gbsd/serve.h>
#include <proto/log.h>
>>>>>>> refs/heads/systest

#include "init.h"
#include "log.h"
#include "process.h"
#include "timer.h"

enum {
	STATUS_TERMINATED = 128 + 15,
	STATUS_CRASH = 139, /* of the machine, if the main service faulted */
	STATUS_MASK = 0xFF,
};

struct service *
init_find(struct init *init, const char name[INIT_NAME])
{
	for (unsigned i = 0; i < init->config.count; i++)
		if (strncmp(init->config.services[i].name, name, INIT_NAME) ==
		    0)
			return &init->services[i];
	return NULL;
}

struct service *
init_of_process(struct init *init, uint32_t process)
{
	for (unsigned i = 0; i < init->config.count; i++)
		if (init->services[i].process == process)
			return &init->services[i];
	return NULL;
}

<<<<<<< HEAD
=======
enum error
service_capability(
    struct service *s, uint32_t client, uint32_t *rights, cap_t *cap)
{
	if (s->port == 0)
		return E_UNAVAILABLE;
	if (*rights == CONFIG_PUBLIC)
		*rights = s->config->public_rights;
	return cap_badge(s->port, RIGHT_SEND | RIGHT_DERIVE,
	    PROTO_BADGE(client, *rights), CLIENT_SHARE, cap);
}

/* --- states --------------------------------------------------------------*/

/* Answers who waits for what became of the service. */
static void
answer_waiter(struct service *s, enum error e)
{
	cap_t reply = s->waiter;

	s->waiter = 0;
	if (reply == 0)
		return;
	if (s->waiter_op == init_op_stop)
		ANSWER(init, stop, reply, e,
		    &(struct init_stop_rep){ .status = (uint32_t)s->status },
		    NULL);
	else
		ANSWER(init, start_service, reply, e,
		    &(struct init_start_service_rep){ .process = s->process },
		    NULL);
}

/* No life will follow in that space, and whoever waits at the port is told. */
static void
abandon(struct service *s)
{
	if (s->port != 0) {
		(void)!cap_destroy(s->port);
		cap_close(s->port);
		s->port = 0;
	}
	if (s->space != 0)
		cap_close(s->space);
	s->space = 0;
}

static void
settle(struct service *s, enum init_state state, enum error told)
{
	s->state = state;
	abandon(s);
	answer_waiter(s, told);
}

static void
give_up(struct service *s, const char *why)
{
	log_line("init: %s given up: %s", name_of(s), why);
	if (s->status == 0)
		s->status = 1;
	settle(s, INIT_FAILED, E_UNAVAILABLE);
}

/* The service did not start, or died. */
static void
failed(struct service *s)
{
	uint64_t now = gbsd_time();

	switch (restart_ended(&s->restart, s->config->restart,
	    s->config->limit, now, s->status, &s->due)) {
	case RESTART_DUE:
		s->state = INIT_BACKOFF;
		break;
	case RESTART_DONE:
		settle(s, INIT_DONE, E_OK);
		break;
	case RESTART_GIVE_UP:
		if (s->config->restart != RESTART_NEVER)
			log_line("init: %s died too often", name_of(s));
		settle(s, INIT_FAILED, E_UNAVAILABLE);
		break;
	}
}

static void
begin_life(struct init *init, struct service *s)
{
	bool again = s->state == INIT_BACKOFF;
	enum error e = launch(init, s);

	s->since = gbsd_time();
	s->serves = false;
	restart_began(&s->restart, s->since);
	if (e == E_NOT_FOUND) {
		give_up(s, "the archive has no such image");
		return;
	}
	if (e != E_OK) {
		log_line("init: %s not started: %s", name_of(s),
		    error_text(e));
		s->status = 1;
		failed(s);
		return;
	}
	log_line("init: %s %s", name_of(s), again ? "restarted" : "started");
	init->changed = true;
	s->state = INIT_STARTED;
	s->due = s->since + START_PATIENCE;
	if (s->config->main)
		service_ready(s);
}

void
service_ready(struct service *s)
{
	if (s->state != INIT_STARTED)
		return;
	s->state = INIT_READY;
	answer_waiter(s, E_OK);
}

/* A port is where requests go from now on, also those of init itself. */
static enum error
open_port(struct service *s)
{
	uint32_t rights = LOG_WRITE;
	enum error e = port_allocate(1, &s->port);
	cap_t cap;

	if (e == E_OK && strcmp(name_of(s), "log_server") == 0 &&
	    service_capability(s, INIT_SELF, &rights, &cap) == E_OK)
		log_server_is(cap);
	return e;
}

enum error
service_start(struct service *s)
{
	if (service_runs(s) || s->state == INIT_WAITING ||
	    s->state == INIT_BACKOFF)
		return E_STATE;
	if (s->config->broken)
		return E_UNAVAILABLE;
	if (s->port == 0) {
		enum error e = open_port(s);

		if (e != E_OK)
			return e;
	}
	s->restart = (struct restart){ 0 };
	s->restarts = 0;
	s->state = INIT_WAITING;
	return E_OK;
}

enum error
service_stop(struct service *s)
{
	enum error e;

	if (s->state == INIT_BACKOFF || s->state == INIT_WAITING) {
		settle(s, INIT_STOPPED, E_OK);
		return E_OK;
	}
	if (!service_runs(s) || s->state == INIT_STOPPING)
		return E_STATE;
	e = s->serves && s->port != 0
	    ? sys_signal(s->port, SIGNAL_BITS, SERVE_BIT_STOP)
	    : sys_signal(s->space, SIGNAL_KILL, STATUS_TERMINATED);
	if (e != E_OK)
		return e;
	s->state = INIT_STOPPING;
	s->due = gbsd_time() + STOP_PATIENCE;
	return E_OK;
}

void
service_died(struct init *init, struct service *s, uint64_t status)
{
	bool stopping = s->state == INIT_STOPPING;

	init->changed = true;
	s->status = status;
	log_line("init: %s ended, status %llu", name_of(s),
	    (unsigned long long)status);
	if (!stopping && !init->ending) {
		failed(s);
		return;
	}
	if (!s->again) {
		settle(s, INIT_STOPPED, E_OK);
		return;
	}
	/* The port stays, and so does whoever waits for the start. */
	s->again = false;
	cap_close(s->space);
	s->space = 0;
	s->state = INIT_STOPPED;
	if (service_start(s) != E_OK)
		settle(s, INIT_FAILED, E_UNAVAILABLE);
}

/* --- what is due -----------------------------------------------------------*/

>>>>>>> refs/heads/systest
enum { HOLD, GO, NEVER };

/* May it be started? */
static int
may_start(const struct init *init, const struct service *s)
{
	int result = GO;

	for (unsigned i = 0; i < init->config.count; i++) {
		const struct service *other = &init->services[i];
		bool ready = other->state == INIT_READY ||
		    other->state == INIT_DONE;
		bool never = other->state == INIT_FAILED ||
		    other->state == INIT_STOPPED;

		if ((s->config->need_mask >> i & 1) && never)
			return NEVER;
		if (((s->config->need_mask | s->config->after_mask) >> i &
			1) &&
		    !ready && !never)
			result = HOLD;
	}
	return result;
}

static void
do_due(struct init *init, struct service *s)
{
	bool late = gbsd_time() >= s->due;

	switch (s->state) {
	case INIT_WAITING:
		if (init->ending)
			service_settle(s, INIT_STOPPED, E_UNAVAILABLE);
		else if (may_start(init, s) == NEVER)
			service_give_up(s, "it needs a service that does not run");
		else if (may_start(init, s) == GO)
			service_begin(init, s);
		break;
	case INIT_BACKOFF:
		if (init->ending) {
			service_settle(s, INIT_STOPPED, E_UNAVAILABLE);
		} else if (late) {
			s->restarts++;
			service_begin(init, s);
		}
		break;
	case INIT_STARTED:
		if (late)
			service_ready(s);
		break;
	case INIT_STOPPING:
		/* It cannot be refused, and its death will be told. */
		if (late)
			(void)!sys_signal(
			    s->space, SIGNAL_KILL, STATUS_TERMINATED);
		break;
	default:
		break;
	}
}

/* Does a service run that waited for this one? */
static bool
is_waited_for(const struct init *init, const struct service *s)
{
	unsigned bit = (unsigned)(s - init->services);

	for (unsigned i = 0; i < init->config.count; i++) {
		const struct service *other = &init->services[i];
		uint32_t mask =
		    other->config->need_mask | other->config->after_mask;

		if (service_runs(other) && (mask >> bit & 1))
			return true;
	}
	return false;
}

/* The next step of a shutdown: those that nobody waits for. */
static void
do_end(struct init *init)
{
	bool running = false;
	bool stop[CONFIG_SERVICES];

	for (unsigned i = 0; i < init->config.count; i++) {
		struct service *s = &init->services[i];

		running |= service_runs(s);
		stop[i] = service_runs(s) && s->state != INIT_STOPPING &&
		    !is_waited_for(init, s);
	}
	for (unsigned i = 0; i < init->config.count; i++)
		if (stop[i] &&
		    service_stop(&init->services[i]) != E_OK)
			service_settle(&init->services[i], INIT_FAILED, E_STATE);
	if (running)
		return;
	log_line("init: all services ended");
	(void)!sys_signal(init->machine,
	    init->how == INIT_RESET ? SIGNAL_RESET : SIGNAL_POWER_OFF,
	    init->how == INIT_RESET ? 0 : init->status);
}

void
init_end(struct init *init, uint32_t how, uint32_t status)
{
	if (init->ending)
		return;
	init->ending = true;
	init->how = how;
	init->status = status;
}

static void
set_timer(struct init *init)
{
	uint64_t next = 0;

	for (unsigned i = 0; i < init->config.count; i++) {
		const struct service *s = &init->services[i];

		if ((s->state == INIT_BACKOFF || s->state == INIT_STARTED ||
			s->state == INIT_STOPPING) &&
		    (next == 0 || s->due < next))
			next = s->due;
	}
	/* Who owns the timer may be another one than when it was set. */
	if (next == init->alarm && !init->changed)
		return;
	init->changed = false;
	init->alarm = next;
	if (next != 0)
		timer_set(init, next);
}

/* The machine lives as long as its main service. */
static void
look_at_main(struct init *init)
{
	for (unsigned i = 0; i < init->config.count; i++) {
		const struct service *s = &init->services[i];

		if (s->config->main && s->state >= INIT_DONE)
			init_end(init, INIT_POWER_OFF,
			    s->status < STATUS_FAULT
				? (uint32_t)s->status & STATUS_MASK
				: STATUS_CRASH);
	}
}

void
init_turn(struct init *init)
{
	/* What one service does may be what another waits for. */
	for (unsigned round = 0; round < init->config.count; round++)
		for (unsigned i = 0; i < init->config.count; i++)
			do_due(init, &init->services[i]);
	look_at_main(init);
	if (init->ending)
		do_end(init);
	set_timer(init);
}

void
init_begin(struct init *init)
{
	for (unsigned i = 0; i < init->config.count; i++) {
		struct service *s = &init->services[i];
		struct process *process;

		s->config = &init->config.services[i];
		s->state = INIT_FAILED;
		s->status = 1;
		if (s->config->broken ||
		    process_open(INIT_SELF, s->config->name, UINT32_MAX,
			&process) != E_OK)
			continue;
		s->process = process->number;
		s->status = 0;
		s->state = INIT_STOPPED;
		init->main_seen |= s->config->main;
		if (service_start(s) != E_OK)
			s->state = INIT_FAILED;
	}
}
