/*
 * Expansions, arithmetic, patterns and the texts below them, one by one.
 * tests/system/gsh has the same in whole scripts, and dash agrees there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "arithmetic.h"
#include "expand.h"
#include "gsh_fake.h"
#include "parse.h"
#include "pattern.h"
#include "text.h"
#include "variables.h"

static struct shell sh;

static int
setup(void **state)
{
	char one[] = "one", two[] = "two words", empty[] = "";
	char *items[] = { one, two, empty };

	(void)state;
	fake_reset();
	shell_init(&sh, "gsh");
	variables_init(&sh, NULL);
	sh.state.parameters = parameters_make(items, 3);
	variable_set(&sh, "x", "a  b");
	variable_set(&sh, "n", "7");
	variable_set(&sh, "HOME", "/me");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	shell_fini(&sh);
	return 0;
}

/* The fields of some words, each in <>. */
static const char *
fields_of(const char *words)
{
	struct text_source source = text_source(words, strlen(words));
	struct program *p = program_open();
	struct fields f = { .count = 0 };
	struct buf b = { .arena = &sh.scratch };
	struct lexer l;

	lex_open(&l, &source.source, NULL, 1);
	assert_int_equal(parse_command_line(&l, p), PARSE_COMMAND);
	expand_words(&sh, p->body->words, &f);
	for (size_t i = 0; i < f.count; i++) {
		buf_byte(&b, '<');
		buf_string(&b, f.items[i]);
		buf_byte(&b, '>');
	}
	lex_close(&l);
	program_close(p);
	return buf_text(&b);
}

