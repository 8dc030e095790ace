/*
 * The executor over a system made of arrays: what reaches the system, what
 * is refused while there is no file server, and that neither hostile input,
 * Ctrl-C nor a lack of memory does more than end a command.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gsh_alloc.h"
#include "gsh_fake.h"

static void
check(const char *script, int status, const char *out)
{
	fake_reset();
	assert_int_equal(fake_run(script), status);
	assert_string_equal(fake.out, out);
}

/* As check(), and standard error holds a text. */
static void
check_error(const char *script, int status, const char *err)
{
	fake_reset();
	assert_int_equal(fake_run(script), status);
	if (strstr(fake.err, err) == NULL)
		fail_msg("%s: \"%s\" not in \"%s\"", script, err, fake.err);
}

static void
commands_get_their_words_and_environment(void **state)
{
	(void)state;
	check("x=1; export y=2; z=3 prog a \"b c\" ''", 0, "a\nb c\n\n");
	assert_string_equal(fake.spawned, "/bin/prog [prog] [a] [b c] []\n");
	assert_non_null(strstr(fake.environment, "y=2\n"));
	assert_non_null(strstr(fake.environment, "z=3\n"));
	assert_null(strstr(fake.environment, "x=1\n"));
	assert_non_null(strstr(fake.environment, "HOME=/home/me\n"));
}

static void
status_of_commands(void **state)
{
	(void)state;
	check("status 7; echo $?; killed 9; echo $?", 0, "7\n137\n");
	check_error("nosuch", 127, "gsh:1: nosuch: not found\n");
	check_error("locked", 126, "gsh:1: locked: ");
	check_error("crowded", 126,
	    "gsh:1: crowded: not started: too many processes\n");
}

static void
output_of_commands_is_captured(void **state)
{
	(void)state;
	check("x=$(echo a; prog one two; echo b); echo \"[$x]\"", 0,
	    "[a\none\ntwo\nb]\n");
	check("echo $(echo $(prog deep))", 0, "deep\n");
}

static void
output_is_in_order(void **state)
{
	(void)state;
	check("echo a; prog b; echo c", 0, "a\nb\nc\n");
}

static void
files_that_are_no_programs_go_to_a_shell(void **state)
{
	(void)state;
	fake_reset();
	fake_run("script x");
	assert_string_equal(fake.spawned,
	    "/bin/script [script] [x]\n/bin/gsh [script] [/bin/script] [x]\n");
}

static void
what_needs_files_is_refused_once(void **state)
{
	(void)state;
	check_error("echo a >b", 2, "gsh:1: redirection is not possible");
	assert_string_equal(fake.out, "");
	check_error("prog a | prog b", 2, "gsh:1: pipelines are not possible");
	assert_string_equal(fake.out, "");
	check("echo a >b; echo on", 0, "on\n");
	check("{ echo a; } 2>b; echo $?", 0, "2\n");
	check("! a | b; echo $?", 0, "2\n");
	check("exec >x; echo $?", 0, "2\n");
}

static void
jobs_run_beside_the_shell(void **state)
{
	(void)state;
	check("slow & echo $!; jobs; wait $!; echo $?; jobs", 0,
	    "100\n[1] + Running  slow\n0\n");
	assert_string_equal(fake.spawned, "/bin/slow [slow] &\n");
	check("status 3 & status 4 & wait %1; echo $?; wait %2; echo $?", 0,
	    "3\n4\n");
	check("status 3 & wait; echo $?", 0, "0\n");
	check("wait 999; echo $?; fg", 1, "127\n");
	check("prog a & fg %prog", 0, "a\nprog a\n");
}

static void
lists_in_the_background_get_a_shell_of_their_own(void **state)
{
	(void)state;
	check("x='a b'; f() { echo $1; }; set -u -- p; { f $x; } &", 0, "");
	assert_non_null(strstr(fake.spawned, "/bin/gsh [gsh] [-c] ["));
	assert_non_null(strstr(fake.spawned, "x='a b'\n"));
	assert_non_null(strstr(fake.spawned, "f() { echo ${1}; }\n"));
	assert_non_null(strstr(fake.spawned, "set -o nounset\n"));
	assert_non_null(strstr(fake.spawned, "set -- p\n{ f ${x}; }\n] &"));
	fake_reset();
	fake.no_shell = true;
	assert_int_equal(fake_run("(a) &"), 2);
	assert_non_null(strstr(fake.err, "cannot run in the background"));
}

static void
patterns_match_files(void **state)
{
	static const char *const files[] = { "b.c", "a.c", ".hidden", "d/",
		"d/x.c", "d/y.h", "sp ace", NULL };

	(void)state;
	fake_reset();
	fake.files = files;
	fake_run("echo *.c; echo d/*; echo */x.c; echo .h*; echo '*'.c *.z; "
		 "echo [ab].c; for i in s*; do echo \"<$i>\"; done; echo */; "
		 "x='*.c'; echo $x \"$x\"; set -f; echo *.c");
	assert_string_equal(fake.out,
	    "a.c b.c\nd/x.c d/y.h\nd/x.c\n.hidden\n*.c *.z\na.c b.c\n"
	    "<sp ace>\nd/\na.c b.c *.c\n*.c\n");
}

