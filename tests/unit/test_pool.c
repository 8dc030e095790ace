/*
 * test_pool: libgbsd's pool of raw memory and of addresses.
 *
 * Contract: what is taken is raw, as large as was asked for, nobody else's,
 * and zero where the pool says so; what was made of it ends when it is given
 * back; when all is given back all of it is whole again, and what came from
 * memory_server returns there.  A call that the kernel refuses loses nothing.
 * Mappings are apart, and go elsewhere when an address is taken.  The server
 * is memory_server's own work, over the kernel of fake_kernel.h.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gbsd/memory.h>
#include <gbsd/proto.h>
#include <proto/memory.h>

#include "fake_kernel.h"
#include "memory.h"

enum {
	SERVER = 60, /* its space */
	RAM = 20001,
	OWN = 70, /* pages of "memory" */
	OWN_AT = 30000,
	STATE = 1 + FAKE_SLOTS / 64,
	LIMIT = 6000,
	PIECES = 64,
	ROUNDS = 6000,
};

static struct store *store;
static struct account *account;
static uint8_t used[FAKE_PAGES]; /* who has it: 1 + index, as the model says */

/* The wire between pool and server. */
enum error
proto_call(cap_t server, const struct proto_call *call)
{
	struct mem_take_rep *r = call->reply;
	struct taken taken;
	cap_t port;
	enum error e;

	/* A thread's first call makes its reply port, when there is nothing. */
	assert_int_equal(server, gbsd_cap("memory_server"));
	e = memory_take(1, &port);
	if (e != E_OK)
		return e;
	fake_space = SERVER;
	assert_int_equal(call->operation, mem_op_take);
	e = store_take(store, account, false,
	    ((const struct mem_take_req *)call->request)->pages, &taken);
	fake_space = 0;
	memory_give(port);
	if (e != E_OK)
		return e;
	*r = (struct mem_take_rep){ .pages = taken.pages,
		.piece = taken.number };
	call->carried->in[0] = fake_move(SERVER, taken.cap, 0);
	return E_OK;
}

enum error
proto_tell(cap_t server, uint32_t operation, const void *request, size_t size)
{
	const struct mem_give_req *q = request;
	enum error e;

	(void)server, (void)size;
	assert_int_equal(operation, mem_op_give);
	fake_space = SERVER;
	e = store_give(store, account, q->piece);
	fake_space = 0;
	assert_int_equal(e, E_OK);
	return E_OK;
}

static int
begin(void **state)
{
	const size_t size = sizeof(*store) + FAKE_SLOTS * sizeof(struct piece);

	(void)state;
	srand(1);
	fake_begin();
	fake_start.memory_zero = 1;
	store = calloc(1, size);
	fake_space = SERVER;
	assert_int_equal(store_begin(store, size), E_OK);
	assert_int_equal(store_add(store, fake_memory(SERVER, 0, RAM),
			     RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE |
				 RIGHT_MAKE | RIGHT_DERIVE,
			     RAM, 0),
	    E_OK);
	assert_int_equal(
	    store_open(store, &store->accounts[0], LIMIT, 0, &account), E_OK);
	fake_space = 0;
	fake_name("memory", fake_memory(0, OWN_AT, OWN + STATE));
	fake_name("memory_server", fake_object(0, OBJECT_PORT));
	return 0;
}

static int
end(void **state)
{
	(void)state;
	free(store);
	return 0;
}

struct held {
	cap_t raw;
	size_t pages;
	uint32_t base;
};

/* It is nobody's, raw, of that size; what is said to be zero is so. */
static void
claim(struct held *t, size_t dirty, uint8_t who)
{
	uint32_t rights;
	size_t pages;

	assert_int_equal(memory_query(t->raw, &rights, &pages), E_OK);
	assert_int_equal(pages, t->pages);
	assert_true(rights & RIGHT_MAKE);
	t->base = fake_base(0, t->raw);
	for (size_t i = 0; i < pages; i++) {
		const uint64_t *words = fake_page(t->base + (uint32_t)i);

		assert_int_equal(used[t->base + i], 0);
		used[t->base + i] = who;
		for (unsigned w = 0; i >= dirty && w < PAGE_SIZE / 8; w += 64)
			assert_int_equal(words[w], 0);
		memset(fake_page(t->base + (uint32_t)i), who, PAGE_SIZE);
	}
}

