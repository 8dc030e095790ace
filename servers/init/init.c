/* init: all services together: what is due, and the end; see init.h. */
#include <string.h>

#include <gbsd/calls.h>

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

enum { HOLD, GO, NEVER };

/* May it be started? */
static int
may_start(const struct init *init, const struct service *s)
{
	int result = GO;

	for (unsigned i = 0; i < init->config.count; i++) {
		const struct service *other = &init->services[i];
		bool ready =
		    other->state == INIT_READY || other->state == INIT_DONE;
		bool never =
		    other->state == INIT_FAILED || other->state == INIT_STOPPED;

		if ((s->config->need_mask >> i & 1) && never)
			return NEVER;
		if (((s->config->need_mask | s->config->after_mask) >> i & 1) &&
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
			service_give_up(
			    s, "it needs a service that does not run");
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
			(void)!service_kill(s, STATUS_TERMINATED);
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
		if (stop[i] && service_stop(&init->services[i]) != E_OK)
			service_settle(
			    &init->services[i], INIT_FAILED, E_STATE);
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
	/* One that is not needed any more would wake an idle machine. */
	timer_set(init, next != 0 ? next : UINT64_MAX);
}

/* The machine lives as long as its main service. */
static void
look_at_main(struct init *init)
{
	for (unsigned i = 0; i < init->config.count; i++) {
		const struct service *s = &init->services[i];

		if (s->config->main && s->state >= INIT_DONE)
			init_end(init, INIT_POWER_OFF,
			    s->status < INIT_FAULTED
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
			service_give_up(s, "no memory for its port");
	}
}
