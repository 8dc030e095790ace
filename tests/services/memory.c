/*
 * memory: memory_server: limits, pieces, accounts, a reset, deaths.
 *
 * Everything is seen from outside: by what the server says of accounts, and
 * by whether the capabilities that it gave still work.
 */
#include "play.h"

#include <stdio.h>

#include <proto/memory.h>

enum { LIMIT = 256, DEATHS = 60 };

struct service memory_server = { .name = "memory",
	.image = "servers/memory",
	.keep = 602112,
	.limits = { .capabilities = 8192, .mappings = 14, .pages = 16 } };

static cap_t root;

/* What was taken. */
struct taken {
	cap_t raw;
	struct mem_take_rep is;
};

static enum error
take(cap_t account, uint64_t pages, struct taken *t)
{
	struct mem_take_req q = { .pages = pages };
	struct carried carried = { 0 };
	enum error e = mem_take(account, &q, &t->is, &carried);

	t->raw = e == E_OK ? carried.in[0] : 0;
	return e;
}

static enum error
give(cap_t account, uint64_t piece)
{
	return mem_give(account, &(struct mem_give_req){ piece },
	    &(struct mem_give_rep){}, NULL);
}

static struct mem_info_rep
info(cap_t account)
{
	struct mem_info_rep r = { 0 };

	must(mem_info(account, &(struct mem_info_req){}, &r, NULL), "info");
	return r;
}

static enum error
open_account(cap_t of, uint64_t limit, uint32_t accounts, uint32_t rights,
    cap_t *account, uint64_t *number)
{
	struct mem_open_req q = {
		.limit = limit, .accounts = accounts, .rights = rights
	};
	struct mem_open_rep r = { 0 };
	struct carried carried = { 0 };
	enum error e = mem_open(of, &q, &r, &carried);

	*account = carried.in[0];
	*number = r.account;
	return e;
}

static cap_t
account_new(uint64_t limit, uint64_t *number)
{
	cap_t account;
	uint64_t ignored;

	must(open_account(root, limit, 4, MEM_TAKE | MEM_OPEN, &account,
		 number != NULL ? number : &ignored),
	    "open");
	return account;
}

void
give_account(struct service *s, const char *name, uint64_t pages)
{
	uint64_t number;
	cap_t account;

	must(open_account(root, pages, 0, MEM_TAKE, &account, &number), "open");
	must(spawn_give(&s->spawn, name, account), "give account");
}

static bool
is_there(cap_t cap)
{
	uint64_t info;

	return cap_query(cap, &info) == E_OK;
}

/* What the server takes back in steps. */
static bool
becomes_free(uint64_t pages)
{
	uint64_t end = gbsd_time() + 10000 * MILLISECOND;

	while (info(root).free != pages && gbsd_time() < end)
		sched_yield_now();
	return info(root).free == pages;
}

static void
test_take(void)
{
	uint64_t free = info(root).free, bus;
	cap_t account = account_new(LIMIT, NULL);
	struct taken a, b, c;
	uint32_t rights;
	size_t pages;
	void *at;

	check(take(account, 5, &a) == E_OK &&
		  memory_query(a.raw, &rights, &pages) == E_OK &&
		  pages == MEM_LEAST && a.is.pages == MEM_LEAST &&
		  (rights & RIGHT_MAKE),
	    "memory_comes_in_pieces_of_some_pages");
	check(take(account, 33, &b) == E_OK && b.is.pages == 64 &&
		  info(account).used == MEM_LEAST + 64 &&
		  info(root).free == free - MEM_LEAST - 64,
	    "whole_pieces_are_charged");
	check(take(account, 0, &c) == E_INVALID, "nothing_is_no_memory");
	check(memory_bus(a.raw, &bus) == E_NO_RIGHTS,
	    "bus_address_needs_a_right_of_the_account");
	must(memory_map(a.raw, VM_READ | VM_WRITE, &at), "map");
	memset(at, 1, PAGE_SIZE);
	check(give(account, a.is.piece) == E_OK && !is_there(a.raw) &&
		  info(account).used == 64,
	    "what_is_given_back_is_gone");
	/* A mapping would be in the way. */
	must(cap_range(b.raw, RIGHT_READ, 0, 1, &c.raw), "range");
	check(vm_map(c.raw, at, VM_READ, 0) == E_OK, "and_not_mapped_any_more");
	check(give(account, a.is.piece) == E_NOT_FOUND &&
		  give(root, b.is.piece) == E_NOT_FOUND &&
		  give(account, UINT64_MAX) == E_NOT_FOUND,
	    "only_one_s_own_is_given_back");
	cap_close(account);
	check(becomes_free(free) && !is_there(b.raw) && !is_there(c.raw),
	    "memory_goes_with_its_account");
}

