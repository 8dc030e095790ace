/* timer: wakes init when something is due; see timer.h. */
#include <gbsd/calls.h>

#include "timer.h"

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

void
timer_set(struct init *init, uint64_t time)
{
	enum error e;

	if (scheduler(init) != NULL)
		return;
	e = sched_switch(init->machine, SWITCH_SERVER, init->port, 0);
	if (e == E_OK)
		e = sched_switch(init->machine, SWITCH_TIMER, 0, time);
	/* init has all rights: that cannot fail. */
	(void)e;
}
