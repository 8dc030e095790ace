/*
 * schedule: who runs next.
 *
 * A FIFO for each priority and a bit for each FIFO that is not empty.  A task
 * that is woken goes to the front: if the waker then blocks, it hands over
 * the CPU and the rest of its slice with nothing in between.  At a tick the
 * running task goes to the back.  Policy beyond that is scheduler_server's:
 * it is told of ticks and of one deadline, and decides with sched_switch.  If
 * it is late, the FIFOs go on without it and its watcher is told.
 */
#pragma once

#include "task.h"

struct cpu {
	struct task *current; /* in no FIFO; NULL when idle */
	uint64_t slice_end; /* of the current task, hal_now */
	uint64_t slice_start;
	uint64_t armed; /* what hal_timer_arm was told, 0: it fired */
};

extern struct cpu cpus[];

uint64_t sched_yield(struct task *task, uint64_t *a);
uint64_t sched_switch(struct task *task, uint64_t *a);

void schedule_put(struct task *task, bool front);
void schedule_remove(struct task *task);
/* Chooses current: the highest priority, the front of its FIFO. */
struct task *schedule_pick(struct cpu *cpu);
/* The timer: the end of a slice, or scheduler_server's deadline. */
void schedule_timer(struct cpu *cpu);
/* Sets the machine's timer for what is due next. */
void schedule_arm(struct cpu *cpu);
/* The task's memory is about to be freed. */
void schedule_gone(struct task *task);
/* A port died: no ticks to it any more. */
void schedule_forget(struct port *port);