static void
test_limit(void)
{
	uint64_t free = info(root).free;
	cap_t account = account_new(LIMIT, NULL), inner, other;
	struct taken t;
	unsigned n = 0;
	uint64_t number;

	check(take(account, LIMIT + 1, &t) == E_LIMIT,
	    "piece_larger_than_the_limit_is_refused");
	while (n < LIMIT && take(account, MEM_LEAST, &t) == E_OK)
		n++;
	check(n == LIMIT / MEM_LEAST && take(account, 1, &t) == E_LIMIT &&
		  info(account).used == LIMIT,
	    "limit_holds");
	other = account_new(LIMIT, NULL);
	check(take(other, LIMIT, &t) == E_OK, "and_is_nobody_else_s");
	cap_close(other);
	check(open_account(account, LIMIT + 1, 0, MEM_TAKE, &inner, &number) ==
		  E_LIMIT,
	    "account_has_no_higher_limit_than_its_opener");
	must(
	    open_account(account, LIMIT, 0, MEM_TAKE, &inner, &number), "open");
	check(take(inner, 1, &t) == E_LIMIT,
	    "limit_holds_for_all_accounts_below_it");
	cap_close(inner);
	cap_close(account);
	check(becomes_free(free), "all_of_it_is_free_again");
}

static void
test_inner_accounts(void)
{
	uint64_t free = info(root).free, number;
	cap_t account = account_new(LIMIT, NULL), inner, third;
	struct taken t, u;

	check(
	    open_account(account, 0, 0, MEM_TAKE, &inner, &number) == E_INVALID,
	    "account_has_a_limit");
	check(open_account(account, 64, 0, MEM_TAKE | MEM_BUS, &inner,
		  &number) == E_NO_RIGHTS &&
		  open_account(account, 64, 0, MEM_TAKE | MEM_ROOT, &inner,
		      &number) == E_NO_RIGHTS,
	    "account_has_no_more_rights_than_its_opener");
	check(
	    open_account(account, 64, 4, MEM_TAKE, &inner, &number) == E_LIMIT,
	    "number_of_accounts_is_limited");
	check(open_account(account, 64, 0, MEM_TAKE, &inner, &number) == E_OK &&
		  info(account).used == 0 && info(inner).limit == 64,
	    "limit_is_lent_and_not_set_aside");
	check(open_account(inner, 16, 0, MEM_TAKE, &third, &number) ==
		  E_NO_RIGHTS,
	    "opening_is_a_right");
	must(take(inner, 64, &t), "take");
	must(take(account, 64, &u), "take");
	check(info(inner).used == 64 && info(account).used == 128,
	    "what_is_taken_is_charged_to_the_opener_too");
	/* The opener goes first: what it opened lives on. */
	cap_close(account);
	check(becomes_free(free - 64) && is_there(t.raw) && !is_there(u.raw) &&
		  info(inner).used == 64,
	    "account_outlives_its_opener");
	cap_close(inner);
	check(becomes_free(free) && !is_there(t.raw), "and_then_goes_too");
}

static void
test_reset(void)
{
	uint64_t number;
	cap_t account = account_new(LIMIT, &number), port = 0;
	struct taken t, u;
	struct mem_reset_req q = { .account = number };
	struct mem_reset_rep r;

	must(take(account, 64, &t), "take");
	must(take(account, 16, &u), "take");
	must(port_allocate(u.raw, &port), "port");
	check(mem_reset(account, &q, &r, NULL) == E_NOT_FOUND,
	    "only_the_opener_resets");
	check(mem_reset(root, &q, &r, NULL) == E_OK && !is_there(t.raw) &&
		  !is_there(u.raw) && !is_there(port) &&
		  info(account).used == 0,
	    "reset_takes_all_back_before_it_answers");
	check(
	    take(account, LIMIT, &t) == E_OK, "account_goes_on_after_a_reset");
	cap_close(account);
}

/* --- a restart in place ----------------------------------------------------*/

static void
restart(void)
{
	kill_service(&memory_server);
	start(&memory_server);
}

static void
test_restart(void)
{
	uint64_t number;
	cap_t account = account_new(LIMIT, &number);
	uint64_t free = info(root).free;
	struct taken t, u;
	volatile uint64_t *at;
	void *view;

	must(take(account, 64, &t), "take");
	must(memory_map(t.raw, VM_READ | VM_WRITE, &view), "map");
	at = view;
	*at = 4711;
	kill_service(&memory_server);
	check(*at == 4711 && is_there(t.raw),
	    "memory_stays_while_its_server_is_dead");
	*at = 4712;
	start(&memory_server);
	check(info(account).used == 64 && info(account).limit == LIMIT &&
		  info(root).free == free - 64 && *at == 4712,
	    "accounts_survive_their_server");
	check(take(account, LIMIT, &u) == E_LIMIT &&
		  take(account, 64, &u) == E_OK,
	    "limit_holds_in_its_next_life");
	check(give(account, t.is.piece) == E_OK && !is_there(t.raw) &&
		  mem_reset(root, &(struct mem_reset_req){ number },
		      &(struct mem_reset_rep){}, NULL) == E_OK &&
		  !is_there(u.raw) && info(account).used == 0,
	    "and_what_was_taken_before_is_given_back");
	kill_service(&memory_server);
	cap_close(account);
	start(&memory_server);
	check(becomes_free(free),
	    "account_that_was_closed_meanwhile_is_taken_back");
}

