/*
 * revoke: when it returns, nothing below works any more, wherever it is: in
 * this table, in another space, in a message, mapped, or waited by.
 */
#include <string.h>

#include "security.h"

enum { WIDE = 60, LARGE = 40, CHAIN = 40 };

/* Sends until it is refused; says whether by the right error. */
int
role_sender(int argc, char **argv)
{
	cap_t port = gbsd_cap("port");
	enum error e;

	(void)argc;
	(void)argv;
	do
		e = port_send(port, 8, 0, 0, 0, 0);
	while (e == E_OK || e == E_PORT_FULL);
	return e == E_INVALID_PORT && !is_there(port) ? CHILD_GOOD : CHILD_BAD;
}

/* Maps the page, says so, and reads it until it is taken away. */
int
role_reader(int argc, char **argv)
{
	void *at = NULL;

	(void)argc;
	(void)argv;
	if (memory_map(gbsd_cap("page"), VM_READ, &at) != E_OK)
		return CHILD_BAD;
	message()->words[0] = *(volatile uint64_t *)at;
	if (port_send(gbsd_cap("port"), 8, 0, 0, 0, 0) != E_OK)
		return CHILD_BAD;
	while (*(volatile uint64_t *)at == SECRET)
		;
	return CHILD_BAD;
}

/* Makes child of child as fast as it can; when it is stopped, all must be
 * dead. */
int
role_deriver(int argc, char **argv)
{
	static cap_t chain[CHAIN];
	cap_t last = gbsd_cap("port");
	enum error e = E_OK;
	unsigned n = 0;

	(void)argc;
	(void)argv;
	while (e == E_OK) {
		if (n == CHAIN)
			while (n > 0)
				cap_close(chain[--n]);
		e = cap_derive(n == 0 ? last : chain[n - 1],
		    RIGHT_SEND | RIGHT_DERIVE, &chain[n]);
		n += e == E_OK;
	}
	for (unsigned i = 0; i < n; i++)
		if (is_there(chain[i]))
			return CHILD_BAD;
	return is_there(last) ? CHILD_BAD : CHILD_GOOD;
}

static void
test_capability(void)
{
	cap_t port = port_new(1), family, cap[WIDE], deep;
	bool good = true;

	family = sender_new(port, 3, 4);
	deep = family;
	for (unsigned i = 0; i < WIDE; i++) {
		cap[i] = copy(deep, RIGHT_SEND | RIGHT_DERIVE);
		if (i % 2 == 0)
			deep = cap[i];
	}
	must(cap_revoke(family), "revoke");
	for (unsigned i = 0; i < WIDE; i++)
		good &= port_send(cap[i], 8, 0, 0, 0, 0) == E_INVALID_PORT &&
			!is_there(cap[i]);
	check(good && is_there(family) &&
		  port_send(family, 8, 0, 0, 0, 0) == E_OK,
	    "revocation_is_immediate_for_a_capability");
}

static void
test_badge(void)
{
	cap_t port = port_new(1), receiver, one, two;

	receiver = copy(port, RIGHT_RECEIVE | RIGHT_DERIVE);
	one = sender_new(receiver, 0x11, 1);
	two = copy(one, RIGHT_SEND);
	must(cap_revoke(receiver), "revoke");
	check(port_send(one, 8, 0, 0, 0, 0) == E_INVALID_PORT &&
		  port_send(two, 8, 0, 0, 0, 0) == E_INVALID_PORT &&
		  receive(port) == RECEIVED_EVENT &&
		  message()->words[0] == EVENT_BADGE_GONE &&
		  message()->badge == 0x11,
	    "revocation_is_immediate_for_a_badge");
}

static void
test_mapping(void)
{
	uint64_t *view;
	void *at = NULL, *again = NULL;
	cap_t memory, lent, other;

	view = page_new(&memory);
	*view = SECRET;
	must(cap_range(memory, RIGHT_READ, 0, 1, &lent), "lent");
	must(memory_map(lent, VM_READ, &at), "map");
	must(*(uint64_t *)at == SECRET ? E_OK : E_STATE, "what is there");
	must(cap_revoke(memory), "revoke");
	/* The address is free again, and shows what is mapped next. */
	again = at;
	(void)page_new(&other);
	must(cap_range(other, RIGHT_READ, 0, 1, &lent), "other");
	check(vm_map(lent, again, VM_READ, 0) == E_OK &&
		  *(volatile uint64_t *)again == 0,
	    "revocation_is_immediate_for_a_mapping");
}

static void
test_mapping_of_another(void)
{
	struct child c;
	uint64_t *view;
	cap_t memory, lent, port = port_new(1);
	enum ending ending;
	bool seen;

	view = page_new(&memory);
	*view = SECRET;
	must(cap_range(memory, RIGHT_READ, 0, 1, &lent), "lent");
	child_begin(&c, NULL);
	child_give(&c, "page", lent);
	child_give(&c, "port", sender_new(port, 1, 1));
	child_role(&c, "reader");
	seen =
	    receive(port) == RECEIVED_MESSAGE && message()->words[0] == SECRET;
	must(cap_revoke(memory), "revoke");
	ending = child_wait(&c);
	check(seen && ending == ENDED_FAULT && c.fault.kind == FAULT_READ,
	    "revocation_is_immediate_for_a_mapping_in_another_space");
	child_end(&c);
}

