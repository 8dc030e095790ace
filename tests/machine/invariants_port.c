/*
 * invariants_port: each message of a port is at exactly one place, no badge
 * is over its share, and each reply is held by exactly one capability.
 */
#include "books.h"

#include <string.h>

/* Where a message of a port is. */
enum place { NOWHERE, FREE, SHARED, LAST, QUEUED, AWAITED, BADGE, IN_HAND };

static uint8_t *places;
static size_t places_room;

static void
place(const struct port *port, const void *node, enum place where)
{
	size_t at = (size_t)((const char *)node - (char *)node_first(port));
	size_t i = at / sizeof(struct message_node);

	MUST(at % sizeof(struct message_node) == 0 && i < node_count(port),
	    "a message out of its port", node);
	MUST(places[i] == NOWHERE, "a message is at two places", node);
	places[i] = where;
}

static void
check_share(const struct port *port, const struct badge *badge)
{
	MUST(badge->port == port, "another port's badge", badge);
	ring_check(&badge->share, badge);
	for (const struct link *l = badge->share.next; l != &badge->share;
	     l = l->next) {
		const struct message_node *m = (const struct message_node *)l;

		MUST(m->owner == badge && m->port == port, "a wrong owner", m);
		place(port, m, SHARED);
	}
}

/* The messages of a badge in the queue or in a hand, its last one apart. */
static unsigned
queued_of(const struct port *port, const struct badge *badge, bool *told)
{
	unsigned n = 0;

	*told = false;
	for (const struct link *l = port->queue.next; l != &port->queue;
	     l = l->next) {
		const struct message_node *m = (const struct message_node *)l;

		if (m == badge->last)
			*told = true;
		else if (m->owner == badge && m->received != RECEIVED_FAULT)
			n++;
	}
	if (port->hand != NULL && port->hand == badge->last)
		*told = true;
	else if (port->hand != NULL && port->hand->owner == badge)
		n++;
	return n;
}

/* Badges are found by their capabilities and their messages. */
static struct {
	const struct badge *badge;
	unsigned references;
} * badges;
static size_t badge_count, badge_room;

static void
badge_meet(const struct badge *badge, unsigned references)
{
	size_t i = 0;

	while (i < badge_count && badges[i].badge != badge)
		i++;
	if (i == badge_count) {
		if (badge_count == badge_room) {
			badge_room = badge_room * 2 + 64;
			badges = realloc(badges, badge_room * sizeof *badges);
		}
		badges[badge_count].references = 0;
		badges[badge_count++].badge = badge;
	}
	badges[i].references += references;
}

static void
gather_badges(void)
{
	badge_count = 0;
	EACH(struct port, port, OBJECT_PORT)
	{
		badge_meet(&port->self, 0);
		for (const struct link *l = port->queue.next; l != &port->queue;
		     l = l->next) {
			const struct message_node *m =
			    (const struct message_node *)l;

			if (m->received != RECEIVED_FAULT && m->owner != NULL)
				badge_meet(m->owner, 0);
		}
		if (port->hand != NULL && port->hand->owner != NULL)
			badge_meet(port->hand->owner, 0);
	}
	EACH_ENTRY(e)
	if (e->c->type == OBJECT_PORT)
		badge_meet(e->c->object, 1);
}

static void
check_badge(const struct badge *badge, unsigned references)
{
	struct port *port = badge->port;
	bool told;
	unsigned queued;

	MUST(is_object(port, OBJECT_PORT), "a badge of no port", badge);
	MUST(badge->references == references, "references", badge);
	queued = queued_of(port, badge, &told);
	if (references == 0 && !told) {
		/* The port's own, when the port ends. */
		MUST(badge == &port->self && port->object.ending,
		    "a badge is gone and no one is told", badge);
		return;
	}
	MUST((references == 0) == told, "told of a badge that is not gone",
	    badge);
	MUST(ring_length(&badge->share) + queued + 1 == badge->size,
	    "a share is not whole", badge);
}

static void
check_badges_of(const struct port *port)
{
	for (size_t i = 0; i < badge_count; i++) {
		const struct badge *badge = badges[i].badge;
		bool told;

		if (badge->port != port)
			continue;
		if (badge != &port->self)
			place(port, badge, BADGE);
		(void)queued_of(port, badge, &told);
		if (badges[i].references == 0 && !told)
			continue; /* its messages are free already */
		check_share(port, badge);
		if (!told)
			place(port, badge->last, LAST);
	}
}

