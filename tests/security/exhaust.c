/*
 * exhaust: whoever runs out of something is told so, and nobody else; and
 * when it is given back, there is as much as before.
 *
 * Of each resource all is taken, twice: the second time it must be as much as
 * the first.  A worker goes on meanwhile.
 */
#include <stdio.h>
#include <string.h>

#include <proto/memory.h>

#include "worker.h"

enum {
	MOST = 4000, /* of anything */
	LIMIT = 640, /* pages of an account */
	PIECE = 16,
	SLACK = 320, /* pages that may be in use for good: a piece, cut */
};

struct resource {
	const char *name;
	void (*begin)(void);
	/* One more, in slot number n. */
	enum error (*take)(unsigned n);
	/* All of them. */
	void (*give)(unsigned n);
	enum error error; /* when there are no more */
	unsigned least; /* that there must be */
};

static cap_t account, place, place_raw, caps[MOST], others[MOST];
static uint64_t sum; /* pages taken */

/* --- memory ----------------------------------------------------------------*/

static cap_t
account_new(uint64_t limit)
{
	struct mem_open_req q = { .limit = limit, .rights = MEM_TAKE };
	struct mem_open_rep r;
	struct carried c = { 0 };

	must(mem_open(gbsd_cap("memory_server"), &q, &r, &c), "account");
	return c.in[0];
}

static struct mem_info_rep
info(cap_t of)
{
	struct mem_info_rep r = { 0 };

	must(mem_info(of, &(struct mem_info_req){}, &r, NULL), "info");
	return r;
}

static enum error
take_pages(uint64_t pages, cap_t *raw)
{
	struct mem_take_req q = { .pages = pages };
	struct mem_take_rep r = { 0 };
	struct carried c = { 0 };
	enum error e = mem_take(account, &q, &r, &c);

	*raw = c.in[0];
	sum += r.pages;
	return e;
}

static void
begin_account(void)
{
	account = account_new(LIMIT);
	sum = 0;
}

static enum error
take_piece(unsigned n)
{
	return take_pages(PIECE, &caps[n]);
}

/* All that was taken with it goes when it does. */
static void
close_account(unsigned n)
{
	uint64_t end = gbsd_time() + 10000 * MILLISECOND;

	cap_close(account);
	while (n > 0 && is_there(caps[n - 1]) && gbsd_time() < end)
		sched_yield_now();
}

/* --- ports -----------------------------------------------------------------*/

static void
begin_port(void)
{
	place_raw = raw_take(1);
	must(port_allocate(place_raw, &place), "port");
}

/* Ends what was made of it, too. */
static void
close_place(unsigned n)
{
	(void)n;
	memory_give(place_raw);
}

static void
close_caps(unsigned n)
{
	while (n > 0)
		cap_close(caps[--n]);
}

static enum error
take_message(unsigned n)
{
	(void)n;
	return port_send(place, 8, 0, 0, 0, 0);
}

static enum error
take_badge(unsigned n)
{
	return cap_badge(place, RIGHT_SEND, n + 1, 1, &caps[n]);
}

static enum error
take_reply(unsigned n)
{
	return cap_reply(place, place, n, &caps[n]);
}

static enum error
take_slot(unsigned n)
{
	return cap_derive(place, RIGHT_SEND, &caps[n]);
}

static void
give_slots(unsigned n)
{
	close_caps(n);
	close_place(n);
}

/* --- what is made of memory --------------------------------------------------*/

static enum error
take_port(unsigned n)
{
	enum error e = take_pages(PIECE, &caps[n]);

	return e == E_OK ? port_allocate(caps[n], &others[n]) : e;
}

static enum error
take_space(unsigned n)
{
	enum error e = take_pages(PIECE, &caps[n]);

	return e == E_OK ? cap_space(caps[n], 1, &others[n]) : e;
}

static void
spin(uint64_t argument)
{
	(void)argument;
	for (;;)
		sched_yield_now();
}

/* Two pages of it are the task's, one its stack. */
static enum error
take_task(unsigned n)
{
	cap_t task, memory;
	void *stack = NULL;
	enum error e = take_pages(PIECE, &caps[n]);

	if (e != E_OK)
		return e;
	must(cap_range(caps[n], RIGHT_MAKE, 0, TASK_PAGES, &task), "range");
	must(cap_range(
		 caps[n], RIGHT_READ | RIGHT_WRITE, TASK_PAGES, 1, &memory),
	    "range");
	must(memory_map(memory, VM_READ | VM_WRITE, &stack), "stack");
	return sched_spawn(task, 0, (uint64_t)spin, (uint64_t)stack + PAGE_SIZE,
	    0, "spin", &others[n]);
}

/* --- page tables -------------------------------------------------------------*/

enum { SPREAD = 1 << 30, TABLES = 12 };

static cap_t frame;

static void
begin_tables(void)
{
	place_raw = raw_take(2 + TABLES);
	must(cap_space(place_raw, 1, &place), "space");
	if (frame == 0)
		must(cap_range(
			 raw_take(1), RIGHT_READ | RIGHT_DERIVE, 0, 1, &frame),
		    "frame");
}

static enum error
take_table(unsigned n)
{
	const struct start *s = gbsd_start();
	uint64_t at = (s->address_low + SPREAD) & -(uint64_t)SPREAD;
	cap_t there;

	must(cap_stage(copy(frame, RIGHT_READ), place, &there), "stage");
	return vm_map(
	    there, (void *)(at + (uint64_t)n * SPREAD), VM_READ, place);
}

