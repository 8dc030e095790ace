/*
 * task: a thread in a space.
 *
 * A task runs if no bit of stop is set.  It is then the current task or in
 * the FIFO of its priority; while it waits at a port it is in that port's
 * ring, by the same link.
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
	struct space *stage; /* being built by this task; reference or NULL */
	uint32_t stop; /* enum stop */
	uint32_t take; /* capabilities it will take from a message */
	uint32_t priority;
	uint64_t signals; /* upcall bits that are due */
	uint64_t time; /* nanoseconds of CPU, counted at ticks */
	char name[NAME_BYTES];
	struct area *area; /* its page, the kernel's view */
	vaddr_t area_address; /* and its own */
	struct message_node fault; /* message and reply of its fault */
	struct hal_context context;
};

NODISCARD enum error task_create(struct space *space, const uint64_t *a,
    uint32_t priority, struct task **out);
void task_stop(struct task *task, enum stop why);
void task_go(struct task *task, enum stop why);
void task_kill(struct task *task);
bool task_free(struct task *task);
/* Ends a wait with an error or a value. */
void task_wake(struct task *task, enum error e, uint64_t value);
void task_result(struct task *task, enum error e, uint64_t value);
void task_fault(struct task *task, enum fault_kind kind, uint64_t address);
void fault_answered(struct message_node *fault, bool resume);
bool task_signalled(const struct task *task);
void task_upcall(struct task *task);
