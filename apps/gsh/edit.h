/*
 * edit: a line editor over bytes.
 *
 * It reads the bytes a terminal sends and writes what a terminal with ANSI
 * sequences shows; it knows of no system and no terminal database.  The line
 * may be longer than a row and wrap.  Text is UTF-8; wide and combining
 * characters take the columns they should.
 *
 * Keys: arrows, Home, End, Delete; ^A ^E ^B ^F ^P ^N moves, M-b M-f and
 * control-arrows by words; ^H ^D ^K ^U ^W M-d M-Backspace delete, ^Y brings
 * back; ^T swaps; ^R searches the history; ^L clears the screen; Tab
 * completes; ^C gives the line up; ^D on an empty line ends the input.
 */
#pragma once

#include <stdint.h>

#include "expand.h"
#include "history.h"

/* The terminal. */
struct edit_io {
	/* A byte, or one of port.h's PORT_INPUT_ values. */
	int (*read)(void *context, int milliseconds);
	void (*write)(void *context, const char *, size_t length);
	int (*columns)(void *context); /* at least 1 */
	void *context;
};

/* What a Tab found. */
struct completions {
	size_t start; /* the candidates replace the line from here to at */
	struct fields candidates;
};

typedef void edit_complete(
    struct shell *, const char *line, size_t at, struct completions *);

struct edit {
	const struct edit_io *io;
	struct shell *sh; /* for its scratch memory, and the completer */
	struct history *history; /* or NULL */
	edit_complete *complete; /* or NULL */
	const char *prompt; /* colours and newlines allowed */

	struct buf line;
	size_t at; /* the cursor, a byte of line */
	struct buf screen; /* output of the key being handled */
	unsigned row; /* the cursor's, below the prompt's first */
	unsigned column;
	unsigned columns;
	struct buf killed; /* for ^Y */
	size_t back; /* lines back in the history, 0: the new line */
	struct buf fresh; /* the new line while back > 0 */
	int pushed; /* a key to be read again, or 0 */
	int last; /* the key before this one */
	bool done;
};

enum edit_result { EDIT_LINE, EDIT_END, EDIT_INTERRUPTED };

/* Lets a person edit a line; appends it, without a newline, to out.  io,
 * sh, history, complete and prompt are to be set. */
enum edit_result edit_line(struct edit *, struct buf *out);

/* For the files of this module. */

enum key {
	KEY_CONTROL = 0x1F, /* up to here: control characters */
	KEY_RUBOUT = 0x7F,
	KEY_FIRST = 0x200000, /* beyond all characters */
	KEY_UP = KEY_FIRST,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_HOME,
	KEY_END,
	KEY_DELETE,
	KEY_WORD_LEFT,
	KEY_WORD_RIGHT,
	KEY_WORD_RUBOUT,
	KEY_WORD_DELETE,
	KEY_NONE, /* an unknown sequence */
	KEY_INPUT_END,
};

/* The next key: a character, a control character or one of the above. */
int edit_key(struct edit *);

/* Draws prompt and line anew, over what is there. */
void edit_draw(struct edit *);

/* Draws with another prompt. */
void edit_draw_with(struct edit *, const char *prompt);

/* Moves below the line and forgets where it was. */
void edit_below(struct edit *);

/* Writes what the screen is to get. */
void edit_flush(struct edit *);
void edit_insert(struct edit *, const char *, size_t length);

/* Replaces the line, cursor at its end. */
void edit_replace(struct edit *, const char *, size_t length);
void edit_tab(struct edit *);
void edit_search(struct edit *);
