/*
 * init_test: init_server, the protocol library and the serve loop, together.
 *
 * One image is all services of its own services.toml.  The probe is the main
 * one: it prints "ok NAME" or "FAIL NAME" for each check and a count, and
 * its exit status becomes the machine's.
 */
#include <stdio.h>
#include <string.h>

#include <gbsd/serve.h>
#include <gbsd/service.h>
#include <proto/init.h>

#include "victim.h"

enum {
	KEPT = 0x6b657074,
	STATUS = 9,
	MANY = 64, /* more than a client's share of a queue */
	MILLISECOND = 1000 * 1000,
	SECONDS = 10, /* that something may take on a slow machine */
};

/* --- the victim ------------------------------------------------------------*/

struct victim {
	cap_t waiting;
	uint64_t gone;
	uint64_t *keep;
};

static enum error
do_add(struct victim *v, struct exchange *x, const struct victim_add_req *q,
    struct victim_add_rep *r)
{
	(void)v;
	(void)x;
	r->sum = q->a + q->b;
	return E_OK;
}

static void
die_before(struct victim *v, uint64_t lives)
{
	if (gbsd_start()->restarts >= lives)
		return;
	v->keep[0] = KEPT;
	gbsd_exit(STATUS);
}

static enum error
do_die(struct victim *v, struct exchange *x, const struct victim_die_req *q,
    struct victim_die_rep *r)
{
	(void)x;
	die_before(v, q->lives);
	r->restarts = gbsd_start()->restarts;
	r->kept = v->keep[0];
	return E_OK;
}

static enum error
do_die_once(struct victim *v, struct exchange *x,
    const struct victim_die_once_req *q, struct victim_die_once_rep *r)
{
	(void)x;
	(void)r;
	die_before(v, q->lives);
	return E_OK;
}

static enum error
do_secret(struct victim *v, struct exchange *x,
    const struct victim_secret_req *q, struct victim_secret_rep *r)
{
	(void)v;
	(void)x;
	(void)q;
	(void)r;
	return E_OK;
}

static enum error
do_later(struct victim *v, struct exchange *x,
    const struct victim_later_req *q, struct victim_later_rep *r)
{
	(void)q;
	(void)r;
	v->waiting = exchange_keep(x);
	return E_OK;
}

static enum error
do_release(struct victim *v, struct exchange *x,
    const struct victim_release_req *q, struct victim_release_rep *r)
{
	(void)x;
	(void)q;
	r->waited = ANSWER(victim, later, v->waiting, E_OK,
	    &(struct victim_later_rep){}, NULL);
	v->waiting = 0;
	return E_OK;
}

static enum error
do_gift(struct victim *v, struct exchange *x, const struct victim_gift_req *q,
    struct victim_gift_rep *r)
{
	(void)v;
	(void)q;
	(void)r;
	x->out[1] = exchange_take(x, 0);
	return E_OK;
}

static enum error
do_gone(struct victim *v, struct exchange *x, const struct victim_gone_req *q,
    struct victim_gone_rep *r)
{
	(void)x;
	(void)q;
	r->count = v->gone;
	return E_OK;
}

PROTO_TABLE(victim, VICTIM_OPS)

static void
on_gone(void *state, uint32_t client, uint32_t rights)
{
	struct victim *v = state;

	(void)client;
	(void)rights;
	v->gone++;
}

static int
victim(void)
{
	struct victim v = { .keep = (uint64_t *)gbsd_start()->keep };

	serve(&(struct serve){ .port = gbsd_cap("port"),
	    .ops = victim_ops,
	    .count = COUNT(victim_ops),
	    .state = &v,
	    .gone = on_gone });
	return 1;
}

static int
crash(void)
{
	volatile uintptr_t nowhere = 0x20; /* the compiler must not know */

	*(volatile int *)nowhere = 1;
	return 0;
}

/* --- the probe -------------------------------------------------------------*/

static unsigned passed, failed;
static cap_t init, server;

static void
check(bool good, const char *name)
{
	good ? passed++ : failed++;
	printf("%s %s\n", good ? "ok" : "FAIL", name);
}

static bool
adds(cap_t to)
{
	struct victim_add_rep r;

	return victim_add(to, &(struct victim_add_req){ 40, 2 }, &r, NULL) ==
	    E_OK &&
	    r.sum == 42;
}

static struct init_query_rep
query(const char *name)
{
	struct init_query_rep r = { 0 };
	struct init_query_req q = { "" };

	strcpy(q.name, name);
	if (init_query(init, &q, &r, NULL) != E_OK)
		r.state = UINT32_MAX;
	return r;
}

/* Waits until the service is in that state. */
static bool
becomes(const char *name, enum init_state state)
{
	uint64_t end = gbsd_time() + SECONDS * 1000ull * MILLISECOND;

	while (query(name).state != state && gbsd_time() < end)
		sched_yield_now();
	return query(name).state == state;
}

