/*
 * hoard: a program that takes all it can get of something, under as many
 * numbers as it can have, and keeps it.
 *
 * It is a child of this test, which then wants some for a number of its own:
 * that is in another branch, and must get it.
 */
#include "hoard.h"

#include <stdlib.h>
#include <string.h>

#include <gbsd/service.h>
#include <gbsd/session.h>
#include <proto/init.h>
#include <proto/log.h>
#include <proto/memory.h>
#include <proto/sched.h>

enum {
	LOOKUPS = 12, /* of one name by one number */
	BADGES = 300, /* more than a port has room for */
	MOST = 3000, /* of anything by one number */
	PATIENCE = 120000, /* milliseconds */
	ACCOUNTS = 2, /* that it may open */
	SURE = 64, /* entries of scheduler_server for everybody */
	ACCOUNT_PAGES = 1024,
};

static const char *const services[] = { "log_server", "scheduler_server",
	"stat_server", "console_server", "memory_server" };

enum { SERVICES = sizeof(services) / sizeof(*services) };

enum error
number_new(cap_t init, struct number *n)
{
	struct init_process_req q = { .name = "number", .rights = INIT_RIGHTS };
	struct init_process_rep r;
	struct carried c = { 0 };
	enum error e = init_process(init, &q, &r, &c);

	*n = (struct number){ .init = c.in[0], .faults = c.in[1] };
	return e;
}

void
number_end(struct number *n)
{
	cap_close(n->init);
	cap_close(n->faults);
}

struct number
number_must(void)
{
	struct number n;

	must(number_new(gbsd_cap("init"), &n), "number");
	return n;
}

cap_t
number_find(const struct number *n, const char *service)
{
	cap_t cap = 0;

	must(service_find_by(n->init, service, &cap), service);
	return cap;
}

enum error
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

static enum error
account_new(uint64_t limit, uint32_t accounts, uint32_t rights, cap_t *account)
{
	struct mem_open_req q = { limit, accounts, rights };
	struct mem_open_rep r;
	struct carried c = { 0 };
	enum error e = mem_open(gbsd_cap("memory_server"), &q, &r, &c);

	*account = c.in[0];
	return e;
}

void
give_account(struct child *c, uint64_t limit, uint32_t accounts)
{
	cap_t account;

	must(account_new(limit, accounts,
		 MEM_TAKE | (accounts != 0 ? MEM_OPEN : 0), &account),
	    "account");
	child_give(c, "memory_server", account);
}

/* --- what there is to take ---------------------------------------------*/

static enum error
nothing(const struct number *n)
{
	(void)n;
	return E_OK;
}

/* Whatever happens: the last error. */
static enum error
look_up(const struct number *n, unsigned times)
{
	enum error e = E_OK;

	for (unsigned i = 0; i < SERVICES * times; i++) {
		cap_t cap;
		enum error last =
		    service_find_by(n->init, services[i % SERVICES], &cap);

		if (last != E_OK)
			e = last;
	}
	return e;
}

static enum error
places(const struct number *n)
{
	return look_up(n, LOOKUPS);
}

static enum error
a_place(const struct number *n)
{
	return look_up(n, 1);
}

static enum error
sessions(const struct number *n)
{
	uint32_t session;
	cap_t log = 0;
	enum error e = service_find_by(n->init, "log_server", &log);

	for (unsigned i = 0; e == E_OK && i < SESSIONS_PER_CLIENT; i++)
		e = session_new(log, &session);
	return e;
}

static enum error
an_account(const struct number *n)
{
	cap_t account = 0;
	enum error e = account_new(MEM_LEAST, 0, MEM_TAKE, &account);

	(void)n;
	if (e == E_OK)
		cap_close(account);
	return e;
}

static enum error
accounts(const struct number *n)
{
	cap_t account;
	enum error e = E_OK;

	/* Accounts are badges of the same port. */
	for (unsigned i = 0; e == E_OK && i < BADGES; i++)
		e = service_find_by(n->init, "memory_server", &account);
	while (account_new(MEM_LEAST, 0, MEM_TAKE, &account) == E_OK)
		;
	return e;
}

static enum error
alarms(const struct number *n, uint64_t count)
{
	static cap_t port;
	cap_t sched = 0;
	enum error e = service_find_by(n->init, "scheduler_server", &sched);

	if (port == 0)
		port = port_new(1);
	for (uint64_t i = 0; e == E_OK && i < count; i++) {
		struct sched_alarm_req q = {
			.time = UINT64_MAX, .key = i, .bits = 1
		};
		struct carried c = { .out = { copy(port, RIGHT_SIGNAL) } };

		e = sched_alarm(sched, &q, &(struct sched_alarm_rep){}, &c);
	}
	return e;
}

static enum error
entries(const struct number *n)
{
	return alarms(n, MOST);
}

static enum error
sure_entries(const struct number *n)
{
	return alarms(n, SURE);
}