static void
check_queue(const struct port *port)
{
	ring_check(&port->queue, port);
	for (const struct link *l = port->queue.next; l != &port->queue;
	     l = l->next) {
		const struct message_node *m = (const struct message_node *)l;
		const struct task *t = CONTAINER(m, const struct task, fault);

		MUST(m->port == port, "in another port's queue", m);
		if (m->received != RECEIVED_FAULT) {
			place(port, m, QUEUED);
			continue;
		}
		MUST(is_object(t, OBJECT_TASK) && (t->stop & STOP_FAULT),
		    "a fault of no task", m);
		MUST(m->holder == &m->slots[SLOT_REPLY],
		    "a fault that is queued and held", m);
	}
}

static void
check_hand(const struct port *port)
{
	const struct message_node *m = port->hand;
	uint64_t kind = m->received & ~(uint64_t)RECEIVED_AGAIN;

	place(port, m, IN_HAND);
	MUST(m->port == port && is_object(m->task, OBJECT_TASK) &&
		 !(m->task->stop & STOP_DEAD) && m->task->hand == m,
	    "in nobody's hand", m);
	MUST(kind == RECEIVED_MESSAGE || kind == RECEIVED_REPLY ||
		 kind == RECEIVED_EVENT,
	    "what may not be in a hand", m);
}

static void
check_replies(const struct port *port)
{
	ring_check(&port->replies, port);
	for (const struct link *l = port->replies.next; l != &port->replies;
	     l = l->next) {
		const struct message_node *m = (const struct message_node *)l;

		place(port, m, AWAITED);
		MUST(m->owner == NULL && m->port == port &&
			 m->received == RECEIVED_REPLY,
		    "no reply", m);
		MUST(entry_of_capability(m->holder) != NULL &&
			 m->holder->type == OBJECT_REPLY &&
			 m->holder->object == m,
		    "an answer that no one can give", m);
	}
}

static void
check_port(const struct port *port)
{
	size_t n = node_count(port), used = 0;
	uint64_t fresh, pages = object_at(port)->pages;

	if (is_cleaned(port, pages))
		return;
	if (n > places_room)
		places = realloc(places, places_room = n);
	memset(places, NOWHERE, n);
	for (const struct message_node *m = port->free; m != NULL; m = m->next)
		place(port, m, FREE);
	check_queue(port);
	check_replies(port);
	if (port->hand != NULL)
		check_hand(port);
	check_badges_of(port);
	for (size_t i = 0; i < n; i++) {
		const struct message_node *m = node_first(port) + i;

		/* A port that ends forgets its replies. */
		MUST(places[i] != NOWHERE || port->object.ending,
		    "a message is lost", m);
		used += places[i] != FREE;
		for (unsigned k = 0; k < MESSAGE_SLOTS; k++)
			MUST(places[i] == QUEUED ||
				 m->slots[k].type == OBJECT_NONE,
			    "a message that is not sent carries something", m);
	}
	fresh = PORT_MESSAGES(pages) - n;
	MUST(port->left == fresh + (n - used), "messages do not add up", port);
}

static void
check_waiters(const struct port *port)
{
	ring_check(&port->waiters, port);
	for (const struct link *l = port->waiters.next; l != &port->waiters;
	     l = l->next) {
		const struct task *t = CONTAINER(l, const struct task, link);

		MUST(is_object(t, OBJECT_TASK) &&
			 (t->stop & (STOP_RECEIVE | STOP_DEAD)) == STOP_RECEIVE,
		    "waits and does not", t);
	}
	MUST(list_empty(&port->waiters) ||
		 (port->bits == 0 && list_empty(&port->queue)),
	    "a receiver sleeps at a port with something in it", port);
}

/* Each capability for an answer stands for one that is waited for. */
static void
check_reply_entries(void)
{
	EACH_ENTRY(e)
	{
		const struct message_node *m = e->c->object;
		const struct task *t;

		if (e->c->type != OBJECT_REPLY)
			continue;
		t = CONTAINER(m, const struct task, fault);
		MUST(m->holder == e->c, "two hold one reply", e->c);
		if (m->received == RECEIVED_FAULT)
			MUST(is_object(t, OBJECT_TASK) &&
				 (t->stop & (STOP_FAULT | STOP_DEAD)) ==
				     STOP_FAULT,
			    "an answer to no fault", e->c);
		else
			MUST(m->received == RECEIVED_REPLY &&
				 is_object(m->port, OBJECT_PORT) &&
				 m->link.next != NULL,
			    "an answer to no one", e->c);
	}
}

void
check_ports(void)
{
	gather_badges();
	EACH(struct port, port, OBJECT_PORT)
	{
		check_port(port);
		check_waiters(port);
	}
	for (size_t i = 0; i < badge_count; i++)
		check_badge(badges[i].badge, badges[i].references);
	check_reply_entries();
}
