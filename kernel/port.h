/*
 * port: bounded queues, badges, replies, notification bits and events.
 *
 * Messages lie in the memory that the port was made of, so its owner decides
 * how many there are.  A badge's share is set aside when the badge is made;
 * when none is free the sender gets E_PORT_FULL.  One more is kept for the
 * news that no capability with the badge is left.  A reply's message is taken
 * when its SEND_ONCE is made; destroyed unused, it becomes a dead reply.  So
 * nothing that must arrive ever needs memory, and no sender uses another's
 * room.
 *
 * Several may receive from a port, but only its maker's capability, which has
 * RIGHT_DESTROY, makes it live.
 */
#pragma once

#include "object.h"

struct task;

enum { SLOT_REPLY = MESSAGE_CAPS, MESSAGE_SLOTS };

/* A message under way; as a reply, what its SEND_ONCE refers to. */
struct message_node {
	struct link link; /* in port.queue, port.replies or badge.share,
			   * but for what is in a hand */
	struct port *port; /* of the task's fault port: in queue or held */
	struct badge *owner; /* whose share it belongs to, or NULL */
	union {
		struct capability *holder; /* of a reply: its entry */
		struct message_node *next; /* free: in port.free */
		struct task *task; /* in its hand: task.hand, port.hand */
	};
	uint64_t badge;
	uint64_t length;
	uint64_t received; /* enum received; of a task's own: FAULT */
	uint64_t words[MESSAGE_WORDS];
	struct capability slots[MESSAGE_SLOTS];
};

struct badge {
	uint32_t references; /* capabilities */
	uint32_t size; /* messages of its own, the last one's included */
	struct port *port;
	uint64_t value;
	struct link share; /* free messages */
	struct message_node *last; /* told when no capability is left */
	struct capability room; /* a refused sender's port, told of room */
};

struct port {
	struct link queue; /* messages, oldest first */
	struct link waiters; /* tasks, oldest first */
	struct link replies; /* messages of SEND_ONCEs that are not used */
	uint64_t bits;
	struct message_node *free;
	struct message_node *hand; /* taken, and not done; or NULL */
	uint64_t left; /* messages that are free or were never used */
	_Alignas(OBJECT_AT) struct object object;
	struct badge self; /* what port_allocate gives */
};

_Static_assert(offsetof(struct port, object) == OBJECT_AT, "object_of()");
_Static_assert(sizeof(struct message_node) == 320, "PORT_MESSAGES");
_Static_assert(sizeof(struct port) <= 512, "PORT_MESSAGES");

/* Sets bits; wakes a waiter. */
void port_signal(struct port *port, uint64_t bits);
/* Queues a message and wakes a waiter. */
void port_post(struct message_node *m);
/* The task dies that has it in hand: it comes once more. */
void port_hand_back(struct message_node *m);
bool port_step(struct port *port); /* takes it apart; true when done */
void badge_gone(struct badge *badge); /* no capability is left */
void reply_drop(struct message_node *reply); /* SEND_ONCE destroyed unused */
