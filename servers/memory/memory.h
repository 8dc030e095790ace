/*
 * memory: who has which memory.
 *
 * Pieces (gbsd/pieces.h) belong to accounts.  All of it lies in memory that
 * outlives the server: what counts for certain is written in an order that
 * store_resume() can make the rest from.
 *
 * What is revoked at the end of an account is revoked in steps, so that no
 * other client waits for it: store_step().
 */
#pragma once

#include <stdbool.h>

#include <gbsd/pieces.h>

/* As the protocol has them; main.c says that they are the same. */
enum {
	STORE_LEAST = 16, /* pages of the smallest piece */
	STORE_ACCOUNTS = 256, /* accounts that there can be */
};
#define STORE_CLIENT (1u << 31) /* in the number of each account */

/* What was taken. */
struct taken {
	cap_t cap; /* for the client */
	uint64_t number; /* of the piece */
	uint64_t pages; /* zeroes */
};

enum account_state {
	ACCOUNT_FREE,
	ACCOUNT_OPEN,
	ACCOUNT_GONE, /* its badge is; what it has is being taken back */
};

struct account {
	uint32_t state;
	uint32_t client; /* the low half of its badge */
	uint32_t parent; /* index: whose limit it has */
	uint32_t accounts; /* that it may open, */
	uint32_t accounts_left; /* and still open */
	uint64_t limit, used; /* pages; used: by accounts that it opened too */
	uint32_t taken; /* list of pieces, by piece.next */
	uint32_t ending; /* list of those that are to be taken back */
	cap_t badge; /* stale when it is given away */
	cap_t reply; /* of a reset that is under way, or 0 */
};

struct store {
	uint64_t magic;
	uint64_t serial; /* of accounts */
	uint32_t last; /* place where the last account was made */
	uint32_t ending; /* accounts with something to take back */
	struct pieces pieces;
	struct account accounts[1 + STORE_ACCOUNTS]; /* [0]: all memory's */
};

/* Makes it in size bytes of zeroes; E_EXISTS: goes on with what is there. */
NODISCARD enum error store_begin(struct store *store, size_t size);

/* More memory; as pieces_add(). */
NODISCARD enum error store_add(struct store *store, cap_t raw, uint32_t rights,
    size_t pages, size_t dirty);

/* The account of that number; NULL: there is none. */
struct account *store_account(struct store *store, uint32_t client);

/* As proto/memory.h says.  bus: it may tell its bus address. */
NODISCARD enum error store_take(struct store *store, struct account *account,
    bool bus, uint64_t pages, struct taken *taken);
NODISCARD enum error
store_give(struct store *store, struct account *account, uint64_t piece);
/* A new one; its badge is the caller's to make. */
NODISCARD enum error store_open(struct store *store, struct account *parent,
    uint64_t limit, uint32_t accounts, struct account **out);
/* E_WOULD_BLOCK: store_step() finishes it. */
NODISCARD enum error store_reset(struct store *store, struct account *parent,
    uint64_t client, struct account **out);

/* The last capability of an account is gone, or was never made. */
void store_gone(struct store *store, struct account *account);
/* Takes some pieces back; true while there are more.  done is called for the
 * reply of a reset that is finished. */
bool store_step(struct store *store, void (*done)(cap_t reply));
