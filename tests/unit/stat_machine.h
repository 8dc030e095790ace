/*
 * stat_machine: a kernel whose objects lie in memory of the test's.
 *
 * All of the kernel but its boot code runs here: tests make objects by its
 * calls, and read them as stat_server does.  Nothing runs and nothing is
 * mapped.
 */
#pragma once

#include <kernel/kernel.h>

enum {
	RAM_FIRST = 1000, /* page; RAM has two ranges of so many: */
	RAM_PAGES = 2048,
	RAM_GAP = 5, /* pages between them */
};

/* init's space and task, and what it holds: raw memory of all the first range
 * but for what it is made of itself, of the second, the machine. */
struct machine {
	struct space *space;
	struct task *task;
	cap_t memory, more, machine, views[2];
	uint64_t next; /* page of memory that was not taken yet */
};

extern struct machine machine;
extern uint64_t result; /* of the last call() */

void machine_start(void);
/* The page's byte in the kernel's view. */
char *machine_page(uint64_t number);

/* The call of a task, with all that is to be done afterwards. */
enum error call(struct task *task, enum call_number number, uint64_t a0,
    uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);

#define CALL(task, name, ...) \
	CALL_PICK(task, name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_PICK(task, name, a, b, c, d, e, f, ...) \
	call(task, CALL_##name, a, b, c, d, e, f)

/* For init; each call must succeed. */
cap_t take(uint64_t pages); /* raw memory */
cap_t make_port(uint64_t pages);
cap_t make_space(uint64_t pages, uint64_t table_pages);
cap_t make_task(cap_t space, const char *name, cap_t *memory);
cap_t stage(cap_t cap, cap_t space);
cap_t derive(cap_t cap, uint32_t rights, uint64_t first, uint64_t pages);
/* What a handle of init's is to. */
struct capability *entry(cap_t cap);
struct task *task_of(cap_t cap);
uint64_t number_of(const void *object);
