/*
 * memory: the pool of raw memory; see memory.h.
 *
 * Its state lies in pages of its own, which it takes first of all, so that it
 * grows with the capability table and not with the image.
 *
 * To ask memory_server a thread needs a reply port, and that is made of
 * memory: a page is set aside for that.  One thread asks, the others that are
 * short wait for what it gets.
 */
#include <string.h>

#include <proto/memory.h>

#include "pool.h"

enum {
	TABLE_PAGES = 32,
	ATTEMPTS = 64,
	STATE_RANGE = 1 << 20, /* bytes of the window, to begin in at random */
};

bool (*pool_release)(void);
static struct pool *pool; /* NULL: not made yet */
static atomic_flag making = ATOMIC_FLAG_INIT;

static void
lock(atomic_flag *flag)
{
	while (atomic_flag_test_and_set_explicit(flag, memory_order_acquire))
		sched_yield_now();
}

static bool
is_memory(const struct start_cap *c, uint32_t *rights, size_t *pages)
{
	return strncmp(c->name, "memory", sizeof(c->name)) == 0 &&
	       memory_query(c->cap, rights, pages) == E_OK &&
	       (*rights & RIGHT_MAKE) && (*rights & RIGHT_DERIVE);
}

/* What is reserved is below it.  At random in the upper quarter: where spaces
 * share addresses another process may have the same window, and would have the
 * same pages at its end. */
static uint64_t
choose_top(const struct start *start)
{
	uint64_t high = start->window_high;

	return memory_random_address(
	    high - (high - start->window_low) / 4, high, 0);
}

/* The state, in the first pages of some raw memory. */
static struct pool *
make_state(const struct start *start, cap_t raw, size_t pages)
{
	struct pool *p = NULL;
	cap_t own;

	if (cap_range(raw, RIGHT_READ | RIGHT_WRITE, 0, pages, &own) != E_OK)
		return NULL;
	for (unsigned i = 0; p == NULL && i < ATTEMPTS; i++) {
		uint64_t at = memory_random_address(start->window_low,
		    start->window_low + STATE_RANGE + pages * PAGE_SIZE, pages);
		enum error e = vm_map(own, (void *)at, VM_READ | VM_WRITE, 0);

		if (e == E_OK)
			p = (struct pool *)at;
		else if (e != E_RANGE)
			break;
	}
	if (p == NULL) {
		cap_close(own);
		return NULL;
	}
	if (!start->memory_zero)
		memset(p, 0, pages * PAGE_SIZE);
	p->pieces.records = (struct piece *)((char *)p + PAGE_SIZE);
	p->pieces.count =
	    (uint32_t)((pages - 1) * PAGE_SIZE / sizeof(struct piece));
	p->low = start->window_low;
	p->high = p->top = choose_top(start);
	p->next = (uint64_t)p + (pages + 1) * PAGE_SIZE;
	return p;
}

static void
set_reserve(struct pool *p)
{
	struct piece *n;

	if (p->reserve == 0 && p->asking == NULL &&
	    gbsd_cap("memory_server") != 0 &&
	    pieces_take(&p->pieces, 0, &n) == E_OK)
		p->reserve = piece_cap(&p->pieces, n);
}

static struct pool *
make(struct start *start)
{
	size_t state =
	    1 + (start->table_pages != 0 ? start->table_pages : TABLE_PAGES);
	struct pool *p = NULL;

	for (uint32_t i = 0; i < start->cap_count; i++) {
		const struct start_cap *c = &start->caps[i];
		bool first = p == NULL;
		uint32_t rights;
		size_t pages;

		if (!is_memory(c, &rights, &pages))
			continue;
		if (first && pages >= state)
			p = make_state(start, c->cap, state);
		/* One without a record is left alone. */
		if (p != NULL && pieces_add(&p->pieces, c->cap, rights, pages,
				     first ? state : 0,
				     start->memory_zero ? 0 : pages, 0) != E_OK)
			continue;
	}
	if (p != NULL)
		set_reserve(p);
	start->pool = (uint64_t)p;
	return p;
}

/* As an earlier life left it. */
static struct pool *
resume(struct pool *p)
{
	atomic_flag_clear(&p->lock);
	p->asking = NULL;
	pieces_resume(&p->pieces);
	return p;
}

struct pool *
pool_lock(void)
{
	struct start *start = (struct start *)gbsd_start();

	if (__atomic_load_n(&pool, __ATOMIC_ACQUIRE) == NULL) {
		lock(&making);
		if (pool == NULL)
			__atomic_store_n(&pool,
			    start->pool != 0
				? resume((struct pool *)start->pool)
				: make(start),
			    __ATOMIC_RELEASE);
		atomic_flag_clear_explicit(&making, memory_order_release);
		if (pool == NULL)
			return NULL;
	}
	lock(&pool->lock);
	return pool;
}

void
pool_unlock(struct pool *p)
{
	atomic_flag_clear_explicit(&p->lock, memory_order_release);
}

/* --- memory_server ---------------------------------------------------------*/

static enum error
ask(size_t pages, struct mem_take_rep *r, cap_t *raw)
{
	struct message saved = gbsd_area()->message;
	struct mem_take_req q = { .pages = POOL_CHUNK };
	struct carried carried = { 0 };
	cap_t server = gbsd_cap("memory_server");
	enum error e;

	if (pages > q.pages)
		q.pages = pages;
	e = mem_take(server, &q, r, &carried);
	if ((e == E_LIMIT || e == E_NO_MEMORY) && pages < q.pages) {
		q.pages = pages; /* there is not so much */
		e = mem_take(server, &q, r, &carried);
	}
	gbsd_area()->message = saved;
	*raw = carried.in[0];
	return e;
}

