/* schedule: FIFOs by priority, ticks, and scheduler_server's word. */
#include "schedule.h"
#include "kernel.h"

struct cpu cpus[1]; /* one is served so far */

static struct {
	uint32_t ready; /* bit p: fifo[p] is not empty */
	struct link fifo[PRIORITIES];
	struct port *server; /* receives ticks; a reference, or NULL */
	struct port *watcher; /* told when it is late; a reference, or NULL */
	uint64_t deadline; /* of SWITCH_TIMER, UINT64_MAX: none */
} schedule = { .deadline = UINT64_MAX };

static struct link *
fifo(uint32_t priority)
{
	struct link *head = &schedule.fifo[priority];

	if (head->next == NULL)
		list_init(head);
	return head;
}

void
schedule_put(struct task *task, bool front)
{
	struct link *head = fifo(task->priority);

	list_insert(front ? head : head->prev, &task->link);
	schedule.ready |= 1u << task->priority;
}

void
schedule_remove(struct task *task)
{
	list_remove(&task->link);
	if (list_empty(&schedule.fifo[task->priority]))
		schedule.ready &= ~(1u << task->priority);
}

/* Charges the CPU to the task that had it. */
static void
charge(struct cpu *cpu, uint64_t now)
{
	if (cpu->current != NULL)
		cpu->current->time += now - cpu->slice_start;
	cpu->slice_start = now;
	cpu->slice_end = now + TICK_NANOSECONDS;
}

struct task *
schedule_pick(struct cpu *cpu)
{
	struct task *now = cpu->current, *next = NULL;
	/* In a FIFO already: it blocked and was woken in one entry. */
	bool runs = now != NULL && now->stop == 0 && now->link.next == NULL;

	if (schedule.ready != 0) {
		uint32_t top = 31 - (uint32_t)__builtin_clz(schedule.ready);

		if (!runs || now->priority < top)
			next = CONTAINER(
			    schedule.fifo[top].next, struct task, link);
	}
	if (next == NULL && runs)
		return now;
	if (runs)
		schedule_put(now, true);
	if (next != NULL)
		schedule_remove(next);
	if (now == NULL || next == NULL)
		charge(cpu, hal_now());
	cpu->current = next;
	return next;
}

void
schedule_arm(struct cpu *cpu)
{
	uint64_t until = schedule.deadline;

	if (cpu->current != NULL && cpu->slice_end < until)
		until = cpu->slice_end;
	if (until != cpu->armed) {
		cpu->armed = until;
		hal_timer_arm(until);
	}
}

/* The current task, or the one that a higher one displaced, lets its equals
 * go first. */
static void
rotate(struct cpu *cpu)
{
	struct task *task = cpu->current;

	if (task != NULL && task->stop == 0 && task->link.next == NULL) {
		schedule_put(task, false);
		cpu->current = NULL;
	}
}

void
schedule_timer(struct cpu *cpu)
{
	uint64_t now = hal_now();

	cpu->armed = 0;
	if (now >= schedule.deadline) {
		schedule.deadline = UINT64_MAX;
		if (schedule.server != NULL)
			port_signal(schedule.server, BIT_DEADLINE);
	}
	if (now < cpu->slice_end || cpu->current == NULL)
		return;

	bool alone = schedule.ready == 0;

	charge(cpu, now);
	rotate(cpu);
	if (schedule.server == NULL || alone)
		return;
	if ((schedule.server->bits & BIT_TICK) && schedule.watcher != NULL)
		port_signal(schedule.watcher, BIT_TICK);
	port_signal(schedule.server, BIT_TICK);
}

static void
forget(struct port **port)
{
	if (*port != NULL)
		object_put(&(*port)->object);
	*port = NULL;
}

void
schedule_forget(struct port *port)
{
	if (port == schedule.server)
		forget(&schedule.server);
	if (port == schedule.watcher)
		forget(&schedule.watcher);
}

void
schedule_gone(struct task *task)
{
	for (unsigned i = 0; i < sizeof(cpus) / sizeof(*cpus); i++)
		if (cpus[i].current == task)
			cpus[i].current = NULL;
}

uint64_t
sched_yield(struct task *task, uint64_t *a)
{
	if (a[0] == YIELD_UPCALL_DONE) {
		if (!hal_context_leave(&task->context))
			return error_value(REFUSE(E_STATE, "in no upcall"));
		task->area->upcall_mask = task->area->upcall_saved_mask;
		return RESULT_LATER; /* its registers are back as they were */
	}
	if (a[0] != YIELD)
		return error_value(REFUSE(E_INVALID_CALL, "unknown mode"));
	schedule_put(task, false);
	return 0;
}

static bool
is_dead(const struct capability *c)
{
	return c != NULL && ((struct badge *)c->object)->port->object.dead;
}

static uint64_t
switch_server(struct task *task, const uint64_t *a)
{
	struct capability *server, *watcher = NULL;
	enum error e = capability_get(
	    task->space, a[2], TYPE(OBJECT_PORT), RIGHT_RECEIVE, &server);

	if (e == E_OK && a[3] != 0)
		e = capability_get(task->space, a[3], TYPE(OBJECT_PORT),
		    RIGHT_SIGNAL, &watcher);
	if (e == E_OK && (is_dead(server) || is_dead(watcher)))
		e = REFUSE(E_INVALID_PORT, "the port is destroyed");
	if (e != E_OK)
		return error_value(e);
	forget(&schedule.server);
	schedule.server = ((struct badge *)server->object)->port;
	object_get(&schedule.server->object);
	if (watcher == NULL)
		return 0;
	forget(&schedule.watcher);
	schedule.watcher = ((struct badge *)watcher->object)->port;
	object_get(&schedule.watcher->object);
	return 0;
}

/* Moves a ready task; those that wait or run take it up later. */
static void
set_priority(struct task *task, uint32_t priority, bool front)
{
	bool ready = task->stop == 0 && task->link.next != NULL;

	if (ready)
		schedule_remove(task);
	task->priority = priority;
	if (ready)
		schedule_put(task, front);
}

uint64_t
sched_switch(struct task *task, uint64_t *a)
{
	struct capability *machine, *c = NULL;
	enum error e = capability_get(task->space, a[0], TYPE(OBJECT_MACHINE),
	    RIGHT_SCHEDULE, &machine);
	struct task *target;

	if (e != E_OK)
		return error_value(e);
	if (a[1] == SWITCH_TIMER) {
		schedule.deadline = a[3];
		return 0;
	}
	if (a[1] == SWITCH_SERVER)
		return switch_server(task, a);
	if (a[1] != SWITCH_TO && a[1] != SWITCH_PRIORITY)
		return error_value(REFUSE(E_INVALID_CALL, "unknown mode"));
	e = capability_get(
	    task->space, a[2], TYPE(OBJECT_TASK), RIGHT_CONTROL, &c);
	if (e != E_OK)
		return error_value(e);
	target = CONTAINER(c->object, struct task, object);
	if (a[1] == SWITCH_PRIORITY && a[3] >= PRIORITIES)
		return error_value(REFUSE(E_INVALID, "no such priority"));
	if (a[1] == SWITCH_TO && a[3] != 0)
		cpus[hal_cpu()].slice_end = a[3];
	set_priority(target,
	    a[1] == SWITCH_TO ? target->priority : (uint32_t)a[3], true);
	return 0;
}
