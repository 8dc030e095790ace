/*
 * host_unmap: what a space no longer has, unmapped in good time.
 *
 * Of all that the host does for a process, to unmap costs most, for it tells
 * the processor.  So what is unmapped is only noted, and done later, in one
 * host call for all that lies side by side.  Nobody can tell, because it is
 * done
 *
 *   before a task of the same space runs: its faults are faults;
 *   before something is mapped in the same region, so that the pages next to
 *	it are as its owner left them;
 *   before the machine sleeps, or when there is no room for more notes.
 *
 * The ranges of a space whose tasks are all dead therefore come together.
 * Until then only a stray pointer of another space finds them, which finds
 * that space's living pages as well.
 *
 * The host tells the processor about up to 33 pages one by one, about more
 * by telling it to forget all.  Under a hypervisor that copies page tables the
 * first takes 3 to 20 us for each page, the second 17 us.  So a page some way
 * below what is unmapped is mapped, to be unmapped with it: then it is more.
 */
#define _GNU_SOURCE
#include "cpu.h"

#include <cpuid.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum {
	NOTES = 64,
	ONE_BY_ONE = 33, /* pages, at most */
	DECOY_FROM = 4, /* pages: with fewer it does not pay */
};

struct note {
	struct hal_space *space; /* whose it was; NULL: it has ended */
	vaddr_t low, high;
};

static struct note notes[NOTES];
static unsigned noted;
static bool decoys;

void
host_unmap_start(void)
{
	unsigned a, b, c = 0, d;

	__get_cpuid(1, &a, &b, &c, &d);
	decoys = c >> 31 != 0; /* there is a hypervisor */
}

/* Where the decoy is, or where low is if there is none. */
static vaddr_t
decoy(vaddr_t low, vaddr_t high)
{
	vaddr_t at = high - (ONE_BY_ONE + 1) * PAGE_SIZE;

	if (!decoys || high - low < DECOY_FROM * PAGE_SIZE || at >= low ||
	    at < host_region_low(low) || !host_region_free(at, low))
		return low;
	return host_map_decoy(at) ? at : low;
}

/* Takes the notes of a space (NULL: of all) out that touch [low, high), in
 * the order of their addresses. */
static unsigned
take(struct note *to, const struct hal_space *space, vaddr_t low, vaddr_t high)
{
	unsigned taken = 0, kept = 0;

	for (unsigned i = 0; i < noted; i++) {
		struct note note = notes[i];
		unsigned at = taken;

		if ((space != NULL && note.space != space) ||
		    note.low >= high || note.high <= low) {
			notes[kept++] = note;
			continue;
		}
		if (note.space != NULL)
			note.space->noted--;
		for (; at > 0 && to[at - 1].low > note.low; at--)
			to[at] = to[at - 1];
		to[at] = note;
		taken++;
	}
	noted = kept;
	return taken;
}

static void
unmap_noted(const struct hal_space *space, vaddr_t low, vaddr_t high)
{
	struct note some[NOTES];
	unsigned n = take(some, space, low, high);

	for (unsigned i = 0; i < n;) {
		vaddr_t first = some[i].low, end = some[i].high;

		while (++i < n && some[i].low == end)
			end = some[i].high;
		first = decoy(first, end);
		host_unmap_now(first, end - first);
	}
}

void
host_unmap_of(const struct hal_space *space)
{
	unmap_noted(space, 0, UINT64_MAX);
}

bool
host_unmap_all(void)
{
	bool any = noted != 0;

	if (any)
		unmap_noted(NULL, 0, UINT64_MAX);
	return any;
}

bool
host_unmap_noted(vaddr_t low, vaddr_t high)
{
	for (unsigned i = 0; i < noted; i++)
		if (notes[i].low < high && notes[i].high > low)
			return true;
	return false;
}

void
host_unmap_near(vaddr_t low, vaddr_t high)
{
	if (noted != 0)
		unmap_noted(NULL, host_region_low(low),
		    host_region_low(high - 1) + HOST_REGION);
}

void
host_unmap_later(struct hal_space *space, vaddr_t low, vaddr_t high)
{
	/* The kernel unmaps what is large in steps, from its end. */
	if (noted != 0 && notes[noted - 1].space == space &&
	    notes[noted - 1].low == high) {
		notes[noted - 1].low = low;
		return;
	}
	if (noted == NOTES)
		(void)host_unmap_all();
	notes[noted++] = (struct note){ space, low, high };
	space->noted++;
}

void
host_unmap_forget(const struct hal_space *space)
{
	for (unsigned i = 0; i < noted; i++)
		if (notes[i].space == space)
			notes[i].space = NULL;
}
