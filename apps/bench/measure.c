/* measure: medians, and what to do about errors. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

void
figure_add(struct figure *f, uint64_t nanoseconds)
{
	unsigned i = f->rounds++;

	/* In order, by insertion. */
	for (; i > 0 && f->times[i - 1] > nanoseconds; i--)
		f->times[i] = f->times[i - 1];
	f->times[i] = nanoseconds;
}

/* One decimal of a time that is divided. */
static void
print_part(uint64_t time, uint64_t count)
{
	uint64_t tenths = (time * 10 + count / 2) / count;

	printf(" %llu.%llu", (unsigned long long)tenths / 10,
	    (unsigned long long)tenths % 10);
}

void
figure_print(
    const char *key, const struct figure *f, uint64_t count, const char *unit)
{
	printf("bench: %s", key);
	print_part(f->times[f->rounds / 2], count);
	print_part(f->times[0], count);
	print_part(f->times[f->rounds - 1], count);
	printf(" %s\n", unit);
	fflush(stdout);
}

void
must(enum error e, const char *what)
{
	if (e == E_OK)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, error_text(e));
	exit(1);
}

bool
enough(enum error e, const char *key)
{
	if (e == E_OK)
		return true;
	if (e != E_NO_MEMORY && e != E_RANGE)
		must(e, key);
	printf("bench: %s not measured: %s\n", key, error_text(e));
	fflush(stdout);
	return false;
}
