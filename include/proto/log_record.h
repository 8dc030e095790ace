/*
 * log_record: one entry of the log, as it lies in the ring and as readers
 * get it.
 */
#pragma once

#include <stdint.h>

/* LEVEL(number, name): the numbers are the ABI. */
#define LOG_LEVELS(LEVEL) \
	LEVEL(0, DEBUG)   \
	LEVEL(1, INFO)    \
	LEVEL(2, WARN)    \
	LEVEL(3, ERROR)

enum log_level {
#define LEVEL(number, name) LOG_##name = number,
	LOG_LEVELS(LEVEL)
#undef LEVEL
	    LOG_LEVEL_COUNT,
};

enum { LOG_TEXT = 256 }; /* bytes of text that one entry holds */

enum log_kind {
	LOG_PAD, /* nothing: fills the ring up to its end; only size counts */
	LOG_ENTRY,
};

struct log_record {
	uint16_t size; /* bytes to the next record, a multiple of 8 */
	uint16_t length; /* of text, at most LOG_TEXT */
	uint8_t level; /* enum log_level */
	uint8_t kind; /* enum log_kind */
	uint16_t reserved;
	uint64_t sequence; /* counts from 1; a gap was overwritten */
	uint64_t time; /* monotonic nanoseconds */
	uint32_t source; /* the client: the low half of its badge */
	uint32_t check; /* over all the rest */
	char text[]; /* not terminated */
};

enum { LOG_RECORD_MAX = sizeof(struct log_record) + LOG_TEXT };
