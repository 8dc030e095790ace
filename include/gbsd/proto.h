/*
 * proto: requests and answers, from one list for each protocol.
 *
 * include/proto/NAME.h declares for each operation the structures
 * NAME_OPERATION_req and NAME_OPERATION_rep, then one list
 *
 *	#define BLK_OPS(OP)                           \
 *		OP(blk, 1, info, BLK_READ, REPEAT)    \
 *		OP(blk, 2, write, BLK_WRITE, ONCE)
 *	PROTO_CLIENT(blk, BLK_OPS)
 *
 * with number, name, the protocol rights that the client must have, and if
 * the request may be repeated when the server died over it.  PROTO_CLIENT
 * makes enum blk_op, the stubs blk_info() and blk_info_until(), and
 * blk_op_name().  PROTO_TABLE of <gbsd/serve.h> makes the server's side.
 *
 * In a message words[0] is the operation in a request and the error in an
 * answer; the structure follows.  A capability to a server carries a badge:
 * its low half says who the client is, its high half what the client may do.
 *
 * Each thread has a reply port, and one call under way.  If the server dies
 * the answer is E_DEAD_REPLY; one that is restarted in place has the same
 * port, so a request that may be repeated just goes there again.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <gbsd/area.h>
#include <gbsd/error.h>

enum {
	PROTO_BYTES = (MESSAGE_WORDS - 1) * 8, /* of a structure */
	PROTO_REPEATS = 3, /* a request that kills a server stops at that */
};

/* What the list says of an operation. */
enum proto_flags {
	ONCE = 0,
	REPEAT = 1, /* sent again if the server died over it */
};

#define PROTO_BADGE(client, rights) ((uint64_t)(rights) << 32 | (client))

/* The capabilities of a call.  out move to the server, 0: none; they are gone
 * unless the call could not be sent, then they are left here.  in are those
 * of the answer, the caller's to close. */
struct carried {
	cap_t out[MESSAGE_CAPS];
	cap_t in[MESSAGE_CAPS];
};

/* One call; the stubs fill it in. */
struct proto_call {
	uint32_t operation;
	uint8_t flags; /* enum proto_flags */
	uint8_t request_size, reply_size;
	const void *request; /* may be NULL if its size is 0 */
	void *reply; /* untouched if there is an error */
	struct carried *carried; /* or NULL */
	uint64_t deadline; /* gbsd_time(), or 0: waits for ever */
};

/* Sends a request and waits for the answer.  What the server answered, or
 * E_DEAD_REPLY, E_TIMED_OUT (the answer, if it comes, is refused), or what
 * port_send says.  A full queue is waited for. */
NODISCARD enum error proto_call(cap_t server, const struct proto_call *call);

/* A request that wants no answer; E_PORT_FULL is not waited for. */
NODISCARD enum error proto_tell(
    cap_t server, uint32_t operation, const void *request, size_t size);

/* Sets an alarm: at that time the bit PROTO_BIT_ALARM of signal, which is the
 * calling thread's for good.  A later call replaces the time.  Who has a
 * service for that puts it here; without, a call with a deadline yields
 * until the answer is there. */
#define PROTO_BIT_ALARM (1ull << 60)
extern enum error (*proto_alarm)(cap_t signal, uint64_t time);

/* Gives back the calling thread's reply port, before the thread ends. */
void proto_thread_end(void);

/* --- from the list -----------------------------------------------------*/

#define PROTO_ENUM_(p, number, name, right, again) p##_op_##name = number,

#define PROTO_NAME_(p, number, name, right, again) \
	case number:                               \
		return #p "." #name;

#define PROTO_STUB_(p, number, name, right, again)                           \
	_Static_assert(sizeof(struct p##_##name##_req) <= PROTO_BYTES,       \
	    #p "." #name ": the request does not fit a message");            \
	_Static_assert(sizeof(struct p##_##name##_rep) <= PROTO_BYTES,       \
	    #p "." #name ": the answer does not fit a message");             \
	NODISCARD static inline enum error p##_##name##_until(cap_t server,  \
	    const struct p##_##name##_req *q, struct p##_##name##_rep *r,    \
	    struct carried *c, uint64_t deadline)                            \
	{                                                                    \
		return proto_call(server,                                    \
		    &(struct proto_call){ .operation = (number),             \
			.flags = (again),                                    \
			.request_size = sizeof(*q),                          \
			.reply_size = sizeof(*r),                            \
			.request = q,                                        \
			.reply = r,                                          \
			.carried = c,                                        \
			.deadline = deadline });                             \
	}                                                                    \
	NODISCARD static inline enum error p##_##name(cap_t server,          \
	    const struct p##_##name##_req *q, struct p##_##name##_rep *r,    \
	    struct carried *c)                                               \
	{                                                                    \
		return p##_##name##_until(server, q, r, c, 0);               \
	}

#define PROTO_CLIENT(p, OPS)                            \
	enum p##_op { OPS(PROTO_ENUM_) };               \
	static inline const char *p##_op_name(uint64_t operation) \
	{                                               \
		switch (operation) {                    \
			OPS(PROTO_NAME_)                \
		default:                                \
			return #p ".?";                 \
		}                                       \
	}                                               \
	OPS(PROTO_STUB_)
