/*
 * log: what one may ask of log_server.
 *
 * An entry is longer than a message: its text comes in pieces, each but the
 * last with LOG_MORE.  Nobody need wait for an answer: <gbsd/log.h> tells.
 * Readers get whole records in memory of a session.
 */
#pragma once

#include <gbsd/proto.h>
#include <proto/log_record.h>

enum log_rights {
	LOG_WRITE = 1,
	LOG_READ = 2,
	LOG_CONTROL = 4, /* the levels of others */
};

/* write: a piece of an entry's text; the level of its first piece counts, and
 * what goes beyond LOG_TEXT bytes is cut off.  dropped: messages that the
 * client could not send since the last that it could.
 * sequence: the entry's number, 0 if there is more to come or its level is
 * too low.  E_INVALID: no such level or length. */
enum { LOG_PIECE = 48, LOG_MORE = 1 };
struct log_write_req {
	uint32_t dropped;
	uint8_t level; /* enum log_level */
	uint8_t length; /* of text */
	uint16_t flags; /* LOG_MORE */
	char text[LOG_PIECE];
};
struct log_write_rep {
	uint64_t sequence;
};

/* flush: everything written before is where it will be found again: in the
 * ring.  next: the number that the next entry will have. */
struct log_flush_req {
};
struct log_flush_rep {
	uint64_t next;
};

/* set_level: entries of the client below level are not kept any more.
 * client LOG_SELF: the asker; LOG_ALL: whoever has no level of its own.  All
 * but LOG_SELF need LOG_CONTROL.  E_INVALID: no such level; E_LIMIT: too many
 * clients have levels. */
enum { LOG_SELF = 0, LOG_ALL = UINT32_MAX };
struct log_set_level_req {
	uint32_t client;
	uint32_t level;
};
struct log_set_level_rep {
};

/* read_tail: entries from number sequence on into the session's memory, as
 * many as fit; sequence 0: the last count.  Of those only the ones of source
 * (0: any) with level or more.  With follow the answer waits until there is
 * one.  size: bytes of struct log_record; next: where to go on, and end: the
 * number that the next entry will have: if they differ there is more; lost:
 * entries from sequence on that were overwritten before they were read.
 * E_NOT_FOUND: no such session; E_LIMIT: two of the client's wait already. */
struct log_read_tail_req {
	uint64_t sequence;
	uint32_t count;
	uint32_t session;
	uint32_t source;
	uint8_t level;
	uint8_t follow;
};
struct log_read_tail_rep {
	uint64_t next;
	uint64_t end;
	uint64_t lost;
	uint32_t size;
};

/* session: a new one; its memory comes as a capability.  A third takes the
 * place of the one that the client did not use for the longest time.  E_LIMIT,
 * E_NO_MEMORY. */
struct log_session_req {
};
struct log_session_rep {
	uint32_t session;
	uint32_t size;
};

/* query: the counts of a client with a number of at least client, and what
 * init called it; all are found by asking for the one behind the last.
 * E_NOT_FOUND: no more. */
enum { LOG_NAME = 20 };
struct log_query_req {
	uint32_t client;
};
struct log_query_rep {
	uint32_t client;
	uint32_t level;
	uint64_t kept; /* entries */
	uint64_t refused; /* entries below its level */
	uint64_t dropped; /* messages that it could not send */
	char name[LOG_NAME]; /* zero-padded, or all zero: init knew none */
};

#define LOG_OPS(OP)                             \
	OP(log, 1, write, LOG_WRITE, ONCE)      \
	OP(log, 2, flush, LOG_WRITE, REPEAT)    \
	OP(log, 3, set_level, 0, REPEAT)        \
	OP(log, 4, read_tail, LOG_READ, REPEAT) \
	OP(log, 5, session, LOG_READ, ONCE)     \
	OP(log, 6, query, LOG_READ, REPEAT)
PROTO_CLIENT(log, LOG_OPS)
