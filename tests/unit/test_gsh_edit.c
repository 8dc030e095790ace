/*
 * The line editor, by keys and by what is then on the screen.  The screen
 * understands the few sequences that the editor may send, and no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "complete.h"
#include "edit.h"
#include "gsh_fake.h"
#include "port.h"
#include "text.h"
#include "variables.h"

enum { ROWS = 24, COLUMNS = 200 };

static struct {
	char cell[ROWS][COLUMNS]
		 [8]; /* a character, UTF-8; "" under a wide one */
	int row, column;
} screen;

static const char *keys;
static int columns = 80;
static struct shell sh;
static struct history history;

static int
read_key(void *context, int milliseconds)
{
	(void)context;
	if (*keys == '\0')
		return milliseconds < 0 ? PORT_INPUT_END : PORT_INPUT_TIMEOUT;
	return (unsigned char)*keys++;
}

static int
get_columns(void *context)
{
	(void)context;
	return columns;
}

static void
scroll(void)
{
	if (screen.row < ROWS)
		return;
	memmove(screen.cell[0], screen.cell[1],
	    sizeof(screen.cell) - sizeof(screen.cell[0]));
	memset(screen.cell[ROWS - 1], 0, sizeof(screen.cell[0]));
	screen.row = ROWS - 1;
}

static void
clear_from(int row, int column)
{
	for (; row < ROWS; row++, column = 0)
		memset(screen.cell[row][column], 0,
		    sizeof(screen.cell[0][0]) * (size_t)(COLUMNS - column));
}

static const char *
show_sequence(const char *s)
{
	int n = 0, given;

	assert_int_equal(*s, '[');
	for (s++; text_is_digit((unsigned char)*s) || *s == ';'; s++)
		n = *s == ';' ? 0 : n * 10 + *s - '0';
	given = n > 0 ? n : 1;
	switch (*s) {
	case 'A':
		screen.row -= given;
		assert_true(screen.row >= 0);
		break;
	case 'C':
		screen.column += given;
		assert_true(screen.column < columns);
		break;
	case 'H':
		screen.row = screen.column = 0;
		break;
	case 'J':
		clear_from(n == 2 ? 0 : screen.row, n == 2 ? 0 : screen.column);
		break;
	case 'm':
		break;
	default:
		fail_msg("unknown sequence ESC[%d%c", n, *s);
	}
	return s + 1;
}

static void
show(void *context, const char *s, size_t length)
{
	const char *end = s + length;

	(void)context;
	while (s < end) {
		uint32_t c;
		size_t n = text_decode(s, (size_t)(end - s), &c);

		if (c == 0x1B) {
			s = show_sequence(s + 1);
			continue;
		}
		if (c == '\r') {
			screen.column = 0;
		} else if (c == '\n') {
			screen.row++;
			scroll();
		} else {
			int width = text_width(c);

			assert_true(c >= ' ');
			assert_true(screen.column + width <= columns);
			char *cell = screen.cell[screen.row][screen.column];
			if (width == 0)
				cell =
				    screen.cell[screen.row][screen.column - 1];
			else
				cell[0] = '\0';
			strncat(cell, s, n);
			screen.column += width;
		}
		s += n;
	}
}

static const char *
row_text(int row)
{
	static char text[COLUMNS * 8];
	int last = 0;

	for (int i = 0; i < COLUMNS; i++)
		if (screen.cell[row][i][0] != '\0')
			last = i + 1;
	text[0] = '\0';
	for (int i = 0; i < last; i++)
		strcat(text,
		    screen.cell[row][i][0] != '\0'
			? screen.cell[row][i]
			: (i > 0 && strlen(screen.cell[row][i - 1]) > 2 ? ""
									: " "));
	return text;
}

static enum edit_result
type(const char *typed, const char *prompt, struct buf *line)
{
	static const struct edit_io io = { read_key, show, get_columns, NULL };
	struct edit e = { .io = &io,
		.sh = &sh,
		.history = &history,
		.complete = complete,
		.prompt = prompt };

	memset(&screen, 0, sizeof(screen));
	keys = typed;
	return edit_line(&e, line);
}

/* Types keys and checks the line that results. */
static void
check(const char *typed, const char *expected)
{
	struct buf line = { .arena = &sh.scratch };

	assert_int_equal(type(typed, "$ ", &line), EDIT_LINE);
	assert_string_equal(buf_text(&line), expected);
}

static int
setup(void **state)
{
	static const char *const files[] = { "notes.txt", "nodes/", "nodes/one",
		"a b", NULL };

	(void)state;
	fake_reset();
	fake.files = files;
	columns = 80;
	shell_init(&sh, "gsh");
	variables_init(&sh, NULL);
	memset(&history, 0, sizeof(history));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	history_clear(&history);
	shell_fini(&sh);
	return 0;
}

