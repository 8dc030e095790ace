/*
 * contract: the machine contract, exercised; the same source on every machine.
 *
 * It stands where the portable kernel would, calls nothing but hal/hal.h,
 * prints "ok NAME" or "FAIL NAME" for each check and ends the machine with
 * status 0 or 1.  If the command line says "smash", it writes over its stack
 * instead, which is a panic.  user.h has the tasks that it runs and says what the blob of
 * user code for each processor must do.  Built from this file and
 * user_<processor>.S, with the sources and flags of the machine.
 */
#include "user.h"

static struct user users[2];

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
					  boot->range_count <= HAL_RANGES &&
					  boot->ranges[0].size > 0);
	check("free ranges are whole pages", aligned);
	check("free ranges do not touch the archive", apart);
	check("the archive is sane",
	    low % PAGE_SIZE == 0 && boot->archive_bytes <= boot->archive.size &&
		boot->archive.size - boot->archive_bytes < PAGE_SIZE);
	check("there is a processor, and we are on it",
	    boot->processors > 0 && hal_cpu() < boot->processors);
	check("random bytes differ", random);
	check("there is a gate", boot->gate != NULL);
}

/* The compiler's stack protector; kernel_main tries it on request. */
extern uintptr_t __stack_chk_guard;

static void
check_guard(void)
{
	const uint8_t *random = hal_boot()->random;
	bool told = false;

	for (unsigned i = 0; i < 32; i += sizeof(uintptr_t)) {
		uintptr_t word = 0;

		for (unsigned j = 0; j < sizeof word; j++)
			word |= (uintptr_t)random[i + j] << 8 * j;
		told |= word == __stack_chk_guard;
	}
	check("the stack's guard is random",
	    __stack_chk_guard != 0 && __stack_chk_guard != UINTPTR_MAX);
	check("and none of the numbers that are told", !told);
}

static void __attribute__((noinline))
write_over(volatile char *at, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = 1;
}

static void __attribute__((noinline)) smash(void)
{
	volatile char few[8];

	write_over(few, 4 * sizeof few);
}

