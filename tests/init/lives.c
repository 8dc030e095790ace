/*
 * lives: many lives of services, and of init itself, cost nothing that stays.
 *
 * The init of this test (hook.c) says what it has left, by the name of a
 * process that asks for that.
 */
#include "probe.h"

#include <stdio.h>

#include <proto/memory.h>

enum { ROUNDS = 29, KILLS = 6, GIVEN_UP = 10 };

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

void
test_lives(void)
{
	test_restarts();
	test_given_up();
}
