/*
 * resume: init's further lives.
 *
 * The kernel starts init again when it dies: with its memory, its table and
 * its start page as they were, and its data as they were at first.  So
 * what it must remember, struct init and the table of processes, lies in
 * memory of its pool, and the start page says where.  The services run on
 * meanwhile, and what they ask waits at the port.
 *
 * What of the pool nothing in there speaks of is given back: the heap, and what
 * was being made.  A service that was being made or ended is marked by
 * service.changing: nothing of it but its port is kept.
 *
 * If that does not help, because what is remembered is what init dies of, it
 * begins anew, and at last ends the machine.
 */
#include <string.h>

#include <gbsd/calls.h>
#include <gbsd/memory.h>

#include "init.h"
#include "log.h"

enum { GO_ON = 3, BEGIN_ANEW = 6 }; /* short lives in a row */
enum { STATUS_DEAD = 139 };
#define MAGIC UINT64_C(0x74696E6944534247) /* GBSDinit */

static bool
is_kept(void *context, cap_t raw)
{
	const struct init *init = context;

	const struct process_table *table = init->processes.table;

	if (raw == init->raw || raw == init->port_memory ||
	    (table != NULL && raw == table->raw))
		return true;
	for (unsigned i = 0; i < init->config.count; i++) {
		const struct service *s = &init->services[i];

		if (s->port != 0 && raw == s->port_memory)
			return true;
		if (!s->changing &&
		    (raw == s->spawn.kernel || raw == s->spawn.life.raw ||
			raw == s->keep))
			return true;
	}
	return false;
}

static bool
is_that(void *context, cap_t raw)
{
	const cap_t *that = context;

	return raw == *that;
}

/* All services end with that, and all that they had; the port last, for who
 * asks there is to end, and not to be told that there is no port. */
static void
give_back(cap_t port_memory)
{
	const struct start *start = gbsd_start();
	cap_t none = 0;

	memory_sweep(is_that, &port_memory);
	memory_sweep(is_that, &none);
	for (uint32_t i = 0; i < start->cap_count; i++) {
		const struct start_cap *c = &start->caps[i];
		uint32_t rights;
		size_t pages;

		/* The pool is swept; what is no memory is not divided. */
		if (strncmp(c->name, "memory", sizeof(c->name)) == 0 ||
		    memory_query(c->cap, &rights, &pages) != E_OK)
			continue;
		(void)!cap_revoke(c->cap);
		vm_unmap(c->cap);
	}
}

static _Noreturn void
end_machine(const char *why)
{
	log_alert("init: %s", why);
	(void)!sys_signal(gbsd_cap("machine"), SIGNAL_POWER_OFF, STATUS_DEAD);
	for (;;)
		sched_yield_now();
}

static struct init *
begin_anew(struct start *start, uint32_t short_lives)
{
	const struct init *last = (const struct init *)start->keep;
	cap_t port_memory = last != NULL ? last->port_memory : 0;
	struct init *init;
	void *at;
	cap_t raw;

	start->keep = 0;
	if (start->restarts != 0)
		give_back(port_memory);
	if (memory_new((sizeof(*init) + PAGE_SIZE - 1) / PAGE_SIZE,
		VM_READ | VM_WRITE, &at, &raw) != E_OK)
		end_machine("there is no memory");
	init = at;
	init->raw = raw;
	init->machine = gbsd_cap("machine");
	init->began = gbsd_time();
	init->short_lives = short_lives;
	start->keep = (uint64_t)init;
	return init;
}

struct init *
init_resume(void)
{
	struct start *start = (struct start *)gbsd_start();
	struct init *init = (struct init *)start->keep;
	uint64_t now = gbsd_time();
	uint32_t short_lives = start->restarts;

	log_open(gbsd_cap("machine"));
	if (init != NULL)
		short_lives = now - init->began < RESTART_LONG
				  ? init->short_lives + 1
				  : 0;
	if (short_lives > BEGIN_ANEW)
		end_machine("died too often");
	if (init == NULL || init->magic != MAGIC || short_lives > GO_ON)
		return begin_anew(start, short_lives);
	init->began = now;
	init->short_lives = short_lives;
	memory_sweep(is_kept, init);
	return init;
}

void
init_keep(struct init *init)
{
	init->magic = MAGIC;
}