static void
scripts_come_from_standard_input(void **state)
{
	const char *const words[] = { "gsh", NULL };

	(void)state;
	fake_reset();
	fake.input = "echo one\nread x\nthe line\necho \"$x\"\nprog $((1+1))\n"
		     "if true\nthen echo three\nfi";
	assert_int_equal(fake_shell(words), 0);
	assert_string_equal(fake.out, "one\nthe line\n2\nthree\n");
	assert_string_equal(fake.err, "");
}

static void
read_splits_lines(void **state)
{
	const char *const words[] = { "gsh", NULL };

	(void)state;
	fake_reset();
	fake.input = "read a b\n  one  two three  \necho \"[$a][$b]\"\n"
		     "read x\na\\\nb\\ c\necho \"[$x]\"\n"
		     "read -r y\na\\b\nprintf '%s\\n' \"[$y]\"\n"
		     "IFS=: read p q r\n1::3:\necho \"[$p][$q][$r]\"\n"
		     "IFS=: read p q\n1:2:3:\necho \"[$p][$q]\"\n"
		     "read v; echo $?";
	fake_shell(words);
	assert_string_equal(fake.out, "[one][two three]\n[ab c]\n[a\\b]\n"
				      "[1][][3]\n[1][2:3:]\n1\n");
}

static void
scripts_are_loaded(void **state)
{
	const char *const file[] = { "gsh", "/script", "x", NULL };
	const char *const missing[] = { "gsh", "/nosuch", NULL };

	(void)state;
	check(". /script; echo $?", 0, "loaded gsh\n4\n");
	fake_reset();
	assert_int_equal(fake_shell(file), 4);
	assert_string_equal(fake.out, "loaded /script x\n");
	fake_reset();
	assert_int_equal(fake_shell(missing), 127);
	check_error(". /nosuch; echo no", 2, "/nosuch: ");
	assert_string_equal(fake.out, "");
}

static void
messages_name_script_and_line(void **state)
{
	(void)state;
	check_error("\n\nnosuch\n", 127, "gsh:3: nosuch: not found\n");
	check_error("a() {\nnosuch\n}\n\na", 127, "gsh:2: nosuch");
	check_error("echo a\nif then", 2, "gsh:2: syntax error: \"then\"");
	check_error("eval 'x=$((1/0))'", 2, "arithmetic: division by zero");
}

static void
interrupt_ends_a_script(void **state)
{
	(void)state;
	fake_reset();
	fake.interrupt_after = 50;
	assert_int_equal(fake_run("while :; do :; done; echo no"), 130);
	assert_string_equal(fake.out, "");
	fake_reset();
	fake.interrupt_after = 50;
	assert_int_equal(
	    fake_run("x=$( (while :; do :; done) ); echo no"), 130);
	assert_string_equal(fake.out, "");
}

static void
interrupt_can_be_trapped(void **state)
{
	(void)state;
	fake_reset();
	fake.interrupt_after = 50;
	fake_run("trap 'echo got; x=1' INT; while [ -z \"$x\" ]; do :; done; "
		 "echo on");
	assert_string_equal(fake.out, "got\non\n");
}

static void
interrupt_reaches_the_foreground_command(void **state)
{
	(void)state;
	fake_reset();
	fake.interrupt_wait = true;
	assert_int_equal(fake_run("slow; echo no"), 130);
	assert_int_equal(fake.signals, 1);
	assert_string_equal(fake.out, "");
}

static void
interactive(const char *input)
{
	const char *const words[] = { "gsh", "-i", NULL };

	fake_reset();
	fake.input = input;
	fake_shell(words);
}

static void
errors_do_not_end_an_interactive_shell(void **state)
{
	(void)state;
	interactive("if then\necho 1\necho ${x?}; echo no\necho 2\nset -o no\n"
		    "echo 3\nreadonly r=1\nr=2\necho 4\n)\necho 5\n"
		    "echo $((1/0))\nbreak 0\n. /nosuch\necho 6\nexit 7\n");
	assert_string_equal(fake.out, "1\n2\n3\n4\n5\n6\n");
}

static void
interrupt_gives_up_the_line(void **state)
{
	(void)state;
	interactive("echo a\nif true; then\n\002echo b\nexit");
	assert_string_equal(fake.out, "a\nb\n");
}

