/* port: queues, badges and replies; see port.h for the idea. */
#include "kernel.h"

enum { STEP = 16 }; /* messages that one kernel entry drains */

static enum error
charge(struct space *payer, uint64_t slots)
{
	if (payer->left[QUOTA_SLOTS] < slots)
		return REFUSE(E_QUOTA, "no queue room left in the quota");
	payer->left[QUOTA_SLOTS] -= slots;
	payer->payers++;
	return E_OK;
}

static void
refund(struct space *payer, uint64_t slots)
{
	quota_give(payer, QUOTA_SLOTS, slots);
	payer_put(payer);
}

static void
share_free(struct badge *badge)
{
	while (!list_empty(&badge->share)) {
		struct link *link = badge->share.next;

		list_remove(link);
		slab_free(SLAB_MESSAGE, link);
	}
	refund(badge->payer, badge->size);
	if (badge->room != NULL)
		object_put(&badge->room->object);
}

static enum error
badge_init(struct badge *badge, struct space *payer, struct port *port,
    uint64_t value, uint64_t share)
{
	enum error e = charge(payer, share + 1);

	if (e != E_OK)
		return e;
	badge->port = port;
	badge->references = 1;
	badge->size = (uint32_t)share + 1;
	badge->value = value;
	badge->payer = payer;
	list_init(&badge->share);
	for (uint64_t i = 0; i <= share; i++) {
		struct message_node *m = slab_allocate(SLAB_MESSAGE);

		if (m == NULL) {
			share_free(badge);
			return REFUSE(E_NO_MEMORY, "no page for the share");
		}
		m->owner = badge;
		m->badge = value;
		m->port = port;
		m->received = RECEIVED_MESSAGE;
		if (i < share)
			list_insert(&badge->share, &m->link);
		else
			badge->last = m;
	}
	object_get(&port->object);
	return E_OK;
}

enum error
badge_create(struct space *payer, struct port *port, uint64_t value,
    uint64_t share, struct badge **out)
{
	struct badge *badge = slab_allocate(SLAB_BADGE);
	enum error e = badge == NULL
	    ? REFUSE(E_NO_MEMORY, "no page for the badge")
	    : badge_init(badge, payer, port, value, share);

	if (e == E_OK)
		*out = badge;
	else if (badge != NULL)
		slab_free(SLAB_BADGE, badge);
	return e;
}

/* The message becomes an event, behind all that came before it. */
static void
post_event(struct message_node *m, enum event event)
{
	m->received = RECEIVED_EVENT;
	m->words[0] = event;
	port_post(m);
}

void
badge_put(struct badge *badge)
{
	if (--badge->references == 0)
		post_event(badge->last, EVENT_BADGE_GONE);
}

enum error
reply_create(struct space *payer, struct port *port, uint64_t badge,
    struct message_node **out)
{
	struct message_node *m = slab_allocate(SLAB_MESSAGE);
	enum error e = m == NULL ? REFUSE(E_NO_MEMORY, "no page for a reply")
				 : charge(payer, 1);

	if (e != E_OK) {
		if (m != NULL)
			slab_free(SLAB_MESSAGE, m);
		return e;
	}
	m->port = port;
	m->badge = badge;
	m->payer = payer;
	object_get(&port->object);
	*out = m;
	return E_OK;
}

void
reply_drop(struct message_node *reply)
{
	if (reply->payer == NULL)
		fault_answered(reply, false);
	else
		post_event(reply, EVENT_DEAD_REPLY);
}

/* It was received or dropped: back to whom it belongs. */
static void
message_done(struct message_node *m)
{
	struct badge *badge = m->owner;
	struct port *port = m->port, *room;

	if (badge == NULL) {
		if (m->payer == NULL)
			return; /* a fault's goes with its task */
		refund(m->payer, 1);
		slab_free(SLAB_MESSAGE, m);
	} else {
		list_insert(&badge->share, &m->link);
		room = badge->room;
		badge->room = NULL;
		if (room != NULL) {
			port_signal(room, BIT_ROOM);
			object_put(&room->object);
		}
		if (m != badge->last)
			return;
		share_free(badge);
		if (badge != &port->self)
			slab_free(SLAB_BADGE, badge);
	}
	object_put(&port->object);
}

