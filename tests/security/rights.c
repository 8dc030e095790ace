/*
 * rights: they never grow, by whatever way a capability goes, and each of
 * them is needed for what it is needed for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "security.h"

enum { BITS = 24, WRONG = 1 << 9 };

/* What the type can have besides, so that it can be derived at all. */
static bool
derive(cap_t cap, uint64_t rights, cap_t *out)
{
	uint32_t has;
	size_t pages = 0;

	if (memory_query(cap, &has, &pages) != E_OK)
		pages = 0;
	*out = 0;
	return call_result(gbsd_call6(CALL_cap_move, cap, CAP_DERIVE, rights, 0,
			       pages, 0),
		   out) == E_OK;
}

static uint32_t
rights_of(cap_t cap)
{
	uint64_t info = 0;

	must(cap_query(cap, &info), "query");
	return CAP_INFO_RIGHTS(info);
}

/* A capability of each type with nothing but DERIVE is given no bit more. */
static void
test_derive(void)
{
	struct kit kit;
	bool good = true;

	kit_make(&kit);
	for (unsigned t = 1; t < OBJECT_TYPES; t++) {
		uint32_t all = rights_of(kit.of[t]);
		cap_t bare, more;

		if (t == OBJECT_REPLY)
			continue; /* has no DERIVE; see below */
		must(derive(kit.of[t], RIGHT_DERIVE, &bare) ? E_OK : E_STATE,
		    "derive");
		for (unsigned bit = 0; bit < 64; bit++) {
			uint64_t right = 1ull << bit;

			if (right != RIGHT_DERIVE &&
			    derive(bare, right, &more)) {
				note("type %u gains bit %u", t, bit);
				good = false;
			}
			if (!(all & right) && derive(kit.of[t], right, &more)) {
				note("type %u makes bit %u", t, bit);
				good = false;
			}
		}
		cap_close(bare);
	}
	check(good, "derive_gains_no_right");
}

static void
test_derive_limits(void)
{
	struct kit kit;
	bool good = true, owners = true;
	cap_t narrow, more;

	kit_make(&kit);
	for (unsigned t = 1; t < OBJECT_TYPES; t++) {
		uint32_t all = rights_of(kit.of[t]);

		owners &= !derive(kit.of[t], RIGHT_DESTROY, &more) &&
			  !derive(kit.of[t], all | RIGHT_DESTROY, &more);
		if (t != OBJECT_REPLY) {
			must(
			    derive(kit.of[t],
				all & ~(uint32_t)(RIGHT_DERIVE | RIGHT_DESTROY),
				&narrow)
				? E_OK
				: E_STATE,
			    "narrow");
			good &= !derive(narrow, 0, &more) &&
				!derive(narrow, RIGHT_SEND, &more);
			cap_close(narrow);
		}
	}
	check(owners, "destroy_is_never_derived");
	check(good, "without_derive_nothing_is_derived");
	check(!derive(kit.of[OBJECT_REPLY], 0, &more) &&
		  rights_of(kit.of[OBJECT_REPLY]) ==
		      (RIGHT_SEND | RIGHT_SEND_ONCE),
	    "a_reply_cannot_be_copied");
}

static void
test_pages(void)
{
	cap_t raw = raw_take(8), frame, out;

	must(cap_range(raw, RIGHT_READ | RIGHT_DERIVE, 2, 4, &frame), "frame");
	check(
	    cap_range(frame, RIGHT_READ, 0, 5, &out) == E_RANGE &&
		cap_range(frame, RIGHT_READ, 4, 1, &out) == E_RANGE &&
		cap_range(frame, RIGHT_READ, 3, 2, &out) == E_RANGE &&
		cap_range(frame, RIGHT_READ, UINT64_MAX, 1, &out) == E_RANGE &&
		cap_range(frame, RIGHT_READ, 1, UINT64_MAX, &out) == E_RANGE &&
		cap_range(frame, RIGHT_READ, 1ull << 52, 1, &out) == E_RANGE &&
		cap_range(frame, RIGHT_READ, 0, 1ull << 32, &out) == E_RANGE &&
		cap_range(frame, RIGHT_READ, 0, 0, &out) == E_RANGE,
	    "derive_gains_no_page");
}

