/*
 * exhaust: takes all there is, of each kind that a quota counts.
 *
 * Whoever asks for more than its own is told so; when it has given something
 * back it can go on.  What others notice of that, the shell's test looks at.
 */
#include <stdio.h>

#include <gbsd/calls.h>
#include <gbsd/service.h>
#include <proto/log.h>

#include "security.h"

enum { MOST = 4096, BATCH = 64 * PAGE_SIZE, STACK = 4096, FLOOD = 5000 };

static cap_t caps[MOST];
static void *pages[MOST];

static void
close_all(unsigned count)
{
	while (count > 0)
		cap_close(caps[--count]);
}

static void
exhaust_pages(void)
{
	enum error e = E_OK;
	unsigned n = 0, size = BATCH;

	/* Large pieces first, then the rest page by page. */
	while (n < MOST) {
		e = vm_new(size, VM_READ | VM_WRITE, &pages[n]);
		if (e == E_OK)
			n++;
		else if (size != PAGE_SIZE)
			size = PAGE_SIZE;
		else
			break;
	}
	check(e == E_QUOTA && n > 0, "out_of_pages_is_an_error_to_the_asker");
	must(vm_deallocate(pages[0], BATCH), "free");
	check(vm_new(PAGE_SIZE, VM_READ | VM_WRITE, &pages[0]) == E_OK,
	    "pages_given_back_can_be_had_again");
	must(vm_deallocate(pages[0], PAGE_SIZE), "free");
	while (--n > 0) {
		/* The size of each is not noted: one of the two fits. */
		if (vm_deallocate(pages[n], BATCH) != E_OK)
			must(vm_deallocate(pages[n], PAGE_SIZE), "free");
	}
}

static void
exhaust_capabilities(void)
{
	enum error e = E_OK;
	unsigned n = 0;
	cap_t port;

	must(port_allocate(1, &port), "port");
	while (n < MOST && e == E_OK) {
		e = cap_derive(port, RIGHT_SEND, 0, &caps[n]);
		n += e == E_OK;
	}
	check(e == E_QUOTA, "out_of_capabilities_is_an_error_to_the_asker");
	close_all(n);
	check(cap_derive(port, RIGHT_SEND, 0, &caps[0]) == E_OK,
	    "capabilities_given_back_can_be_had_again");
	cap_close(caps[0]);
	cap_close(port);
}

static void
exhaust_ports(void)
{
	enum error e = E_OK;
	unsigned n = 0;

	while (n < MOST && e == E_OK) {
		e = port_allocate(1, &caps[n]);
		n += e == E_OK;
	}
	check(e == E_QUOTA, "out_of_ports_is_an_error_to_the_asker");
	close_all(n);
	check(port_allocate(1, &caps[0]) == E_OK,
	    "ports_given_back_can_be_had_again");
	cap_close(caps[0]);
}

static void
thread(uint64_t argument)
{
	(void)argument;
	for (;;)
		sched_yield_now();
}

static void
exhaust_tasks(void)
{
	static char stacks[64][STACK] __attribute__((aligned(16)));
	enum error e = E_OK;
	unsigned n = 0;

	while (n < 64 && e == E_OK) {
		e = sched_spawn(SPAWN_TASK, (uint64_t)thread,
		    (uint64_t)stacks[n + 1], 0, "thread", &caps[n]);
		n += e == E_OK;
	}
	check(e == E_QUOTA && n > 0, "out_of_tasks_is_an_error_to_the_asker");
	for (unsigned i = 0; i < n; i++)
		must(sys_signal(caps[i], SIGNAL_KILL, 0), "kill");
	close_all(n);
}

void
exhaust(void)
{
	exhaust_pages();
	exhaust_capabilities();
	exhaust_ports();
	exhaust_tasks();
}

int
flood(void)
{
	struct log_write_req q = { .level = LOG_DEBUG, .length = 5,
		.text = "flood" };
	unsigned refused = 0;
	cap_t log;

	must(service_find("log_server", &log), "log_server");
	for (unsigned i = 0; i < FLOOD; i++)
		refused += proto_tell(log, log_op_write, &q, sizeof(q)) ==
			   E_PORT_FULL;
	check(refused > 0, "a_flooding_client_gets_E_PORT_FULL");
	return refused == 0;
}
