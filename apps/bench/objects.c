/* objects: capabilities and ports, few and many of them. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

enum {
	FEW = 10,
	MANY = 100000,
	REVOKED = 10000,
	BATCH = 64, /* timed at once among what is there */
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
	cap_t port, *children;
	uint64_t count;
};

static enum error
family_make(struct family *f, uint64_t count)
{
	enum error e = port_allocate(1, &f->port);

	f->count = 0;
	f->children = malloc(count * sizeof(*f->children));
	if (f->children == NULL)
		return E_NO_MEMORY;
	while (e == E_OK && f->count < count) {
		e = cap_derive(f->port, RIGHT_SEND, 0, &f->children[f->count]);
		f->count += e == E_OK;
	}
	return e;
}

static void
family_end(struct family *f)
{
	must(cap_revoke(f->port), "revoke");
	cap_close(f->port);
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
					 family.port, RIGHT_SEND, 0, &made[k]),
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

/* Sends to BATCH of the ports, then takes the messages away untimed. */
static uint64_t
time_sends(const cap_t *ports, uint64_t count)
{
	uint64_t which[BATCH], begin, time;
	enum received kind;

	for (unsigned i = 0; i < BATCH; i++)
		which[i] = some(count);
	begin = gbsd_time();
	for (unsigned i = 0; i < BATCH; i++)
		(void)!port_send(ports[which[i]], 64, 0, 0, 0, 0);
	time = gbsd_time() - begin;
	for (unsigned i = 0; i < BATCH; i++)
		while (port_receive(ports[which[i]], RECEIVE_NO_WAIT, &kind) ==
		       E_OK)
			;
	return time;
}

static void
send_among(const char *key, unsigned share, uint64_t ports, uint64_t count)
{
	cap_t *port = malloc(ports * sizeof(*port));
	struct figure f = { 0 };
	enum error e = port == NULL ? E_NO_MEMORY : E_OK;
	uint64_t made = 0;

	while (e == E_OK && made < ports) {
		e = port_allocate(share, &port[made]);
		made += e == E_OK;
	}
	if (enough(e, key)) {
		for (unsigned round = 0; round < ROUNDS; round++) {
			uint64_t time = 0;

			for (uint64_t i = 0; i < count; i += BATCH)
				time += time_sends(port, ports);
			figure_add(&f, time);
		}
		figure_print(
		    key, &f, (count + BATCH - 1) / BATCH * BATCH, "ns");
	}
	while (made > 0)
		cap_close(port[--made]);
	free(port);
}

void
bench_ports(uint64_t count)
{
	/* Among ten a port may get many of a batch. */
	send_among("send_ns_10_ports", BATCH / 2, FEW, count);
	send_among("send_ns_100000_ports", 1, MANY, count);
}
