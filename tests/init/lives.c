/*
 * lives: many lives of services, and of init itself, cost nothing that stays.
 *
 * The init of this test (hook.c) says what it has left, by the name of a
 * process that asks for that.
 */
#include "probe.h"

#include <stdio.h>

#include <gbsd/service.h>
#include <proto/memory.h>

enum { ROUNDS = 29, KILLS = 6, GIVEN_UP = 10, INIT_LIVES = 12 };

/* What init has left, and memory_server. */
struct left {
	unsigned pages, slots, badges;
	uint64_t free; /* pages */
};

/* The name that init's hook gives to a process of that name. */
static void
ask_hook(const char *name, char answer[INIT_NAME])
{
	struct init_process_req q = { .rights = 0 };
	struct init_process_rep r = { 0 };
	struct init_process_list_rep p = { 0 };
	struct carried carried = { 0 };

	strcpy(q.name, name);
	must(init_process(init, &q, &r, &carried), "ask");
	must(init_process_list(
		 init, &(struct init_process_list_req){ r.process }, &p, NULL),
	    "answer");
	memcpy(answer, p.name, INIT_NAME);
	cap_close(carried.in[0]);
	cap_close(carried.in[1]);
}

static struct left
left(void)
{
	char answer[INIT_NAME + 1] = { 0 };
	struct mem_info_rep info = { 0 };
	struct left l = { 0 };

	ask_hook("what is left", answer);
	if (sscanf(answer, "%x %x %x", &l.pages, &l.slots, &l.badges) != 3)
		check(false, "hook_answers");
	must(mem_info(gbsd_cap("memory_server"), &(struct mem_info_req){},
		 &info, NULL),
	    "info");
	l.free = info.free;
	return l;
}

static void
print_left(const char *when, const struct left *l)
{
	printf("# %s: init has %u pages, %u slots, room for %u badges;"
	       " memory_server %llu pages\n",
	    when, l->pages, l->slots, l->badges, (unsigned long long)l->free);
}

/* As much as before; of the table some slots more may be in use, for pieces
 * that are free. */
static bool
is_left(const struct left *before)
{
	struct left now = left();

	print_left("before", before);
	print_left("after", &now);
	return now.pages >= before->pages && now.slots + 16 >= before->slots &&
	       now.badges + 1 >= before->badges && now.free >= before->free;
}

static enum error
restart_victim(void)
{
	struct init_restart_req q = { "victim" };
	struct init_restart_rep r;

	return init_restart(init, &q, &r, NULL);
}

static bool
one_round(void)
{
	for (unsigned i = 0; i < KILLS; i++) {
		uint32_t before = query("victim").restarts;

		if (kill_named("victim", STATUS) != E_OK || !adds(server) ||
		    !becomes("victim", INIT_READY) ||
		    query("victim").restarts != before + 1)
			return false;
	}
	return restart_victim() == E_OK && becomes("victim", INIT_READY);
}

static void
test_restarts(void)
{
	bool good = restart_victim() == E_OK && one_round();
	struct left before = left();

	for (unsigned i = 0; good && i < ROUNDS; i++)
		good = one_round();
	check(good, "service_lives_two_hundred_times");
	check(is_left(&before), "two_hundred_lives_leave_nothing_in_init");
}

static void
test_given_up(void)
{
	struct init_start_service_req q = { "crasher" };
	struct init_start_service_rep r;
	struct left before = { 0 };
	bool good = true;

	for (unsigned i = 0; i < GIVEN_UP; i++) {
		if (i == 1)
			before = left();
		good &= init_start_service(init, &q, &r, NULL) == E_UNAVAILABLE;
		good &= query("crasher").state == INIT_FAILED;
	}
	check(good, "service_is_given_up_again_and_again");
	check(is_left(&before), "which_leaves_nothing_in_init");
}

/* --- lives of init ---------------------------------------------------------*/

void
wish(const char *name)
{
	char answer[INIT_NAME];

	ask_hook(name, answer);
	if (strncmp(answer, "granted", sizeof(answer)) != 0)
		check(false, "hook_grants_a_wish");
}

/* All services that run are the same as before. */
static bool
are_same(const struct init_query_rep *before, const char *const *names)
{
	for (unsigned i = 0; names[i] != NULL; i++) {
		struct init_query_rep now = query(names[i]);

		if (now.state != before[i].state ||
		    now.process != before[i].process ||
		    now.restarts != before[i].restarts ||
		    now.since != before[i].since)
			return false;
	}
	return true;
}

/* It was begun, and found the victim, in an earlier life of init. */
static void
test_client_ends(cap_t its_init, cap_t its_faults, cap_t found)
{
	uint64_t end = gbsd_time() + SECONDS * 1000ull * MILLISECOND;
	bool good = adds(found);

	cap_close(its_init);
	cap_close(its_faults);
	while (adds(found) && gbsd_time() < end)
		sched_yield_now();
	check(good && !adds(found), "init_still_knows_who_found_what");
}

