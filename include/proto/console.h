/*
 * console: the keyboard of the machine's console, and who gets its bytes.
 *
 * Output is not here: programs print by their own capability.  Input is one
 * stream that all readers share; a byte goes to the reader that asked first.
 */
#pragma once

#include <gbsd/proto.h>

enum console_rights {
	CONSOLE_READ = 1,
	CONSOLE_CONTROL = 2, /* mode, and who is told of Ctrl-C */
};

enum { CONSOLE_BYTES = 48 };

enum console_mode {
	CONSOLE_LINE = 0, /* echo, erase, whole lines */
	CONSOLE_RAW = 1, /* bytes as they are typed */
};

/* The bit that Ctrl-C in line mode sets on the foreground's capability. */
#define CONSOLE_INTERRUPT (1ull << 0)

/* read: waits for input; at most size bytes, in line mode of one line.  count
 * 0 is the end of the input.  Ctrl-C in line mode ends it with E_INTERRUPTED.
 * E_INVALID: size is 0.  E_LIMIT: four of the client's wait already. */
struct console_read_req {
	uint32_t size; /* 1 to CONSOLE_BYTES; more is taken as that */
};
struct console_read_rep {
	uint32_t count;
	uint8_t bytes[CONSOLE_BYTES];
};

/* set_mode: for all readers, until the client is gone or sets another.
 * Without a terminal there is no line mode, and this does nothing.
 * E_INVALID: no such mode. */
struct console_set_mode_req {
	uint32_t mode; /* enum console_mode */
};
struct console_set_mode_rep {
	uint32_t before;
};

/* size: of the terminal; 0 where it is not known. */
struct console_size_req {
};
struct console_size_rep {
	uint32_t columns, rows;
	uint32_t terminal; /* 0: the input is no terminal but a script */
};

/* foreground: out[0] is a capability that may signal CONSOLE_INTERRUPT, of
 * who is told of Ctrl-C from now on; none: nobody. */
struct console_foreground_req {
};
struct console_foreground_rep {
};

#define CONSOLE_OPS(OP)                                     \
	OP(console, 1, read, CONSOLE_READ, REPEAT)          \
	OP(console, 2, set_mode, CONSOLE_CONTROL, REPEAT)   \
	OP(console, 3, size, 0, REPEAT)                     \
	OP(console, 4, foreground, CONSOLE_CONTROL, ONCE)

PROTO_CLIENT(console, CONSOLE_OPS)
