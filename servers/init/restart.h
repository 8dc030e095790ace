/*
 * restart: if a service that ended is started again, and when.
 *
 * It waits a time that doubles with each restart in a row, and after some it
 * is given up.  One that lived long enough begins a new row.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum restart_policy { RESTART_ALWAYS, RESTART_ON_FAILURE, RESTART_NEVER };

#define RESTART_FIRST (UINT64_C(1000) * 1000) /* ns that the first waits */
#define RESTART_MOST (UINT64_C(10) * 1000 * 1000 * 1000)
#define RESTART_LONG RESTART_MOST /* ns of a life that clears the count */

enum restart_decision {
	RESTART_DUE, /* at *due */
	RESTART_DONE, /* it ended well, and that was all */
	RESTART_GIVE_UP,
};

struct restart {
	unsigned count; /* in a row */
	uint64_t started; /* when its life began */
};

/* It began a life at now. */
void restart_began(struct restart *r, uint64_t now);
/* It ended at now with status. */
enum restart_decision
restart_ended(struct restart *r, enum restart_policy policy, unsigned limit,
    uint64_t now, uint64_t status, uint64_t *due);
