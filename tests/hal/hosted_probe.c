/* hosted_probe: a kernel that only tries hal/hosted. */
#include <gbsd/start.h>
#include <hal/hal.h>

void user_registers(void), user_spin(void), user_calls(void), user_busy(void);
void user_mixed(void), user_read(void), user_write(void), user_fetch(void);
void user_divide(void), user_illegal(void), user_break(void), user_wild(void);
void user_bad_stack(void), user_recurse(void), user_upcall(void);

volatile uint64_t probe_spins;
void (*probe_gate)(void);

enum { STACK = 64 * 1024, TASKS = 4 };
static struct hal_space space;
static struct hal_context context[TASKS] __attribute__((aligned(64)));
static struct area *area[TASKS];
static uint64_t stack_low[TASKS];
static paddr_t free_page;
static unsigned failures;

static void
print(const char *s)
{
	size_t n = 0;
	while (s[n])
		n++;
	hal_console_put(STREAM_OUTPUT, s, n);
}

static void
number(uint64_t v)
{
	char b[24];
	int i = 24;
	do
		b[--i] = (char)('0' + v % 10);
	while (v /= 10);
	hal_console_put(STREAM_OUTPUT, b + i, (size_t)(24 - i));
}

static void
check(bool good, const char *what)
{
	print(good ? "ok   " : "FAIL ");
	print(what);
	print("\n");
	if (!good)
		failures++;
}

static void
figure(const char *what, uint64_t v, const char *unit)
{
	print("     ");
	print(what);
	print(": ");
	number(v);
	print(unit);
	print("\n");
}

static paddr_t
page(unsigned n)
{
	paddr_t p = free_page;
	free_page += n * PAGE_SIZE;
	return p;
}

static void
task(int i, void (*entry)(void), uint64_t argument)
{
	uint64_t base = HAL_USER_LOW + 0x10000000ull * (unsigned)i;

	if (!area[i]) {
		paddr_t p = page(1);
		area[i] = hal_physical(p);
		area[i]->self = (struct area *)(base + 0x8000000);
		hal_space_map(&space, base + 0x8000000, p, 1,
		    VM_READ | VM_WRITE, false);
		stack_low[i] = base + 0x100000;
		hal_space_map(&space, stack_low[i], page(STACK / PAGE_SIZE),
		    STACK / PAGE_SIZE, VM_READ | VM_WRITE, false);
	}
	hal_context_init(&context[i], (uintptr_t)entry, stack_low[i] + STACK,
	    argument, area[i], base + 0x8000000);
}

static uint64_t
gate_argument(void)
{
	return (uintptr_t)hal_boot()->gate;
}

static void
try_registers(void)
{
	struct hal_trap t = { 0 };
	bool good = true;

	task(0, user_registers, gate_argument());
	task(1, user_registers, gate_argument());
	for (int i = 0; i < 2000 && good; i++) {
		int k = i / 3 & 1;
		t = hal_run(&context[k], &space);
		good = t.kind == HAL_TRAP_CALL && t.number == 7;
		hal_context_result(&context[k], 1);
		if (i % 100 == 0)
			print("a longer text, so that it is worth copying\n");
	}
	check(good, "every register survives a call and a switch");
	if (!good) {
		figure("kind", t.kind, "");
		figure("number", t.number, "");
	}
	hal_context_result(&context[0], 0);
	t = hal_run(&context[0], &space);
	check(t.number == 2, "its result reaches it");
	hal_context_again(&context[0]);
	hal_arguments(&context[0])[3] = 99;
	t = hal_run(&context[0], &space);
	check(t.kind == HAL_TRAP_CALL && t.number == 2 &&
		hal_arguments(&context[0])[3] == 99,
	    "again makes the same call");
}

