/* port: queues, badges, replies and watches; see port.h for the idea. */
#include "port.h"
#include "kernel.h"

enum { STEP = 16 }; /* nodes that one kernel entry drains */

static void
refund(struct space *payer, uint64_t slots)
{
	quota_give(payer, QUOTA_SLOTS, slots);
	payer_put(payer);
}

static void
charge(struct space *payer, uint64_t slots)
{
	quota_take(payer, QUOTA_SLOTS, slots);
	payer_get(payer);
}

/* --- badges ------------------------------------------------------------*/

static void
share_free(struct badge *badge)
{
	while (!list_empty(&badge->share)) {
		struct link *link = badge->share.next;

		list_remove(link);
		slab_free(SLAB_MESSAGE,
		    CONTAINER(link, struct message_node, node.link));
	}
	refund(badge->payer, badge->share_size);
	if (badge->room != NULL)
		object_put(&badge->room->object);
}

static enum error
badge_init(struct badge *badge, struct port *port, struct space *payer,
    uint64_t value, uint32_t share)
{
	enum error e = quota_check(payer, QUOTA_SLOTS, share);

	if (e != E_OK)
		return e;
	charge(payer, share);
	badge->object.type = OBJECT_PORT;
	badge->port = port;
	badge->value = value;
	badge->share_size = share;
	badge->payer = payer;
	list_init(&badge->share);
	for (uint32_t i = 0; i < share; i++) {
		struct message_node *m = slab_allocate(SLAB_MESSAGE);

		if (m == NULL) {
			share_free(badge);
			return REFUSE(E_NO_MEMORY, "no page for the share");
		}
		m->badge = badge;
		m->node.badge = value;
		m->node.port = port;
		m->node.received = RECEIVED_MESSAGE;
		list_insert(&badge->share, &m->node.link);
	}
	return E_OK;
}

enum error
badge_create(struct port *port, struct space *payer, uint64_t value,
    uint32_t share, struct badge **out)
{
	struct badge *badge = slab_allocate(SLAB_BADGE);

	if (badge == NULL)
		return REFUSE(E_NO_MEMORY, "no page for the badge");

	enum error e = badge_init(badge, port, payer, value, share);

	if (e != E_OK) {
		slab_free(SLAB_BADGE, badge);
		return e;
	}
	badge->gone.badge = value;
	badge->gone.received = RECEIVED_EVENT;
	badge->gone.event = EVENT_BADGE_GONE;
	object_get(&port->object);
	*out = badge;
	return E_OK;
}

void
badge_put(struct badge *badge)
{
	if (--badge->object.references != 0)
		return;
	/* Behind the last message that came with it. */
	if (badge == &badge->port->self)
		object_put(&badge->port->object);
	else
		port_post(badge->port, &badge->gone);
}

static void
badge_free(struct badge *badge)
{
	struct port *port = badge->port;

	share_free(badge);
	slab_free(SLAB_BADGE, badge);
	object_put(&port->object);
}

/* --- watches -------------------------------------------------------------*/

enum error
watch_create(struct port *port, struct space *payer, uint64_t badge,
    enum event event, struct watch **out)
{
	enum error e = quota_check(payer, QUOTA_SLOTS, 1);
	struct watch *watch;

	if (e != E_OK)
		return e;
	watch = slab_allocate(SLAB_WATCH);
	if (watch == NULL)
		return REFUSE(E_NO_MEMORY, "no page for the watch");
	charge(payer, 1);
	object_get(&port->object);
	watch->node.port = port;
	watch->node.badge = badge;
	watch->node.received = RECEIVED_EVENT;
	watch->node.event = event;
	watch->payer = payer;
	*out = watch;
	return E_OK;
}

void
watch_fire(struct watch *watch, uint64_t word)
{
	watch->node.word = word;
	port_post(watch->node.port, &watch->node);
}

void
watch_free(struct watch *watch)
{
	object_put(&watch->node.port->object);
	refund(watch->payer, 1);
	slab_free(SLAB_WATCH, watch);
}

/* --- replies ---------------------------------------------------------------*/

static void
reply_free(struct message_node *reply)
{
	object_put(&reply->node.port->object);
	refund(reply->payer, 1);
	slab_free(SLAB_MESSAGE, reply);
}

void
reply_drop(struct message_node *reply)
{
	if (reply->payer == NULL) {
		task_fault_answer(reply, false);
		return;
	}
	reply->node.received = RECEIVED_EVENT;
	reply->node.event = EVENT_DEAD_REPLY;
	port_post(reply->node.port, &reply->node);
}

