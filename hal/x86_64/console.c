/*
 * console: serial lines.
 *
 * Everything goes to COM1, unless `gbsd.log=com2` on the command line sends
 * the log to COM2.  Output is polled, sixteen bytes at a time; input raises
 * the interrupt of COM1.
 */
#include "internal.h"

enum {
	COM1 = 0x3f8,
	COM2 = 0x2f8,
	DATA = 0,
	INTERRUPTS = 1,
	FIFO = 2,
	LINE = 3,
	MODEM = 4,
	STATUS = 5,
	STATUS_INPUT = 0x01,
	STATUS_EMPTY = 0x20,
	FIFO_SIZE = 16,
	PATIENCE = 1 << 20, /* polls; a line that is slower than this is dead */
};

static uint16_t log_port = COM1;

void
hal_console_put(unsigned stream, const void *bytes, size_t n)
{
	uint16_t port = stream == STREAM_LOG ? log_port : COM1;
	const uint8_t *p = bytes;

	while (n > 0) {
		unsigned polls = 0;

		while (!(inb(port + STATUS) & STATUS_EMPTY))
			if (++polls == PATIENCE)
				return;
		for (unsigned i = 0; i < FIFO_SIZE && n > 0; i++, n--)
			outb(port + DATA, *p++);
	}
}

int
hal_console_get(void)
{
	uint8_t status = inb(COM1 + STATUS);

	if (status == 0xff || !(status & STATUS_INPUT)) /* all ones: no port */
		return -1;
	return inb(COM1 + DATA);
}

void
x86_console_text(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	hal_console_put(STREAM_LOG, text, n);
}

void
x86_console_hex(uint64_t value, unsigned digits)
{
	char text[16];

	for (unsigned i = digits; i-- > 0; value >>= 4)
		text[i] = "0123456789abcdef"[value & 15];
	hal_console_put(STREAM_LOG, text, digits);
}

BOOT static void
line_init(uint16_t port)
{
	outb(port + INTERRUPTS, 0);
	outb(port + LINE, 0x80); /* divisor: 115200 baud */
	outb(port + DATA, 1);
	outb(port + INTERRUPTS, 0);
	outb(port + LINE, 0x03); /* 8 bits, no parity, 1 stop bit */
	outb(port + FIFO, 0x07); /* on, empty, interrupt at the first byte */
	outb(port + MODEM, 0x0b); /* OUT2 lets the interrupt through */
}

BOOT static bool
starts_with(const char *text, const char *prefix)
{
	while (*prefix != '\0')
		if (*text++ != *prefix++)
			return false;
	return true;
}

BOOT void
x86_console_init(const char *command_line)
{
	line_init(COM1);
	outb(COM1 + INTERRUPTS, 1); /* on input */
	for (; *command_line != '\0'; command_line++)
		if (starts_with(command_line, BOOT_TEXT("gbsd.log=com2"))) {
			line_init(COM2);
			log_port = COM2;
		}
}
