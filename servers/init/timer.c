/* timer: wakes init when something is due; see timer.h. */
#include <gbsd/calls.h>
#include <proto/sched.h>

#include "log.h"
#include "timer.h"

enum { TIMER_KEY = 1, TIMER_BIT = 1, STATUS_HANGS = 137 };

/* Ticks that are missed with no more between them are a row; one that lasts
 * so long means that the server hangs. */
#define GAP (10ull * TICK_NANOSECONDS)
#define PATIENCE (100ull * TICK_NANOSECONDS)

/* The service that has the machine's timer, if it runs. */
static struct service *
scheduler(struct init *init)
{
	for (unsigned i = 0; i < init->config.count; i++) {
		struct service *s = &init->services[i];

		if (service_runs(s) && (s->config->machine & RIGHT_SCHEDULE))
			return s;
	}
	return NULL;
}

static enum error
send_alarm(cap_t server, cap_t signal, uint64_t time)
{
	struct message *m = &gbsd_area()->message;
	struct sched_alarm_req *q = (struct sched_alarm_req *)&m->words[1];

	m->words[0] = sched_op_alarm;
	q->time = time;
	q->key = TIMER_KEY;
	q->bits = TIMER_BIT;
	return port_send(server, 8 + sizeof(*q), signal, 0, 0, 0);
}

/* The capability lasts as long as the service's port: with it the alarm goes. */
static enum error
find_server(struct service *s, cap_t *server)
{
	uint32_t rights = CONFIG_ALL;
	enum error e = E_OK;

	if (s->own == 0)
		e = service_capability(s, INIT_SELF, &rights, &s->own);
	*server = s->own;
	return e;
}

/* By a message that wants no answer: init waits for nobody. */
static enum error
ask_scheduler(struct init *init, struct service *s, uint64_t time)
{
	cap_t server, signal = 0;
	enum error e = find_server(s, &server);

	if (e == E_OK)
		e = cap_badge(init->port, RIGHT_SIGNAL, TIMER_BIT, 0, &signal);
	if (e == E_OK)
		e = send_alarm(server, signal, time);
	if (e != E_OK && signal != 0)
		cap_close(signal);
	return e;
}

void
timer_set(struct init *init, uint64_t time)
{
	struct service *s = scheduler(init);
	enum error e;

	if (s != NULL) {
		e = ask_scheduler(init, s, time);
	} else {
		e = sched_switch_server(init->machine, init->port, 0);
		if (e == E_OK)
			e = sched_switch_timer(init->machine, time);
	}
	/* Another thing that happens will make init look again. */
	(void)e;
}

void
timer_missed(struct init *init)
{
	struct service *s = scheduler(init);
	uint64_t now = gbsd_time();

	if (now - init->missed_last > GAP)
		init->missed_first = now;
	init->missed_last = now;
	if (s == NULL || now - init->missed_first < PATIENCE)
		return;
	init->missed_first = now;
	log_alert("init: %s hangs", s->config->name);
	if (service_kill(s, STATUS_HANGS) != E_OK)
		log_alert("init: %s cannot be killed", s->config->name);
}
