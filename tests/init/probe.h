/*
 * probe: the main service of init's test, and what its files share.  One image
 * is all services of services.toml, and the probe's children: argv[1] says
 * which.
 */
#pragma once

#include <stdbool.h>
#include <string.h>

#include <gbsd/calls.h>
#include <gbsd/spawn.h>
#include <proto/init.h>

enum {
	KEPT = 0x6b657074,
	STATUS = 9,
	MILLISECOND = 1000 * 1000,
	SECONDS = 10, /* that something may take on a slow machine */
};

extern cap_t init, server; /* server: the victim */

void check(bool good, const char *name);
/* Bad news outside a check: what follows would make no sense. */
void must(enum error e, const char *what);
/* The victim answers. */
bool adds(cap_t to);
struct init_query_rep query(const char *name);
/* Waits until the service is in that state. */
bool becomes(const char *name, enum init_state state);
/* It ends with that status, and is restarted as its policy says. */
enum error kill_named(const char *name, uint32_t status);
/* Waits for what comes to the port. */
enum received receive(cap_t port);
cap_t port_new(size_t pages);

/* --- children, children.c --------------------------------------------------*/

struct child {
	struct spawn spawn;
	uint32_t number;
	cap_t init; /* a copy of what it has; 0: none */
	volatile uint64_t *page; /* that it shares with the probe */
	cap_t page_raw;
	cap_t exit; /* port where its end is told */
};

/* Begins a child; child_run() starts it in that role. */
void child_begin(struct child *child);
void child_run(struct child *child, const char *role);
void child_start(struct child *child, const char *role);
/* Ends what is left of it. */
void child_end(struct child *child);
/* Runs it until the word of its page is at least that; false: it is not. */
bool child_reaches(struct child *child, unsigned word, uint64_t value);
/* The role's program. */
int child_main(const char *role);

/* --- the tests, in their order ---------------------------------------------*/

int victim(void);
void test_protocol(void);
void test_services(void);
void test_children(void);
void test_hang(void);
void test_memory(void);
void test_lives(void);
/* Last: init dies until it begins anew, and with it a new probe. */
bool begun_anew(void);
void test_early_deaths(void);
void test_begun_anew(void);

/* lives.c: init with the hook does it. */
void wish(const char *name);
