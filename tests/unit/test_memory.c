/*
 * test_memory: lib/posix's mmap, munmap, mprotect and mremap.
 *
 * Contract: what is mapped is zero and belongs to nobody else until it is
 * given back, also in parts; protections are those asked for; small pieces
 * cost no kernel call each; when the kernel has no memory the answer is
 * ENOMEM and nothing is lost.  The kernel is fake_kernel.h's.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <gbsd/memory.h>
#include <gbsd/proto.h>

#include "fake_kernel.h"
#include "posix.h"

enum {
	PIECES = 64,
	MOST_PAGES = 40,
	ROUNDS = 6000,
	MEMORY = 7000,
};

/* There is no memory_server here. */
enum error
proto_call(cap_t server, const struct proto_call *call)
{
	(void)server, (void)call;
	return E_UNAVAILABLE;
}

enum error
proto_tell(cap_t server, uint32_t operation, const void *request, size_t size)
{
	(void)server, (void)operation, (void)request, (void)size;
	return E_UNAVAILABLE;
}

static int
begin(void **state)
{
	(void)state;
	fake_begin();
	/* All of it says that it is dirty, and is. */
	fake_name("memory", fake_memory(0, 100, MEMORY));
	memset(fake_page(100), 0xDD, (size_t)MEMORY * PAGE_SIZE);
	return 0;
}

long
posix_error(enum error e)
{
	return e == E_OK ? 0 : e == E_EXISTS ? -EEXIST : -ENOMEM;
}

static long
map(size_t pages, int protection)
{
	return linux_mmap((long[6]){ 0, (long)(pages * PAGE_SIZE), protection,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 });
}

static long
unmap(uint8_t *at, size_t pages)
{
	return linux_munmap((long[6]){ (long)at, (long)(pages * PAGE_SIZE) });
}

static long
protect(uint8_t *at, size_t pages, int protection)
{
	return linux_mprotect(
	    (long[6]){ (long)at, (long)(pages * PAGE_SIZE), protection });
}

static bool
is_error(long result)
{
	return result < 0 && result > -4096;
}

/* Every word of the pages is value. */
static void
assert_pages(const uint8_t *at, size_t pages, uint64_t value)
{
	for (size_t i = 0; i < pages * PAGE_SIZE; i += 512) {
		uint64_t word;
		memcpy(&word, at + i, sizeof word);
		assert_int_equal(word, value);
	}
}

static void
mark(uint8_t *at, size_t pages, uint64_t value)
{
	for (size_t i = 0; i < pages * PAGE_SIZE; i += sizeof value)
		memcpy(at + i, &value, sizeof value);
}

static void
small_pieces_cost_no_call_each(void **state)
{
	(void)state;
	unmap((uint8_t *)map(1, PROT_READ | PROT_WRITE), 1);
	fake_calls = 0;
	for (int i = 0; i < 1000; i++) {
		uint8_t *at = (uint8_t *)map(1, PROT_READ | PROT_WRITE);
		assert_pages(at, 1, 0);
		mark(at, 1, 0xFFFF);
		assert_int_equal(unmap(at, 1), 0);
	}
	assert_int_equal(fake_calls, 0);
}

struct piece {
	uint8_t *at;
	size_t pages;
	uint64_t value;
};

/* Gives back all, or a part at either end; the rest must stay. */
static void
give_some(struct piece *p)
{
	size_t part = (size_t)rand() % p->pages + 1;

	assert_pages(p->at, p->pages, p->value);
	if (rand() % 2 == 0) {
		assert_int_equal(unmap(p->at, part), 0);
		p->at += part * PAGE_SIZE;
	} else {
		assert_int_equal(
		    unmap(p->at + (p->pages - part) * PAGE_SIZE, part), 0);
	}
	p->pages -= part;
	assert_pages(p->at, p->pages, p->value);
}

/* Read-only and back, or read-only and left so until it is given back. */
static void
change_protection(struct piece *p)
{
	size_t part = (size_t)rand() % p->pages + 1;

	assert_int_equal(protect(p->at, part, PROT_READ), 0);
	assert_pages(p->at, p->pages, p->value);
	if (rand() % 2 == 0) {
		assert_int_equal(
		    protect(p->at, p->pages, PROT_READ | PROT_WRITE), 0);
		mark(p->at, p->pages, p->value);
	}
}

