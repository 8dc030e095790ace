/*
 * test_tables: what stat_server reads out of the kernel's objects.
 *
 * Contract: objects that are there are shown as they are, however one gets to
 * them; those that are gone are not shown; queues are counted and ancestors
 * found; memory is counted once; whatever RAM holds, nothing outside of the
 * windows is read and every question ends.  The kernel itself makes the
 * objects (stat_machine.h); each window is a copy of its own, of exactly its
 * size, which goes when the window is closed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "stat_machine.h"
#include "walk.h"

enum { ROUNDS = 1500, MOST = 200 };

static struct ram ram;
static struct tables tables;
static unsigned windows; /* that are open */
static enum error refusal; /* of the next to open */

/* --- the view ---------------------------------------------------------------*/

static enum error
open_copy(const struct ram_range *range, struct ram_window *w)
{
	char *at;

	assert_true(w->base >= range->base && w->size > 0);
	assert_true(w->base + w->size <= range->base + range->size);
	if (refusal != E_OK)
		return refusal;
	at = malloc(w->size);
	memcpy(at, machine_page(w->base / PAGE_SIZE), w->size);
	w->at = at;
	windows++;
	return E_OK;
}

static void
close_copy(struct ram_window *w)
{
	free((void *)w->at);
	windows--;
}

static void
close_all(void)
{
	for (unsigned i = 0; i < RAM_SETS; i++)
		for (unsigned j = 0; j < RAM_WAYS; j++) {
			struct ram_window *w = &ram.windows[i][j];

			if (w->size != 0)
				close_copy(w);
			w->size = 0;
		}
	assert_int_equal(windows, 0);
}

/* As RAM is now. */
static enum error
look(void)
{
	close_all();
	return tables_refresh(&tables);
}

static void
see(void)
{
	assert_int_equal(look(), E_OK);
}

static int
make_system(void **state)
{
	(void)state;
	machine_start();
	ram.ranges[0] = (struct ram_range){ .base = RAM_FIRST * PAGE_SIZE,
		.size = RAM_PAGES * PAGE_SIZE };
	ram.ranges[1] = (struct ram_range){
		.base = (RAM_FIRST + RAM_PAGES + RAM_GAP) * PAGE_SIZE,
		.size = RAM_PAGES * PAGE_SIZE
	};
	ram.count = 2;
	ram.open = open_copy;
	ram.close = close_copy;
	tables.ram = &ram;
	tables.direct_map = (uint64_t)host_ram;
	tables.space = (uint64_t)machine.space;
	return 0;
}

static int
forget_system(void **state)
{
	(void)state;
	close_all();
	tables_free(&tables);
	memset(&ram, 0, sizeof(ram));
	refusal = E_OK;
	return 0;
}

/* --- asking ----------------------------------------------------------------*/

static struct stat_space
space_shown(uint64_t number)
{
	struct stat_space out[MOST];
	uint64_t cursor = 0;
	uint32_t n = tables_spaces(&tables, &cursor, out, MOST);

	for (uint32_t i = 0; i < n; i++)
		if (out[i].number == number)
			return out[i];
	return (struct stat_space){ 0 };
}

static struct stat_task
task_shown(uint64_t number)
{
	struct stat_task out[MOST];
	uint64_t cursor = 0;
	uint32_t n = tables_tasks(&tables, &cursor, out, MOST);

	for (uint32_t i = 0; i < n; i++)
		if (out[i].number == number)
			return out[i];
	return (struct stat_task){ 0 };
}

static struct stat_port
port_shown(uint64_t number)
{
	struct stat_port out[MOST];
	uint64_t cursor = 0;
	uint32_t n = tables_ports(&tables, &cursor, out, MOST);

	for (uint32_t i = 0; i < n; i++)
		if (out[i].number == number)
			return out[i];
	return (struct stat_port){ 0 };
}

static struct stat_capability
capability_shown(uint64_t space, cap_t handle)
{
	static struct stat_capability out[MOST];
	uint64_t cursor = 0;
	uint32_t n;

	assert_int_equal(
	    tables_capabilities(&tables, space, &cursor, out, MOST, &n), E_OK);
	assert_int_equal(cursor, 0);
	for (uint32_t i = 0; i < n; i++)
		if (out[i].handle == handle)
			return out[i];
	return (struct stat_capability){ 0 };
}

