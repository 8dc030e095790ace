/* kernel_test: what all tests of the kernel begin with. */
#include "kernel_test.h"

#include <string.h>

#include <gbsd/start.h>

struct hal_context *init;
cap_t cap_machine, cap_archive, cap_print, cap_self, cap_pool;

static uint64_t pool_next; /* page */
static uint64_t next_address;

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
	pool_next = 0;
	/* Past the window in which init has its own things. */
	next_address = init_start()->window_high;
	if (next_address + (1ull << 32) > HAL_USER_HIGH)
		next_address = HAL_USER_LOW;
	invariants_check();
	cap_machine = named("machine");
	cap_archive = named("archive");
	cap_print = named("print");
	cap_self = named("self");
	cap_pool = named("rest");
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
	machine.hold_again = false;
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

void
refused_at(uint64_t result, enum error e, const char *sentence,
    const char *file, int line)
{
	const char *why = machine.why == NULL ? "" : machine.why;

	if (error_of(result) == e && strcmp(why, sentence) == 0)
		return;
	print_error("%s:%d: error %u: %s\n", file, line, error_of(result), why);
	fail();
}

struct message *
message(void)
{
	return &machine.current->area->message;
}

uint64_t
shows(const struct hal_context *task, uint64_t address)
{
	return machine_shows(invariants_space(task), address);
}

void *
seen_by(const struct hal_context *task, uint64_t address)
{
	void *at = invariants_shown(task, address);

	if (at == NULL)
		fail_msg("nothing at %#llx", (unsigned long long)address);
	return at;
}

const struct start *
init_start(void)
{
	return seen_by(init, init->argument);
}

cap_t
range(cap_t memory, uint32_t rights, uint64_t first, uint64_t pages)
{
	return must(CALL(cap_move, memory, CAP_DERIVE, rights, first, pages));
}

static cap_t
from_pool(uint32_t rights, uint64_t pages)
{
	cap_t cap = range(cap_pool, rights, pool_next, pages);

	pool_next += pages;
	return cap;
}

cap_t
raw(uint64_t pages)
{
	return from_pool(RAW, pages);
}

cap_t
frame(uint64_t pages)
{
	return from_pool(FRAME, pages);
}

cap_t
port_of_pages(uint64_t pages)
{
	return must(CALL(port_allocate, raw(pages)));
}

cap_t
new_port(void)
{
	return port_of_pages(1);
}

cap_t
new_badge(cap_t port, uint64_t value, unsigned share)
{
	return must(CALL(cap_move, port, CAP_BADGE,
	    RIGHT_SEND | RIGHT_SIGNAL | RIGHT_DERIVE, value, share));
}

cap_t
new_reply(cap_t src, cap_t port, uint64_t badge)
{
	return must(CALL(cap_move, src, CAP_REPLY, port, badge));
}

cap_t
derive(cap_t cap, uint32_t rights)
{
	return must(CALL(cap_move, cap, CAP_DERIVE, rights));
}

uint64_t
map(cap_t memory, uint64_t address, uint64_t protection)
{
	return CALL(vm_allocate, memory, address, protection);
}

uint64_t
unmap(cap_t memory)
{
	return CALL(vm_deallocate, memory);
}

uint64_t
somewhere(uint64_t pages)
{
	uint64_t address = next_address;

	next_address += (pages + 1) * SIZE;
	return address;
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

uint64_t
stage(cap_t cap, cap_t space)
{
	return CALL(cap_move, cap, CAP_STAGE, space);
}

uint64_t
kill_task(cap_t task)
{
	return CALL(sys_signal, task, SIGNAL_KILL);
}

struct hal_context *
new_task(cap_t space, uint64_t tag, cap_t *cap)
{
	cap_t memory = raw(TASK_PAGES);
	struct hal_context *context;
	cap_t task;

	message()->words[0] = 't';
	message()->words[1] = tag;
	task =
	    must(CALL(sched_spawn, memory, space, 0x1000, somewhere(1), tag));
	context = machine_task(tag);
	if (cap != NULL)
		*cap = task;
	assert_non_null(context);
	return context;
}

struct hal_context *
new_thread(uint64_t tag, cap_t *cap)
{
	return new_task(0, tag, cap);
}

cap_t
new_space(uint64_t table_pages)
{
	return must(CALL(
	    cap_move, raw(1 + table_pages + ROOM), CAP_SPACE, table_pages));
}

struct hal_context *
new_child(uint64_t tag, cap_t give, cap_t *there, cap_t *space)
{
	cap_t cap = new_space(1), moved = 0;

	if (give != 0)
		moved = must(stage(give, cap));
	if (there != NULL)
		*there = moved;
	if (space != NULL)
		*space = cap;
	return new_task(cap, tag, NULL);
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
	assert_int_equal(receive(new_port()), CALL_BLOCKED);
}
