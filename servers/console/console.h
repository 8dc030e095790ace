/*
 * console: the line discipline.
 *
 * Bytes come from the keyboard by console_input and go to readers by
 * console_take.  In line mode they gather in a line that can be edited, and
 * Enter or Ctrl-D hands it on; in raw mode, and without a terminal, they are
 * handed on at once.
 *
 * What is handed on is a ring of 16-bit entries: a byte, and END if a read
 * stops behind it.  An END without BYTE is Ctrl-D on an empty line: a read
 * that finds it first gives nothing, which is the end of the input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONSOLE_LINE_MOST = 1024, CONSOLE_RING = 4096 };

struct console {
	bool terminal; /* edits and echoes; else bytes pass as they are */
	bool raw;
	bool ended; /* no byte will come any more */
	char line[CONSOLE_LINE_MOST];
	size_t length; /* of the line being edited */
	uint16_t ring[CONSOLE_RING];
	uint32_t put, got; /* counts, modulo 2^32 */
	/* Where echo goes. */
	void (*echo)(void *context, const char *bytes, size_t count);
	void *context;
};

/* One byte that was typed.  True: it was Ctrl-C in line mode, and what was
 * typed and not yet read is dropped. */
bool console_input(struct console *c, uint8_t byte);
/* May console_input be given this many bytes without losing any? */
bool console_room(const struct console *c, size_t count);
/* Is there something for a reader, if only the end of the input? */
bool console_ready(const struct console *c);
/* What a read of at most size bytes gets: copies it, but leaves it here until
 * console_taken(); returns how many. */
size_t console_peek(const struct console *c, uint8_t *to, size_t size);
void console_taken(struct console *c, size_t count);
/* A line that was begun becomes raw input; raw input stays as it is. */
void console_set_raw(struct console *c, bool raw);
