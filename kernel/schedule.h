/*
 * schedule: who runs next: a FIFO for each priority, a bit for each that may
 * not be empty.  A task that is woken goes to the front: if the waker then
 * blocks, it hands over the CPU and the rest of its slice.  Policy beyond
 * that is scheduler_server's, which is told of ticks and of one deadline.
 */
#pragma once

#include "task.h"

struct cpu {
	struct task *current; /* in no FIFO; NULL when idle */
	uint64_t slice_start, slice_end; /* hal_now */
	uint64_t armed; /* what hal_timer_arm was told, 0: it fired */
};

extern struct cpu cpus[];

void schedule_put(struct task *task, bool front);
void schedule_gone(struct task *task); /* it runs no more */
struct task *schedule_pick(struct cpu *cpu);
void schedule_timer(struct cpu *cpu);
void schedule_arm(struct cpu *cpu);
BOOT_USES BOOT void schedule_boot(void);
void interrupt_arrived(uint32_t number);
