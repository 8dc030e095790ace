/*
 * port: bounded queues, badges, replies, notification bits and events.
 *
 * A queue holds nodes.  The nodes of messages are made when the badge is
 * made: a badge's free messages are its share of the queue, and when there is
 * none the sender gets E_PORT_FULL.  A reply's message is made with its
 * SEND_ONCE, and what carries an identity (a death, a badge that is gone, a
 * revocation) has its node in the object it speaks of.  So nothing that must
 * arrive ever needs memory, and no sender uses another's room.
 *
 * A port lives as long as a capability with RIGHT_RECEIVE does.  Senders of a
 * dead port get E_INVALID_PORT; the answers it owed become dead replies.
 */
#pragma once

#include "capability.h"

struct port;
struct task;

struct node {
	struct link link; /* in port.queue */
	uint64_t badge;
	uint64_t word; /* words[1] of an event */
	uint32_t received; /* enum received */
	uint32_t event; /* enum event, of RECEIVED_EVENT */
	struct port *port; /* that it is or will be queued at; a reference */
};

enum { SLOT_REPLY = MESSAGE_CAPS, MESSAGE_SLOTS };

/* A message under way; as a reply, what its SEND_ONCE refers to. */
struct message_node {
	struct object object; /* OBJECT_REPLY */
	struct node node;
	struct space *payer; /* of a reply's slot; of a fault NULL */
	struct badge *badge; /* whose share it belongs to; of a reply NULL */
	uint64_t length;
	uint64_t words[MESSAGE_WORDS];
	struct capability slots[MESSAGE_SLOTS]; /* object NULL: none */
};

struct badge {
	struct object object; /* OBJECT_PORT; references: capabilities */
	struct port *port; /* a reference, except in port.self */
	uint64_t value;
	struct link share; /* free messages, node.link */
	uint32_t share_size; /* messages, free or under way */
	struct space *payer; /* of the share; a reference */
	struct port *room; /* a refused sender's, told of room; reference */
	struct node gone;
};

struct port {
	struct object object; /* references: badges, replies, watches */
	struct space *owner; /* a reference */
	struct link queue; /* nodes, oldest first */
	struct link waiters; /* tasks, oldest first */
	uint64_t bits;
	uint32_t receivers; /* capabilities with RIGHT_RECEIVE */
	bool delivering; /* a message is in hand */
	struct badge self; /* what port_allocate gives */
};

/* Tells a port when a capability is revoked or an object dies. */
struct watch {
	struct node node;
	struct space *payer; /* of one slot; a reference */
};

uint64_t port_allocate(struct task *task, uint64_t *a);
uint64_t port_send(struct task *task, uint64_t *a);
uint64_t port_receive(struct task *task, uint64_t *a);

/* Sets bits; wakes a waiter. */
void port_signal(struct port *port, uint64_t bits);
/* Queues a node and wakes a waiter; a dead port drops it. */
void port_post(struct port *port, struct node *node);

/* A new badge of the port with its share, paid by payer. E_QUOTA,
 * E_NO_MEMORY. */
NODISCARD enum error badge_create(struct port *port, struct space *payer,
    uint64_t value, uint32_t share, struct badge **out);
/* A watch that will post event with that badge. E_QUOTA, E_NO_MEMORY. */
NODISCARD enum error watch_create(struct port *port, struct space *payer,
    uint64_t badge, enum event event, struct watch **out);
/* Posts the watch with words[1] = word; it is freed when received. */
void watch_fire(struct watch *watch, uint64_t word);
void watch_free(struct watch *watch);

/* A capability with that object was destroyed, by object type. */
void badge_put(struct badge *badge);
void reply_drop(struct message_node *reply);

void port_destroy(struct port *port);
bool port_step(struct port *port); /* drains; true when done */
void port_free(struct port *port);
/* Counts an entry with RIGHT_RECEIVE that came (+1), went (-1) or goes to
 * another space (0). */
void port_receivers(struct badge *badge, int change);
