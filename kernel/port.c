/* port: queues, badges and replies; see port.h for the idea. */
#include "kernel.h"

/* One of the port's messages, which has one left; its slots are empty. */
static void *
node_take(struct port *port)
{
	struct message_node *m = port->free;

	port->left--;
	if (m != NULL) {
		port->free = m->next;
	} else {
		m = zero(port->object.room, sizeof(*m));
		port->object.room += sizeof(*m);
	}
	m->owner = NULL;
	m->port = port;
	return m;
}

static void
node_give(struct port *port, void *node)
{
	struct message_node *m = node;

	m->next = port->free;
	port->free = m;
	port->left++;
}

/* Of a port that has share + 1 messages left. */
static void
badge_init(struct badge *badge, struct port *port, uint64_t value,
    uint64_t share)
{
	badge->references = 0;
	badge->size = (uint32_t)share + 1;
	badge->port = port;
	badge->value = value;
	zero(&badge->room, sizeof(badge->room));
	list_init(&badge->share);
	for (uint64_t i = 0; i <= share; i++) {
		struct message_node *m = node_take(port);

		m->owner = badge;
		m->badge = value;
		m->received = RECEIVED_MESSAGE;
		badge->last = m;
		if (i < share)
			list_insert(&badge->share, &m->link);
	}
}

/* A SEND_ONCE in an unlinked entry, for a port that has a message left. */
static void
reply_init(struct capability *entry, struct port *port, uint64_t badge,
    struct capability *parent)
{
	struct message_node *m = node_take(port);

