/*
 * contract: the machine contract, exercised; the same source on every machine.
 *
 * It stands where the portable kernel would, calls nothing but hal/hal.h,
 * prints "ok NAME" or "FAIL NAME" for each check and ends the machine with
 * status 0 or 1.  User mode runs a blob of position-independent code, one
 * per processor (user_aarch64.S, user_x86_64.S), that exports user_blob,
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

static struct user users[2];
static unsigned passed, failed;

/* --- reporting ---------------------------------------------------------- */

static void
print(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	hal_console_put(STREAM_OUTPUT, text, n);
}

static void
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

static void
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

static void
skip(const char *name, const char *reason)
{
	print("skipped ");
	print(name);
	print(": ");
	print(reason);
	print("\n");
}

/* --- pages and users ---------------------------------------------------- */

static paddr_t
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

static void
give(struct user *user)
{
	paddr_t page = new_page();

	user->given[user->given_count++ % GIVEN_MAX] = page;
	hal_space_give(&user->space, page);
}

static bool
map(struct user *user, vaddr_t address, paddr_t page, unsigned protection)
{
	enum hal_map_result result;

	while ((result = hal_space_map(&user->space, address, page, 1,
		    protection, false)) == HAL_WANTS_PAGE)
		give(user);
	return result == HAL_MAPPED;
}

static vaddr_t
map_new(struct user *user, vaddr_t address, paddr_t page)
{
	map(user, address, page, VM_READ | VM_WRITE);
	return address;
}

static void
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
	user->stack = PAGE_SIZE +
	    map_new(user, user->code + 8 * PAGE_SIZE, new_page());
	user->free = user->code + 16 * PAGE_SIZE;
	user->data->gate = hal_boot()->gate;
	user->area->self = (struct area *)user->area_at;
}

static vaddr_t
entry(const struct user *user, const char *symbol)
{
	return user->code + (vaddr_t)(symbol - user_blob);
}

static void
start(struct user *user, const char *symbol)
{
	user->data->stop = 0;
	hal_context_init(&user->context, entry(user, symbol), user->stack,
	    user->data_at, user->area, user->area_at);
}

/* Runs until something happens that the task did, or for so long. */
static struct hal_trap
run_for(struct user *user, uint64_t time)
{
	struct hal_trap trap;

	hal_timer_arm(hal_now() + time);
	do
		trap = hal_run(&user->context, &user->space);
	while (trap.kind == HAL_TRAP_INTERRUPT || trap.kind == HAL_TRAP_KICK);
	return trap;
}

static struct hal_trap
run(struct user *user)
{
	return run_for(user, 2000 * (uint64_t)MS);
}

static bool
is_call(struct user *user, struct hal_trap trap, uint32_t number,
    uint64_t first)
{
	return trap.kind == HAL_TRAP_CALL && trap.number == number &&
	    hal_arguments(&user->context)[0] == first;
}

static bool
is_fault(struct hal_trap trap, enum fault_kind kind, vaddr_t address)
{
	return trap.kind == HAL_TRAP_FAULT && trap.number == kind &&
	    trap.address == address;
}

/* Starts an entry with that address, and what came of it. */
static struct hal_trap
try(struct user *user, const char *symbol, vaddr_t address)
{
	user->data->address = address;
	start(user, symbol);
	return run(user);
}

static bool
in_blob(struct user *user)
{
	uint64_t where[3];

	hal_context_where(&user->context, where);
	return where[0] >= user->code &&
	    where[0] < user->code + (vaddr_t)(user_blob_end - user_blob);
}

/* --- the checks --------------------------------------------------------- */

static void
check_boot(void)
{
	const struct hal_boot *boot = hal_boot();
	bool aligned = true, apart = true, random = false;
	paddr_t low = boot->archive.base, high = low + boot->archive.size;

	for (unsigned i = 0; i < boot->range_count; i++) {
		paddr_t base = boot->ranges[i].base;
		uint64_t size = boot->ranges[i].size;

		aligned &= base % PAGE_SIZE == 0 && size % PAGE_SIZE == 0;
		apart &= base + size <= low || high <= base;
	}
	for (unsigned i = 1; i < 32; i++)
		random |= boot->random[i] != boot->random[0];
	check("there is free memory", boot->range_count > 0 &&
	    boot->range_count <= HAL_RANGES && boot->ranges[0].size > 0);
	check("free ranges are whole pages", aligned);
	check("free ranges do not touch the archive", apart);
	check("the archive is sane", low % PAGE_SIZE == 0 &&
	    boot->archive_bytes <= boot->archive.size &&
	    boot->archive.size - boot->archive_bytes < PAGE_SIZE);
	check("there is a processor, and we are on it",
	    boot->processors > 0 && hal_cpu() < boot->processors);
	check("random bytes differ", random);
	check("there is a gate", boot->gate != NULL);
}