static struct message_node *
reply_create(struct space *payer, struct port *port, uint64_t badge)
{
	struct message_node *reply = slab_allocate(SLAB_MESSAGE);

	if (reply == NULL)
		return NULL;
	reply->object.type = OBJECT_REPLY;
	reply->object.references = 1;
	reply->node.port = port;
	reply->node.badge = badge;
	reply->payer = payer;
	charge(payer, 1);
	object_get(&port->object);
	return reply;
}

/* --- queue -----------------------------------------------------------------*/

/* The node was received or dropped: back to whom it belongs. */
static void
node_done(struct node *node)
{
	struct message_node *m = CONTAINER(node, struct message_node, node);

	if (node->received == RECEIVED_EVENT) {
		if (node->event == EVENT_BADGE_GONE)
			badge_free(CONTAINER(node, struct badge, gone));
		else if (node->event == EVENT_DEAD_REPLY)
			reply_free(m);
		else
			watch_free(CONTAINER(node, struct watch, node));
		return;
	}

	struct badge *badge = m->badge;

	if (badge == NULL) { /* of a fault the node stays in its task */
		if (m->payer != NULL)
			reply_free(m);
		return;
	}
	list_insert(&badge->share, &node->link);
	if (badge->room != NULL) {
		struct port *room = badge->room;

		badge->room = NULL;
		port_signal(room, BIT_ROOM);
		object_put(&room->object);
	}
}

/* Moves what a slot of a message holds into the space; gives the handle. */
static cap_t
slot_receive(struct capability *slot, struct space *space)
{
	if (slot->object == NULL)
		return 0;
	return capability_handle(capability_accept(slot, space));
}

static uint64_t
message_take(struct message_node *m, struct task *task)
{
	struct message *to = &task->area->message;
	struct capability *slots = m->slots;
	unsigned count = slots[SLOT_REPLY].object != NULL;

	for (unsigned i = 0; i < MESSAGE_CAPS; i++) {
		if (slots[i].object == NULL)
			continue;
		if (i < task->take)
			count++;
		else if (!capability_delete(&slots[i]))
			return RESULT_AGAIN;
	}

	enum error e = capability_reserve(task->space, count);

	if (e != E_OK)
		return error_value(e);
	to->length = m->length;
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		to->words[i] = m->words[i];
	for (unsigned i = 0; i < MESSAGE_CAPS; i++)
		to->caps[i] = slot_receive(&slots[i], task->space);
	to->reply = slot_receive(&slots[SLOT_REPLY], task->space);
	return m->node.received;
}

/* What is first in line goes to the task: enum received, an error that leaves
 * it in line, or 0 if there is nothing. */
static uint64_t
take(struct port *port, struct task *task)
{
	struct message *to = &task->area->message;

	if (port->bits != 0) {
		to->badge = 0;
		to->words[0] = port->bits;
		port->bits = 0;
		return RECEIVED_BITS;
	}
	if (list_empty(&port->queue))
		return 0;

	struct node *node = CONTAINER(port->queue.next, struct node, link);
	uint64_t result = node->received;

	to->badge = node->badge;
	if (result == RECEIVED_EVENT) {
		to->words[0] = node->event;
		to->words[1] = node->word;
	} else {
		result = message_take(
		    CONTAINER(node, struct message_node, node), task);
		if (error_of(result) != E_OK)
			return result;
	}
	list_remove(&node->link);
	node_done(node);
	return result;
}

/* Wakes waiters as long as there is something for them: so none waits while
 * something is in line.  A capability that is not taken dies on arrival and may
 * post to this very port, which has a message in hand then. */
static void
deliver(struct port *port)
{
	if (port->delivering)
		return;
	port->delivering = true;
	while (!list_empty(&port->waiters) &&
	    (port->bits != 0 || !list_empty(&port->queue))) {
		struct task *task =
		    CONTAINER(port->waiters.next, struct task, link);

		task_wake(task, take(port, task));
	}
	port->delivering = false;
}

void
port_signal(struct port *port, uint64_t bits)
{
	port->bits |= bits;
	deliver(port);
}

void
port_post(struct port *port, struct node *node)
{
	list_insert(port->queue.prev, &node->link);
	if (port->object.dead)
		object_work(&port->object);
	else
		deliver(port);
}

void
port_receivers(struct badge *badge, int change)
{
	struct port *port = badge->port;

	port->receivers += (uint32_t)change;
	if (port->receivers == 0)
		port_destroy(port);
	/* Who waited by the capability that went finds out. */
	while (change <= 0 && !port->object.dead && !list_empty(&port->waiters))
		task_wake(CONTAINER(port->waiters.next, struct task, link),
		    RESULT_AGAIN);
}

void
port_destroy(struct port *port)
{
	port->object.dead = true;
	schedule_forget(port);
	object_work(&port->object);
}

