/*
 * timer: wakes init when something is due.
 *
 * scheduler_server owns the machine's timer.  As long as it does not run,
 * init has it itself: also to restart scheduler_server.
 */
#pragma once

#include "init.h"

/* BITS will come to init's port at that time or after it; UINT64_MAX: not
 * until another time is set. */
void timer_set(struct init *init, uint64_t time);
/* scheduler_server has not taken a tick when the next came.  If that goes on it
 * is killed, for it hangs. */
void timer_missed(struct init *init);
