/*
 * test_memory_server: accounts and what is charged to them.
 *
 * Contract: no two pieces overlap; an account never has more than its limit,
 * and what it hands on counts; what is given back, reset, or whose account is
 * gone is revoked for everybody, and all comes back: in the end memory is
 * whole.  Nobody touches another's pieces or accounts.  A server that dies at
 * any kernel call goes on in a new life: who has a capability keeps it and is
 * charged for it, what nobody has is free.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "fake_kernel.h"
#include "memory.h"

enum {
	RAM = 9000,
	CLIENTS = 6, /* in spaces 1 to CLIENTS */
	PIECES = 20, /* of each */
	ROUNDS = 4000,
	LIMIT = 1000,
	RIGHTS = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_MAKE |
		 RIGHT_BUS | RIGHT_DERIVE,
};

static struct store *store;
static size_t size;
static cap_t port;
static unsigned answered;

/* What the test believes: a client has an account and pieces. */
static struct client {
	uint32_t number; /* of the account, 0: none */
	cap_t badge;
	struct {
		cap_t raw; /* 0: none */
		uint64_t piece;
		uint32_t base, pages;
	} pieces[PIECES];
} clients[CLIENTS];

static struct account *
account_of(const struct client *c)
{
	struct account *a = store_account(store, c->number);

	assert_non_null(a);
	return a;
}

static void
count_answer(cap_t reply)
{
	assert_int_equal(reply, 77);
	answered++;
}

static void
step_all(void)
{
	while (store_step(store, count_answer))
		;
}

static int
begin(void **state)
{
	(void)state;
	srand(1);
	fake_begin();
	size = sizeof(*store) + FAKE_SLOTS * sizeof(struct piece);
	store = calloc(1, size);
	answered = 0;
	memset(clients, 0, sizeof(clients));
	assert_int_equal(store_begin(store, size), E_OK);
	/* Two ranges; the second is said to be dirty. */
	assert_int_equal(store_add(store, fake_memory(0, 0, RAM - 1001), RIGHTS,
			     RAM - 1001, 0),
	    E_OK);
	assert_int_equal(
	    store_add(store, fake_memory(0, 10000, 1001), RIGHTS, 1001, 1001),
	    E_OK);
	port = fake_object(0, OBJECT_PORT);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	free(store);
	return 0;
}

/* As main.c does it. */
static enum error
open_account(
    struct account *parent, uint64_t limit, uint32_t accounts, struct client *c)
{
	struct account *a;
	enum error e = store_open(store, parent, limit, accounts, &a);

	if (e != E_OK)
		return e;
	e = cap_badge(port, RIGHT_SEND, a->client, 2, &a->badge);
	if (e != E_OK) {
		store_gone(store, a);
		return e;
	}
	c->badge = fake_move(0, a->badge, (unsigned)(c - clients) + 1);
	c->number = a->client;
	return E_OK;
}

static enum error
take(struct client *c, unsigned i, uint64_t pages)
{
	struct taken r;
	enum error e = store_take(store, account_of(c), false, pages, &r);

	if (e != E_OK)
		return e;
	c->pieces[i].raw = fake_move(0, r.cap, (unsigned)(c - clients) + 1);
	c->pieces[i].piece = r.number;
	c->pieces[i].pages = (uint32_t)r.pages;
	c->pieces[i].base =
	    fake_base((unsigned)(c - clients) + 1, c->pieces[i].raw);
	assert_true(r.pages >= pages && r.pages >= STORE_LEAST);
	for (uint64_t n = 0; n < r.pages; n++)
		assert_int_equal(
		    *(uint64_t *)fake_page(c->pieces[i].base + (uint32_t)n), 0);
	for (uint64_t n = 0; n < r.pages; n++)
		memset(fake_page(c->pieces[i].base + (uint32_t)n), 0xEE, 64);
	return E_OK;
}

static void
forget_pieces(struct client *c)
{
	memset(c->pieces, 0, sizeof(c->pieces));
}

