/* pieces: dividing raw memory and making it whole; see pieces.h. */
#include <stdatomic.h>
#include <string.h>

#include <gbsd/calls.h>
#include <gbsd/pieces.h>

unsigned
pieces_order(size_t pages)
{
	if (pages <= 1)
		return 0;
	if (pages > 1ull << (PIECE_ORDERS - 1))
		return PIECE_ORDERS;
	return 64 - (unsigned)__builtin_clzll(pages - 1);
}

static uint32_t
slot_of(const struct pieces *p, const struct piece *n)
{
	return (uint32_t)(n - p->records);
}

cap_t
piece_cap(const struct pieces *p, const struct piece *n)
{
	return (cap_t)n->generation << 32 | slot_of(p, n);
}

struct piece *
pieces_find(struct pieces *p, cap_t cap)
{
	uint32_t slot = (uint32_t)cap;
	struct piece *n = p->records + slot;

	return slot < p->count && n->state != PIECE_NONE &&
		       n->generation == cap >> 32
		   ? n
		   : NULL;
}

void
pieces_link(struct pieces *p, uint32_t *head, struct piece *n)
{
	n->previous = 0;
	n->next = *head;
	if (*head != 0)
		p->records[*head].previous = slot_of(p, n);
	*head = slot_of(p, n);
}

void
pieces_unlink(struct pieces *p, uint32_t *head, struct piece *n)
{
	if (n->next != 0)
		p->records[n->next].previous = n->previous;
	if (n->previous != 0)
		p->records[n->previous].next = n->next;
	else
		*head = n->next;
	n->next = n->previous = 0;
}

/* The list that it is in as long as something can be had from it, or NULL. */
static uint32_t *
list_of(struct pieces *p, const struct piece *n)
{
	switch (n->state) {
	case PIECE_FREE:
		return &p->free[n->order];
	case PIECE_DIVIDED:
		return n->made < 1u << (n->order - n->child_order)
			   ? &p->partial[n->child_order]
			   : NULL;
	case PIECE_ROOT:
	case PIECE_CUT:
		return n->made < n->pages
			   ? &p->rest[31 - __builtin_clz(n->pages - n->made)]
			   : NULL;
	default:
		return NULL;
	}
}

static void
list_in(struct pieces *p, struct piece *n)
{
	uint32_t *list = list_of(p, n);

	if (list != NULL)
		pieces_link(p, list, n);
}

static void
list_out(struct pieces *p, struct piece *n)
{
	uint32_t *list = list_of(p, n);

	if (list != NULL)
		pieces_unlink(p, list, n);
}

/* The record of a handle that came to be just now, or NULL. */
static struct piece *
record(struct pieces *p, cap_t cap)
{
	uint32_t slot = (uint32_t)cap;

	/* There is one if its piece was ended from above: it is still linked. */
	if (slot >= p->count || p->records[slot].state != PIECE_NONE)
		return NULL;
	memset(&p->records[slot], 0, sizeof(struct piece));
	p->records[slot].generation = cap >> 32;
	return &p->records[slot];
}

enum error
pieces_add(struct pieces *p, cap_t raw, uint32_t rights, size_t pages,
    size_t used, size_t dirty, uint32_t owner)
{
	struct piece *n = record(p, raw);

	if (n == NULL)
		return E_NO_MEMORY;
	n->pages = (uint32_t)pages;
	n->rights = rights;
	n->dirty = (uint32_t)dirty;
	n->owner = owner;
	n->order = (uint8_t)pieces_order(pages);
	n->made = n->used = (uint32_t)used;
	n->state =
	    used == 0 && pages == 1ull << n->order ? PIECE_FREE : PIECE_ROOT;
	list_in(p, n);
	p->total_pages += pages - used;
	p->free_pages += pages - used;
	return E_OK;
}

/* A child of from: pages from page first on.  from->made is the caller's, and
 * changed before this. */
static enum error
derive(struct pieces *p, struct piece *from, uint32_t first, uint32_t pages,
    struct piece **out)
{
	struct piece *n;
	cap_t cap;
	enum error e =
	    cap_range(piece_cap(p, from), from->rights, first, pages, &cap);

	if (e != E_OK)
		return e == E_NO_MEMORY ? E_LIMIT : e;
	n = record(p, cap);
	if (n == NULL) {
		cap_close(cap);
		return E_LIMIT;
	}
	n->pages = pages;
	n->order = (uint8_t)pieces_order(pages);
	n->rights = from->rights;
	if (from->dirty > first)
		n->dirty = from->dirty - first;
	if (n->dirty > pages)
		n->dirty = pages;
	if (from->dirty < first + pages)
		from->dirty = first + pages;
	n->parent = slot_of(p, from);
	if (from->state != PIECE_ROOT) {
		n->sibling = from->child;
		from->child = slot_of(p, n);
		from->live++;
	}
	atomic_signal_fence(memory_order_release);
	n->state = PIECE_TAKEN; /* from here on it counts */
	*out = n;
	return E_OK;
}