static uint64_t
init_number(void)
{
	return number_of(machine.space);
}

static struct port *
port_of(cap_t cap)
{
	return ((struct badge *)entry(cap)->object)->port;
}

/* --- objects ---------------------------------------------------------------*/

static void
init_is_found_without_a_capability(void **state)
{
	struct stat_space s;
	struct stat_task t;

	(void)state;
	see();
	s = space_shown(init_number());
	assert_string_equal(s.name, "init");
	assert_int_equal(s.tasks, 1);
	assert_int_equal(s.parent, 0);
	assert_int_equal(s.capabilities, 5);
	assert_int_equal(s.left, machine.space->left);
	assert_int_equal(s.table_pages, 32 - 1 - 8);
	t = task_shown(number_of(machine.task));
	assert_string_equal(t.name, "init");
	assert_int_equal(t.space, init_number());
	assert_int_equal(t.state, STAT_READY);
	assert_int_equal(t.priority, PRIORITY_INIT);
}

static void
child_is_shown_with_what_it_has(void **state)
{
	cap_t space = make_space(8, 2);
	struct space *child = entry(space)->object;
	cap_t task = make_task(space, "first", NULL);
	struct stat_space s;

	(void)state;
	make_task(space, "second", NULL);
	task_of(task)->time = 1234;
	stage(make_port(2), space);
	stage(derive(machine.machine, RIGHT_BIND, 0, 0), space);
	see();
	s = space_shown(number_of(child));
	assert_string_equal(s.name, "first");
	assert_int_equal(s.parent, init_number());
	assert_int_equal(s.tasks, 2);
	assert_int_equal(s.ports, 1);
	assert_int_equal(s.capabilities, 2);
	assert_int_equal(s.left, 2 * TABLE_SLOTS - 2);
	assert_int_equal(s.table_pages, 8 - 1 - 2);
	assert_int_equal(task_shown(number_of(task_of(task))).time, 1234);
	assert_int_equal(
	    task_shown(number_of(task_of(task))).space, number_of(child));
}

static void
port_is_shown_with_queue_and_waiters(void **state)
{
	cap_t space = make_space(4, 1);
	cap_t task = make_task(space, "waiter", NULL);
	cap_t port = make_port(2), other = make_port(1);
	uint64_t number = number_of(port_of(port));
	struct stat_port p;
	cap_t there;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(CALL(machine.task, port_send, other), E_OK);
	assert_int_equal(
	    CALL(machine.task, sys_signal, other, SIGNAL_BITS, 5), E_OK);
	there = stage(port, space);
	assert_int_equal(CALL(task_of(task), port_receive, there, 0), E_LATER);
	see();
	p = port_shown(number);
	assert_int_equal(p.waiters, 1);
	assert_int_equal(p.queued, 0);
	assert_int_equal(p.owner, number_of(entry(space)->object));
	assert_int_equal(p.receiver, 0);
	assert_int_equal(p.messages, PORT_MESSAGES(2));
	assert_int_equal(p.left, PORT_MESSAGES(2) - PORT_SHARE - 1);
	assert_int_equal(task_shown(number_of(task_of(task))).port, number);
	assert_int_equal(
	    task_shown(number_of(task_of(task))).state, STAT_WAITING);
	p = port_shown(number_of(port_of(other)));
	assert_int_equal(p.queued, 3);
	assert_int_equal(p.bits, 5);
	assert_int_equal(p.owner, init_number());
	stage(derive(other, RIGHT_RECEIVE, 0, 0), space);
	see();
	p = port_shown(number_of(port_of(other)));
	assert_int_equal(p.owner, init_number());
	assert_int_equal(p.receiver, number_of(entry(space)->object));
}

static void
what_is_gone_is_not_shown(void **state)
{
	cap_t memory, space = make_space(4, 1), port = make_port(1);
	cap_t task = make_task(space, "short", &memory);
	uint64_t numbers[] = { number_of(entry(space)->object),
		number_of(task_of(task)), number_of(port_of(port)) };

	(void)state;
	see();
	assert_int_equal(space_shown(numbers[0]).number, numbers[0]);
	assert_int_equal(CALL(machine.task, cap_move, port, CAP_CLOSE), E_OK);
	assert_int_equal(
	    CALL(machine.task, cap_move, memory, CAP_REVOKE), E_OK);
	assert_int_equal(CALL(machine.task, cap_move, space, CAP_CLOSE), E_OK);
	see();
	assert_int_equal(space_shown(numbers[0]).number, 0);
	assert_int_equal(task_shown(numbers[1]).number, 0);
	assert_int_equal(port_shown(numbers[2]).number, 0);
}

