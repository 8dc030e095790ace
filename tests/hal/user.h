/*
 * user: tasks for the contract test, and what their code must do.
 *
 * The code is a blob of position-independent instructions, one for each
 * processor (user_aarch64.S, user_x86_64.S), that exports user_blob,
 * user_blob_end and the entries below.  Each entry is called with one
 * argument, the address of a struct data in its own view.  All calls go
 * through data->gate->call.  "done(v)" is the call USER_DONE with first
 * argument v and the other five zero, made for ever.
 *
 * user_call         loads number and all six arguments from data, makes the
 *                   call, stores its result in data->result; for ever
 * user_read         done(8 bytes read at data->address)
 * user_write        stores data->seed at data->address; done(data->seed)
 * user_jump         calls data->address like a function; done(0)
 * user_return       returns to its caller at once (a target for user_jump)
 * user_illegal      executes an undefined instruction
 * user_breakpoint   executes the breakpoint instruction
 * user_divide       divides data->seed by zero; where the processor has no
 *                   such fault: done(USER_HAS_NONE)
 * user_misaligned   makes an access at data->address, which is odd, that
 *                   faults for its alignment; or done(USER_HAS_NONE)
 * user_spin         gives every integer register but those it cannot do
 *                   without a value of its own, sets flags, waits until
 *                   data->stop is not 0 without changing a register or a
 *                   flag, then done(how many of them are not as they were)
 * user_vectors      the same with every vector register and their control
 *                   register, with values that depend on data->seed
 * user_vectors_zero done(how many vector registers are not 0 at the start)
 * user_upcall       is entered as an upcall whose bits are the address of
 *                   data; gives every register and flag another value, then
 *                   makes the call USER_LEAVE(address of data, 0, ...)
 * user_gate         stores gate->self() in out[0] and gate->time(), called
 *                   twice, in out[1] and out[2]; done(0)
 */
#pragma once

#include <hal/hal.h>

enum {
	USER_DONE = 1000,
	USER_LEAVE = 1001,
	USER_HAS_NONE = 77,
	CODE_PAGES = 2,
	MS = 1000 * 1000,
	SPREAD = 1 << 20, /* between the users: they may share addresses */
	GIVEN_MAX = 64,
};

struct data {
	const struct gate *gate; /* 0 */
	uint64_t number; /* 8 */
	uint64_t arguments[6]; /* 16 */
	uint64_t result; /* 64 */
	uint64_t address; /* 72 */
	volatile uint64_t stop; /* 80 */
	uint64_t seed; /* 88 */
	uint64_t out[4]; /* 96 */
};

extern const char user_blob[], user_blob_end[];
extern const char user_call[], user_read[], user_write[], user_jump[],
    user_return[], user_illegal[], user_breakpoint[], user_divide[],
    user_misaligned[], user_spin[], user_vectors[], user_vectors_zero[],
    user_upcall[], user_gate[];

_Static_assert(sizeof(struct hal_context) <= 1152, "about 1 KiB");

struct user {
	struct hal_context context;
	struct hal_space space;
	vaddr_t code, data_at, area_at, stack, free; /* in its view */
	paddr_t code_page;
	struct data *data;
	struct area *area;
	paddr_t given[GIVEN_MAX]; /* pages for tables */
	unsigned given_count;
};

static unsigned passed, failed;

/* --- reporting ---------------------------------------------------------- */

static inline void
print(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	hal_console_put(STREAM_OUTPUT, text, n);
}

static inline void
print_number(uint64_t value)
{
	char digits[21];
	unsigned at = sizeof digits - 1;

	digits[at] = '\0';
	do
		digits[--at] = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	print(digits + at);
}

static inline void
check(const char *name, bool good)
{
	print(good ? "ok " : "FAIL ");
	print(name);
	print("\n");
	if (good)
		passed++;
	else
		failed++;
}

static inline void
skip(const char *name, const char *reason)
{
	print("skipped ");
	print(name);
	print(": ");
	print(reason);
	print("\n");
}

/* --- pages and users ---------------------------------------------------- */

static inline paddr_t
new_page(void)
{
	static unsigned range;
	static uint64_t used;
	const struct hal_boot *boot = hal_boot();

	while (used == boot->ranges[range].size) {
		if (++range == boot->range_count) {
			check("memory suffices", false);
			hal_halt(HAL_POWER_OFF, 1);
		}
		used = 0;
	}
	paddr_t page = boot->ranges[range].base + used;
	uint64_t *words = hal_physical(page);

	used += PAGE_SIZE;
	for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
		words[i] = 0;
	return page;
}