static void
check_time(void)
{
	uint64_t last = hal_now(), first = last;
	bool falls = false;

	for (unsigned i = 0; i < 10000; i++) {
		uint64_t now = hal_now();

		falls |= now < last;
		last = now;
	}
	check("time never falls", !falls);
	check("time passes", last > first);

	uint64_t deadline = hal_now() + 5 * MS;
	struct hal_trap trap;

	hal_timer_arm(deadline);
	do
		trap = hal_idle();
	while (trap.kind == HAL_TRAP_KICK || trap.kind == HAL_TRAP_INTERRUPT);
	check("idle ends with the timer", trap.kind == HAL_TRAP_TIMER);
	check("the timer is not early", hal_now() >= deadline);
}

static void
check_calls(struct user *user)
{
	struct data *data = user->data;
	uint64_t *arguments = hal_arguments(&user->context);
	struct hal_trap trap;
	bool all = true;

	for (unsigned i = 0; i < CALL_ARGUMENTS; i++)
		data->arguments[i] = 0x1111111111111111 * (i + 1);
	data->number = 7;
	start(user, user_call);
	trap = run(user);
	check("a call comes back as a call",
	    trap.kind == HAL_TRAP_CALL && trap.number == 7);
	for (unsigned i = 0; i < CALL_ARGUMENTS; i++)
		all &= arguments[i] == data->arguments[i];
	check("a call brings all six arguments", all);

	arguments[0] = 99; /* as the kernel may, then it asks for more */
	hal_context_again(&user->context);
	trap = run(user);
	check("again makes the same call with changed arguments",
	    is_call(user, trap, 7, 99) &&
		arguments[5] == data->arguments[5]);
	hal_context_again(&user->context);
	trap = run_for(user, 0);
	check("a pending timer comes before the call made again",
	    trap.kind == HAL_TRAP_TIMER);
	check("and then the call", is_call(user, run(user), 7, 99));

	hal_context_result(&user->context, 0xFEDCBA9876543210);
	trap = run(user);
	check("the task gets the result", data->result == 0xFEDCBA9876543210 &&
	    is_call(user, trap, 7, data->arguments[0]));
}

static void
check_faults(struct user *user)
{
	vaddr_t hole = user->free + 3 * PAGE_SIZE + 0x128;
	struct hal_trap trap;

	check("reading a hole is a read fault with its address",
	    is_fault(try(user, user_read, hole), FAULT_READ, hole));
	check("the fault is in the task", in_blob(user));
	check("writing a hole is a write fault",
	    is_fault(try(user, user_write, hole), FAULT_WRITE, hole));
	check("jumping into a hole is a fetch fault",
	    is_fault(try(user, user_jump, hole), FAULT_FETCH, hole));
	check("reading address 0 is a read fault",
	    is_fault(try(user, user_read, 0), FAULT_READ, 0));
	trap = try(user, user_illegal, 0);
	check("an undefined instruction is illegal",
	    trap.kind == HAL_TRAP_FAULT && trap.number == FAULT_ILLEGAL);
	trap = try(user, user_breakpoint, 0);
	check("a breakpoint is a breakpoint",
	    trap.kind == HAL_TRAP_FAULT && trap.number == FAULT_BREAKPOINT);
	trap = try(user, user_divide, 0);
	if (is_call(user, trap, USER_DONE, USER_HAS_NONE))
		skip("a division by zero", "no fault on this processor");
	else
		check("a division by zero is a divide fault",
		    trap.kind == HAL_TRAP_FAULT && trap.number == FAULT_DIVIDE);
	trap = try(user, user_misaligned, user->data_at + 97);
	if (is_call(user, trap, USER_DONE, USER_HAS_NONE))
		skip("a misaligned access", "no fault on this processor");
	else
		check("a misaligned access is an alignment fault",
		    trap.kind == HAL_TRAP_FAULT &&
			trap.number == FAULT_ALIGNMENT);
}

