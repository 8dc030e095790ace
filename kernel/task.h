/*
 * task: a thread in a space.
 *
 * A task is made of two pages of raw memory: the kernel's and its area.  It
 * runs if no bit of stop is set.  It is then the current task or in the FIFO
 * of its priority; while it waits at a port it is in that port's ring, by the
 * same link.  A dead one is in no space; its memory is its maker's to take back.
 */
#pragma once

#include "space.h"

enum stop {
	STOP_RECEIVE = 1, /* waits at a port */
	STOP_USER = 2, /* suspended by sys_signal */
	STOP_FAULT = 4, /* waits for its fault's answer */
	STOP_DEAD = 8,
	STOP_MOVE = 16, /* from one FIFO to another, within one call */
};

struct task {
	uint32_t stop; /* enum stop */
	struct link link; /* ready FIFO, or port.waiters */
	struct link of_space;
	struct space *space; /* not valid when dead */
	struct message_node *hand; /* taken with RECEIVE_KEEP, or NULL */
	uint32_t take; /* enum receive_flags of its receive */
	uint32_t priority;
	uint64_t signals; /* upcall bits that are due */
	uint64_t time; /* nanoseconds of CPU, counted at ticks */
	uint64_t name[NAME_BYTES / 8];
	struct area *area; /* its page, the kernel's view */
	vaddr_t area_address; /* and its own */
	_Alignas(OBJECT_AT) struct object object;
	struct hal_context context;
	struct message_node fault; /* message and reply of its fault */
};

_Static_assert(offsetof(struct task, object) == OBJECT_AT, "object_of()");
_Static_assert(sizeof(struct task) <= PAGE_SIZE, "TASK_PAGES");

/* Makes it run, for the first time or again; its area is mapped.  where:
 * entry, stack and argument.  The area is below the stack's page. */
BOOT_USES void task_start(struct task *task, struct space *space,
    const uint64_t *where, uint32_t priority);
void task_stop(struct task *task, enum stop why);
void task_go(struct task *task, enum stop why);
void task_kill(struct task *task);
bool task_step(struct task *task);
/* Ends a wait that it was taken out of, with an error or a value. */
void task_wake(struct task *task, enum error e, uint64_t value);
void task_result(struct task *task, enum error e, uint64_t value);
void task_fault(struct task *task, enum fault_kind kind, uint64_t address);
void fault_answered(struct message_node *fault, bool resume);
bool task_signalled(const struct task *task);
void task_upcall(struct task *task);
