/*
 * pieces: raw memory cut into pieces, as the kernel's derivation wants it.
 *
 * A piece of 2^n pages is free, taken, or divided: large ones in two, small
 * ones in up to eight equal pieces.  One that serves for an odd number of pages
 * is cut instead: that much from its front, and then what else is wanted.  The
 * kernel derives children of raw memory in order only, until none is left: so
 * pieces are derived one behind the other as they are needed, and stay; when
 * all are free again, revoking the divided piece makes it whole.  What is as
 * large as what is asked for goes first, then what is larger by the least, so
 * large pieces stay large.
 *
 * All that is known lies in a record for each slot of the caller's table and
 * is written in an order that lets pieces_resume() go on after a death at any
 * point.  The process's own pool (memory.h) and memory_server are made of
 * this.  It has no lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gbsd/call.h>
#include <gbsd/error.h>

enum {
	PIECE_ORDERS = 25, /* the largest is 2^24 pages */
	PIECE_STEP = 3, /* divided into 2^PIECE_STEP at most, */
	PIECE_HALVES = 8, /* larger than this order in two */
};

enum piece_state {
	PIECE_NONE, /* the slot is not a piece's */
	PIECE_ROOT, /* of any size; cut, and never whole again */
	PIECE_FREE,
	PIECE_TAKEN,
	PIECE_DIVIDED,
	PIECE_CUT, /* into pieces of any size */
};

struct piece {
	uint32_t generation; /* the upper half of its handle */
	uint8_t state, order;
	uint8_t child_order; /* divided: of its children */
	uint8_t reserved;
	uint32_t pages;
	uint32_t rights;
	uint32_t dirty; /* pages from its first on that may not be zero */
	uint32_t made; /* divided: children so far; cut: pages so far */
	uint32_t live; /* children that are not free */
	/* Slots of others; 0: none. */
	uint32_t parent;
	uint32_t child, sibling; /* children: a list */
	uint32_t next, previous; /* taken: its owner's list; else below */
	uint32_t owner; /* for the user: of what is taken, or of a whole one */
	uint32_t used; /* root: pages that never were ours */
	uint64_t given; /* for the user: the capability that it gave away */
};

_Static_assert(sizeof(struct piece) == 64, "a page for each page of table");

struct pieces {
	struct piece *records; /* by slot */
	uint32_t count; /* records: slots from there on are not used */
	/* Lists. */
	uint32_t free[PIECE_ORDERS];
	uint32_t partial[PIECE_ORDERS]; /* divided, with room for one of that */
	uint32_t rest[PIECE_ORDERS]; /* cut, with room for one of that */
	uint64_t free_pages, total_pages;
};

/* The piece that has this handle, in any state, or NULL. */
struct piece *pieces_find(struct pieces *pieces, cap_t cap);
cap_t piece_cap(const struct pieces *pieces, const struct piece *piece);

/* Lists of pieces by next and previous; *head is a slot. */
void pieces_link(struct pieces *pieces, uint32_t *head, struct piece *piece);
void pieces_unlink(struct pieces *pieces, uint32_t *head, struct piece *piece);

/* Another one to cut pieces from: raw memory, of whose pages from used on
 * nothing is derived, and those below dirty may not be zero.  E_NO_MEMORY: its
 * slot has no record. */
NODISCARD enum error pieces_add(struct pieces *pieces, cap_t raw,
    uint32_t rights, size_t pages, size_t used, size_t dirty, uint32_t owner);

/* A piece of 2^order pages, which is in no list.  E_NO_MEMORY: there is none so
 * large; E_LIMIT: the table or the records are full. */
NODISCARD enum error
pieces_take(struct pieces *pieces, unsigned order, struct piece **piece);
/* The same with exactly so many pages. */
NODISCARD enum error
pieces_take_pages(struct pieces *pieces, size_t pages, struct piece **piece);

/* Ends all that was made of it, unmaps it, and makes it free.  *whole is the
 * piece that it is now part of, often itself. */
void
pieces_give(struct pieces *pieces, struct piece *piece, struct piece **whole);

/* A capability to all of a piece that is taken, cleared, without some rights,
 * to give away; the piece itself can then revoke it. */
NODISCARD enum error pieces_lend(struct pieces *pieces,
    const struct piece *piece, uint32_t without, cap_t *cap);
/* Is that capability still in the caller's table? */
bool pieces_has(cap_t cap);

/* A free piece, part of no other, is given away: its handle is stale soon. */
void pieces_forget(struct pieces *pieces, struct piece *piece);

/* After a restart in place: all but the records is made again. */
void pieces_resume(struct pieces *pieces);

/* The least n with 2^n >= pages; PIECE_ORDERS if there is none. */
unsigned pieces_order(size_t pages);
