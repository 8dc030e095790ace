/* schedule: FIFOs by priority, ticks, scheduler_server, interrupts. */
#include "kernel.h"

struct cpu cpus[1]; /* one is served so far */

static struct {
	uint32_t ready; /* bit p: fifo[p] is not empty */
	struct link fifo[PRIORITIES];
	struct badge *server, *watcher; /* told of ticks, of lateness */
	uint64_t deadline; /* of SWITCH_TIMER, UINT64_MAX: none */
	struct badge *bound[HAL_INTERRUPTS];
} schedule = { .deadline = UINT64_MAX };

void
schedule_put(struct task *task, bool front)
{
	struct link *head = &schedule.fifo[task->priority];

	if (!(schedule.ready & 1u << task->priority))
		list_init(head);
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
	uint32_t top = 31 - (uint32_t)__builtin_clz(schedule.ready | 1);
	/* In a FIFO already: it blocked and was woken in one entry. */
	bool runs = now != NULL && now->stop == 0 && now->link.next == NULL;

	if (schedule.ready != 0 && !(runs && now->priority >= top)) {
		next = CONTAINER(schedule.fifo[top].next, struct task, link);
		if (runs)
			schedule_put(now, true);
		schedule_remove(next);
	} else if (runs) {
		return now;
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

static void
tell(struct badge *badge, uint64_t bits)
{
	if (badge != NULL)
		port_signal(badge->port, bits);
}

void
schedule_timer(struct cpu *cpu)
{
	uint64_t now = hal_now();
	struct task *task = cpu->current;

	cpu->armed = 0;
	if (now >= schedule.deadline) {
		schedule.deadline = UINT64_MAX;
		tell(schedule.server, BIT_DEADLINE);
	}
	if (task == NULL || now < cpu->slice_end)
		return;
	charge(cpu, now);
	schedule_put(task, false);
	if (schedule.server != NULL &&
	    (schedule.server->port->bits & BIT_TICK))
		tell(schedule.watcher, BIT_TICK);
	tell(schedule.server, BIT_TICK);
}

enum error
sched_yield(struct call *call)
{
	schedule_put(call->task, false);
	return E_OK;
}

/* Puts the badge of a capability, or NULL, where another stood. */
static enum error
replace(struct badge **at, const struct capability *c)
{
	struct badge *old = *at;

	*at = c == NULL ? NULL : (struct badge *)c->object;
	if (c != NULL)
		(*at)->references++;
	if (old != NULL)
		badge_put(old);
	return E_OK;
}

enum error
switch_server(struct call *call)
{
	(void)replace(&schedule.server, call->c[2]);
	return replace(&schedule.watcher, call->c[3]);
}

enum error
switch_timer(struct call *call)
{
	schedule.deadline = call->a[3];
	return E_OK;
}

enum error
switch_priority(struct call *call)
{
	struct task *task = (struct task *)call->c[2]->object;
	bool ready = task->stop == 0 && task->link.next != NULL;

	if (call->a[3] >= PRIORITIES)
		return REFUSE(E_INVALID, "no such priority");
	if (ready)
		schedule_remove(task);
	task->priority = (uint32_t)call->a[3];
	if (ready)
		schedule_put(task, true);
	return E_OK;
}

enum error
switch_to(struct call *call)
{
	if (call->a[3] != 0)
		cpus[0].slice_end = call->a[3];
	call->a[3] = ((struct task *)call->c[2]->object)->priority;
	return switch_priority(call);
}

void
interrupt_arrived(uint32_t number)
{
	struct badge *badge = schedule.bound[number];

	if (badge != NULL)
		port_signal(badge->port, badge->value);
}

/* a2: the interrupt; c[3]: whose badge's bits are set.  Gives a machine
 * capability that acknowledges this one alone. */
enum error
cap_bind(struct call *call)
{
	uint64_t number = call->a[2];

	if (call->c[0]->number != 0 || number >= HAL_INTERRUPTS)
		return REFUSE(E_INVALID, "no such interrupt, or no right");
	(void)replace(&schedule.bound[number], call->c[3]);
	hal_unmask((unsigned)number);
	return call_give(call, OBJECT_MACHINE, (void *)(number + 1),
	    RIGHT_BIND, call->c[0]);
}

enum error
signal_interrupt(struct call *call)
{
	if (call->c[0]->number == 0)
		return REFUSE(E_INVALID, "of no interrupt");
	hal_unmask((unsigned)call->c[0]->number - 1);
	return E_OK;
}