/* The badge's last capability is gone, and the server hears of it. */
static void
leave(struct client *c)
{
	struct account *a = account_of(c);

	fake_close((unsigned)(c - clients) + 1, c->badge);
	store_gone(store, a);
	c->number = 0;
	forget_pieces(c);
}

/* Everything that the model says holds; other pieces there are not. */
static void
check(void)
{
	static uint8_t used[FAKE_PAGES];
	uint64_t taken = 0;

	memset(used, 0, sizeof(used));
	for (unsigned i = 0; i < CLIENTS; i++) {
		const struct client *c = &clients[i];
		unsigned count = c->number != 0;
		uint64_t own = 0;

		for (unsigned p = 0; p < PIECES; p++) {
			if (c->pieces[p].raw == 0)
				continue;
			assert_true(fake_lives(i + 1, c->pieces[p].raw));
			assert_int_equal(fake_base(i + 1, c->pieces[p].raw),
			    c->pieces[p].base);
			for (uint32_t n = 0; n < c->pieces[p].pages; n++) {
				assert_int_equal(
				    used[c->pieces[p].base + n], 0);
				used[c->pieces[p].base + n] = 1;
			}
			own += c->pieces[p].pages;
			count++;
		}
		taken += own;
		if (c->number != 0) {
			assert_true(
			    account_of(c)->used <= account_of(c)->limit);
			assert_true(account_of(c)->used >= own);
		}
		assert_int_equal(fake_count(i + 1), count);
	}
	assert_int_equal(store->pieces.free_pages, RAM - taken);
}

static void
do_something(void)
{
	struct client *c = &clients[rand() % CLIENTS];
	unsigned i = (unsigned)rand() % PIECES;

	if (c->number == 0) {
		struct client *opener = &clients[rand() % CLIENTS];
		struct account *parent = &store->accounts[0];

		if (opener->number != 0 && rand() % 2 == 0)
			parent = account_of(opener);
		(void)!open_account(parent, 1 + (uint64_t)rand() % LIMIT,
		    (uint32_t)rand() % 3, c);
	} else if (rand() % 40 == 0) {
		leave(c);
	} else if (c->pieces[i].raw != 0) {
		uint64_t piece = c->pieces[i].piece;

		c->pieces[i].raw = 0;
		assert_int_equal(store_give(store, account_of(c), piece), E_OK);
	} else {
		(void)!take(c, i, 1 + (uint64_t)rand() % 100);
	}
}

static void
leave_all(void)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (clients[i].number != 0)
			leave(&clients[i]);
	step_all();
}

static void
assert_whole(void)
{
	const struct account *root = &store->accounts[0];
	struct piece *n;

	assert_int_equal(store->pieces.free_pages, RAM);
	assert_int_equal(root->used, 0);
	assert_int_equal(root->limit, RAM);
	assert_int_equal(root->accounts_left, STORE_ACCOUNTS);
	/* The largest power of two in the first range. */
	assert_int_equal(pieces_take(&store->pieces, 12, &n), E_OK);
	pieces_give(&store->pieces, n, &n);
}

static void
accounts_and_pieces_follow_the_model(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		if (rand() % 6 == 0)
			fake_refuse = 1 + (unsigned)rand() % 5;
		do_something();
		fake_refuse = 0;
		step_all();
		if (round % 8 == 0)
			check();
	}
	leave_all();
	assert_whole();
}