static void
test_init_dies(void)
{
	struct init_process_req client = { .name = "client",
		.rights = INIT_LOOKUP };
	struct init_process_rep number;
	struct carried its = { 0 };
	cap_t found = 0;
	static const char *const names[] = { "memory_server", "victim",
		"scheduler_server", "probe", "crasher", "oneshot", NULL };
	struct init_query_rep before[6];
	struct child c;
	struct init_fate_rep fate = { 0 };
	struct init_fate_req q;

	for (unsigned i = 0; names[i] != NULL; i++)
		before[i] = query(names[i]);
	child_start(&c, "spin");
	must(!child_reaches(&c, 0, 1), "child");
	must(init_process(init, &client, &number, &its), "number");
	must(service_find_by(its.in[0], "victim", &found), "lookup");
	wish("die");
	test_client_ends(its.in[0], its.in[1], found);
	check(are_same(before, names) && adds(server),
	    "services_go_on_when_init_dies");
	q.process = c.number;
	check(init_fate(init, &q, &fate, NULL) == E_OK && fate.status == 0 &&
		  child_reaches(&c, 0, c.page[0] + 1),
	    "processes_go_on_and_keep_their_numbers");
	child_end(&c);
	must(receive(c.exit) != RECEIVED_EVENT, "end");
	child_start(&c, "write");
	q.process = c.number;
	check(receive(c.exit) == RECEIVED_EVENT &&
		  init_fate(init, &q, &fate, NULL) == E_OK &&
		  fate.status == INIT_FAULTED + FAULT_WRITE,
	    "init_still_tells_of_faults");
	child_end(&c);
	check(kill_named("victim", STATUS) == E_OK && adds(server) &&
		  becomes("victim", INIT_READY) &&
		  query("victim").restarts == before[1].restarts + 1,
	    "and_still_restarts_who_dies");
	check(kill_named("scheduler_server", STATUS) == E_OK &&
		  becomes("scheduler_server", INIT_READY),
	    "also_who_has_the_timer");
	check(restart_victim() == E_OK && adds(server),
	    "and_who_is_to_be_restarted");
}

/* When it has begun a life of the victim, and has not noted that yet. */
static void
test_init_dies_starting(void)
{
	uint32_t lives = query("victim").restarts;

	wish("die later");
	check(kill_named("victim", STATUS) == E_OK && adds(server) &&
		  becomes("victim", INIT_READY),
	    "service_is_started_again_that_init_died_over");
	check(query("victim").restarts == 0 && lives == 0 &&
		  query("memory_server").state == INIT_READY,
	    "anew_but_with_its_port");
	wish("die later");
	check(restart_victim() == E_DEAD_REPLY && adds(server) &&
		  becomes("victim", INIT_READY),
	    "restart_that_init_died_over_is_told");
}

static void
test_init_lives(void)
{
	struct left before;
	bool good = true;

	test_init_dies();
	test_init_dies_starting();
	before = left();
	for (unsigned i = 0; i < INIT_LIVES; i++) {
		wish("die");
		good &= adds(server) && kill_named("victim", STATUS) == E_OK &&
			adds(server) && becomes("victim", INIT_READY);
		good &= restart_victim() == E_OK;
	}
	check(good && is_left(&before), "lives_of_init_leave_nothing");
	before = left();
	for (unsigned i = 0; i < INIT_LIVES; i++) {
		wish("die later");
		good &= restart_victim() == E_DEAD_REPLY && adds(server) &&
			becomes("victim", INIT_READY);
	}
	check(good && is_left(&before),
	    "nor_do_deaths_over_the_start_of_a_service");
}

/* --- what does not help ----------------------------------------------------*/

/* How often init has begun, and what it had left once. */
static unsigned
lives_of_init(unsigned *pages)
{
	char answer[INIT_NAME + 1] = { 0 };
	unsigned lives = 0;

	ask_hook("what was left", answer);
	if (sscanf(answer, "%x %x", pages, &lives) != 2)
		check(false, "hook_answers");
	return lives;
}

bool
begun_anew(void)
{
	unsigned pages;

	return lives_of_init(&pages) > INIT_LIVES;
}

/* This probe ends with the first of them that init does not survive. */
void
test_early_deaths(void)
{
	for (unsigned i = 0; i < INIT_LIVES; i++) {
		wish("die young");
		check(adds(server), "early_death_is_survived");
	}
	check(false, "after_some_early_deaths_init_begins_anew");
}

void
test_begun_anew(void)
{
	unsigned before = 0;
	struct left now;

	lives_of_init(&before);
	/* As it was then. */
	check(becomes("crasher", INIT_FAILED) && becomes("oneshot", INIT_DONE),
	    "services_are_begun_anew");
	now = left();
	print_left("begun anew", &now);
	check(now.pages + before / 100 >= before && now.slots > 850,
	    "init_that_begins_anew_has_all_its_memory");
	check(becomes("victim", INIT_READY) && adds(server) &&
		  query("victim").restarts == 0 &&
		  becomes("scheduler_server", INIT_READY) &&
		  becomes("memory_server", INIT_READY),
	    "and_all_its_services");
}

void
test_lives(void)
{
	test_restarts();
	test_given_up();
	test_hang();
	test_init_lives();
}
