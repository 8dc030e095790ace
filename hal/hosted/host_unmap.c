/*
 * host_unmap: takes away what was unmapped, in few calls of the host's.
 *
 * Of all that the host does for a process, to unmap costs most, for the
 * processor must be told, page by page.  So hal_space_unmap only notes what
 * goes, and the host is asked
 *
 *   before a task runs, whichever,
 *   before something else is mapped at these addresses,
 *   before the machine sleeps, or when there is no room for more notes.
 *
 * No task can tell.  But of a space that ends, or a capability that is revoked,
 * much goes in one kernel entry, and that in one call of the host's: ranges
 * with nothing between them that is mapped are one.
 *
 * The host tells the processor about up to 33 pages one by one, about more by
 * telling it to forget all; and it does so after each range that was written.
 * A hypervisor that copies page tables takes 3 to 20 us for each page, and 10
 * to 20 us for all.  There a page some way below what goes is mapped, so as to
 * go with it: then it is more than 33.
 */
#define _GNU_SOURCE
#include "cpu.h"

#include <cpuid.h>

enum {
	NOTES = 64,
	NEAR = 512, /* pages between two ranges that go together, at most */
	ONE_BY_ONE = 33, /* pages, at most */
	DECOY_FROM = 4, /* pages: for fewer it does not pay */
	STEP_FROM = 64, /* pages that may be a part of something larger */
};

static struct note {
	vaddr_t low, high;
} notes[NOTES];

unsigned host_noted;
static bool decoys;

void
host_unmap_start(void)
{
	unsigned a, b, c = 0, d;

	__get_cpuid(1, &a, &b, &c, &d);
	decoys = c >> 31 != 0; /* there is a hypervisor */
}

void
host_unmap_later(vaddr_t low, vaddr_t high)
{
	/* The kernel unmaps what is large in steps, from its end.  What is small
	 * stays apart, for each range needs its decoy. */
	if (host_noted != 0 && notes[host_noted - 1].low == high &&
	    high - low >= STEP_FROM * PAGE_SIZE) {
		notes[host_noted - 1].low = low;
		return;
	}
	if (host_noted == NOTES)
		host_unmap_all();
	notes[host_noted++] = (struct note){ low, high };
	host_deadline_changed();
}

void
host_unmap_at(vaddr_t low, vaddr_t high)
{
	for (unsigned i = 0; i < host_noted; i++)
		if (notes[i].low < high && notes[i].high > low) {
			host_unmap_all();
			return;
		}
}

/* By address.  They are few, and often in order or in the reverse of it. */
static void
sort(void)
{
	for (unsigned i = 1; i < host_noted; i++) {
		struct note note = notes[i];
		unsigned at = i;

		for (; at > 0 && notes[at - 1].low > note.low; at--)
			notes[at] = notes[at - 1];
		notes[at] = note;
	}
}

/* Maps a page in [low, note->low) so that it and the note are more than the
 * host does one by one; nothing is mapped from there on.  Where it is, or
 * where the note is if there is none. */
static vaddr_t
decoy(vaddr_t low, const struct note *note)
{
	vaddr_t at = note->high - (ONE_BY_ONE + 1) * PAGE_SIZE;

	if (!decoys || note->high - note->low < DECOY_FROM * PAGE_SIZE ||
	    at >= note->low || at < low || !host_region_free(at, note->low))
		return note->low;
	return host_map_decoy(at) ? at : note->low;
}

/* Do they go together? */
static bool
is_near(const struct note *note, const struct note *next)
{
	return next->low - note->high <= NEAR * PAGE_SIZE &&
	       host_region_low(note->low) == host_region_low(next->high - 1) &&
	       host_region_free(note->high, next->low);
}

void
host_unmap_all(void)
{
	unsigned count = host_noted;

	if (count == 0)
		return;
	sort();
	for (unsigned i = 0; i < count;) {
		vaddr_t low = decoy(host_region_low(notes[i].low), &notes[i]);

		for (i++; i < count && is_near(&notes[i - 1], &notes[i]); i++)
			if (notes[i - 1].high != notes[i].low)
				decoy(notes[i - 1].high, &notes[i]);
		host_unmap_now(low, notes[i - 1].high - low);
	}
	host_noted = 0;
	host_deadline_changed();
}
