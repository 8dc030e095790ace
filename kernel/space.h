/*
 * space: addresses, a capability table, a quota and a fault port.
 *
 * A space is built by staging: its parent moves capabilities and maps memory
 * into it while nothing runs there, then spawns its first task.  When its last
 * task is gone it is taken apart as far as restart in place wants: its
 * unanswered replies and its mappings that are not KEEP.  Then its death is
 * told, and it can be staged into again, or destroyed with the last
 * capability to it.
 */
#pragma once

#include "memory.h"

enum space_state {
	SPACE_STAGING, /* nothing runs in it */
	SPACE_LIVE,
	SPACE_STOPPING, /* its tasks are gone, what they held is going */
	SPACE_STOPPED, /* can be staged into again */
	SPACE_DEAD, /* empty; those it paid for still know it */
};

struct space {
	struct object object; /* OBJECT_SPACE */
	struct space *parent; /* takes back the quota; counted as a payer */
	uint32_t payers; /* what it pays for, its children, itself till dead */
	enum space_state state;
	uint64_t left[QUOTA_KINDS]; /* what may still be used */
	struct table table;
	struct link tasks; /* task.of_space */
	struct link mappings; /* mapping.of_space */
	struct mapping *addresses; /* treap, unless all spaces share one */
	vaddr_t next; /* where the next mapping may go */
	struct badge *fault; /* told of faults; a reference, or NULL */
	struct watch *watch; /* of its death, or NULL */
	uint64_t status; /* exit status of the task that ended it */
	uint32_t scan; /* SPACE_STOPPING: next index to look at */
	uint64_t number; /* for people, never reused */
	struct hal_space hal;
};

NODISCARD enum error space_create(struct space *parent, struct space **out);
NODISCARD enum error quota_check(
    struct space *space, enum quota kind, uint64_t n);
void quota_take(struct space *space, enum quota kind, uint64_t n);
/* To the space, or to its nearest living ancestor. */
void quota_give(struct space *space, enum quota kind, uint64_t n);

/* Counts what the space pays for, so that it outlives it. */
void payer_get(struct space *space);
void payer_put(struct space *space);

/* Makes sure that the task has a staged space.  E_QUOTA, E_NO_MEMORY. */
NODISCARD enum error space_stage(struct task *task);
void space_unstage(struct task *task);
/* Kills some tasks, self last; true when none is left. */
bool space_kill(struct space *space, uint64_t status, struct task *self);
/* The last task is gone. */
void space_stop(struct space *space);
bool space_step(struct space *space); /* true when it may be freed */
/* Gives table pages to the machine until the mapping succeeds. */
NODISCARD enum error space_map(struct space *space, vaddr_t address,
    paddr_t page, size_t count, uint32_t protection, bool device);
