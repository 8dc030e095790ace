/*
 * play: what the tests of all servers share: checks, and servers that are
 * started, killed and started again in place as init does it.
 */
#pragma once

#include <stdbool.h>
#include <string.h>

#include <gbsd/calls.h>
#include <gbsd/memory.h>
#include <gbsd/proto.h>
#include <gbsd/spawn.h>

#define MILLISECOND UINT64_C(1000000)

struct service {
	const char *name, *image;
	size_t keep; /* bytes that outlive a life */
	struct spawn_limits limits;
	struct spawn spawn;
	cap_t port, watch;
};

extern cap_t machine;
extern unsigned passed, failed;

/* Prints the verdict and counts it. */
void check(bool good, const char *name);
/* Bad news outside a check: what follows would make no sense. */
void must(enum error e, const char *what);

struct message *message(void);
/* Waits; what came is in the area. */
enum received receive(cap_t port);
/* A new port of pages of memory, which stays. */
cap_t port_new(size_t pages);

/* A space with what each service gets; more may be given before start(). */
void prepare(struct service *service);
/* A life, the first or a further one; returns at once. */
void start(struct service *service);
/* Returns when it is dead. */
void kill_service(struct service *service);
/* A client of that number. */
cap_t client(
    struct service *service, uint32_t number, uint32_t rights, unsigned share);

/* The files of tests, in their order: memory_server goes first and stays. */
extern struct service memory_server, log_server;
void test_memory(void);
void test_log(void);
void test_scheduler(void);
void test_stat(void);
/* An account of the root's, under that name in the service's table. */
void give_account(struct service *service, const char *name, uint64_t pages);