static void
test_other_space(void)
{
	struct child c;
	cap_t port = port_new(1), family;

	family = sender_new(port, 3, 4);
	child_begin(&c, NULL);
	child_give(&c, "port", copy(family, RIGHT_SEND));
	child_role(&c, "sender");
	receive(port);
	must(cap_revoke(family), "revoke");
	/* What it sent before is there; nothing follows. */
	while (!is_empty(port))
		;
	check(child_says(&c, CHILD_GOOD) && is_empty(port),
	    "revocation_is_immediate_in_another_space");
	child_end(&c);
}

static void
test_message(void)
{
	cap_t port = port_new(1), holder = port_new(1), family, one, two;

	family = sender_new(port, 3, 1);
	one = copy(family, RIGHT_SEND | RIGHT_DERIVE);
	two = copy(one, RIGHT_SEND);
	must(port_send(holder, 8, one, two, 0, 0), "send");
	must(cap_revoke(family), "revoke");
	check(receive(holder) == RECEIVED_MESSAGE && message()->caps[0] == 0 &&
		  message()->caps[1] == 0,
	    "revocation_is_immediate_in_a_message_under_way");
}

/* --- a waiter ------------------------------------------------------------*/

static volatile uint64_t waiting, waited, waiter_error, waiter_word;

static void
waiter(uint64_t port)
{
	enum received kind = 0;

	message()->words[0] = 0;
	waiting = 1;
	waiter_error = port_receive(port, 0, &kind);
	waiter_word = message()->words[0];
	waited = 1;
	thread_exit();
}

static void
test_waiter(void)
{
	cap_t port = port_new(1), receiver, raw;
	uint64_t end = gbsd_time() + 5000 * MILLISECOND;

	receiver = copy(port, RIGHT_RECEIVE);
	(void)thread_start(waiter, receiver, &raw);
	while (waiting == 0)
		sched_yield_now();
	sleep_for(20);
	must(cap_revoke(port), "revoke");
	message()->words[0] = SECRET;
	must(port_send(port, 8, 0, 0, 0, 0), "send");
	while (waited == 0 && gbsd_time() < end)
		sched_yield_now();
	check(waited && waiter_error == E_INVALID_PORT &&
		  waiter_word != SECRET && receive(port) == RECEIVED_MESSAGE &&
		  message()->words[0] == SECRET,
	    "revocation_is_immediate_for_who_waits_by_it");
	memory_give(raw);
}

/* --- objects, replies, large trees ---------------------------------------*/

static void
test_objects(void)
{
	cap_t raw = raw_take(8), of[3] = { 0 }, made[3] = { 0 }, sender;
	struct child c;

	for (unsigned i = 0; i < 3; i++)
		must(
		    cap_range(raw, RIGHT_MAKE | RIGHT_DERIVE, 2 * i, 2, &of[i]),
		    "range");
	must(port_allocate(of[0], &made[0]), "port");
	sender = sender_new(made[0], 1, 1);
	must(cap_space(of[1], 1, &made[1]), "space");
	child_begin(&c, NULL);
	child_give(&c, "port", copy(sender, RIGHT_SEND));
	child_role(&c, "sender");
	receive(made[0]);
	must(cap_revoke(raw), "revoke");
	check(!is_there(made[0]) && !is_there(made[1]) && !is_there(sender) &&
		  child_says(&c, CHILD_GOOD),
	    "revoked_memory_ends_what_was_made_of_it");
	child_end(&c);
}

static void
test_reply(void)
{
	cap_t port = port_new(1), answers = port_new(1), family, reply;

	family = copy(answers, RIGHT_RECEIVE | RIGHT_DERIVE);
	must(port_send(port, 8, 0, 0, family, 5), "ask");
	receive(port);
	reply = message()->reply;
	must(cap_revoke(family), "revoke");
	message()->words[0] = SECRET;
	check(port_send(reply, 8, 0, 0, 0, 0) == E_INVALID_PORT &&
		  receive(answers) == RECEIVED_EVENT && message()->badge == 5 &&
		  message()->words[0] == EVENT_DEAD_REPLY && is_empty(answers),
	    "a_revoked_reply_answers_no_more");
}

static void
test_large(void)
{
	cap_t port = port_new(1), holder = port_new(LARGE / 4), family;
	unsigned dead = 0, sent = 0;
	bool good = true;

	family = sender_new(port, 3, 1);
	for (unsigned i = 0; i < LARGE; i++) {
		cap_t one = copy(family, RIGHT_SEND);
		cap_t to = sender_new(holder, i + 1, 1);

		must(port_send(to, 8, one, 0, 0, 0), "send");
		sent++;
	}
	must(cap_revoke(family), "revoke");
	while (dead < sent && receive(holder) == RECEIVED_MESSAGE) {
		good &= message()->caps[0] == 0;
		dead++;
	}
	check(good && dead == sent, "revocation_of_a_large_tree_is_complete");
}

static void
test_derive_meanwhile(void)
{
	struct child c;
	cap_t port = port_new(1), family;
	bool good = true;

	for (unsigned i = 0; i < 5; i++) {
		family = sender_new(port, 3, 1);
		child_begin(&c, NULL);
		child_give(&c, "port", copy(family, RIGHT_SEND | RIGHT_DERIVE));
		child_role(&c, "deriver");
		sleep_for(5 + 3 * i);
		must(cap_revoke(family), "revoke");
		good &= child_says(&c, CHILD_GOOD);
		child_end(&c);
		cap_close(family);
		receive(port); /* that the badge is gone */
	}
	check(good, "nothing_is_derived_below_what_is_revoked");
}

void
group_revoke(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	test_capability();
	test_badge();
	test_mapping();
	test_mapping_of_another();
	test_other_space();
	test_message();
	test_waiter();
	test_objects();
	test_reply();
	test_large();
	test_derive_meanwhile();
}