/* Free; one of odd size is cut, with nothing cut off. */
static bool
is_free(const struct piece *n)
{
	return n->state == PIECE_FREE ||
	       (n->state == PIECE_CUT && n->made == 0);
}

/* The next child of one that is divided or cut: so many pages. */
static enum error
next_child(
    struct pieces *p, struct piece *from, uint32_t pages, struct piece **out)
{
	uint32_t made = from->made, first = made, step = pages;
	enum error e;

	if (from->state == PIECE_DIVIDED) {
		first = made << from->child_order;
		step = 1;
	}
	list_out(p, from);
	from->made = made + step;
	e = derive(p, from, first, pages, out);
	if (e != E_OK)
		from->made = made;
	list_in(p, from);
	return e;
}

/* What is cut off a root for a piece of that order, which it has: the least
 * that it can spare, so that what is left stays in large pieces. */
static unsigned
root_order(const struct piece *root, unsigned order)
{
	uint32_t left = (root->pages - root->made) >> order;

	order += (unsigned)__builtin_ctz(left);
	return order < PIECE_ORDERS ? order : PIECE_ORDERS - 1;
}

static void
take_free(struct pieces *p, struct piece *n)
{
	list_out(p, n);
	n->made = 0;
	n->state = PIECE_TAKEN;
	if (n->parent != 0)
		p->records[n->parent].live++;
}

/* So many pages from the rest of one that is cut. */
static enum error
cut_rest(
    struct pieces *p, struct piece *from, uint32_t pages, struct piece **out)
{
	bool was_free = is_free(from);
	enum error e = next_child(p, from, pages, out);

	if (e == E_OK && was_free)
		p->records[from->parent].live++;
	return e;
}

/* A piece of at least that order, as small as possible, in no list. */
static enum error
obtain(struct pieces *p, unsigned order, struct piece **out)
{
	for (unsigned best = order; best < PIECE_ORDERS; best++) {
		struct piece *n;

		if (p->free[best] != 0) {
			*out = &p->records[p->free[best]];
			take_free(p, *out);
			return E_OK;
		}
		if (p->partial[best] != 0)
			return next_child(
			    p, &p->records[p->partial[best]], 1u << best, out);
		if (p->rest[best] == 0)
			continue;
		n = &p->records[p->rest[best]];
		return n->state == PIECE_CUT
			   ? cut_rest(p, n, 1u << order, out)
			   : next_child(p, n, 1u << root_order(n, order), out);
	}
	return E_NO_MEMORY;
}

/* Takes the records of n's children away: all are free, or are gone. */
static void
drop_children(struct pieces *p, struct piece *n)
{
	for (uint32_t i = n->child, next; i != 0; i = next) {
		struct piece *c = &p->records[i];

		next = c->sibling;
		list_out(p, c);
		c->state = PIECE_NONE;
	}
	list_out(p, n);
	n->state = PIECE_TAKEN;
	n->child = n->made = n->live = 0;
}

enum error
pieces_lend(
    struct pieces *p, const struct piece *n, uint32_t without, cap_t *cap)
{
	cap_t whole = piece_cap(p, n);
	/* Whoever died over this may have lent it already. */
	enum error e = cap_revoke(whole);

	if (e == E_OK)
		e = vm_clear(whole, 0, n->dirty);
	if (e == E_OK)
		e = cap_range(whole, n->rights & ~without, 0, n->pages, cap);
	return e == E_NO_MEMORY ? E_LIMIT : e;
}

bool
pieces_has(cap_t cap)
{
	uint64_t info;

	return cap_query(cap, &info) == E_OK;
}

void
pieces_forget(struct pieces *p, struct piece *n)
{
	list_out(p, n);
	n->state = PIECE_NONE;
	p->free_pages -= n->pages;
	p->total_pages -= n->pages;
}

/* n is taken, but nobody's: it is free, and perhaps what it is part of. */
static struct piece *
release(struct pieces *p, struct piece *n)
{
	bool mapped = true;

	for (;;) {
		struct piece *parent = &p->records[n->parent];

		if (n->parent == 0 || parent->state == PIECE_ROOT)
			break;
		if (parent->live > 1) {
			parent->live--;
			break;
		}
		drop_children(p, parent);
		n = parent;
		mapped = false;
	}
	/* One that was revoked from above is no memory any more. */
	if (cap_revoke(piece_cap(p, n)) != E_OK) {
		p->total_pages -= n->pages;
		p->free_pages -= n->pages;
		return n;
	}
	if (mapped)
		vm_unmap(piece_cap(p, n));
	n->made = 0;
	n->state = n->pages == 1u << n->order ? PIECE_FREE : PIECE_CUT;
	list_in(p, n);
	return n;
}