static void
prompts_are_shown_when_interactive_only(void **state)
{
	(void)state;
	interactive("PS1='<$x> ' PS2='more '; x=1\nif true\nthen :; fi\nx=2\n");
	assert_non_null(strstr(fake.err, "<1> more <1> <2> "));
	fake_reset();
	fake.input = "PS1=no\n:\n";
	const char *const words[] = { "gsh", NULL };
	fake_shell(words);
	assert_string_equal(fake.err, "");
}

static void
jobs_are_reported_before_a_prompt(void **state)
{
	(void)state;
	interactive("prog a &\n:\nexit\n");
	assert_non_null(strstr(fake.out, "[1] + Done  prog a\n"));
}

static void
deep_recursion_is_refused(void **state)
{
	(void)state;
	check_error("f() { f; }; f; echo no", 2, "nested too deeply");
	check_error("f() { echo $(f); }; f", 0, "nested too deeply");
	check_error("x='eval \"$x\"'; eval \"$x\"", 2, "nested too deeply");
	check_error("f() { (f); }; f", 2, "nested too deeply");
	check_error("x=x; echo $((x))", 2, "nested too deeply");
	check_error("a() { a \"$@\" 1; }; a", 2, "nested too deeply");
}

static void
deep_arithmetic_is_refused(void **state)
{
	static char script[20000];
	size_t n = 0;

	(void)state;
	n += (size_t)sprintf(script, "x='");
	memset(script + n, '(', 9000);
	strcpy(script + n + 9000, "'; echo $((x))");
	check_error(script, 2, "nested too deeply");
	memset(script + n, '-', 9000);
	check_error(script, 2, "nested too deeply");
}

static void
huge_results_end_the_command_only(void **state)
{
	(void)state;
	check_error(
	    "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done", 2, "out of memory");
	interactive("x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done\necho on\n");
	assert_string_equal(fake.out, "on\n");
}

static void
odd_bytes_are_harmless(void **state)
{
	(void)state;
	interactive("echo a\001b\nprintf 'x\\0y\\n'\nx=$(printf 'a\\0b'); "
		    "echo $x\necho \377\200 ${#x}\n\001\001\n");
	assert_memory_equal(fake.out, "ab\nx\0y\nab\n\377\200 2\n", 14);
}

/* Everything that allocates, in one script. */
static const char all[] =
    "alias a='echo alias '; x=1 y=\"a b\"; export x; readonly z=1\n"
    "a b\n"
    "f() { local x=2; set -- 1 2 3; shift; echo \"$@\" $x; }\n"
    "f a b; x=5 f; echo $(f; prog out; echo `echo c`)\n"
    "for i in $y *; do case $i in a*) echo ${i#a} ${#i};; esac; done\n"
    "(cd /; trap 'echo t' EXIT; y=3; g() { :; }); echo $((x=x+1))\n"
    "prog 1 & { f; } & wait; printf '%05d %s\\n' 1 2 3\n"
    "eval 'eval \"echo e\"'; while getopts ab: o -a -b c; do :; done\n"
    "cat <<E\n$x\nE\n"
    "unset y; echo ${y:=d} ~; type f echo; trap 'echo bye' EXIT\n";

static void
lack_of_memory_never_crashes(void **state)
{
	(void)state;
	for (long n = 0; n < 700; n++) {
		fake_reset();
		alloc_fail_after(n);
		fake_run(all);
		alloc_fail_never();
		/* What was said, at the least. */
		if (fake.err_length == 0)
			fail_msg("silent after %ld", n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_get_their_words_and_environment),
		cmocka_unit_test(status_of_commands),
		cmocka_unit_test(output_of_commands_is_captured),
		cmocka_unit_test(output_is_in_order),
		cmocka_unit_test(files_that_are_no_programs_go_to_a_shell),
		cmocka_unit_test(what_needs_files_is_refused_once),
		cmocka_unit_test(jobs_run_beside_the_shell),
		cmocka_unit_test(
		    lists_in_the_background_get_a_shell_of_their_own),
		cmocka_unit_test(patterns_match_files),
		cmocka_unit_test(scripts_come_from_standard_input),
		cmocka_unit_test(read_splits_lines),
		cmocka_unit_test(scripts_are_loaded),
		cmocka_unit_test(messages_name_script_and_line),
		cmocka_unit_test(interrupt_ends_a_script),
		cmocka_unit_test(interrupt_can_be_trapped),
		cmocka_unit_test(interrupt_reaches_the_foreground_command),
		cmocka_unit_test(errors_do_not_end_an_interactive_shell),
		cmocka_unit_test(interrupt_gives_up_the_line),
		cmocka_unit_test(prompts_are_shown_when_interactive_only),
		cmocka_unit_test(jobs_are_reported_before_a_prompt),
		cmocka_unit_test(deep_recursion_is_refused),
		cmocka_unit_test(deep_arithmetic_is_refused),
		cmocka_unit_test(huge_results_end_the_command_only),
		cmocka_unit_test(odd_bytes_are_harmless),
		cmocka_unit_test(lack_of_memory_never_crashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
