/*
 * memory: whose memory is whose.
 *
 * A page is reached by every space that has a capability to it.  Raw memory is
 * divided: the ranges of children do not overlap and lie within their
 * parent's.  So among raw capabilities the innermost that has a page tells
 * whose it is, wherever in the tree it is.
 */
#include "find.h"

#include <stdlib.h>

enum { DEPTH_MOST = 64 };

void
memory_note(struct tables *t, uint64_t space, uint64_t address,
    const struct capability *c)
{
	struct found *f = walk_found(t, space, OBJECT_SPACE);
	bool view =
	    !(c->rights & (RIGHT_WRITE | RIGHT_MAKE)) &&
	    ram_is_view(t->ram, c->base, (uint64_t)c->pages * PAGE_SIZE);

	if (view || (c->rights & RIGHT_DEVICE) ||
	    !find_room(t, (void **)&t->pieces, t->piece_count, &t->piece_room,
		sizeof(*t->pieces)))
		return;
	f->space.mapped += c->mapped;
	t->pieces[t->piece_count++] =
	    (struct piece){ .first = c->base / PAGE_SIZE,
		    .pages = c->pages,
		    .space = space,
		    .entry = address,
		    .raw = (c->rights & RIGHT_MAKE) != 0 };
}

static int
order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
by_space(const void *a, const void *b)
{
	const struct piece *p = a, *q = b;

	return p->space != q->space ? order(p->space, q->space)
				    : order(p->first, q->first);
}

/* The outer in front of the inner, frames behind them. */
static int
by_place(const void *a, const void *b)
{
	const struct piece *p = a, *q = b;

	if (p->first != q->first)
		return order(p->first, q->first);
	if (p->raw != q->raw)
		return p->raw ? -1 : 1;
	return p->pages != q->pages ? order(q->pages, p->pages)
				    : order(p->depth, q->depth);
}

static void
sum_reach(struct tables *t)
{
	uint64_t space = 0, end = 0;

	qsort(t->pieces, t->piece_count, sizeof(*t->pieces), by_space);
	for (uint32_t i = 0; i < t->piece_count; i++) {
		const struct piece *p = &t->pieces[i];
		struct found *f = walk_found(t, p->space, OBJECT_SPACE);

		if (p->space != space)
			end = 0;
		space = p->space;
		if (p->first + p->pages <= end)
			continue;
		f->space.reach +=
		    p->first + p->pages - (p->first > end ? p->first : end);
		end = p->first + p->pages;
	}
}

static bool
same_range(const struct piece *p, const struct piece *q)
{
	return p->raw && q->raw && p->first == q->first && p->pages == q->pages;
}

static uint32_t
depth_of(struct tables *t, uint64_t entry)
{
	enum stat_place where;
	uint32_t depth = 0;

	while (depth < DEPTH_MOST && walk_parent(t, entry, &entry, &where) &&
	       entry != 0)
		depth++;
	return depth;
}

/* Of two of the same range the deeper is the inner. */
static void
sort_by_place(struct tables *t)
{
	struct piece *p = t->pieces;

	qsort(p, t->piece_count, sizeof(*p), by_place);
	for (uint32_t i = 0; i < t->piece_count; i++)
		if ((i > 0 && same_range(&p[i], &p[i - 1])) ||
		    (i + 1 < t->piece_count && same_range(&p[i], &p[i + 1])))
			p[i].depth = depth_of(t, p[i].entry);
	qsort(p, t->piece_count, sizeof(*p), by_place);
}

/* outer: place + 1 of the piece that the one before lies in, or 0. */
static void
sum_own(struct tables *t)
{
	uint32_t inner = 0; /* place + 1 */

	sort_by_place(t);
	for (uint32_t i = 0; i < t->piece_count; i++) {
		struct piece *p = &t->pieces[i], *outer = NULL;
		uint64_t end = p->first + p->pages, shared;

		if (!p->raw)
			continue;
		while (inner != 0) {
			outer = &t->pieces[inner - 1];
			if (outer->first + outer->pages > p->first)
				break;
			inner = outer->outer;
		}
		if (inner != 0) {
			if (end > outer->first + outer->pages)
				end = outer->first + outer->pages;
			shared = end - p->first;
			walk_found(t, outer->space, OBJECT_SPACE)->space.own -=
			    shared;
		}
		walk_found(t, p->space, OBJECT_SPACE)->space.own += p->pages;
		p->outer = inner;
		inner = i + 1;
	}
}

void
memory_sum(struct tables *t)
{
	if (t->piece_count == 0)
		return;
	sum_reach(t);
	sum_own(t);
}
