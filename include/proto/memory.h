/*
 * memory: what one may ask of memory_server: raw memory, and accounts that
 * it is charged to.
 *
 * An account is a badge of the server's port.  It has a limit in pages.  When
 * no capability with the badge is left, all that was taken with it is revoked.
 * What an account takes counts for those that it was opened from, too.
 */
#pragma once

#include <gbsd/proto.h>

enum mem_rights {
	MEM_TAKE = 1, /* take, give, info */
	MEM_OPEN = 2, /* open, reset */
	MEM_BUS = 4, /* what it takes may tell its bus address */
	MEM_ROOT = 8, /* its account is that of all memory, not its badge's */
};

enum {
	MEM_LEAST = 16, /* pages of the smallest piece */
	MEM_ACCOUNTS = 256, /* accounts that there can be */
};

/* take: raw memory of at least that many pages: the next power of two, and
 * MEM_LEAST at least.  The answer brings the capability, to zeroes.  piece:
 * what give wants.
 * E_INVALID: no pages; E_LIMIT: the account's limit would be passed;
 * E_NO_MEMORY: there is no such piece. */
struct mem_take_req {
	uint64_t pages;
};
struct mem_take_rep {
	uint64_t pages;
	uint64_t piece;
};

/* give: revokes a piece, whoever has parts of it, and takes it back.
 * E_NOT_FOUND: the account has no such piece. */
struct mem_give_req {
	uint64_t piece;
};
struct mem_give_rep {
};

/* open: an account, as a capability in the answer, with a limit of no more than
 * the caller's, and a number of further accounts that is taken from the
 * caller's.  rights: of its holder, no
 * more than the caller has, without MEM_ROOT.
 * E_INVALID: no limit; E_NO_RIGHTS; E_LIMIT: the caller's is not enough, or it
 * may open no more; E_NO_MEMORY: the server has no room for it. */
struct mem_open_req {
	uint64_t limit;
	uint32_t accounts;
	uint32_t rights;
};
struct mem_open_rep {
	uint64_t account; /* for reset */
};

/* reset: revokes all that was taken with an account that the caller opened;
 * the answer comes when it is done.  Accounts opened by it stay.
 * E_NOT_FOUND: there is no such account of the caller's; E_STATE: it is being
 * reset. */
struct mem_reset_req {
	uint64_t account;
};
struct mem_reset_rep {
};

/* info: in pages.  used: taken, by accounts that it opened too; free: of all memory,
 * not yet taken by anybody; total: all memory. */
struct mem_info_req {
};
struct mem_info_rep {
	uint64_t used, limit;
	uint64_t free, total;
	uint64_t accounts; /* that it may still open */
};

#define MEM_OPS(OP)                         \
	OP(mem, 1, take, MEM_TAKE, REPEAT)  \
	OP(mem, 2, give, MEM_TAKE, REPEAT)  \
	OP(mem, 3, open, MEM_OPEN, REPEAT)  \
	OP(mem, 4, reset, MEM_OPEN, REPEAT) \
	OP(mem, 5, info, MEM_TAKE, REPEAT)
PROTO_CLIENT(mem, MEM_OPS)
