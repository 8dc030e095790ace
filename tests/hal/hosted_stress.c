/*
 * hosted_stress: what contract.c does not ask of every machine.
 *
 * A kernel of its own for hal/hosted: registers over thousands of calls,
 * upcalls and preemptions, faults in odd places, timers at random moments,
 * and input under load.  -c says which: nothing for the checks, `measure`,
 * `calls` (ten million calls, to count host calls), `sum` and `echo` (of the
 * input, under load), `idle`, `deaf`, `exit` (with status 7), `fault` (a panic).
 * hosted_console drives it from outside.
 */
#include "hosted_stress.h"

static struct hal_trap
run(int i)
{
	return hal_run(&context[i], &space);
}

static void
try_calls(void)
{
	bool good = true;

	start(0, user_registers, gate());
	start(1, user_registers, gate());
	for (int i = 0; i < 20000 && good; i++) {
		int k = i / 3 & 1;
		struct hal_trap t = run(k);

		good = t.kind == HAL_TRAP_CALL && t.number == USER_AGAIN;
		hal_context_result(&context[k], 1);
		if (i % 1000 == 0) /* a library's copy may use xmm0 */
			print("     text that is worth copying fast\n");
	}
	check("every register survives calls and switches", good);
}

static void
try_faults(void)
{
	static const uint64_t odd = 0x7777777777777777,
			      hole = HAL_USER_HIGH - PAGE_SIZE;
	const struct {
		const char *what;
		void (*entry)(void);
		uint32_t kind;
		uint64_t address;
	} faults[] = {
		{ "an odd address is illegal", user_wild, FAULT_ILLEGAL, 0 },
		{ "a call on a bad stack is the task's fault", user_bad_stack,
		    FAULT_READ, hole },
		{ "an odd entry is a fetch fault", (void (*)(void))odd,
		    FAULT_FETCH, odd },
		{ "a full stack is a write fault", user_recurse, FAULT_WRITE,
		    stack_of(0) - 8 },
	};

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		start(0, faults[i].entry, hole);
		struct hal_trap t = run(0);

		check(faults[i].what, t.kind == HAL_TRAP_FAULT &&
					  t.number == faults[i].kind &&
					  t.address == faults[i].address);
	}
}

/* Through an upcall and back; false if it goes another way. */
static bool
upcall(uint64_t bits)
{
	hal_context_enter(&context[0], (uintptr_t)user_upcall, bits);
	struct hal_trap t = run(0);
	bool good = t.kind == HAL_TRAP_CALL && t.number == USER_ENTERED &&
		    hal_arguments(&context[0])[0] == bits;

	hal_context_result(&context[0], 0);
	t = run(0);
	return good && t.kind == HAL_TRAP_CALL && t.number == USER_LEAVE &&
	       hal_context_leave(&context[0]) &&
	       !hal_context_leave(&context[0]);
}

static void
try_upcalls(void)
{
	vaddr_t hole = HAL_USER_HIGH - PAGE_SIZE;
	struct hal_trap t;

	start(0, user_registers, gate());
	t = run(0);
	bool good = t.number == USER_AGAIN;
	for (int i = 0; i < 1000 && good; i++) {
		if (i & 1)
			hal_context_again(&context[0]);
		else
			hal_context_result(&context[0], 1);
		good = upcall(5);
		t = run(0);
		good =
		    good && t.kind == HAL_TRAP_CALL && t.number == USER_AGAIN;
	}
	check("registers survive upcalls into calls", good);

	start(0, user_spin, gate());
	for (int i = 0; i < 1000 && good; i++) {
		hal_timer_arm(hal_now() + 200000);
		t = run(0);
		good = t.kind == HAL_TRAP_TIMER && upcall(6);
	}
	check("registers survive upcalls into a running task", good);

	start(0, user_write, hole);
	t = run(0);
	good = t.kind == HAL_TRAP_FAULT && upcall(7);
	t = run(0);
	check("a fault is repeated after an upcall",
	    good && t.kind == HAL_TRAP_FAULT && t.address == hole);
}

static void
try_preemption(void)
{
	bool good = true;

	start(0, user_spin, gate());
	start(1, user_spin, gate());
	stress_spins = 0;
	for (int n = 0; n < 4000 && good; n++) {
		uint64_t deadline = hal_now() + 1000000;

		hal_timer_arm(deadline);
		good =
		    run(n & 1).kind == HAL_TRAP_TIMER && hal_now() >= deadline;
	}
	check(
	    "registers survive 4000 preemptions", good && stress_spins > 1000);
}

