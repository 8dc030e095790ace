/*
 * test_memory: lib/posix's mmap, munmap, mprotect and mremap.
 *
 * Contract: what is mapped is zero and belongs to nobody else until it is
 * given back, also in parts; protections are those asked for; small pieces
 * cost no kernel call each; when the kernel has no memory the answer is
 * ENOMEM and nothing is lost.  The kernel is played by the host.
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

#include "posix.h"

enum { PIECES = 64, MOST_PAGES = 40, ROUNDS = 20000 };

void gate_call(void); /* tests/hosted_image/gate_*.S */
uint64_t fake_call(uint64_t number, uint64_t a[6]);

static const struct gate gate = { .call = gate_call };
const struct gate *gbsd_gate = &gate;

static unsigned kernel_calls;
static bool kernel_is_full;

static int
host_protection(uint64_t flags)
{
	return (flags & VM_READ ? PROT_READ : 0) |
	       (flags & VM_WRITE ? PROT_WRITE : 0);
}

uint64_t
fake_call(uint64_t number, uint64_t a[6])
{
	void *at;

	kernel_calls++;
	if (number == CALL_vm_deallocate)
		return munmap((void *)a[0], a[1]) == 0 ? 0
						       : error_value(E_RANGE);
	assert_int_equal(number, CALL_vm_allocate);
	if ((a[2] & VM_MODE_MASK) == VM_PROTECT)
		return mprotect((void *)a[0], a[1], host_protection(a[2])) == 0
			   ? a[0]
			   : error_value(E_RANGE);
	if (kernel_is_full)
		return error_value(E_QUOTA);
	at = mmap((void *)a[0], a[1], host_protection(a[2]),
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return at == MAP_FAILED ? error_value(E_NO_MEMORY) : (uint64_t)at;
}

long
posix_error(enum error e)
{
	return e == E_OK ? 0 : -ENOMEM;
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
	kernel_calls = 0;
	for (int i = 0; i < 1000; i++) {
		uint8_t *at = (uint8_t *)map(1, PROT_READ | PROT_WRITE);
		assert_pages(at, 1, 0);
		mark(at, 1, 0xFFFF);
		assert_int_equal(unmap(at, 1), 0);
	}
	assert_int_equal(kernel_calls, 0);
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
	long got[4096];
	int n = 0;

	(void)state;
	kernel_is_full = true;
	while (!is_error(got[n] = map(2, PROT_READ | PROT_WRITE)))
		n++;
	assert_int_equal(got[n], -ENOMEM);
	assert_int_equal(map(100, PROT_READ | PROT_WRITE), -ENOMEM);
	kernel_is_full = false;
	while (n-- > 0)
		assert_int_equal(unmap((uint8_t *)got[n], 2), 0);
	assert_false(is_error(map(2, PROT_READ | PROT_WRITE)));
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
	assert_int_equal(unmap(at, 4), 0);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
