/* kernel: one trap in, the next task out. */
#include "kernel.h"

static uint64_t random_state;

void
kernel_random_seed(uint64_t seed)
{
	random_state = seed;
}

/* splitmix64 (Steele, Lea, Flood 2014): spreads a counter over 64 bits. */
uint64_t
kernel_random(uint64_t limit)
{
	uint64_t z = random_state += 0x9E3779B97F4A7C15;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return (z ^ z >> 31) % limit;
}

static void
handle_call(struct task *task, uint32_t number)
{
	uint64_t result =
	    kernel_call(task, number, hal_arguments(&task->context));

	if (result == RESULT_AGAIN)
		hal_context_again(&task->context);
	else if (result != RESULT_LATER)
		hal_context_result(&task->context, result);
}

static void
handle_fault(struct task *task, enum fault_kind kind, uint64_t address)
{
	struct badge *to = task->space->fault;
	struct memory *memory;
	uint64_t index;
	enum error e;

	if (kind <= FAULT_FETCH) {
		e = mapping_fault(
		    task->space, address, kind, &memory, &index);
		if (e == E_OK)
			return;
		if (e == E_UNAVAILABLE) {
			to = memory->pager;
			kind = FAULT_PAGER;
			address = index * PAGE_SIZE;
		}
	}
	task_fault(task, to, kind, address);
}

struct task *
kernel_handle(struct cpu *cpu, struct hal_trap trap)
{
	struct task *task = cpu->current;

	switch ((enum hal_trap_kind)trap.kind) {
	case HAL_TRAP_CALL:
		handle_call(task, trap.number);
		break;
	case HAL_TRAP_FAULT:
		handle_fault(task, trap.number, trap.address);
		break;
	case HAL_TRAP_INTERRUPT:
		interrupt_arrived(trap.number);
		break;
	case HAL_TRAP_TIMER:
		schedule_timer(cpu);
		break;
	case HAL_TRAP_KICK:
		break;
	}
	(void)work_step();
	task = schedule_pick(cpu);
	if (task != NULL && task->signals != 0)
		task_upcall(task);
	schedule_arm(cpu);
	return task;
}
