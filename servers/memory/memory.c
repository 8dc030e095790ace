/* memory: accounts and what is charged to them; see memory.h. */
#include "memory.h"

#include <string.h>

enum { STEP = 32, INDEX_BITS = 9, SERIAL_BITS = 22 };

#define MAGIC 0x4D454D5F53544F52ull /* MEM_STOR */

_Static_assert(STORE_ACCOUNTS < 1 << INDEX_BITS, "fits a client's number");

static uint32_t
index_of(const struct store *s, const struct account *a)
{
	return (uint32_t)(a - s->accounts);
}

static bool
has_more(const struct account *a)
{
	return a->ending != 0 || a->reply != 0 || a->state == ACCOUNT_GONE;
}

/* --- pieces ----------------------------------------------------------------*/

static struct piece *
piece_of(struct store *s, const struct account *a, uint64_t number)
{
	struct piece *n = &s->pieces.records[number];

	return number != 0 && number < s->pieces.count &&
		       n->state == PIECE_TAKEN && n->owner == index_of(s, a) + 1
		   ? n
		   : NULL;
}

/* Its own account and all that it was opened from have so much left.  That of
 * all memory has no limit: there is a piece, or none. */
static bool
may_take(const struct store *s, const struct account *a, uint64_t pages)
{
	while (a != s->accounts && pages <= a->limit - a->used)
		a = &s->accounts[a->parent];
	return a == s->accounts;
}

/* Charges pages, which may be negative, to all of them. */
static void
charge(struct store *s, struct account *a, int64_t pages)
{
	for (;; a = &s->accounts[a->parent]) {
		a->used += (uint64_t)pages;
		if (a == s->accounts)
			return;
	}
}

static void
take_back(struct store *s, struct account *a, uint32_t *list, struct piece *n)
{
	charge(s, a, -(int64_t)n->pages);
	pieces_unlink(&s->pieces, list, n);
	n->owner = 0;
	n->given = 0;
	pieces_give(&s->pieces, n, &n);
}

enum error
store_take(struct store *s, struct account *a, bool bus, uint64_t pages,
    struct taken *taken)
{
	unsigned order =
	    pieces_order(pages < STORE_LEAST ? STORE_LEAST : pages);
	struct piece *n;
	enum error e;

	if (pages == 0)
		return E_INVALID;
	if (order == PIECE_ORDERS || !may_take(s, a, 1ull << order))
		return E_LIMIT;
	e = pieces_take(&s->pieces, order, &n);
	if (e != E_OK)
		return E_NO_MEMORY;
	e = pieces_lend(&s->pieces, n, bus ? 0 : RIGHT_BUS, &n->given);
	if (e != E_OK) {
		pieces_give(&s->pieces, n, &n);
		return E_NO_MEMORY;
	}
	*taken = (struct taken){ .cap = n->given,
		.number = (uint64_t)(n - s->pieces.records),
		.pages = n->pages };
	n->owner = index_of(s, a) + 1;
	pieces_link(&s->pieces, &a->taken, n);
	charge(s, a, n->pages);
	return E_OK;
}

enum error
store_give(struct store *s, struct account *a, uint64_t number)
{
	struct piece *n = piece_of(s, a, number);

	if (n == NULL || a->ending != 0)
		return n == NULL ? E_NOT_FOUND : E_STATE;
	take_back(s, a, &a->taken, n);
	return E_OK;
}

/* --- accounts --------------------------------------------------------------*/

struct account *
store_account(struct store *s, uint32_t client)
{
	uint32_t index = client & ((1 << INDEX_BITS) - 1);
	struct account *a = &s->accounts[index];

	return index != 0 && index <= STORE_ACCOUNTS &&
		       a->state == ACCOUNT_OPEN && a->client == client
		   ? a
		   : NULL;
}

static struct account *
free_account(struct store *s)
{
	for (uint32_t i = 0; i < STORE_ACCOUNTS; i++) {
		uint32_t at = 1 + (s->last + i) % STORE_ACCOUNTS;

		if (s->accounts[at].state == ACCOUNT_FREE) {
			s->last = at;
			return &s->accounts[at];
		}
	}
	return NULL;
}

enum error
store_open(struct store *s, struct account *parent, uint64_t limit,
    uint32_t accounts, struct account **out)
{
	struct account *a;

	if (limit == 0)
		return E_INVALID;
	if (limit > parent->limit || accounts >= parent->accounts_left)
		return E_LIMIT;
	a = free_account(s);
	if (a == NULL)
		return E_NO_MEMORY;
	s->serial++;
	*a = (struct account){ .limit = limit,
		.accounts = accounts,
		.accounts_left = accounts,
		.parent = index_of(s, parent),
		.client = STORE_CLIENT | index_of(s, a) |
			  (uint32_t)(s->serial & ((1 << SERIAL_BITS) - 1))
			      << INDEX_BITS };
	a->state = ACCOUNT_OPEN;
	parent->accounts_left -= accounts + 1;
	*out = a;
	return E_OK;
}

enum error
store_reset(struct store *s, struct account *parent, uint64_t client,
    struct account **out)
{
	struct account *a =
	    client <= UINT32_MAX ? store_account(s, (uint32_t)client) : NULL;

	if (a == NULL || a->parent != index_of(s, parent))
		return E_NOT_FOUND;
	if (a->ending != 0)
		return E_STATE;
	if (a->taken == 0)
		return E_OK;
	a->ending = a->taken;
	a->taken = 0;
	s->ending++;
	*out = a;
	return E_WOULD_BLOCK;
}

