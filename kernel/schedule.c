/* schedule: FIFOs by priority, ticks, scheduler_server, interrupts. */
#include "kernel.h"

struct cpu cpus[1]; /* one is served so far */

static struct {
	uint32_t ready; /* bit p: fifo[p] need not be empty */
	struct link fifo[PRIORITIES];
	uint64_t deadline; /* of SWITCH_TIMER, UINT64_MAX: none */
	struct capability server, watcher; /* told of ticks, of lateness */
} schedule = { .deadline = UINT64_MAX };

void
schedule_put(struct task *task, bool front)
{
	struct link *head = &schedule.fifo[task->priority];

	list_insert(front ? head : head->prev, &task->link);
	schedule.ready |= 1u << task->priority;
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
	struct link *fifo;

	/* In a FIFO already: it yielded, or blocked and was woken at once. */
	if (now != NULL && now->stop == 0 && now->link.next == NULL) {
		if (schedule.ready >> now->priority <= 1)
			return now;
		schedule_put(now, true);
	}
	while (next == NULL && schedule.ready != 0) {
		uint32_t top = 31 - (uint32_t)__builtin_clz(schedule.ready);

		fifo = &schedule.fifo[top];
		if (!list_empty(fifo)) {
			next = CONTAINER(fifo->next, struct task, link);
			list_remove(&next->link);
		}
		if (list_empty(fifo))
			schedule.ready &= ~(1u << top);
	}
	if (now == NULL || next == NULL)
		charge(cpu, hal_now());
	return cpu->current = next;
}

void
schedule_arm(struct cpu *cpu)
{
	uint64_t until = schedule.deadline;

	if (cpu->current != NULL && cpu->slice_end < until)
		until = cpu->slice_end;
	if (until != cpu->armed)
		hal_timer_arm(cpu->armed = until);
}

/* Each interrupt's port, and the bits that it sets there. */
static struct {
	struct capability port;
	uint64_t bits;
} bound[HAL_INTERRUPTS];

/* The port of an embedded capability, or NULL. */
static struct port *
told_port(const struct capability *c)
{
	return c->type == OBJECT_NONE ? NULL
				      : ((struct badge *)c->object)->port;
}

static void
tell(const struct capability *c, uint64_t bits)
{
	struct port *port = told_port(c);

	if (port != NULL)
		port_signal(port, bits);
}

void
schedule_gone(struct task *task)
{
	for (unsigned i = 0; i < sizeof(cpus) / sizeof(*cpus); i++)
		if (cpus[i].current == task)
			cpus[i].current = NULL;
}

void
schedule_timer(struct cpu *cpu)
{
	uint64_t now = hal_now();
	struct task *task = cpu->current;
	struct port *server = told_port(&schedule.server);

	cpu->armed = 0;
	if (now >= schedule.deadline) {
		schedule.deadline = UINT64_MAX;
		tell(&schedule.server, BIT_DEADLINE);
	}
	if (task == NULL || now < cpu->slice_end)
		return;
	charge(cpu, now);
	if (schedule.ready == 0)
		return;
	/* The deadline may have put another one in front of it. */
	schedule_put(task, false);
	if (server != NULL && (server->bits & BIT_TICK))
		tell(&schedule.watcher, BIT_TICK);
	tell(&schedule.server, BIT_TICK);
}

BOOT void
schedule_boot(void)
{
	for (unsigned i = 0; i < PRIORITIES; i++)
		list_init(&schedule.fifo[i]);
}

enum error
sched_yield(struct call *call)
{
	schedule_put(call->task, false);
	return E_OK;
}

enum error
switch_server(struct call *call)
{
	capability_embed(&schedule.server, call->c[2]);
	capability_embed(&schedule.watcher, call->c[3]);
	return E_OK;
}

enum error
switch_timer(struct call *call)
{
	schedule.deadline = call->a[3];
	return E_OK;
}

/* Task a2 comes next at priority a3, until a4 if that is not 0. */
enum error
switch_to(struct call *call)
{
	struct task *task = call->c[2]->object;

	if (call->a[3] >= PRIORITIES)
		return REFUSE(E_INVALID, "no such priority");
	if (call->a[4] != 0)
		cpus[hal_cpu()].slice_end = call->a[4];
	task_stop(task, STOP_MOVE);
	task->priority = (uint32_t)call->a[3];
	task_go(task, STOP_MOVE);
	return E_OK;
}

void
interrupt_arrived(uint32_t number)
{
	tell(&bound[number].port, bound[number].bits);
}

/* Gives a machine capability that acknowledges this interrupt alone. */
enum error
cap_bind(struct call *call)
{
	uint64_t number = call->a[2];

	if (call->c[0]->number != 0 || number >= HAL_INTERRUPTS)
		return REFUSE(E_INVALID, "no such interrupt, or no right");
	capability_embed(&bound[number].port, call->c[3]);
	bound[number].bits = call->a[4];
	hal_unmask((unsigned)number);
	call_give(call, OBJECT_MACHINE, (void *)(number + 1),
	    RIGHT_BIND, call->c[0]);
	return E_OK;
}

enum error
signal_interrupt(struct call *call)
{
	if (call->c[0]->number == 0)
		return REFUSE(E_INVALID, "of no interrupt");
	hal_unmask((unsigned)call->c[0]->number - 1);
	return E_OK;
}
