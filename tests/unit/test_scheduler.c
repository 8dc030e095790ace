/*
 * test_scheduler: the entries of scheduler_server.
 *
 * Contract: the first entry is always one with the earliest time; an alarm is
 * found by client and key; a client can use up its own entries and what is
 * common to all, and nobody's that are sure to him; a new life has the alarms of the old one and no sleeper.  The
 * reference is an array that is searched from end to end.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler.h"

enum { MODEL = 600, CLIENTS = 7, ROUNDS = 60000, TIMES = 50 };

static struct scheduler_store store;
static struct scheduler scheduler;

static struct {
	struct entry *entry; /* NULL: none */
	struct entry is;
} model[MODEL];

static void
fresh(void)
{
	memset(&store, 0, sizeof(store));
	memset(model, 0, sizeof(model));
	scheduler_open(&scheduler, &store);
}

static uint64_t
some_time(void)
{
	return rand() % 10 == 0 ? TIME_NEVER : (uint64_t)(rand() % TIMES);
}

static void
add(unsigned i)
{
	struct entry *e = &model[i].is;

	*e = (struct entry){ .time = some_time(),
		.key = i,
		.cap = i + 1000,
		.bits = i * 3,
		.kind = rand() % 2 ? ENTRY_ALARM : ENTRY_SLEEP,
		.client = (uint32_t)rand() % CLIENTS };
	assert_int_equal(scheduler_add(&scheduler, e, &model[i].entry), E_OK);
}

static void
check(void)
{
	struct entry *first = scheduler_first(&scheduler);
	uint64_t earliest = TIME_NEVER;
	unsigned used = 0;

	for (unsigned i = 0; i < MODEL; i++) {
		const struct entry *e = model[i].entry, *is = &model[i].is;

		if (e == NULL)
			continue;
		used++;
		if (is->time < earliest)
			earliest = is->time;
		assert_true(e->time == is->time && e->key == is->key &&
			    e->cap == is->cap && e->bits == is->bits &&
			    e->kind == is->kind && e->client == is->client);
		if (is->kind == ENTRY_ALARM)
			assert_ptr_equal(
			    scheduler_find(&scheduler, is->client, is->key), e);
	}
	assert_int_equal(scheduler.used, used);
	assert_int_equal(first == NULL ? TIME_NEVER : first->time, earliest);
}

static void
change(void)
{
	unsigned i = (unsigned)rand() % MODEL;

	if (model[i].entry == NULL) {
		add(i);
	} else if (rand() % 3 == 0) {
		scheduler_remove(&scheduler, model[i].entry);
		model[i].entry = NULL;
	} else {
		model[i].is.time = some_time();
		scheduler_set(&scheduler, model[i].entry, model[i].is.time);
	}
}

static void
first_is_the_earliest(void **state)
{
	(void)state;
	fresh();
	for (unsigned round = 0; round < ROUNDS; round++) {
		change();
		if (round % 16 == 0)
			check();
	}
}

static void
next_life_has_the_alarms_and_no_sleeper(void **state)
{
	(void)state;
	fresh();
	for (unsigned life = 0; life < 40; life++) {
		for (unsigned round = 0; round < 300; round++)
			change();
		scheduler_open(&scheduler, &store);
		for (unsigned i = 0; i < MODEL; i++)
			if (model[i].entry != NULL &&
			    model[i].is.kind == ENTRY_SLEEP)
				model[i].entry = NULL;
		check();
	}
}

