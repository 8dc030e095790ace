/*
 * test_tables: what stat_server reads out of the kernel's slab pages.
 *
 * Contract: objects that are there are shown as they are, wherever their
 * pages lie in the view; free objects are not shown; queues are counted and
 * ancestors found; whatever the pages hold, nothing outside them is read and
 * every question ends.  Pages are made here as the kernel makes them, and
 * seen through a copy at other addresses.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "walk.h"

enum { PAGES = 24, ROUNDS = 3000 };

static _Alignas(PAGE_SIZE) char kernel[PAGES][PAGE_SIZE]; /* "its" memory */
static char *view; /* exactly PAGES pages: ASan guards the ends */
static uint32_t used_pages;
static struct tables tables;

/* Kernel page n is seen as page order[n]: the view has its own order. */
static uint32_t
place_in_view(uint32_t page)
{
	return (page * 7 + 3) % PAGES;
}

static void *
new_page(enum slab slab)
{
	struct slab_page *page = (void *)kernel[used_pages++];

	page->self = page;
	page->slab = slab;
	return page + 1;
}

static void
see(void)
{
	for (uint32_t i = 0; i < PAGES; i++)
		memcpy(
		    view + place_in_view(i) * PAGE_SIZE, kernel[i], PAGE_SIZE);
	assert_int_equal(tables_refresh(&tables, view, PAGES), E_OK);
}

static struct space *space;
static struct port *port;
static struct task *task;
static struct capability *table;

static void
make_task(struct task *t, const char *name, uint32_t stop)
{
	t->object.type = OBJECT_TASK;
	t->object.references = 1;
	t->number = 42;
	t->space = space;
	t->time = 1234;
	t->priority = 7;
	t->stop = stop;
	t->waiting = port;
	memcpy(t->name, name, strlen(name));
}

static void
make_capability(
    unsigned slot, void *object, uint32_t rights, struct capability *parent)
{
	struct capability *c = &table[slot];

	c->object = object;
	c->rights = rights;
	c->generation = 3;
	list_init(&c->children);
	list_init(&c->siblings);
	if (parent != NULL)
		list_insert(&parent->children, &c->siblings);
}

static int
make_system(void **state)
{
	struct message_node *message;

	(void)state;
	memset(kernel, 0, sizeof(kernel));
	used_pages = 0;
	view = malloc(PAGES * PAGE_SIZE);
	space = new_page(SLAB_SPACE);
	space->object.type = OBJECT_SPACE;
	space->number = 42;
	space->state = SPACE_LIVE;
	space->left[QUOTA_PAGES] = 77;
	port = new_page(SLAB_PORT);
	port->object.type = OBJECT_PORT;
	port->self.object.type = OBJECT_PORT;
	port->owner = space;
	port->bits = 5;
	list_init(&port->queue);
	list_init(&port->waiters);
	message = new_page(SLAB_MESSAGE);
	for (unsigned i = 0; i < 4; i++)
		list_insert(port->queue.prev, &message[i].node.link);
	task = new_page(SLAB_TASK);
	make_task(task, "first", STOP_RECEIVE);
	list_insert(&port->waiters, &task->link);
	table = (struct capability *)new_page(SLAB_CAPABILITIES) - 1;
	((struct slab_page *)table)->space = space;
	make_capability(1, &port->self, RIGHT_RECEIVE | RIGHT_SEND, NULL);
	make_capability(2, &port->self, RIGHT_SEND, &table[1]);
	make_capability(3, &port->self, RIGHT_SEND, &table[1]);
	make_capability(4, &port->self, RIGHT_SEND, &table[3]);
	make_capability(9, task, RIGHT_CONTROL, NULL);
	return 0;
}

static int
forget_system(void **state)
{
	(void)state;
	free(view);
	free(tables.index);
	free(tables.rows);
	free(tables.sums);
	memset(&tables, 0, sizeof(tables));
	return 0;
}

static void
task_is_shown_with_its_space_and_port(void **state)
{
	struct stat_task out[4];
	struct stat_port ports[4];
	uint64_t cursor = 0;

	(void)state;
	see();
	assert_int_equal(tables_tasks(&tables, &cursor, out, 4), 1);
	assert_int_equal(cursor, 0);
	assert_int_equal(out[0].number, 42);
	assert_int_equal(out[0].space, 42);
	assert_int_equal(out[0].time, 1234);
	assert_int_equal(out[0].priority, 7);
	assert_int_equal(out[0].state, STAT_WAITING);
	assert_string_equal(out[0].name, "first");
	assert_int_equal(tables_ports(&tables, &cursor, ports, 4), 1);
	assert_int_equal(ports[0].id, out[0].port);
	assert_int_equal(ports[0].owner, 42);
	assert_int_equal(ports[0].queued, 4);
	assert_int_equal(ports[0].waiters, 1);
	assert_int_equal(ports[0].bits, 5);
}

