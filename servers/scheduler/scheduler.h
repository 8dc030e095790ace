/*
 * scheduler: who is to be woken when.
 *
 * Entries lie in memory that outlives the server; a heap orders those that
 * have a time, the earliest first, and a chain holds those of each client (or
 * of a few that share it), so that one client's many entries cost the others
 * nothing.  Heap and chains are made anew in each life.
 *
 * A sleeper's entry dies with the server: its reply is dead then, and the
 * client sleeps again.  An alarm's or a lease's capability stays, so the entry
 * does too.
 * An entry's kind is its first word to go and its last to come: whatever it
 * says, the rest is there.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <gbsd/call.h>
#include <gbsd/error.h>

/* A client has SCHEDULER_SURE entries for certain, whatever others do; what is
 * left is common to those that want more.  There are no more clients: 140 by
 * name (services.toml), and other services. */
enum {
	SCHEDULER_ENTRIES = 16384,
	SCHEDULER_CLIENTS = 160,
	SCHEDULER_SURE = 64,
	SCHEDULER_COMMON =
	    SCHEDULER_ENTRIES - SCHEDULER_CLIENTS * SCHEDULER_SURE,
	SCHEDULER_PER_CLIENT = 1024,
	SCHEDULER_CHAINS = 1024,
};

enum entry_kind {
	ENTRY_FREE,
	ENTRY_SLEEP, /* cap: the reply that wakes the sleeper */
	ENTRY_ALARM, /* cap: a port's signal; its client repeats the key */
	ENTRY_LEASE, /* cap: what is revoked then */
};

#define TIME_NEVER UINT64_MAX

struct entry {
	uint64_t time; /* due then; TIME_NEVER: in no heap */
	uint64_t key; /* the client's name for it */
	uint64_t bits; /* of an alarm */
	cap_t cap;
	uint32_t kind; /* enum entry_kind */
	uint32_t client;
	uint32_t place; /* in the heap, if it has a time */
	uint32_t next; /* in its chain or among the free: index + 1, 0 ends */
};

/* What outlives the server. */
struct scheduler_store {
	uint64_t magic;
	uint64_t fresh; /* entries from here on were never used */
	struct entry entries[SCHEDULER_ENTRIES];
};

struct scheduler {
	struct scheduler_store *store;
	uint32_t free; /* first free entry: index + 1, or 0 */
	uint32_t used; /* entries in use */
	uint32_t sleepers; /* of them */
	uint32_t common; /* of them: beyond what is sure to their clients */
	uint32_t heap_size;
	uint32_t heap[SCHEDULER_ENTRIES];
	uint32_t chains[SCHEDULER_CHAINS]; /* index + 1 */
};

/* Goes on with what is in store, without the sleepers. */
void scheduler_open(struct scheduler *scheduler, struct scheduler_store *store);

/* A new entry.  E_LIMIT: the client has what is sure to it, and either all it
 * may or there is no more. */
NODISCARD enum error scheduler_add(
    struct scheduler *scheduler, const struct entry *new, struct entry **out);
/* The client's alarm with that key, or NULL. */
struct entry *scheduler_find(
    const struct scheduler *scheduler, uint32_t client, uint64_t key);
/* Any entry of the client's, or NULL. */
struct entry *scheduler_any(const struct scheduler *scheduler, uint32_t client);
void
scheduler_set(struct scheduler *scheduler, struct entry *entry, uint64_t time);
void scheduler_remove(struct scheduler *scheduler, struct entry *entry);

/* The earliest entry, or NULL if none has a time. */
struct entry *scheduler_first(const struct scheduler *scheduler);
