/* task: its life, faults, upcalls; sched_spawn. */
#include "kernel.h"

static enum error
map_area(struct task *task, struct space *space, vaddr_t address)
{
	enum hal_map_result r;
	enum error e = E_OK;

	if (address % PAGE_SIZE != 0 || address < HAL_USER_LOW ||
	    address >= HAL_USER_HIGH)
		return REFUSE(E_RANGE, "no address for the area");
	task->area = page_allocate();
	if (task->area == NULL)
		return REFUSE(E_NO_MEMORY, "no page for the area");
	task->area->self = (struct area *)address;
	task->area_address = address;
	while (e == E_OK &&
	    (r = hal_space_map(&space->hal, address,
		 hal_physical_of(task->area), 1, VM_READ | VM_WRITE, false)) ==
		HAL_WANTS_PAGE)
		e = space_wants_page(space);
	if (e == E_OK && r != HAL_MAPPED)
		e = REFUSE(E_NO_MEMORY, "the machine cannot map it there");
	if (e != E_OK)
		page_free(task->area);
	return e;
}

/* a: sched_spawn's; the stack begins above the page of the area. */
enum error
task_create(struct space *space, const uint64_t *a, uint32_t priority,
    struct task **out)
{
	struct task *task;
	enum error e;

	if (space->left[QUOTA_TASKS] == 0)
		return REFUSE(E_QUOTA, "no task left in the quota");
	task = slab_allocate(SLAB_TASK);
	if (task == NULL)
		return REFUSE(E_NO_MEMORY, "no page for the task");
	e = map_area(task, space, a[2] & -(uint64_t)PAGE_SIZE);
	if (e != E_OK) {
		slab_free(SLAB_TASK, task);
		return e;
	}
	space->left[QUOTA_TASKS]--;
	space->state = SPACE_LIVE;
	space->fresh = false;
	task->object.type = OBJECT_TASK;
	task->object.references = 1; /* until it is killed */
	task->space = space;
	object_get(&space->object);
	list_insert(space->tasks.prev, &task->of_space);
	task->priority = priority;
	((uint64_t *)task->name)[0] = a[4];
	((uint64_t *)task->name)[1] = a[5];
	hal_context_init(&task->context, a[1], a[2], a[3], task->area,
	    task->area_address);
	schedule_put(task, false);
	*out = task;
	return E_OK;
}

void
task_stop(struct task *task, enum stop why)
{
	if (task->stop == 0 && task->link.next != NULL)
		schedule_remove(task);
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
	list_remove(&task->link);
	task_result(task, e, value);
	task_go(task, STOP_RECEIVE);
}

void
task_kill(struct task *task)
{
	struct space *space = task->space;
	struct message_node *fault = &task->fault;

	if (task->stop & STOP_DEAD)
		return;
	task_stop(task, STOP_DEAD);
	if (task->stop & STOP_RECEIVE)
		list_remove(&task->link);
	if (fault->link.next != NULL) { /* its handler will not hear of it */
		list_remove(&fault->link);
		capability_take(&fault->slots[SLOT_REPLY]);
		fault_answered(fault, true);
	}
	hal_space_unmap(&space->hal, task->area_address, 1);
	page_free(task->area);
	space_unstage(task);
	list_remove(&task->of_space);
	quota_give(space, QUOTA_TASKS, 1);
	if (list_empty(&space->tasks))
		space_stop(space);
	object_put(&task->object);
}

bool
task_free(struct task *task)
{
	object_put(&task->space->object);
	slab_free(SLAB_TASK, task);
	return true;
}

void
task_fault(struct task *task, enum fault_kind kind, uint64_t address)
{
	struct message_node *fault = &task->fault;
	struct fault *report = (struct fault *)fault->words;
	struct badge *to = task->space->fault;

	if (to == NULL) {
		task_kill(task);
		return;
	}
	report->event = EVENT_FAULT;
	report->kind = kind;
	report->address = address;
	hal_context_where(&task->context, fault->words + 3);
	report->name = *(uint64_t *)task->name;
	fault->length = sizeof(*report);
	fault->badge = to->value;
	fault->received = RECEIVED_MESSAGE;
	fault->port = to->port;
	capability_link(&fault->slots[SLOT_REPLY], OBJECT_REPLY, fault,
	    RIGHT_SEND_ONCE, NULL);
	object_get(&task->object);
	object_get(&to->port->object);
	task_stop(task, STOP_FAULT);
	port_post(fault);
}

void
fault_answered(struct message_node *fault, bool resume)
{
	struct task *task = CONTAINER(fault, struct task, fault);

	if (!resume)
		task_kill(task);
	task_go(task, STOP_FAULT);
	object_put(&fault->port->object);
	object_put(&task->object);
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

enum error
spawn_task(struct call *call)
{
	struct task *task;
	enum error e = task_create(
	    call->space, call->a, call->task->priority, &task);

	if (e != E_OK)
		return e;
	object_get(&task->object);
	return call_give(
	    call, OBJECT_TASK, task, RIGHT_CONTROL | RIGHT_DERIVE, NULL);
}

enum error
spawn_space(struct call *call)
{
	struct space *space = call->task->stage;
	bool fresh = space != NULL && space->fresh;
	struct task *task;
	enum error e = space == NULL
	    ? REFUSE(E_STATE, "nothing was staged")
	    : task_create(space, call->a, call->task->priority, &task);

	if (e != E_OK)
		return e;
	call->task->stage = NULL;
	if (fresh) /* the stage's reference is the capability's */
		return call_give(call, OBJECT_SPACE, space,
		    RIGHT_CONTROL | RIGHT_DERIVE, NULL);
	object_put(&space->object);
	return E_OK;
}

enum error
signal_task(struct call *call)
{
	struct task *target = (struct task *)call->c[0]->object;

	if (target->stop & STOP_DEAD)
		return REFUSE(E_STATE, "the task is dead");
	if (call->a[1] == SIGNAL_KILL)
		task_kill(target);
	else if (call->a[1] == SIGNAL_SUSPEND)
		task_stop(target, STOP_USER);
	else if (call->a[1] == SIGNAL_RESUME)
		task_go(target, STOP_USER);
	else {
		target->signals |= call->a[2];
		if ((target->stop & STOP_RECEIVE) && task_signalled(target))
			task_wake(target, E_INTERRUPTED, 0);
	}
	return E_OK;
}