static void
test_badge(void)
{
	cap_t port = port_new(1), out = 0, all, no_receive;
	bool good = true;
	const uint32_t may = RIGHT_SEND | RIGHT_SIGNAL | RIGHT_DERIVE;

	for (unsigned bit = 0; bit < 64; bit++)
		if (!((uint64_t)may >> bit & 1))
			good &=
			    error_of(gbsd_call6(CALL_cap_move, port, CAP_BADGE,
				1ull << bit, 1, 1, 0)) == E_NO_RIGHTS;
	must(cap_badge(port, may, 1, 1, &all), "badge");
	no_receive = copy(port, may);
	check(good && rights_of(all) == may &&
		  cap_badge(all, RIGHT_SEND, 2, 1, &out) == E_NO_RIGHTS &&
		  cap_badge(no_receive, RIGHT_SEND, 2, 1, &out) == E_NO_RIGHTS,
	    "a_badge_gains_no_right");
}

/* --- to another space ----------------------------------------------------*/

/* Finds capabilities that are named by their rights; 0 if no more. */
static uint64_t
look(void)
{
	const struct start *start = gbsd_start();
	uint64_t seen = 0;

	for (uint32_t i = 0; i < start->cap_count; i++) {
		const struct start_cap *c = &start->caps[i];
		uint64_t all = strtoull(c->name + 1, NULL, 16);
		cap_t more;

		if (*c->name != 'r')
			continue;
		seen++;
		if (rights_of(c->cap) != all)
			return WRONG;
		for (unsigned bit = 0; bit < BITS; bit++)
			if (!(all >> bit & 1) &&
			    derive(c->cap, 1ull << bit | (all & RIGHT_DERIVE),
				&more))
				return WRONG;
	}
	return seen;
}

/* A sender tries to be more than that. */
static bool
sends_only(cap_t send)
{
	enum received kind;
	cap_t out;

	return port_receive(send, RECEIVE_NO_WAIT, &kind) == E_NO_RIGHTS &&
	       port_receive(send, 0, &kind) == E_NO_RIGHTS &&
	       cap_badge(send, RIGHT_SEND, 9, 1, &out) == E_NO_RIGHTS &&
	       cap_reply(send, send, 1, &out) == E_NO_RIGHTS &&
	       sys_signal(send, SIGNAL_BITS, 1) == E_NO_RIGHTS &&
	       cap_derive(send, RIGHT_SEND | RIGHT_RECEIVE, &out) ==
		   E_NO_RIGHTS &&
	       cap_close(send) == E_OK;
}

int
role_only(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (gbsd_cap("send") != 0)
		return sends_only(gbsd_cap("send")) ? CHILD_GOOD : CHILD_BAD;
	gbsd_exit(look());
}

/* One of each right, as "r" and the rights. */
static unsigned
stage_each(struct child *c, const struct kit *kit)
{
	unsigned n = 0;

	for (unsigned t = 1; t < OBJECT_TYPES; t++) {
		uint32_t all = rights_of(kit->of[t]) & ~(uint32_t)RIGHT_DESTROY;

		for (unsigned bit = 0; bit < BITS && t != OBJECT_REPLY; bit++) {
			uint32_t rights = 1u << bit | RIGHT_DERIVE;
			char name[24];
			cap_t cap;

			/* A range with MAKE would shut the others out. */
			if (!(all >> bit & 1) || rights & RIGHT_MAKE)
				continue;
			if (!derive(kit->of[t], rights, &cap)) {
				/* Raw memory is divided once. */
				continue;
			}
			snprintf(name, sizeof(name), "r%x", rights);
			child_give(c, name, cap);
			n++;
		}
	}
	return n;
}

static void
test_stage(void)
{
	struct child c;
	struct kit kit;
	cap_t frame;
	unsigned given;

	kit_make(&kit);
	/* Of memory that is not raw any number of copies can be made. */
	must(cap_range(kit.of[OBJECT_MEMORY],
		 RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_DERIVE, 0, 1,
		 &frame),
	    "frame");
	kit.of[OBJECT_MEMORY] = frame;
	child_begin(&c, NULL);
	given = stage_each(&c, &kit);
	child_role(&c, "only");
	check(given >= 12 && child_says(&c, given), "stage_gains_no_right");
	child_end(&c);
}

