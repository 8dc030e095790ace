/*
 * tasks: who controls whom: faults, upcalls, ends; and what a task can make
 * of its own registers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instructions.h"
#include "security.h"

/* --- faults ----------------------------------------------------------------*/

/* Reads a page that is not there yet. */
int
role_resumed(int argc, char **argv)
{
	uint64_t at = strtoull(argv[0], NULL, 0);

	(void)argc;
	return *(volatile uint64_t *)at == SECRET ? CHILD_GOOD : CHILD_BAD;
}

static cap_t
start_faulting(struct child *c, const char *address)
{
	child_begin(c, NULL);
	child_run(c, (const char *const[]){ "resumed", address, NULL });
	return child_fault(c);
}

static bool
answer(cap_t reply, uint64_t word)
{
	message()->words[0] = word;
	return port_send(reply, 8, 0, 0, 0, 0) == E_OK;
}

static void
test_faults(void)
{
	struct child c[3];
	cap_t reply[3], memory, there;
	char address[24];
	void *at = NULL;
	uint64_t *view;
	bool good;

	view = page_new(&memory);
	*view = SECRET;
	must(memory_reserve(1, &at), "address");
	snprintf(address, sizeof(address), "%p", at);
	for (unsigned i = 0; i < 3; i++)
		reply[i] = start_faulting(&c[i], address);
	must(cap_range(memory, RIGHT_READ, 0, 1, &there), "page");
	must(cap_stage(there, c[0].spawn.space, &there), "stage");
	must(vm_map(there, at, VM_READ, c[0].spawn.space), "map");
	good = answer(reply[0], FAULT_RESUME) && child_says(&c[0], CHILD_GOOD);
	sleep_for(20);
	check(good && is_empty(c[1].events) && is_empty(c[2].events) &&
		  is_there(reply[1]) && is_there(reply[2]),
	    "a_fault_handler_resumes_only_its_own");
	check(!answer(reply[0], FAULT_RESUME) && !is_there(reply[0]),
	    "a_fault_is_answered_once");
	cap_close(reply[1]);
	good = child_wait(&c[1]) == ENDED_KILLED;
	sleep_for(20);
	check(good && is_empty(c[2].events) && is_there(reply[2]),
	    "a_fault_handler_kills_only_its_own");
	/* Any other answer is none. */
	check(answer(reply[2], FAULT_RESUME + 1) &&
		  child_wait(&c[2]) == ENDED_KILLED,
	    "what_is_no_answer_kills");
	for (unsigned i = 0; i < 3; i++)
		child_end(&c[i]);
}

static void
test_forged_fault(void)
{
	cap_t port = port_new(1), handler;

	handler = sender_new(port, 2, 1);
	memset(message()->words, 0, sizeof(message()->words));
	message()->words[0] = FAULT_READ;
	message()->words[1] = 0x10;
	must(port_send(handler, sizeof(struct fault), 0, 0, port, 1), "send");
	check(receive(port) == RECEIVED_MESSAGE, "a_fault_cannot_be_forged");
}

/* --- control ---------------------------------------------------------------*/

int
role_idler(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (;;)
		sched_yield_now();
}

/* Ends its own space, which must be that alone. */
int
role_ender(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	must(sys_signal(0, SIGNAL_END, 0), "end");
	return CHILD_BAD;
}

static void
test_control(void)
{
	const struct {
		enum signal_mode mode;
		const char *name;
	} signals[] = {
		{ SIGNAL_UPCALL, "an_upcall_without_control_is_refused" },
		{ SIGNAL_SUSPEND, "suspending_without_control_is_refused" },
		{ SIGNAL_RESUME, "resuming_without_control_is_refused" },
		{ SIGNAL_KILL, "killing_without_control_is_refused" },
		{ SIGNAL_END, "ending_without_control_is_refused" },
	};
	struct child c;
	cap_t task, space, port = port_new(1), out;

	child_begin(&c, NULL);
	child_role(&c, "idler");
	task = copy(c.spawn.task, RIGHT_DERIVE);
	space = copy(c.spawn.space, RIGHT_DERIVE);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		check(sys_signal(signals[i].mode == SIGNAL_END ? space : task,
			  signals[i].mode, 0) == E_NO_RIGHTS,
		    signals[i].name);
	check(cap_faults(space, port) == E_NO_RIGHTS,
	    "taking_faults_without_control_is_refused");
	check(cap_stage(sender_new(port, 1, 1), space, &out) == E_NO_RIGHTS,
	    "staging_without_control_is_refused");
	check(sched_spawn(raw_take(2), space, 0, PAGE_SIZE * 64, 0, "x",
		  &out) == E_NO_RIGHTS,
	    "spawning_without_control_is_refused");
	check(vm_map(1ull << 32 | 1, (void *)gbsd_start()->window_low, VM_READ,
		  space) == E_NO_RIGHTS,
	    "mapping_without_control_is_refused");
	cap_close(task);
	cap_close(space);
	sleep_for(20);
	check(is_empty(c.events), "who_does_not_own_a_task_cannot_end_it");
	child_end(&c);
}