/* --- processes ---------------------------------------------------------------*/

static struct spawn processes[64];

static void
begin_processes(void)
{
	place_raw = raw_take(8);
	must(port_allocate(place_raw, &place), "port");
	memset(processes, 0, sizeof(processes));
}

static enum error
take_process(unsigned n)
{
	char *argv[] = { "security", "idler", NULL };
	struct archive_file file;
	enum error e;

	security_image(&file);
	e = spawn_begin(&processes[n], &spawn_default_limits);
	if (e == E_OK)
		e = spawn_file(&processes[n], &file);
	if (e == E_OK)
		e = spawn_start(
		    &processes[n], "idler", argv, NULL, place, n + 1);
	if (e != E_OK)
		spawn_end(&processes[n]);
	return e;
}

static void
give_processes(unsigned n)
{
	while (n > 0)
		spawn_end(&processes[--n]);
	close_place(n);
}

/* --- all of them -------------------------------------------------------------*/

static const struct resource resources[] = {
	{ "a_memory_account", begin_account, take_piece, close_account, E_LIMIT,
	    LIMIT / PIECE },
	{ "a_badge_share", begin_port, take_message, close_place, E_PORT_FULL,
	    PORT_SHARE },
	{ "port_messages", begin_port, take_badge, close_place, E_NO_MEMORY,
	    1 },
	{ "replies", begin_port, take_reply, close_place, E_NO_MEMORY, 2 },
	{ "table_slots", begin_port, take_slot, give_slots, E_NO_MEMORY, 16 },
	{ "ports", begin_account, take_port, close_account, E_LIMIT,
	    LIMIT / PIECE },
	{ "spaces", begin_account, take_space, close_account, E_LIMIT,
	    LIMIT / PIECE },
	{ "tasks", begin_account, take_task, close_account, E_LIMIT,
	    LIMIT / PIECE },
	{ "processes", begin_processes, take_process, give_processes,
	    E_NO_MEMORY, 4 },
	{ "page_tables", begin_tables, take_table, close_place, E_NO_MEMORY,
	    2 },
};

static unsigned
take_all(const struct resource *r, enum error *e)
{
	unsigned n = 0;

	do
		*e = r->take(n);
	while (*e == E_OK && ++n < MOST);
	return n;
}

static void
verdict(bool good, const char *format, const char *name)
{
	char line[80];

	snprintf(line, sizeof(line), format, name);
	check(good, line);
}

static void
exhaust(const struct resource *r, struct worker *w)
{
	unsigned n, again;
	uint64_t pages;
	enum error e;
	bool on;

	sum = 0;
	r->begin();
	n = take_all(r, &e);
	on = worker_goes_on(w);
	pages = sum;
	r->give(n);
	if (e != r->error || n < r->least)
		note("%u of %s, then %s", n, r->name, error_text(e));
	verdict(e == r->error && n >= r->least,
	    "out_of_%s_is_an_error_to_the_asker", r->name);
	verdict(on, "out_of_%s_leaves_others_alone", r->name);
	r->begin();
	sum = 0;
	again = take_all(r, &e);
	r->give(again);
	if (again < n || sum < pages)
		note("%u of %s, %llu pages; then %u, %llu", n, r->name,
		    (unsigned long long)pages, again, (unsigned long long)sum);
	verdict(again >= n && sum >= pages && e == r->error,
	    "after_it_there_is_%s_as_before", r->name);
}

/* It stays in line until there is room for what it may bring. */
static void
test_full_table(void)
{
	cap_t port = port_new(1), other = port_new(1);
	enum received kind;
	unsigned n = 0;
	enum error e;

	must(port_send(port, 8, sender_new(other, 1, 1), 0, 0, 0), "send");
	while (cap_derive(other, RIGHT_SEND, &caps[n]) == E_OK)
		n++;
	e = port_receive(port, MESSAGE_CAPS | RECEIVE_NO_WAIT, &kind);
	close_caps(n);
	check(e == E_NO_MEMORY && receive(port) == RECEIVED_MESSAGE &&
		  message()->caps[0] != 0,
	    "a_message_waits_for_room_in_the_table");
}

/* Pages of this program's that are in use. */
static uint64_t
charged(void)
{
	struct memory_info pool;

	memory_info(&pool);
	return info(gbsd_cap("memory_server")).used - pool.free;
}

/* The argument names a resource that this machine does not run out of. */
void
group_exhaust(int argc, char **argv)
{
	uint64_t before;
	struct worker w;

	worker_start(&w);
	before = charged();
	for (unsigned i = 0; i < sizeof(resources) / sizeof(*resources); i++)
		if (argc == 0 || strcmp(argv[0], resources[i].name) != 0)
			exhaust(&resources[i], &w);
	test_full_table();
	check(worker_goes_on(&w), "others_go_on_when_all_is_over");
	(void)spawn_release(); /* what is kept for the next workers */
	if (charged() > before + SLACK)
		note("%llu pages in use before, then %llu",
		    (unsigned long long)before, (unsigned long long)charged());
	check(charged() <= before + SLACK,
	    "no_more_memory_is_in_use_than_before");
	worker_end(&w);
}
