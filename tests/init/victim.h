/* victim: the protocol of a server that is made to be mistreated. */
#pragma once

#include <gbsd/proto.h>

enum victim_rights { VICTIM_USE = 1, VICTIM_SECRET = 2 };

struct victim_add_req {
	uint64_t a, b;
};
struct victim_add_rep {
	uint64_t sum;
};

/* die: ends the server, unless that many lives were before this one. */
struct victim_die_req {
	uint64_t lives;
};
struct victim_die_rep {
	uint64_t restarts, kept;
};

/* die_once: the same, not to be repeated. */
struct victim_die_once_req {
	uint64_t lives;
};
struct victim_die_once_rep {
};

struct victim_secret_req {
};
struct victim_secret_rep {
};

/* later: is answered by release. */
struct victim_later_req {
};
struct victim_later_rep {
};

/* release: answers the last later; did somebody wait for it? */
struct victim_release_req {
};
struct victim_release_rep {
	uint32_t waited;
};

/* gift: gives back the capability that comes with it. */
struct victim_gift_req {
};
struct victim_gift_rep {
};

/* gone: how many clients let go so far. */
struct victim_gone_req {
};
struct victim_gone_rep {
	uint64_t count;
};

#define VICTIM_OPS(OP)                               \
	OP(victim, 1, add, VICTIM_USE, REPEAT)       \
	OP(victim, 2, die, VICTIM_USE, REPEAT)       \
	OP(victim, 3, die_once, VICTIM_USE, ONCE)    \
	OP(victim, 4, secret, VICTIM_SECRET, REPEAT) \
	OP(victim, 5, later, VICTIM_USE, ONCE)       \
	OP(victim, 7, release, VICTIM_USE, ONCE)     \
	OP(victim, 8, gift, VICTIM_USE, ONCE)        \
	OP(victim, 9, gone, VICTIM_USE, REPEAT)
PROTO_CLIENT(victim, VICTIM_OPS)
