/*
 * test_clients: who writes to the log.
 *
 * Contract: a client keeps its counts and its level as long as it is there,
 * whatever others come and go; the records of those that are gone are used
 * again when all are used; texts of several clients that come in pieces do
 * not mix, and none is lost when there are too many at once.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "clients.h"

enum { STAYING = 50, COMING = 20000 };

static struct clients clients;
static struct texts texts;

static void
records_outlive_the_coming_and_going_of_others(void **state)
{
	(void)state;
	memset(&clients, 0, sizeof(clients));
	for (uint32_t i = 1; i <= STAYING; i++)
		clients_get(&clients, i * 7)->kept = i;
	for (uint32_t n = 1000; n < 1000 + COMING; n++) {
		struct client *c = clients_get(&clients, n);

		assert_non_null(c);
		assert_int_equal(c->kept, 0);
		c->kept = n;
		assert_int_equal(clients_get(&clients, n)->kept, n);
		clients_gone(&clients, n);
	}
	for (uint32_t i = 1; i <= STAYING; i++)
		assert_int_equal(clients_get(&clients, i * 7)->kept, i);
}

static void
no_record_is_taken_from_one_who_is_there(void **state)
{
	(void)state;
	memset(&clients, 0, sizeof(clients));
	for (uint32_t i = 0; i < CLIENTS; i++)
		assert_non_null(clients_get(&clients, i * 3));
	assert_null(clients_get(&clients, 1));
	assert_int_equal(clients_set_level(&clients, 1, LOG_WARN), E_LIMIT);
	clients_gone(&clients, 300);
	assert_non_null(clients_get(&clients, 1));
	assert_null(clients_get(&clients, 300));
}

static void
walk_visits_all_in_order(void **state)
{
	const struct client *c;
	uint32_t next = 0;

	(void)state;
	memset(&clients, 0, sizeof(clients));
	for (uint32_t i = 0; i < 100; i++)
		clients_get(&clients, (i * 37) % 100);
	for (uint32_t i = 0; i < 100; i++) {
		c = clients_from(&clients, next);
		assert_int_equal(c->number, i);
		next = c->number + 1;
	}
	assert_null(clients_from(&clients, next));
}

static void
level_is_the_clients_own_or_that_of_all(void **state)
{
	struct client *c;

	(void)state;
	memset(&clients, 0, sizeof(clients));
	c = clients_get(&clients, 5);
	clients.level = LOG_INFO;
	assert_int_equal(clients_level(&clients, c), LOG_INFO);
	assert_int_equal(clients_set_level(&clients, 5, LOG_DEBUG), E_OK);
	assert_int_equal(clients_level(&clients, c), LOG_DEBUG);
	assert_int_equal(clients_level(&clients, NULL), LOG_INFO);
}

static void
pieces_of_several_clients_do_not_mix(void **state)
{
	struct text ended, *t = NULL;

	(void)state;
	memset(&texts, 0, sizeof(texts));
	for (unsigned round = 0; round < 10; round++)
		for (uint32_t i = 0; i < TEXTS; i++) {
			char piece[3] = { (char)i, (char)round, 'x' };

			t = texts_add(&texts, i, LOG_INFO, piece, 3, &ended);
			assert_false(ended.used);
		}
	for (uint32_t i = 0; i < TEXTS; i++) {
		t = texts_find(&texts, i);
		assert_int_equal(t->length, 30);
		for (unsigned k = 0; k < 10; k++) {
			assert_int_equal(t->bytes[3 * k], i);
			assert_int_equal(t->bytes[3 * k + 1], k);
		}
	}
	t = texts_add(&texts, 9999, LOG_WARN, "new", 3, &ended);
	assert_true(ended.used && ended.client == 0 && ended.length == 30);
	assert_true(t->client == 9999 && t->length == 3);
	assert_null(texts_find(&texts, 0));
}

static void
text_is_cut_at_its_limit(void **state)
{
	struct text ended, *t = NULL;
	char piece[100];

	(void)state;
	memset(&texts, 0, sizeof(texts));
	memset(piece, 'y', sizeof(piece));
	for (unsigned i = 0; i < 5; i++)
		t = texts_add(
		    &texts, 3, LOG_INFO, piece, sizeof(piece), &ended);
	assert_int_equal(t->length, LOG_TEXT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    records_outlive_the_coming_and_going_of_others),
		cmocka_unit_test(no_record_is_taken_from_one_who_is_there),
		cmocka_unit_test(walk_visits_all_in_order),
		cmocka_unit_test(level_is_the_clients_own_or_that_of_all),
		cmocka_unit_test(pieces_of_several_clients_do_not_mix),
		cmocka_unit_test(text_is_cut_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
