/* child: this program again, in another space, and tasks in this one. */
#include <stdlib.h>
#include <string.h>

#include <gbsd/spawn.h>

#include "bench.h"

enum { STACK = 16 * 1024, STACKS = 256 };

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
child_start(const char *role, cap_t port, cap_t watch, cap_t *space)
{
	const struct spawn_limits limits = {
		.capabilities = 32, .slots = 16, .pages = 128, .tasks = 1
	};
	const struct archive_file *file = bench_image();
	char *argv[] = { "bench", (char *)role, NULL };
	struct spawn spawn;
	enum error e = spawn_begin(&spawn, 0);

	if (e == E_OK)
		e = spawn_quota(&limits);
	if (e == E_OK && port != 0)
		e = spawn_copy(
		    &spawn, "port", port, RIGHT_RECEIVE | RIGHT_SEND);
	if (e == E_OK)
		e = cap_watch_death(0, watch, 0);
	if (e == E_OK)
		e = spawn_file(&spawn, file);
	if (e != E_OK) {
		spawn_cancel(&spawn);
		return e;
	}
	return spawn_start(&spawn, "bench", argv, NULL, space);
}

void
child_end(cap_t space, cap_t watch)
{
	enum received kind;

	must(sys_signal(space, SIGNAL_KILL, 0), "kill");
	must(port_receive(watch, 0, &kind), "wait");
	cap_close(space);
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
thread_start(void (*function)(uint64_t), uint64_t argument, cap_t *task)
{
	static char *stacks;
	static unsigned left;
	enum error e;

	if (left == 0) {
		void *at;

		e = vm_new(STACKS * STACK, VM_READ | VM_WRITE, &at);
		if (e != E_OK)
			return e;
		stacks = at;
		left = STACKS;
	}
	left--;
	return sched_spawn(SPAWN_TASK, (uint64_t)function,
	    (uint64_t)(stacks + (left + 1) * STACK), argument, "bench", task);
}
