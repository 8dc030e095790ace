/*
 * serve: the loop of a server.
 *
 * The server writes, for each operation of its protocol's list,
 *
 *	static enum error
 *	do_info(struct disk *d, struct exchange *x,
 *	    const struct blk_info_req *q, struct blk_info_rep *r)
 *
 * then PROTO_TABLE(blk, BLK_OPS), and calls serve().  The loop checks length
 * and rights, calls the function, and answers with what it returns: r, which
 * is zero at first, goes out only with E_OK.  A message that the table does
 * not know is answered with E_INVALID_REQUEST; nothing that a client sends
 * ends the loop.
 *
 * A function that cannot answer yet takes the reply out of the exchange and
 * answers later, from another function or a hook.
 */
#pragma once

#include <stdbool.h>

#include <gbsd/calls.h>
#include <gbsd/proto.h>

/* For the badge of a fault port: no operation needs this right. */
#define SERVE_FAULT (1u << 31)
/* Clients that init names are below; a server numbers its own from here. */
#define SERVE_OWN_CLIENT (1u << 31)

/* Of the server's port: init asks it to end.  The loop calls the stop hook
 * and then exit(0). */
#define SERVE_BIT_STOP (1ull << 59)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct exchange {
	uint32_t client, rights; /* the badge's halves */
	cap_t reply; /* 0: nobody waits for an answer, or taken */
	cap_t in[MESSAGE_CAPS]; /* closed after the call, unless taken */
	cap_t out[MESSAGE_CAPS]; /* move to the client with E_OK, else closed */
};

/* in[i] for the server to keep. */
static inline cap_t
exchange_take(struct exchange *x, unsigned i)
{
	cap_t cap = x->in[i];

	x->in[i] = 0;
	return cap;
}

/* Keeps the reply: the function's result is ignored, and answer() is due. */
static inline cap_t
exchange_keep(struct exchange *x)
{
	cap_t reply = x->reply;

	x->reply = 0;
	return reply;
}

/* The late answer to a request of operation p.name: rep counts with E_OK. */
#define ANSWER(p, name, reply, e, rep, out)                             \
	serve_answer(reply, e,                                          \
	    (1 ? (rep) : (const struct p##_##name##_rep *)NULL),        \
	    sizeof(struct p##_##name##_rep), out)

/* Answers; out: MESSAGE_CAPS capabilities or NULL, closed unless they went to
 * the client.  False if the client waits no more, or reply is 0. */
bool serve_answer(cap_t reply, enum error e, const void *rep, size_t size,
    const cap_t *out);

struct serve_op {
	enum error (*run)(
	    void *state, struct exchange *x, const void *q, void *r);
	uint32_t rights;
	uint8_t request_size, reply_size;
};

/* What the loop works with.  Hooks may be NULL: then it is ignored. */
struct serve {
	cap_t port;
	const struct serve_op *ops; /* by number */
	size_t count;
	void *state; /* given to all */
	void (*bits)(void *state, uint64_t bits);
	/* The last capability with that badge is gone. */
	void (*gone)(void *state, uint32_t client, uint32_t rights);
	/* A task faulted whose space reports to this port.  Without
	 * exchange_keep it dies; an answer of FAULT_RESUME resumes it. */
	void (*fault)(void *state, struct exchange *x, const struct fault *f);
	/* RECEIVED_EVENT, and RECEIVED_REPLY of calls that were sent with the
	 * server's port for the reply; its capabilities are closed, unless
	 * set to 0 here. */
	void (*event)(void *state, enum received kind, struct message *m);
	/* It is to end: what must be saved is saved here. */
	void (*stop)(void *state);
	bool no_wait; /* serve_one: E_WOULD_BLOCK if there is nothing */
	/* After each of the above and each request. */
	void (*turn)(void *state);
};

/* Serves until the port is destroyed.  Tells init first that it is ready. */
void serve(const struct serve *serve);
/* Waits for one thing and handles it; E_INVALID_PORT: the port is gone. */
NODISCARD enum error serve_one(const struct serve *serve);

#define PROTO_RUN_(p, number, name, right, again)                        \
	static enum error p##_run_##name(                                \
	    void *state, struct exchange *x, const void *q, void *r)     \
	{                                                                \
		return do_##name(state, x, q, r);                        \
	}

#define PROTO_ENTRY_(p, number, name, right, again)                      \
	[number] = { .run = p##_run_##name,                              \
		.rights = (right),                                       \
		.request_size = sizeof(struct p##_##name##_req),         \
		.reply_size = sizeof(struct p##_##name##_rep) },

#define PROTO_TABLE(p, OPS) \
	OPS(PROTO_RUN_)     \
	static const struct serve_op p##_ops[] = { OPS(PROTO_ENTRY_) };