static void
name_outlives_the_tasks(void **state)
{
	cap_t space = make_space(4, 1), task = make_task(space, "short", NULL);
	uint64_t number = number_of(entry(space)->object);

	(void)state;
	see();
	assert_int_equal(
	    CALL(machine.task, sys_signal, task, SIGNAL_KILL), E_OK);
	for (unsigned i = 0; i < 3; i++) {
		see();
		assert_int_equal(space_shown(number).tasks, 0);
		assert_string_equal(space_shown(number).name, "short");
	}
	assert_int_equal(task_shown(number_of(task_of(task))).state, STAT_DEAD);
	assert_int_equal(task_shown(number_of(task_of(task))).space, 0);
	make_task(space, "next", NULL);
	see();
	assert_string_equal(space_shown(number).name, "next");
}

static void
object_is_found_through_a_message(void **state)
{
	cap_t box = make_port(1), port = make_port(1);
	cap_t space = make_space(4, 1), task = make_task(space, "sent", NULL);
	uint64_t number = number_of(port_of(port));
	uint64_t space_number = number_of(entry(space)->object);

	(void)state;
	task_of(task)->priority = 3;
	assert_int_equal(
	    CALL(machine.task, port_send, box, 0, space, 0, port, 7), E_OK);
	assert_int_equal(CALL(machine.task, port_send, port), E_OK);
	see();
	assert_int_equal(space_shown(space_number).tasks, 1);
	/* Nobody's table has the right to end it: who has the memory. */
	assert_int_equal(space_shown(space_number).parent, init_number());
	assert_int_equal(port_shown(number).queued, 1);
}

static void
lists_go_on_at_their_cursors(void **state)
{
	struct stat_port out;
	struct stat_capability c;
	uint64_t cursor = 0, last = 0;
	unsigned seen = 0;
	uint32_t n;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		make_port(1);
	see();
	while (tables_ports(&tables, &cursor, &out, 1) == 1) {
		assert_true(out.number > last);
		last = out.number;
		seen++;
		if (cursor == 0)
			break;
	}
	assert_int_equal(seen, 100);
	seen = 0;
	do {
		assert_int_equal(tables_capabilities(&tables, init_number(),
				     &cursor, &c, 1, &n),
		    E_OK);
		seen += n;
	} while (cursor != 0);
	assert_int_equal(seen, 205);
	assert_int_equal(
	    tables_capabilities(&tables, 1, &cursor, &c, 1, &n), E_NOT_FOUND);
}

static void
totals_add_up(void **state)
{
	struct stat_system_rep system = { 0 };
	struct stat_memory_rep memory = { 0 };
	cap_t space = make_space(6, 1), task = make_task(space, "t", NULL);

	(void)state;
	task_of(task)->time = 10;
	machine.task->time = 5;
	make_port(3);
	see();
	tables_system(&tables, &system);
	tables_memory(&tables, &memory);
	assert_int_equal(system.spaces, 2);
	assert_int_equal(system.tasks, 2);
	assert_int_equal(system.ports, 1);
	assert_int_equal(system.capabilities, 5 + 2 * 3);
	assert_int_equal(system.busy, 15);
	assert_int_equal(system.ready, 2);
	assert_int_equal(memory.total, 2 * RAM_PAGES);
	assert_int_equal(memory.object_count, 5);
	assert_int_equal(memory.objects, 32 + 2 + 6 + 2 + 3);
	/* All but what init is made of. */
	assert_int_equal(memory.owned, 2 * RAM_PAGES - 32 - 2);
}

/* --- memory ----------------------------------------------------------------*/

