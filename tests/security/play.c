/* play: verdicts, ports, memory, threads; see security.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gbsd/service.h>
#include <proto/sched.h>

#include "security.h"

enum { STACK_PAGES = 4, PATIENCE = 30000 /* milliseconds */ };

void
check(bool good, const char *name)
{
	printf("%s %s\n", good ? "ok" : "FAIL", name);
}

void
note(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	printf("# ");
	vprintf(format, list);
	printf("\n");
	va_end(list);
}

_Noreturn void
fail(enum error e, const char *what)
{
	printf("FAIL %s: %s\n", what, error_text(e));
	fflush(stdout);
	exit(1);
}

struct message *
message(void)
{
	return &gbsd_area()->message;
}

enum received
receive(cap_t port)
{
	uint64_t end = gbsd_time() + PATIENCE * MILLISECOND;
	enum received kind = 0;
	enum error e;

	while ((e = port_receive(port, MESSAGE_CAPS | RECEIVE_NO_WAIT,
		    &kind)) == E_WOULD_BLOCK &&
	       gbsd_time() < end)
		sched_yield_now();
	must(e == E_WOULD_BLOCK ? E_TIMED_OUT : e, "receive");
	return kind;
}

bool
is_empty(cap_t port)
{
	enum received kind;

	return port_receive(port, RECEIVE_NO_WAIT, &kind) == E_WOULD_BLOCK;
}

bool
is_there(cap_t cap)
{
	uint64_t info;

	return cap_query(cap, &info) == E_OK;
}

cap_t
raw_take(size_t pages)
{
	cap_t raw = 0;

	must(memory_take(pages, &raw), "memory");
	return raw;
}

cap_t
port_new(size_t pages)
{
	cap_t port = 0;

	must(port_allocate(raw_take(pages), &port), "port");
	return port;
}

cap_t
sender_new(cap_t port, uint64_t badge, unsigned share)
{
	cap_t sender = 0;

	must(cap_badge(port, RIGHT_SEND | RIGHT_DERIVE, badge, share, &sender),
	    "sender");
	return sender;
}

cap_t
copy(cap_t cap, uint32_t rights)
{
	uint32_t has;
	size_t pages;
	cap_t out = 0;

	if (memory_query(cap, &has, &pages) == E_OK)
		must(cap_range(cap, rights, 0, pages, &out), "copy of memory");
	else
		must(cap_derive(cap, rights, &out), "copy");
	return out;
}

uint64_t *
page_new(cap_t *memory)
{
	const uint32_t rights = RIGHT_READ | RIGHT_WRITE;
	cap_t here = 0;
	void *at = NULL;

	must(cap_range(raw_take(1), rights | RIGHT_EXECUTE | RIGHT_DERIVE, 0, 1,
		 memory),
	    "frame");
	must(cap_range(*memory, rights, 0, 1, &here), "view");
	must(memory_map(here, VM_READ | VM_WRITE, &at), "map");
	memset(at, 0, PAGE_SIZE);
	return at;
}

void
sleep_for(uint64_t milliseconds)
{
	struct sched_sleep_until_req q = { .time = gbsd_time() +
						   milliseconds * MILLISECOND };
	struct sched_sleep_until_rep r;
	cap_t sched = 0;

	must(service_find("scheduler_server", &sched), "scheduler_server");
	must(sched_sleep_until(sched, &q, &r, NULL), "sleep");
}

cap_t
thread_start(void (*run)(uint64_t), uint64_t argument, cap_t *raw)
{
	cap_t task = 0;
	void *stack = NULL;

	/* Nothing is in the page behind the stack: for the area. */
	must(memory_map(raw_take(STACK_PAGES), VM_READ | VM_WRITE, &stack),
	    "stack");
	*raw = raw_take(TASK_PAGES);
	must(sched_spawn(*raw, 0, (uint64_t)run,
		 (uint64_t)stack + STACK_PAGES * PAGE_SIZE, argument, "thread",
		 &task),
	    "thread");
	return task;
}

_Noreturn void
thread_exit(void)
{
	for (;;)
		must(sys_signal(0, SIGNAL_KILL, 0), "end of thread");
}