static void
check_mapping(struct user *user)
{
	vaddr_t at = user->free;
	paddr_t one = new_page(), two = new_page();
	uint64_t *first = hal_physical(one), *second = hal_physical(two);
	struct hal_trap trap = try(user, user_read, at);

	*first = 0x5151;
	*second = 0x5252;
	check("a new page is not there", is_fault(trap, FAULT_READ, at));
	check("it can be mapped", map(user, at, one, VM_READ));
	check("after that the instruction goes on",
	    is_call(user, run(user), USER_DONE, 0x5151));

	user->data->seed = 0x6161;
	check("a read-only page refuses writing",
	    is_fault(try(user, user_write, at), FAULT_WRITE, at) &&
		*first == 0x5151);
	map(user, at, one, VM_READ | VM_WRITE);
	check("until its protection changes",
	    is_call(user, run(user), USER_DONE, 0x6161) && *first == 0x6161);
	check("a page of data refuses to be executed",
	    is_fault(try(user, user_jump, at), FAULT_FETCH, at));
	map(user, at, one, VM_READ);
	check("protection can be taken away",
	    is_fault(try(user, user_write, at), FAULT_WRITE, at));
	map(user, at, two, VM_READ);
	check("another page replaces it",
	    is_call(user, try(user, user_read, at), USER_DONE, 0x5252));
	hal_space_unmap(&user->space, at, 1);
	check("an unmapped page is gone",
	    is_fault(try(user, user_read, at), FAULT_READ, at));

	vaddr_t code = at + (entry(user, user_return) - user->code);

	check("code is not there before it is mapped",
	    is_fault(try(user, user_jump, code), FAULT_FETCH, code));
	map(user, at, user->code_page, VM_READ | VM_EXECUTE);
	check("and runs after that", is_call(user, run(user), USER_DONE, 0));
	check("code refuses writing",
	    is_fault(try(user, user_write, at), FAULT_WRITE, at));
	hal_space_unmap(&user->space, at, 1);
	check("addresses outside the user's are refused",
	    !map(user, HAL_USER_HIGH, one, VM_READ) &&
		!map(user, HAL_USER_LOW - PAGE_SIZE, one, VM_READ));
}

static void
check_isolation(struct user *user, struct user *other)
{
	static const char *const name = "the kernel is out of reach";

	if (HAL_ONE_ADDRESS_SPACE) {
		skip(name, "this machine has one address space");
		skip("spaces are apart", "this machine has one address space");
		return;
	}
	paddr_t page = hal_boot()->ranges[0].base;
	const uint64_t targets[] = { (uint64_t)&kernel_main,
		(uint64_t)hal_boot(), (uint64_t)&page,
		(uint64_t)hal_physical(page), (uint64_t)hal_physical(0), page,
		HAL_USER_HIGH, 1ull << 47, 0xFFFF800000000000, ~7ull };
	bool safe = true;

	for (unsigned i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		struct hal_trap trap = try(user, user_read, targets[i]);

		safe &= trap.kind == HAL_TRAP_FAULT;
		trap = try(user, user_write, targets[i]);
		safe &= trap.kind == HAL_TRAP_FAULT;
		trap = try(user, user_jump, targets[i]);
		safe &= trap.kind == HAL_TRAP_FAULT;
	}
	check(name, safe);
	check("the gate is not writable", try(user, user_write,
	    (vaddr_t)hal_boot()->gate).kind == HAL_TRAP_FAULT);

	vaddr_t at = user->free;
	paddr_t mine = new_page(), theirs = new_page();
	bool apart = true;

	*(uint64_t *)hal_physical(mine) = 1;
	*(uint64_t *)hal_physical(theirs) = 2;
	map(user, at, mine, VM_READ);
	map(other, at, theirs, VM_READ);
	for (unsigned i = 0; i < 5; i++) {
		apart &= is_call(user, try(user, user_read, at), USER_DONE, 1);
		apart &= is_call(
		    other, try(other, user_read, at), USER_DONE, 2);
	}
	hal_space_unmap(&user->space, at, 1);
	apart &= is_fault(try(user, user_read, at), FAULT_READ, at);
	apart &= is_call(other, try(other, user_read, at), USER_DONE, 2);
	hal_space_unmap(&other->space, at, 1);
	check("spaces are apart", apart);
}