/* A timer at a random moment finds the task, the gate, hal_run or the
 * kernel, and must be reported each time. */
static void
try_races(void)
{
	uint64_t calls = 0;
	bool good = true;

	start(0, user_mixed, gate());
	start(1, user_calls, gate());
	for (int n = 0; n < 100000 && good; n++) {
		uint64_t deadline = hal_now() + random_number() % 100000;
		struct hal_trap t;

		hal_timer_arm(deadline);
		while ((t = run(n & 1)).kind == HAL_TRAP_CALL)
			if (++calls % 1024 == 0 &&
			    hal_now() > deadline + 2000000000)
				break;
		good = t.kind == HAL_TRAP_TIMER && hal_now() >= deadline;
	}
	check("no timer is lost in 100000", good);
	figure("calls between them", calls, "");
}

static void
try_kicks(void)
{
	hal_cpu_kick(0);
	check("a kick ends idle", hal_idle().kind == HAL_TRAP_KICK);
	start(0, user_busy, 0);
	hal_cpu_kick(0);
	check("a kick comes before the task", run(0).kind == HAL_TRAP_KICK);
}

static void
mode_checks(void)
{
	try_calls();
	try_faults();
	try_upcalls();
	try_kicks();
	stress_mappings();
	try_preemption();
	try_races();
	hal_halt(HAL_POWER_OFF, failures ? 1 : 0);
}

/* Reads to the end of input, idle or with a task and timers running. */
static void
read_all(bool echo)
{
	uint64_t sum = 0, count = 0;
	int byte = -1;

	start(0, user_mixed, gate());
	hal_unmask(hal_boot()->console_interrupt);
	while (byte != -2) {
		if (count % 2)
			hal_timer_arm(hal_now() + random_number() % 50000);
		struct hal_trap t = count % 3 ? run(0) : hal_idle();

		if (t.kind != HAL_TRAP_INTERRUPT)
			continue;
		while ((byte = hal_console_get()) >= 0) {
			char c = (char)byte;

			sum = sum * 31 + (uint64_t)byte;
			count++;
			if (echo)
				hal_console_put(STREAM_OUTPUT, &c, 1);
		}
		hal_unmask(t.number);
	}
	if (!echo) {
		figure("bytes", count, "");
		figure("sum", sum, "");
	}
	hal_halt(HAL_POWER_OFF, 0);
}

static void
mode_sum(void)
{
	read_all(false);
}

static void
mode_echo(void)
{
	read_all(true);
}

static void
mode_calls(void)
{
	start(0, user_calls, gate());
	start(1, user_calls, gate());
	for (int i = 0; i < 10000000; i++)
		run(i & 1);
	hal_halt(HAL_POWER_OFF, 0);
}

static void
mode_idle(void)
{
	hal_timer_arm(hal_now() + 10000000000);
	hal_halt(HAL_POWER_OFF, hal_idle().kind == HAL_TRAP_TIMER ? 0 : 1);
}

/* Wants input and takes none. */
static void
mode_deaf(void)
{
	hal_unmask(hal_boot()->console_interrupt);
	for (;;)
		hal_idle();
}

static void
mode_exit(void)
{
	hal_halt(HAL_POWER_OFF, 7);
}

static __attribute__((noinline)) void
stress_fault(void)
{
	volatile uintptr_t where = 8;

	*(volatile int *)where = 1;
}

static void
mode_fault(void)
{
	stress_fault();
}

_Noreturn void
kernel_main(void)
{
	static const struct {
		const char *word;
		void (*run)(void);
	} modes[] = {
		{ "c=measure", stress_measure },
		{ "c=calls", mode_calls },
		{ "c=sum", mode_sum },
		{ "c=echo", mode_echo },
		{ "c=idle", mode_idle },
		{ "c=deaf", mode_deaf },
		{ "c=exit", mode_exit },
		{ "c=fault", mode_fault },
	};

	stress_start();
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
		if (has_word(hal_boot()->command_line, modes[i].word))
			modes[i].run();
	mode_checks();
	for (;;)
		;
}