static void
test_send(void)
{
	struct kit kit;
	cap_t port = port_new(1);
	bool good = true;

	kit_make(&kit);
	for (unsigned t = 1; t < OBJECT_TYPES; t++) {
		uint32_t all = rights_of(kit.of[t]);

		for (unsigned bit = 0; bit < BITS && t != OBJECT_REPLY; bit++) {
			cap_t cap;

			if (!(all >> bit & 1) || 1u << bit == RIGHT_RECEIVE ||
			    !derive(kit.of[t], 1u << bit, &cap))
				continue;
			must(port_send(port, 0, cap, 0, 0, 0), "send");
			receive(port);
			good &= !is_there(cap) && message()->caps[0] != 0 &&
				rights_of(message()->caps[0]) == 1u << bit;
			cap_close(message()->caps[0]);
			if (t == OBJECT_MEMORY)
				must(cap_revoke(kit.of[t]), "revoke");
		}
	}
	check(good, "send_gains_no_right");
}

/* --- RECEIVE, and what is needed -----------------------------------------*/

static void
test_receive(void)
{
	cap_t port = port_new(1), other = port_new(1), reply, narrow;
	bool good = true;
	cap_t tries[3];

	narrow = copy(other, RIGHT_RECEIVE);
	tries[0] = other;
	tries[1] = narrow;
	tries[2] = copy(other, RIGHT_RECEIVE | RIGHT_SEND | RIGHT_DERIVE);
	must(cap_reply(port, port, 3, &reply), "reply");
	for (unsigned i = 0; i < 3; i++)
		good &= port_send(port, 0, tries[i], 0, 0, 0) == E_NO_RIGHTS &&
			port_send(port, 0, 0, tries[i], 0, 0) == E_NO_RIGHTS &&
			port_send(other, 0, tries[i], 0, 0, 0) == E_NO_RIGHTS &&
			port_send(reply, 0, tries[i], 0, 0, 0) == E_NO_RIGHTS &&
			is_there(tries[i]) && is_there(reply);
	check(good && is_empty(port) && is_empty(other),
	    "receive_never_travels_in_a_message");
}

static void
test_send_only(void)
{
	struct child c;
	cap_t port = port_new(1);

	message()->words[0] = SECRET;
	must(port_send(port, 8, 0, 0, 0, 0), "send");
	child_begin(&c, NULL);
	child_give(&c, "send", sender_new(port, 7, 1));
	child_role(&c, "only");
	check(child_says(&c, CHILD_GOOD) && receive(port) == RECEIVED_MESSAGE &&
		  message()->words[0] == SECRET,
	    "who_may_only_send_cannot_receive");
	child_end(&c);
}

/* With all that a capability can have but the one right. */
static void
test_each_needed(void)
{
	struct kit kit;
	cap_t valid[KIND_COUNT];
	unsigned tried = 0;
	bool good = true;

	kit_make(&kit);
	kit_valid(&kit, valid);
	for (const struct mode *m = modes; m < modes + mode_count; m++)
		for (unsigned i = 0; i < KIND_ARGUMENTS; i++) {
			const struct kind *k = &kinds[m->kinds[i]];
			cap_t whole = valid[m->kinds[i]], poor;

			if (k->right == 0)
				continue;
			must(derive(whole,
				 rights_of(whole) & ~(k->right | RIGHT_DESTROY),
				 &poor)
				 ? E_OK
				 : E_STATE,
			    "all rights but one");
			tried++;
			if (mode_try(m, i, poor, valid) != E_NO_RIGHTS) {
				note("%s: argument %u", m->name, i);
				good = false;
			}
			cap_close(poor);
		}
	check(good && tried >= 20, "every_right_is_needed");
}

void
group_rights(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	test_derive();
	test_derive_limits();
	test_pages();
	test_badge();
	test_stage();
	test_send();
	test_receive();
	test_send_only();
	test_each_needed();
}
