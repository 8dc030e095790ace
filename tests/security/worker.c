/*
 * worker: another program, with a number of its own at all servers, that goes
 * on with ordinary work and counts it in a page that its maker sees.
 */
#include <string.h>

#include <gbsd/log.h>
#include <gbsd/service.h>
#include <proto/init.h>
#include <proto/log.h>
#include <proto/memory.h>
#include <proto/sched.h>
#include <proto/stat.h>

#include "worker.h"

enum { ROUNDS = 4, PATIENCE = 20000 /* milliseconds */, ACCOUNT = 256 };

/* Something of everybody. */
static bool
work(void)
{
	struct sched_query_rep sched;
	struct stat_system_rep stat;
	struct mem_info_rep memory;
	struct init_self_rep self;
	cap_t port = 0;

	if (service_find("scheduler_server", &port) != E_OK ||
	    sched_query(port, &(struct sched_query_req){}, &sched, NULL) !=
		E_OK ||
	    service_find("stat_server", &port) != E_OK ||
	    stat_system(port, &(struct stat_system_req){}, &stat, NULL) !=
		E_OK ||
	    mem_info(gbsd_cap("memory_server"), &(struct mem_info_req){},
		&memory, NULL) != E_OK ||
	    init_self(gbsd_cap("init"), &(struct init_self_req){}, &self,
		NULL) != E_OK)
		return false;
	if (service_find("log_server", &port) != E_OK)
		return false;
	log_text(port, LOG_DEBUG, "worker", 6);
	return true;
}

int
role_worker(int argc, char **argv)
{
	void *at = NULL;
	volatile uint64_t *page;

	(void)argc;
	(void)argv;
	if (memory_map(gbsd_cap("page"), VM_READ | VM_WRITE, &at) != E_OK)
		return CHILD_BAD;
	page = at;
	for (;;) {
		if (work())
			page[0]++;
		else
			page[1]++;
		sched_yield_now();
	}
}

static void
give_numbers(struct child *c)
{
	struct init_process_req q = { .name = "worker", .rights = INIT_LOOKUP };
	struct mem_open_req open = { .limit = ACCOUNT, .rights = MEM_TAKE };
	struct init_process_rep r;
	struct mem_open_rep opened;
	struct carried number = { 0 }, account = { 0 };

	must(init_process(gbsd_cap("init"), &q, &r, &number), "number");
	child_give(c, "init", number.in[0]);
	cap_close(number.in[1]);
	must(mem_open(gbsd_cap("memory_server"), &open, &opened, &account),
	    "account");
	child_give(c, "memory_server", account.in[0]);
}

void
worker_start(struct worker *w)
{
	cap_t memory;

	w->page = page_new(&memory);
	child_begin(&w->child, NULL);
	give_numbers(&w->child);
	child_give(&w->child, "page", copy(memory, RIGHT_READ | RIGHT_WRITE));
	child_role(&w->child, "worker");
	must(worker_goes_on(w) ? E_OK : E_TIMED_OUT, "worker");
}

bool
worker_goes_on(struct worker *w)
{
	uint64_t end = gbsd_time() + PATIENCE * MILLISECOND;
	uint64_t until = w->page[0] + ROUNDS;

	while (w->page[0] < until && w->page[1] == 0 && gbsd_time() < end)
		sched_yield_now();
	return w->page[0] >= until && w->page[1] == 0;
}

void
worker_end(struct worker *w)
{
	child_end(&w->child);
}
