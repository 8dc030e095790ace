/*
 * life: the memory of a process's life, from the pool and back.
 *
 * A life is one piece of raw memory:
 *
 *	task | body: written segments, start page and tables, stack | own
 *
 * The maker holds the parts, and of the body two capabilities: the one that
 * shows it here, and the one of which everything comes that is shown there.
 * So that can be taken away and this stay: to map the body and to touch it
 * costs more than to clear it.  Lives that have ended are kept, divided, for
 * the next process of that size.  Whoever made one process only does not see
 * it any more; the view stays for those who make one after the other.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "life.h"
#include "pool.h"

enum {
	SPARES = 2,
	ANY = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_DERIVE,
};

static struct spawn_life spares[SPARES];
static unsigned oldest; /* of them, if all are there */
static atomic_flag busy = ATOMIC_FLAG_INIT;

static void
lock(void)
{
	while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire))
		sched_yield_now();
}

static void
unlock(void)
{
	atomic_flag_clear_explicit(&busy, memory_order_release);
}

/* Back to the pool, whatever state it is in. */
static void
give(struct spawn_life *l)
{
	if (l->view != NULL)
		memory_address_give(l->view, l->body_pages);
	if (l->raw != 0)
		memory_give(l->raw);
	*l = (struct spawn_life){ 0 };
}

bool
spawn_release(void)
{
	struct spawn_life old[SPARES];
	bool any = false;

	lock();
	memcpy(old, spares, sizeof(old));
	memset(spares, 0, sizeof(spares));
	unlock();
	for (unsigned i = 0; i < SPARES; i++) {
		any |= old[i].raw != 0;
		give(&old[i]);
	}
	return any;
}

static bool
fits(const struct spawn_life *l, size_t body, size_t own)
{
	return l->raw != 0 && l->body_pages == body && l->own_pages == own;
}

static bool
take_spare(struct spawn_life *l, size_t body, size_t own)
{
	bool found = false;

	lock();
	for (unsigned i = 0; !found && i < SPARES; i++) {
		found = fits(&spares[i], body, own);
		if (!found)
			continue;
		*l = spares[i];
		spares[i] = (struct spawn_life){ 0 };
	}
	unlock();
	return found;
}

static void
put_spare(struct spawn_life *l)
{
	struct spawn_life old = { 0 };
	unsigned i = 0;

	lock();
	while (i < SPARES && spares[i].raw != 0)
		i++;
	if (i == SPARES) {
		i = oldest++ % SPARES;
		old = spares[i];
	}
	spares[i] = *l;
	unlock();
	pool_release = spawn_release;
	give(&old);
}

/* The parts, in their order. */
static enum error
divide(struct spawn_life *l)
{
	size_t body = l->body_pages, own = l->own_pages;
	enum error e = cap_range(l->raw, RIGHT_MAKE, 0, TASK_PAGES, &l->task);

	if (e == E_OK)
		e = cap_range(l->raw, ANY, TASK_PAGES, body, &l->body);
	if (e == E_OK)
		e = cap_range(l->body, ANY, 0, body, &l->shown);
	if (e == E_OK && own != 0)
		e = cap_range(
		    l->raw, ANY | RIGHT_MAKE, TASK_PAGES + body, own, &l->own);
	l->divided = e == E_OK;
	return e;
}

static enum error
look(struct spawn_life *l)
{
	void *view;
	enum error e = cap_range(
	    l->body, RIGHT_READ | RIGHT_WRITE, 0, l->body_pages, &l->here);

	if (e != E_OK)
		return e;
	e = memory_map(l->here, VM_READ | VM_WRITE, &view);
	if (e == E_OK)
		l->view = view;
	else
		cap_close(l->here);
	return e;
}

enum error
life_take(struct spawn_life *l, size_t body, size_t own)
{
	size_t pages = TASK_PAGES + body + own, dirty = pages;
	enum error e = E_OK;

	if (!fits(l, body, own)) {
		give(l);
		if (!take_spare(l, body, own)) {
			e = memory_take_dirty(pages, &l->raw, &dirty);
			l->body_pages = body;
			l->own_pages = own;
		}
	}
	if (e == E_OK && !l->divided)
		e = divide(l);
	if (e == E_OK && l->view == NULL)
		e = look(l);
	if (e != E_OK)
		return e;
	/* Nobody finds what another process left. */
	if (dirty > TASK_PAGES + body) {
		e = vm_clear(l->own, 0, dirty - TASK_PAGES - body);
		dirty = TASK_PAGES + body;
	}
	if (e == E_OK && dirty > TASK_PAGES)
		memset(l->view, 0, (dirty - TASK_PAGES) * PAGE_SIZE);
	return e;
}

void
life_fill(struct spawn_life *l, bool may_stay)
{
	if (l->used && may_stay)
		return;
	memory_unmap(l->here, l->view, l->body_pages);
	cap_close(l->here);
	l->view = NULL;
}

void
life_again(struct spawn_life *l)
{
	if (l->view != NULL)
		memory_address_give(l->view, l->body_pages);
	l->view = NULL;
	l->divided = false;
	(void)!cap_revoke(l->raw);
}

void
life_end(struct spawn_life *l)
{
	if (!l->divided || cap_revoke(l->task) != E_OK ||
	    cap_revoke(l->shown) != E_OK ||
	    (l->own != 0 && cap_revoke(l->own) != E_OK)) {
		give(l);
		return;
	}
	l->used = true;
	put_spare(l);
	*l = (struct spawn_life){ 0 };
}
