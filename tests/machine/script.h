/*
 * script: a test plays the machine and all its tasks.
 *
 * machine_start boots a kernel; from then on there is a current task (or
 * none), which makes calls, faults, or is interrupted.  The kernel's own main
 * loop runs on a stack of its own between two traps.  A call that the kernel
 * wants repeated is repeated at once, unless machine.hold_again is set.
 */
#pragma once

#include <gbsd/error.h>
#include <hal/hal.h>

enum {
	MACHINE_OUTPUT = 4096,
	MACHINE_ARCHIVE_PAGES = 8,
	MACHINE_BOOT_PAGES = 2, /* what hal_boot_part gives */
	MACHINE_PAGES = 8192, /* of RAM, unless a test says otherwise */
};

/* Results of call() that are no results of the kernel's. */
#define CALL_BLOCKED 0xFFFFFFFFFFFF0001ull /* the task waits */
#define CALL_GONE 0xFFFFFFFFFFFF0002ull /* the task is dead and freed */
#define CALL_HELD 0xFFFFFFFFFFFF0003ull /* to be repeated: call_again */

struct machine {
	struct hal_context *current; /* NULL: idle */
	struct hal_space *space; /* of the current task */
	bool halted; /* the kernel is gone; how and status say why */
	enum hal_halt how;
	int status;
	uint64_t now, armed;
	bool masked[HAL_INTERRUPTS];
	char output[STREAM_ERROR + 1][MACHINE_OUTPUT];
	size_t output_length[STREAM_ERROR + 1];
	const char *input; /* console bytes to come */
	bool input_ended; /* and none after them */
	uint64_t maps_until_refused; /* 0: none is refused */
	bool hold_again;
	uint64_t traps, repeats; /* how many there were */
	uint64_t pages_changed; /* mapped and unmapped in this trap */
	const char *why; /* of the last refusal */
};

struct machine_options {
	uint64_t pages; /* of RAM; 0: MACHINE_PAGES */
	bool one_address_space;
	struct hal_boot *boot; /* to boot with instead, or NULL */
};

extern struct machine machine;

/* A fresh kernel; returns when it first runs a task, idles or halts. */
void machine_start(const struct machine_options *options);
/* Where the header of init's flat image will lie (valid after a start). */
void *machine_archive(void);
/* Boot information as machine_start fills it in. */
struct hal_boot *machine_boot(void);
uint64_t machine_ram_pages(void);

/* The kernel gets a trap; returns when it runs a task, idles or halts. */
void machine_trap(enum hal_trap_kind kind, uint32_t number, uint64_t address);
/* A call of the current task: its result, or CALL_*. */
uint64_t machine_call(enum call_number number, uint64_t a0, uint64_t a1,
    uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);
/* Repeats the current task's held call, once. */
uint64_t machine_again(void);
/* What became of that task's last call. */
uint64_t machine_result(struct hal_context *task);
bool machine_gone(const struct hal_context *task);

/* The next task that is not gone, from *index on; NULL after the last. */
struct hal_context *machine_each(unsigned *index);
/* The task that was started with that argument, or NULL. */
struct hal_context *machine_task(uint64_t argument);
/* Lets others yield until that task is current; false if it never is. */
bool machine_become(struct hal_context *task);
/* Time passes until the timer is due, and it fires. */
void machine_tick(void);

/* What the space shows at an address: physical page | protection, or 0. */
uint64_t machine_shows(const struct hal_space *space, vaddr_t address);
/* Calls back for each page shown; counts the pages of the tables. */
uint64_t machine_walk(const struct hal_space *space,
    void (*seen)(void *context, vaddr_t address, uint64_t entry),
    void *context);

#define CALL(name, ...) CALL_PICK(name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_PICK(name, a, b, c, d, e, f, ...)                                 \
	machine_call(CALL_##name, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), \
	    (uint64_t)(d), (uint64_t)(e), (uint64_t)(f))