static void
grow(struct piece *p)
{
	size_t pages = (size_t)rand() % MOST_PAGES + 1;
	size_t both = pages < p->pages ? pages : p->pages;
	long at = linux_mremap((long[6]){ (long)p->at,
	    (long)(p->pages * PAGE_SIZE), (long)(pages * PAGE_SIZE), 1 });

	assert_false(is_error(at));
	p->at = (uint8_t *)at;
	assert_pages(p->at, both, p->value);
	assert_pages(p->at + both * PAGE_SIZE, pages - both, 0);
	assert_int_equal(protect(p->at, pages, PROT_READ | PROT_WRITE), 0);
	mark(p->at, pages, p->value);
	p->pages = pages;
}

static void
pieces_keep_what_is_in_them(void **state)
{
	static struct piece pieces[PIECES];

	(void)state;
	srand(1);
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		struct piece *p = &pieces[rand() % PIECES];
		if (p->pages == 0) {
			p->pages = (size_t)rand() % MOST_PAGES + 1;
			p->at =
			    (uint8_t *)map(p->pages, PROT_READ | PROT_WRITE);
			p->value = round;
			assert_pages(p->at, p->pages, 0);
			mark(p->at, p->pages, p->value);
		} else if (rand() % 4 == 0) {
			change_protection(p);
		} else if (rand() % 4 == 0) {
			grow(p);
		} else {
			give_some(p);
		}
	}
	for (struct piece *p = pieces; p < pieces + PIECES; p++) {
		if (p->pages > 0)
			assert_int_equal(unmap(p->at, p->pages), 0);
	}
}

static void
no_memory_is_an_error(void **state)
{
	static long got[MEMORY];
	long large;
	int n = 0;

	(void)state;
	assert_int_equal(map(MEMORY, PROT_READ | PROT_WRITE), -ENOMEM);
	while (!is_error(got[n] = map(2, PROT_READ | PROT_WRITE)))
		n++;
	assert_int_equal(got[n], -ENOMEM);
	assert_true(n > MEMORY / 3);
	assert_int_equal(map(100, PROT_READ | PROT_WRITE), -ENOMEM);
	while (n-- > 0) {
		assert_pages((uint8_t *)got[n], 2, 0);
		assert_int_equal(unmap((uint8_t *)got[n], 2), 0);
	}
	large = map(1000, PROT_READ | PROT_WRITE);
	assert_false(is_error(large));
	assert_int_equal(unmap((uint8_t *)large, 1000), 0);
}

/* Whatever call the kernel refuses, what is mapped stays as it is. */
static void
a_refused_call_loses_nothing(void **state)
{
	struct memory_info before, after;

	(void)state;
	memory_info(&before);
	for (unsigned n = 1; n < 12; n++) {
		uint8_t *at;
		long got;

		fake_refuse = n;
		got = map(50, PROT_READ | PROT_WRITE);
		fake_refuse = 0;
		if (is_error(got))
			got = map(50, PROT_READ | PROT_WRITE);
		at = (uint8_t *)got;
		mark(at, 50, n);
		assert_int_equal(unmap(at, 50), 0);
	}
	memory_info(&after);
	assert_int_equal(before.free, after.free);
}

static void
nonsense_is_refused(void **state)
{
	const long huge = INT64_MAX - 100;

	(void)state;
	assert_int_equal(linux_mmap((long[6]){
			     0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS }),
	    -EINVAL);
	assert_int_equal(linux_mmap((long[6]){
			     0, huge, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS }),
	    -EINVAL);
	assert_int_equal(
	    linux_mmap((long[6]){ 0, 4096, PROT_READ, MAP_PRIVATE, 3 }),
	    -ENODEV);
	assert_int_equal(linux_munmap((long[6]){ 4097, 4096 }), -EINVAL);
	assert_int_equal(linux_munmap((long[6]){ 4096, huge }), -EINVAL);
	assert_int_equal(linux_mprotect((long[6]){ 1, 4096 }), -EINVAL);
	assert_int_equal(linux_mremap((long[6]){ 4096, 0, 1, 1 }), -EINVAL);
}