/* What is first in line goes to the task.  *kind: enum received, 0 nothing.
 * E_QUOTA, E_NO_MEMORY, E_AGAIN leave it in line. */
static enum error
take(struct port *port, struct task *task, uint64_t *kind)
{
	struct message *to = &task->area->message;
	struct message_node *m = (struct message_node *)port->queue.next;
	cap_t *handles = to->caps; /* and behind them to->reply */
	enum error e = capability_reserve(task->space, MESSAGE_SLOTS);

	*kind = 0;
	if (port->bits != 0) {
		to->words[0] = port->bits;
		port->bits = 0;
		*kind = RECEIVED_BITS;
		return E_OK;
	}
	if (list_empty(&port->queue))
		return E_OK;
	if (e != E_OK)
		return e;
	for (unsigned i = 0; i < MESSAGE_SLOTS; i++) {
		struct capability *c = &m->slots[i];

		handles[i] = 0;
		if (c->type == OBJECT_NONE)
			continue;
		if (i == SLOT_REPLY || i < task->take)
			handles[i] = capability_handle(
			    capability_accept(c, task->space));
		else if (!capability_delete(c))
			return E_AGAIN;
	}
	to->badge = m->badge;
	to->length = m->length;
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		to->words[i] = m->words[i];
	*kind = m->received;
	list_remove(&m->link);
	message_done(m);
	return E_OK;
}

/* Wakes the first waiter if there is something for it. */
static void
deliver(struct port *port)
{
	struct task *task = CONTAINER(port->waiters.next, struct task, link);
	uint64_t kind;
	enum error e;

	if (list_empty(&port->waiters))
		return;
	e = take(port, task, &kind);
	if (e != E_OK || kind != 0)
		task_wake(task, e, kind);
}

void
port_signal(struct port *port, uint64_t bits)
{
	port->bits |= bits;
	deliver(port);
}

void
port_post(struct message_node *m)
{
	struct port *port = m->port;

	list_insert(port->queue.prev, &m->link);
	if (port->object.dead)
		object_work(&port->object);
	else
		deliver(port);
}

void
port_destroy(struct port *port)
{
	port->object.dead = true;
	object_work(&port->object);
}

void
port_receivers(struct badge *badge, int change)
{
	badge->port->receivers += (uint32_t)change;
	if (badge->port->receivers == 0)
		port_destroy(badge->port);
}

/* Destroys the first in line with what it carries; false: not all of it. */
static bool
drop(struct port *port)
{
	struct message_node *m = (struct message_node *)port->queue.next;

	list_remove(&m->link);
	for (unsigned i = 0; i < MESSAGE_SLOTS; i++)
		if (m->slots[i].type != OBJECT_NONE &&
		    !capability_delete(&m->slots[i])) {
			list_insert(&port->queue, &m->link);
			return false;
		}
	message_done(m);
	return true;
}

bool
port_step(struct port *port)
{
	for (unsigned i = 0; i < STEP; i++) {
		if (!list_empty(&port->waiters))
			task_wake(CONTAINER(port->waiters.next, struct task,
				      link),
			    E_INVALID_PORT, 0);
		else if (list_empty(&port->queue)) {
			if (port->object.references == 0)
				slab_free(SLAB_PORT, port);
			return true;
		} else if (!drop(port))
			return false;
	}
	return false;
}

/* --- the calls -------------------------------------------------------------*/

enum error
port_allocate(struct call *call)
{
	struct space *space = call->space;
	struct port *port;
	enum error e;

	if (call->a[0] - 1 >= SHARE_MAX)
		return REFUSE(E_INVALID, "the share is not 1 to SHARE_MAX");
	port = slab_allocate(SLAB_PORT);
	if (port == NULL)
		return REFUSE(E_NO_MEMORY, "no page for the port");
	port->object.type = OBJECT_PORT;
	list_init(&port->queue);
	list_init(&port->waiters);
	e = badge_init(&port->self, space, port, 0, call->a[0]);
	if (e != E_OK) {
		slab_free(SLAB_PORT, port);
		return e;
	}
	port->receivers = 1;
	return call_give(call, OBJECT_PORT, &port->self,
	    RIGHT_SEND | RIGHT_RECEIVE | RIGHT_SIGNAL | RIGHT_DESTROY |
		RIGHT_DERIVE,
	    NULL);
}

