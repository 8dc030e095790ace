/* restart: if and when a service is started again; see restart.h. */
#include "restart.h"

enum { DOUBLINGS = 20 };

void
restart_began(struct restart *r, uint64_t now)
{
	r->started = now;
}

static uint64_t
pause(unsigned count)
{
	uint64_t wait = RESTART_FIRST
			<< (count < DOUBLINGS ? count : DOUBLINGS);

	return wait < RESTART_MOST ? wait : RESTART_MOST;
}

enum restart_decision
restart_ended(struct restart *r, enum restart_policy policy, unsigned limit,
    uint64_t now, uint64_t status, uint64_t *due)
{
	if (policy == RESTART_NEVER ||
	    (policy == RESTART_ON_FAILURE && status == 0))
		return status == 0 ? RESTART_DONE : RESTART_GIVE_UP;
	if (now - r->started >= RESTART_LONG)
		r->count = 0;
	if (r->count >= limit)
		return RESTART_GIVE_UP;
	*due = now + pause(r->count);
	r->count++;
	return RESTART_DUE;
}