static void
check_preemption(struct user *user)
{
	bool timer = true, early = false;
	struct hal_trap trap;

	start(user, user_spin);
	for (unsigned i = 0; i < 20; i++) {
		uint64_t deadline = hal_now() + MS;

		trap = run_for(user, MS);
		timer &= trap.kind == HAL_TRAP_TIMER;
		early |= hal_now() < deadline;
	}
	check("the timer ends a busy loop", timer);
	check("and not before its time", !early);
	user->data->stop = 1;
	check("registers and flags survive it",
	    is_call(user, run(user), USER_DONE, 0));

	start(user, user_spin);
	uint64_t deadline = hal_now() + 30 * MS;

	hal_timer_arm(hal_now() + MS);
	check("a later deadline replaces an earlier one",
	    run_for(user, 30 * MS).kind == HAL_TRAP_TIMER &&
		hal_now() >= deadline);
	start(user, user_call);
	hal_timer_arm(hal_now() + MS);
	hal_timer_arm(UINT64_MAX);
	for (uint64_t end = hal_now() + 5 * MS; hal_now() < end;)
		;
	/* It may have rung before it was silenced, on a busy host. */
	do
		trap = hal_run(&user->context, &user->space);
	while (trap.kind == HAL_TRAP_KICK);
	check("no deadline, no timer", trap.kind == HAL_TRAP_CALL);
}

static void
check_upcall(struct user *user)
{
	struct hal_trap trap;
	uint64_t sp[3], now[3];

	check("there is no upcall to leave", (start(user, user_spin),
	    !hal_context_leave(&user->context)));
	trap = run_for(user, MS);
	hal_context_where(&user->context, sp);
	hal_context_enter(
	    &user->context, entry(user, user_upcall), user->data_at);
	hal_context_where(&user->context, now);
	check("an upcall stays on the stack",
	    now[1] <= sp[1] && now[1] + 1024 > sp[1]);
	trap = run(user);
	check("an upcall is entered with its bits",
	    is_call(user, trap, USER_LEAVE, user->data_at));
	check("and left", hal_context_leave(&user->context));
	check("once", !hal_context_leave(&user->context));
	trap = run_for(user, MS);
	user->data->stop = 1;
	check("registers and flags survive an upcall",
	    trap.kind == HAL_TRAP_TIMER &&
		is_call(user, run(user), USER_DONE, 0));

	user->data->number = 8;
	start(user, user_call);
	trap = run(user);
	hal_context_again(&user->context);
	hal_context_enter(
	    &user->context, entry(user, user_upcall), user->data_at);
	trap = run(user);
	check("an upcall can interrupt a call",
	    is_call(user, trap, USER_LEAVE, user->data_at) &&
		hal_context_leave(&user->context));
	check("which is made again after it",
	    is_call(user, run(user), 8, user->data->arguments[0]));
}

/* Whatever the task puts into its saved registers, it goes on in user mode
 * with interrupts on, or not at all. */
static void
check_hostile(struct user *user)
{
	static const uint64_t values[] = { ~0ull, 0x3C5, 0x10, 0x3000, 0x8,
		0x8000000000000000 };
	uint64_t secret = (uint64_t)&kernel_main;
	bool safe = true, back = true;

	for (unsigned v = 0; v < sizeof values / sizeof values[0]; v++) {
		for (unsigned i = 0; i <= AREA_REGISTERS; i++) {
			uint64_t *saved = user->area->registers;

			start(user, HAL_ONE_ADDRESS_SPACE ? user_illegal
							  : user_read);
			user->data->address = secret;
			hal_context_enter(&user->context,
			    entry(user, user_upcall), user->data_at);
			/* The last round poisons them all. */
			for (unsigned j = 0; j < AREA_REGISTERS; j++)
				if (i == j || i == AREA_REGISTERS)
					saved[j] = values[v];
			safe &= hal_context_leave(&user->context) &&
			    run_for(user, MS).kind != HAL_TRAP_CALL;

			start(user, user_spin);
			hal_context_enter(&user->context,
			    entry(user, user_upcall), user->data_at);
			for (unsigned j = 0; j < AREA_REGISTERS; j++)
				if (i == j)
					saved[j] = values[v];
			back &= hal_context_leave(&user->context) &&
			    run_for(user, MS / 10).kind != HAL_TRAP_CALL;
		}
	}
	check("hostile registers do not make a kernel", safe);
	check("hostile registers do not stop the timer", back);
}

