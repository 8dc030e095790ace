/*
 * servers: what one program has of a server is not another's, and a flood of
 * questions stops nobody else.
 */
#include <gbsd/service.h>
#include <gbsd/session.h>
#include <proto/log.h>
#include <proto/memory.h>
#include <proto/sched.h>

#include "hoard.h"
#include "worker.h"

enum { FLOOD = 3000 };

/* Of another number, by its name. */
static void
test_names(void)
{
	struct log_read_tail_req q = { .level = LOG_DEBUG };
	struct number me = number_must(), other = number_must();
	cap_t mine = number_find(&me, "log_server");
	cap_t theirs = number_find(&other, "log_server");
	uint64_t end = gbsd_time() + 10000 * MILLISECOND;
	struct log_read_tail_rep tail;
	enum error foreign, own;
	uint32_t session;

	must(session_new(theirs, &q.session), "their session");
	foreign = log_read_tail(mine, &q, &tail, NULL);
	must(session_new(mine, &session), "own session");
	q.session = session;
	own = log_read_tail(mine, &q, &tail, NULL);
	check(own == E_OK && foreign == E_NOT_FOUND,
	    "a_session_of_another_cannot_be_named");
	number_end(&me);
	number_end(&other);
	while (is_there(theirs) && gbsd_time() < end)
		sleep_for(20);
	check(!is_there(mine) && !is_there(theirs),
	    "what_was_found_by_a_name_goes_with_its_number");
}

void
hold_sessions(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct number n = number_must();
		cap_t log = number_find(&n, "log_server");
		uint32_t session;

		for (unsigned j = 0; j < SESSIONS_PER_CLIENT; j++)
			must(session_new(log, &session), "session");
	}
}

/* --- floods ------------------------------------------------------------------*/

/* Asks for sleep, with a reply each, until it is refused, again and again. */
int
role_flooder(int argc, char **argv)
{
	cap_t sched = 0, port = port_new(64);
	uint64_t refused = 0;

	(void)argc;
	(void)argv;
	if (service_find("scheduler_server", &sched) != E_OK)
		return CHILD_BAD;
	for (unsigned i = 0; i < FLOOD; i++) {
		message()->words[0] = sched_op_sleep_until;
		message()->words[1] = UINT64_MAX;
		refused += port_send(sched, 16, 0, 0, port, i) != E_OK;
	}
	return refused != 0 ? CHILD_GOOD : CHILD_BAD;
}

static void
test_flood(void)
{
	struct worker w;
	struct child c;
	struct number n = number_must();
	bool on;

	worker_start(&w);
	child_begin(&c, NULL);
	child_give(&c, "init", n.init);
	cap_close(n.faults);
	give_account(&c, 1024, 0);
	child_role(&c, "flooder");
	on = worker_goes_on(&w);
	check(
	    child_says(&c, CHILD_GOOD), "who_floods_with_questions_is_refused");
	check(on && worker_goes_on(&w),
	    "others_go_on_beside_a_flood_of_questions");
	child_end(&c);
	worker_end(&w);
}

/* A child that faults for ever, and is resumed for ever. */
static void
test_fault_flood(void)
{
	struct worker w;
	struct child c;
	bool on = true;

	worker_start(&w);
	child_begin(&c, NULL);
	child_run(&c, (const char *const[]){ "resumed", "0x10", NULL });
	for (unsigned i = 0; i < FLOOD; i++) {
		cap_t reply = child_fault(&c);

		message()->words[0] = FAULT_RESUME;
		on &= port_send(reply, 8, 0, 0, 0, 0) == E_OK;
	}
	check(
	    on && worker_goes_on(&w), "others_go_on_beside_a_flood_of_faults");
	child_end(&c);
	worker_end(&w);
}

void
group_servers(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	test_flood();
	test_fault_flood();
	test_names();
	test_hoards();
}