static void
client_uses_up_its_own_entries_only(void **state)
{
	struct entry *e, *mine = NULL;
	struct entry new = { .kind = ENTRY_SLEEP, .client = 3 };

	(void)state;
	fresh();
	for (unsigned i = 0; i < SCHEDULER_PER_CLIENT; i++) {
		new.time = i;
		assert_int_equal(scheduler_add(&scheduler, &new, &mine), E_OK);
	}
	assert_int_equal(scheduler_add(&scheduler, &new, &e), E_LIMIT);
	new.client = 4;
	assert_int_equal(scheduler_add(&scheduler, &new, &e), E_OK);
	scheduler_remove(&scheduler, mine);
	new.client = 3;
	assert_int_equal(scheduler_add(&scheduler, &new, &e), E_OK);
	while ((e = scheduler_any(&scheduler, 3)) != NULL)
		scheduler_remove(&scheduler, e);
	assert_int_equal(scheduler.used, 1);
	assert_non_null(scheduler_any(&scheduler, 4));
}

static unsigned
take_all(uint32_t client)
{
	struct entry new = { .kind = ENTRY_ALARM, .client = client }, *e;
	unsigned n = 0;

	for (; scheduler_add(&scheduler, &new, &e) == E_OK; n++)
		new.time = (uint64_t)rand();
	return n;
}

/* Half of all clients are a hostile program's. */
static void
many_clients_leave_what_is_sure_to_others(void **state)
{
	const unsigned hostile = SCHEDULER_CLIENTS / 2;
	struct entry *e;
	unsigned n = 0;

	(void)state;
	fresh();
	for (uint32_t i = 0; i < hostile; i++)
		n += take_all(i);
	assert_int_equal(n, hostile * SCHEDULER_SURE + SCHEDULER_COMMON);
	scheduler_open(&scheduler, &store);
	assert_int_equal(take_all(0), 0);
	for (uint32_t i = hostile; i < SCHEDULER_CLIENTS; i++)
		assert_int_equal(take_all(i), SCHEDULER_SURE);
	/* What comes back is common again. */
	while ((e = scheduler_any(&scheduler, 0)) != NULL)
		scheduler_remove(&scheduler, e);
	assert_int_equal(
	    take_all(hostile), SCHEDULER_PER_CLIENT - SCHEDULER_SURE);
	assert_int_equal(take_all(0), SCHEDULER_SURE);
	for (uint32_t i = 0; i < SCHEDULER_CLIENTS; i++)
		while ((e = scheduler_any(&scheduler, i)) != NULL)
			scheduler_remove(&scheduler, e);
	assert_int_equal(scheduler.common, 0);
	assert_int_equal(scheduler.used, 0);
}

static void
all_entries_can_be_used(void **state)
{
	struct entry *e;
	uint64_t last = 0;

	(void)state;
	fresh();
	for (uint32_t i = 0; i < SCHEDULER_ENTRIES; i++) {
		struct entry new = { .kind = ENTRY_SLEEP,
			.client = i % SCHEDULER_CLIENTS,
			.time = (uint64_t)rand() };

		assert_int_equal(scheduler_add(&scheduler, &new, &e), E_OK);
	}
	struct entry more = { .kind = ENTRY_SLEEP, .client = UINT32_MAX };
	assert_int_equal(scheduler_add(&scheduler, &more, &e), E_LIMIT);
	while ((e = scheduler_first(&scheduler)) != NULL) {
		assert_true(e->time >= last);
		last = e->time;
		scheduler_remove(&scheduler, e);
	}
	assert_int_equal(scheduler.used, 0);
}

static void
nonsense_in_the_store_is_no_store(void **state)
{
	(void)state;
	memset(&store, 0xA5, sizeof(store));
	scheduler_open(&scheduler, &store);
	assert_null(scheduler_first(&scheduler));
	fresh();
	store.fresh = SCHEDULER_ENTRIES + 1;
	scheduler_open(&scheduler, &store);
	assert_null(scheduler_first(&scheduler));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_is_the_earliest),
		cmocka_unit_test(next_life_has_the_alarms_and_no_sleeper),
		cmocka_unit_test(client_uses_up_its_own_entries_only),
		cmocka_unit_test(many_clients_leave_what_is_sure_to_others),
		cmocka_unit_test(all_entries_can_be_used),
		cmocka_unit_test(nonsense_in_the_store_is_no_store),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
