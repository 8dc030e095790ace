/*
 * console: a PL011 serial line, output polled, input by interrupt.
 *
 * All streams go to the one line, unless the command line says
 * "gbsd.log=uart1" and the device tree has a second one: then the log goes
 * there.  With "gbsd.log=marked" each piece of the log stands between the
 * bytes SO and SI, so that who reads the line can tell it from the output.  Bytes pass as they are; line ends are the terminal's business.
 */
#include "local.h"

enum {
	DATA = 0x00,
	FLAGS = 0x18,
	LINE_CONTROL = 0x2C,
	CONTROL = 0x30,
	FIFO_LEVEL = 0x34,
	INTERRUPT_MASK = 0x38,
	FLAG_RECEIVE_EMPTY = 1 << 4,
	FLAG_TRANSMIT_FULL = 1 << 5,
	LOG_BEGINS = 0x0E, /* SO and SI, in a marked log */
	LOG_ENDS = 0x0F,
};

static uint64_t line[2]; /* registers: of the output, of the log */
static char last = '\n'; /* byte on the output */
static bool marked;

static void
put(uint64_t out, uint8_t byte)
{
	while (mmio_read(out + FLAGS) & FLAG_TRANSMIT_FULL)
		;
	mmio_write(out + DATA, byte);
}

void
hal_console_put(unsigned stream, const void *bytes, size_t n)
{
	uint64_t out = line[stream == STREAM_LOG];
	bool mark = marked && stream == STREAM_LOG;
	const char *text = bytes;

	if (out == 0)
		return;
	if (mark)
		put(out, LOG_BEGINS);
	for (; n > 0; n--, text++) {
		put(out, (uint8_t)*text);
		if (out == line[0] && !mark)
			last = *text;
	}
	if (mark)
		put(out, LOG_ENDS);
}

int
hal_console_get(void)
{
	if (line[0] == 0 || mmio_read(line[0] + FLAGS) & FLAG_RECEIVE_EMPTY)
		return -1;
	return (int)(mmio_read(line[0] + DATA) & 0xFF);
}

void
arm_print(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	hal_console_put(STREAM_LOG, text, n);
}

void
arm_line(const char *text)
{
	if (last != '\n' && !marked)
		arm_print("\n");
	arm_print(text);
}

void
arm_hex(const char *label, uint64_t value)
{
	char digits[17];

	for (unsigned i = 0; i < 16; i++)
		digits[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
	digits[16] = ' ';
	arm_print(label);
	hal_console_put(STREAM_LOG, digits, sizeof digits);
}

static BOOT_TEXT bool
has_word(const char *words, const char *wanted)
{
	for (; *words != '\0'; words++) {
		unsigned i = 0;

		while (wanted[i] != '\0' && words[i] == wanted[i])
			i++;
		if (wanted[i] == '\0')
			return true;
	}
	return false;
}

/* The firmware has set the speed; a virtual line has none. */
static BOOT_TEXT uint64_t
start_line(paddr_t registers)
{
	uint64_t base = arm_map_device(registers, PAGE_SIZE);

	mmio_write(base + CONTROL, 0);
	mmio_write(base + LINE_CONTROL, 0x70); /* 8 bits, FIFO */
	mmio_write(base + FIFO_LEVEL, 0); /* report an eighth of input */
	mmio_write(base + CONTROL, 0x301); /* receive, transmit, on */
	return base;
}

BOOT_TEXT void
arm_console_start(const struct machine *machine)
{
	static const char uart1[] BOOT_DATA = "gbsd.log=uart1";
	static const char in_line[] BOOT_DATA = "gbsd.log=marked";
	const char *words = arm_boot_info.command_line;

	if (machine->uart[0] == 0)
		return;
	line[0] = line[1] = start_line(machine->uart[0]);
	/* Bytes have come, or few came and no more do. */
	mmio_write(line[0] + INTERRUPT_MASK, 1 << 4 | 1 << 6);
	marked = has_word(words, in_line);
	if (machine->uart[1] != 0 && has_word(words, uart1))
		line[1] = start_line(machine->uart[1]);
}