static const struct hoard {
	const char *name, *server; /* that gives it, NULL: init */
	/* All that the number can have, and what everybody must get. */
	enum error (*take)(const struct number *n);
	enum error (*least)(const struct number *n);
} hoards[] = {
	{ "no_program_uses_up_the_numbers_of_others", NULL, nothing, nothing },
	{ "no_program_uses_up_the_places_of_others_at_services", "stat_server",
	    places, a_place },
	{ "no_program_uses_up_the_sessions_of_others", "log_server", sessions,
	    sessions },
	{ "no_program_uses_up_the_accounts_of_others", "memory_server",
	    accounts, an_account },
	{ "no_program_uses_up_the_entries_of_others", "scheduler_server",
	    entries, sure_entries },
};

enum { HOARDS = sizeof(hoards) / sizeof(*hoards) };

/* Says in the page: that it has all, under how many numbers, why no more. */
int
role_hoarder(int argc, char **argv)
{
	void *at = NULL;
	volatile uint64_t *page;
	struct number n;
	uint64_t count = 0;
	unsigned which = argc > 0 ? (unsigned)atoi(argv[0]) : 0;
	enum error e;

	if (which >= HOARDS ||
	    memory_map(gbsd_cap("page"), VM_READ | VM_WRITE, &at) != E_OK)
		return CHILD_BAD;
	page = at;
	while ((e = number_new(gbsd_cap("init"), &n)) == E_OK) {
		(void)!hoards[which].take(&n);
		count++;
	}
	page[1] = count;
	page[2] = e;
	page[0] = 1;
	for (;;)
		sched_yield_now();
}

/* --- what is left ------------------------------------------------------*/

struct hoarder {
	struct child child;
	volatile uint64_t *page;
};

static void
hoarder_start(struct hoarder *h, unsigned which)
{
	const struct spawn_limits limits = {
		.capabilities = 6000, .mappings = 20, .pages = 400
	};
	const char word[] = { (char)('0' + which), '\0' };
	uint64_t end = gbsd_time() + PATIENCE * MILLISECOND;
	struct number n = number_must();
	cap_t memory;

	h->page = page_new(&memory);
	child_begin(&h->child, &limits);
	child_give(&h->child, "init", n.init);
	cap_close(n.faults);
	child_give(&h->child, "page", copy(memory, RIGHT_READ | RIGHT_WRITE));
	give_account(&h->child, ACCOUNT_PAGES, ACCOUNTS);
	child_run(&h->child, (const char *const[]){ "hoarder", word, NULL });
	while (h->page[0] == 0 && gbsd_time() < end)
		sched_yield_now();
	note("%s: one has %llu numbers, then: %s", hoards[which].name,
	    (unsigned long long)h->page[1], error_text((enum error)h->page[2]));
}

/* True if another program can have some now. */
static bool
there_is_some(const struct hoard *h)
{
	struct number n;
	enum error e = number_new(gbsd_cap("init"), &n);

	if (e == E_OK) {
		e = h->least(&n);
		number_end(&n);
	}
	if (e != E_OK)
		note("others have none: %s", error_text(e));
	return e == E_OK;
}

struct verdicts {
	bool good, told, back, again;
};

static void
restart(const char *server)
{
	struct init_kill_req q = { .status = 1 };

	if (server == NULL)
		return;
	strncpy(q.name, server, sizeof(q.name));
	must(init_kill(gbsd_cap("init"), &q, &(struct init_kill_rep){}, NULL),
	    server);
}

/* Two of them; gives the numbers that they had. */
static uint64_t
let_hoard(unsigned which, bool restarted, struct verdicts *v)
{
	const struct hoard *h = &hoards[which];
	uint64_t end = gbsd_time() + PATIENCE * MILLISECOND, numbers = 0;
	struct hoarder hoarders[2];

	for (unsigned i = 0; i < 2; i++) {
		hoarder_start(&hoarders[i], which);
		if (restarted && i == 0)
			restart(h->server);
		v->good &= hoarders[i].page[0] == 1 && there_is_some(h);
		v->told &= hoarders[i].page[2] == E_LIMIT;
		numbers += hoarders[i].page[1];
	}
	for (unsigned i = 0; i < 2; i++)
		child_end(&hoarders[i].child);
	while (!there_is_some(h) && gbsd_time() < end)
		sleep_for(20);
	return numbers;
}

void
test_hoards(void)
{
	struct verdicts v = { .told = true, .back = true, .again = true };

	for (unsigned i = 0; i < HOARDS; i++) {
		uint64_t first;

		v.good = true;
		first = let_hoard(i, false, &v);
		v.back &= let_hoard(i, true, &v) == first;
		v.again &= let_hoard(i, false, &v) == first;
		check(v.good, hoards[i].name);
	}
	check(v.told, "who_takes_too_much_is_told_so");
	check(v.back, "what_a_program_took_comes_back_with_its_end");
	check(v.again, "also_when_the_server_was_restarted_meanwhile");
}
