/*
 * children: processes that the probe makes: numbers, how they end, what init
 * says of that, and who runs before whom.
 */
#include "probe.h"

#include <stdio.h>

#include <gbsd/archive.h>
#include <gbsd/memory.h>
#include <gbsd/service.h>
#include <proto/sched.h>

enum { CHURN_PAGES = 80, SPIN_FIRST = 10 };

/* --- the children ----------------------------------------------------------*/

static volatile uint64_t *
shared_page(void)
{
	void *at = NULL;

	if (memory_map(gbsd_cap("page"), VM_READ | VM_WRITE, &at) != E_OK)
		gbsd_exit(100);
	return at;
}

static _Noreturn void
spin(void)
{
	volatile uint64_t *page = shared_page();

	for (;;)
		page[0]++;
}

/* Takes all it can get, says how many pages, and waits for its end. */
static _Noreturn void
hoard(void)
{
	volatile uint64_t *page = shared_page();
	uint64_t pages = 0;
	cap_t raw;

	while (memory_take(16, &raw) == E_OK)
		pages += 16;
	page[1] = pages;
	page[0] = 1;
	for (;;)
		sched_yield_now();
}

/* Takes memory, looks if it stays as it is, and gives it back, for ever. */
static int
churn(void)
{
	volatile uint64_t *page = shared_page();

	for (uint64_t round = 1;; round++) {
		uint64_t *at;
		void *view;
		cap_t raw;

		if (memory_new(CHURN_PAGES, VM_READ | VM_WRITE, &view, &raw) !=
		    E_OK)
			return 101;
		at = view;
		for (unsigned i = 0; i < CHURN_PAGES; i++)
			if (at[i * PAGE_SIZE / 8] != 0)
				return 102;
		for (unsigned i = 0; i < CHURN_PAGES; i++)
			at[i * PAGE_SIZE / 8] = round;
		sched_yield_now();
		for (unsigned i = 0; i < CHURN_PAGES; i++)
			if (at[i * PAGE_SIZE / 8] != round)
				return 103;
		memory_free(raw, view, CHURN_PAGES);
		page[0] = round;
	}
}

int
child_main(const char *role)
{
	volatile uintptr_t nowhere = 0x20; /* the compiler must not know */

	if (strcmp(role, "spin") == 0)
		spin();
	if (strcmp(role, "hoard") == 0)
		hoard();
	if (strcmp(role, "churn") == 0)
		return churn();
	if (strcmp(role, "write") == 0)
		*(volatile int *)nowhere = 1;
	if (strcmp(role, "read") == 0)
		return *(volatile int *)nowhere;
	if (strcmp(role, "end") == 0)
		return sys_signal(0, SIGNAL_END, 0) == E_OK;
	return strcmp(role, "status") == 0 ? STATUS : 0;
}

/* --- how they are made -----------------------------------------------------*/

static void
make_page(struct child *c)
{
	const uint32_t rights = RIGHT_READ | RIGHT_WRITE;
	cap_t frame = 0, here = 0;
	void *at = NULL;

	must(memory_take(1, &c->page_raw), "page");
	must(cap_range(c->page_raw, rights | RIGHT_DERIVE, 0, 1, &frame),
	    "frame");
	must(cap_range(frame, rights, 0, 1, &here), "view");
	must(memory_map(here, VM_READ | VM_WRITE, &at), "map");
	memset(at, 0, PAGE_SIZE);
	c->page = at;
	must(spawn_copy(&c->spawn, "page", frame, rights), "give page");
}

static void
get_number(struct child *c)
{
	struct init_process_req q = { .name = "child", .rights = INIT_LOOKUP };
	struct init_process_rep r = { 0 };
	struct carried carried = { 0 };

	must(init_process(init, &q, &r, &carried), "number");
	c->number = r.process;
	c->init = carried.in[0];
	must(cap_faults(c->spawn.space, carried.in[1]), "faults");
	cap_close(carried.in[1]);
	must(spawn_copy(&c->spawn, "init", c->init, RIGHT_SEND), "give init");
}

void
child_begin(struct child *c)
{
	static cap_t exit;

	if (exit == 0)
		exit = port_new(1);
	*c = (struct child){ .exit = exit };
	must(spawn_begin(&c->spawn, &spawn_default_limits), "space");
	get_number(c);
	make_page(c);
}

void
child_run(struct child *c, const char *role)
{
	static struct archive archive;
	char *argv[] = { (char *)"child", (char *)role, NULL };
	struct archive_file file;

	if (archive.base == NULL)
		must(archive_open(&archive), "archive");
	must(archive_find(&archive, "bin/init_test", &file), "image");
	must(spawn_file(&c->spawn, &file), "image");
	must(spawn_start(&c->spawn, role, argv, NULL, c->exit, c->number),
	    "start");
}

void
child_start(struct child *c, const char *role)
{
	child_begin(c);
	child_run(c, role);
}

void
child_end(struct child *c)
{
	spawn_end(&c->spawn);
	if (c->init != 0)
		cap_close(c->init);
	memory_give(c->page_raw);
	memory_address_give((void *)c->page, 1);
}

bool
child_reaches(struct child *c, unsigned word, uint64_t value)
{
	uint64_t end = gbsd_time() + SECONDS * 1000ull * MILLISECOND;

	while (c->page[word] < value && gbsd_time() < end)
		sched_yield_now();
	return c->page[word] >= value;
}

/* --- how they end ----------------------------------------------------------*/