static void
try_faults(void)
{
	static const struct {
		void (*entry)(void);
		uint32_t kind;
		uint64_t address;
		const char *what;
	} faults[] = {
		{ user_read, FAULT_READ, HAL_USER_HIGH - 4096, "read fault" },
		{ user_write, FAULT_WRITE, HAL_USER_HIGH - 4096,
		    "write fault" },
		{ user_fetch, FAULT_FETCH, HAL_USER_HIGH - 4096,
		    "fetch fault" },
		{ user_divide, FAULT_DIVIDE, 0, "divide fault" },
		{ user_illegal, FAULT_ILLEGAL, 0, "illegal instruction" },
		{ user_break, FAULT_BREAKPOINT, 0, "breakpoint" },
		{ user_wild, FAULT_ILLEGAL, 0, "not canonical" },
		{ user_bad_stack, FAULT_READ, HAL_USER_HIGH - 4096,
		    "call with a bad stack" },
		{ (void (*)(void))0x7777777777777777, FAULT_FETCH,
		    0x7777777777777777, "entry not canonical" },
	};

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		task(0, faults[i].entry, HAL_USER_HIGH - 4096);
		struct hal_trap t = hal_run(&context[0], &space);
		bool good = t.kind == HAL_TRAP_FAULT &&
		    t.number == faults[i].kind && t.address == faults[i].address;
		check(good, faults[i].what);
		if (!good) {
			figure("kind", t.kind, "");
			figure("number", t.number, "");
			figure("address", t.address, "");
		}
	}

	uint64_t where = HAL_USER_LOW + 0x5000;
	task(0, user_write, where);
	struct hal_trap t = hal_run(&context[0], &space);
	check(t.kind == HAL_TRAP_FAULT && t.address == where, "page missing");
	paddr_t p = page(1);
	hal_space_map(&space, where, p, 1, VM_READ, false);
	t = hal_run(&context[0], &space);
	check(t.kind == HAL_TRAP_FAULT && t.number == FAULT_WRITE,
	    "page read-only");
	hal_space_map(&space, where, p, 1, VM_READ | VM_WRITE, false);
	t = hal_run(&context[0], &space);
	check(t.kind == HAL_TRAP_CALL && t.number == 6 &&
		*(uint64_t *)hal_physical(p) == where,
	    "page mapped, instruction repeated");
	hal_space_unmap(&space, where, 1);
	hal_context_result(&context[0], 0);
	t = hal_run(&context[0], &space);
	check(t.kind == HAL_TRAP_FAULT && t.address == where, "page unmapped");
	check(hal_space_map(&space, 0x1000, p, 1, VM_READ, false) ==
		HAL_REFUSED,
	    "an address of the host's is refused");

	task(0, user_recurse, 0);
	t = hal_run(&context[0], &space);
	check(t.kind == HAL_TRAP_FAULT && t.number == FAULT_WRITE &&
		t.address == stack_low[0] - 8,
	    "stack overflow");
}

static void
try_preemption(void)
{
	bool good = true;
	int n = 0;

	task(0, user_spin, gate_argument());
	task(1, user_spin, gate_argument());
	probe_spins = 0;
	uint64_t start = hal_now(), late = 0;
	for (; n < 4000 && good; n++) {
		uint64_t deadline = hal_now() + 1000000;
		hal_timer_arm(deadline);
		struct hal_trap t = hal_run(&context[n & 1], &space);
		good = t.kind == HAL_TRAP_TIMER;
		uint64_t now = hal_now();
		good = good && now >= deadline;
		if (now - deadline > late)
			late = now - deadline;
		if (!good) {
			figure("kind", t.kind, "");
			figure("number", t.number, "");
			figure("address", t.address, "");
			figure("rip", context[n & 1].rip, "");
		}
	}
	check(good && probe_spins > 1000, "registers survive 4000 preemptions");
	figure("time for them", (hal_now() - start) / 1000000, " ms");
	figure("latest", late / 1000, " us");
	figure("spins", probe_spins, "");
}

static uint64_t
random_number(void)
{
	static uint64_t s = 88172645463325252ull;
	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return s;
}

/* A timer at a random moment, which may find the task, the gate, hal_run or
 * the kernel: it must be reported each time. */
static void
try_races(void)
{
	bool good = true;
	uint64_t calls = 0, late = 0, very = 0;

	task(0, user_mixed, gate_argument());
	task(1, user_calls, gate_argument());
	uint64_t start = hal_now();
	for (int n = 0; n < 100000 && good; n++) {
		struct hal_context *c = &context[n & 1];
		uint64_t deadline = hal_now() + random_number() % 40000;
		hal_timer_arm(deadline);
		struct hal_trap t;
		do {
			t = hal_run(c, &space);
			if (t.kind == HAL_TRAP_CALL) {
				calls++;
				if (hal_now() > deadline + 1000000000) {
					print("LOST\n");
					good = false;
					break;
				}
			}
		} while (t.kind == HAL_TRAP_CALL);
		good = good && t.kind == HAL_TRAP_TIMER;
		uint64_t now = hal_now();
		if (now - deadline > late)
			late = now - deadline;
		very += now - deadline > 100000;
	}
	check(good, "no timer is lost in 100000");
	figure("calls between", calls, "");
	figure("latest", late / 1000, " us");
	figure("later than 100 us", very, "");
	figure("per timer", (hal_now() - start) / 100000, " ns");
}