/* Takes a child of n, which is taken, and will be divided or cut. */
static enum error
begin_children(struct pieces *p, struct piece *n, enum piece_state state,
    uint32_t pages, struct piece **out)
{
	enum error e;

	n->state = (uint8_t)state;
	list_in(p, n);
	e = next_child(p, n, pages, out);
	if (e != E_OK) {
		list_out(p, n);
		n->state = PIECE_TAKEN;
		release(p, n);
	}
	return e;
}

/* Makes of n, which is taken, a piece of that order that is part of it. */
static enum error
divide(struct pieces *p, struct piece *n, unsigned order, struct piece **out)
{
	while (n->order > order) {
		unsigned step = n->order > PIECE_HALVES ? 1 : PIECE_STEP;
		enum error e;

		if (step > n->order - order)
			step = n->order - order;
		n->child_order = (uint8_t)(n->order - step);
		e = begin_children(
		    p, n, PIECE_DIVIDED, 1u << n->child_order, &n);
		if (e != E_OK)
			return e;
	}
	*out = n;
	return E_OK;
}

static enum error
take(struct pieces *p, unsigned order, struct piece **out)
{
	struct piece *n;
	enum error e = E_NO_MEMORY;

	if (order < PIECE_ORDERS)
		e = obtain(p, order, &n);
	return e == E_OK ? divide(p, n, order, out) : e;
}

enum error
pieces_take(struct pieces *p, unsigned order, struct piece **out)
{
	enum error e = take(p, order, out);

	if (e == E_OK)
		p->free_pages -= (*out)->pages;
	return e;
}

/* One that is cut and has so many pages left, perhaps one that served for as
 * many before; NULL: there is none, or something else is smaller. */
static struct piece *
find_rest(struct pieces *p, size_t pages, unsigned order)
{
	for (unsigned i = order - 1; i < PIECE_ORDERS; i++) {
		struct piece *n = &p->records[p->rest[i]];

		if (i >= order && (p->free[i] != 0 || p->partial[i] != 0))
			break;
		if (p->rest[i] != 0 && n->pages - n->made >= pages)
			return n;
	}
	return NULL;
}

enum error
pieces_take_pages(struct pieces *p, size_t pages, struct piece **out)
{
	unsigned order = pieces_order(pages);
	bool odd = order < PIECE_ORDERS && pages != 1ull << order;
	struct piece *n = odd ? find_rest(p, pages, order) : NULL;
	enum error e;

	if (n != NULL) {
		e = cut_rest(p, n, (uint32_t)pages, &n);
	} else {
		e = take(p, order, &n);
		if (e == E_OK && odd)
			e = begin_children(
			    p, n, PIECE_CUT, (uint32_t)pages, &n);
	}
	if (e != E_OK)
		return e;
	p->free_pages -= pages;
	*out = n;
	return E_OK;
}

void
pieces_give(struct pieces *p, struct piece *n, struct piece **whole)
{
	n->dirty = n->pages;
	p->free_pages += n->pages;
	*whole = release(p, n);
}

/* What n is part of counts it. */
static void
resume_piece(struct pieces *p, struct piece *n)
{
	struct piece *parent = &p->records[n->parent];

	n->next = n->previous = 0;
	list_in(p, n);
	if (n->parent == 0)
		p->total_pages += n->pages - n->used;
	if (n->parent == 0 || parent->state == PIECE_ROOT)
		return;
	n->sibling = parent->child;
	parent->child = slot_of(p, n);
	parent->live += !is_free(n);
}

void
pieces_resume(struct pieces *p)
{
	struct piece *records = p->records;
	uint32_t count = p->count;

	memset(p, 0, sizeof(*p));
	p->records = records;
	p->count = count;
	for (uint32_t i = 1; i < count; i++)
		records[i].child = records[i].live = 0;
	for (uint32_t i = 1; i < count; i++)
		if (records[i].state != PIECE_NONE)
			resume_piece(p, &records[i]);
	/* Death came while it was made whole, or before it had a child. */
	for (uint32_t i = 1; i < count; i++) {
		struct piece *n = &records[i];

		if ((n->state != PIECE_DIVIDED && n->state != PIECE_CUT) ||
		    is_free(n) || n->live != 0)
			continue;
		drop_children(p, n);
		n->dirty = n->pages;
		release(p, n);
	}
	p->free_pages = p->total_pages;
	for (uint32_t i = 1; i < count; i++)
		if (records[i].state == PIECE_TAKEN)
			p->free_pages -= records[i].pages;
}
