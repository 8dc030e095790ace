/*
 * hosted_stress_map: mappings at random, against a model of them.
 *
 * Two spaces map and unmap ranges in three places; a task of the first looks
 * at pages.  It must find what is mapped, whoever did, and a fault where its
 * own space has unmapped.  What the other space has unmapped it may still find
 * until something is mapped in the same region or the machine has slept.
 */
#include "hosted_stress.h"

enum {
	PLACES = 3,
	PLACE_PAGES = 200,
	RANGES = 24,
	RANGE_PAGES = 40,
	FRAMES = 64,
	ROUNDS = 20000,
	MOVE_AFTER = 100, /* rounds: then other places */
	REGION = 128 << 20, /* as the machine has them */
	REGIONS = 300, /* more than it keeps open */
};

struct range {
	struct hal_space *space; /* NULL: none */
	unsigned place, first, pages;
};

static struct range ranges[RANGES];
static struct hal_space other;
static vaddr_t places[PLACES];
static uint8_t model[PLACES][PLACE_PAGES]; /* 1 + frame, 0: unmapped */
static bool vague[PLACES][PLACE_PAGES]; /* or is it? */
static paddr_t frames;
static unsigned wrong, refused, mapped, looked, faulted;

static unsigned
below(unsigned n)
{
	return (unsigned)(random_number() % n);
}

static vaddr_t
region_of(unsigned place, unsigned page)
{
	return (places[place] + page * (vaddr_t)PAGE_SIZE) / REGION;
}

static void
unmap(struct range *r)
{
	hal_space_unmap(r->space,
	    places[r->place] + r->first * (vaddr_t)PAGE_SIZE, r->pages);
	for (unsigned i = r->first; i < r->first + r->pages; i++) {
		model[r->place][i] = 0;
		vague[r->place][i] = r->space == &other;
	}
	r->space = NULL;
}

static void
map(struct range *r)
{
	unsigned frame;
	bool free = true;

	r->space = below(2) ? &space : &other;
	r->place = below(PLACES);
	r->pages = 1 + below(RANGE_PAGES);
	r->first = below(PLACE_PAGES - r->pages);
	frame = below(FRAMES - r->pages);
	for (unsigned i = 0; i < r->pages; i++)
		free &= model[r->place][r->first + i] == 0;

	enum hal_map_result result = hal_space_map(r->space,
	    places[r->place] + r->first * (vaddr_t)PAGE_SIZE,
	    frames + frame * (paddr_t)PAGE_SIZE, r->pages, VM_READ, false);

	if (result != (free ? HAL_MAPPED : HAL_REFUSED))
		wrong++;
	if (result != HAL_MAPPED) {
		refused++;
		r->space = NULL;
		return;
	}
	mapped++;
	for (unsigned i = 0; i < r->pages; i++)
		model[r->place][r->first + i] = (uint8_t)(1 + frame + i);
	for (unsigned i = 0; i < PLACE_PAGES; i++)
		if (region_of(r->place, i) >= region_of(r->place, r->first) &&
		    region_of(r->place, i) <=
			region_of(r->place, r->first + r->pages - 1))
			vague[r->place][i] = false;
}

static void
look(void)
{
	unsigned place = below(PLACES), page = below(PLACE_PAGES);
	uint64_t expected = model[place][page];
	struct hal_trap t;

	start(0, user_look, places[place] + page * (vaddr_t)PAGE_SIZE);
	t = hal_run(&context[0], &space);
	if (t.kind == HAL_TRAP_CALL && t.number == USER_LOOKED) {
		looked++;
		if (hal_arguments(&context[0])[0] != expected &&
		    !(expected == 0 && vague[place][page]))
			wrong++;
	} else {
		faulted++;
		if (t.kind != HAL_TRAP_FAULT || expected != 0)
			wrong++;
	}
}

static void
sleep(void)
{
	hal_timer_arm(hal_now() + 100000);
	if (hal_idle().kind != HAL_TRAP_TIMER)
		wrong++;
	hal_timer_arm(UINT64_MAX);
	if (space.noted != 0 || other.noted != 0)
		wrong++;
	for (unsigned i = 0; i < PLACES; i++)
		for (unsigned j = 0; j < PLACE_PAGES; j++)
			vague[i][j] = false;
}

/* Each begins at the same place of another region, and may end in the next. */
static void
move(void)
{
	unsigned region = 4 + below(REGIONS);
	unsigned offset = below(REGION / PAGE_SIZE);
	bool sleeps = below(2) == 0;

	for (unsigned i = 0; i < RANGES; i++)
		if (ranges[i].space != NULL)
			unmap(&ranges[i]);
	hal_space_end(&other);
	if (sleeps)
		sleep();
	/* It may have been here before. */
	for (unsigned i = 0; i < PLACES; i++)
		for (unsigned j = 0; j < PLACE_PAGES; j++)
			vague[i][j] = !sleeps;
	for (unsigned i = 0; i < PLACES; i++)
		places[i] = HAL_USER_LOW + (region + 2 * i) * (vaddr_t)REGION +
			    offset * (vaddr_t)PAGE_SIZE;
	/* Now and then the border is in the middle. */
	if (below(4) == 0)
		places[0] = HAL_USER_LOW + (region + 1) * (vaddr_t)REGION -
			    PLACE_PAGES / 2 * (vaddr_t)PAGE_SIZE;
}

void
stress_mappings(void)
{
	frames = new_pages(FRAMES);
	for (unsigned i = 0; i < FRAMES; i++)
		*(uint64_t *)hal_physical(frames + i * (paddr_t)PAGE_SIZE) =
		    1 + i;
	hal_space_init(&other);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct range *r = &ranges[below(RANGES)];

		if (i % MOVE_AFTER == 0)
			move();
		if (r->space != NULL)
			unmap(r);
		else
			map(r);
		look();
		if (below(50) == 0)
			sleep();
	}
	move();
	check("mappings at random are as a model of them", wrong == 0);
	check("and all that can happen has",
	    refused > ROUNDS / 20 && mapped > ROUNDS / 20 &&
		looked > ROUNDS / 20 && faulted > ROUNDS / 20);
}
