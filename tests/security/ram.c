/*
 * ram: when the machine itself has no memory left.
 *
 * An account's limit is half of the shell's, so it takes two: one hoards, in
 * the background, the other finds that there is nothing, while a worker goes
 * on.  tests/system gives the machine so much that the shell's limit is nearly
 * all, and sessions of log_server take the rest.
 */
#include <stdio.h>
#include <string.h>

#include <proto/memory.h>

#include "worker.h"

enum { LARGEST = 4096, LEAST = 16, MOST = 128, SPARE = 64, NUMBERS = 10 };

static cap_t taken[MOST];
static unsigned count;

static struct mem_info_rep
info(void)
{
	struct mem_info_rep r = { 0 };

	must(mem_info(
		 gbsd_cap("memory_server"), &(struct mem_info_req){}, &r, NULL),
	    "info");
	return r;
}

/* All that can be had, large pieces first; what the last of them said. */
static enum error
take_all(uint64_t pieces[MOST])
{
	enum error e = E_OK;

	for (uint64_t pages = LARGEST; pages >= LEAST && count < MOST;) {
		struct mem_take_req q = { .pages = pages };
		struct mem_take_rep r;
		struct carried c = { 0 };

		e = mem_take(gbsd_cap("memory_server"), &q, &r, &c);
		if (e != E_OK) {
			pages /= 2;
			continue;
		}
		pieces[count] = r.piece;
		taken[count++] = c.in[0];
	}
	return e;
}

static void
give_all(const uint64_t pieces[MOST])
{
	for (unsigned i = 0; i < count; i++) {
		must(mem_give(gbsd_cap("memory_server"),
			 &(struct mem_give_req){ pieces[i] },
			 &(struct mem_give_rep){}, NULL),
		    "give");
		cap_close(taken[i]);
	}
	count = 0;
}

/* Takes all that its account allows, says so, and keeps it. */
int
role_hog(int argc, char **argv)
{
	uint64_t pieces[MOST];

	(void)argc;
	(void)argv;
	(void)!take_all(pieces);
	printf("hog has %llu pages\n", (unsigned long long)info().used);
	for (;;)
		sched_yield_now();
}

/* What the machine has: for the one who decides how much that is. */
int
role_total(int argc, char **argv)
{
	struct mem_info_rep r = info();

	(void)argc;
	(void)argv;
	printf("total %llu, free %llu, limit %llu\n",
	    (unsigned long long)r.total, (unsigned long long)r.free,
	    (unsigned long long)r.limit);
	return 0;
}

/* The hog is done when nothing changes any more. */
static void
wait_for_hog(void)
{
	uint64_t limit = info().limit, end = gbsd_time() + 30000 * MILLISECOND;

	while (info().free >= limit && gbsd_time() < end)
		sleep_for(20);
	for (uint64_t free = 0; free != info().free;) {
		free = info().free;
		sleep_for(200);
	}
}

void
group_ram(int argc, char **argv)
{
	uint64_t pieces[MOST], before, again, first;
	struct spawn spawn;
	struct worker w;
	enum error e;
	bool on;

	(void)argc;
	(void)argv;
	worker_start(&w);
	hold_sessions(NUMBERS);
	wait_for_hog();
	before = info().free;
	e = take_all(pieces);
	first = info().used;
	note("%llu pages were free, now %llu, %llu of %llu in use: %s",
	    (unsigned long long)before, (unsigned long long)info().free,
	    (unsigned long long)first, (unsigned long long)info().limit,
	    error_text(e));
	check(e == E_NO_MEMORY && info().free < LEAST * 2,
	    "out_of_ram_is_an_error_to_the_asker");
	check(spawn_begin(&spawn, &(struct spawn_limits){ .mappings = 400 }) ==
		  E_NO_MEMORY,
	    "out_of_ram_there_is_no_new_program");
	on = worker_goes_on(&w);
	give_all(pieces);
	check(on && worker_goes_on(&w), "out_of_ram_leaves_others_alone");
	check(info().free + SPARE >= before, "after_it_there_is_ram_as_before");
	(void)!take_all(pieces);
	again = info().used;
	give_all(pieces);
	check(again + SPARE >= first, "and_all_of_it_can_be_had_again");
	worker_end(&w);
}
