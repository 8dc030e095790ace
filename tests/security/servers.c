/*
 * servers: what one program takes of a server is not another's.
 *
 * A program may have any number of children, and each has a number of its own
 * at the servers; so what a server gives out for a number is tried with many.
 */
#include <string.h>

#include <gbsd/service.h>
#include <proto/init.h>
#include <proto/log.h>
#include <proto/memory.h>
#include <proto/sched.h>

#include "worker.h"

enum { NUMBERS = 12, SESSIONS_EACH = 4, FLOOD = 3000 };

struct number {
	cap_t init, faults;
};

static enum error
number_new(cap_t init, struct number *n)
{
	struct init_process_req q = { .name = "number", .rights = INIT_RIGHTS };
	struct init_process_rep r;
	struct carried c = { 0 };
	enum error e = init_process(init, &q, &r, &c);

	*n = (struct number){ .init = c.in[0], .faults = c.in[1] };
	return e;
}

static void
number_end(struct number *n)
{
	cap_close(n->init);
	cap_close(n->faults);
}

/* True if somebody else can have a number, soon or at once. */
static bool
another_has_one(void)
{
	struct number n;
	enum error e = number_new(gbsd_cap("init"), &n);

	if (e == E_OK)
		number_end(&n);
	else
		note("a number: %s", error_text(e));
	return e == E_OK;
}

/* Takes as many numbers as it can, says how many, and keeps them. */
int
role_hoarder(int argc, char **argv)
{
	void *at = NULL;
	volatile uint64_t *page;
	struct number n;
	uint64_t count = 0;

	(void)argc;
	(void)argv;
	if (memory_map(gbsd_cap("page"), VM_READ | VM_WRITE, &at) != E_OK)
		return CHILD_BAD;
	page = at;
	while (number_new(gbsd_cap("init"), &n) == E_OK)
		count++;
	page[1] = count;
	page[0] = 1;
	for (;;)
		sched_yield_now();
}

static void
give_account(struct child *c, uint64_t limit)
{
	struct mem_open_req open = { .limit = limit, .rights = MEM_TAKE };
	struct mem_open_rep opened;
	struct carried account = { 0 };

	must(mem_open(gbsd_cap("memory_server"), &open, &opened, &account),
	    "account");
	child_give(c, "memory_server", account.in[0]);
}

static void
test_numbers(void)
{
	const struct spawn_limits limits = {
		.capabilities = 6000, .mappings = 20, .pages = 400
	};
	uint64_t end = gbsd_time() + 60000 * MILLISECOND;
	volatile uint64_t *page;
	struct child c;
	struct number n;
	cap_t memory;

	page = page_new(&memory);
	must(number_new(gbsd_cap("init"), &n), "number");
	child_begin(&c, &limits);
	child_give(&c, "init", n.init);
	cap_close(n.faults);
	child_give(&c, "page", copy(memory, RIGHT_READ | RIGHT_WRITE));
	give_account(&c, 1024);
	child_role(&c, "hoarder");
	while (page[0] == 0 && gbsd_time() < end)
		sched_yield_now();
	note("one program has %llu numbers", (unsigned long long)page[1]);
	check(page[0] == 1 && another_has_one(),
	    "no_program_uses_up_the_numbers_of_others");
	child_end(&c);
	end = gbsd_time() + 10000 * MILLISECOND;
	while (!another_has_one() && gbsd_time() < end)
		sleep_for(20);
	check(another_has_one(), "numbers_come_back_with_the_end_of_a_program");
}

/* --- sessions ----------------------------------------------------------------*/

static enum error
session_new(cap_t log, uint32_t *session)
{
	struct log_session_rep r = { 0 };
	struct carried c = { 0 };
	enum error e = log_session(log, &(struct log_session_req){}, &r, &c);

	*session = r.session;
	if (e == E_OK)
		cap_close(c.in[0]);
	return e;
}

/* Of another number, by its name. */
static void
test_names(cap_t mine, cap_t theirs)
{
	struct log_read_tail_req q = { .level = LOG_DEBUG };
	struct log_read_tail_rep tail;
	enum error own, other;
	uint32_t session;

	must(session_new(theirs, &q.session), "their session");
	other = log_read_tail(mine, &q, &tail, NULL);
	must(session_new(mine, &session), "own session");
	q.session = session;
	own = log_read_tail(mine, &q, &tail, NULL);
	check(own == E_OK && other == E_NOT_FOUND,
	    "a_session_of_another_cannot_be_named");
}

void
hold_sessions(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct number n;
		uint32_t session;
		cap_t log = 0;

		must(number_new(gbsd_cap("init"), &n), "number");
		must(service_find_by(n.init, "log_server", &log), "log_server");
		for (unsigned j = 0; j < SESSIONS_EACH; j++)
			must(session_new(log, &session), "session");
	}
}

static void
test_sessions(void)
{
	struct number numbers[NUMBERS], other;
	cap_t log[NUMBERS] = { 0 }, others_log = 0;
	uint32_t session;
	enum error e = E_OK;

	must(number_new(gbsd_cap("init"), &other), "number");
	must(service_find_by(other.init, "log_server", &others_log), "log");
	for (unsigned i = 0; i < NUMBERS; i++) {
		must(number_new(gbsd_cap("init"), &numbers[i]), "number");
		must(service_find_by(numbers[i].init, "log_server", &log[i]),
		    "log_server");
		for (unsigned j = 0; j < SESSIONS_EACH; j++)
			(void)!session_new(log[i], &session);
		if (i == 1)
			test_names(log[0], log[1]);
	}
	e = session_new(others_log, &session);
	if (e != E_OK)
		note("a session: %s", error_text(e));
	check(e == E_OK, "no_program_uses_up_the_sessions_of_others");
	for (unsigned i = 0; i < NUMBERS; i++) {
		cap_close(log[i]);
		number_end(&numbers[i]);
	}
	cap_close(others_log);
	number_end(&other);
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
	struct number n;
	bool on;

	worker_start(&w);
	must(number_new(gbsd_cap("init"), &n), "number");
	child_begin(&c, NULL);
	child_give(&c, "init", n.init);
	cap_close(n.faults);
	give_account(&c, 1024);
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
	test_sessions();
	test_numbers();
}