static void
try_upcalls(void)
{
	struct hal_trap t;

	probe_gate = hal_boot()->gate->call;
	/* In a call. */
	task(0, user_registers, gate_argument());
	t = hal_run(&context[0], &space);
	bool good = t.number == 7;
	for (int i = 0; i < 100 && good; i++) {
		if ((i & 1) == 0)
			hal_context_result(&context[0], 1);
		else
			hal_context_again(&context[0]);
		hal_context_enter(&context[0], (uintptr_t)user_upcall, 5);
		t = hal_run(&context[0], &space);
		good = good && t.kind == HAL_TRAP_CALL && t.number == 8 &&
		    hal_arguments(&context[0])[0] == 5;
		hal_context_result(&context[0], 0);
		t = hal_run(&context[0], &space);
		good = good && t.number == 9;
		good = good && hal_context_leave(&context[0]);
		good = good && !hal_context_leave(&context[0]);
		t = hal_run(&context[0], &space);
		good = good && t.kind == HAL_TRAP_CALL && t.number == 7;
		if (!good) {
			figure("i", (uint64_t)i, "");
			figure("kind", t.kind, "");
			figure("number", t.number, "");
			figure("address", t.address, "");
			figure("rip", context[0].rip, "");
		}
	}
	check(good, "upcalls into calls");

	/* Preempted. */
	task(0, user_spin, gate_argument());
	good = true;
	for (int i = 0; i < 1000 && good; i++) {
		hal_timer_arm(hal_now() + 200000);
		t = hal_run(&context[0], &space);
		good = t.kind == HAL_TRAP_TIMER;
		hal_context_enter(&context[0], (uintptr_t)user_upcall, 6);
		t = hal_run(&context[0], &space);
		good = good && t.number == 8;
		hal_context_result(&context[0], 0);
		t = hal_run(&context[0], &space);
		good = good && t.number == 9 && hal_context_leave(&context[0]);
	}
	if (!good) {
		figure("kind", t.kind, "");
		figure("number", t.number, "");
	}
	check(good, "upcalls into a preempted task");

	uint64_t where = HAL_USER_LOW + 0x7000;
	task(0, user_write, where);
	t = hal_run(&context[0], &space);
	good = t.kind == HAL_TRAP_FAULT;
	hal_context_enter(&context[0], (uintptr_t)user_upcall, 6);
	t = hal_run(&context[0], &space);
	good = good && t.number == 8;
	t = hal_run(&context[0], &space);
	good = good && t.number == 9 && hal_context_leave(&context[0]);
	t = hal_run(&context[0], &space);
	check(good && t.kind == HAL_TRAP_FAULT && t.address == where,
	    "upcall into a fault");
}

static void
try_idle(void)
{
	uint64_t start = hal_now();

	hal_timer_arm(start + 20000000);
	struct hal_trap t = hal_idle();
	uint64_t took = hal_now() - start;
	check(t.kind == HAL_TRAP_TIMER && took >= 20000000, "idle until then");
	figure("20 ms took", took / 1000, " us");
	hal_cpu_kick(0);
	check(hal_idle().kind == HAL_TRAP_KICK, "a kick ends idle");
	hal_cpu_kick(0);
	task(0, user_busy, 0);
	check(hal_run(&context[0], &space).kind == HAL_TRAP_KICK,
	    "a kick comes before the task");
}

static void
measure(void)
{
	enum { N = 5000000 };
	uint64_t best = UINT64_MAX;

	task(0, user_calls, gate_argument());
	task(1, user_calls, gate_argument());
	for (int k = 0; k < 3; k++) {
		uint64_t start = hal_now();
		for (int i = 0; i < N; i++) {
			hal_run(&context[0], &space);
			hal_context_result(&context[0], 0);
		}
		uint64_t t = (hal_now() - start) * 10 / N;
		best = t < best ? t : best;
	}
	figure("empty call, tenths", best, " ns");
	best = UINT64_MAX;
	for (int k = 0; k < 3; k++) {
		uint64_t start = hal_now();
		for (int i = 0; i < N; i++) {
			hal_run(&context[i & 1], &space);
			hal_context_result(&context[i & 1], 0);
		}
		uint64_t t = (hal_now() - start) * 10 / N;
		best = t < best ? t : best;
	}
	figure("call and switch, tenths", best, " ns");

	uint64_t start = hal_now();
	for (int i = 0; i < 5000; i++) {
		hal_timer_arm(hal_now());
		hal_run(&context[0], &space);
	}
	figure("timer armed, fired, back", (hal_now() - start) / 5000, " ns");
	task(0, user_read, HAL_USER_HIGH - 4096);
	start = hal_now();
	for (int i = 0; i < 5000; i++)
		hal_run(&context[0], &space);
	figure("fault", (hal_now() - start) / 5000, " ns");

	paddr_t p = page(16);
	uint64_t where = HAL_USER_LOW + 0x9000;
	for (int i = 0; i < 16 * 4096; i++)
		((volatile char *)hal_physical(p))[i] = 1;
	start = hal_now();
	for (int i = 0; i < 5000; i++) {
		hal_space_map(&space, where, p, 16, VM_READ | VM_WRITE, false);
		hal_space_unmap(&space, where, 16);
	}
	figure("map and unmap", (hal_now() - start) / 5000, " ns");
	start = hal_now();
	for (int i = 0; i < 5000; i++) {
		hal_space_map(&space, where, p, 16, VM_READ | VM_WRITE, false);
		for (int j = 0; j < 16; j++)
			((volatile char *)where)[j * 4096] = 1;
		hal_space_unmap(&space, where, 16);
	}
	figure("map, touch 16, unmap", (hal_now() - start) / 5000, " ns");
}

