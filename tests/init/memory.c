/*
 * memory: memory_server among services: the memory of the dead is free again,
 * and while it is killed and restarted everybody goes on.
 */
#include "probe.h"

#include <gbsd/memory.h>
#include <proto/memory.h>

enum { LIMIT = 256, KILLS = 6, OWN_PAGES = 300 };

static cap_t memory;

static struct mem_info_rep
info(cap_t account)
{
	struct mem_info_rep r = { 0 };

	must(mem_info(account, &(struct mem_info_req){}, &r, NULL), "info");
	return r;
}

static bool
becomes_free(uint64_t pages)
{
	uint64_t end = gbsd_time() + SECONDS * 1000ull * MILLISECOND;

	while (info(memory).free != pages && gbsd_time() < end)
		sched_yield_now();
	return info(memory).free == pages;
}

/* An account out of the probe's. */
static void
give_account(struct child *c)
{
	struct mem_open_req q = { .limit = LIMIT, .rights = MEM_TAKE };
	struct mem_open_rep r;
	struct carried carried = { 0 };

	must(mem_open(memory, &q, &r, &carried), "account");
	must(spawn_give(&c->spawn, "memory_server", carried.in[0]),
	    "give account");
}

static void
test_dead_client(void)
{
	uint64_t before, used;
	struct child c;

	child_begin(&c);
	give_account(&c);
	child_run(&c, "hoard");
	check(child_reaches(&c, 0, 1) && c.page[1] >= LIMIT,
	    "child_gets_what_its_account_allows");
	check(c.page[1] <= LIMIT + spawn_default_limits.pages, "and_no_more");
	before = info(memory).free;
	used = info(memory).used;
	must(sys_signal(c.spawn.space, SIGNAL_END, 0), "kill");
	check(receive(c.exit) == RECEIVED_EVENT && info(memory).free == before,
	    "dead_child_s_space_still_has_its_memory");
	child_end(&c);
	check(becomes_free(before + LIMIT) && info(memory).used == used - LIMIT,
	    "memory_of_a_child_that_is_gone_is_free_again");
}

static bool
is_whole(const uint64_t *at)
{
	for (unsigned i = 0; i < OWN_PAGES; i++)
		if (at[i * PAGE_SIZE / 8] != i)
			return false;
	return true;
}

static void
test_killed_in_use(void)
{
	const struct message *m = &gbsd_area()->message;
	struct child c, other;
	bool goes_on = true;
	cap_t raw;
	void *at;

	must(memory_new(OWN_PAGES, VM_READ | VM_WRITE, &at, &raw), "memory");
	for (unsigned i = 0; i < OWN_PAGES; i++)
		((uint64_t *)at)[i * PAGE_SIZE / 8] = i;
	child_begin(&c);
	give_account(&c);
	child_run(&c, "churn");
	for (unsigned i = 0; i < KILLS; i++) {
		goes_on &= child_reaches(&c, 0, c.page[0] + 3);
		goes_on &= kill_named("memory_server", STATUS) == E_OK;
		goes_on &= becomes("memory_server", INIT_READY);
	}
	check(goes_on && child_reaches(&c, 0, c.page[0] + 3),
	    "client_goes_on_while_memory_server_is_killed");
	check(query("memory_server").restarts >= KILLS && is_whole(at),
	    "memory_stays_as_it_is");
	memory_free(raw, at, OWN_PAGES);
	child_start(&other, "status");
	check(receive(other.exit) == RECEIVED_REPLY &&
		  m->badge == other.number && m->words[0] == STATUS,
	    "new_ones_begin");
	child_end(&other);
	child_end(&c);
	check(receive(c.exit) == RECEIVED_EVENT && m->badge == c.number,
	    "and_it_ran_until_it_was_ended");
}

void
test_memory(void)
{
	memory = gbsd_cap("memory_server");
	test_dead_client();
	test_killed_in_use();
}
