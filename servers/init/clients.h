/*
 * clients: which process has a capability to which service.
 *
 * A process has one badge at a service, however often it asks, and init keeps
 * the capability that all others of it hang below.  So it can be taken away
 * when the number of the process is gone, whoever has it then, and a service
 * has no more clients than its port has messages for.  Branches of processes
 * share them, as process.h says.
 */
#pragma once

#include <stdint.h>

#include <gbsd/call.h>
#include <gbsd/error.h>

struct process;

enum { CLIENTS = 1024 }; /* of all services */

struct client {
	uint32_t process; /* 0: free */
	uint32_t service; /* its index */
	cap_t cap; /* 0: not made yet; stale if the port is another now */
};

/* In memory that outlives init; zero at first. */
struct clients {
	struct client all[CLIENTS];
};

/* The client, a new one if it is none yet, of a service that may have most.
 * E_LIMIT: a branch that the process is in has all it may. */
NODISCARD enum error
clients_get(struct clients *clients, const struct process *p, uint32_t service,
    uint32_t most, struct client **out);
/* One of the process's, or NULL. */
struct client *clients_any(struct clients *clients, uint32_t process);
void clients_end(struct client *client);