static void
memory_is_counted_once(void **state)
{
	cap_t space = make_space(4, 1), raw = take(100), there;
	uint64_t number = number_of(entry(space)->object);
	uint64_t before = 2 * RAM_PAGES - 32 - 2;
	cap_t part, frame, again;
	struct task *task;

	(void)state;
	task = task_of(make_task(space, "child", NULL));
	there = stage(raw, space);
	assert_int_equal(CALL(task, cap_move, there, CAP_DERIVE,
			     RIGHT_READ | RIGHT_MAKE | RIGHT_DERIVE, 10, 20),
	    E_OK);
	part = result;
	assert_int_equal(CALL(task, cap_move, part, CAP_DERIVE,
			     RIGHT_READ | RIGHT_DERIVE, 0, 8),
	    E_OK);
	frame = result;
	assert_int_equal(
	    CALL(task, cap_move, frame, CAP_DERIVE, RIGHT_READ, 4, 4), E_OK);
	again = result;
	assert_int_equal(
	    CALL(task, vm_allocate, frame, 0x100000, VM_READ), E_OK);
	assert_int_equal(
	    CALL(task, vm_allocate, again, 0x200000, VM_READ), E_OK);
	see();
	assert_int_equal(space_shown(number).reach, 100);
	assert_int_equal(space_shown(number).own, 100);
	assert_int_equal(space_shown(number).mapped, 12);
	assert_int_equal(space_shown(init_number()).reach, before);
	assert_int_equal(space_shown(init_number()).own, before - 100);
	assert_int_equal(capability_shown(number, frame).pages, 8);
	assert_int_equal(capability_shown(number, frame).mapped, 8);
	assert_int_equal(capability_shown(number, frame).object,
	    number_of(machine.space) + 34 + 4 + 10);
}

/* Whichever of them comes first in memory, or in the lists. */
static void
of_the_same_range_the_innermost_has_it(void **state)
{
	cap_t first = make_space(4, 1), second = make_space(4, 1);
	cap_t outer = stage(take(50), second), inner;
	struct task *task = task_of(make_task(second, "t", NULL));

	(void)state;
	assert_int_equal(CALL(task, cap_move, outer, CAP_DERIVE,
			     RIGHT_READ | RIGHT_MAKE | RIGHT_DERIVE, 0, 50),
	    E_OK);
	inner = result;
	see();
	assert_int_equal(space_shown(number_of(entry(second)->object)).own, 50);
	capability_accept(capability_find(entry(second)->object, inner),
	    entry(first)->object);
	see();
	assert_int_equal(space_shown(number_of(entry(first)->object)).own, 50);
	assert_int_equal(space_shown(number_of(entry(second)->object)).own, 0);
	capability_accept(
	    capability_find(entry(second)->object, outer), machine.space);
	capability_accept(capability_find(entry(first)->object, 1ull << 32 | 1),
	    entry(second)->object);
	see();
	assert_int_equal(space_shown(number_of(entry(first)->object)).own, 0);
	assert_int_equal(space_shown(number_of(entry(second)->object)).own, 50);
}

static void
views_of_ram_do_not_count(void **state)
{
	cap_t space = make_space(4, 1), view, window;
	uint64_t number = number_of(entry(space)->object);
	const struct ram_window *w = &ram.windows[0][0];

	(void)state;
	stage(machine.views[1], space);
	see();
	while (w->size == 0)
		w++;
	view = derive(machine.views[0], RIGHT_READ,
	    w->base / PAGE_SIZE - RAM_FIRST, w->size / PAGE_SIZE);
	window = stage(view, space);
	view = stage(derive(machine.views[0], RIGHT_READ, 3, 3), space);
	see();
	assert_int_equal(capability_shown(number, window).type, OBJECT_MEMORY);
	assert_int_equal(capability_shown(number, view).pages, 3);
	assert_int_equal(space_shown(number).reach, 3); /* a frame, for all */
	assert_int_equal(space_shown(number).own, 0);
}

/* --- ancestors -------------------------------------------------------------*/