void
store_gone(struct store *s, struct account *a)
{
	if (a->state != ACCOUNT_OPEN || a == s->accounts)
		return;
	if (!has_more(a))
		s->ending++;
	a->state = ACCOUNT_GONE;
}

/* What it had goes to its parent, and so do the accounts that it opened. */
static void
close_account(struct store *s, struct account *a)
{
	struct account *parent = &s->accounts[a->parent];

	for (uint32_t i = 1; i <= STORE_ACCOUNTS; i++)
		if (s->accounts[i].state != ACCOUNT_FREE &&
		    s->accounts[i].parent == index_of(s, a))
			s->accounts[i].parent = a->parent;
	parent->accounts_left += a->accounts_left + 1;
	a->state = ACCOUNT_FREE;
}

/* All that is to be done for it is done. */
static void
finish(struct store *s, struct account *a, void (*done)(cap_t reply))
{
	cap_t reply = a->reply;

	s->ending--;
	a->reply = 0;
	if (a->state == ACCOUNT_GONE)
		close_account(s, a);
	if (reply != 0)
		done(reply);
}

/* Takes a piece back; true if that was all. */
static bool
end_piece(struct store *s, struct account *a)
{
	if (a->ending == 0 && a->state == ACCOUNT_GONE) {
		a->ending = a->taken;
		a->taken = 0;
	}
	if (a->ending != 0)
		take_back(s, a, &a->ending, &s->pieces.records[a->ending]);
	return a->ending == 0 && (a->state != ACCOUNT_GONE || a->taken == 0);
}

bool
store_step(struct store *s, void (*done)(cap_t reply))
{
	unsigned left = STEP;

	for (uint32_t i = 1; i <= STORE_ACCOUNTS && s->ending != 0; i++) {
		struct account *a = &s->accounts[i];

		while (has_more(a) && left-- > 0)
			if (end_piece(s, a))
				finish(s, a, done);
		if (has_more(a))
			break;
	}
	return s->ending != 0;
}

/* --- beginning -------------------------------------------------------------*/

enum error
store_add(
    struct store *s, cap_t raw, uint32_t rights, size_t pages, size_t dirty)
{
	enum error e = pieces_add(&s->pieces, raw, rights, pages, 0, dirty, 0);

	if (e == E_OK)
		s->accounts[0].limit += pages;
	return e;
}

/* A request was under way that took it: nobody has it yet. */
static bool
is_nobodys(struct store *s, const struct piece *n)
{
	return n->owner == 0 || n->owner > 1 + STORE_ACCOUNTS ||
	       s->accounts[n->owner - 1].state == ACCOUNT_FREE ||
	       (n->given != 0 && pieces_has(n->given));
}

static void
resume_pieces(struct store *s)
{
	pieces_resume(&s->pieces);
	for (uint32_t i = 1; i < s->pieces.count; i++) {
		struct piece *n = &s->pieces.records[i];

		if (n->state != PIECE_TAKEN)
			continue;
		if (is_nobodys(s, n)) {
			pieces_give(&s->pieces, n, &n);
			continue;
		}
		charge(s, &s->accounts[n->owner - 1], n->pages);
		pieces_link(&s->pieces, &s->accounts[n->owner - 1].taken, n);
	}
}

/* One whose badge was never made goes as if it had been. */
static void
resume_account(struct store *s, struct account *a)
{
	struct account *parent = &s->accounts[a->parent];

	if (a->state == ACCOUNT_FREE)
		return;
	parent->accounts_left -= a->accounts + 1;
	if (a->state == ACCOUNT_GONE)
		s->ending++;
	else if (a->badge == 0)
		store_gone(s, a);
}

static void
resume(struct store *s)
{
	s->ending = 0;
	for (uint32_t i = 0; i <= STORE_ACCOUNTS; i++) {
		struct account *a = &s->accounts[i];

		a->used = a->taken = a->ending = 0;
		a->reply = 0; /* the kernel has dropped it */
		a->accounts_left = a->accounts;
	}
	for (uint32_t i = 1; i <= STORE_ACCOUNTS; i++)
		resume_account(s, &s->accounts[i]);
	resume_pieces(s);
}

/* False if the handles that it holds are another space's. */
static bool
is_ours(const struct store *s)
{
	for (uint32_t i = 1; i < s->pieces.count; i++) {
		const struct piece *n = &s->pieces.records[i];

		if (n->state != PIECE_NONE && n->parent == 0 &&
		    !pieces_has(piece_cap(&s->pieces, n)))
			return false;
	}
	return true;
}

enum error
store_begin(struct store *s, size_t size)
{
	if (size < sizeof(*s) + PAGE_SIZE)
		return E_NO_MEMORY;
	/* It may lie somewhere else than in the last life. */
	s->pieces.records = (struct piece *)(s + 1);
	s->pieces.count =
	    (uint32_t)((size - sizeof(*s)) / sizeof(struct piece));
	if (s->magic == MAGIC && is_ours(s)) {
		resume(s);
		return E_EXISTS;
	}
	if (s->magic == MAGIC) {
		uint32_t count = s->pieces.count;

		memset(s, 0, sizeof(*s) + count * sizeof(struct piece));
		s->pieces.records = (struct piece *)(s + 1);
		s->pieces.count = count;
	}
	s->accounts[0] = (struct account){ .state = ACCOUNT_OPEN,
		.accounts = STORE_ACCOUNTS,
		.accounts_left = STORE_ACCOUNTS };
	s->magic = MAGIC;
	return E_OK;
}
