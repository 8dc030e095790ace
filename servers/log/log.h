/*
 * log: the ring that holds the entries.
 *
 * It lies in memory that outlives the server.  Positions are bytes since the
 * beginning of time and never fall; a position's place is what remains after
 * division by the capacity.  What counts is between head.first and head.end.
 * An append first moves head.first past what it will overwrite, then writes,
 * then moves head.end: three steps, and after each the ring is valid.  So the
 * server may die at any instruction.
 *
 * Whoever reads asks for sequence numbers and keeps a cursor, so that it need
 * not search from the start.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <proto/log_record.h>

struct log_head {
	uint64_t magic;
	uint64_t capacity; /* bytes of the area */
	uint64_t first, end; /* positions */
	uint64_t next; /* sequence number of the next entry, or less */
};

struct log {
	struct log_head *head;
	char *area;
	uint64_t next; /* sequence number of the next entry */
};

/* Where a reader is: entry sequence is at position, or was. */
struct log_cursor {
	uint64_t sequence, position;
};

/* Which entries a reader wants. */
struct log_filter {
	uint32_t source; /* 0: any */
	uint8_t level; /* this and above */
};

/* Goes on with the ring at head, the area of capacity bytes behind it at
 * area; begins a new one if there is none or its head makes no sense.
 * capacity: a multiple of 8, at least two records.  True if the ring was
 * taken over as it was; false if it is new or lost its damaged end. */
bool
log_open(struct log *log, struct log_head *head, void *area, uint64_t capacity);

/* Adds an entry; of text longer than LOG_TEXT the first part.  Overwrites
 * the oldest ones.  Gives its sequence number. */
uint64_t log_append(struct log *log, uint64_t time, uint32_t source,
    enum log_level level, const char *text, size_t length);

/* The sequence number of the oldest entry, or log->next if there is none. */
uint64_t log_oldest(const struct log *log);

/* Copies what is wanted of the entries from cursor->sequence on to out, whole
 * records, and moves the cursor behind what it looked at.  Looks at no more
 * than most entries.  Gives the bytes. */
size_t log_read(const struct log *log, struct log_cursor *cursor,
    const struct log_filter *filter, void *out, size_t size, unsigned most);

/* store.c: how the ring is written.  A word is written whole or not at all;
 * bytes come in any order, but before every later store. */
void log_store(void *to, const void *from, size_t size);
void log_store_word(uint64_t *to, uint64_t value);
