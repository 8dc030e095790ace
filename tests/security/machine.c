/*
 * machine: what is the machine's is not a program's: power, time slices,
 * interrupts, devices; and no service lends it to one.
 */
#include <string.h>

#include <gbsd/service.h>
#include <proto/init.h>
#include <proto/memory.h>
#include <proto/sched.h>

#include "security.h"

enum { GENERATIONS = 32 };

static const uint32_t of_the_machine =
    RIGHT_SCHEDULE | RIGHT_POWER | RIGHT_BIND | RIGHT_BUS | RIGHT_DEVICE;

static void
test_given(void)
{
	const struct start *start = gbsd_start();
	bool good = start->boot == NULL;
	uint64_t info;

	for (uint32_t i = 0; i < start->cap_count; i++)
		good &= cap_query(start->caps[i].cap, &info) != E_OK ||
			!(CAP_INFO_RIGHTS(info) & of_the_machine);
	for (uint64_t g = 1; g < GENERATIONS; g++)
		for (uint64_t i = 0; i < 64ull * start->table_pages; i++)
			good &= cap_query(g << 32 | i, &info) != E_OK ||
				!(CAP_INFO_RIGHTS(info) & of_the_machine);
	check(good, "a_program_has_no_right_over_the_machine");
}

static void
test_calls(void)
{
	cap_t machine = gbsd_cap("print"), port = port_new(1), raw, out;
	cap_t blind = copy(machine, 0);
	struct kit kit;
	uint64_t bus;

	kit_make(&kit);
	raw = raw_take(1);
	check(sys_signal(machine, SIGNAL_POWER_OFF, 99) == E_NO_RIGHTS,
	    "power_off_is_refused");
	check(sys_signal(machine, SIGNAL_RESET, 0) == E_NO_RIGHTS,
	    "reset_is_refused");
	check(sched_switch_to(machine, kit.of[OBJECT_TASK], 31, 0) ==
		      E_NO_RIGHTS &&
		  sched_switch_timer(machine, 1) == E_NO_RIGHTS &&
		  sched_switch_server(machine, port, 0) == E_NO_RIGHTS,
	    "scheduling_is_refused");
	check(cap_bind(machine, 1, port, 1, &out) == E_NO_RIGHTS,
	    "binding_an_interrupt_is_refused");
	check(sys_signal(machine, SIGNAL_ACKNOWLEDGE, 0) == E_NO_RIGHTS,
	    "acknowledging_an_interrupt_is_refused");
	check(sys_debug_print(blind, STREAM_OUTPUT, "intruder\n", 9) ==
		      E_NO_RIGHTS &&
		  sys_debug_print(0, STREAM_OUTPUT, "intruder\n", 9) ==
		      E_INVALID_CAP &&
		  sys_debug_print(port, STREAM_OUTPUT, "intruder\n", 9) ==
		      E_INVALID_CAP,
	    "printing_without_its_right_is_refused");
	check(memory_bus(raw, &bus) == E_NO_RIGHTS &&
		  memory_bus(gbsd_cap("archive"), &bus) == E_NO_RIGHTS,
	    "bus_addresses_are_refused");
	check(cap_derive(machine, RIGHT_PRINT | RIGHT_POWER, &out) ==
		      E_NO_RIGHTS &&
		  cap_derive(machine, RIGHT_SCHEDULE, &out) == E_NO_RIGHTS &&
		  cap_derive(machine, RIGHT_BIND, &out) == E_NO_RIGHTS,
	    "no_machine_right_is_derived_of_printing");
}

/* A number with fewer rights makes none with more. */
static void
test_init(void)
{
	struct init_process_req q = { .name = "lesser", .rights = INIT_LOOKUP };
	struct init_process_rep r;
	struct init_shutdown_req down = { .how = INIT_POWER_OFF, .status = 99 };
	struct init_stop_req stop = { "stat_server" };
	struct init_kill_req kill = { "stat_server", 1 };
	struct init_restart_req again = { "stat_server" };
	struct carried c = { 0 }, d = { 0 };
	cap_t init = gbsd_cap("init"), lesser;
	enum error nested;

	must(init_process(init, &q, &r, &c), "number");
	lesser = c.in[0];
	q.rights = INIT_RIGHTS;
	nested = init_process(lesser, &q, &r, &d);
	check(nested == E_NO_RIGHTS &&
		  init_shutdown(lesser, &down, &(struct init_shutdown_rep){},
		      NULL) == E_NO_RIGHTS &&
		  init_stop(lesser, &stop, &(struct init_stop_rep){ 0 },
		      NULL) == E_NO_RIGHTS &&
		  init_kill(lesser, &kill, &(struct init_kill_rep){}, NULL) ==
		      E_NO_RIGHTS &&
		  init_restart(lesser, &again, &(struct init_restart_rep){ 0 },
		      NULL) == E_NO_RIGHTS,
	    "init_lends_no_right_that_was_not_given");
	cap_close(c.in[0]);
	cap_close(c.in[1]);
}

static void
test_services(void)
{
	struct sched_set_priority_req p = { .priority = PRIORITY_DEFAULT + 1 };
	struct sched_set_priority_rep r;
	struct mem_open_req open = { .limit = 16,
		.rights = MEM_TAKE | MEM_BUS };
	struct mem_open_rep opened;
	struct carried c = { 0 }, m = { 0 };
	struct kit kit;
	cap_t sched = 0, memory = gbsd_cap("memory_server");
	bool good;

	kit_make(&kit);
	must(service_find("scheduler_server", &sched), "scheduler_server");
	c.out[0] = copy(kit.of[OBJECT_TASK], RIGHT_CONTROL);
	check(sched_set_priority(sched, &p, &r, &c) == E_NO_RIGHTS,
	    "nobody_puts_himself_before_servers");
	good = mem_open(memory, &open, &opened, &m) == E_NO_RIGHTS;
	open.rights = MEM_TAKE | MEM_ROOT;
	check(good && mem_open(memory, &open, &opened, &m) == E_NO_RIGHTS,
	    "memory_server_lends_no_right_that_was_not_given");
}

void
group_machine(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	test_given();
	test_calls();
	test_init();
	test_services();
}
