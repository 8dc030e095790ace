/*
 * test_console: console_server's line discipline.
 *
 * Contract: in line mode a read gets at most one line, edited as it was
 * typed; Ctrl-D hands on what is there, or is an empty read; Ctrl-C drops
 * what nobody has read.  In raw mode, and without a terminal, bytes pass as
 * they are.  What was looked at and not taken is there again.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "console.h"

static char echoed[8192];

static void
on_echo(void *context, const char *bytes, size_t count)
{
	(void)context;
	strncat(echoed, bytes, count);
}

static struct console c;

static int
begin(void **state)
{
	(void)state;
	memset(&c, 0, sizeof(c));
	c.terminal = true;
	c.echo = on_echo;
	echoed[0] = '\0';
	return 0;
}

static void
type(const char *text)
{
	for (; *text != '\0'; text++)
		assert_false(console_input(&c, (uint8_t)*text));
}

static void
expect_read(const char *want)
{
	uint8_t bytes[2048];
	size_t n;

	assert_true(console_ready(&c));
	n = console_peek(&c, bytes, sizeof(bytes));
	assert_int_equal(n, strlen(want));
	assert_memory_equal(bytes, want, n);
	console_taken(&c, n);
}

static void
a_read_gets_one_line(void **state)
{
	type("one\ntwo\rthr");
	expect_read("one\n");
	expect_read("two\n");
	assert_false(console_ready(&c));
	assert_string_equal(echoed, "one\ntwo\nthr");
}

static void
a_short_read_leaves_the_rest(void **state)
{
	uint8_t bytes[2];

	type("abc\n");
	assert_int_equal(console_peek(&c, bytes, 2), 2);
	assert_int_equal(console_peek(&c, bytes, 2), 2);
	console_taken(&c, 2);
	expect_read("c\n");
}

static void
keys_edit_the_line(void **state)
{
	type("abx\bc\n");
	expect_read("abc\n");
	type("abx\177c\n");
	expect_read("abc\n");
	type("gone\025kept\n");
	expect_read("kept\n");
	type("two words\027one\n");
	expect_read("two one\n");
	type("a\303\244\b\bb\n"); /* a character of two bytes */
	expect_read("b\n");
	type("\b\b\n");
	expect_read("\n");
}

static void
erasing_takes_back_what_was_shown(void **state)
{
	type("\001\b");
	assert_string_equal(echoed, "^A\b \b\b \b");
}

static void
control_d_hands_on_or_ends(void **state)
{
	type("ab\004");
	expect_read("ab");
	assert_false(console_ready(&c));
	type("\004");
	expect_read("");
	assert_false(console_ready(&c));
}

static void
control_c_drops_what_is_unread(void **state)
{
	type("line\nhalf");
	assert_true(console_input(&c, 3));
	assert_false(console_ready(&c));
	type("x\n");
	expect_read("x\n");
	assert_string_equal(echoed, "line\nhalf^Cx\n");
}

static void
raw_bytes_pass_without_echo(void **state)
{
	console_set_raw(&c, true);
	type("a\003\004\r");
	expect_read("a\003\004\r");
	assert_string_equal(echoed, "");
}

static void
a_line_begun_becomes_raw_input(void **state)
{
	type("ahead");
	console_set_raw(&c, true);
	expect_read("ahead");
	console_set_raw(&c, false);
	type("line\n");
	expect_read("line\n");
}

static void
without_a_terminal_bytes_pass(void **state)
{
	c.terminal = false;
	type("a\003b\r\n");
	expect_read("a\003b\r\n");
	assert_string_equal(echoed, "");
	c.ended = true;
	expect_read("");
	expect_read("");
}

static void
a_line_has_a_bound(void **state)
{
	for (int i = 0; i < 2 * CONSOLE_LINE_MOST; i++)
		assert_false(console_input(&c, 'x'));
	type("\n");

	uint8_t bytes[2 * CONSOLE_LINE_MOST];
	size_t n = console_peek(&c, bytes, sizeof(bytes));

	assert_int_equal(n, CONSOLE_LINE_MOST);
	assert_int_equal(bytes[n - 1], '\n');
}

static void
room_is_enough_for_what_is_asked(void **state)
{
	size_t given = 0;
	uint8_t byte;

	c.terminal = false;
	while (console_room(&c, 7))
		for (int i = 0; i < 7; i++, given++)
			console_input(&c, (uint8_t)given);
	for (size_t i = 0; i < given; i++) {
		assert_int_equal(console_peek(&c, &byte, 1), 1);
		assert_int_equal(byte, (uint8_t)i);
		console_taken(&c, 1);
	}
	assert_false(console_ready(&c));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_read_gets_one_line, begin),
		cmocka_unit_test_setup(a_short_read_leaves_the_rest, begin),
		cmocka_unit_test_setup(keys_edit_the_line, begin),
		cmocka_unit_test_setup(erasing_takes_back_what_was_shown, begin),
		cmocka_unit_test_setup(control_d_hands_on_or_ends, begin),
		cmocka_unit_test_setup(control_c_drops_what_is_unread, begin),
		cmocka_unit_test_setup(raw_bytes_pass_without_echo, begin),
		cmocka_unit_test_setup(a_line_begun_becomes_raw_input, begin),
		cmocka_unit_test_setup(without_a_terminal_bytes_pass, begin),
		cmocka_unit_test_setup(a_line_has_a_bound, begin),
		cmocka_unit_test_setup(room_is_enough_for_what_is_asked, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