static void
words_become_fields(void **state)
{
	static const char *const cases[][2] = {
		{ "$x \"$x\" '$x'", "<a><b><a  b><$x>" },
		{ "p$x'q'", "<pa><bq>" },
		{ "\"$@\"", "<one><two words><>" },
		{ "a\"$@\"b", "<aone><two words><b>" },
		{ "$@", "<one><two><words>" },
		{ "$*", "<one><two><words>" },
		{ "\"$*\"", "<one two words >" },
		{ "$nothing", "" },
		{ "\"$nothing\" ''", "<><>" },
		{ "${nothing:-$x} \"${nothing:-$x}\"", "<a><b><a  b>" },
		{ "${x%% *} ${x##* } ${#x}", "<a><b><4>" },
		{ "~ ~/y '~' a~", "</me></me/y><~><a~>" },
		{ "$((n+1))$n", "<87>" },
		{ "$(echo $x)", "<a><b>" },
		{ "\"$(printf 'a\\n\\n')\"", "<a>" },
		{ "*", "<*>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(fields_of(cases[i][0]), cases[i][1]);
}

static void
ifs_decides_what_splits(void **state)
{
	static const char *const cases[][3] = {
		{ ":", "a:b::c:", "<a><b><><c>" },
		{ ":", ":", "<>" },
		{ " :", " a : b ", "<a><b>" },
		{ ": ", "a: :b", "<a><><b>" },
		{ "", "a b", "<a b>" },
		{ "\303\244", "a\303\244b", "<a><><b>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		variable_set(&sh, "IFS", cases[i][0]);
		variable_set(&sh, "v", cases[i][1]);
		assert_string_equal(fields_of("$v"), cases[i][2]);
	}
}

static void
errors_unwind(void **state)
{
	static const char *const words[] = { "${u?}", "${u:?no}", "$((1/0))",
		"${9=x}", "$((1+))" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		sh.unwind = UNWIND_NONE;
		fields_of(words[i]);
		assert_int_equal(sh.unwind, UNWIND_ERROR);
	}
}

static void
arithmetic_is_that_of_c(void **state)
{
	static const struct {
		const char *text;
		long long value;
	} cases[] = {
		{ "", 0 },
		{ "1 + 2 * 3 - 4 / 2 % 3", 5 },
		{ "2 - 3 - 4", -5 },
		{ "1 << 2 + 1", 8 },
		{ "1 | 2 ^ 3 & 4", 3 },
		{ "1 < 2 == 2 > 1", 1 },
		{ "!0 + ~0 - -1", 1 },
		{ "0x1f + 010", 39 },
		{ "1 ? 2 : 0 ? 3 : 4", 2 },
		{ "0 ? 2 : 0 ? 3 : 4", 4 },
		{ "y = z = 3, y * z", 9 },
		{ "n += 1", 8 },
		{ "n++ + ++n", 18 },
		{ "0 && (n = 1) || n", 1 },
		{ "9223372036854775807 + 1", INT64_MIN },
		{ "(-9223372036854775807 - 1) / -1", INT64_MIN },
		{ "(-9223372036854775807 - 1) % -1", 0 },
		{ "1 << 65", 2 },
		{ "-1 >> 1", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		long long n = -99;

		assert_true(arithmetic(&sh, cases[i].text, &n));
		assert_true(n == cases[i].value);
	}
}

static void
bad_arithmetic_is_refused(void **state)
{
	static const char *const cases[] = { "1 +", "* 2", "(1", "1)", "1 2",
		"08", "0x", "1a", "1 ? 2", "5 = 6", "1 / 0", "1 % 0", "a b",
		"$", "1 @ 2", "1 ||", "++", "n = " };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		long long n = -99;

		sh.unwind = UNWIND_NONE;
		if (arithmetic(&sh, cases[i], &n))
			fail_msg("%s is %lld", cases[i], n);
		assert_int_equal(sh.unwind, UNWIND_ERROR);
		assert_true(n == -99);
	}
}

static void
patterns(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{ "", "", true },
		{ "*", "", true },
		{ "a*c*e", "abcde", true },
		{ "a*c*e", "abcdef", false },
		{ "*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
		{ "?", "\303\244", true },
		{ "??", "\303\244", false },
		{ "[a-c]", "b", true },
		{ "[!a-c]", "b", false },
		{ "[]a]", "]", true },
		{ "[a-]", "-", true },
		{ "[[:digit:][:upper:]]", "X", true },
		{ "[[:digit:]]", "x", false },
		{ "[\303\240-\303\277]", "\303\244", true },
		{ "[[.a.]]", "a", true },
		{ "[a", "[a", true },
		{ "[", "[", true },
		{ "\\*", "*", true },
		{ "\\*", "a", false },
		{ "[\\]]", "]", true },
		{ "a\\", "a\\", true },
		{ "[b-a]", "a", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (pattern_match(cases[i].pattern, cases[i].text,
			strlen(cases[i].text)) != cases[i].matches)
			fail_msg("%s %s", cases[i].pattern, cases[i].text);
}

static void
numbers_and_characters(void **state)
{
	long long n = 5;
	uint32_t c;

	(void)state;
	assert_true(text_number("-9223372036854775808", &n) && n == INT64_MIN);
	assert_false(text_number("9223372036854775808", &n));
	assert_false(text_number("", &n));
	assert_false(text_number("1x", &n));
	assert_true(n == INT64_MIN);
	assert_int_equal(text_decode("\342\202\254", 3, &c), 3);
	assert_int_equal(c, 0x20AC);
	assert_int_equal(text_decode("\342\202", 2, &c), 1);
	assert_int_equal(text_decode("\300\200", 2, &c), 1);
	assert_int_equal(text_decode("\355\240\200", 3, &c), 1);
	assert_int_equal(text_before("a\342\202\254", 4), 3);
	assert_int_equal(text_before("a\202\254", 3), 1);
	assert_int_equal(text_width(0x6F22), 2);
	assert_int_equal(text_width(0x301), 0);
	assert_int_equal(text_count("a\303\244\377", 4), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(words_become_fields),
		TEST(ifs_decides_what_splits),
		TEST(errors_unwind),
		TEST(arithmetic_is_that_of_c),
		TEST(bad_arithmetic_is_refused),
		TEST(patterns),
		TEST(numbers_and_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
