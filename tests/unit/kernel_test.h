/*
 * kernel_test: what all tests of the kernel begin with.
 *
 * Each test starts a fresh kernel whose init is the current task; afterwards
 * all invariants are checked.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "invariants.h"
#include "script.h"

/* The tag of init, which the kernel starts with another argument. */
extern struct hal_context *init;
/* Capabilities that init was given. */
extern cap_t cap_machine, cap_archive, cap_tables, cap_print, cap_self;

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

/* The current task's message area. */
struct message *message(void);
/* The bytes that a task sees at an address; fails if there are none. */
void *seen_by(const struct hal_context *task, uint64_t address);
const struct start *init_start(void);

/* --- calls of the current task ---------------------------------------------*/

cap_t new_port(unsigned share);
cap_t new_badge(cap_t port, uint64_t value, unsigned share);
cap_t derive(cap_t cap, uint32_t rights);
cap_t new_memory(uint64_t pages);
uint64_t map(cap_t memory, uint64_t pages, uint32_t protection);
uint64_t send(cap_t port, uint64_t word);
uint64_t send_caps(cap_t port, cap_t first, cap_t second);
uint64_t ask(cap_t port, cap_t reply, uint64_t badge);
uint64_t receive(cap_t port); /* takes both capabilities; waits */
uint64_t poll(cap_t port); /* the same without waiting */
uint64_t close_cap(cap_t cap);
uint64_t revoke(cap_t cap);
uint64_t query(cap_t cap);

/* --- other tasks -------------------------------------------------------------*/

/* A task in the current one's space. */
struct hal_context *new_thread(uint64_t tag, cap_t *cap);
/* Hands quota to the space that is being staged. */
void stage_quota(uint64_t caps, uint64_t slots, uint64_t pages, uint64_t tasks);
/* Spawns what was staged; *space may be NULL. */
struct hal_context *new_space(uint64_t tag, cap_t *space);
/* With a quota for small things and one capability, which moves there. */
struct hal_context *
new_child(uint64_t tag, cap_t give, cap_t *there, cap_t *space);
void become(struct hal_context *task);
/* Init blocks in a port where nothing comes, so that others run. */
void rest(void);
