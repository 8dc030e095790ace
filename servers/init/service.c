/* service: one service, from start to end; see init.h. */
#include <string.h>

#include <gbsd/memory.h>
#include <gbsd/serve.h>
#include <proto/log.h>

#include "accounts.h"
#include "init.h"
#include "log.h"

enum {
	CLIENT_SHARE = 4,
	CLIENT_MESSAGES = CLIENT_SHARE + 2, /* that its badge is made of */
	CLIENTS_DEFAULT = 32,
	MESSAGES_DEFAULT = 160, /* besides those of clients */
	STATUS_TERMINATED = 128 + 15,
};

#define LOG_SERVER "log_server"
#define SECOND (UINT64_C(1000) * 1000 * 1000)
#define START_PATIENCE (5 * SECOND) /* then it counts as ready */
#define STOP_PATIENCE (1 * SECOND) /* then it is killed */

static const char *
name_of(const struct service *s)
{
	return s->config->name;
}

bool
service_runs(const struct service *s)
{
	return s->state == INIT_STARTED || s->state == INIT_READY ||
	       s->state == INIT_STOPPING;
}

uint32_t
service_clients(const struct service *s)
{
	return s->config->clients != 0 ? s->config->clients : CLIENTS_DEFAULT;
}

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

/* Whoever waits at the port is told. */
static void
end_port(struct service *s)
{
	memory_give(s->port_memory); /* and with it the port, and who sends */
	s->port_memory = s->port = s->own = 0;
}

/* No life will follow in that space. */
void
service_abandon(struct service *s)
{
	launch_end(s);
	end_port(s);
}

enum error
service_kill(struct service *s, uint64_t status)
{
	s->ending = status;
	return sys_signal(s->spawn.space, SIGNAL_END, 0);
}

void
service_settle(struct service *s, enum init_state state, enum error told)
{
	s->state = state;
	service_abandon(s);
	answer_waiter(s, told);
}

void
service_give_up(struct service *s, const char *why)
{
	log_alert("init: %s given up: %s", name_of(s), why);
	if (s->status == 0)
		s->status = 1;
	service_settle(s, INIT_FAILED, E_UNAVAILABLE);
}

/* The service did not start, or died. */
static void
failed(struct service *s)
{
	uint64_t now = gbsd_time();

	switch (restart_ended(&s->restart, s->config->restart, s->config->limit,
	    now, s->status, &s->due)) {
	case RESTART_DUE:
		s->state = INIT_BACKOFF;
		break;
	case RESTART_DONE:
		service_settle(s, INIT_DONE, E_OK);
		break;
	case RESTART_GIVE_UP:
		if (s->config->restart != RESTART_NEVER)
			log_alert("init: %s died too often", name_of(s));
		service_settle(s, INIT_FAILED, E_UNAVAILABLE);
		break;
	}
}

static void
tell_why(const struct service *s, enum error e)
{
	struct memory_info info;

	memory_info(&info);
	if (e == E_NO_MEMORY)
		log_alert("init: %s not started: too little memory; %llu KiB"
			  " are free, %llu KiB of them in one piece",
		    name_of(s),
		    (unsigned long long)info.free * PAGE_SIZE / 1024,
		    (unsigned long long)info.largest * PAGE_SIZE / 1024);
	else
		log_alert(
		    "init: %s not started: %s", name_of(s), error_text(e));
}

void
service_begin(struct init *init, struct service *s)
{
	bool again = s->state == INIT_BACKOFF;
	enum error e = launch(init, s);

	s->since = gbsd_time();
	s->serves = false;
	restart_began(&s->restart, s->since);
	if (e == E_NOT_FOUND) {
		service_give_up(s, "the archive has no such image");
		return;
	}
	if (e != E_OK) {
		tell_why(s, e);
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

/* From its first readiness on the log gets what init has to say. */
static void
use_log(struct service *s)
{
	if (strcmp(s->config->name, LOG_SERVER) != 0 || s->own != 0)
		return;
	/* Room for all lines of a start at once. */
	if (cap_badge(s->port, RIGHT_SEND, PROTO_BADGE(INIT_SELF, LOG_WRITE),
		SHARE_MAX, &s->own) == E_OK)
		log_to(s->own);
	else
		s->own = 0;
}

void
service_ready(struct service *s)
{
	if (s->state != INIT_STARTED)
		return;
	s->state = INIT_READY;
	use_log(s);
	answer_waiter(s, E_OK);
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
		uint32_t messages =
		    CLIENT_MESSAGES * service_clients(s) +
		    (s->config->messages != 0 ? s->config->messages
					      : MESSAGES_DEFAULT);
		/* As many as PORT_MESSAGES() says. */
		size_t pages = (messages + 2) / 12 + 1;
		enum error e = memory_take(pages, &s->port_memory);

		if (e == E_OK)
			e = port_allocate(s->port_memory, &s->port);
		if (e != E_OK) {
			memory_give(s->port_memory);
			s->port_memory = 0;
			return e;
		}
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
		service_settle(s, INIT_STOPPED, E_OK);
		return E_OK;
	}
	if (!service_runs(s) || s->state == INIT_STOPPING)
		return E_STATE;
	e = s->serves && s->port != 0
		? sys_signal(s->port, SIGNAL_BITS, SERVE_BIT_STOP)
		: service_kill(s, STATUS_TERMINATED);
	if (e != E_OK)
		return e;
	s->state = INIT_STOPPING;
	s->due = gbsd_time() + STOP_PATIENCE;
	return E_OK;
}

void
service_died(struct init *init, struct service *s)
{
	bool stopping = s->state == INIT_STOPPING;

	s->died = false;
	init->changed = true;
	log_line("init: %s ended, status %llu", name_of(s),
	    (unsigned long long)s->status);
	if (!stopping && !init->ending) {
		failed(s);
		return;
	}
	if (init->ending) { /* soon all memory is nobody's */
		s->state = INIT_STOPPED;
		end_port(s);
		answer_waiter(s, E_OK);
		return;
	}
	if (!s->again) {
		service_settle(s, INIT_STOPPED, E_OK);
		return;
	}
	/* The port stays, and so does whoever waits for the start. */
	s->again = false;
	launch_end(s);
	s->state = INIT_STOPPED;
	if (service_start(s) != E_OK)
		service_settle(s, INIT_FAILED, E_UNAVAILABLE);
}

/* --- a further life of init ------------------------------------------------*/

/* It was being made or ended: what there was of it is gone. */
static void
forget(struct service *s)
{
	bool wanted = s->state <= INIT_BACKOFF || s->again;

	if (s->spawn.text != 0)
		cap_close(s->spawn.text);
	s->spawn = (struct spawn){ 0 };
	s->keep = 0;
	account_end(&s->memory);
	account_end(&s->lasting);
	s->changing = s->died = s->again = false;
	if (!wanted && s->state != INIT_STOPPING)
		return;
	s->state = INIT_STOPPED;
	if (!wanted || service_start(s) != E_OK)
		service_settle(
		    s, wanted ? INIT_FAILED : INIT_STOPPED, E_UNAVAILABLE);
}

bool
service_resume(struct service *s)
{
	bool same = !s->changing;
	uint64_t info;

	s->waiter = 0; /* the kernel has dropped it */
	if (s->port == 0 || cap_query(s->port, &info) != E_OK)
		s->port = s->port_memory = s->own = 0;
	if (!same)
		forget(s);
	if (s->own != 0 && strcmp(s->config->name, LOG_SERVER) == 0)
		log_to(s->own);
	return same;
}
