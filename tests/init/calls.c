/* calls: the protocol library and the serve loop, over one server's deaths. */
#include "probe.h"

#include <gbsd/memory.h>

#include "victim.h"

enum { MANY = 64 /* more than a client's share of a queue */ };

static void
test_calls(void)
{
	struct victim_secret_rep secret;
	struct victim_add_rep r;
	struct proto_call unknown = { .operation = 6 };
	struct proto_call beyond = { .operation = 1000 };
	struct proto_call brief = {
		.operation = victim_op_add, .reply_size = sizeof(r), .reply = &r
	};

	check(adds(server), "request_is_answered");
	check(proto_call(server, &unknown) == E_INVALID_REQUEST,
	    "operation_missing_in_the_table_is_refused");
	check(proto_call(server, &beyond) == E_INVALID_REQUEST,
	    "operation_behind_the_table_is_refused");
	check(proto_call(server, &brief) == E_INVALID_REQUEST,
	    "short_request_is_refused");
	check(victim_secret(server, &(struct victim_secret_req){}, &secret,
		  NULL) == E_NO_RIGHTS,
	    "right_of_the_badge_is_wanted");
	check(proto_tell(server, 1000, NULL, 0) == E_OK && adds(server),
	    "request_without_reply_does_no_harm");
}

static void
test_capabilities(void)
{
	struct victim_gift_rep r;
	struct carried c = { 0 };
	cap_t raw = 0, port = 0;
	bool good =
	    memory_take(1, &raw) == E_OK && port_allocate(raw, &port) == E_OK &&
	    cap_badge(port, RIGHT_SEND, 7, 1, &c.out[0]) == E_OK &&
	    victim_gift(server, &(struct victim_gift_req){}, &r, &c) == E_OK &&
	    c.out[0] == 0 && c.in[0] == 0 && c.in[1] != 0;

	check(good && port_send(c.in[1], 0, 0, 0, 0, 0) == E_OK,
	    "capability_goes_there_and_back");
	cap_close(c.in[1]);
	memory_give(raw); /* and the port with it */
}

static void
test_deadline(void)
{
	struct victim_later_rep later;
	struct victim_release_rep r;
	uint64_t begin = gbsd_time(), end = begin + 20 * MILLISECOND;

	check(victim_later_until(server, &(struct victim_later_req){}, &later,
		  NULL, end) == E_TIMED_OUT &&
		  gbsd_time() >= end,
	    "call_gives_up_at_its_deadline");
	check(victim_release(
		  server, &(struct victim_release_req){}, &r, NULL) == E_OK &&
		  r.waited == 0,
	    "server_learns_that_nobody_waits");
	check(adds(server), "next_call_is_not_disturbed");
}

static void
test_full_queue(void)
{
	enum error e = E_OK;

	for (int i = 0; i < MANY && e == E_OK; i++)
		e = proto_tell(server, 1000, NULL, 0);
	check(e == E_PORT_FULL, "client_has_a_share_of_the_queue");
	check(adds(server), "call_waits_for_room");
}

static void
test_death(void)
{
	struct victim_die_once_rep once;
	struct victim_die_rep r = { 0 };
	uint32_t lives = query("victim").restarts;

	check(victim_die(server, &(struct victim_die_req){ lives + 1 }, &r,
		  NULL) == E_OK &&
		  r.restarts == lives + 1,
	    "request_is_repeated_in_the_server_s_next_life");
	check(r.kept == KEPT, "keep_memory_outlives_the_server");
	check(
	    victim_die_once(server, &(struct victim_die_once_req){ lives + 2 },
		&once, NULL) == E_DEAD_REPLY,
	    "request_that_may_not_be_repeated_is_told_so");
	check(adds(server), "restarted_server_has_the_same_port");
	check(victim_die(server, &(struct victim_die_req){ UINT64_MAX }, &r,
		  NULL) == E_DEAD_REPLY,
	    "request_that_kills_each_time_is_given_up");
	check(adds(server), "server_survives_it");
}

void
test_protocol(void)
{
	test_calls();
	test_capabilities();
	test_deadline();
	test_full_queue();
	test_death();
}