static void
limits_hold(void **state)
{
	struct account *root = &store->accounts[0];

	(void)state;
	assert_int_equal(open_account(root, 100, 1, &clients[0]), E_OK);
	assert_int_equal(take(&clients[0], 0, 64), E_OK);
	assert_int_equal(take(&clients[0], 1, 33), E_LIMIT);
	assert_int_equal(take(&clients[0], 1, 32), E_OK);
	assert_int_equal(take(&clients[0], 2, 1), E_LIMIT);
	assert_int_equal(take(&clients[0], 2, 0), E_INVALID);
	assert_int_equal(take(&clients[0], 2, UINT64_MAX), E_LIMIT);
	assert_int_equal(
	    open_account(account_of(&clients[0]), 101, 0, &clients[1]),
	    E_LIMIT);
	assert_int_equal(
	    open_account(account_of(&clients[0]), 4, 0, &clients[1]), E_OK);
	assert_int_equal(
	    open_account(account_of(&clients[0]), 0, 0, &clients[2]),
	    E_INVALID);
	assert_int_equal(open_account(root, RAM + 1, 0, &clients[2]), E_LIMIT);
	assert_int_equal(
	    open_account(root, UINT64_MAX, 0, &clients[2]), E_LIMIT);
	assert_int_equal(
	    open_account(root, 10, UINT32_MAX, &clients[2]), E_LIMIT);
	/* Its one further account is open. */
	leave(&clients[1]);
	step_all();
	assert_int_equal(
	    open_account(account_of(&clients[0]), 4, 1, &clients[1]), E_LIMIT);
	assert_int_equal(
	    open_account(account_of(&clients[0]), 4, 0, &clients[1]), E_OK);
	assert_int_equal(
	    open_account(account_of(&clients[1]), 1, 0, &clients[2]), E_LIMIT);
	leave_all();
	assert_whole();
}

static void
nobody_touches_what_is_anothers(void **state)
{
	struct account *root = &store->accounts[0], *a;
	uint64_t piece;

	(void)state;
	assert_int_equal(open_account(root, 500, 0, &clients[0]), E_OK);
	assert_int_equal(open_account(root, 500, 0, &clients[1]), E_OK);
	assert_int_equal(take(&clients[0], 0, 20), E_OK);
	piece = clients[0].pieces[0].piece;
	assert_int_equal(
	    store_give(store, account_of(&clients[1]), piece), E_NOT_FOUND);
	assert_int_equal(store_give(store, root, piece), E_NOT_FOUND);
	for (uint64_t n = 0; n < 4; n++)
		assert_int_equal(store_give(store, account_of(&clients[0]),
				     piece + (n << 40) + FAKE_SLOTS),
		    E_NOT_FOUND);
	assert_int_equal(
	    store_give(store, account_of(&clients[0]), 0), E_NOT_FOUND);
	assert_int_equal(
	    store_reset(store, account_of(&clients[1]), clients[0].number, &a),
	    E_NOT_FOUND);
	assert_int_equal(store_reset(store, root, 0, &a), E_NOT_FOUND);
	assert_int_equal(store_reset(store, root, UINT64_MAX, &a), E_NOT_FOUND);
	assert_null(store_account(store, 5));
	assert_null(store_account(store, 0));
	assert_null(store_account(store, STORE_CLIENT));
	assert_true(fake_lives(1, clients[0].pieces[0].raw));
	/* An old number does not reach the account that has its place. */
	uint32_t old = clients[1].number;
	leave(&clients[1]);
	step_all();
	for (unsigned i = 0; i < STORE_ACCOUNTS + 1; i++) {
		assert_int_equal(open_account(root, 500, 0, &clients[1]), E_OK);
		assert_int_not_equal(clients[1].number, old);
		assert_null(store_account(store, old));
		leave(&clients[1]);
		step_all();
	}
	leave_all();
	assert_whole();
}

static void
reset_takes_all_of_one_account(void **state)
{
	struct account *root = &store->accounts[0], *a = NULL;

	(void)state;
	assert_int_equal(open_account(root, 4000, 0, &clients[0]), E_OK);
	assert_int_equal(open_account(root, 4000, 0, &clients[1]), E_OK);
	assert_int_equal(store_reset(store, root, clients[0].number, &a), E_OK);
	for (unsigned i = 0; i < PIECES; i++) {
		assert_int_equal(take(&clients[0], i, 16), E_OK);
		assert_int_equal(take(&clients[1], i, 16), E_OK);
	}
	for (unsigned i = 0; i < 100; i++) /* more than one step */
		assert_int_equal(take(&clients[0], 0, 16), E_OK);
	assert_int_equal(
	    store_reset(store, root, clients[0].number, &a), E_WOULD_BLOCK);
	a->reply = 77;
	assert_int_equal(
	    store_reset(store, root, clients[0].number, &a), E_STATE);
	assert_true(store_step(store, count_answer));
	assert_int_equal(answered, 0);
	step_all();
	assert_int_equal(answered, 1);
	forget_pieces(&clients[0]);
	check();
	assert_int_equal(account_of(&clients[0])->used, 0);
	assert_int_equal(take(&clients[0], 0, 16), E_OK);
	leave_all();
	assert_whole();
}

