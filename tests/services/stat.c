/* stat: stat_server: what it shows is what there is. */
#include "play.h"

#include <gbsd/session.h>
#include <proto/memory.h>
#include <proto/stat.h>

static struct service stat_server = { .name = "stat",
	.image = "servers/stat",
	.keep = 2 * PAGE_SIZE,
	.limits = { .capabilities = 693, .mappings = 30, .pages = 64 } };
static void *stat_view;
static uint32_t stat_session_is;

/* The number of the page that init's own space begins in. */
static uint64_t
init_space(void)
{
	const struct boot_info *boot = gbsd_start()->boot;

	return (boot->space - boot->direct_map) / PAGE_SIZE;
}

static const struct stat_task *
task_named(cap_t stat, const char *name)
{
	struct stat_list_req q = { .session = stat_session_is };
	struct stat_list_rep r;
	const struct stat_task *t = stat_view;

	must(stat_tasks(stat, &q, &r, NULL), "tasks");
	for (uint32_t i = 0; i < r.count; i++)
		if (strncmp(t[i].name, name, NAME_BYTES) == 0 &&
		    t[i].state != STAT_DEAD)
			return &t[i];
	return NULL;
}

static void
test_stat_lists(cap_t stat)
{
	const struct stat_task *t = task_named(stat, "init");
	struct stat_list_req q = { .session = stat_session_is };
	struct stat_list_rep r;

	check(t != NULL && t->state == STAT_WAITING &&
		  t->space == init_space() && t->time > 0,
	    "stat_knows_who_asks");
	t = task_named(stat, "stat");
	check(t != NULL && t->state == STAT_RUNNING, "stat_knows_itself");
	t = task_named(stat, "log");
	check(t != NULL && t->state == STAT_WAITING && t->port != 0,
	    "stat_knows_who_waits");

	uint64_t log_port = t != NULL ? t->port : 0;
	uint64_t log_space = t != NULL ? t->space : 0;
	const struct stat_port *p = stat_view;
	uint32_t queued = 0, before = 0;
	cap_t port = port_new(1);
	bool found = false;

	must(stat_ports(stat, &q, &r, NULL), "ports");
	for (uint32_t i = 0; i < r.count; i++)
		before += p[i].queued;
	for (unsigned i = 0; i < 3; i++)
		must(port_send(port, 8, 0, 0, 0, 0), "send");
	must(stat_ports(stat, &q, &r, NULL), "ports");
	for (uint32_t i = 0; i < r.count; i++) {
		queued += p[i].queued;
		found |= p[i].number == log_port &&
			 p[i].owner == init_space() &&
			 p[i].receiver == log_space && p[i].waiters == 1;
	}
	check(queued == before + 3, "stat_counts_queues");
	check(found, "stat_knows_who_waits_where_and_who_can_end_it");

	const struct stat_space *s = stat_view;

	found = false;
	must(stat_spaces(stat, &q, &r, NULL), "spaces");
	for (uint32_t i = 0; i < r.count; i++)
		found |= s[i].number == log_space &&
			 s[i].parent == init_space() && s[i].tasks == 1 &&
			 s[i].own >= 16 && strncmp(s[i].name, "log", 4) == 0;
	check(found, "stat_knows_a_space_and_what_it_has");
}

static void
test_stat_capabilities(cap_t stat)
{
	const struct stat_task *t = task_named(stat, "log");
	struct stat_list_req q = { .session = stat_session_is };
	struct stat_list_rep r;
	const struct stat_capability *c = stat_view;
	bool found = false;

	q.space = t != NULL ? t->space : 0;
	must(stat_capabilities(stat, &q, &r, NULL), "capabilities");
	for (uint32_t i = 0; i < r.count; i++)
		found |= c[i].type == OBJECT_PORT &&
			 (c[i].rights & RIGHT_RECEIVE) && c[i].ancestors >= 3 &&
			 c[i].chain[0].place == STAT_TABLE &&
			 c[i].chain[0].number == init_space() &&
			 c[i].chain[0].handle == log_server.port &&
			 c[i].chain[1].place == STAT_OBJECT &&
			 c[i].chain[1].number == c[i].object;
	check(found, "stat_shows_where_a_capability_comes_from");
}

static void
test_stat_totals(cap_t stat)
{
	struct stat_system_rep system = { 0 };

	/* This task, and four servers. */
	check(stat_system(stat, &(struct stat_system_req){}, &system, NULL) ==
		      E_OK &&
		  system.tasks == 5 && system.spaces == 5 &&
		  system.ports >= 8 && system.uptime > 0 && system.busy > 0,
	    "stat_counts_all_there_is");
}

