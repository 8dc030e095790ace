/*
 * init: its new life when it dies.
 *
 * init restarts services, so the kernel restarts init: in place, as any
 * server.  Its memory stays; its data are made as they were at first.  What
 * it wants to remember it keeps in memory of its own, whose address it writes
 * into its start page, where it also finds how many lives it had.
 */
#include "kernel.h"

struct init_life init_life;

void
init_restart(void)
{
	struct init_life *life = &init_life;
	struct task *task = life->task;

	for (uint64_t i = 0; i < life->words; i++)
		life->data[i] = life->first[i];
	++*life->restarts;
	if (space_map(life->space, task->area_address, life->area, 1,
		VM_READ | VM_WRITE, false) != E_OK)
		hal_halt(HAL_PANIC, 70);
	task_start(task, life->space, life->where, PRIORITY_INIT);
}