static void
release(struct held *t, uint8_t who)
{
	cap_t port = 0;

	for (size_t i = 0; i < t->pages; i++) {
		const uint8_t *bytes = fake_page(t->base + (uint32_t)i);

		assert_int_equal(used[t->base + i], who);
		assert_int_equal(bytes[0], who);
		assert_int_equal(bytes[PAGE_SIZE - 1], who);
		used[t->base + i] = 0;
	}
	/* Something was made of it, or it is mapped. */
	if (rand() % 3 == 0) {
		assert_int_equal(port_allocate(t->raw, &port), E_OK);
	} else if (rand() % 2 == 0) {
		void *at;

		assert_int_equal(
		    memory_map(t->raw, VM_READ | VM_WRITE, &at), E_OK);
	}
	memory_give(t->raw);
	if (port != 0)
		assert_false(fake_lives(0, port));
	t->pages = 0;
}

static void
assert_all_is_back(void)
{
	struct memory_info info;

	memory_info(&info);
	assert_int_equal(info.free, info.pages - 1); /* the reserve */
	assert_int_equal(fake_mappings(0), 1); /* the pool's own */
}

static void
pieces_do_not_overlap_and_come_back(void **state)
{
	static struct held all[PIECES];
	struct memory_info info;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned i = (unsigned)rand() % PIECES;
		struct held *t = &all[i];
		size_t dirty;

		if (t->pages != 0) {
			release(t, (uint8_t)(i + 1));
			continue;
		}
		if (rand() % 8 == 0)
			fake_refuse = 1 + (unsigned)rand() % 6;
		t->pages = 1 + (size_t)rand() % (rand() % 4 == 0 ? 200 : 9);
		if (memory_take_dirty(t->pages, &t->raw, &dirty) == E_OK)
			claim(t, dirty, (uint8_t)(i + 1));
		else
			t->pages = 0;
		fake_refuse = 0;
	}
	memory_info(&info);
	assert_true(info.chunks > 0);
	for (unsigned i = 0; i < PIECES; i++)
		if (all[i].pages != 0)
			release(&all[i], (uint8_t)(i + 1));
	assert_all_is_back();
	memory_info(&info);
	assert_true(info.chunks <= 3); /* the others went back */
	assert_true(account->used < 1024);
}

static void
no_more_than_the_limit(void **state)
{
	static cap_t raw[LIMIT];
	unsigned n = 0;
	cap_t one;

	(void)state;
	while (memory_take(16, &raw[n]) == E_OK)
		n++;
	assert_true(n * 16 >= LIMIT - 128);
	assert_true(account->used <= LIMIT);
	one = 17;
	assert_int_equal(memory_take(4000, &one), E_NO_MEMORY);
	assert_int_equal(memory_take(SIZE_MAX / 2, &one), E_NO_MEMORY);
	assert_int_equal(memory_take(0, &one), E_NO_MEMORY);
	assert_int_equal(one, 17);
	while (n-- > 0)
		memory_give(raw[n]);
	assert_all_is_back();
}

static void
large_pieces_return_after_small_ones(void **state)
{
	static cap_t raw[2000];
	cap_t large;

	(void)state;
	for (unsigned i = 0; i < 2000; i++)
		assert_int_equal(memory_take(1, &raw[i]), E_OK);
	for (unsigned i = 0; i < 2000; i++)
		memory_give(raw[(i * 7) % 2000]);
	assert_int_equal(memory_take(4096, &large), E_OK);
	memory_give(large);
	assert_all_is_back();
}

static void
new_memory_is_zero_and_apart(void **state)
{
	uint8_t *at[200];
	cap_t raw[200];

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 200; i++) {
			size_t pages = 1 + (i * 13 + round) % 20;
			void *new;

			fake_taken = i % 16 == 0 ? 3 : 0;
			assert_int_equal(
			    memory_new(pages,
				i % 5 == 0 ? VM_READ : VM_READ | VM_WRITE, &new,
				&raw[i]),
			    E_OK);
			at[i] = new;
			for (size_t b = 0; b < pages * PAGE_SIZE; b += 256)
				assert_int_equal(at[i][b], 0);
			if (i % 5 != 0)
				memset(at[i], 0xFF, pages * PAGE_SIZE);
		}
		for (unsigned i = 0; i < 200; i++)
			memory_free(raw[i], at[i], 1 + (i * 13 + round) % 20);
	}
	assert_all_is_back();
}

static void
an_address_is_used_again(void **state)
{
	void *first, *at;
	cap_t raw;

	(void)state;
	assert_int_equal(memory_new(5, VM_READ | VM_WRITE, &first, &raw), E_OK);
	memory_free(raw, first, 5);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(
		    memory_new(5, VM_READ | VM_WRITE, &at, &raw), E_OK);
		assert_ptr_equal(at, first);
		memory_free(raw, at, 5);
	}
}

