/*
 * guess: nothing is done without a capability.
 *
 * A child that has nothing but its image and its exit tries all handles in
 * every place of every call; what names nothing of its own must be refused as
 * an invalid handle, and what it finds must be its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "security.h"

enum {
	GENERATIONS = 6,
	BEYOND = 200, /* indexes behind the child's table */
	RANDOM = 1500,
	OLD = 8, /* handles that named something in the child's table */
	THEIRS = 16, /* handles of the parent's */
};

/* Bits of the child's status. */
enum guess {
	GUESS_EVERY = 1,
	GUESS_RANDOM = 2,
	GUESS_OLD = 4,
	GUESS_THEIRS = 8,
	GUESS_FOUND = 16,
};

/* What a child without anything has: its memory, mapped, and its exit. */
static bool
is_childs(cap_t handle, unsigned *memory, unsigned *replies)
{
	uint64_t info;

	if (cap_query(handle, &info) != E_OK)
		return false;
	*memory += CAP_INFO_TYPE(info) == OBJECT_MEMORY &&
		   !(CAP_INFO_RIGHTS(info) &
		       (RIGHT_MAKE | RIGHT_BUS | RIGHT_DEVICE | RIGHT_DERIVE));
	*replies += CAP_INFO_TYPE(info) == OBJECT_REPLY;
	return true;
}

static unsigned
guess_all(unsigned *memory)
{
	unsigned failed = 0, found = 0, replies = 0;

	for (uint64_t g = 0; g < GENERATIONS; g++)
		for (uint64_t i = 0; i < TABLE_SLOTS + BEYOND; i++) {
			cap_t handle = g << 32 | i;

			if (is_childs(handle, memory, &replies))
				found++;
			else if (!modes_refuse(handle, NULL))
				failed |= GUESS_EVERY;
		}
	if (found != *memory + replies || replies != 1)
		failed |= GUESS_FOUND;
	return failed;
}

static bool
refused(cap_t handle)
{
	return is_there(handle) || modes_refuse(handle, NULL);
}

static unsigned
guess_at_random(void)
{
	bool good = true;

	for (unsigned i = 0; i < 64; i++)
		good &= refused(1ull << i) && refused(~(1ull << i)) &&
			refused((cap_t)UINT32_MAX << 32 | i);
	for (unsigned i = 0; i < RANDOM; i++) {
		cap_t handle;

		gbsd_random(&handle, sizeof(handle));
		good &= refused(handle);
		/* An index of the table, any generation, and the reverse. */
		good &= refused((handle & ~0xFFFFFFFFull) | handle % 64);
		good &= refused((handle & 0xFFFFFFFF) | 1ull << 32);
	}
	return good ? 0 : GUESS_RANDOM;
}

/* Handles in argv: o and one that is old, t and one of the parent's. */
int
role_guesser(int argc, char **argv)
{
	unsigned memory = 0, failed = 0;

	for (int i = 0; i < argc; i++) {
		cap_t handle = strtoull(argv[i] + 1, NULL, 16);

		/* An old one must not name anything again; the number of one
		 * of the parent's may be of something here. */
		if (*argv[i] == 'o' && !modes_refuse(handle, NULL))
			failed |= GUESS_OLD;
		if (*argv[i] == 't' && !refused(handle))
			failed |= GUESS_THEIRS;
	}
	failed |= guess_at_random();
	failed |= guess_all(&memory);
	gbsd_exit(failed | (uint64_t)memory << CHILD_NUMBER);
}

/* --- the parent ----------------------------------------------------------*/

/* How many slots of the child's table are in use. */
static unsigned
slots_used(struct child *c, cap_t port)
{
	unsigned left = 0;
	cap_t cap, there;

	for (;; left++) {
		cap = copy(port, RIGHT_SEND);
		if (cap_stage(cap, c->spawn.space, &there) != E_OK)
			break;
	}
	cap_close(cap);
	return TABLE_SLOTS * c->spawn.table_pages - left;
}

/* Handles in the child's table that name nothing any more. */
static unsigned
leave_old(struct child *c, char words[][24])
{
	cap_t port = port_new(1), cap, there;

	for (unsigned i = 0; i < OLD; i++) {
		cap = copy(port, RIGHT_SEND);
		must(cap_stage(cap, c->spawn.space, &there), "stage");
		snprintf(words[i], 24, "o%llx", (unsigned long long)there);
	}
	must(cap_revoke(port), "revoke");
	return OLD;
}

/* Some that no number of the child's own can equal. */
static unsigned
leave_theirs(const struct kit *kit, char words[][24])
{
	unsigned n = 0;

	for (unsigned i = 0; i < 100; i++) {
		cap_t cap = copy(kit->of[OBJECT_PORT], RIGHT_SEND);

		if (i >= 100 - (THEIRS - OBJECT_TYPES))
			snprintf(
			    words[n++], 24, "t%llx", (unsigned long long)cap);
	}
	for (unsigned i = 1; i < OBJECT_TYPES; i++)
		snprintf(
		    words[n++], 24, "t%llx", (unsigned long long)kit->of[i]);
	return n;
}