static inline void
give(struct user *user)
{
	paddr_t page = new_page();

	user->given[user->given_count++ % GIVEN_MAX] = page;
	hal_space_give(&user->space, page);
}

static inline bool
map_many(struct user *user, vaddr_t address, paddr_t page, size_t count,
    unsigned protection)
{
	enum hal_map_result result;

	while ((result = hal_space_map(&user->space, address, page, count,
		    protection, false)) == HAL_WANTS_PAGE)
		give(user);
	return result == HAL_MAPPED;
}

static inline bool
map(struct user *user, vaddr_t address, paddr_t page, unsigned protection)
{
	return map_many(user, address, page, 1, protection);
}

/* Changes what is mapped there, or its protection. */
static inline void
remap(struct user *user, vaddr_t address, paddr_t page, unsigned protection)
{
	hal_space_unmap(&user->space, address, 1);
	check("what was unmapped can be mapped again",
	    map(user, address, page, protection));
}

static inline vaddr_t
map_new(struct user *user, vaddr_t address, paddr_t page)
{
	check("a page of data can be mapped",
	    map(user, address, page, VM_READ | VM_WRITE));
	return address;
}

static inline void
user_open(struct user *user, unsigned n)
{
	size_t length = (size_t)(user_blob_end - user_blob);

	while (hal_space_init(&user->space) == HAL_WANTS_PAGE)
		give(user);
	user->code = HAL_USER_LOW + (n + 1) * (vaddr_t)SPREAD;
	for (unsigned i = 0; i < CODE_PAGES; i++) {
		paddr_t page = new_page();
		char *to = hal_physical(page);

		if (i == 0)
			user->code_page = page;
		for (size_t at = 0; at < PAGE_SIZE; at++)
			if (i * (size_t)PAGE_SIZE + at < length)
				to[at] = user_blob[i * (size_t)PAGE_SIZE + at];
		map(user, user->code + i * (vaddr_t)PAGE_SIZE, page,
		    VM_READ | VM_EXECUTE);
	}
	paddr_t data = new_page(), area = new_page();

	user->data = hal_physical(data);
	user->area = hal_physical(area);
	user->data_at = map_new(user, user->code + 4 * PAGE_SIZE, data);
	user->area_at = map_new(user, user->code + 6 * PAGE_SIZE, area);
	user->stack =
	    PAGE_SIZE + map_new(user, user->code + 8 * PAGE_SIZE, new_page());
	user->free = user->code + 16 * PAGE_SIZE;
	user->data->gate = hal_boot()->gate;
	user->area->self = (struct area *)user->area_at;
}

static inline vaddr_t
entry(const struct user *user, const char *symbol)
{
	return user->code + (vaddr_t)(symbol - user_blob);
}

static inline void
start(struct user *user, const char *symbol)
{
	user->data->stop = 0;
	hal_context_init(&user->context, entry(user, symbol), user->stack,
	    user->data_at, user->area, user->area_at);
}

static inline void
pause(uint64_t time)
{
	for (uint64_t end = hal_now() + time; hal_now() < end;)
		;
}

/* Runs until something happens that the task did, or for so long. */
static inline struct hal_trap
run_for(struct user *user, uint64_t time)
{
	struct hal_trap trap;

	hal_timer_arm(hal_now() + time);
	do
		trap = hal_run(&user->context, &user->space);
	while (trap.kind == HAL_TRAP_INTERRUPT || trap.kind == HAL_TRAP_KICK);
	return trap;
}

static inline struct hal_trap
run(struct user *user)
{
	return run_for(user, 2000 * (uint64_t)MS);
}

static inline bool
is_call(
    struct user *user, struct hal_trap trap, uint32_t number, uint64_t first)
{
	return trap.kind == HAL_TRAP_CALL && trap.number == number &&
	       hal_arguments(&user->context)[0] == first;
}

static inline bool
is_fault(struct hal_trap trap, enum fault_kind kind, vaddr_t address)
{
	return trap.kind == HAL_TRAP_FAULT && trap.number == kind &&
	       trap.address == address;
}

/* Starts an entry with that address, and what came of it. */
static inline struct hal_trap
try(struct user *user, const char *symbol, vaddr_t address)
{
	user->data->address = address;
	start(user, symbol);
	return run(user);
}

static inline bool
in_blob(struct user *user)
{
	uint64_t where[3];

	hal_context_where(&user->context, where);
	return where[0] >= user->code &&
	       where[0] < user->code + (vaddr_t)(user_blob_end - user_blob);
}
