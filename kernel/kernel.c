/* kernel: one trap in, the next task out; and the smallest calls. */
#include "kernel.h"

static void
handle_call(struct cpu *cpu, struct task *task, uint32_t number)
{
	struct call call;
	enum error e;

	/* Of its handles those count that the mode names. */
	call.task = task;
	call.space = task->space;
	call.a = hal_arguments(&task->context);
	call.result = 0;
	e = kernel_call(&call, number);
	if (cpu->current == task) /* else it ended itself */
		task_result(task, e, call.result);
}

struct task *
kernel_handle(struct cpu *cpu, struct hal_trap trap)
{
	struct task *task = cpu->current;

	switch ((enum hal_trap_kind)trap.kind) {
	case HAL_TRAP_CALL:
		handle_call(cpu, task, trap.number);
		break;
	case HAL_TRAP_FAULT:
		task_fault(task, trap.number, trap.address);
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

enum error
sys_time(struct call *call)
{
	call->result = hal_now();
	return E_OK;
}

enum { CONSOLE_END = -2 }; /* of hal_console_get: no byte ever again */

enum error
sys_debug_print(struct call *call)
{
	uint64_t stream = call->a[1] & 0xFF, length = call->a[1] >> 8;

	if (stream > STREAM_ERROR || length > PRINT_BYTES)
		return REFUSE(E_INVALID, "no such stream, or too long");
	if (stream == STREAM_INPUT) {
		int byte = hal_console_get();

		call->result = (uint64_t)byte;
		return byte >= 0 ? E_OK
		    : byte == CONSOLE_END ? E_UNAVAILABLE : E_WOULD_BLOCK;
	}
	hal_console_put((unsigned)stream, call->a + 2, length);
	return E_OK;
}

enum error
signal_power(struct call *call)
{
	if (call->a[2] > 255)
		return REFUSE(E_INVALID, "the status is 0 to 255");
	hal_halt(call->a[1] == SIGNAL_RESET ? HAL_RESET : HAL_POWER_OFF,
	    (int)call->a[2]);
}