/* False if the server has no time for it; then it is asked again later. */
static bool
give_back(uint32_t piece)
{
	struct message saved = gbsd_area()->message;
	struct mem_give_req q = { .piece = piece };
	enum error e =
	    proto_tell(gbsd_cap("memory_server"), mem_op_give, &q, sizeof(q));

	gbsd_area()->message = saved;
	return e == E_OK;
}

static enum error
add_chunk(struct pool *p, const struct mem_take_rep *r, cap_t raw)
{
	uint32_t rights;
	size_t pages;
	enum error e = memory_query(raw, &rights, &pages);

	if (e == E_OK)
		e = pieces_add(&p->pieces, raw, rights, pages, 0, 0,
		    (uint32_t)r->piece + 1);
	if (e == E_OK) {
		p->chunks++;
		return E_OK;
	}
	cap_close(raw);
	(void)give_back(
	    (uint32_t)r->piece); /* else it is lost to the account */
	return e;
}

/* Asks for more, or waits for one who does.  The lock is free meanwhile. */
static enum error
get_more(struct pool *p, size_t pages)
{
	struct mem_take_rep r;
	cap_t raw;
	enum error e;

	if (gbsd_cap("memory_server") == 0 || p->asking == gbsd_area())
		return E_NO_MEMORY;
	if (p->asking != NULL) {
		pool_unlock(p);
		sched_yield_now();
		lock(&p->lock);
		return E_OK;
	}
	p->asking = gbsd_area();
	pool_unlock(p);
	e = ask(pages, &r, &raw);
	lock(&p->lock);
	p->asking = NULL;
	if (e == E_OK)
		e = add_chunk(p, &r, raw);
	if (e == E_OK)
		set_reserve(p);
	return e == E_OK ? E_OK : E_NO_MEMORY;
}

/* --- taking and giving -----------------------------------------------------*/

/* Of the page that is set aside for the thread that asks for more. */
static bool
take_reserve(struct pool *p, size_t pages, struct piece **n)
{
	if (pages != 1 || p->reserve == 0 || p->asking != gbsd_area())
		return false;
	*n = pieces_find(&p->pieces, p->reserve);
	p->reserve = 0;
	return true;
}

static enum error
take(size_t pages, cap_t *raw, size_t *dirty)
{
	struct pool *p = pool_lock();
	struct piece *n = NULL;
	enum error e = E_NO_MEMORY;

	if (p == NULL)
		return E_NO_MEMORY;
	set_reserve(p); /* if it could not be had last time */
	while (pages != 0) {
		e = pieces_take_pages(&p->pieces, pages, &n);
		if (e == E_NO_MEMORY && take_reserve(p, pages, &n))
			e = E_OK;
		if (e != E_NO_MEMORY || get_more(p, pages) != E_OK)
			break;
	}
	if (e == E_OK) {
		*raw = piece_cap(&p->pieces, n);
		*dirty = n->dirty;
	}
	pool_unlock(p);
	return e == E_LIMIT ? E_NO_MEMORY : e;
}

enum error
memory_take_dirty(size_t pages, cap_t *raw, size_t *dirty)
{
	enum error e;

	do
		e = take(pages, raw, dirty);
	while (e == E_NO_MEMORY && pool_release != NULL && pool_release());
	return e;
}

enum error
memory_take(size_t pages, cap_t *raw)
{
	size_t dirty;

	return memory_take_dirty(pages, raw, &dirty);
}

/* A whole chunk goes back to memory_server if there is enough besides. */
static void
give_chunk(struct pool *p, struct piece *whole)
{
	cap_t cap = piece_cap(&p->pieces, whole);

	if (whole->owner == 0 || whole->parent != 0 ||
	    whole->state != PIECE_FREE ||
	    p->pieces.free_pages < whole->pages + POOL_SURPLUS ||
	    !give_back(whole->owner - 1))
		return;
	pieces_forget(&p->pieces, whole);
	p->chunks--;
	cap_close(cap); /* the server has revoked it, or will */
}

void
memory_give(cap_t raw)
{
	struct pool *p = pool_lock();
	struct piece *n = p != NULL ? pieces_find(&p->pieces, raw) : NULL;

	if (n != NULL && n->state == PIECE_TAKEN) {
		pieces_give(&p->pieces, n, &n);
		give_chunk(p, n);
	} else if (cap_revoke(raw) == E_OK) {
		cap_close(raw);
	}
	if (p != NULL)
		pool_unlock(p);
}

void
memory_info(struct memory_info *info)
{
	struct pool *p = pool_lock();

	*info = (struct memory_info){ 0 };
	if (p == NULL)
		return;
	info->pages = p->pieces.total_pages;
	info->free = p->pieces.free_pages;
	info->chunks = p->chunks;
	for (unsigned i = 0; i < PIECE_ORDERS; i++)
		if (p->pieces.free[i] != 0 || p->pieces.partial[i] != 0 ||
		    p->pieces.rest[i] != 0)
			info->largest = 1ull << i;
	pool_unlock(p);
}

void
memory_sweep(bool (*keep)(void *context, cap_t raw), void *context)
{
	struct pool *p = pool_lock();

	if (p == NULL)
		return;
	for (uint32_t i = 1; i < p->pieces.count; i++) {
		struct piece *n = &p->pieces.records[i];
		cap_t cap = piece_cap(&p->pieces, n);

		if (n->state == PIECE_TAKEN && cap != p->reserve &&
		    !keep(context, cap))
			pieces_give(&p->pieces, n, &n);
	}
	/* Whoever reserved addresses is gone. */
	p->high = p->top;
	memset(p->reserved, 0, sizeof(p->reserved));
	pool_unlock(p);
}