static void
test_child(void)
{
	const struct spawn_limits limits = { .capabilities = TABLE_SLOTS,
		.mappings = 14 };
	char words[OLD + THEIRS][24];
	const char *argv[OLD + THEIRS + 2] = { "guesser" };
	struct child c;
	struct kit kit;
	uint64_t *page, status;
	unsigned n;
	cap_t memory;

	kit_make(&kit);
	page = page_new(&memory);
	*page = SECRET;
	child_begin(&c, &limits);
	n = leave_old(&c, words);
	n += leave_theirs(&kit, words + n);
	for (unsigned i = 0; i < n; i++)
		argv[i + 1] = words[i];
	child_run(&c, argv);
	status = child_wait(&c) == ENDED_EXIT ? c.status : UINT64_MAX;
	check(!(status & GUESS_EVERY), "nothing_works_with_a_guessed_handle");
	check(!(status & GUESS_RANDOM), "nothing_works_with_a_random_handle");
	check(!(status & GUESS_OLD), "nothing_works_with_an_old_handle");
	check(!(status & GUESS_THEIRS),
	    "nothing_works_with_a_handle_of_another_space");
	check(!(status & GUESS_FOUND) &&
		  status >> CHILD_NUMBER == slots_used(&c, kit.of[OBJECT_PORT]),
	    "a_child_finds_only_what_it_was_given");
	check(is_empty(kit.of[OBJECT_PORT]) && *page == SECRET &&
		  is_there(memory) && is_there(kit.of[OBJECT_TASK]) &&
		  is_there(kit.of[OBJECT_SPACE]) &&
		  is_there(kit.of[OBJECT_REPLY]),
	    "guesses_do_nothing_to_others");
	child_end(&c);
}

/* Where a handle of one type stands for another. */
static void
test_types(void)
{
	struct kit kit;
	cap_t valid[KIND_COUNT];
	bool good = true;

	kit_make(&kit);
	kit_valid(&kit, valid);
	for (const struct mode *m = modes; m < modes + mode_count; m++)
		for (unsigned i = 0; i < KIND_ARGUMENTS; i++)
			for (unsigned t = 1; t < OBJECT_TYPES; t++) {
				enum error e;

				if (!mode_wants_handle(m, i) ||
				    kinds[m->kinds[i]].types >> t & 1)
					continue;
				e = mode_try(m, i, kit.of[t], valid);
				if (e == E_INVALID_CAP || e == E_INVALID_PORT)
					continue;
				note("%s: argument %u of type %u", m->name, i,
				    t);
				good = false;
			}
	check(good, "a_handle_of_another_type_is_refused");
}

static void
test_stale(void)
{
	struct kit kit;
	cap_t valid[KIND_COUNT], closed, port = port_new(1), again;
	bool good = true;

	kit_make(&kit);
	kit_valid(&kit, valid);
	closed = copy(port, RIGHT_SEND);
	cap_close(closed);
	check(modes_refuse(closed, valid), "a_closed_handle_is_refused");
	/* Its slot is the next to be used. */
	for (unsigned i = 0; i < 1000; i++) {
		again = copy(port, RIGHT_SEND);
		good &= (uint32_t)again == (uint32_t)closed &&
			again != closed && !is_there(closed) &&
			(i % 100 != 0 || modes_refuse(closed, valid));
		cap_close(again);
	}
	check(good, "a_closed_handle_never_names_another_object");
}

static void
test_calls(void)
{
	const uint64_t calls[] = { 0, CALL_COUNT, 64, 1ull << 32, UINT64_MAX };
	struct kit kit;
	bool good = true;

	kit_make(&kit);
	for (unsigned i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		for (unsigned t = 0; t < OBJECT_TYPES; t++)
			good &= error_of(gbsd_call6(calls[i], kit.of[t], 0, 0,
				    0, 0, 0)) != E_OK;
	for (uint64_t call = 1; call < CALL_COUNT; call++)
		for (uint64_t mode = 10; mode < 100; mode++)
			for (unsigned t = 0; t < OBJECT_TYPES; t++)
				if (call >= CALL_cap_move &&
				    call != CALL_sched_spawn &&
				    call != CALL_sys_debug_print)
					good &= error_of(gbsd_call6(call,
						    kit.of[t], mode, 0, 0, 0,
						    0)) == E_INVALID_CALL;
	check(good, "calls_and_modes_that_do_not_exist_are_refused");
}

void
group_guess(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	test_child();
	test_types();
	test_stale();
	test_calls();
}
