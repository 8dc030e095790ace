/* message: calls, switches and messages. */
#include <gbsd/proto.h>

#include "bench.h"

enum { NO_CALL = 63 };

void
bench_call(uint64_t count)
{
	struct figure empty = { 0 }, clock = { 0 };

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t begin = gbsd_time(), middle;

		for (uint64_t i = 0; i < count; i++)
			gbsd_call6((enum call_number)NO_CALL, 0, 0, 0, 0, 0, 0);
		middle = gbsd_time();
		for (uint64_t i = 0; i < count; i++)
			gbsd_time();
		figure_add(&empty, middle - begin);
		figure_add(&clock, gbsd_time() - middle);
	}
	figure_print("empty_call_ns", &empty, count, "ns");
	figure_print("clock_ns", &clock, count, "ns");
}

static volatile bool end_partner;

static void
partner(uint64_t argument)
{
	(void)argument;
	while (!end_partner)
		sched_yield_now();
	if (sys_signal(0, SIGNAL_KILL, 0) != E_OK)
		for (;;)
			;
}

void
bench_switch(uint64_t count)
{
	struct figure f = { 0 };
	cap_t raw;

	end_partner = false;
	must(thread_start(partner, 0, &raw), "task");
	sched_yield_now();
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t begin = gbsd_time();

		for (uint64_t i = 0; i < count; i++)
			sched_yield_now();
		figure_add(&f, gbsd_time() - begin);
	}
	end_partner = true;
	sched_yield_now();
	memory_give(raw);
	/* There and back. */
	figure_print("task_switch_ns", &f, 2 * count, "ns");
}

static uint64_t
time_raw(cap_t server, cap_t reply, uint64_t count)
{
	uint64_t begin = gbsd_time();
	enum received kind;

	for (uint64_t i = 0; i < count; i++) {
		must(port_send(server, 64, 0, 0, reply, 1), "send");
		must(port_receive(reply, 0, &kind), "receive");
	}
	return gbsd_time() - begin;
}

/* By the client's stub: with its own reply port and its checks. */
static uint64_t
time_call(cap_t server, uint64_t count)
{
	uint64_t request = 0, answer = 0, begin = gbsd_time();
	/* What comes back begins as what went: with no error. */
	const struct proto_call call = { .operation = E_OK,
		.request_size = sizeof(request),
		.reply_size = sizeof(answer),
		.request = &request,
		.reply = &answer };

	for (uint64_t i = 0; i < count; i++)
		must(proto_call(server, &call), "call");
	return gbsd_time() - begin;
}

void
bench_message(uint64_t count)
{
	struct figure raw = { 0 }, call = { 0 };
	cap_t raws[3], port = 0, watch = 0, server = 0, reply = 0;
	struct spawn spawn;

	must(port_new(1, &raws[0], &port), "port");
	must(port_new(1, &raws[1], &watch), "port");
	must(port_new(1, &raws[2], &reply), "port");
	must(cap_badge(port, RIGHT_SEND, 1, 2, &server), "badge");
	if (!enough(child_start("-echo", port, watch, &spawn),
		"message_round_trip_ns"))
		return;
	for (unsigned round = 0; round < ROUNDS; round++) {
		figure_add(&raw, time_raw(server, reply, count));
		figure_add(&call, time_call(server, count));
	}
	spawn_end(&spawn);
	for (unsigned i = 0; i < 3; i++)
		memory_give(raws[i]);
	figure_print("message_round_trip_ns", &raw, count, "ns");
	figure_print("call_round_trip_ns", &call, count, "ns");
}
