/* worker: another program that must not notice what is done here. */
#pragma once

#include "security.h"

struct worker {
	struct child child;
	volatile uint64_t *page; /* rounds that went well, that did not */
};

void worker_start(struct worker *w);
/* True if it does some more rounds, and none fails. */
bool worker_goes_on(struct worker *w);
void worker_end(struct worker *w);

/* Has so many numbers, with all sessions of each at log_server, for ever:
 * these are of memory that is not the shell's. */
void hold_sessions(unsigned numbers);
