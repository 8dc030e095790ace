/*
 * session: memory that a server and one client share for bulk data.
 *
 * The server makes it, of its own memory, so no client can take it away under
 * the server's hands.  The client gets a capability that it can use and give
 * up, but not hand out copies of.  A client has SESSIONS_PER_CLIENT at most:
 * one more takes the place of the one that was not used for the longest time.
 * There are so many for each of SESSION_CLIENTS, and a service that has
 * sessions has no more clients: 64 by name, and other services.
 *
 * struct sessions may lie in memory that outlives the server; then sessions do
 * so too, if the server has the account "lasting" (gbsd/memory.h).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <gbsd/call.h>
#include <gbsd/error.h>

enum {
	SESSION_CLIENTS = 80,
	SESSIONS_PER_CLIENT = 2,
	SESSIONS = SESSION_CLIENTS * SESSIONS_PER_CLIENT,
};

struct session {
	cap_t memory; /* raw; 0: free */
	uint64_t piece; /* for memory_give_lasting */
	cap_t frame; /* of it, mapped here; the client's is derived of it */
	void *at;
	uint32_t client;
	uint32_t number;
	uint64_t used; /* sessions.clock when it was used last */
};

struct sessions {
	uint64_t clock;
	struct session all[SESSIONS];
};

/* --- the server's side -------------------------------------------------*/

/* After a restart in place: forgets what is not there any more. */
void sessions_resume(struct sessions *sessions);

/* A new session of size bytes, the same for all.  *give is for the client: it
 * has rights, of RIGHT_READ | RIGHT_WRITE.  E_LIMIT: no session is free;
 * E_NO_MEMORY. */
NODISCARD enum error session_open(struct sessions *sessions, uint32_t client,
    size_t size, uint32_t rights, struct session **out, cap_t *give);

/* The client's session of that number, or NULL. */
struct session *
session_find(struct sessions *sessions, uint32_t client, uint32_t number);

/* Ends all sessions of a client that is gone. */
void session_gone(struct sessions *sessions, uint32_t client, size_t size);

/* --- the client's side ---------------------------------------------------*/

/* Maps what the server gave, and closes it if that fails. */
NODISCARD enum error session_map(cap_t memory, uint32_t rights, void **at);
/* Gives it up. */
void session_unmap(cap_t memory, void *at, size_t size);