	m->badge = badge;
	m->received = RECEIVED_REPLY;
	m->holder = entry;
	list_insert(&port->replies, &m->link);
	capability_link(
	    entry, OBJECT_REPLY, m, RIGHT_SEND | RIGHT_SEND_ONCE, parent);
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
badge_gone(struct badge *badge)
{
	post_event(badge->last, EVENT_BADGE_GONE);
}

void
reply_drop(struct message_node *reply)
{
	if (reply->received == RECEIVED_FAULT) {
		fault_answered(reply, false);
		return;
	}
	list_remove(&reply->link);
	post_event(reply, EVENT_DEAD_REPLY);
}

/* Back to whom it belongs. */
static void
give_back(struct message_node *m)
{
	struct badge *badge = m->owner;

	if (m->received == RECEIVED_FAULT)
		return; /* a fault's belongs to its task */
	if (badge == NULL) {
		node_give(m->port, m);
		return;
	}
	m->received = RECEIVED_MESSAGE;
	list_insert(&badge->share, &m->link);
	if (badge->room.type != OBJECT_NONE) {
		struct badge *room = badge->room.object;

		capability_embed(&badge->room, NULL);
		port_signal(room->port, BIT_ROOM);
	}
	if (m != badge->last)
		return;
	while (!list_empty(&badge->share)) {
		struct link *link = badge->share.next;

		list_remove(link);
		node_give(m->port, link);
	}
	if (badge != &m->port->self)
		node_give(m->port, badge);
}

/* What a task took before is done. */
static void
hand_empty(struct port *port)
{
	struct message_node *m = port->hand;

	if (m == NULL)
		return;
	port->hand = m->task->hand = NULL;
	give_back(m);
}

/* The message was received, into the hand of task or for good (NULL), or
 * dropped.  What it still carries goes when nobody can meet it any more, for
 * that may bring a message to the same port. */
static void
message_done(struct message_node *m, struct task *task)
{
	list_remove(&m->link);
	if (task != NULL) {
		m->task = task;
		m->port->hand = task->hand = m;
	} else {
		give_back(m);
	}
	for (unsigned i = 0; i < MESSAGE_SLOTS; i++)
		if (m->slots[i].type != OBJECT_NONE)
			(void)capability_delete(&m->slots[i]); /* at once */
}

/* The first in line goes to the task, with its slots, which are enough. */
static void
take_message(struct port *port, struct task *task)
{
	struct message *to = &task->area->message;
	struct message_node *m = (struct message_node *)port->queue.next;
	cap_t *handles = to->caps; /* and behind them to->reply */

	for (unsigned i = 0; i < MESSAGE_SLOTS; i++) {
		struct capability *c = &m->slots[i];

		handles[i] = 0;
		if (c->type != OBJECT_NONE &&
		    (i == SLOT_REPLY || i < (task->take & RECEIVE_CAPS_MASK)))
			handles[i] = capability_handle(
			    capability_accept(c, task->space));
	}
	to->badge = m->badge;
	to->length = m->length;
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		to->words[i] = m->words[i];
	task_result(task, E_OK, m->received);
	message_done(m,
	    (task->take & RECEIVE_KEEP) && handles[SLOT_REPLY] == 0 &&
		    task->hand == NULL
		? task
		: NULL);
}

/* The task gets what there is, or an error, as its result; false if there is
 * nothing. */
static bool
take(struct port *port, struct task *task)
{
	hand_empty(port);
	if (port->bits != 0) {
		task->area->message.words[0] = port->bits;
		port->bits = 0;
		task_result(task, E_OK, RECEIVED_BITS);
	} else if (list_empty(&port->queue)) {
		return false;
	} else if (task->space->left < MESSAGE_SLOTS) { /* it stays in line */
		task_result(task,
		    REFUSE(E_NO_MEMORY, "no room for the capabilities"), 0);
	} else {
		take_message(port, task);
	}
	return true;
}

/* Wakes the waiters for which there is something.  None is in line while it
 * takes, for what it does not take may bring a message here. */
static void
deliver(struct port *port)
{
	while (!list_empty(&port->waiters) &&
	       (port->bits != 0 || !list_empty(&port->queue))) {
		struct task *task =
		    CONTAINER(port->waiters.next, struct task, link);

		list_remove(&task->link);
		/* Its capability may be revoked since, or staged away. */
		if (capability_find(task->space,
			*hal_arguments(&task->context)) == NULL)
			task_result(task, E_INVALID_PORT, 0);
		else
			(void)take(port, task);
		task_go(task, STOP_RECEIVE);
	}
}

void
port_hand_back(struct message_node *m)
{
	struct port *port = m->port;

	if (m->received & RECEIVED_AGAIN) { /* it may be what they die of */
		hand_empty(port);
		return;
	}
	port->hand = m->task->hand = NULL;
	m->received |= RECEIVED_AGAIN;
	list_insert(&port->queue, &m->link);
	deliver(port);
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
	deliver(port);
}

bool
port_step(struct port *port)
{
	struct message_node *m;

	hand_empty(port);
	/* Nobody waits: who did was told that the port's own badge is gone.
	 * SEND_ONCEs below capabilities of others: nobody is to be told. */
	if (!list_empty(&port->replies)) {
		m = (struct message_node *)port->replies.next;
		list_remove(&m->link);
		capability_take(m->holder);
		return false;
	}
	if (list_empty(&port->queue))
		return true;
	message_done((struct message_node *)port->queue.next, NULL);
	return false;
}

/* --- the calls -------------------------------------------------------------*/

enum error
port_allocate(struct call *call)
{
	struct port *port = object_make(call->c[0], OBJECT_PORT);

	port->object.room = (char *)port + sizeof(*port);
	port->left = PORT_MESSAGES((uint64_t)port->object.root.pages);
	list_init(&port->queue);
	list_init(&port->waiters);
	list_init(&port->replies);
	badge_init(&port->self, port, 0, PORT_SHARE);
	call_give(call, OBJECT_PORT, &port->self,
	    RIGHT_SEND | RIGHT_RECEIVE | RIGHT_SIGNAL | RIGHT_DESTROY |
		RIGHT_DERIVE,
	    &port->object.root);
	return E_OK;
}

static struct port *
port_of(const struct capability *c)
{
	return ((struct badge *)c->object)->port;
}

enum error
cap_badge(struct call *call)
{
	struct port *port = port_of(call->c[0]);
	uint64_t rights = call->a[2], share = call->a[4];
	struct badge *badge;

	if (rights & ~(uint64_t)(RIGHT_SEND | RIGHT_SIGNAL | RIGHT_DERIVE))
		return REFUSE(E_NO_RIGHTS, "a badge sends and signals");
	if (share > SHARE_MAX || port->left < share + 2)
		return REFUSE(E_NO_MEMORY, "the port has no room for that");
	badge = node_take(port);
	badge_init(badge, port, call->a[3], share);
	call_give(
	    call, OBJECT_PORT, badge, (uint32_t)rights, call->c[0]);
	return E_OK;
}

enum error
cap_reply(struct call *call)
{
	struct port *port = port_of(call->c[2]);
	struct capability *entry;

	if (port->left == 0)
		return REFUSE(E_NO_MEMORY, "the port has no room for it");
	/* A slot must be filled before its handle is known. */
	entry = capability_new(call->space, OBJECT_REPLY, NULL, 0, NULL);
	reply_init(entry, port, call->a[3], call->c[0]);
	call->result = capability_handle(entry);
	return E_OK;
}

enum error
port_send(struct call *call)
{
	const struct message *from = &call->task->area->message;
	struct capability *to = call->c[0], *reply = call->c[4];
	/* Of the badge's share, or the reply's. */
	struct message_node *m = to->object;
	struct badge *badge = to->object;

	if (call->a[1] > MESSAGE_WORDS * 8)
		return REFUSE(E_INVALID, "the message is too long");
	if (to->type == OBJECT_PORT) {
		m = (struct message_node *)badge->share.next;
		if (list_empty(&badge->share)) {
			if (reply != NULL && badge->room.type == OBJECT_NONE)
				capability_embed(&badge->room, reply);
			return REFUSE(E_PORT_FULL, "the badge's share is used");
		}
	}
	if (reply != NULL && port_of(reply)->left == 0)
		return REFUSE(E_NO_MEMORY, "the reply port has no room for it");
	if (to->type == OBJECT_REPLY)
		capability_take(to);
	if (m->received == RECEIVED_FAULT) { /* nobody receives the answer */
		fault_answered(m, from->words[0] == FAULT_RESUME);
		return E_OK;
	}
	list_remove(&m->link);
	m->length = call->a[1];
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		m->words[i] = from->words[i];
	/* One that is named twice, or was used up above, is gone by now. */
	for (unsigned i = 0; i < MESSAGE_CAPS; i++)
		if (call->c[2 + i] != NULL &&
		    call->c[2 + i]->type != OBJECT_NONE)
			capability_move(call->c[2 + i], &m->slots[i]);
	if (reply != NULL)
		reply_init(&m->slots[SLOT_REPLY], port_of(reply), call->a[5],
		    reply);
	port_post(m);
	return E_OK;
}

enum error
port_receive(struct call *call)
{
	struct port *port = port_of(call->c[0]);
	struct task *task = call->task;

	if (call->a[1] & ~(uint64_t)RECEIVE_FLAGS)
		return REFUSE(E_INVALID, "no such flag");
	task->take = (uint32_t)call->a[1];
	if (take(port, task))
		return E_LATER;
	if (call->a[1] & RECEIVE_NO_WAIT)
		return REFUSE(E_WOULD_BLOCK, "nothing to receive");
	if (task_signalled(task))
		return E_INTERRUPTED;
	task_stop(task, STOP_RECEIVE);
	list_insert(port->waiters.prev, &task->link);
	return E_LATER;
}

enum error
signal_port(struct call *call)
{
	struct badge *badge = call->c[0]->object;
	uint64_t bits = call->a[2];

	/* What a badge was made for; the port's own is for all. */
	if (badge->value != 0)
		bits &= badge->value;
	port_signal(badge->port, bits);
	return E_OK;
}
