/*
 * test_shares: what branches of processes may have.
 *
 * Contract: a branch, whatever it does, leaves as much to the one above it as
 * it has, of numbers and of clients at a service; so one takes half at most,
 * and any number of them leave something.  Who is gone counts as long as there
 * is anything below it.  All comes back, and a further life of init counts the
 * same, wherever the last one died.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>

#include "clients.h"
#include "process.h"

static struct processes kept;
static struct clients clients;
static uint32_t shell; /* a service */

struct process_table *
process_table_new(uint32_t capacity)
{
	struct process_table *t;

	return calloc(1, sizeof(*t) + capacity * sizeof(t->all[0]));
}

void
process_table_end(struct process_table *table)
{
	free(table);
}

static uint32_t
child_of(uint32_t parent)
{
	struct process *p;

	assert_int_equal(process_open(parent, "p", 1, &p), E_OK);
	return p->number;
}

static int
begin(void **state)
{
	process_begin(&kept);
	assert_int_equal(child_of(0), INIT_SELF);
	shell = child_of(INIT_SELF);
	return 0;
}

static int
end(void **state)
{
	process_table_end(kept.table);
	return 0;
}

/* What began with number from, and all that is below it; also what is gone. */
static void
end_all(uint32_t from)
{
	struct process *p;

	while ((p = process_next(from)) != NULL)
		process_badge_gone(p->number);
}

/* As many children as it can have; the last of them in *last. */
static unsigned
take_all(uint32_t parent, uint32_t *last)
{
	struct process *p;
	unsigned n = 0;

	while (process_open(parent, "one more", 1, &p) == E_OK) {
		*last = p->number;
		n++;
	}
	assert_int_equal(process_open(parent, "no more", 1, &p), E_LIMIT);
	return n;
}

/* That the shell can have besides what there is. */
static unsigned
left_to_the_shell(void)
{
	uint32_t from = kept.last + 1, last = 0;
	unsigned n = take_all(shell, &last);

	if (n != 0)
		end_all(from);
	return n;
}

static void
a_branch_leaves_as_much_as_it_has(void **state)
{
	uint32_t first = child_of(shell), second = child_of(shell), last = 0;
	unsigned left = PROCESSES - 4, n;

	assert_int_equal(left_to_the_shell(), left);
	n = take_all(first, &last);
	left -= n;
	assert_true(n + 1 <= left && n + 2 >= left);
	assert_int_equal(left_to_the_shell(), left);
	/* A child of it has nothing of its own, nor half of what is left. */
	assert_int_equal(take_all(last, &last), 0);
	/* Nor can two together take all, nor any number of them. */
	n = take_all(second, &last);
	left -= n;
	assert_true(n + 1 <= left && n + 2 >= left);
	for (unsigned i = 0; i < 4; i++)
		left -= 1 + take_all(child_of(shell), &last);
	assert_true(left >= 4 && left_to_the_shell() == left);
	end_all(first);
	assert_int_equal(left_to_the_shell(), PROCESSES - 2);
}

static void
a_branch_within_a_branch_has_less(void **state)
{
	uint32_t first = child_of(shell), at = first, last = 0;
	unsigned before = PROCESSES, depth = 0, n;
	struct process *p;

	while (process_open(at, "deeper", 1, &p) == E_OK) {
		at = p->number;
		n = take_all(at, &last);
		if (last > at)
			end_all(at + 1);
		assert_true(n <= before / 2);
		before = n;
		depth++;
	}
	assert_true(depth >= 6 && depth <= 9);
	assert_true(left_to_the_shell() > PROCESSES / 2);
	end_all(first);
	assert_int_equal(left_to_the_shell(), PROCESSES - 2);
}

/* It begins one that begins the next, and goes: none has a parent. */
static void
who_leaves_its_parent_stays_in_its_branch(void **state)
{
	uint32_t hog = child_of(shell), first = hog, at = hog, last = 0;
	struct process *p;
	unsigned n;

	for (n = 1; process_open(at, "orphan", 1, &p) == E_OK; n++) {
		uint32_t next = p->number;

		process_badge_gone(at);
		assert_null(process_find(at));
		at = next;
	}
	assert_true(n <= 10);
	assert_int_equal(process_next(shell + 1)->number, at);
	assert_int_equal(left_to_the_shell(), PROCESSES - 2 - n);
	/* Others that do the same do not get all either. */
	for (unsigned i = 0; i < 8; i++) {
		uint32_t orphan;

		hog = child_of(shell);
		orphan = child_of(hog);
		process_badge_gone(hog);
		(void)take_all(orphan, &last);
	}
	assert_true(left_to_the_shell() > 0);
	end_all(first);
	assert_null(process_next(shell + 1));
	assert_int_equal(left_to_the_shell(), PROCESSES - 2);
}