/* --- deaths in the middle of a request -------------------------------------*/

/* What is done to the account while the server dies. */
struct victim {
	cap_t account, port, timer;
	uint64_t pieces[LIMIT / MEM_LEAST]; /* that we have */
	unsigned count;
	unsigned deaths, answers;
};

/* Asks without waiting; the answer comes to the port. */
static void
ask(struct victim *v, enum mem_op operation, uint64_t argument)
{
	message()->words[0] = operation;
	message()->words[1] = argument;
	message()->words[2] = (uint64_t)MEM_TAKE << 32; /* open: rights */
	must(port_send(v->account, 24, 0, 0, v->port, 1), "ask");
}

/* The server runs below this task until then. */
static void
run_until(struct victim *v, uint64_t time)
{
	must(sched_switch_to(
		 machine, memory_server.spawn.task, PRIORITY_DEFAULT, 0),
	    "priority");
	must(sched_switch_timer(machine, time), "timer");
	while (receive(v->timer) != RECEIVED_BITS ||
	       !(message()->words[0] & BIT_DEADLINE))
		;
}

/* True if it answered; else it died before. */
static bool
die_in(
    struct victim *v, enum mem_op operation, uint64_t argument, uint64_t after)
{
	ask(v, operation, argument);
	run_until(v, gbsd_time() + after);
	restart();
	if (receive(v->port) == RECEIVED_REPLY) {
		v->answers++;
		return message()->words[0] == E_OK;
	}
	v->deaths++;
	return false;
}

static void
one_death(struct victim *v, unsigned i, uint64_t after)
{
	uint64_t piece;

	if (i % 3 == 0 && v->count < LIMIT / MEM_LEAST) {
		if (die_in(v, mem_op_take, MEM_LEAST, after))
			v->pieces[v->count++] = message()->words[2]; /* piece */
	} else if (i % 3 == 1 && v->count > 0) {
		piece = v->pieces[--v->count];
		if (!die_in(v, mem_op_give, piece, after))
			(void)!give(v->account, piece); /* or it was done */
	} else if (die_in(v, mem_op_open, MEM_LEAST, after)) {
		cap_close(message()->caps[0]);
		(void)info(root); /* it has looked at that, too */
	}
}

/* How long the server takes for a request, in nanoseconds. */
static uint64_t
request_time(struct victim *v)
{
	uint64_t begin = gbsd_time();

	for (unsigned i = 0; i < 16; i++) {
		struct taken t;

		must(take(v->account, MEM_LEAST, &t), "take");
		must(give(v->account, t.is.piece), "give");
	}
	return (gbsd_time() - begin) / 32;
}

static void
test_deaths_in_use(void)
{
	struct victim v = { .account = account_new(LIMIT, NULL),
		.port = port_new(1),
		.timer = port_new(1) };
	uint64_t free = info(root).free, step = request_time(&v) * 3 / DEATHS;
	uint64_t accounts = info(v.account).accounts;

	must(sched_switch_server(machine, v.timer, 0), "timer");
	for (unsigned i = 0; i < DEATHS; i++)
		one_death(&v, i, i * step);
	printf("# of %u requests %u were answered, %u died\n", DEATHS,
	    v.answers, v.deaths);
	check(info(v.account).used == v.count * (uint64_t)MEM_LEAST &&
		  becomes_free(free - v.count * (uint64_t)MEM_LEAST),
	    "deaths_in_a_request_leave_nothing_that_nobody_has");
	for (unsigned i = 0; i < v.count; i++)
		must(give(v.account, v.pieces[i]), "give");
	check(info(v.account).used == 0 && info(root).free == free,
	    "and_all_that_was_taken_can_be_given_back");
	check(info(v.account).accounts == accounts,
	    "and_no_account_that_nobody_has");
	cap_close(v.account);
}

void
test_memory(void)
{
	const struct start *start_page = gbsd_start();

	prepare(&memory_server);
	for (uint32_t i = 0; i < start_page->cap_count; i++)
		if (strcmp(start_page->caps[i].name, "rest") == 0)
			must(spawn_copy(&memory_server.spawn, "rest",
				 start_page->caps[i].cap,
				 RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE |
				     RIGHT_MAKE | RIGHT_BUS | RIGHT_DERIVE),
			    "give rest");
	start(&memory_server);
	root = client(&memory_server, 1, MEM_ROOT | MEM_TAKE | MEM_OPEN, 4);
	test_take();
	test_limit();
	test_inner_accounts();
	test_reset();
	test_restart();
	test_deaths_in_use();
}