static uint32_t
fate_of(uint32_t process)
{
	struct init_fate_rep r = { 0 };
	enum error e =
	    init_fate(init, &(struct init_fate_req){ process }, &r, NULL);

	return e == E_OK ? r.status : UINT32_MAX;
}

/* It ended without a word. */
static bool
died(struct child *c)
{
	const struct message *m = &gbsd_area()->message;

	return receive(c->exit) == RECEIVED_EVENT && m->badge == c->number &&
	       m->words[0] == EVENT_DEAD_REPLY;
}

static void
test_exit(void)
{
	const struct message *m = &gbsd_area()->message;
	struct child c;

	child_start(&c, "status");
	check(receive(c.exit) == RECEIVED_REPLY && m->badge == c.number &&
		  m->words[0] == STATUS,
	    "child_s_status_comes_to_its_maker");
	check(fate_of(c.number) == 0, "nothing_else_ended_it");
	child_end(&c);
	child_start(&c, "end");
	check(
	    died(&c) && fate_of(c.number) == 0, "child_may_end_without_a_word");
	child_end(&c);
}

static void
test_fate(void)
{
	uint64_t end = gbsd_time() + SECONDS * 1000ull * MILLISECOND;
	struct child c;

	child_start(&c, "write");
	check(died(&c) && fate_of(c.number) == INIT_FAULTED + FAULT_WRITE,
	    "init_knows_what_fault_ended_a_child");
	child_end(&c);
	while (fate_of(c.number) != UINT32_MAX && gbsd_time() < end)
		sched_yield_now();
	check(fate_of(c.number) == UINT32_MAX,
	    "number_is_free_when_nobody_has_it");
	child_start(&c, "read");
	check(died(&c) && fate_of(c.number) == INIT_FAULTED + FAULT_READ,
	    "and_of_what_kind_it_was");
	child_end(&c);
	child_start(&c, "spin");
	check(child_reaches(&c, 0, 1) && fate_of(c.number) == 0,
	    "child_that_runs_has_no_fate");
	must(sys_signal(c.spawn.space, SIGNAL_END, 0), "kill");
	check(died(&c) && fate_of(c.number) == 0, "killed_child_did_not_fault");
	child_end(&c);
	check(fate_of(query("victim").process) == UINT32_MAX &&
		  fate_of(UINT32_MAX) == UINT32_MAX,
	    "fate_is_told_to_the_parent_only");
}

/* --- priorities ------------------------------------------------------------*/

static enum error
set_priority(cap_t sched, struct child *c, uint64_t priority)
{
	struct sched_set_priority_req q = { .priority = priority };
	struct sched_set_priority_rep r;
	struct carried carried = { 0 };

	must(cap_derive(c->spawn.task, RIGHT_CONTROL, &carried.out[0]), "task");
	return sched_set_priority(sched, &q, &r, &carried);
}

static void
sleep_for(cap_t sched, uint64_t milliseconds)
{
	struct sched_sleep_until_req q = { .time = gbsd_time() +
						   milliseconds * MILLISECOND };
	struct sched_sleep_until_rep r;

	must(sched_sleep_until(sched, &q, &r, NULL), "sleep");
}

static void
test_priority(void)
{
	struct child first, second;
	cap_t sched = 0;
	uint64_t before[2];

	must(service_find("scheduler_server", &sched), "scheduler");
	child_start(&first, "spin");
	child_start(&second, "spin");
	check(child_reaches(&first, 0, 1) && child_reaches(&second, 0, 1),
	    "children_run_beside_each_other");
	check(set_priority(sched, &first, PRIORITY_DEFAULT + 1) == E_NO_RIGHTS,
	    "child_is_not_put_before_servers");
	check(set_priority(sched, &first, SPIN_FIRST) == E_OK &&
		  set_priority(sched, &second, SPIN_FIRST - 1) == E_OK,
	    "child_s_priority_is_its_maker_s_to_set");
	before[0] = first.page[0];
	before[1] = second.page[0];
	for (unsigned i = 0; i < 50 && first.page[0] == before[0]; i++)
		sleep_for(sched, 100);
	check(first.page[0] > before[0] && second.page[0] == before[1],
	    "and_says_who_runs");
	must(set_priority(sched, &second, SPIN_FIRST), "priority");
	for (unsigned i = 0; i < 50 && second.page[0] == before[1]; i++)
		sleep_for(sched, 100);
	check(second.page[0] > before[1], "equals_take_turns");
	child_end(&first);
	child_end(&second);
	/* Their ends are told, too. */
	check(receive(first.exit) == RECEIVED_EVENT &&
		  receive(first.exit) == RECEIVED_EVENT,
	    "end_of_a_space_is_told");
}

/* Who hangs is noticed by those who want its ticks: two that are busy. */
void
test_hang(void)
{
	const char *name = "scheduler_server";
	uint32_t before = query(name).restarts;
	uint64_t end = gbsd_time() + 60000ull * MILLISECOND;
	struct child spinner;
	cap_t sched = 0;

	must(service_find(name, &sched), name);
	child_start(&spinner, "spin");
	wish("hang");
	while (query(name).restarts == before && gbsd_time() < end)
		;
	check(query(name).restarts == before + 1 && becomes(name, INIT_READY),
	    "scheduler_server_that_hangs_is_restarted");
	sleep_for(sched, 10);
	check(query(name).restarts == before + 1, "and_its_clients_go_on");
	child_end(&spinner);
	must(receive(spinner.exit) != RECEIVED_EVENT, "end");
}

void
test_children(void)
{
	test_exit();
	test_fate();
	test_priority();
}
