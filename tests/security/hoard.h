/*
 * hoard: numbers of processes, and programs that take all they can get.
 */
#pragma once

#include "security.h"

/* A process's standing at init. */
struct number {
	cap_t init, faults;
};

NODISCARD enum error number_new(cap_t init, struct number *n);
void number_end(struct number *n);
/* A number, or the end of the test. */
struct number number_must(void);
/* What it finds by that name, or the end of the test. */
cap_t number_find(const struct number *n, const char *service);

/* A session of log_server. */
NODISCARD enum error session_new(cap_t log, uint32_t *session);
/* An account of so many pages for the child. */
void give_account(struct child *c, uint64_t limit, uint32_t accounts);

/* Nothing that a program takes is missed by others. */
void test_hoards(void);
