/*
 * fuzz_kernel: any sequence of traps leaves the kernel in order.
 *
 * Bytes are decoded into traps of a small machine (fuzz_kernel_play.c).  A
 * shadow of the derivation tree says what must be refused and what must not
 * (fuzz_kernel_shadow.c); everything else that must hold is in
 * tests/machine/invariants.c.
 *
 *   fuzz_kernel --random SEED COUNT   plays COUNT random traps
 *   fuzz_kernel FILE...               libFuzzer, as usual
 */
#include "fuzz_kernel.h"

#include <gbsd/start.h>

enum {
	PAGES = 1200, /* of RAM: small, so that it runs out */
	CHECK_EVERY = 8,
	ROUND = 4000, /* random traps before a new machine */
};

static const uint8_t *input;
static size_t input_left;
static uint64_t random_state;
static bool random_input;
static uint64_t total_traps, rounds;

uint32_t
byte(void)
{
	if (random_input) {
		uint64_t z = random_state += 0x9E3779B97F4A7C15;

		z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
		return (uint32_t)(z >> 40) & 0xFF;
	}
	if (input_left == 0)
		return 0;
	input_left--;
	return *input++;
}

uint32_t
below(uint32_t limit)
{
	return limit <= 256 ? byte() % limit : (byte() | byte() << 8) % limit;
}

_Noreturn void
wrong(const char *what)
{
	fprintf(stderr, "after %llu traps: %s\n",
	    (unsigned long long)machine.traps, what);
	abort();
}

/* What init was given, but for the views of memory that show the kernel's. */
static void
learn_init(void)
{
	struct hal_context *init = machine.current;
	uint32_t space = space_of(init);
	const struct start *start = invariants_shown(init, init->argument);
	const struct start_cap *caps =
	    invariants_shown(init, (uint64_t)start->caps);
	uint32_t machine_id = 0;

	for (unsigned i = 0; i < start->cap_count; i++) {
		const char *name = caps[i].name;
		uint64_t info = CALL(cap_move, caps[i].cap, CAP_QUERY);
		uint32_t id;

		if (strcmp(name, "ram") == 0 || strcmp(name, "device") == 0)
			continue;
		id = shadow_root(space, caps[i].cap, CAP_INFO_TYPE(info));
		if (strcmp(name, "machine") == 0)
			machine_id = id;
		else if (CAP_INFO_TYPE(info) == OBJECT_MACHINE)
			shadows[id].parent = machine_id; /* print */
		shadows[id].pages = (uint32_t)CAP_INFO_PAGES(info);
		shadows[id].raw = (info & RIGHT_MAKE) != 0;
		/* None is pushed out by another. */
		spaces[space].known[i] = id;
	}
}

static void
begin(bool shared)
{
	struct machine_options options = { .pages = PAGES,
		.one_address_space = shared };

	machine_start(&options);
	invariants_check();
	shadow_begin();
	last_tag = 1;
	learn_init();
}

/* Nothing can run any more: someone is woken from outside, or it is over. */
static bool
wake(void)
{
	for (unsigned i = 0; i < HAL_INTERRUPTS && machine.current == NULL; i++)
		machine_trap(HAL_TRAP_INTERRUPT, i, 0);
	for (unsigned i = 0; i < 4 && machine.current == NULL; i++)
		if (machine.armed != UINT64_MAX)
			machine_tick();
	return machine.current != NULL;
}

static bool
go_on(uint64_t n)
{
	if (machine.halted)
		return false;
	if (machine.current == NULL && !wake())
		return false;
	return random_input ? n < ROUND : input_left > 0;
}

static void
check(void)
{
	if (machine.halted)
		return;
	invariants_check();
	shadow_check();
}

static uint64_t
play(void)
{
	struct hal_context *caller;
	uint64_t n = 0, checked = 0;

	begin(byte() & 1);
	while (go_on(n)) {
		caller = machine.current;
		step();
		complete_all(caller);
		n = machine.traps;
		if (n >= checked + CHECK_EVERY) {
			checked = n;
			check();
		}
	}
	machine.hold_again = false;
	check();
	invariants_settle();
	check();
	rounds++;
	return machine.traps;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input = data;
	input_left = size;
	random_input = false;
	total_traps += play();
	return 0;
}

static int
play_random(uint64_t seed, uint64_t count)
{
	random_input = true;
	for (uint64_t round = 0; total_traps < count; round++) {
		random_state = seed + round * 1000003;
		if (verbose)
			fprintf(
			    stderr, "round %llu\n", (unsigned long long)round);
		total_traps += play();
	}
	printf("%llu traps, %llu machines, %llu of %llu calls worked\n",
	    (unsigned long long)total_traps, (unsigned long long)rounds,
	    (unsigned long long)results_ok, (unsigned long long)results);
	printf("ok kernel survives random traps\n");
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	verbose = getenv("FUZZ_VERBOSE") != NULL;
	if (*argc == 4 && strcmp((*argv)[1], "--random") == 0)
		exit(play_random(strtoull((*argv)[2], NULL, 0),
		    strtoull((*argv)[3], NULL, 0)));
	return 0;
}
