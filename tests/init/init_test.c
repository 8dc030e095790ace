/*
 * init_test: init_server, the protocol library and the serve loop, together.
 *
 * One image is all services of its own services.toml.  The probe is the main
 * one: it prints "ok NAME" or "FAIL NAME" for each check and a count, and
 * its exit status becomes the machine's.
 */
#include <stdio.h>
#include <stdlib.h>

#include <gbsd/memory.h>

#include "probe.h"
#include "victim.h"

cap_t init, server;
static unsigned passed, failed;

void
check(bool good, const char *name)
{
	good ? passed++ : failed++;
	printf("%s %s\n", good ? "ok" : "FAIL", name);
}

void
must(enum error e, const char *what)
{
	if (e == E_OK)
		return;
	printf("FAIL %s: %s\n", what, error_text(e));
	exit(1);
}

enum received
receive(cap_t port)
{
	enum received kind = 0;

	must(port_receive(port, MESSAGE_CAPS, &kind), "receive");
	return kind;
}

cap_t
port_new(size_t pages)
{
	cap_t raw = 0, port = 0;

	must(memory_take(pages, &raw), "memory of a port");
	must(port_allocate(raw, &port), "port");
	return port;
}

bool
adds(cap_t to)
{
	struct victim_add_rep r;

	return victim_add(to, &(struct victim_add_req){ 40, 2 }, &r, NULL) ==
		   E_OK &&
	       r.sum == 42;
}

struct init_query_rep
query(const char *name)
{
	struct init_query_rep r = { 0 };
	struct init_query_req q = { "" };

	strcpy(q.name, name);
	if (init_query(init, &q, &r, NULL) != E_OK)
		r.state = UINT32_MAX;
	return r;
}

bool
becomes(const char *name, enum init_state state)
{
	uint64_t end = gbsd_time() + SECONDS * 1000ull * MILLISECOND;

	while (query(name).state != state && gbsd_time() < end)
		sched_yield_now();
	return query(name).state == state;
}

enum error
kill_named(const char *name, uint32_t status)
{
	struct init_kill_req q = { .status = status };
	struct init_kill_rep r;

	strcpy(q.name, name);
	return init_kill(init, &q, &r, NULL);
}

static int
crash(void)
{
	volatile uintptr_t nowhere = 0x20; /* the compiler must not know */

	*(volatile int *)nowhere = 1;
	return 0;
}

static int
probe(void)
{
	init = gbsd_cap("init");
	server = gbsd_cap("victim");
	if (begun_anew()) {
		test_begun_anew();
		printf("%u passed, %u failed\n", passed, failed);
		return failed != 0;
	}
	test_protocol();
	test_services();
	test_children();
	test_memory();
	test_lives();
	printf("%u passed, %u failed\n", passed, failed);
	if (failed == 0)
		test_early_deaths();
	return 1;
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	if (strcmp(argv[1], "victim") == 0)
		return victim();
	if (strcmp(argv[1], "crash") == 0)
		return crash();
	return strcmp(argv[1], "probe") == 0 ? probe() : child_main(argv[1]);
}