static __attribute__((noinline)) void
bad_write(void)
{
	volatile uintptr_t where = 8;

	*(volatile int *)where = 1;
}

/* What the host does for a small program: 11 pages of image in three runs,
 * 2 of data, 2 of stack, area and start, all touched; and its end. */
static void
measure_spawn(void)
{
	enum { N = 2000 };
	static const struct {
		unsigned at, pages;
	} runs[] = { { 0, 4 }, { 4, 4 }, { 8, 3 }, { 12, 2 }, { 42, 2 },
		{ 50, 1 }, { 60, 1 } };
	static struct hal_space child;
	paddr_t p = page(64);
	uint64_t best = UINT64_MAX, spent = 0;

	for (int i = 0; i < 64 * 4096; i++)
		((volatile char *)hal_physical(p))[i] = 1;
	for (int k = 0; k < N; k++) {
		uint64_t base = HAL_USER_LOW + 0x40000000 +
		    (random_number() % 4096) * 0x100000;
		uint64_t start = hal_now();
		hal_space_init(&child);
		for (unsigned i = 0; i < 7; i++)
			hal_space_map(&child, base + runs[i].at * 4096,
			    p + runs[i].at * 4096, runs[i].pages,
			    i < 3 ? VM_READ | VM_EXECUTE : VM_READ | VM_WRITE,
			    false);
		for (unsigned i = 0; i < 7; i++)
			for (unsigned j = 0; j < runs[i].pages; j++)
				(void)*(volatile char *)(base +
				    (runs[i].at + j) * 4096);
		for (int i = 6; i >= 0; i--)
			hal_space_unmap(&child, base + runs[i].at * 4096,
			    runs[i].pages);
		uint64_t t = hal_now() - start;
		best = t < best ? t : best;
		spent += t;
	}
	figure("a small program, mean", spent / N, " ns");
	figure("a small program, best", best, " ns");
}

void
kernel_main(void)
{
	free_page = hal_boot()->ranges[0].base;
	probe_gate = hal_boot()->gate->call;
	hal_space_init(&space);
	const char *line = hal_boot()->command_line;

	for (const char *c = line; *c; c++)
		if (c[0] == 'c' && c[1] == '=' && c[2] == 'r') {
			task(0, user_calls, gate_argument());
			for (int i = 0; i < 10000000; i++)
				hal_run(&context[i & 1 ? 0 : 0], &space);
			hal_halt(HAL_POWER_OFF, 0);
		} else if (c[0] == 'c' && c[1] == '=' && c[2] == 'm') {
			measure_spawn();
			hal_halt(HAL_POWER_OFF, 0);
		} else if (c[0] == 'c' && c[1] == '=' && c[2] == 'e') {
			hal_halt(HAL_POWER_OFF, 7);
		} else if (c[0] == 'c' && c[1] == '=' && c[2] == 'p') {
			bad_write();
		} else if (c[0] == 'c' && c[1] == '=' && c[2] == 'i') {
			hal_timer_arm(hal_now() + 10000000000);
			hal_idle();
			hal_halt(HAL_POWER_OFF, 0);
		} else if (c[0] == 'c' && c[1] == '=' && c[2] == 's') {
			/* echo, under load */
			uint64_t sum = 0, count = 0;
			task(0, user_mixed, gate_argument());
			hal_unmask(hal_boot()->console_interrupt);
			for (;;) {
				struct hal_trap t = count % 3 == 0 ? hal_idle() :
				    hal_run(&context[0], &space);
				if (t.kind != HAL_TRAP_INTERRUPT)
					continue;
				int b;
				while ((b = hal_console_get()) >= 0) {
					sum = sum * 31 + (uint64_t)b;
					count++;
					char ch = (char)b;
					if (c[3] == 'e')
						hal_console_put(STREAM_OUTPUT, &ch, 1);
				}
				if (b == -2)
					break;
				hal_unmask(t.number);
			}
			if (c[3] != 'e') {
				figure("bytes", count, "");
				figure("sum", sum, "");
			}
			hal_halt(HAL_POWER_OFF, 0);
		}
	figure("start to kernel_main, us", hal_now() / 1000, "");
	print(line);
	print("\n");
	try_registers();
	try_faults();
	try_upcalls();
	try_idle();
	try_preemption();
	measure();
	measure_spawn();
	try_races();
	hal_halt(HAL_POWER_OFF, failures ? 1 : 0);
}