static void
addresses_that_are_all_taken_are_an_error(void **state)
{
	void *at = (void *)17;
	cap_t raw = 17;

	(void)state;
	fake_taken = 1000;
	assert_int_equal(memory_new(1, VM_READ | VM_WRITE, &at, &raw), E_RANGE);
	fake_taken = 0;
	assert_int_equal(raw, 17);
	assert_ptr_equal(at, (void *)17);
	assert_all_is_back();
}

static void
nothing_is_mapped_in_what_is_reserved(void **state)
{
	void *reserved[50], *at;
	cap_t raw[300];
	void *addresses[300];

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(memory_reserve(33, &reserved[i]), E_OK);
	for (unsigned i = 0; i < 300; i++) {
		assert_int_equal(
		    memory_new(1 + i % 9, VM_READ, &at, &raw[i]), E_OK);
		addresses[i] = at;
		for (unsigned r = 0; r < 50; r++)
			assert_true((uint64_t)at - (uint64_t)reserved[r] >=
				    33 * PAGE_SIZE);
	}
	for (unsigned i = 0; i < 300; i++)
		memory_free(raw[i], addresses[i], 1 + i % 9);
	memory_unreserve(reserved[7], 33);
	assert_int_equal(memory_reserve(40, &at), E_OK);
	assert_ptr_equal(at, reserved[7]);
}

/* Where another may have the same window, and no second try is possible. */
static void
processes_reserve_addresses_of_their_own(void **state)
{
	enum { PROCESSES = 16 };
	void *at[PROCESSES];
	int ends[2], status;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	for (int i = 0; i < PROCESSES; i++) {
		pid_t process = fork();

		if (process == 0) {
			srand((unsigned)i + 1);
			_exit(
			    memory_reserve(1, &at[0]) != E_OK ||
			    write(ends[1], at, sizeof(at[0])) != sizeof(at[0]));
		}
		assert_int_equal(waitpid(process, &status, 0), process);
		assert_int_equal(status, 0);
		assert_int_equal(
		    read(ends[0], &at[i], sizeof(at[0])), sizeof(at[0]));
		assert_in_range((uint64_t)at[i], fake_start.window_low,
		    fake_start.window_high - PAGE_SIZE);
		for (int j = 0; j < i; j++)
			assert_ptr_not_equal(at[i], at[j]);
	}
	close(ends[0]);
	close(ends[1]);
}

/* The account of lasting memory is another; without it it is the pool's. */
static void
lasting_memory_without_an_account_is_the_pools(void **state)
{
	uint64_t piece = 9;
	cap_t raw;

	(void)state;
	assert_int_equal(memory_take_lasting(3, &raw, &piece), E_OK);
	assert_int_equal(piece, 0);
	memory_give_lasting(raw, piece);
	assert_all_is_back();
}

static bool
keep_one(void *context, cap_t raw)
{
	return raw == *(cap_t *)context;
}

static void
sweeping_keeps_what_is_named(void **state)
{
	cap_t raw[40];

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(memory_take(1 + i, &raw[i]), E_OK);
	memory_sweep(keep_one, &raw[20]);
	for (unsigned i = 0; i < 40; i++) {
		uint32_t rights;
		size_t pages;

		if (i == 20)
			assert_int_equal(
			    memory_query(raw[i], &rights, &pages), E_OK);
	}
	memory_give(raw[20]);
	assert_all_is_back();
}

int
main(void)
{
	/* Before there is a pool. */
	const struct CMUnitTest first[] = {
		cmocka_unit_test(processes_reserve_addresses_of_their_own),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_do_not_overlap_and_come_back),
		cmocka_unit_test(no_more_than_the_limit),
		cmocka_unit_test(large_pieces_return_after_small_ones),
		cmocka_unit_test(new_memory_is_zero_and_apart),
		cmocka_unit_test(an_address_is_used_again),
		cmocka_unit_test(addresses_that_are_all_taken_are_an_error),
		cmocka_unit_test(nothing_is_mapped_in_what_is_reserved),
		cmocka_unit_test(
		    lasting_memory_without_an_account_is_the_pools),
		cmocka_unit_test(sweeping_keeps_what_is_named),
	};

	return cmocka_run_group_tests(first, begin, end) +
	       cmocka_run_group_tests(tests, begin, end);
}