static void
accounts_of_one_that_is_gone_go_to_its_opener(void **state)
{
	struct account *root = &store->accounts[0];

	(void)state;
	assert_int_equal(open_account(root, 1000, 5, &clients[0]), E_OK);
	assert_int_equal(
	    open_account(account_of(&clients[0]), 300, 2, &clients[1]), E_OK);
	assert_int_equal(take(&clients[1], 0, 100), E_OK);
	leave(&clients[0]);
	step_all();
	check();
	assert_int_equal(root->used, 128);
	assert_int_equal(root->accounts_left, STORE_ACCOUNTS - 3);
	leave_all();
	assert_whole();
}

static void
only_who_may_gets_the_bus_right(void **state)
{
	struct taken r;
	uint32_t rights;
	size_t pages;

	(void)state;
	for (int bus = 0; bus < 2; bus++) {
		assert_int_equal(
		    store_take(store, &store->accounts[0], bus, 16, &r), E_OK);
		assert_int_equal(memory_query(r.cap, &rights, &pages), E_OK);
		assert_int_equal((rights & RIGHT_BUS) != 0, bus);
		assert_int_equal(
		    store_give(store, &store->accounts[0], r.number), E_OK);
	}
	assert_whole();
}

/* The badge of an account that was made but not sent is closed in the new
 * life; then the kernel says that it is gone. */
static void
hear_of_badges(void)
{
	for (unsigned i = 1; i <= STORE_ACCOUNTS; i++) {
		struct account *a = &store->accounts[i];
		bool known = false;

		for (unsigned c = 0; c < CLIENTS; c++)
			known |= clients[c].number == a->client;
		if (a->state == ACCOUNT_OPEN && !known)
			store_gone(store, a);
	}
	step_all();
}

static void
a_new_life_goes_on_wherever_the_last_one_died(void **state)
{
	static unsigned deaths, round;

	(void)state;
	for (deaths = round = 0; round < ROUNDS; round++) {
		if (rand() % 4 == 0)
			fake_die = 1 + (unsigned)rand() % 6;
		if (setjmp(fake_death) == 0) {
			do_something();
			step_all();
		} else {
			deaths++;
			fake_die = 0;
			for (unsigned i = 0; i < CLIENTS; i++)
				for (unsigned p = 0; p < PIECES; p++)
					if (clients[i].pieces[p].raw != 0 &&
					    !fake_lives(i + 1,
						clients[i].pieces[p].raw))
						clients[i].pieces[p].raw = 0;
			assert_int_equal(store_begin(store, size), E_EXISTS);
			hear_of_badges();
			check();
		}
		fake_die = 0;
	}
	assert_true(deaths > 100);
	leave_all();
	assert_whole();
}

static void
memory_of_another_space_is_begun_anew(void **state)
{
	(void)state;
	assert_int_equal(
	    open_account(&store->accounts[0], 1000, 5, &clients[0]), E_OK);
	fake_begin();
	assert_int_equal(store_begin(store, size), E_OK);
	assert_int_equal(store->pieces.total_pages, 0);
	assert_int_equal(store->accounts[0].used, 0);
}

static void
too_little_memory_for_its_state_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(store_begin(store, 1000), E_NO_MEMORY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(accounts_and_pieces_follow_the_model),
		TEST(limits_hold),
		TEST(nobody_touches_what_is_anothers),
		TEST(reset_takes_all_of_one_account),
		TEST(accounts_of_one_that_is_gone_go_to_its_opener),
		TEST(only_who_may_gets_the_bus_right),
		TEST(a_new_life_goes_on_wherever_the_last_one_died),
		TEST(memory_of_another_space_is_begun_anew),
		TEST(too_little_memory_for_its_state_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
