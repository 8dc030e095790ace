/* signal: sys_signal on ports, interrupts, tasks, spaces and the machine. */
#include "kernel.h"

static uint64_t
signal_task(struct task *target, uint64_t mode, uint64_t value)
{
	if (target->stop & STOP_DEAD)
		return error_value(REFUSE(E_STATE, "the task is dead"));
	switch ((enum signal_mode)mode) {
	case SIGNAL_BITS:
		target->signals |= value;
		if ((target->stop & STOP_RECEIVE) && task_signalled(target))
			task_wake(target, error_value(E_INTERRUPTED));
		return 0;
	case SIGNAL_SUSPEND:
		task_stop(target, STOP_USER);
		return 0;
	case SIGNAL_RESUME:
		task_go(target, STOP_USER);
		return 0;
	case SIGNAL_KILL:
		task_kill(target, value);
		return 0;
	default:
		return error_value(REFUSE(E_INVALID_CALL, "not of a task"));
	}
}

static uint64_t
signal_space(struct task *task, struct space *space, uint64_t mode,
    uint64_t status)
{
	if (mode != SIGNAL_KILL)
		return error_value(REFUSE(E_INVALID_CALL, "not of a space"));
	return space_kill(space, status, task->space == space ? task : NULL)
	    ? 0
	    : RESULT_AGAIN;
}

static uint64_t
signal_machine(uint32_t rights, uint64_t mode, uint64_t value)
{
	if (mode != SIGNAL_POWER_OFF && mode != SIGNAL_RESET)
		return error_value(REFUSE(E_INVALID_CALL, "not of a machine"));
	if (!(rights & RIGHT_POWER))
		return error_value(REFUSE(E_NO_RIGHTS, "no right to power"));
	hal_halt(mode == SIGNAL_RESET ? HAL_RESET : HAL_POWER_OFF,
	    (int)(value & 0xFF));
}

static uint64_t
signal_port(const struct capability *c, uint64_t mode, uint64_t bits)
{
	struct badge *badge = (struct badge *)c->object;

	if (mode != SIGNAL_BITS)
		return error_value(REFUSE(E_INVALID_CALL, "not of a port"));
	if (!(c->rights & RIGHT_SIGNAL))
		return error_value(REFUSE(E_NO_RIGHTS, "no right to signal"));
	if (badge->port->object.dead)
		return error_value(
		    REFUSE(E_INVALID_PORT, "the port is destroyed"));
	/* A badge's holder sets only the bits of the badge. */
	if (badge != &badge->port->self)
		bits &= badge->value;
	port_signal(badge->port, bits);
	return 0;
}

/* target 0: the caller, or its space. */
static uint64_t
signal_self(struct task *task, uint64_t mode, uint64_t value)
{
	if (mode == SIGNAL_EXIT)
		return signal_space(task, task->space, SIGNAL_KILL, value);
	return signal_task(task, mode, value);
}

uint64_t
sys_signal(struct task *task, uint64_t *a)
{
	struct capability *c;
	enum error e;

	if (a[0] == 0)
		return signal_self(task, a[1], a[2]);
	e = capability_get(task->space, a[0], TYPE_ANY, 0, &c);
	if (e != E_OK)
		return error_value(e);
	switch ((enum object_type)c->object->type) {
	case OBJECT_PORT:
		return signal_port(c, a[1], a[2]);
	case OBJECT_MACHINE:
		return signal_machine(c->rights, a[1], a[2]);
	case OBJECT_INTERRUPT:
		if (a[1] != SIGNAL_BITS || a[2] != 0)
			return error_value(REFUSE(
			    E_INVALID_CALL, "not of an interrupt"));
		hal_unmask(((struct interrupt *)c->object)->number);
		return 0;
	case OBJECT_TASK:
	case OBJECT_SPACE:
		break;
	default:
		return error_value(REFUSE(E_INVALID_CAP, "takes no signal"));
	}
	if (!(c->rights & RIGHT_CONTROL))
		return error_value(REFUSE(E_NO_RIGHTS, "no right to control"));
	if (c->object->type == OBJECT_TASK)
		return signal_task(
		    CONTAINER(c->object, struct task, object), a[1], a[2]);
	return signal_space(task,
	    CONTAINER(c->object, struct space, object), a[1], a[2]);
}