static void
check_vectors(struct user *user, struct user *other)
{
	bool timer = true;

	user->data->seed = 0x0123456789ABCDEF;
	other->data->seed = 0x5555AAAA3333CCCC;
	start(user, user_vectors);
	start(other, user_vectors);
	for (unsigned i = 0; i < 20; i++) {
		timer &= run_for(user, MS / 2).kind == HAL_TRAP_TIMER;
		timer &= run_for(other, MS / 2).kind == HAL_TRAP_TIMER;
	}
	user->data->stop = other->data->stop = 1;
	check("vector registers survive a switch",
	    timer && is_call(user, run(user), USER_DONE, 0) &&
		is_call(other, run(other), USER_DONE, 0));
	check("a new task's are clean",
	    is_call(user, try(user, user_vectors_zero, 0), USER_DONE, 0));
}

static void
check_gate(struct user *user)
{
	struct data *data = user->data;
	uint64_t before = hal_now();
	struct hal_trap trap = try(user, user_gate, 0);
	uint64_t after = hal_now();

	check("the gate has three working functions",
	    is_call(user, trap, USER_DONE, 0));
	check("self is the task's area", data->out[0] == user->area_at);
	check("time is the kernel's", before <= data->out[1] &&
	    data->out[1] <= data->out[2] && data->out[2] <= after);
}

static void
check_interrupts(struct user *user)
{
	unsigned number = hal_boot()->console_interrupt;

	hal_mask(number);
	hal_unmask(number);
	hal_mask(number);
	start(user, user_call);
	check("an idle interrupt is quiet",
	    hal_run(&user->context, &user->space).kind != HAL_TRAP_INTERRUPT);
}

/* Many pages far apart, so that all levels of tables are there. */
static void
check_tables(struct user *user)
{
	paddr_t page;
	unsigned taken = 0, strangers = 0;
	bool mapped = true;

	for (unsigned i = 0; i < 4; i++)
		mapped &= map(user,
		    user->code + ((vaddr_t)i << 31) + 64 * PAGE_SIZE,
		    new_page(), VM_READ);
	check("far pages can be mapped", mapped);
	for (unsigned i = 0; i < 4; i++)
		hal_space_unmap(&user->space,
		    user->code + ((vaddr_t)i << 31) + 64 * PAGE_SIZE, 1);
	hal_space_unmap(&user->space, user->code, 32);
	while ((page = hal_space_take(&user->space)) != 0) {
		unsigned i = 0;

		while (i < user->given_count && user->given[i] != page)
			i++;
		if (i == user->given_count)
			strangers++;
		else
			user->given[i] = 0;
		taken++;
	}
	check("every table page given is taken back, once",
	    strangers == 0 && taken == user->given_count);
}

/* Not a check: what a call and a switch cost. */
static void
measure(struct user *user, struct user *other)
{
	enum { ROUNDS = 2000 };
	uint64_t begin, middle, end;

	start(user, user_call);
	start(other, user_call);
	hal_timer_arm(UINT64_MAX);
	begin = hal_now();
	for (unsigned i = 0; i < ROUNDS; i++)
		hal_run(&user->context, &user->space);
	middle = hal_now();
	for (unsigned i = 0; i < ROUNDS / 2; i++) {
		hal_run(&user->context, &user->space);
		hal_run(&other->context, &other->space);
	}
	end = hal_now();
	print("measured: a call ");
	print_number((middle - begin) / ROUNDS);
	print(" ns, with a switch ");
	print_number((end - middle) / ROUNDS);
	print(" ns\n");
}

_Noreturn void
kernel_main(void)
{
	struct user *one = &users[0], *two = &users[1];

	check_boot();
	check_time();
	user_open(one, 0);
	user_open(two, 1);
	check_calls(one);
	check_faults(one);
	check_mapping(one);
	check_isolation(one, two);
	check_preemption(one);
	check_upcall(one);
	check_hostile(one);
	check_vectors(one, two);
	check_gate(two);
	check_interrupts(two);
	measure(one, two);
	check_tables(one);
	check_tables(two);
	print_number(passed);
	print(" passed, ");
	print_number(failed);
	print(" failed\n");
	hal_halt(HAL_POWER_OFF, failed == 0 ? 0 : 1);
}
