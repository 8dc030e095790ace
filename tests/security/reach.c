/*
 * reach: what a program cannot touch on a machine that protects memory: that
 * of others, the kernel's, the devices'.
 *
 * The kernel's places come as NAME=ADDRESS, from the symbols of the kernel
 * that runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "security.h"

/* A child does that to the address; true if it got nowhere. */
static bool
fails(const char *how, uint64_t at, bool may_survive)
{
	char address[24];
	struct child c;
	enum ending ending;

	snprintf(address, sizeof(address), "%#llx", (unsigned long long)at);
	child_begin(&c, NULL);
	child_run(&c, (const char *const[]){ "toucher", how, address, NULL });
	ending = child_wait(&c);
	child_end(&c);
	if (ending == ENDED_FAULT && c.fault.address == at)
		return true;
	/* It may have something of its own there. */
	if (may_survive && (ending == ENDED_FAULT || c.status == CHILD_GOOD))
		return true;
	note("%s %s: ending %d, status %llu, fault %llu at %llx", how, address,
	    ending, (unsigned long long)c.status,
	    (unsigned long long)c.fault.kind,
	    (unsigned long long)c.fault.address);
	return false;
}

static void
test_another_space(void)
{
	uint64_t *secret;
	cap_t memory;

	secret = page_new(&memory);
	*secret = SECRET;
	check(fails("r", (uint64_t)secret, true),
	    "memory_of_another_space_cannot_be_read");
	check(fails("w", (uint64_t)secret, true) && *secret == SECRET,
	    "memory_of_another_space_cannot_be_written");
	check(fails("x", (uint64_t)group_reach, true),
	    "memory_of_another_space_cannot_be_run");
}

static void
test_place(const char *name, uint64_t at)
{
	static const char *const how[] = { "r", "w", "x" };
	static const char *const what[] = { "read", "written", "run" };
	char line[80];

	for (unsigned i = 0; i < 3; i++) {
		snprintf(line, sizeof(line), "%s_cannot_be_%s", name, what[i]);
		check(fails(how[i], at, false), line);
	}
}

static void
test_begin(uint64_t entry)
{
	struct child c;
	cap_t task;
	void *stack = NULL;

	child_begin(&c, NULL);
	must(memory_reserve(2, &stack), "address");
	must(sched_spawn(raw_take(TASK_PAGES), c.spawn.space, entry,
		 (uint64_t)stack + PAGE_SIZE, 0, "astray", &task),
	    "spawn");
	cap_close(child_fault(&c));
	check(c.fault.kind == FAULT_FETCH && c.fault.address == entry,
	    "a_task_that_begins_in_the_kernel_faults");
	child_end(&c);
}

void
group_reach(int argc, char **argv)
{
	test_another_space();
	check(fails("w", (uint64_t)gbsd_start()->gate, false),
	    "the_gate_cannot_be_written");
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		*value++ = 0;
		test_place(argv[i], strtoull(value, NULL, 0));
		if (strcmp(argv[i], "kernel_code") == 0)
			test_begin(strtoull(value, NULL, 0));
	}
}
