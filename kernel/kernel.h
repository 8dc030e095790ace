/*
 * kernel: the event machine.
 *
 * All of the kernel is a function of a sequence of traps: hal_run returns
 * one, kernel_handle makes of it the next task to run.  Nothing in it blocks
 * and no trap comes while it runs.
 */
#pragma once

#include "schedule.h"

/* Results that are no results: not set in the task's registers. */
#define RESULT_AGAIN (ERROR_BASE | 0xFFFFFFFF) /* make the same call again */
#define RESULT_LATER (ERROR_BASE | 0xFFFFFFFE) /* set by who wakes the task */

extern struct memory kernel_tables; /* every slab page */
extern struct object kernel_machine; /* OBJECT_MACHINE */

/* The next task to run on this CPU, or NULL for none. */
struct task *kernel_handle(struct cpu *cpu, struct hal_trap trap);

/* The result of a call of the task's. */
uint64_t kernel_call(struct task *task, uint32_t number, uint64_t *a);

/* sys_*: small calls in call.c. */
uint64_t sys_time(struct task *task, uint64_t *a);
uint64_t sys_debug_print(struct task *task, uint64_t *a);

/* interrupt.c */
struct interrupt {
	struct object object; /* OBJECT_INTERRUPT */
	uint32_t number;
	uint64_t bits;
	struct port *port; /* a reference */
};
NODISCARD enum error interrupt_create(
    uint64_t number, struct port *port, uint64_t bits, struct interrupt **out);
void interrupt_free(struct interrupt *interrupt);
void interrupt_arrived(uint32_t number);

/* init.c: what a new life of init is made of. */
struct init_life {
	struct space *space; /* a reference */
	struct memory *data; /* its data and zero pages; a reference */
	const uint64_t *data_from; /* in the boot archive */
	uint64_t data_pages; /* of data, from there; the rest is zero */
	struct start *start; /* its start page, the kernel's view */
	uint64_t args[CALL_ARGUMENTS]; /* of sched_spawn */
};
extern struct init_life init_life;
void init_restart(void);

/* A number in [0, limit), for where things lie; not for secrets. */
uint64_t kernel_random(uint64_t limit);
void kernel_random_seed(uint64_t seed);

/* boot.c: needed once, and discarded after it. */
#define BOOT __attribute__((section(".boot.text")))

/* Makes init's space and task of the boot archive. */
BOOT void boot_start(void);