/* Destroys a node in line with what it carries; false: not yet all of it. */
static bool
drop(struct port *port, struct node *node)
{
	struct message_node *m = CONTAINER(node, struct message_node, node);
	bool message = node->received != RECEIVED_EVENT;
	/* A fault's node goes with its task, which dies of this. */
	bool fault = message && m->badge == NULL && m->payer == NULL;

	list_remove(&node->link);
	for (unsigned i = 0; message && i < MESSAGE_SLOTS; i++)
		if (m->slots[i].object != NULL &&
		    !capability_delete(&m->slots[i])) {
			list_insert(&port->queue, &node->link);
			return false;
		}
	if (!fault)
		node_done(node);
	return true;
}

bool
port_step(struct port *port)
{
	for (unsigned i = 0; i < STEP; i++) {
		if (!list_empty(&port->waiters)) {
			task_wake(CONTAINER(port->waiters.next, struct task,
				      link),
			    error_value(E_INVALID_PORT));
		} else if (!list_empty(&port->queue)) {
			if (!drop(port,
				CONTAINER(
				    port->queue.next, struct node, link)))
				return false;
		} else {
			/* What was drained may have put it in line again. */
			if (port->object.references == 0 &&
			    !port->object.working)
				port_free(port);
			return true;
		}
	}
	return false;
}

void
port_free(struct port *port)
{
	struct space *owner = port->owner;

	share_free(&port->self);
	slab_free(SLAB_PORT, port);
	refund(owner, 1);
}

/* --- the calls -------------------------------------------------------------*/

uint64_t
port_allocate(struct task *task, uint64_t *a)
{
	struct space *space = task->space;
	enum error e;

	if (a[0] == 0 || a[0] > SHARE_MAX)
		return error_value(
		    REFUSE(E_INVALID, "the share is not 1 to SHARE_MAX"));
	if ((e = quota_check(space, QUOTA_SLOTS, 1 + a[0])) != E_OK ||
	    (e = capability_reserve(space, 1)) != E_OK)
		return error_value(e);

	struct port *port = slab_allocate(SLAB_PORT);

	if (port == NULL)
		return error_value(E_NO_MEMORY);
	e = badge_init(&port->self, port, space, 0, (uint32_t)a[0]);
	if (e != E_OK) {
		slab_free(SLAB_PORT, port);
		return error_value(e);
	}
	port->object.type = OBJECT_PORT;
	port->object.references = 1; /* self, as long as it has capabilities */
	port->owner = space;
	port->receivers = 1;
	port->self.object.references = 1;
	charge(space, 1);
	list_init(&port->queue);
	list_init(&port->waiters);
	return capability_handle(capability_new(space, &port->self.object,
	    RIGHT_SEND | RIGHT_RECEIVE | RIGHT_SIGNAL | RIGHT_DESTROY |
		RIGHT_DERIVE,
	    NULL));
}

struct send {
	struct capability *to, *caps[MESSAGE_CAPS], *reply;
};

/* The capabilities of a message: any but RECEIVE, each once. */
static enum error
check_caps(struct task *task, const uint64_t *a, struct send *s)
{
	for (unsigned i = 0; i < MESSAGE_CAPS; i++) {
		enum error e;

		s->caps[i] = NULL;
		if (a[2 + i] == 0)
			continue;
		e = capability_get(
		    task->space, a[2 + i], TYPE_ANY, 0, &s->caps[i]);
		if (e != E_OK)
			return e;
		if (s->caps[i]->rights & RIGHT_RECEIVE)
			return REFUSE(
			    E_NO_RIGHTS, "RECEIVE travels by staging only");
		if (s->caps[i]->watch != NULL)
			return REFUSE(E_STATE, "a watched capability stays");
		if (s->caps[i] == s->to || (i > 0 && a[2] == a[3]))
			return REFUSE(E_INVALID, "the same capability twice");
	}
	return E_OK;
}

static enum error
check_send(struct task *task, const uint64_t *a, struct send *s)
{
	enum error e = capability_get(task->space, a[0],
	    TYPE(OBJECT_PORT) | TYPE(OBJECT_REPLY), 0, &s->to);

	if (e != E_OK)
		return e;
	if (!(s->to->rights & (RIGHT_SEND | RIGHT_SEND_ONCE)))
		return REFUSE(E_NO_RIGHTS, "no right to send");
	if (a[1] > MESSAGE_WORDS * 8)
		return REFUSE(E_INVALID, "the message is too long");
	if ((e = check_caps(task, a, s)) != E_OK)
		return e;
	s->reply = NULL;
	if (a[4] == 0)
		return a[5] == 0 ? E_OK
				 : REFUSE(E_INVALID, "a badge without reply");
	e = capability_get(task->space, a[4], TYPE(OBJECT_PORT), RIGHT_RECEIVE,
	    &s->reply);
	return e == E_OK ? quota_check(task->space, QUOTA_SLOTS, 1) : e;
}

