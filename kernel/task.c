/* task: its life, faults, upcalls; sched_spawn. */
#include "kernel.h"

void
task_start(struct task *task, struct space *space, const uint64_t *where,
    uint32_t priority)
{
	task->space = space;
	task->stop = 0;
	task->priority = priority;
	/* An earlier life's upcalls are not this one's. */
	((struct area *)zero(task->area, PAGE_SIZE))->self =
	    (struct area *)task->area_address;
	list_insert(space->tasks.prev, &task->of_space);
	hal_context_init(&task->context, where[0], where[1], where[2],
	    task->area, task->area_address);
	schedule_put(task, false);
}

void
task_stop(struct task *task, enum stop why)
{
	if (task->stop == 0 && task->link.next != NULL)
		list_remove(&task->link);
	task->stop |= why;
}

void
task_go(struct task *task, enum stop why)
{
	if (task->stop == (uint32_t)why)
		schedule_put(task, true);
	task->stop &= ~(uint32_t)why;
}

void
task_result(struct task *task, enum error e, uint64_t value)
{
	if (e == E_AGAIN)
		hal_context_again(&task->context);
	else if (e != E_LATER)
		hal_context_result(&task->context,
		    e == E_OK ? value : ERROR_BASE | (uint64_t)e);
}

void
task_wake(struct task *task, enum error e, uint64_t value)
{
	task_result(task, e, value);
	task_go(task, STOP_RECEIVE);
}

void
task_kill(struct task *task)
{
	struct space *space = task->space;

	if (task->stop & STOP_DEAD)
		return;
	if (task->link.next != NULL)
		list_remove(&task->link);
	if (task->stop & STOP_FAULT) { /* its handler will not hear of it */
		if (task->fault.link.next != NULL)
			list_remove(&task->fault.link);
		if (task->fault.holder->type != OBJECT_NONE)
			capability_take(task->fault.holder);
	}
	task->stop = STOP_DEAD;
	if (task->hand != NULL)
		port_hand_back(task->hand);
	list_remove(&task->of_space);
	hal_space_unmap(&space->hal, task->area_address, 1);
	schedule_gone(task);
	if (list_empty(&space->tasks))
		object_work(&space->object);
}

bool
task_step(struct task *task)
{
	bool dead = (task->stop & STOP_DEAD) != 0;

	task_kill(task);
	return dead;
}

void
task_fault(struct task *task, enum fault_kind kind, uint64_t address)
{
	struct message_node *fault = &task->fault;
	struct fault *report = (struct fault *)fault->words;
	struct badge *to = task->space->faults.object;

	if (task->space->faults.type == OBJECT_NONE) {
		task_kill(task);
		return;
	}
	report->kind = kind;
	report->address = address;
	hal_context_where(&task->context, fault->words + 2);
	report->name[0] = task->name[0];
	report->name[1] = task->name[1];
	fault->length = sizeof(*report);
	fault->badge = to->value;
	fault->received = RECEIVED_FAULT;
	fault->port = to->port;
	fault->holder = &fault->slots[SLOT_REPLY];
	capability_link(fault->holder, OBJECT_REPLY, fault, RIGHT_SEND | RIGHT_SEND_ONCE,
	    &task->object.root);
	task_stop(task, STOP_FAULT);
	port_post(fault);
}

void
fault_answered(struct message_node *fault, bool resume)
{
	struct task *task = CONTAINER(fault, struct task, fault);

	if (resume)
		task_go(task, STOP_FAULT);
	else
		task_kill(task);
}

bool
task_signalled(const struct task *task)
{
	return (task->signals & ~task->area->upcall_mask) != 0 &&
	    task->area->upcall_entry != 0;
}

void
task_upcall(struct task *task)
{
	struct area *area = task->area;
	uint64_t mask = area->upcall_mask, bits = task->signals & ~mask;

	if (!task_signalled(task))
		return;
	task->signals &= mask;
	area->upcall_bits = bits;
	area->upcall_saved_mask = mask;
	area->upcall_mask = ~0ull;
	hal_context_enter(&task->context, area->upcall_entry, bits);
}

enum error
sched_upcall_done(struct call *call)
{
	struct area *area = call->task->area;

	if (!hal_context_leave(&call->task->context))
		return REFUSE(E_STATE, "in no upcall");
	area->upcall_mask = area->upcall_saved_mask;
	return E_LATER; /* its registers are back as they were */
}

/* memory, space or 0 for the caller's, entry, stack, argument; the name is
 * in the first words of the caller's message. */
enum error
sched_spawn(struct call *call)
{
	const uint64_t *words = call->task->area->message.words;
	struct capability *memory = call->c[0];
	struct space *space = call->task->space;
	vaddr_t at = call->a[3] & -(uint64_t)PAGE_SIZE;
	paddr_t area = memory->base + PAGE_SIZE;
	struct task *task;
	enum error e;

	if (call->c[1] != NULL)
		space = call->c[1]->object;
	if (memory->pages < TASK_PAGES)
		return REFUSE(E_RANGE, "the memory is too small");
	e = space_map(space, at, area, 1, VM_READ | VM_WRITE, false);
	if (e != E_OK)
		return e;
	task = object_make(memory, OBJECT_TASK);
	task->object.room_end = NULL; /* all of it is used */
	task->area = hal_physical(area);
	task->area_address = at;
	task->name[0] = words[0];
	task->name[1] = words[1];
	task_start(task, space, call->a + 2, call->task->priority);
	call_give(call, OBJECT_TASK, task,
	    RIGHT_CONTROL | RIGHT_DESTROY | RIGHT_DERIVE, &task->object.root);
	return E_OK;
}

enum error
signal_task(struct call *call)
{
	struct task *target = call->c[0] == NULL
	    ? call->task
	    : (struct task *)call->c[0]->object;

	if (call->a[1] == SIGNAL_KILL)
		task_kill(target);
	else if (call->a[1] == SIGNAL_SUSPEND)
		task_stop(target, STOP_USER);
	else if (call->a[1] == SIGNAL_RESUME)
		task_go(target, STOP_USER);
	else {
		target->signals |= call->a[2];
		if ((target->stop & STOP_RECEIVE) && task_signalled(target)) {
			list_remove(&target->link);
			task_wake(target, E_INTERRUPTED, 0);
		}
	}
	return E_OK;
}