static void
ancestors_are_found(void **state)
{
	cap_t space = make_space(4, 1), port = make_port(2);
	uint64_t number = number_of(entry(space)->object);
	uint64_t port_number = number_of(port_of(port));
	cap_t first, second, there;
	struct stat_capability c;

	(void)state;
	first = derive(port, RIGHT_SEND | RIGHT_DERIVE, 0, 0);
	derive(first, RIGHT_SEND, 0, 0); /* in front of what comes */
	second = derive(first, RIGHT_SEND, 0, 0);
	there = stage(second, space);
	derive(port, RIGHT_SEND, 0, 0);
	see();
	c = capability_shown(number, there);
	assert_int_equal(c.type, OBJECT_PORT);
	assert_int_equal(c.object, port_number);
	assert_int_equal(c.ancestors, 5);
	assert_int_equal(c.flags, 0);
	assert_int_equal(c.chain[0].place, STAT_TABLE);
	assert_int_equal(c.chain[0].number, init_number());
	assert_int_equal(c.chain[0].handle, first);
	assert_int_equal(c.chain[0].rights, RIGHT_SEND | RIGHT_DERIVE);
	assert_int_equal(c.chain[1].handle, port);
	assert_int_equal(c.chain[2].place, STAT_OBJECT);
	assert_int_equal(c.chain[2].number, port_number);
	assert_int_equal(c.chain[4].place, STAT_TABLE);
	assert_int_equal(c.chain[4].handle, machine.memory);
	c = capability_shown(init_number(), machine.memory);
	assert_int_equal(c.ancestors, 0);
	assert_int_equal(c.flags, 0);
}

static void
ancestor_in_a_message_is_elsewhere(void **state)
{
	cap_t box = make_port(1), port = make_port(1);
	cap_t first = derive(port, RIGHT_SEND | RIGHT_DERIVE, 0, 0);
	cap_t second = derive(first, RIGHT_SEND, 0, 0);
	struct stat_capability c;

	(void)state;
	assert_int_equal(CALL(machine.task, port_send, box, 0, first), E_OK);
	see();
	c = capability_shown(init_number(), second);
	assert_int_equal(c.chain[0].place, STAT_ELSEWHERE);
	assert_int_equal(c.chain[1].place, STAT_TABLE);
	assert_int_equal(c.chain[1].handle, port);
}

/* The kernel's own data are nowhere in RAM. */
static void
ancestors_are_found_past_the_kernels_own(void **state)
{
	cap_t port = make_port(1), sender, later;
	cap_t self =
	    capability_handle(capability_new(machine.space, OBJECT_SPACE,
		machine.space, RIGHT_CONTROL, &machine.space->object.root));
	struct stat_capability c;

	(void)state;
	sender = derive(port, RIGHT_SEND, 0, 0);
	assert_int_equal(CALL(machine.task, sched_switch, machine.machine,
			     SWITCH_SERVER, port, port),
	    E_OK);
	later = derive(port, RIGHT_SEND, 0, 0);
	see();
	c = capability_shown(init_number(), sender);
	assert_int_equal(c.chain[0].handle, port);
	assert_int_equal(c.flags, 0);
	c = capability_shown(init_number(), later);
	assert_int_equal(c.chain[0].handle, port);
	assert_int_equal(c.flags, 0);
	c = capability_shown(init_number(), self);
	assert_int_equal(c.ancestors, 2);
	assert_int_equal(c.chain[0].place, STAT_OBJECT);
	assert_int_equal(c.chain[0].number, init_number());
	assert_int_equal(c.chain[1].place, STAT_KERNEL);
	/* The kernel's entries end with the port, for the tests to come. */
	assert_int_equal(CALL(machine.task, cap_move, port, CAP_CLOSE), E_OK);
}

static void
long_chain_is_cut(void **state)
{
	cap_t last = make_port(1);
	struct stat_capability c;

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		last = derive(last, RIGHT_SEND | RIGHT_DERIVE, 0, 0);
	see();
	c = capability_shown(init_number(), last);
	assert_int_equal(c.ancestors, STAT_CHAIN);
	assert_int_equal(c.flags, STAT_CUT);
}

/* --- windows ---------------------------------------------------------------*/

static void
reading_stays_within_ranges(void **state)
{
	static char out[3 * RAM_WINDOW * PAGE_SIZE];
	const uint64_t low = RAM_FIRST * PAGE_SIZE;
	const uint64_t high = low + RAM_PAGES * PAGE_SIZE;

	(void)state;
	memset(machine_page(RAM_FIRST + 100), 'a', sizeof(out));
	assert_true(
	    ram_read(&ram, low + 100 * PAGE_SIZE + 13, out, sizeof(out) - 13));
	for (size_t i = 0; i < sizeof(out) - 13; i++)
		assert_int_equal(out[i], 'a');
	assert_true(ram_read(&ram, low, out, 1));
	assert_true(ram_read(&ram, high - 8, out, 8));
	assert_false(ram_read(&ram, low - 8, out, 16));
	assert_false(ram_read(&ram, high - 8, out, 16));
	assert_false(ram_read(&ram, high, out, 1));
	assert_false(ram_read(&ram, 0, out, 1));
	assert_false(ram_read(&ram, UINT64_MAX - 3, out, 8));
	assert_true(ram_read(&ram, high + RAM_GAP * PAGE_SIZE, out, 8));
	assert_int_equal(ram.error, E_OK);
}

