/*
 * port: bounded queues, badges, replies, notification bits and events.
 *
 * A badge's messages are made with it: they are its share of the queue, and
 * when none is free the sender gets E_PORT_FULL.  One more is kept for the
 * news that no capability with the badge is left.  A reply's message is made
 * with its SEND_ONCE; destroyed unused, it becomes a dead reply.  So nothing
 * that must arrive ever needs memory, and no sender uses another's room.
 *
 * A port lives as long as a capability with RIGHT_RECEIVE does.
 */
#pragma once

#include "capability.h"

struct task;

enum { SLOT_REPLY = MESSAGE_CAPS, MESSAGE_SLOTS };

/* A message under way; as a reply, what its SEND_ONCE refers to. */
struct message_node {
	struct link link; /* in port.queue or badge.share */
	struct port *port; /* a reference, of a reply */
	struct badge *owner; /* whose share it belongs to, or NULL */
	struct space *payer; /* of a reply's slot; of a fault NULL */
	uint64_t badge;
	uint64_t length;
	uint64_t received; /* enum received */
	uint64_t words[MESSAGE_WORDS];
	struct capability slots[MESSAGE_SLOTS];
};

struct badge {
	struct port *port; /* a reference, except in port.self */
	uint32_t references; /* capabilities */
	uint32_t size; /* messages of its own, the last one's included */
	uint64_t value;
	struct link share; /* free messages */
	struct message_node *last; /* told when no capability is left */
	struct space *payer;
	struct port *room; /* a refused sender's, told of room; reference */
};

struct port {
	struct object object; /* references: badges, replies */
	struct link queue; /* messages, oldest first */
	struct link waiters; /* tasks, oldest first */
	uint64_t bits;
	uint32_t receivers; /* capabilities with RIGHT_RECEIVE */
	struct badge self; /* what port_allocate gives */
};

/* Sets bits; wakes a waiter. */
void port_signal(struct port *port, uint64_t bits);
/* Queues a message and wakes a waiter. */
void port_post(struct message_node *m);
void port_destroy(struct port *port);
bool port_step(struct port *port); /* drains a dead one; true when done */
/* Counts an entry with RIGHT_RECEIVE that came (+1) or went (-1). */
void port_receivers(struct badge *badge, int change);

void badge_put(struct badge *badge);
/* A reply for port, paid by payer: E_QUOTA, E_NO_MEMORY. */
NODISCARD enum error reply_create(struct space *payer, struct port *port,
    uint64_t badge, struct message_node **out);
/* Its SEND_ONCE was destroyed. */
void reply_drop(struct message_node *reply);
/* A new badge, as reply_create. */
NODISCARD enum error badge_create(struct space *payer, struct port *port,
    uint64_t value, uint64_t share, struct badge **out);
