/* objects: capabilities and ports, few and many of them. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

enum {
	FEW = 10,
	MANY = 100000,
	REVOKED = 10000,
	BATCH = 40, /* timed at once; as many as ten ports take */
};

/* A number below limit; the same row in each run. */
static uint64_t
some(uint64_t limit)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (state >> 33) % limit;
}

/* A port with a child of its own capability below it. */
struct family {
	cap_t raw, port, *children;
	uint64_t count;
};

static enum error
family_make(struct family *f, uint64_t count)
{
	enum error e = port_new(1, &f->raw, &f->port);

	f->count = 0;
	f->children = malloc(count * sizeof(*f->children));
	if (f->children == NULL)
		return E_NO_MEMORY;
	while (e == E_OK && f->count < count) {
		e = cap_derive(f->port, RIGHT_SEND, &f->children[f->count]);
		f->count += e == E_OK;
	}
	return e;
}

static void
family_end(struct family *f)
{
	must(cap_revoke(f->port), "revoke");
	memory_give(f->raw);
	free(f->children);
}

static void
derive_among(const char *key, uint64_t others, uint64_t count)
{
	struct figure f = { 0 };
	struct family family;
	cap_t made[BATCH];

	if (!enough(family_make(&family, others), key)) {
		family_end(&family);
		return;
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t time = 0;

		for (uint64_t i = 0; i < count; i += BATCH) {
			uint64_t begin = gbsd_time();

			for (unsigned k = 0; k < BATCH; k++)
				must(cap_derive(
					 family.port, RIGHT_SEND, &made[k]),
				    key);
			time += gbsd_time() - begin;
			for (unsigned k = 0; k < BATCH; k++)
				cap_close(made[k]);
		}
		figure_add(&f, time);
	}
	family_end(&family);
	figure_print(key, &f, (count + BATCH - 1) / BATCH * BATCH, "ns");
}

void
bench_derive(uint64_t count)
{
	derive_among("derive_ns", FEW, count);
	derive_among("derive_ns_100000_caps", MANY, count);
}

void
bench_revoke(uint64_t count)
{
	struct figure f = { 0 };

	(void)count;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct family family;
		bool made =
		    enough(family_make(&family, REVOKED), "revoke_10000_us");
		uint64_t begin = gbsd_time();

		family_end(&family);
		if (!made)
			return;
		figure_add(&f, gbsd_time() - begin);
	}
	figure_print("revoke_10000_us", &f, 1000, "us");
}

/* Sends to BATCH of the ports, then receives what was sent. */
static void
time_ports(
    const cap_t *ports, uint64_t count, uint64_t *send, uint64_t *receive)
{
	uint64_t begin, middle;
	enum received kind;
	cap_t which[BATCH];

	for (unsigned i = 0; i < BATCH; i++)
		which[i] = ports[count > BATCH ? some(count) : i % count];
	begin = gbsd_time();
	/* One that is chosen too often refuses: then there is less to take. */
	for (unsigned i = 0; i < BATCH; i++)
		(void)!port_send(which[i], 64, 0, 0, 0, 0);
	middle = gbsd_time();
	for (unsigned i = 0; i < BATCH; i++)
		(void)!port_receive(which[i], RECEIVE_NO_WAIT, &kind);
	*send += middle - begin;
	*receive += gbsd_time() - middle;
}

static void
measure_ports(
    const char *among, const cap_t *port, uint64_t ports, uint64_t count)
{
	struct figure sends = { 0 }, receives = { 0 };
	uint64_t batches = (count + BATCH - 1) / BATCH;
	char key[64];

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t send = 0, receive = 0;

		for (uint64_t i = 0; i < batches; i++)
			time_ports(port, ports, &send, &receive);
		figure_add(&sends, send);
		figure_add(&receives, receive);
	}
	snprintf(key, sizeof(key), "send_ns_%s", among);
	figure_print(key, &sends, batches * BATCH, "ns");
	snprintf(key, sizeof(key), "receive_ns_%s", among);
	figure_print(key, &receives, batches * BATCH, "ns");
}

/* Many ports, each in a page of a large piece. */
static enum error
make_ports(cap_t raw, cap_t *port, uint64_t ports)
{
	enum error e = E_OK;

	for (uint64_t i = 0; e == E_OK && i < ports; i++) {
		cap_t page;

		e = cap_range(raw, RIGHT_MAKE, i, 1, &page);
		if (e == E_OK)
			e = port_allocate(page, &port[i]);
		if (e == E_OK)
			cap_close(page);
	}
	return e;
}

static void
ports_among(const char *among, uint64_t ports, uint64_t count)
{
	cap_t *port = malloc(ports * sizeof(*port)), raw = 0;
	enum error e = port == NULL ? E_NO_MEMORY : memory_take(ports, &raw);

	if (e == E_OK)
		e = make_ports(raw, port, ports);
	if (enough(e, among))
		measure_ports(among, port, ports, count);
	if (e == E_OK && ports == MANY) /* what they cost by being there */
		measure_ports("10_of_100000_ports", port, FEW, count);
	if (raw != 0)
		memory_give(raw);
	free(port);
}

void
bench_ports(uint64_t count)
{
	ports_among("10_ports", FEW, count);
	ports_among("100000_ports", MANY, count);
}

void
objects_among(const char *among, uint64_t count)
{
	char key[64];

	ports_among(among, FEW, count);
	snprintf(key, sizeof(key), "derive_ns_%s", among);
	derive_among(key, FEW, count);
}
