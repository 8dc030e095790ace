/* edit_key: from bytes to keys.  Escape sequences are those of ECMA-48, as
 * terminals in the tradition of xterm and the Linux console send them. */
#include "edit.h"
#include "port.h"
#include "text.h"

enum {
	SEQUENCE_MS = 50, /* a lone Escape has nothing behind it so long */
	ESCAPE = 0x1B,
};

static int
next_byte(struct edit *e, int milliseconds)
{
	return e->io->read(e->io->context, milliseconds);
}

static int
word_key(int plain, int word, bool modified)
{
	return modified ? word : plain;
}

/* ESC [ number ; modifier final */
static int
sequence_key(int final, int number, bool modified)
{
	switch (final) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'C':
		return word_key(KEY_RIGHT, KEY_WORD_RIGHT, modified);
	case 'D':
		return word_key(KEY_LEFT, KEY_WORD_LEFT, modified);
	case 'H':
		return KEY_HOME;
	case 'F':
		return KEY_END;
	case '~':
		break;
	default:
		return KEY_NONE;
	}
	switch (number) {
	case 1:
	case 7:
		return KEY_HOME;
	case 4:
	case 8:
		return KEY_END;
	case 3:
		return word_key(KEY_DELETE, KEY_WORD_DELETE, modified);
	default:
		return KEY_NONE;
	}
}

static int
read_sequence(struct edit *e)
{
	int number = 0, first = 0;
	bool modified = false;

	/* Read to its end, or the rest of it would be typed. */
	for (;;) {
		int c = next_byte(e, SEQUENCE_MS);

		if (text_is_digit(c)) {
			if (number < 1000)
				number = number * 10 + (c - '0');
		} else if (c == ';') {
			first = number;
			number = 0;
			modified = true;
		} else if (c >= 0x40 && c <= 0x7E) {
			/* ESC [ 5 C is a modified arrow too. */
			if (!modified && number >= 3 && c != '~')
				modified = true;
			return sequence_key(
			    c, first > 0 ? first : number, modified);
		} else if (c < ' ' || c > 0x7E) {
			return KEY_NONE;
		}
	}
}

static int
read_escape(struct edit *e)
{
	int c = next_byte(e, SEQUENCE_MS);

	switch (c) {
	case '[':
		return read_sequence(e);
	case 'O':
		return sequence_key(next_byte(e, SEQUENCE_MS), 0, false);
	case 'b':
		return KEY_WORD_LEFT;
	case 'f':
		return KEY_WORD_RIGHT;
	case 'd':
		return KEY_WORD_DELETE;
	case '\b':
	case KEY_RUBOUT:
		return KEY_WORD_RUBOUT;
	default:
		return KEY_NONE;
	}
}

static int
read_character(struct edit *e, int first)
{
	char bytes[4] = { (char)first };
	size_t want = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4, n = 1;
	uint32_t c;

	while (n < want) {
		int b = next_byte(e, SEQUENCE_MS);

		if (b < 0)
			return KEY_NONE;
		bytes[n++] = (char)b;
	}
	return text_decode(bytes, n, &c) == n ? (int)c : KEY_NONE;
}

int
edit_key(struct edit *e)
{
	int c = e->pushed;

	if (c != 0) {
		e->pushed = 0;
		return c;
	}
	c = next_byte(e, -1);
	if (c == ESCAPE)
		return read_escape(e);
	if (c == PORT_INPUT_INTERRUPTED)
		return 'C' & KEY_CONTROL;
	if (c < 0)
		return c == PORT_INPUT_TIMEOUT ? KEY_NONE : KEY_INPUT_END;
	if (c >= 0xC2 && c < 0xF5)
		return read_character(e, c);
	return c < 0x80 ? c : KEY_NONE;
}