static void
test_calls(void)
{
	struct victim_secret_rep secret;
	struct victim_add_rep r;
	struct proto_call unknown = { .operation = 6 };
	struct proto_call beyond = { .operation = 1000 };
	struct proto_call brief = { .operation = victim_op_add,
		.reply_size = sizeof(r),
		.reply = &r };

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
	cap_t port = 0;
	bool good = port_allocate(1, &port) == E_OK &&
	    cap_badge(port, RIGHT_SEND, 7, 1, &c.out[0]) == E_OK &&
	    victim_gift(server, &(struct victim_gift_req){}, &r, &c) == E_OK &&
	    c.out[0] == 0 && c.in[0] == 0 && c.in[1] != 0;

	check(good && port_send(c.in[1], 0, 0, 0, 0, 0) == E_OK,
	    "capability_goes_there_and_back");
	cap_close(c.in[1]);
	cap_close(port);
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
	check(victim_release(server, &(struct victim_release_req){}, &r,
		  NULL) == E_OK &&
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
	check(victim_die_once(server,
		  &(struct victim_die_once_req){ lives + 2 }, &once,
		  NULL) == E_DEAD_REPLY,
	    "request_that_may_not_be_repeated_is_told_so");
	check(adds(server), "restarted_server_has_the_same_port");
	check(victim_die(server, &(struct victim_die_req){ UINT64_MAX }, &r,
		  NULL) == E_DEAD_REPLY,
	    "request_that_kills_each_time_is_given_up");
	check(adds(server), "server_survives_it");
}

static void
test_names(void)
{
	struct victim_gone_rep before, after;
	cap_t found = 0;
	bool good = victim_gone(server, &(struct victim_gone_req){}, &before,
			NULL) == E_OK &&
	    service_find_by(init, "victim", &found) == E_OK;

	check(good && adds(found), "service_is_found_by_its_name");
	cap_close(found);
	good = victim_gone(server, &(struct victim_gone_req){}, &after,
		   NULL) == E_OK;
	check(good && after.count == before.count + 1,
	    "server_is_told_that_a_client_let_go");
	check(service_find_by(init, "nobody", &found) == E_NOT_FOUND,
	    "unknown_name_is_not_found");
	check(service_find_by(init, "missing", &found) == E_UNAVAILABLE,
	    "failed_service_is_unavailable");
}

static void
test_states(void)
{
	check(becomes("crasher", INIT_FAILED) &&
		query("crasher").restarts == 2 &&
		query("crasher").status == STATUS_FAULT + FAULT_WRITE,
	    "service_that_crashes_always_is_given_up");
	check(becomes("oneshot", INIT_DONE), "service_may_end_well");
	check(becomes("missing", INIT_FAILED), "missing_image_fails");
	check(becomes("dependent", INIT_FAILED), "and_who_needs_it_too");
	check(query("wrong").state == INIT_FAILED, "wrong_line_fails");
	check(query("cycle").state == INIT_FAILED &&
		query("wheel").state == INIT_FAILED,
	    "cycle_fails");
}

static void
test_control(void)
{
	struct init_stop_req stop = { "victim" };
	struct init_stop_rep stopped;
	struct init_start_service_req start = { "victim" };
	struct init_start_service_rep started;
	struct init_restart_req restart = { "victim" };
	struct init_restart_rep restarted;
	struct init_kill_rep killed;
	struct victim_add_rep sum;
	struct victim_add_req q = { 1, 1 };
	cap_t new = 0;

	check(init_stop(init, &stop, &stopped, NULL) == E_OK &&
		stopped.status == 0 && query("victim").state == INIT_STOPPED,
	    "service_is_stopped_in_order");
	check(init_stop(init, &stop, &stopped, NULL) == E_STATE,
	    "stopped_service_is_not_stopped_again");
	check(victim_add(server, &q, &sum, NULL) == E_INVALID_PORT,
	    "its_clients_are_told");
	check(init_start_service(init, &start, &started, NULL) == E_OK &&
		query("victim").state == INIT_READY,
	    "and_started_again");
	check(service_find_by(init, "victim", &new) == E_OK && adds(new),
	    "and_found_again");
	check(init_restart(init, &restart, &restarted, NULL) == E_OK &&
		adds(new),
	    "service_is_restarted_with_its_port");
	check(init_kill(init, &(struct init_kill_req){ "victim", STATUS },
		  &killed, NULL) == E_OK &&
		adds(new) && query("victim").restarts == 1,
	    "killed_service_comes_back");
	server = new;
	check(init_kill(init,
		  &(struct init_kill_req){ "scheduler_server", STATUS },
		  &killed, NULL) == E_OK &&
		becomes("scheduler_server", INIT_READY),
	    "who_has_the_timer_comes_back_too");
}

static void
test_rest(void)
{
	struct init_mount_filesystem_rep mount;
	struct init_process_req q = { .name = "child", .rights = INIT_LOOKUP };
	struct init_process_rep r;
	struct init_shutdown_rep shutdown;
	struct init_self_rep self;
	struct carried c = { 0 };

	check(init_mount_filesystem(init,
		  &(struct init_mount_filesystem_req){ "disk", "/", 0 },
		  &mount, NULL) == E_UNAVAILABLE,
	    "there_is_no_file_server_yet");
	check(init_process(init, &q, &r, &c) == E_OK && c.in[0] != 0 &&
		c.in[1] != 0,
	    "child_gets_a_number");
	check(init_self(c.in[0], &(struct init_self_req){}, &self, NULL) ==
		    E_OK &&
		self.process == r.process &&
		self.parent == query("probe").process,
	    "child_knows_its_parent");
	check(init_shutdown(c.in[0], &(struct init_shutdown_req){ 0 },
		  &shutdown, NULL) == E_NO_RIGHTS,
	    "child_has_no_more_rights_than_it_was_given");
}

static int
probe(void)
{
	init = gbsd_cap("init");
	server = gbsd_cap("victim");
	test_calls();
	test_capabilities();
	test_deadline();
	test_full_queue();
	test_names();
	test_death();
	test_states();
	test_control();
	test_rest();
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
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
	return strcmp(argv[1], "probe") == 0 ? probe() : 0;
}
