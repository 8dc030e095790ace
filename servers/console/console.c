/* console: the line discipline; see console.h. */
#include <string.h>

#include "console.h"

enum {
	BYTE = 1 << 8,
	END = 1 << 9,
	CONTROL_C = 3,
	CONTROL_D = 4,
	CONTROL_U = 21,
	CONTROL_W = 23,
	BACKSPACE = 8,
	DELETE = 127,
	SPACE = 32,
};

static void
echo(struct console *c, const char *bytes, size_t count)
{
	if (c->terminal && c->echo != NULL)
		c->echo(c->context, bytes, count);
}

/* Full: the byte is lost, as on any line that nobody reads. */
static void
put(struct console *c, uint16_t entry)
{
	if (c->put - c->got < CONSOLE_RING)
		c->ring[c->put++ % CONSOLE_RING] = entry;
}

static void
hand_on(struct console *c)
{
	for (size_t i = 0; i < c->length; i++)
		put(c, (uint16_t)(BYTE | (uint8_t)c->line[i] |
			   (i + 1 == c->length ? END : 0)));
	if (c->length == 0)
		put(c, END);
	c->length = 0;
}

static bool
continues(char c)
{
	return ((uint8_t)c & 0xC0) == 0x80; /* inside a UTF-8 character */
}

static bool
control(char c)
{
	return (uint8_t)c < SPACE && c != '\t';
}

/* Takes the last character back, and from the screen. */
static void
erase(struct console *c)
{
	while (c->length > 0 && continues(c->line[c->length - 1]))
		c->length--;
	if (c->length == 0)
		return;
	c->length--;
	echo(c, "\b \b", 3);
	if (control(c->line[c->length]))
		echo(c, "\b \b", 3);
}

static void
erase_word(struct console *c)
{
	while (c->length > 0 && c->line[c->length - 1] == ' ')
		erase(c);
	while (c->length > 0 && c->line[c->length - 1] != ' ')
		erase(c);
}

static void
insert(struct console *c, char byte)
{
	char shown[2] = { '^', (char)(byte + '@') };

	/* The last place is for the newline. */
	if (c->length + 1 >= CONSOLE_LINE_MOST)
		return;
	c->line[c->length++] = byte;
	if (control(byte))
		echo(c, shown, 2);
	else
		echo(c, &byte, 1);
}

static void
interrupt(struct console *c)
{
	echo(c, "^C", 2);
	c->length = 0;
	c->got = c->put;
}

bool
console_input(struct console *c, uint8_t byte)
{
	if (c->raw || !c->terminal) {
		put(c, (uint16_t)(BYTE | byte));
		return false;
	}
	switch (byte) {
	case CONTROL_C:
		interrupt(c);
		return true;
	case '\r':
	case '\n':
		echo(c, "\n", 1);
		c->line[c->length++] = '\n';
		hand_on(c);
		break;
	case CONTROL_D:
		hand_on(c);
		break;
	case CONTROL_U:
		while (c->length > 0)
			erase(c);
		break;
	case CONTROL_W:
		erase_word(c);
		break;
	case BACKSPACE:
	case DELETE:
		erase(c);
		break;
	default:
		insert(c, (char)byte);
	}
	return false;
}

bool
console_room(const struct console *c, size_t count)
{
	/* Enter hands on the whole line at once. */
	return CONSOLE_RING - (c->put - c->got) >= c->length + 1 + count;
}

bool
console_ready(const struct console *c)
{
	return c->put != c->got || c->ended;
}

size_t
console_peek(const struct console *c, uint8_t *to, size_t size)
{
	size_t n = 0;

	while (n < size && c->got + n != c->put) {
		uint16_t entry = c->ring[(c->got + n) % CONSOLE_RING];

		if (!(entry & BYTE))
			break;
		to[n++] = (uint8_t)entry;
		if (entry & END)
			break;
	}
	return n;
}

void
console_taken(struct console *c, size_t count)
{
	/* None were there: it was Ctrl-D that was read. */
	if (count == 0 && c->got != c->put)
		count = 1;
	c->got += (uint32_t)count;
}

void
console_set_raw(struct console *c, bool raw)
{
	if (raw == c->raw)
		return;
	c->raw = raw;
	if (!raw)
		return;
	/* What was typed ahead is no line yet, but it is input. */
	for (size_t i = 0; i < c->length; i++)
		put(c, (uint16_t)(BYTE | (uint8_t)c->line[i]));
	c->length = 0;
}