static void
list_goes_on_at_its_cursor(void **state)
{
	struct stat_task out;
	uint64_t cursor = 0;
	unsigned count = 0, seen = 0;
	size_t per_page = (PAGE_SIZE - 64) / walk_stride(SLAB_TASK);

	(void)state;
	for (unsigned i = 1; i < per_page; i++) {
		struct task *t =
		    (void *)((char *)task + i * walk_stride(SLAB_TASK));

		if (i % 3 == 1) /* free: a pointer is its first word */
			*(void **)t = i == 1 ? NULL : task;
		else
			make_task(t, "more", 0);
		count += i % 3 != 1;
	}
	see();
	while (tables_tasks(&tables, &cursor, &out, 1) == 1)
		seen++;
	assert_int_equal(seen, count + 1);
}

static void
space_is_shown_with_what_it_has(void **state)
{
	struct stat_space out[2];
	uint64_t cursor = 0;

	(void)state;
	see();
	assert_int_equal(tables_spaces(&tables, &cursor, out, 2), 1);
	assert_int_equal(out[0].number, 42);
	assert_int_equal(out[0].tasks, 1);
	assert_int_equal(out[0].ports, 1);
	assert_int_equal(out[0].capabilities, 5);
	assert_int_equal(out[0].left[QUOTA_PAGES], 77);
	assert_string_equal(out[0].name, "first");
}

static void
ancestors_are_found(void **state)
{
	struct stat_capability out[8];
	uint64_t cursor = 0;

	(void)state;
	see();
	assert_int_equal(tables_capabilities(&tables, 42, &cursor, out, 8), 5);
	assert_int_equal(out[0].ancestors, 0);
	assert_int_equal(out[1].ancestors, 1);
	assert_int_equal(out[2].ancestors, 1);
	assert_int_equal(out[3].ancestors, 2);
	assert_int_equal(out[3].chain[0].handle, 3ull << 32 | 3);
	assert_int_equal(out[3].chain[1].handle, 3ull << 32 | 1);
	assert_int_equal(out[3].chain[1].space, 42);
	assert_int_equal(out[3].type, OBJECT_PORT);
	assert_int_equal(out[4].type, OBJECT_TASK);
	assert_int_equal(out[4].object, 42);
	assert_int_equal(tables_capabilities(&tables, 43, &cursor, out, 8), 0);
}

static void
long_chain_is_cut(void **state)
{
	struct stat_capability out[60];
	uint64_t cursor = 0;

	(void)state;
	for (unsigned i = 10; i < 40; i++)
		make_capability(i, &port->self, RIGHT_SEND, &table[i - 1]);
	see();
	assert_int_equal(
	    tables_capabilities(&tables, 42, &cursor, out, 60), 35);
	assert_int_equal(out[34].ancestors, STAT_CHAIN);
	assert_int_equal(out[34].flags, STAT_CUT);
}

static void
ask_everything(void)
{
	static union {
		struct stat_task tasks[50];
		struct stat_space spaces[50];
		struct stat_port ports[50];
		struct stat_capability capabilities[50];
	} out;
	struct stat_system_rep system = { 0 };
	struct stat_memory_rep memory = { 0 };
	uint64_t cursor = (uint64_t)rand();

	tables_system(&tables, &system);
	tables_memory(&tables, &memory);
	tables_tasks(&tables, &cursor, out.tasks, 50);
	cursor = (uint64_t)rand() % 4000;
	tables_spaces(&tables, &cursor, out.spaces, 50);
	cursor = 0;
	tables_ports(&tables, &cursor, out.ports, 50);
	cursor = 0;
	tables_capabilities(&tables, 42, &cursor, out.capabilities, 50);
}

static void
garbage_is_survived(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned hits = 1 + (unsigned)rand() % 30;

		see();
		while (hits-- > 0) {
			uint64_t *word =
			    (uint64_t *)view + (unsigned)rand() % (PAGES * 512);

			/* Half of them pointers into the pages. */
			*word = rand() % 2 ? (uint64_t)kernel +
						 (unsigned)rand() % 0x20000
					   : (uint64_t)rand() << rand() % 33;
		}
		assert_int_equal(tables_refresh(&tables, view, PAGES), E_OK);
		ask_everything();
	}
}

int
main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_system, forget_system)
	const struct CMUnitTest tests[] = {
		TEST(task_is_shown_with_its_space_and_port),
		TEST(list_goes_on_at_its_cursor),
		TEST(space_is_shown_with_what_it_has),
		TEST(ancestors_are_found),
		TEST(long_chain_is_cut),
		TEST(garbage_is_survived),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