static void
memory_without_access_can_be_opened(void **state)
{
	uint8_t *at = (uint8_t *)map(4, PROT_NONE);

	(void)state;
	assert_int_equal(protect(at + PAGE_SIZE, 1, PROT_READ | PROT_WRITE), 0);
	assert_pages(at + PAGE_SIZE, 1, 0);
	mark(at + PAGE_SIZE, 1, 5);
	assert_int_equal(protect(at, 3, PROT_READ), 0);
	assert_pages(at, 1, 0);
	assert_pages(at + PAGE_SIZE, 1, 5);
	assert_int_equal(protect(at, 4, PROT_NONE), 0);
	assert_int_equal(protect(at, 4, PROT_READ | PROT_WRITE), 0);
	assert_pages(at + PAGE_SIZE, 1, 5);
	assert_int_equal(unmap(at, 4), 0);
	assert_int_equal(protect(at, 4, PROT_READ), -ENOMEM);
}

/* As threads come and go: their addresses and memory return. */
static void
stacks_with_guard_pages_come_back(void **state)
{
	uint8_t *first = NULL;
	struct memory_info before, after;

	(void)state;
	memory_info(&before);
	for (int i = 0; i < 500; i++) {
		uint8_t *at = (uint8_t *)map(18, PROT_NONE);

		if (i == 0)
			first = at;
		assert_ptr_equal(at, first);
		assert_int_equal(
		    protect(at + PAGE_SIZE, 17, PROT_READ | PROT_WRITE), 0);
		assert_pages(at + PAGE_SIZE, 17, 0);
		mark(at + PAGE_SIZE, 17, 9);
		assert_int_equal(unmap(at, 18), 0);
	}
	memory_info(&after);
	assert_int_equal(before.free, after.free);
}

static long
map_at(uint8_t *at, size_t pages, int protection, int flags)
{
	return linux_mmap((long[6]){ (long)at, (long)(pages * PAGE_SIZE),
	    protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0 });
}

static void
fixed_addresses_replace_what_is_there(void **state)
{
	uint8_t *at = (uint8_t *)map(30, PROT_READ | PROT_WRITE);

	(void)state;
	mark(at, 30, 3);
	assert_int_equal(map_at(at + 10 * PAGE_SIZE, 5, PROT_READ | PROT_WRITE,
			     MAP_FIXED_NOREPLACE),
	    -EEXIST);
	assert_ptr_equal((uint8_t *)map_at(at + 10 * PAGE_SIZE, 5,
			     PROT_READ | PROT_WRITE, MAP_FIXED),
	    at + 10 * PAGE_SIZE);
	assert_pages(at, 10, 3);
	assert_pages(at + 10 * PAGE_SIZE, 5, 0);
	assert_pages(at + 15 * PAGE_SIZE, 15, 3);
	assert_int_equal(unmap(at, 30), 0);
	assert_ptr_equal((uint8_t *)map_at(at + 10 * PAGE_SIZE, 5,
			     PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE),
	    at + 10 * PAGE_SIZE);
	assert_pages(at + 10 * PAGE_SIZE, 5, 0);
	assert_int_equal(unmap(at, 30), 0);
}

static void
unmapping_twice_is_no_error(void **state)
{
	uint8_t *at = (uint8_t *)map(30, PROT_READ | PROT_WRITE);

	(void)state;
	assert_int_equal(unmap(at + 3 * PAGE_SIZE, 4), 0);
	assert_int_equal(unmap(at + 3 * PAGE_SIZE, 4), 0);
	assert_int_equal(unmap(at, 30), 0);
	assert_int_equal(unmap(at, 30), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_pieces_cost_no_call_each),
		cmocka_unit_test(pieces_keep_what_is_in_them),
		cmocka_unit_test(no_memory_is_an_error),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(memory_without_access_can_be_opened),
		cmocka_unit_test(stacks_with_guard_pages_come_back),
		cmocka_unit_test(fixed_addresses_replace_what_is_there),
		cmocka_unit_test(unmapping_twice_is_no_error),
		cmocka_unit_test(a_refused_call_loses_nothing),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