static bool
same(const struct stat_memory_rep *a, const struct stat_memory_rep *b)
{
	return a->mapped == b->mapped && a->objects == b->objects &&
	       a->object_count == b->object_count && a->free == b->free &&
	       a->owned == b->owned;
}

/* stat_server itself may have more or less after a question. */
static struct stat_memory_rep
memory_now(cap_t stat)
{
	struct stat_memory_rep r = { 0 }, before;

	do {
		before = r;
		must(stat_memory(stat, &(struct stat_memory_req){}, &r, NULL),
		    "memory");
	} while (!same(&r, &before));
	return r;
}

/* Of more objects and capabilities than it will see: it has grown then. */
static void
let_it_grow(cap_t stat)
{
	cap_t raw[32];

	for (unsigned i = 0; i < 32; i++) {
		must(memory_take(1, &raw[i]), "memory");
		must(port_allocate(raw[i], &(cap_t){ 0 }), "port");
	}
	(void)memory_now(stat);
	for (unsigned i = 0; i < 32; i++)
		memory_give(raw[i]);
}

static void
test_stat_memory(cap_t stat, cap_t root)
{
	struct stat_memory_rep before, after;
	struct mem_take_rep taken;
	struct carried carried = { 0 };
	cap_t raw, mapped;
	void *at;

	let_it_grow(stat);
	before = memory_now(stat);
	check(before.free_known && before.free <= before.owned &&
		  before.objects <= before.owned &&
		  before.owned <= before.total,
	    "stat_s_figures_agree");
	must(memory_new(100, VM_READ | VM_WRITE, &at, &mapped), "memory");
	must(memory_take(3, &raw), "memory");
	after = memory_now(stat);
	check(after.mapped == before.mapped + 100 &&
		  after.objects == before.objects &&
		  after.object_count == before.object_count,
	    "stat_counts_what_is_mapped");
	must(port_allocate(raw, &(cap_t){ 0 }), "port");
	after = memory_now(stat);
	check(after.objects == before.objects + 3 &&
		  after.object_count == before.object_count + 1,
	    "stat_counts_what_became_an_object");
	memory_give(raw);
	memory_free(mapped, at, 100);
	after = memory_now(stat);
	check(after.mapped == before.mapped &&
		  after.objects == before.objects &&
		  after.object_count == before.object_count,
	    "stat_sees_that_both_are_gone");
	must(mem_take(root, &(struct mem_take_req){ 64 }, &taken, &carried),
	    "take");
	after = memory_now(stat);
	check(after.free == before.free - 64 && after.owned == before.owned,
	    "stat_counts_what_memory_server_gave");
	must(mem_give(root, &(struct mem_give_req){ taken.piece },
		 &(struct mem_give_rep){}, NULL),
	    "give");
}

static void
give_ram(struct service *s)
{
	const struct start *start = gbsd_start();

	for (uint32_t i = 0; i < start->cap_count; i++)
		if (strcmp(start->caps[i].name, "ram") == 0)
			must(spawn_copy(&s->spawn, "ram", start->caps[i].cap,
				 RIGHT_READ | RIGHT_BUS | RIGHT_DERIVE),
			    "give ram");
}

static void
test_stat_restart(cap_t stat)
{
	const struct stat_task *t;

	kill_service(&stat_server);
	start(&stat_server);
	t = task_named(stat, "stat");
	check(t != NULL && t->state == STAT_RUNNING,
	    "stat_s_session_survives_its_server");
}

void
test_stat(void)
{
	struct carried carried = { 0 };
	struct stat_session_rep session;

	prepare(&stat_server);
	give_ram(&stat_server);
	give_account(&stat_server, "memory_server", 1024);
	give_account(&stat_server, "lasting", 640);
	start(&stat_server);

	cap_t stat = client(
	    &stat_server, 5, STAT_TOTALS | STAT_TASKS | STAT_CAPABILITIES, 4);
	cap_t root = client(&memory_server, 1, MEM_ROOT | MEM_TAKE, 2);
	cap_t other = client(&stat_server, 6, STAT_TOTALS, 4);

	must(stat_session(
		 stat, &(struct stat_session_req){}, &session, &carried),
	    "session");
	must(session_map(carried.in[0], VM_READ, &stat_view), "map");
	stat_session_is = session.session;
	test_stat_lists(stat);
	test_stat_capabilities(stat);
	test_stat_totals(stat);
	test_stat_memory(stat, root);
	test_stat_restart(stat);
	check(stat_tasks(other, &(struct stat_list_req){ 0 },
		  &(struct stat_list_rep){ 0 }, NULL) == E_NO_RIGHTS,
	    "stat_shows_what_one_may_see");
}
