/*
 * space: addresses, a capability table, a quota and a fault port.
 *
 * A space is built by staging, while nothing runs there.  When its last task
 * is gone, what restart in place does not want is taken away: unanswered
 * replies and mappings that are not KEEP.  Then it can be staged into again.
 * When no one refers to it, the rest goes too.
 */
#pragma once

#include "port.h"

enum space_state {
	SPACE_STAGING, /* nothing runs in it */
	SPACE_LIVE,
	SPACE_STOPPING, /* its tasks are gone, what they held is going */
	SPACE_STOPPED, /* can be staged into again */
	SPACE_DEAD, /* empty; those it paid for still know it */
};

struct space {
	struct object object; /* OBJECT_SPACE */
	uint8_t state; /* enum space_state */
	bool fresh; /* it never ran */
	uint32_t payers; /* what it pays for, its children, itself till dead */
	uint32_t scan; /* next index to clean */
	struct space *parent; /* takes back the quota */
	uint64_t left[QUOTA_KINDS];
	struct table table;
	struct link tasks; /* task.of_space */
	struct badge *fault; /* told of faults; a reference, or NULL */
	struct hal_space hal;
};

NODISCARD enum error space_create(struct space *parent, struct space **out);
void quota_give(struct space *space, enum quota kind, uint64_t n);
void payer_put(struct space *space);
bool space_step(struct space *space); /* true when nothing is to do now */
/* The last task is gone. */
void space_stop(struct space *space);
/* Makes sure that the task stages a space. */
NODISCARD enum error space_stage(struct task *task);
void space_unstage(struct task *task);
/* Hands a page for its tables to the machine; E_NO_MEMORY. */
NODISCARD enum error space_wants_page(struct space *space);
