/*
 * boot: what hal_boot answers.
 *
 * The command line is words key=value, separated by single spaces.  In a
 * value every byte but letters, digits and -._/,:+@ stands as %XX.
 */
#include <gbsd/start.h>

#include "cpu.h"

static const struct gate gate = {
	.call = host_gate_call,
	.self = host_gate_self,
	.time = host_gate_time,
};

static struct hal_boot boot = {
	.processors = 1,
	.console_interrupt = HOST_CONSOLE_INTERRUPT,
	.gate = &gate,
};

uintptr_t __stack_chk_guard;

static size_t length; /* of boot.command_line */

const struct hal_boot *
hal_boot(void)
{
	return &boot;
}

struct hal_boot *
host_boot(void)
{
	return &boot;
}

static bool
plain(char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'))
		return true;
	for (const char *p = "-._/,:+@"; *p; p++)
		if (c == *p)
			return true;
	return false;
}

static bool
put(char c)
{
	if (length + 1 >= HAL_COMMAND_LINE)
		return false;
	boot.command_line[length++] = c;
	return true;
}

static bool
put_value(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	uint8_t byte = (uint8_t)c;

	if (plain(c))
		return put(c);
	return put('%') && put(digits[byte >> 4]) && put(digits[byte & 15]);
}

bool
boot_word(const char *key, const char *value)
{
	if (length > 0 && !put(' '))
		return false;
	for (; *key; key++)
		if (!put(*key))
			return false;
	if (!put('='))
		return false;
	for (; *value; value++)
		if (!put_value(*value))
			return false;
	return true;
}

/* splitmix64: any seed, also 0, gives words without a pattern. */
static uint64_t
next_word(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return z ^ z >> 31;
}

void
boot_seed(uint64_t seed)
{
	uint64_t word = 0;

	for (size_t i = 0; i < sizeof boot.random; i++) {
		if (i % 8 == 0)
			word = next_word(&seed);
		boot.random[i] = (uint8_t)(word >> 8 * (i % 8));
	}
	__stack_chk_guard = next_word(&seed);
}