static void
windows_give_way_to_others(void **state)
{
	uint64_t word, first = RAM_FIRST, last = RAM_FIRST + 2 * RAM_PAGES;

	(void)state;
	for (unsigned round = 0; round < 3; round++)
		for (uint64_t page = first; page < last; page += RAM_WINDOW) {
			if (page >= RAM_FIRST + RAM_PAGES &&
			    page < RAM_FIRST + RAM_PAGES + RAM_GAP)
				continue;
			*(uint64_t *)machine_page(page) = page;
			close_all();
			assert_true(ram_read(
			    &ram, page * PAGE_SIZE, &word, sizeof(word)));
			assert_int_equal(word, page);
		}
	for (uint64_t page = first; page < last; page++)
		(void)ram_read(&ram, page * PAGE_SIZE, &word, sizeof(word));
	assert_true(windows <= RAM_WINDOWS);
	/* The one in use stays, whatever else is read. */
	for (unsigned i = 0; i < RAM_PAGES / RAM_WINDOW; i++) {
		uint64_t page = first + (uint64_t)i * RAM_WINDOW;

		assert_true(ram_read(&ram, first * PAGE_SIZE, &word, 8));
		refusal = i % 2 ? E_NO_MEMORY : E_OK;
		(void)ram_read(&ram, page * PAGE_SIZE, &word, 8);
		refusal = E_NO_MEMORY;
		assert_true(ram_read(&ram, first * PAGE_SIZE, &word, 8));
		refusal = E_OK;
	}
}

static void
refused_window_is_told(void **state)
{
	(void)state;
	refusal = E_NO_MEMORY;
	assert_int_equal(look(), E_NO_MEMORY);
	refusal = E_OK;
	see();
	tables.space += PAGE_SIZE; /* the table's first page */
	assert_int_equal(look(), E_UNAVAILABLE);
}

static void
ring_is_left_where_two_links_disagree(void **state)
{
	cap_t port = make_port(1);
	struct link *third;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(CALL(machine.task, port_send, port), E_OK);
	third = port_of(port)->queue.next->next->next;
	third->prev = third;
	see();
	assert_int_equal(port_shown(number_of(port_of(port))).queued, 2);
}

/* More capabilities than RAM of that size can be thought to need. */
static void
too_long_a_walk_is_given_up(void **state)
{
	cap_t space = make_space(42, 40), port = make_port(1);

	(void)state;
	for (unsigned i = 0; i < 40 * TABLE_SLOTS; i++)
		stage(derive(port, RIGHT_SEND, 0, 0), space);
	see();
	ram.ranges[0].size = (34 + machine.next) * PAGE_SIZE;
	ram.count = 1;
	assert_int_equal(look(), E_LIMIT);
}

/* --- garbage ---------------------------------------------------------------*/

static void
ask_everything(void)
{
	static struct stat_space spaces[50];
	static union {
		struct stat_task tasks[50];
		struct stat_port ports[50];
		struct stat_capability capabilities[50];
	} out;
	struct stat_system_rep system = { 0 };
	struct stat_memory_rep memory = { 0 };
	uint64_t cursor = (uint64_t)rand();
	uint32_t n;

	if (tables_refresh(&tables) != E_OK)
		return;
	tables_system(&tables, &system);
	tables_memory(&tables, &memory);
	assert_true(
	    system.tasks + system.spaces + system.ports <= memory.object_count);
	tables_tasks(&tables, &cursor, out.tasks, 50);
	cursor = (uint64_t)rand() % 4000;
	tables_spaces(&tables, &cursor, spaces, 50);
	cursor = 0;
	n = tables_spaces(&tables, &cursor, spaces, 50);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t filled;

		cursor = (uint64_t)rand() % 4 == 0 ? (uint64_t)rand() : 0;
		assert_int_equal(tables_capabilities(&tables, spaces[i].number,
				     &cursor, out.capabilities, 50, &filled),
		    E_OK);
	}
	cursor = 0;
	tables_ports(&tables, &cursor, out.ports, 50);
}

