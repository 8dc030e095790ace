/* task: its life, faults, upcalls; sched_spawn. */
#include "task.h"
#include "kernel.h"

static uint64_t last_number;

static enum error
make_area(struct space *space, struct task *task)
{
	struct view view = { .pages = 1,
		.protection = VM_READ | VM_WRITE,
		.limit = MAPPING_AREA };
	struct memory *memory;
	enum error e = memory_create(space, 1, &memory);
	paddr_t page;

	if (e != E_OK)
		return e;
	page = memory_page(memory, 0, true);
	e = page == 0 ? REFUSE(E_NO_MEMORY, "no page for the area")
		      : mapping_create(space, memory, &view, NULL,
			    &task->area_mapping);
	object_put(&memory->object);
	if (e != E_OK)
		return e;
	task->area = hal_physical(page);
	task->area->self = (struct area *)task->area_mapping->address;
	return E_OK;
}

enum error
task_create(struct space *space, const uint64_t *a, uint32_t priority,
    struct task **out)
{
	enum error e = quota_check(space, QUOTA_TASKS, 1);
	struct task *task;

	if (e != E_OK)
		return e;
	task = slab_allocate(SLAB_TASK);
	if (task == NULL)
		return REFUSE(E_NO_MEMORY, "no page for the task");
	e = make_area(space, task);
	if (e != E_OK) {
		slab_free(SLAB_TASK, task);
		return e;
	}
	quota_take(space, QUOTA_TASKS, 1);
	task->object.type = OBJECT_TASK;
	task->object.references = 1; /* until it is killed */
	task->space = space;
	object_get(&space->object);
	list_insert(space->tasks.prev, &task->of_space);
	task->priority = priority;
	task->number = ++last_number;
	for (unsigned i = 0; i < NAME_BYTES; i++)
		task->name[i] = (char)(a[4 + i / 8] >> (i % 8 * 8));
	task->fault.object.type = OBJECT_REPLY;
	hal_context_init(&task->context, a[1], a[2], a[3], task->area,
	    task->area_mapping->address);
	if (space->number == 0)
		space->number = task->number;
	space->state = SPACE_LIVE;
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
	uint32_t before = task->stop;

	task->stop &= ~(uint32_t)why;
	if (before != 0 && task->stop == 0)
		schedule_put(task, true);
}

void
task_wake(struct task *task, uint64_t result)
{
	list_remove(&task->link);
	if (result == RESULT_AGAIN)
		hal_context_again(&task->context);
	else
		hal_context_result(&task->context, result);
	task_go(task, STOP_RECEIVE);
}

/* Its fault needs no answer any more. */
static void
fault_over(struct task *task)
{
	task_go(task, STOP_FAULT);
	object_put(&task->fault.node.port->object);
	object_put(&task->object);
}

static void
fault_cancel(struct task *task)
{
	struct message_node *fault = &task->fault;

	/* Queued still: the handler never hears of it.  Else the handler has
	 * the reply, and its use or loss ends the fault. */
	if (fault->node.link.next == NULL)
		return;
	list_remove(&fault->node.link);
	if (fault->slots[SLOT_REPLY].object != NULL) {
		capability_take(&fault->slots[SLOT_REPLY]);
		fault_over(task);
	}
}

void
task_kill(struct task *task, uint64_t status)
{
	struct space *space = task->space;

	if (task->stop & STOP_DEAD)
		return;
	object_get(&task->object); /* until the end of this function */
	task_stop(task, STOP_DEAD);
	if (task->stop & STOP_RECEIVE)
		list_remove(&task->link);
	if (task->stop & STOP_FAULT)
		fault_cancel(task);
	(void)mapping_step(task->area_mapping);
	task->area = NULL;
	space_unstage(task);
	if (task->watch != NULL)
		watch_fire(task->watch, status);
	task->watch = NULL;
	list_remove(&task->of_space);
	quota_give(space, QUOTA_TASKS, 1);
	space->status = status;
	if (list_empty(&space->tasks))
		space_stop(space);
	object_put(&space->object);
	object_put(&task->object);
	object_put(&task->object);
}

void
task_free(struct task *task)
{
	schedule_gone(task);
	slab_free(SLAB_TASK, task);
}

void
task_fault(struct task *task, struct badge *to, enum fault_kind kind,
    uint64_t address)
{
	struct message_node *fault = &task->fault;
	struct fault *report = (struct fault *)fault->words;
	uint64_t where[3];

	if (to == NULL || to->port->object.dead) {
		task_kill(task, STATUS_FAULT + kind);
		return;
	}
	hal_context_where(&task->context, where);
	report->event = EVENT_FAULT;
	report->kind = kind;
	report->address = address;
	report->pc = where[0];
	report->sp = where[1];
	report->fp = where[2];
	report->task = task->number;
	report->name = *(uint64_t *)task->name;
	fault->length = sizeof(*report);
	fault->node.badge = to->value;
	fault->node.received = RECEIVED_MESSAGE;
	fault->node.port = to->port;
	fault->slots[SLOT_REPLY].rights = RIGHT_SEND_ONCE;
	capability_link(&fault->slots[SLOT_REPLY], &fault->object, NULL);
	object_get(&task->object);
	object_get(&to->port->object);
	task_stop(task, STOP_FAULT);
	port_post(to->port, &fault->node);
}

void
task_fault_answer(struct message_node *fault, bool resume)
{
	struct task *task = CONTAINER(fault, struct task, fault);

	if (!resume)
		task_kill(task, STATUS_FAULT + fault->words[1]);
	fault_over(task);
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
	uint64_t bits;

	if (!task_signalled(task))
		return;
	bits = task->signals & ~area->upcall_mask;
	task->signals &= ~bits;
	area->upcall_bits = bits;
	area->upcall_saved_mask = area->upcall_mask;
	area->upcall_mask = ~0ull;
	hal_context_enter(&task->context, area->upcall_entry, bits);
}

uint64_t
sched_spawn(struct task *task, uint64_t *a)
{
	bool fresh = a[0] == SPAWN_TASK;
	struct space *space = fresh ? task->space : task->stage;
	struct object *object;
	struct task *new;
	enum error e;

	if (a[0] != SPAWN_TASK && a[0] != SPAWN_SPACE)
		return error_value(REFUSE(E_INVALID_CALL, "unknown mode"));
	if (space == NULL)
		return error_value(REFUSE(E_STATE, "nothing was staged"));
	fresh |= space->number == 0; /* else a new life: the cap is there */
	/* The area of a task in this space is one of its mappings. */
	if ((e = capability_reserve(
		 task->space, 1 + (space == task->space))) != E_OK ||
	    (e = task_create(space, a, task->priority, &new)) != E_OK)
		return error_value(e);
	if (a[0] == SPAWN_SPACE) {
		task->stage = NULL; /* its reference is the capability's */
		object = &space->object;
	} else {
		object = &new->object;
		object_get(object);
	}
	if (!fresh) {
		object_put(object);
		return 0;
	}
	return capability_handle(capability_new(task->space, object,
	    RIGHT_CONTROL | RIGHT_DERIVE | RIGHT_DESTROY, NULL));
}
