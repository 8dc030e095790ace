/*
 * test_init: what init_server decides without messages.
 *
 * Contract: a service is restarted as its policy says, each time in a row
 * after twice the pause, and given up at its limit; a long life begins a new
 * row.  Process numbers come back only when all badges are gone, and all that
 * was begun below them (test_shares).  The command line's words are decoded or
 * refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "process.h"
#include "restart.h"
#include "words.h"

enum { MS = 1000 * 1000 };

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

static void
pauses_double_up_to_the_most(void **state)
{
	struct restart r = { 0 };
	uint64_t now = 5 * MS, due, pause = RESTART_FIRST;

	for (int i = 0; i < 40; i++) {
		restart_began(&r, now);
		assert_int_equal(
		    restart_ended(&r, RESTART_ALWAYS, 1000, now, 1, &due),
		    RESTART_DUE);
		assert_int_equal(due - now, pause);
		now = due;
		pause = pause * 2 < RESTART_MOST ? pause * 2 : RESTART_MOST;
	}
}

static void
at_the_limit_it_is_given_up(void **state)
{
	struct restart r = { 0 };
	uint64_t due;

	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    restart_ended(&r, RESTART_ALWAYS, 3, 0, 0, &due),
		    RESTART_DUE);
	assert_int_equal(
	    restart_ended(&r, RESTART_ALWAYS, 3, 0, 0, &due), RESTART_GIVE_UP);
}

static void
a_long_life_begins_a_new_row(void **state)
{
	struct restart r = { .count = 3 };
	uint64_t due;

	restart_began(&r, 100);
	assert_int_equal(
	    restart_ended(&r, RESTART_ALWAYS, 3, 100 + RESTART_LONG, 1, &due),
	    RESTART_DUE);
	assert_int_equal(r.count, 1);
	assert_int_equal(due, 100 + RESTART_LONG + RESTART_FIRST);
}

static void
policies_look_at_the_status(void **state)
{
	struct restart r = { 0 };
	uint64_t due;

	assert_int_equal(
	    restart_ended(&r, RESTART_ON_FAILURE, 3, 0, 0, &due), RESTART_DONE);
	assert_int_equal(
	    restart_ended(&r, RESTART_ON_FAILURE, 3, 0, 1, &due), RESTART_DUE);
	assert_int_equal(
	    restart_ended(&r, RESTART_NEVER, 3, 0, 0, &due), RESTART_DONE);
	assert_int_equal(
	    restart_ended(&r, RESTART_NEVER, 3, 0, 1, &due), RESTART_GIVE_UP);
}

static struct processes kept;
static uint32_t shell; /* a service */

static uint32_t
child_of(uint32_t parent)
{
	struct process *p;

	assert_int_equal(process_open(parent, "p", 1, &p), E_OK);
	return p->number;
}

/* As at the beginning of a life of init. */
static int
begin(void **state)
{
	process_begin(&kept);
	if (kept.table == NULL) {
		assert_int_equal(child_of(0), INIT_SELF);
		shell = child_of(INIT_SELF);
	}
	return 0;
}

static void
a_process_lives_as_long_as_a_badge(void **state)
{
	struct process *p;
	uint32_t number;

	assert_int_equal(process_open(shell, "one", 2, &p), E_OK);
	number = p->number;
	assert_string_equal(process_find(number)->name, "one");
	process_badge_gone(number);
	assert_non_null(process_find(number));
	process_badge_gone(number);
	assert_null(process_find(number));
	process_badge_gone(number); /* nothing happens */
	assert_null(process_find(0));
	assert_int_equal(process_open(number, "of none", 1, &p), E_NOT_FOUND);
}

static void
many_processes_keep_their_numbers(void **state)
{
	enum { MANY = 5000, AT_ONCE = 300 };
	static uint32_t numbers[MANY];

	for (uint32_t i = 0; i < MANY + AT_ONCE; i++) {
		if (i < MANY)
			numbers[i] = child_of(shell);
		if (i < MANY && i % 3 == 0)
			process_badge_gone(numbers[i]);
		if (i < AT_ONCE)
			continue;
		if ((i - AT_ONCE) % 3 == 0) {
			assert_null(process_find(numbers[i - AT_ONCE]));
			continue;
		}
		assert_int_equal(
		    process_find(numbers[i - AT_ONCE])->parent, shell);
		process_badge_gone(numbers[i - AT_ONCE]);
	}
	assert_null(process_next(shell + 1));
}

static void
next_gives_the_least_number(void **state)
{
	uint32_t first = child_of(shell), second = child_of(shell), third;

	assert_int_equal(process_next(0)->number, INIT_SELF);
	assert_int_equal(process_next(shell + 1)->number, first);
	assert_int_equal(process_next(first + 1)->number, second);
	assert_null(process_next(second + 1));
	/* A further life of init knows them, and goes on counting. */
	process_begin(&kept);
	assert_string_equal(process_find(second)->name, "p");
	third = child_of(shell);
	assert_true(third > second);
	process_badge_gone(third);
	process_badge_gone(first);
	process_badge_gone(second);
}

static void
a_word_is_found_and_decoded(void **state)
{
	char out[16];

	assert_true(words_get("v=1 c=echo%20hi tty=1", "c", out, sizeof(out)));
	assert_string_equal(out, "echo hi");
	assert_true(words_get("c= x=2", "c", out, sizeof(out)));
	assert_string_equal(out, "");
	assert_true(words_get("  c=1  x=2 ", "x", out, sizeof(out)));
	assert_string_equal(out, "2");
	assert_false(words_get("cc=1 xc=2 c", "c", out, sizeof(out)));
	assert_false(words_get("", "c", out, sizeof(out)));
}

static void
a_wrong_word_is_refused(void **state)
{
	char out[4];

	assert_false(words_get("c=%2", "c", out, sizeof(out)));
	assert_false(words_get("c=%", "c", out, sizeof(out)));
	assert_false(words_get("c=%GG", "c", out, sizeof(out)));
	assert_false(words_get("c=%00", "c", out, sizeof(out)));
	assert_false(words_get("c=abcd", "c", out, sizeof(out)));
	assert_true(words_get("c=%41bc", "c", out, sizeof(out)));
	assert_string_equal(out, "Abc");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pauses_double_up_to_the_most),
		cmocka_unit_test(at_the_limit_it_is_given_up),
		cmocka_unit_test(a_long_life_begins_a_new_row),
		cmocka_unit_test(policies_look_at_the_status),
		cmocka_unit_test(a_process_lives_as_long_as_a_badge),
		cmocka_unit_test(many_processes_keep_their_numbers),
		cmocka_unit_test(next_gives_the_least_number),
		cmocka_unit_test(a_word_is_found_and_decoded),
		cmocka_unit_test(a_wrong_word_is_refused),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
