/* child: this program again, in another space, and tasks in this one. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum {
	STACK_PAGES = 2,
	ALL_SLOTS =
	    160000, /* 100,000 capabilities, and those of 10,000 tasks */
	ALL_MAPPINGS = 200,
};

const struct archive_file *
bench_image(void)
{
	static struct archive archive;
	static struct archive_file file;

	if (file.data == NULL) {
		must(archive_open(&archive), "boot archive");
		must(archive_find(&archive, "bin/bench", &file), "bin/bench");
	}
	return &file;
}

enum error
port_new(size_t pages, cap_t *raw, cap_t *port)
{
	enum error e = memory_take(pages, raw);

	if (e != E_OK)
		return e;
	e = port_allocate(*raw, port);
	if (e != E_OK)
		memory_give(*raw);
	return e;
}

enum error
child_start(const char *role, cap_t port, cap_t watch, struct spawn *spawn)
{
	const struct spawn_limits limits = {
		.capabilities = 32, .mappings = 14, .pages = 16
	};
	char *argv[] = { "bench", (char *)role, NULL };
	enum error e = spawn_begin(spawn, &limits);

	if (e == E_OK && port != 0)
		e = spawn_copy(spawn, "port", port, RIGHT_RECEIVE | RIGHT_SEND);
	if (e == E_OK)
		e = spawn_file(spawn, bench_image());
	if (e == E_OK)
		e = spawn_start(spawn, "bench", argv, NULL, watch, 0);
	if (e != E_OK)
		spawn_end(spawn);
	return e;
}

/* All that init does not keep is the child's pool. */
static enum error
give_rest(struct spawn *spawn)
{
	const struct start *start = gbsd_start();
	enum error e = E_OK;

	for (uint32_t i = 0; e == E_OK && i < start->cap_count; i++)
		if (strncmp(start->caps[i].name, "rest",
			sizeof(start->caps[i].name)) == 0)
			e = spawn_give(spawn, "memory", start->caps[i].cap);
	return e;
}

int
child_with_all(void)
{
	const struct spawn_limits limits = {
		.capabilities = ALL_SLOTS, .mappings = ALL_MAPPINGS, .pages = 16
	};
	const struct message *m = &gbsd_area()->message;
	char *argv[] = { "bench", NULL };
	struct spawn spawn;
	enum received kind;
	cap_t raw, watch;

	must(port_new(1, &raw, &watch), "port");
	must(spawn_begin(&spawn, &limits), "space");
	must(spawn_copy(&spawn, "print", gbsd_cap("print"), RIGHT_PRINT),
	    "print");
	must(spawn_copy(&spawn, "archive", gbsd_cap("archive"),
		 RIGHT_READ | RIGHT_EXECUTE | RIGHT_DERIVE),
	    "archive");
	must(give_rest(&spawn), "memory");
	must(spawn_file(&spawn, bench_image()), "image");
	must(spawn_start(&spawn, "bench", argv, NULL, watch, 0), "start");
	must(port_receive(watch, 0, &kind), "wait");
	return kind == RECEIVED_REPLY ? (int)m->words[0] : 1;
}

/* Answers whatever comes, with the words that came. */
static int
echo(void)
{
	cap_t port = gbsd_cap("port");
	enum received kind;

	while (port_receive(port, 0, &kind) == E_OK) {
		cap_t reply = gbsd_area()->message.reply;

		if (reply != 0 && port_send(reply, 64, 0, 0, 0, 0) != E_OK)
			return 1;
	}
	return 0;
}

int
child_run(const char *role)
{
	return strcmp(role, "-echo") == 0 ? echo() : 0;
}

enum error
thread_start(void (*function)(uint64_t), uint64_t argument, cap_t *raw)
{
	cap_t memory, stack, task;
	void *at = NULL;
	enum error e = memory_take(TASK_PAGES + STACK_PAGES, raw);

	if (e != E_OK)
		return e;
	e = cap_range(*raw, RIGHT_MAKE, 0, TASK_PAGES, &memory);
	if (e == E_OK)
		e = cap_range(*raw, RIGHT_READ | RIGHT_WRITE, TASK_PAGES,
		    STACK_PAGES, &stack);
	if (e == E_OK)
		e = memory_map(stack, VM_READ | VM_WRITE, &at);
	/* Nothing is mapped right behind it: there the area will be. */
	if (e == E_OK)
		e = sched_spawn(memory, 0, (uint64_t)function,
		    (uint64_t)at + STACK_PAGES * PAGE_SIZE, argument, "bench",
		    &task);
	if (e != E_OK)
		memory_give(*raw);
	return e;
}
