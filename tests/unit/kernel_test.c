/* kernel_test: what all tests of the kernel begin with. */
#include "kernel_test.h"

#include <string.h>

#include <gbsd/start.h>

struct hal_context *init;
cap_t cap_machine, cap_archive, cap_tables, cap_print, cap_self;

static cap_t
named(const char *name)
{
	const struct start *start = init_start();
	const struct start_cap *caps = seen_by(init, (uint64_t)start->caps);

	for (unsigned i = 0; i < start->cap_count; i++)
		if (strcmp(caps[i].name, name) == 0)
			return caps[i].cap;
	fail_msg("init has no %s", name);
	return 0;
}

static int
start(bool shared)
{
	struct machine_options options = { .one_address_space = shared };

	machine_start(&options);
	init = machine.current;
	invariants_check();
	cap_machine = named("machine");
	cap_archive = named("archive");
	cap_tables = named("tables");
	cap_print = named("print");
	cap_self = named("self");
	return 0;
}

int
test_start(void **state)
{
	(void)state;
	return start(false);
}

int
test_start_shared(void **state)
{
	(void)state;
	return start(true);
}

int
test_end(void **state)
{
	(void)state;
	if (machine.halted)
		return 0;
	invariants_check();
	invariants_settle();
	invariants_check();
	return 0;
}

uint64_t
must_at(uint64_t result, const char *file, int line)
{
	if (error_of(result) != E_OK) {
		print_error("%s:%d: error %u: %s\n", file, line,
		    error_of(result), machine.why == NULL ? "" : machine.why);
		fail();
	}
	return result;
}

struct message *
message(void)
{
	return &machine.current->area->message;
}

void *
seen_by(const struct hal_context *task, uint64_t address)
{
	uint64_t entry = machine_shows(
	    invariants_space(task), address & -(uint64_t)PAGE_SIZE);

	if (entry == 0)
		fail_msg("nothing at %#llx", (unsigned long long)address);
	return machine_ram + (entry & -(uint64_t)PAGE_SIZE) +
	       address % PAGE_SIZE;
}

const struct start *
init_start(void)
{
	return seen_by(init, init->argument);
}

cap_t
new_port(unsigned share)
{
	return must(CALL(port_allocate, share));
}

cap_t
new_badge(cap_t port, uint64_t value, unsigned share)
{
	return must(CALL(cap_move, port, CAP_BADGE,
	    RIGHT_SEND | RIGHT_SIGNAL | RIGHT_DERIVE, value, share));
}

cap_t
derive(cap_t cap, uint32_t rights)
{
	return must(CALL(cap_move, cap, CAP_DERIVE, rights));
}

cap_t
new_memory(uint64_t pages)
{
	return must(CALL(vm_allocate, 0, pages * PAGE_SIZE, VM_OBJECT));
}

uint64_t
map(cap_t memory, uint64_t pages, uint32_t protection)
{
	return must(CALL(
	    vm_allocate, 0, pages * PAGE_SIZE, VM_MAP | protection, memory));
}

uint64_t
send(cap_t port, uint64_t word)
{
	message()->words[0] = word;
	return CALL(port_send, port, 8);
}

uint64_t
send_caps(cap_t port, cap_t first, cap_t second)
{
	return CALL(port_send, port, 8, first, second);
}

uint64_t
ask(cap_t port, cap_t reply, uint64_t badge)
{
	return CALL(port_send, port, 8, 0, 0, reply, badge);
}

uint64_t
receive(cap_t port)
{
	return CALL(port_receive, port, MESSAGE_CAPS);
}

uint64_t
poll(cap_t port)
{
	return CALL(port_receive, port, MESSAGE_CAPS | RECEIVE_NO_WAIT);
}

uint64_t
close_cap(cap_t cap)
{
	return CALL(cap_move, cap, CAP_CLOSE);
}

uint64_t
revoke(cap_t cap)
{
	return CALL(cap_move, cap, CAP_REVOKE);
}

uint64_t
query(cap_t cap)
{
	return CALL(cap_move, cap, CAP_QUERY);
}

struct hal_context *
new_thread(uint64_t tag, cap_t *cap)
{
	cap_t task =
	    must(CALL(sched_spawn, SPAWN_TASK, 0x1000, 0x2000, tag, 't'));
	struct hal_context *context = machine_task(tag);

	if (cap != NULL)
		*cap = task;
	assert_non_null(context);
	return context;
}

void
stage_quota(uint64_t caps, uint64_t slots, uint64_t pages, uint64_t tasks)
{
	must(CALL(cap_move, 0, CAP_QUOTA, QUOTA_CAPABILITIES, caps));
	must(CALL(cap_move, 0, CAP_QUOTA, QUOTA_SLOTS, slots));
	must(CALL(cap_move, 0, CAP_QUOTA, QUOTA_PAGES, pages));
	must(CALL(cap_move, 0, CAP_QUOTA, QUOTA_TASKS, tasks));
}

struct hal_context *
new_space(uint64_t tag, cap_t *space)
{
	cap_t cap =
	    must(CALL(sched_spawn, SPAWN_SPACE, 0x1000, 0x2000, tag, 's'));
	struct hal_context *context = machine_task(tag);

	if (space != NULL)
		*space = cap;
	assert_non_null(context);
	return context;
}

struct hal_context *
new_child(uint64_t tag, cap_t give, cap_t *there, cap_t *space)
{
	cap_t moved = 0;

	stage_quota(64, 64, 64, 4);
	if (give != 0)
		moved = must(CALL(cap_move, give, CAP_STAGE));
	if (there != NULL)
		*there = moved;
	return new_space(tag, space);
}

void
become(struct hal_context *task)
{
	assert_non_null(task);
	assert_true(machine_become(task));
}

void
rest(void)
{
	assert_ptr_equal(machine.current, init);
	assert_int_equal(receive(new_port(1)), CALL_BLOCKED);
}
