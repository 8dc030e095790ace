/*
 * invariants: what must hold in the kernel between any two traps.
 *
 * This is the only part of the tests that looks into the kernel.  A broken
 * invariant is printed, and the process aborts.
 */
#pragma once

#include <hal/hal.h>
#include <gbsd/error.h>

struct space;

/* The kernel is as it was before its first instruction. */
void invariants_reset(void);
/* Checks everything.  The first time after a start, what the boot code holds
 * for ever is taken note of. */
void invariants_check(void);
/* Does all the work that the kernel has put off. */
void invariants_settle(void);

/* What must be the same after a cycle as before it. */
struct invariants_counts {
	uint64_t free_pages;
	uint64_t objects; /* of all kinds, but for table pages */
	uint64_t left[QUOTA_KINDS]; /* quota of init's space */
};
/* Settles first. */
struct invariants_counts invariants_count(void);

/* What a handle of that task's space would be refused with. */
enum error invariants_handle(const struct hal_context *task, cap_t handle);
/* Quota that is left to that task's space. */
uint64_t invariants_left(const struct hal_context *task, enum quota kind);
uint64_t invariants_free_pages(void);
/* The machine's tables of a task's space. */
const struct hal_space *invariants_space(const struct hal_context *task);
/* A number for that space that no other one ever gets; 0 if it is gone. */
uint64_t invariants_serial(const struct hal_space *space);
/* As invariants_handle, in a space that is not gone. */
enum error invariants_handle_in(const struct hal_space *space, cap_t handle);