static void
make_much(void)
{
	for (unsigned i = 0; i < 6; i++) {
		cap_t space = make_space(5, 1), port = make_port(2);
		cap_t task = make_task(space, "some", NULL), there;

		stage(derive(port, RIGHT_SEND, 0, 0), space);
		for (unsigned j = 0; j < i % PORT_SHARE; j++)
			(void)CALL(machine.task, port_send, port, 8,
			    derive(port, RIGHT_SEND, 0, 0), 0, port, j);
		there = stage(derive(port, RIGHT_RECEIVE, 0, 0), space);
		if (i % 2 == 0)
			(void)CALL(task_of(task), port_receive, there, 2);
	}
}

/* Where objects lie, what looks like a pointer to some of it. */
static uint64_t
garbage(void)
{
	uint64_t offset = (uint64_t)rand() % (machine.next * PAGE_SIZE);

	switch (rand() % 4) {
	case 0:
		return (uint64_t)machine.space + offset;
	case 1:
		return (uint64_t)machine.space + offset / 16 * 16;
	case 2:
		return (uint64_t)machine.space + offset / PAGE_SIZE * PAGE_SIZE;
	default:
		return (uint64_t)rand() << rand() % 33;
	}
}

static void
garbage_is_survived(void **state)
{
	const size_t size = 256 * PAGE_SIZE;
	char *clean = malloc(size);
	unsigned through = 0;

	(void)state;
	make_much();
	assert_true((34 + machine.next) * PAGE_SIZE < size);
	memcpy(clean, machine_page(RAM_FIRST), size);
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned hits = 1 + (unsigned)rand() % 60;

		memcpy(machine_page(RAM_FIRST), clean, size);
		while (hits-- > 0) {
			uint64_t *page = (uint64_t *)machine_page(
			    RAM_FIRST + (unsigned)rand() % (34 + machine.next));

			/* Most of it where the kernel writes most. */
			page[(unsigned)rand() % (rand() % 3 ? 128 : 512)] =
			    garbage();
		}
		close_all();
		ask_everything();
		through += tables.count > 1;
	}
	assert_true(through > ROUNDS / 2);
	memcpy(machine_page(RAM_FIRST), clean, size);
	free(clean);
	see();
	assert_int_equal(space_shown(init_number()).tasks, 1);
}

/* All that a capability of the kernel's can say, in every slot of a table. */
static void
table_of_garbage_is_survived(void **state)
{
	(void)state;
	make_much();
	for (unsigned round = 0; round < 200; round++) {
		struct capability *c = machine.space->table;

		machine.space->fresh = c + 8 * 64;
		for (unsigned i = 1; i < 8 * 64; i++) {
			if (i % 64 == 0)
				continue;
			c[i].type = (unsigned)rand() % 9;
			c[i].object = (void *)garbage();
			c[i].rights = (unsigned)rand() & 0xFFFFFF;
			c[i].pages = (uint32_t)rand() >> rand() % 32;
			c[i].mapped = (uint32_t)rand();
			c[i].open.prev = (void *)garbage();
			c[i].open.next = (void *)garbage();
			c[i].close.prev = (void *)garbage();
			c[i].close.next = (void *)garbage();
		}
		close_all();
		ask_everything();
	}
}

int
main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_system, forget_system)
	const struct CMUnitTest tests[] = {
		TEST(init_is_found_without_a_capability),
		TEST(child_is_shown_with_what_it_has),
		TEST(port_is_shown_with_queue_and_waiters),
		TEST(what_is_gone_is_not_shown),
		TEST(name_outlives_the_tasks),
		TEST(object_is_found_through_a_message),
		TEST(lists_go_on_at_their_cursors),
		TEST(totals_add_up),
		TEST(memory_is_counted_once),
		TEST(of_the_same_range_the_innermost_has_it),
		TEST(views_of_ram_do_not_count),
		TEST(ancestors_are_found),
		TEST(ancestor_in_a_message_is_elsewhere),
		TEST(ancestors_are_found_past_the_kernels_own),
		TEST(long_chain_is_cut),
		TEST(reading_stays_within_ranges),
		TEST(windows_give_way_to_others),
		TEST(refused_window_is_told),
		TEST(ring_is_left_where_two_links_disagree),
		TEST(too_long_a_walk_is_given_up),
		TEST(garbage_is_survived),
		TEST(table_of_garbage_is_survived),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
