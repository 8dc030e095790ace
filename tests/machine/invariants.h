/*
 * invariants: what must hold in the kernel between any two traps.
 *
 * This is the only part of the tests that looks into the kernel.  A broken
 * invariant is printed, and the process aborts.
 */
#pragma once

#include <hal/hal.h>
#include <gbsd/error.h>

/* The kernel is as it was before its first instruction. */
void invariants_reset(void);
/* It has booted: from here on it touches its objects alone. */
void invariants_booted(void);
/* After each trap: objects that are gone leave nothing behind. */
void invariants_trapped(void);
/* Checks everything. */
void invariants_check(void);
/* Does all the work that the kernel has put off. */
void invariants_settle(void);

/* What must be the same after a cycle as before it. */
struct invariants_counts {
	uint64_t objects; /* ports, spaces, tasks */
	uint64_t capabilities; /* wherever they are */
	uint64_t messages; /* queued, and replies not used yet */
};
/* Settles and checks first. */
struct invariants_counts invariants_count(void);

/* Memory that a test may look at though the kernel may not. */
void invariants_lend(const void *page);
/* A living task, or a dead one whose memory is not taken back yet. */
bool invariants_is_task(const struct hal_context *context);
bool invariants_is_dead(const struct hal_context *task);
/* What a handle of that task's space would be refused with. */
enum error invariants_handle(const struct hal_context *task, cap_t handle);
/* The same in a space that is not gone. */
enum error invariants_handle_in(const struct hal_space *space, cap_t handle);
/* Free slots in the table of that task's space. */
uint64_t invariants_left(const struct hal_context *task);
/* The machine's tables of a task's space. */
const struct hal_space *invariants_space(const struct hal_context *task);
/* The space that a handle in another one is to. */
const struct hal_space *
invariants_space_of(const struct hal_space *in, cap_t handle);
/* It ends, and not all that it has works any more. */
bool invariants_ends(const struct hal_space *space);
/* What a task sees at an address, or NULL. */
void *invariants_shown(const struct hal_context *task, uint64_t address);
/* A number for that space that no other one ever gets; 0 if it is gone. */
uint64_t invariants_serial(const struct hal_space *space);
/* The handle has so many generations left: the next close is one of them. */
void invariants_age(
    const struct hal_context *task, cap_t handle, uint32_t generation);
