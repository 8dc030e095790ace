/*
 * invariants_task: a task is the current one, or in the FIFO of its
 * priority, or stopped; and the highest runs.
 */
#include "books.h"

/* In a ready FIFO: all in the ring have its priority, but for one head. */
static void
check_ready(const struct task *task)
{
	const struct link *l = &task->link;
	unsigned heads = 0, n = 0;

	do {
		MUST(n++ < LONG && l->next != NULL && l->next->prev == l,
		    "a broken run queue", task);
		l = l->next;

		const struct task *t = CONTAINER(l, const struct task, link);

		if (!in_ram(l))
			heads++;
		else
			MUST(is_object(t, OBJECT_TASK) &&
				 t->priority == task->priority && t->stop == 0,
			    "in a wrong run queue", t);
	} while (l != &task->link);
	MUST(heads == 1, "a run queue without head", task);
}

static void
check_fault(const struct task *task)
{
	const struct message_node *m = &task->fault;

	MUST(m->slots[0].type == OBJECT_NONE && m->slots[1].type == OBJECT_NONE,
	    "a fault carries something", task);
	if (!(task->stop & STOP_FAULT)) {
		MUST(m->link.next == NULL &&
			 m->slots[SLOT_REPLY].type == OBJECT_NONE,
		    "a fault of no task", task);
		return;
	}
	MUST(entry_of_capability(m->holder) != NULL &&
		 m->holder->type == OBJECT_REPLY && m->holder->object == m,
	    "a fault that no one can answer", task);
}

void
check_tasks(void)
{
	const struct task *current = cpus[0].current;
	unsigned ready = 0, waiting = 0, waiters = 0;

	MUST(current == NULL || is_object(current, OBJECT_TASK),
	    "what is no task runs", current);
	EACH(struct task, task, OBJECT_TASK)
	{
		check_fault(task);
		MUST(task->hand == NULL || task->hand->port->hand == task->hand,
		    "it has in hand what its port does not know", task);
		if (task->stop & STOP_DEAD) {
			MUST(task != current, "a dead task runs", task);
			MUST(task->link.next == NULL &&
				 task->of_space.next == NULL,
			    "a dead task is in a ring", task);
			continue;
		}
		linked(&task->of_space, task);
		MUST(is_object(task->space, OBJECT_SPACE), "in no space", task);
		MUST((char *)task->area == (char *)task + PAGE_SIZE,
		    "its area is elsewhere", task);
		MUST(!(task->stop & STOP_MOVE), "moves for ever", task);
		if (task == current) {
			MUST(task->stop == 0 && task->link.next == NULL,
			    "the current task is elsewhere too", task);
		} else if (task->stop == 0) {
			/* One walk covers all of a FIFO; a few will do. */
			linked(&task->link, task);
			if (ready++ < 32)
				check_ready(task);
			MUST(current != NULL &&
				 current->priority >= task->priority,
			    "a lower task runs", task);
		} else if (task->stop & STOP_RECEIVE) {
			linked(&task->link, task);
			waiting++;
		} else {
			MUST(task->link.next == NULL, "in a ring", task);
		}
	}
	EACH(struct port, port, OBJECT_PORT)
	waiters += ring_length(&port->waiters);
	MUST(waiters == waiting, "waits at no port", NULL);
}
