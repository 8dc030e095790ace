/*
 * init: its new life when it dies.
 *
 * init restarts services, so the kernel restarts init: in place, as any
 * server.  All that boot.c mapped for it is KEEP, so only its data must be
 * as they were at first; what it wants to remember it keeps in KEEP memory
 * of its own, whose address it writes into its start page.
 */
#include <gbsd/start.h>

#include "kernel.h"

enum { LIVES = 64 };

struct init_life init_life;

static void
refill(struct memory *data, const uint64_t *from, uint64_t pages)
{
	for (uint64_t i = 0; i < data->pages; i++) {
		paddr_t page = memory_page(data, i, false);
		uint64_t *to = hal_physical(page);

		for (unsigned k = 0; page != 0 && k < PAGE_SIZE / 8; k++)
			to[k] = i < pages ? *from++ : 0;
	}
}

void
init_restart(void)
{
	struct init_life *life = &init_life;
	struct task *task;

	refill(life->data, life->data_from, life->data_pages);
	if (++life->start->restarts == LIVES ||
	    task_create(life->space, life->args, PRIORITY_SERVER, &task) !=
		E_OK) {
		hal_console_put(STREAM_LOG, "GBSD: init is dead\n", 19);
		hal_halt(HAL_PANIC, 70);
	}
}
