/*
 * hosted_stress_map: mappings at random, against a model of them.
 *
 * Two spaces map and unmap ranges in three places, a few at a time; then a task
 * looks at pages or writes to them, or only makes a call again, which runs
 * nothing of it.  It must find what is mapped, whoever did, and a fault at
 * everything else: what was unmapped is gone when the next task runs.
 */
#include "hosted_stress.h"

enum {
	PLACES = 3,
	PLACE_PAGES = 200,
	RANGES = 24,
	RANGE_PAGES = 40,
	FEW_PAGES = 6,
	FRAMES = 64,
	ROUNDS = 40000,
	AT_ONCE = 6, /* mapped or unmapped before a task runs, at most */
	MANY_AT_ONCE = 200, /* more than the machine notes */
	MOVE_AFTER = 500, /* rounds: then other places */
	REGIONS = 100, /* more than the machine keeps when they are empty */
};

#define REGION (1ull << 30) /* as the machine has them */

struct range {
	struct hal_space *space; /* NULL: none */
	unsigned place, first, pages, frame, protection;
};

static struct range ranges[RANGES];
static struct hal_space other;
static vaddr_t places[PLACES];
static uint8_t model[PLACES][PLACE_PAGES]; /* 1 + frame, 0: unmapped */
static bool writable[PLACES][PLACE_PAGES];
static unsigned range_pages; /* of one range, at most */
static paddr_t frames;
static unsigned wrong, refused, mapped, looked, wrote, faulted, again;

static unsigned
below(unsigned n)
{
	return (unsigned)(random_number() % n);
}

static vaddr_t
address_of(unsigned place, unsigned page)
{
	return places[place] + page * (vaddr_t)PAGE_SIZE;
}

static void
unmap(struct range *r)
{
	hal_space_unmap(r->space, address_of(r->place, r->first), r->pages);
	for (unsigned i = r->first; i < r->first + r->pages; i++)
		model[r->place][i] = 0;
	r->space = NULL;
}

static void
choose(struct range *r)
{
	static const unsigned protections[] = { VM_READ, VM_READ | VM_WRITE };

	r->space = below(2) ? &other : &space;
	r->place = below(PLACES);
	r->pages = 1 + below(range_pages);
	r->first = below(PLACE_PAGES - r->pages);
	r->frame = below(FRAMES - r->pages);
	r->protection = protections[below(2)];
}

static void
map(struct range *r)
{
	enum hal_map_result result;
	bool free = true;

	choose(r);
	for (unsigned i = 0; i < r->pages; i++)
		free &= model[r->place][r->first + i] == 0;
	result = hal_space_map(r->space, address_of(r->place, r->first),
	    frames + r->frame * (paddr_t)PAGE_SIZE, r->pages, r->protection,
	    false);
	if (result != (free ? HAL_MAPPED : HAL_REFUSED))
		wrong++;
	if (result != HAL_MAPPED) {
		refused++;
		r->space = NULL;
		return;
	}
	mapped++;
	for (unsigned i = 0; i < r->pages; i++) {
		model[r->place][r->first + i] = (uint8_t)(1 + r->frame + i);
		writable[r->place][r->first + i] =
		    (r->protection & VM_WRITE) != 0;
	}
}

/* A page that was written is as it was before. */
static void
number_frames(void)
{
	for (unsigned i = 0; i < FRAMES; i++)
		*(uint64_t *)hal_physical(frames + i * (paddr_t)PAGE_SIZE) =
		    1 + i;
}

static bool
is_seen(struct hal_trap t, uint64_t value)
{
	return t.kind == HAL_TRAP_CALL && t.number == USER_LOOKED &&
	       hal_arguments(&context[0])[0] == value;
}

static void
look(unsigned place, unsigned page)
{
	bool writes = below(2) == 0;
	vaddr_t at = address_of(place, page);
	unsigned frame = model[place][page];
	struct hal_trap t;

	start(0, writes ? user_store : user_look, at);
	t = hal_run(&context[0], &space);
	if (frame == 0 || (writes && !writable[place][page])) {
		faulted++;
		wrong += t.kind != HAL_TRAP_FAULT || t.address != at;
	} else {
		wrong += !is_seen(t, writes ? at : frame);
		wrote += writes;
		looked++;
	}
	if (writes)
		number_frames();
}

/* Makes a task's call again. */
static void
call_again(void)
{
	struct hal_trap t;

	hal_context_again(&context[1]);
	t = hal_run(&context[1], &space);
	wrong += t.kind != HAL_TRAP_CALL || t.number != USER_AGAIN;
	again++;
}

/* Each begins at the same page of another region. */
static void
move(void)
{
	unsigned region = 4 + below(REGIONS);
	unsigned page = below(REGION / PAGE_SIZE - PLACE_PAGES);

	for (unsigned i = 0; i < RANGES; i++)
		if (ranges[i].space != NULL)
			unmap(&ranges[i]);
	hal_space_end(&other);
	for (unsigned i = 0; i < PLACES; i++)
		places[i] = HAL_USER_LOW + (region + 2 * i) * REGION +
			    page * (vaddr_t)PAGE_SIZE;
	/* Now and then the border is in the middle. */
	if (below(4) == 0)
		places[0] = HAL_USER_LOW + (region + 1) * REGION -
			    PLACE_PAGES / 2 * (vaddr_t)PAGE_SIZE;
	range_pages = below(3) == 0 ? FEW_PAGES : RANGE_PAGES;
}

static void
change(void)
{
	unsigned count = below(50) == 0 ? MANY_AT_ONCE : 1 + below(AT_ONCE);

	for (unsigned i = 0; i < count; i++) {
		struct range *r = &ranges[below(RANGES)];

		if (r->space != NULL)
			unmap(r);
		else
			map(r);
		if (below(4) == 0)
			call_again();
	}
}

/* An idle machine keeps nothing to do for later, and loses no mapping. */
static void
sleep(void)
{
	hal_timer_arm(hal_now() + 1000);
	wrong += hal_idle().kind != HAL_TRAP_TIMER;
}

void
stress_mappings(void)
{
	frames = new_pages(FRAMES);
	number_frames();
	hal_space_init(&other);
	start(1, user_registers, gate());
	wrong += hal_run(&context[1], &space).number != USER_AGAIN;
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct range *r = &ranges[below(RANGES)];

		if (i % MOVE_AFTER == 0)
			move();
		change();
		if (below(50) == 0)
			sleep();
		look(below(PLACES), below(PLACE_PAGES));
		if (r->space != NULL)
			look(r->place, r->first + below(r->pages));
	}
	move();
	check("mappings at random are as a model of them", wrong == 0);
	check("and all that can happen has",
	    refused > ROUNDS / 20 && mapped > ROUNDS / 20 &&
		looked > ROUNDS / 20 && wrote > ROUNDS / 40 &&
		faulted > ROUNDS / 20 && again > ROUNDS / 20);
}