static bool
settled(const struct send *s)
{
	for (unsigned i = 0; i < MESSAGE_CAPS; i++)
		if (s->caps[i] != NULL && !capability_settled(s->caps[i]))
			return false;
	return s->reply == NULL || capability_settled(s->reply);
}

/* A free message of the badge's share, or NULL: then the sender will be told
 * of room on its reply port. */
static struct message_node *
share_take(struct badge *badge, struct capability *reply)
{
	if (!list_empty(&badge->share)) {
		struct link *link = badge->share.next;

		list_remove(link);
		return CONTAINER(link, struct message_node, node.link);
	}
	if (badge->room != NULL && badge->room->object.dead) {
		object_put(&badge->room->object);
		badge->room = NULL;
	}
	if (reply != NULL && badge->room == NULL) {
		badge->room = ((struct badge *)reply->object)->port;
		object_get(&badge->room->object);
	}
	return NULL;
}

static void
do_send(struct task *task, struct message_node *m, const struct send *s,
    struct message_node *reply, uint64_t length)
{
	const struct message *from = &task->area->message;

	m->length = length;
	for (unsigned i = 0; i < MESSAGE_WORDS; i++)
		m->words[i] = from->words[i];
	for (unsigned i = 0; i < MESSAGE_CAPS; i++)
		if (s->caps[i] != NULL)
			capability_move(s->caps[i], &m->slots[i]);
	if (reply != NULL) {
		m->slots[SLOT_REPLY].rights = RIGHT_SEND_ONCE;
		capability_link(
		    &m->slots[SLOT_REPLY], &reply->object, s->reply);
	}
	port_post(m->node.port, &m->node);
}

uint64_t
port_send(struct task *task, uint64_t *a)
{
	struct send s;
	enum error e = check_send(task, a, &s);

	if (e != E_OK)
		return error_value(e);
	if (!settled(&s))
		return RESULT_AGAIN;

	struct message_node *m = (struct message_node *)s.to->object;
	struct message_node *reply = NULL;

	if (s.to->object->type == OBJECT_PORT) {
		struct badge *badge = (struct badge *)s.to->object;

		if (badge->port->object.dead)
			return error_value(
			    REFUSE(E_INVALID_PORT, "the port is destroyed"));
		m = share_take(badge, s.reply);
		if (m == NULL)
			return error_value(
			    REFUSE(E_PORT_FULL, "the badge's share is used"));
	} else if (m->payer == NULL) {
		bool resume = task->area->message.words[0] == FAULT_RESUME;

		task_fault_answer(
		    (struct message_node *)capability_take(s.to), resume);
		return 0;
	}
	if (s.reply != NULL) {
		reply = reply_create(task->space,
		    ((struct badge *)s.reply->object)->port, a[5]);
		if (reply == NULL) {
			if (m->badge != NULL)
				list_insert(&m->badge->share, &m->node.link);
			return error_value(
			    REFUSE(E_NO_MEMORY, "no page for the reply"));
		}
	}
	if (m->badge == NULL) {
		capability_take(s.to);
		m->node.received = RECEIVED_REPLY;
	}
	do_send(task, m, &s, reply, a[1]);
	return 0;
}

uint64_t
port_receive(struct task *task, uint64_t *a)
{
	struct capability *c;
	enum error e = capability_get(
	    task->space, a[0], TYPE(OBJECT_PORT), RIGHT_RECEIVE, &c);

	if (e != E_OK)
		return error_value(e);
	if (a[1] > (RECEIVE_NO_WAIT | MESSAGE_CAPS) ||
	    (a[1] & RECEIVE_CAPS_MASK) > MESSAGE_CAPS)
		return error_value(REFUSE(E_INVALID, "unknown flags"));

	struct port *port = ((struct badge *)c->object)->port;

	if (port->object.dead)
		return error_value(
		    REFUSE(E_INVALID_PORT, "the port is destroyed"));
	task->take = a[1] & RECEIVE_CAPS_MASK;

	uint64_t result = take(port, task);

	if (result != 0)
		return result;
	if (a[1] & RECEIVE_NO_WAIT)
		return error_value(E_WOULD_BLOCK);
	if (task_signalled(task))
		return error_value(E_INTERRUPTED);
	task_stop(task, STOP_RECEIVE);
	task->waiting = port;
	list_insert(port->waiters.prev, &task->link);
	return RESULT_LATER;
}