static void
plain_typing(void **state)
{
	(void)state;
	check("echo hello\r", "echo hello");
	assert_string_equal(row_text(0), "$ echo hello");
	assert_int_equal(screen.row, 1);
	assert_int_equal(screen.column, 0);
}

static void
moving_and_inserting(void **state)
{
	(void)state;
	check("world\001hello \r", "hello world");
	assert_string_equal(row_text(0), "$ hello world");
	check("ac\033[Db\r", "abc");
	check("bc\033[Ha\033[Fd\r", "abcd");
	check("bc\033OHa\033OFd\r", "abcd");
	check("bc\033[1~a\033[4~d\r", "abcd");
	check("ab\002\002x\006y\005z\r", "xaybz");
}

static void
moving_by_words(void **state)
{
	(void)state;
	check("one two three\033b\033bX\033fY\r", "one XtwoY three");
	check("one two\033[1;5DX\r", "one Xtwo");
	check("one two\001\033[1;5CX\r", "oneX two");
	check("one two\001\033[5CX\r", "oneX two");
}

static void
deleting(void **state)
{
	(void)state;
	check("abc\177\r", "ab");
	check("abc\010\010\r", "a");
	check("abc\001\033[3~\004\r", "c");
	check("one two  \027x\r", "one x");
	check("one two\001\013x\r", "x");
	check("one two\025x\r", "x");
	check("one/two\033\177x\r", "one/x");
	check("one two\001\033dx\r", "x two");
	check("one two\027\031\031\r", "one twotwo");
	check("ab\024\r", "ba");
	check("\177\010\027\025\013\r", "");
}

static void
characters_of_many_bytes(void **state)
{
	(void)state;
	check("h\303\244l\033[D\033[D\177x\r", "x\303\244l");
	check("\303\244\342\202\254\177\r", "\303\244");
	check("\346\274\242\345\255\227\033[Dx\r", "\346\274\242x\345\255\227");
	assert_string_equal(screen.cell[0][2], "\346\274\242");
	assert_string_equal(screen.cell[0][4], "x");
	assert_string_equal(screen.cell[0][5], "\345\255\227");
	/* Half a character, and bytes of none, are not taken. */
	check("a\377\200\303(b\r", "ab");
}

static void
control_characters_of_a_line_are_shown(void **state)
{
	(void)state;
	history_add(&history, "a\001b\033", 4);
	check("\020\r", "a\001b\033");
	assert_string_equal(row_text(0), "$ a^Ab^[");
}

static void
history_is_walked(void **state)
{
	(void)state;
	history_add(&history, "first", 5);
	history_add(&history, "second", 6);
	history_add(&history, "second", 6);
	history_add(&history, "  ", 2);
	check("\033[A\r", "second");
	check("\033[A\033[A\r", "first");
	check("\033[A\033[A\033[A\r", "first");
	check("new\033[A\033[A\033[B\033[B\r", "new");
	check("\020\020\016x\r", "secondx");
}

static void
history_keeps_the_newest(void **state)
{
	char line[32];

	(void)state;
	for (int i = 0; i < 3 * HISTORY_MOST; i++)
		history_add(&history, line,
		    (size_t)snprintf(line, sizeof(line), "line %d", i));
	assert_int_equal(history_count(&history), HISTORY_MOST);
	assert_string_equal(history_get(&history, 1), "line 1499");
	assert_string_equal(history_get(&history, HISTORY_MOST), "line 1000");
}

static void
history_is_searched(void **state)
{
	(void)state;
	history_add(&history, "make all", 8);
	history_add(&history, "echo one", 8);
	history_add(&history, "make test", 9);
	check("\022make\r", "make test");
	check("\022make\022\r", "make all");
	check("\022ech\005!\r", "echo one!");
	check("typed\022mak\007\r", "typed");
	check("\022nothing\r", "echo one");
	check("\022mx\177a\r", "make test");
}

static void
commands_are_completed(void **state)
{
	(void)state;
	check("reado\t-p\r", "readonly -p");
	check("prog\t\r", "prog ");
	check("if prog\t\r", "if prog ");
	check("a; prog\t\r", "a; prog ");
	check("stat\t\r", "status ");
	check("zzz\t\r", "zzz");
}

