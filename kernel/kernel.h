/*
 * kernel: the event machine.
 *
 * All of the kernel is a function of a sequence of traps: hal_run returns
 * one, kernel_handle makes of it the next task to run.
 */
#pragma once

#include "call.h"
#include "memory.h"
#include "schedule.h"

/* The next task to run on this CPU, or NULL for none. */
struct task *kernel_handle(struct cpu *cpu, struct hal_trap trap);
enum error kernel_call(struct call *call, uint32_t number);

/* What init is made of again when it dies; boot.c fills it in. */
struct init_life {
	struct space *space;
	struct task *task;
	uint64_t where[3]; /* entry, stack, argument */
	paddr_t area; /* of the task */
	uint64_t *data; /* its data and zero pages, the kernel's view */
	const uint64_t *first; /* as they were at first */
	uint64_t words;
	uint32_t *restarts; /* in its start page */
};

extern BOOT_USES struct init_life init_life;
/* init's last task is dead and its replies are dropped: makes a new one. */
void init_restart(void);

BOOT void boot_start(void);
