/*
 * session: memory that a server and one client share for bulk data.
 *
 * The server makes it, of its own quota, so no client can take it away under
 * the server's hands.  The client gets a capability that it can use and give
 * up, but not hand out copies of.  A client has SESSIONS_PER_CLIENT at most:
 * one more takes the place of the one that was not used for the longest time.
 *
 * struct sessions may lie in KEEP memory; then sessions outlive the server.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <gbsd/call.h>
#include <gbsd/error.h>

enum { SESSIONS = 32, SESSIONS_PER_CLIENT = 4 };

struct session {
	cap_t memory; /* 0: free */
	void *at; /* here, in this life */
	uint32_t client;
	uint32_t number;
	uint64_t used; /* sessions.clock when it was used last */
};

struct sessions {
	uint64_t clock;
	struct session all[SESSIONS];
};

/* --- the server's side -------------------------------------------------*/

/* After a restart in place: maps again what the earlier life had. */
void sessions_resume(struct sessions *sessions, size_t size);

/* A new session of size bytes, the same for all.  *give is for the client: it
 * has rights, of RIGHT_READ | RIGHT_WRITE.  E_LIMIT: no session is free;
 * E_QUOTA, E_NO_MEMORY. */
NODISCARD enum error session_open(struct sessions *sessions, uint32_t client,
    size_t size, uint32_t rights, struct session **out, cap_t *give);

/* The client's session of that number, or NULL. */
struct session *
session_find(struct sessions *sessions, uint32_t client, uint32_t number);

/* Ends all sessions of a client that is gone. */
void session_gone(struct sessions *sessions, uint32_t client, size_t size);

/* --- the client's side ---------------------------------------------------*/

/* Maps what the server gave, and takes the capability over; the memory goes
 * when it is unmapped with vm_deallocate(). */
NODISCARD enum error
session_map(cap_t memory, size_t size, uint32_t rights, void **at);