static void
test_end(void)
{
	struct child idle, ender;

	child_begin(&idle, NULL);
	child_role(&idle, "idler");
	child_begin(&ender, NULL);
	child_role(&ender, "ender");
	check(child_wait(&ender) == ENDED_KILLED && is_empty(idle.events),
	    "a_program_ends_only_itself");
	child_end(&ender);
	child_end(&idle);
}

/* --- registers -------------------------------------------------------------*/

/* A page with these bytes, and a return behind them, to be run. */
static void (*code_new(const uint8_t bytes[8]))(void)
{
	cap_t raw = 0;
	void *at = NULL;
	size_t n = 8;

	must(memory_take(1, &raw), "page");
	must(memory_map(raw, VM_READ | VM_WRITE, &at), "map");
	while (n > 0 && bytes[n - 1] == 0)
		n--;
	memcpy(at, bytes, n);
	memcpy((char *)at + n, instruction_return, 4);
	vm_unmap(raw);
	must(vm_map(raw, at, VM_READ | VM_EXECUTE, 0), "map");
	return (void (*)(void))at;
}

/* Runs an instruction that is not for it. */
int
role_executor(int argc, char **argv)
{
	static const uint8_t none[8];
	unsigned i = (unsigned)atoi(argv[0]);

	(void)argc;
	code_new(none)(); /* that alone must work */
	if (strcmp(argv[0], "none") == 0)
		return CHILD_GOOD;
	code_new(instructions[i].bytes)();
	return CHILD_BAD;
}

static void
test_instructions(void)
{
	bool good = true;
	struct child c;

	child_begin(&c, NULL);
	child_run(&c, (const char *const[]){ "executor", "none", NULL });
	good &= child_says(&c, CHILD_GOOD);
	child_end(&c);
	for (unsigned i = 0; i < instruction_count; i++) {
		char number[12];

		snprintf(number, sizeof(number), "%u", i);
		child_begin(&c, NULL);
		child_run(
		    &c, (const char *const[]){ "executor", number, NULL });
		if (child_wait(&c) != ENDED_FAULT) {
			note("%s is done", instructions[i].name);
			good = false;
		}
		child_end(&c);
	}
	check(good, "privileged_instructions_fault");
}

static unsigned falsified;
static uint64_t falsehood;

static void
falsify(uint64_t bits)
{
	(void)bits;
	if (falsehood == UINT64_MAX)
		gbsd_area()->registers[falsified] = UINT64_MAX;
	else
		gbsd_area()->registers[falsified] |= falsehood;
	sched_upcall_done();
}

/* Comes back from an upcall with one register of its choice, and tries what
 * it must not; or takes an upcall somewhere else. */
int
role_forger(int argc, char **argv)
{
	void (*forbidden)(void) = code_new(instructions[0].bytes);

	(void)argc;
	falsified = (unsigned)atoi(argv[0]);
	falsehood = strtoull(argv[1], NULL, 0);
	gbsd_area()->upcall_entry = (uint64_t)falsify;
	if (falsified == AREA_REGISTERS)
		gbsd_area()->upcall_entry = falsehood;
	must(sys_signal(0, SIGNAL_UPCALL, 1), "upcall");
	forbidden();
	return CHILD_BAD;
}

/* True unless it did what it must not; who hangs is ended. */
static bool
forges_nothing(unsigned which, uint64_t what)
{
	uint64_t end = gbsd_time() + 1000 * MILLISECOND;
	char number[12], value[24];
	enum received kind = 0;
	struct child c;
	enum error e;
	bool good;

	snprintf(number, sizeof(number), "%u", which);
	snprintf(value, sizeof(value), "%#llx", (unsigned long long)what);
	child_begin(&c, NULL);
	child_run(&c, (const char *const[]){ "forger", number, value, NULL });
	do {
		sched_yield_now();
		e = port_receive(c.events, RECEIVE_NO_WAIT, &kind);
	} while (e == E_WOULD_BLOCK && gbsd_time() < end);
	good = kind != RECEIVED_REPLY || message()->words[0] != CHILD_BAD;
	if (!good)
		note("register %u with %s", which, value);
	child_end(&c);
	return good;
}

static void
test_registers(void)
{
	const uint64_t entries[] = { UINT64_MAX, 1ull << 47, 1ull << 63,
		0xFFFFFFFF80100000, 0xFFFFFFFFC0000000, 0xFFFF800000000000, 8 };
	bool good = true;

	for (unsigned i = 0; i < AREA_REGISTERS; i++)
		good &= forges_nothing(i, privileged_flags) &&
			forges_nothing(i, UINT64_MAX);
	check(good, "a_falsified_register_gains_nothing");
	good = true;
	for (unsigned i = 0; i < sizeof(entries) / sizeof(*entries); i++)
		good &= forges_nothing(AREA_REGISTERS, entries[i]);
	check(good, "an_upcall_into_the_kernel_gains_nothing");
	check(gbsd_call6(CALL_sched_yield, 0, YIELD_UPCALL_DONE, 0, 0, 0, 0) ==
		  error_value(E_STATE),
	    "there_is_no_way_back_from_no_upcall");
}

void
group_tasks(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	test_faults();
	test_forged_fault();
	test_control();
	test_end();
	test_instructions();
	test_registers();
}
