/*
 * kernel_test: what all tests of the kernel begin with.
 *
 * Each test starts a fresh kernel whose init is the current task; afterwards
 * all invariants are checked.  What a test makes, it makes of a pool that is
 * used up from one end and never taken back, or of memory of its own.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "invariants.h"
#include "script.h"

enum {
	SIZE = PAGE_SIZE,
	ROOM = 8, /* pages for tables of a new space */
	RAW = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_MAKE |
	      RIGHT_BUS | RIGHT_DERIVE,
	FRAME = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_DERIVE,
};

extern struct hal_context *init;
/* Capabilities that init was given; pool is raw memory. */
extern cap_t cap_machine, cap_archive, cap_print, cap_self, cap_pool;

int test_start(void **state);
int test_start_shared(void **state); /* all spaces share addresses */
int test_end(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, test_start, test_end)
#define TEST_SHARED(name) \
	cmocka_unit_test_setup_teardown(name, test_start_shared, test_end)

#define assert_error(call, e) assert_int_equal(error_of(call), e)
/* The value of a call that must not fail. */
#define must(call) must_at(call, __FILE__, __LINE__)
uint64_t must_at(uint64_t result, const char *file, int line);
/* The error, and the sentence that a debug build gives for it. */
#define assert_refused(call, e, sentence) \
	refused_at(call, e, sentence, __FILE__, __LINE__)
void refused_at(uint64_t result, enum error e, const char *sentence,
    const char *file, int line);

/* The current task's message area. */
struct message *message(void);
/* The bytes that a task sees at an address; fails if there are none. */
void *seen_by(const struct hal_context *task, uint64_t address);
/* What the task's space shows there: page | protection, or 0. */
uint64_t shows(const struct hal_context *task, uint64_t address);
const struct start *init_start(void);

/* --- calls of the current task ---------------------------------------------*/

cap_t range(cap_t memory, uint32_t rights, uint64_t first, uint64_t pages);
cap_t raw(uint64_t pages); /* from the pool; init's calls only */
cap_t frame(uint64_t pages); /* the same, not raw */
cap_t new_port(void); /* of one page */
cap_t port_of_pages(uint64_t pages);
cap_t new_badge(cap_t port, uint64_t value, unsigned share);
cap_t new_reply(cap_t src, cap_t port, uint64_t badge);
cap_t derive(cap_t cap, uint32_t rights);
uint64_t map(cap_t memory, uint64_t address, uint64_t protection);
uint64_t unmap(cap_t memory);
uint64_t somewhere(uint64_t pages); /* an address where nothing is */
uint64_t send(cap_t port, uint64_t word);
uint64_t send_caps(cap_t port, cap_t first, cap_t second);
uint64_t ask(cap_t port, cap_t reply, uint64_t badge);
uint64_t receive(cap_t port); /* takes both capabilities; waits */
uint64_t poll(cap_t port); /* the same without waiting */
uint64_t close_cap(cap_t cap);
uint64_t revoke(cap_t cap);
uint64_t query(cap_t cap);
uint64_t stage(cap_t cap, cap_t space);
uint64_t kill_task(cap_t task);

/* --- other tasks -------------------------------------------------------------*/

/* A task in the current one's space, of memory from the pool. */
struct hal_context *new_thread(uint64_t tag, cap_t *cap);
/* The same in another space. */
struct hal_context *new_task(cap_t space, uint64_t tag, cap_t *cap);
/* A space without tasks: so many pages of table. */
cap_t new_space(uint64_t table_pages);
/* With one task and one capability, which moves there; any may be NULL. */
struct hal_context *
new_child(uint64_t tag, cap_t give, cap_t *there, cap_t *space);
void become(struct hal_context *task);
/* Init blocks in a port where nothing comes, so that others run. */
void rest(void);