static void
files_are_completed(void **state)
{
	(void)state;
	check("cat not\t\r", "cat notes.txt ");
	check("cat no\t\r", "cat no");
	check("cat nod\to\t\r", "cat nodes/one ");
	check("cat a\t\r", "cat a\\ b ");
	check("cat 'a \t\r", "cat a\\ b ");
	check("echo $HO\t\r", "echo $HO");
	variable_set(&sh, "HOME", "/");
	check("echo $HO\t\r", "echo $HOME ");
	check("echo x$HO\t\r", "echo x$HOME ");
}

static void
second_tab_lists(void **state)
{
	(void)state;
	check("cat no\t\t\r", "cat no");
	assert_string_equal(row_text(0), "$ cat no");
	assert_string_equal(row_text(1), "nodes/     notes.txt");
	assert_string_equal(row_text(2), "$ cat no");
}

static void
long_lines_wrap(void **state)
{
	(void)state;
	columns = 10;
	check("12345678abc\r", "12345678abc");
	assert_string_equal(row_text(0), "$ 12345678");
	assert_string_equal(row_text(1), "abc");
	assert_int_equal(screen.row, 2);
	check("12345678abc\001X\r", "X12345678abc");
	assert_string_equal(row_text(0), "$ X1234567");
	assert_string_equal(row_text(1), "8abc");
	check("12345678\r", "12345678");
	assert_string_equal(row_text(0), "$ 12345678");
	assert_int_equal(screen.row, 1);
	check("123456789abcdefghijklmnop\001\033[3~\005\177\r",
	    "23456789abcdefghijklmno");
	assert_string_equal(row_text(1), "abcdefghij");
	assert_string_equal(row_text(2), "klmno");
	check("12345678abc\025x\r", "x");
	assert_string_equal(row_text(0), "$ x");
	assert_string_equal(row_text(1), "");
}

static void
wide_characters_do_not_straddle_rows(void **state)
{
	(void)state;
	columns = 10;
	check("1234567\346\274\242x\r", "1234567\346\274\242x");
	assert_string_equal(row_text(0), "$ 1234567");
	assert_string_equal(screen.cell[1][0], "\346\274\242");
	assert_string_equal(screen.cell[1][2], "x");
}

static void
colours_of_the_prompt_take_no_room(void **state)
{
	struct buf line = { .arena = &sh.scratch };

	(void)state;
	type("ab\001x\r", "\033[1;32mgsh\033[0m$ ", &line);
	assert_string_equal(row_text(0), "gsh$ xab");
	line.length = 0;
	type("ab\r", "two\nrows ", &line);
	assert_string_equal(row_text(0), "two");
	assert_string_equal(row_text(1), "rows ab");
}

static void
the_screen_is_cleared(void **state)
{
	(void)state;
	check("abc\014d\r", "abcd");
	assert_string_equal(row_text(0), "$ abcd");
}

static void
giving_up_and_ending(void **state)
{
	struct buf line = { .arena = &sh.scratch };

	(void)state;
	assert_int_equal(type("abc\003", "$ ", &line), EDIT_INTERRUPTED);
	assert_int_equal(line.length, 0);
	assert_string_equal(row_text(0), "$ abc^C");
	assert_int_equal(type("\004", "$ ", &line), EDIT_END);
	assert_int_equal(type("", "$ ", &line), EDIT_END);
	assert_int_equal(type("ab\001\004\004\004", "$ ", &line), EDIT_END);
	/* Input that ends within a line still gives the line. */
	assert_int_equal(type("abc", "$ ", &line), EDIT_LINE);
}

static void
unknown_sequences_are_ignored(void **state)
{
	(void)state;
	check("a\033[99;99Zb\033[200~c\033[15~d\033Oxe\033zf\r", "abcdef");
	check("a\033[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1b\r", "a");
	check("a\033", "a");
}

static void
narrow_terminals_are_survived(void **state)
{
	(void)state;
	for (columns = 2; columns < 6; columns++)
		check("abc\346\274\242\033[D\033[Dxy\001z\022a\r",
		    "zabxyc\346\274\242");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(plain_typing),
		TEST(moving_and_inserting),
		TEST(moving_by_words),
		TEST(deleting),
		TEST(characters_of_many_bytes),
		TEST(control_characters_of_a_line_are_shown),
		TEST(history_is_walked),
		TEST(history_keeps_the_newest),
		TEST(history_is_searched),
		TEST(commands_are_completed),
		TEST(files_are_completed),
		TEST(second_tab_lists),
		TEST(long_lines_wrap),
		TEST(wide_characters_do_not_straddle_rows),
		TEST(colours_of_the_prompt_take_no_room),
		TEST(the_screen_is_cleared),
		TEST(giving_up_and_ending),
		TEST(unknown_sequences_are_ignored),
		TEST(narrow_terminals_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