/* Does the command line say so? */
static bool
told_to(const char *word)
{
	for (const char *line = hal_boot()->command_line; *line; line++) {
		unsigned n = 0;

		while (word[n] != '\0' && line[n] == word[n])
			n++;
		if (word[n] == '\0')
			return true;
	}
	return false;
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
	    is_call(user, trap, 7, 99) && arguments[5] == data->arguments[5]);
	hal_context_again(&user->context);
	hal_timer_arm(hal_now());
	pause(MS);
	trap = hal_run(&user->context, &user->space);
	check("a pending timer comes before the call made again",
	    trap.kind == HAL_TRAP_TIMER);
	check("and then the call", is_call(user, run(user), 7, 99));

	hal_context_result(&user->context, 0xFEDCBA9876543210);
	trap = run(user);
	check("the task gets the result",
	    data->result == 0xFEDCBA9876543210 &&
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

static paddr_t
largest_range(void)
{
	const struct hal_boot *boot = hal_boot();
	unsigned best = 0;

	for (unsigned i = 1; i < boot->range_count; i++)
		if (boot->ranges[i].size > boot->ranges[best].size)
			best = i;
	return boot->ranges[best].base;
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
	remap(user, at, one, VM_READ | VM_WRITE);
	check("until its protection changes",
	    is_call(user, run(user), USER_DONE, 0x6161) && *first == 0x6161);
	check("a page of data refuses to be executed",
	    is_fault(try(user, user_jump, at), FAULT_FETCH, at));
	remap(user, at, one, VM_READ);
	check("protection can be taken away",
	    is_fault(try(user, user_write, at), FAULT_WRITE, at));
	check("a page that is mapped is not replaced",
	    !map(user, at, two, VM_READ) &&
		is_call(user, try(user, user_read, at), USER_DONE, 0x6161));
	remap(user, at, two, VM_READ);
	check("another page can be mapped in its place",
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
}

/* What hal_space_map refuses it leaves as it was, to the last page. */
static void
check_refusals(struct user *user)
{
	enum { PAGES = 8 };
	vaddr_t at = user->free, high = HAL_USER_HIGH - 2 * PAGE_SIZE;
	paddr_t one = new_page(), page = largest_range();
	enum hal_map_result result;
	bool none = true;

	check("addresses outside the user's are refused",
	    !map(user, HAL_USER_HIGH, one, VM_READ) &&
		!map(user, HAL_USER_LOW - PAGE_SIZE, one, VM_READ) &&
		!map(user, 0, one, VM_READ) &&
		!map(user, ~(vaddr_t)0 - PAGE_SIZE + 1, one, VM_READ));
	check("so are pages that reach out of them",
	    !map_many(user, high, page, 3, VM_READ) &&
		map_many(user, high, page, 2, VM_READ));
	hal_space_unmap(&user->space, high, 2);
	check("half a page is refused", !map(user, at + 8, one, VM_READ));
	check("what could be written and executed is refused",
	    !map(user, at, one, VM_READ | VM_WRITE | VM_EXECUTE) &&
		!map(user, at, one, VM_WRITE | VM_EXECUTE));
	map(user, at + (PAGES - 1) * PAGE_SIZE, one, VM_READ);
	result = hal_space_map(&user->space, at, page, PAGES, VM_READ, false);
	for (unsigned i = 0; i < PAGES - 1; i++)
		none &= is_fault(try(user, user_read, at + i * PAGE_SIZE),
		    FAULT_READ, at + i * PAGE_SIZE);
	check("if the last page is taken, none is mapped",
	    result == HAL_REFUSED && none);
	check("up to there they can be",
	    map_many(user, at, page, PAGES - 1, VM_READ));
	hal_space_unmap(&user->space, at, PAGES);
	check("a page without rights faults",
	    map(user, at, one, 0) &&
		is_fault(try(user, user_read, at), FAULT_READ, at));
	check("and is taken all the same", !map(user, at, one, VM_READ));
	hal_space_unmap(&user->space, at, 1);
}

static bool
out_of_reach(struct user *user, vaddr_t address)
{
	return try(user, user_read, address).kind == HAL_TRAP_FAULT &&
	       try(user, user_write, address).kind == HAL_TRAP_FAULT &&
	       try(user, user_jump, address).kind == HAL_TRAP_FAULT;
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
	bool safe = true;

	safe &= out_of_reach(user, (vaddr_t)&kernel_main);
	safe &= out_of_reach(user, (vaddr_t)hal_boot());
	safe &= out_of_reach(user, (vaddr_t)&safe); /* the stack */
	safe &= out_of_reach(user, (vaddr_t)hal_physical(page));
	safe &= out_of_reach(user, (vaddr_t)hal_physical(0));
	safe &= out_of_reach(user, page); /* its bus address */
	safe &= out_of_reach(user, HAL_USER_HIGH);
	safe &= out_of_reach(user, 1ull << 47);
	safe &= out_of_reach(user, 0xFFFF800000000000);
	safe &= out_of_reach(user, ~7ull);
	check(name, safe);
	check("the gate is not writable",
	    try(user, user_write, (vaddr_t)hal_boot()->gate).kind ==
		HAL_TRAP_FAULT);

	vaddr_t at = user->free;
	paddr_t mine = new_page(), theirs = new_page();
	bool apart = true;

	*(uint64_t *)hal_physical(mine) = 1;
	*(uint64_t *)hal_physical(theirs) = 2;
	map(user, at, mine, VM_READ);
	map(other, at, theirs, VM_READ);
	for (unsigned i = 0; i < 5; i++) {
		apart &= is_call(user, try(user, user_read, at), USER_DONE, 1);
		apart &=
		    is_call(other, try(other, user_read, at), USER_DONE, 2);
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
	pause(5 * MS);
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

	check("there is no upcall to leave",
	    (start(user, user_spin), !hal_context_leave(&user->context)));
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

	if (HAL_ONE_ADDRESS_SPACE) {
		skip("hostile registers",
		    "this machine trusts the task with its own");
		return;
	}
	for (unsigned v = 0; v < sizeof values / sizeof values[0]; v++) {
		for (unsigned i = 0; i <= AREA_REGISTERS; i++) {
			uint64_t *saved = user->area->registers;

			start(user, user_read);
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
					  data->out[1] <= data->out[2] &&
					  data->out[2] <= after);
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

static void
check_tables(struct user *user)
{
	enum { MANY = 1100 }; /* pages: more than two tables hold */
	vaddr_t at = user->code + ((vaddr_t)4 << 31);
	vaddr_t last = at + (MANY - 1) * PAGE_SIZE;
	paddr_t page = largest_range();
	enum hal_map_result result;
	bool mapped = true;

	for (unsigned i = 0; i < 4; i++)
		mapped &=
		    map(user, user->code + ((vaddr_t)i << 31) + 64 * PAGE_SIZE,
			page, VM_READ);
	check("far pages can be mapped", mapped);
	while ((result = hal_space_map(&user->space, at, page, MANY, VM_READ,
		    true)) == HAL_WANTS_PAGE) {
		mapped &= is_fault(try(user, user_read, at), FAULT_READ, at);
		give(user);
	}
	check("while a page is wanted nothing is mapped", mapped);
	check("many pages can be mapped at once", result == HAL_MAPPED);
	struct hal_trap trap = try(user, user_read, last);

	check("device pages can be read",
	    trap.kind == HAL_TRAP_CALL && trap.number == USER_DONE);
	check("device pages refuse to be executed",
	    is_fault(try(user, user_jump, at), FAULT_FETCH, at));
	hal_space_unmap(&user->space, at, MANY);
	check("many pages can be unmapped at once",
	    is_fault(try(user, user_read, at), FAULT_READ, at) &&
		is_fault(try(user, user_read, last), FAULT_READ, last));
	for (unsigned i = 0; i < 4; i++)
		hal_space_unmap(&user->space,
		    user->code + ((vaddr_t)i << 31) + 64 * PAGE_SIZE, 1);
}

/* What was given is written over: whoever still walks a table finds rubbish
 * that, taken for descriptors, shows a page that is not the user's. */
static void
check_end(struct user *user, struct user *other, unsigned n)
{
	bool good = try(user, user_call, 0).kind == HAL_TRAP_CALL;
	vaddr_t at = user->free;

	check("fewer tables were wanted than remembered",
	    user->given_count <= GIVEN_MAX);
	hal_space_unmap(&user->space, user->code, 32);
	hal_space_end(&user->space);
	for (unsigned i = 0; i < user->given_count; i++) {
		uint64_t *words = hal_physical(user->given[i]);

		for (unsigned j = 0; j < PAGE_SIZE / 8; j++)
			words[j] = user->given[i] | 0x7E7;
	}
	user->given_count = 0;
	check("other spaces live on when one ends",
	    good && try(other, user_call, 0).kind == HAL_TRAP_CALL);
	hal_space_end(&user->space);
	hal_space_unmap(&user->space, at, 1);
	check("a space can end twice",
	    try(other, user_call, 0).kind == HAL_TRAP_CALL);
	give(user);
	hal_space_end(&user->space);
	user_open(user, n);
	check("a space can be made again",
	    try(user, user_call, 0).kind == HAL_TRAP_CALL);
	check("nothing is left in it",
	    is_fault(try(user, user_read, at), FAULT_READ, at));
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

	if (told_to("smash")) {
		smash();
		check("a function that lost its stack does not return", false);
		hal_halt(HAL_POWER_OFF, 1);
	}
	check_boot();
	check_guard();
	check_time();
	user_open(one, 0);
	user_open(two, 1);
	check_calls(one);
	check_faults(one);
	check_mapping(one);
	check_refusals(one);
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
	check_end(one, two, 0);
	check_end(two, one, 1);
	print_number(passed);
	print(" passed, ");
	print_number(failed);
	print(" failed\n");
	hal_halt(HAL_POWER_OFF, failed == 0 ? 0 : 1);
}