/* The capabilities of a message: any but RECEIVE, each once. */
static enum error
check_caps(const struct call *call)
{
	for (unsigned i = 2; i < 2 + MESSAGE_CAPS; i++) {
		struct capability *c = call->c[i];

		if (c == NULL)
			continue;
		if (c->rights & RIGHT_RECEIVE)
			return REFUSE(
			    E_NO_RIGHTS, "RECEIVE travels by staging only");
		if (c->mapped != 0)
			return REFUSE(E_STATE, "mapped memory stays");
		if (c == call->c[0] || call->c[2] == call->c[3])
			return REFUSE(E_INVALID, "the same capability twice");
	}
	return call->a[1] > MESSAGE_WORDS * 8
	    ? REFUSE(E_INVALID, "the message is too long")
	    : E_OK;
}

/* The message that the send fills: of the badge's share, or the reply. */
static enum error
message_for(struct call *call, struct message_node **out)
{
	struct capability *to = call->c[0], *reply = call->c[4];
	struct badge *badge = (struct badge *)to->object;

	*out = (struct message_node *)to->object;
	if (to->type == OBJECT_REPLY)
		return E_OK;
	if (badge->port->object.dead)
		return REFUSE(E_INVALID_PORT, "the port is destroyed");
	*out = (struct message_node *)badge->share.next;
	if (!list_empty(&badge->share))
		return E_OK;
	if (reply != NULL && badge->room == NULL) {
		badge->room = ((struct badge *)reply->object)->port;
		object_get(&badge->room->object);
	}
	return REFUSE(E_PORT_FULL, "the badge's share is used");
}

enum error
port_send(struct call *call)
{
	const struct message *from = &call->task->area->message;
	struct capability *to = call->c[0];
	struct message_node *m, *reply;
	enum error e = check_caps(call);

	if (e == E_OK)
		e = message_for(call, &m);
	if (e == E_OK && call->c[4] != NULL)
		e = reply_create(call->space,
		    ((struct badge *)call->c[4]->object)->port, call->a[5],
		    &reply);
	if (e != E_OK)
		return e;
	if (to->type == OBJECT_PORT) {
		list_remove(&m->link);
	} else {
		capability_take(to);
		m->received = RECEIVED_REPLY;
	}
	m->length = call->a[1];
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		m->words[i] = from->words[i];
	for (unsigned i = 0; i < MESSAGE_CAPS; i++)
		if (call->c[2 + i] != NULL)
			capability_move(call->c[2 + i], &m->slots[i]);
	if (call->c[4] != NULL)
		capability_link(&m->slots[SLOT_REPLY], OBJECT_REPLY, reply,
		    RIGHT_SEND_ONCE, call->c[4]);
	if (m->owner == NULL && m->payer == NULL)
		fault_answered(m, m->words[0] == FAULT_RESUME);
	else
		port_post(m);
	return E_OK;
}

enum error
port_receive(struct call *call)
{
	struct port *port = ((struct badge *)call->c[0]->object)->port;
	struct task *task = call->task;
	enum error e;

	if (port->object.dead)
		return REFUSE(E_INVALID_PORT, "the port is destroyed");
	task->take = call->a[1] & RECEIVE_CAPS_MASK;
	e = take(port, task, &call->result);
	if (e != E_OK || call->result != 0)
		return e;
	if (call->a[1] & RECEIVE_NO_WAIT)
		return REFUSE(E_WOULD_BLOCK, "nothing to receive");
	if (task_signalled(task))
		return E_INTERRUPTED;
	task_stop(task, STOP_RECEIVE);
	list_insert(port->waiters.prev, &task->link);
	return E_LATER;
}
