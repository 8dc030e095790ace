/* kernel: one trap in, the next task out; and the smallest calls. */
#include "kernel.h"

struct task *
kernel_handle(struct cpu *cpu, struct hal_trap trap)
{
	struct task *task = cpu->current;
	struct call call;

	switch ((enum hal_trap_kind)trap.kind) {
	case HAL_TRAP_CALL:
		call.task = task;
		call.space = task->space;
		call.a = hal_arguments(&task->context);
		call.result = 0;
		task_result(
		    task, kernel_call(&call, trap.number), call.result);
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

/* Up to seven bytes of console input: their number, then they. */
static uint64_t
console_read(void)
{
	uint64_t count = 0, bytes = 0;
	int byte;

	while (count < 7 && (byte = hal_console_get()) >= 0)
		bytes |= (uint64_t)byte << (8 * count++);
	return count | bytes << 8;
}

enum error
sys_debug_print(struct call *call)
{
	uint64_t stream = call->a[1] & 0xFF, length = call->a[1] >> 8;

	if (stream > STREAM_INPUT || length > PRINT_BYTES)
		return REFUSE(E_INVALID, "no such stream");
	if (stream == STREAM_INPUT)
		call->result = console_read();
	else
		hal_console_put((unsigned)stream, call->a + 2, length);
	return E_OK;
}

enum error
signal_port(struct call *call)
{
	struct badge *badge = (struct badge *)call->c[0]->object;

	if (badge->port->object.dead)
		return REFUSE(E_INVALID_PORT, "the port is destroyed");
	/* A badge's holder sets only the bits of the badge. */
	port_signal(badge->port,
	    badge == &badge->port->self ? call->a[2]
					: call->a[2] & badge->value);
	return E_OK;
}

enum error
signal_power(struct call *call)
{
	hal_halt(call->a[1] == SIGNAL_RESET ? HAL_RESET : HAL_POWER_OFF,
	    (int)(call->a[2] & 0xFF));
}
