/*
 * clients: who writes to the log: levels, counts, and texts that come in
 * pieces.
 *
 * Levels and counts lie with the ring and outlive the server; a text that
 * was under way when it died is lost, its writer never having been told
 * otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gbsd/error.h>
#include <proto/log_record.h>

enum { CLIENTS = 1024, TEXTS = 96 };

struct client {
	uint32_t number;
	uint8_t level; /* own: entries below are refused */
	bool used, own, gone;
	bool asked; /* init was, for the name */
	char name[20]; /* as struct log_query_rep has it */
	uint64_t kept, refused, dropped;
};

struct clients {
	uint8_t level; /* of all that have none of their own */
	uint32_t recycled; /* where the search for a gone one goes on */
	struct client all[CLIENTS];
};

struct text {
	uint32_t client;
	uint8_t level;
	bool used;
	uint16_t length;
	uint64_t age; /* texts.clock of its first piece */
	char bytes[LOG_TEXT];
};

struct texts {
	uint64_t clock;
	struct text all[TEXTS];
};

/* The client's record, made if there is none; when all are in use that of a
 * client that is gone, else NULL. */
struct client *clients_get(struct clients *clients, uint32_t number);
/* The record with the least number that is at least that, or NULL. */
const struct client *
clients_from(const struct clients *clients, uint32_t number);
void clients_gone(struct clients *clients, uint32_t number);

uint8_t
clients_level(const struct clients *clients, const struct client *client);
/* E_LIMIT: no record for it. */
NODISCARD enum error
clients_set_level(struct clients *clients, uint32_t number, uint8_t level);

/* Adds a piece to the client's text, which the first piece begins.  If all
 * texts are under way the oldest is ended first: it is in *ended, else
 * ended->used is false. */
struct text *texts_add(struct texts *texts, uint32_t client, uint8_t level,
    const char *piece, size_t length, struct text *ended);
/* The client's text under way, or NULL. */
struct text *texts_find(struct texts *texts, uint32_t client);
