/*
 * task: a thread in a space.
 *
 * A task runs if no bit of stop is set.  It is then either the current task
 * or in the FIFO of its priority; while it waits at a port it is in that
 * port's ring, by the same link.
 */
#pragma once

#include "space.h"

enum stop {
	STOP_RECEIVE = 1, /* waits at a port */
	STOP_USER = 2, /* suspended by sys_signal */
	STOP_FAULT = 4, /* waits for its fault's answer */
	STOP_DEAD = 8,
};

struct task {
	struct object object; /* OBJECT_TASK */
	struct link link; /* ready FIFO, or port.waiters */
	struct link of_space;
	struct space *space; /* a reference */
	struct space *stage; /* being built by this task, or NULL; reference */
	struct port *waiting; /* at that port, for STOP_RECEIVE */
	uint32_t stop; /* enum stop */
	uint32_t take; /* capabilities it will take from a message */
	uint32_t priority;
	uint64_t signals; /* upcall bits that are due */
	uint64_t time; /* nanoseconds of CPU, counted at ticks */
	uint64_t number; /* for people, never reused */
	char name[NAME_BYTES];
	struct area *area; /* its page, the kernel's view */
	struct mapping *area_mapping;
	struct watch *watch; /* of its death, or NULL */
	struct message_node fault; /* the message and reply of its fault */
	struct hal_context context;
};

uint64_t sched_spawn(struct task *task, uint64_t *a);
uint64_t sys_signal(struct task *task, uint64_t *a);

NODISCARD enum error task_create(struct space *space, const uint64_t *a,
    uint32_t priority, struct task **out);
/* Gives up its place in whatever ring; it does not run until task_go. */
void task_stop(struct task *task, enum stop why);
/* One reason less to stop; runs next among its priority if none is left. */
void task_go(struct task *task, enum stop why);
void task_kill(struct task *task, uint64_t status);
void task_free(struct task *task);
/* Tells the fault port; kills the task if there is none. */
void task_fault(struct task *task, struct badge *to, enum fault_kind kind,
    uint64_t address);
/* The answer came, or never will (resume false). */
void task_fault_answer(struct message_node *fault, bool resume);
/* Ends a wait with a result. */
void task_wake(struct task *task, uint64_t result);
void task_upcall(struct task *task);
/* An upcall is due: bits are set that the task does not mask. */
bool task_signalled(const struct task *task);