/* Together they have no more than it might have had. */
static void
those_that_are_left_of_a_branch_share(void **state)
{
	uint32_t hog = child_of(shell), orphans[4], last = 0;
	unsigned n = 5;

	for (unsigned i = 0; i < 4; i++)
		orphans[i] = child_of(hog);
	process_badge_gone(hog);
	for (unsigned i = 0; i < 4; i++)
		n += take_all(orphans[i], &last);
	assert_true(n <= PROCESSES / 2);
	assert_int_equal(left_to_the_shell(), PROCESSES - 2 - n);
	end_all(hog);
	assert_int_equal(left_to_the_shell(), PROCESSES - 2);
}

static void
a_further_life_counts_the_same(void **state)
{
	uint32_t first = child_of(shell), middle, last = 0, before;

	middle = child_of(first);
	(void)child_of(middle);
	process_badge_gone(middle);
	(void)take_all(first, &last);
	before = left_to_the_shell();
	/* It may have died while it counted. */
	process_find(first)->branch = 7;
	process_find(shell)->children = 0;
	process_find(last)->branch = 0;
	process_begin(&kept);
	assert_int_equal(left_to_the_shell(), before);
	assert_int_equal(take_all(first, &last), 0);
	end_all(first);
	assert_int_equal(left_to_the_shell(), PROCESSES - 2);
	/* Or when one was gone, and its slot not free yet. */
	first = child_of(child_of(shell));
	process_find(process_find(first)->parent)->badges = 0;
	process_find(first)->badges = 0;
	process_begin(&kept);
	assert_int_equal(left_to_the_shell(), PROCESSES - 2);
}

/* --- clients -----------------------------------------------------------*/

static enum error
get_client(uint32_t number, uint32_t service, struct client **out)
{
	return clients_get(&clients, process_find(number), service, 64, out);
}

/* Of as many children as it can have, or as can be clients. */
static unsigned
take_clients(uint32_t parent, uint32_t service)
{
	struct client *c;
	struct process *p;
	unsigned n = 0;

	while (process_open(parent, "client", 1, &p) == E_OK) {
		if (get_client(p->number, service, &c) != E_OK)
			break;
		n++;
	}
	return n;
}

static void
end_clients(uint32_t from)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (clients.all[i].process >= from)
			clients_end(&clients.all[i]);
	end_all(from);
}

static void
a_process_is_one_client_of_a_service(void **state)
{
	struct client *first, *again, *other;

	assert_int_equal(get_client(shell, 3, &first), E_OK);
	first->cap = 77;
	assert_int_equal(get_client(shell, 3, &again), E_OK);
	assert_ptr_equal(first, again);
	assert_int_equal(again->cap, 77);
	assert_int_equal(get_client(shell, 4, &other), E_OK);
	assert_int_equal(other->cap, 0);
	clients_end(first);
	assert_ptr_equal(clients_any(&clients, shell), other);
	clients_end(other);
	assert_null(clients_any(&clients, shell));
}

static void
clients_are_shared_as_numbers_are(void **state)
{
	uint32_t first = child_of(shell), second;
	struct client *c;
	unsigned n = take_clients(first, 0);

	/* The last of half is its own, and no child's. */
	assert_int_equal(n, 31);
	assert_int_equal(get_client(first, 0, &c), E_OK);
	assert_int_equal(get_client(child_of(first), 0, &c), E_LIMIT);
	assert_int_equal(get_client(shell, 0, &c), E_OK);
	second = child_of(shell);
	assert_int_equal(take_clients(second, 0), 14);
	assert_int_equal(get_client(child_of(shell), 0, &c), E_OK);
	/* Another service is another matter. */
	assert_int_equal(get_client(first, 1, &c), E_OK);
	end_clients(shell + 1);
	clients_end(clients_any(&clients, shell));
	first = child_of(shell);
	assert_int_equal(take_clients(first, 0), 31);
	end_clients(shell + 1);
	assert_int_equal(take_clients(shell, 0), 63);
	assert_int_equal(get_client(shell, 0, &c), E_OK);
	assert_int_equal(get_client(child_of(shell), 0, &c), E_LIMIT);
	clients_end(clients_any(&clients, shell));
	end_clients(shell + 1);
	assert_int_equal(left_to_the_shell(), PROCESSES - 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_branch_leaves_as_much_as_it_has),
		cmocka_unit_test(a_branch_within_a_branch_has_less),
		cmocka_unit_test(who_leaves_its_parent_stays_in_its_branch),
		cmocka_unit_test(those_that_are_left_of_a_branch_share),
		cmocka_unit_test(a_further_life_counts_the_same),
		cmocka_unit_test(a_process_is_one_client_of_a_service),
		cmocka_unit_test(clients_are_shared_as_numbers_are),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
