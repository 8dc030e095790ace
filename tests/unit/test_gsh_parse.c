/*
 * The parser takes the whole grammar of POSIX.1-2017, section 2.10, and
 * refuses what is not in it.  Trees are looked at by printing them: what is
 * printed must be as expected, and must be read into an equal tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "parse.h"
#include "print.h"

/* All of a text's commands printed, in lines; or the error behind "!". */
static char *
print_back(const char *text, size_t length)
{
	struct text_source source = text_source(text, length);
	struct buf b = { .arena = NULL };
	struct lexer l;

	lex_open(&l, &source.source, NULL, 1);
	for (;;) {
		struct program *p = program_open();
		enum parse_result r = parse_command_line(&l, p);

		if (r == PARSE_COMMAND && p->body != NULL) {
			print_node(&b, p->body);
			buf_byte(&b, '\n');
		} else if (r == PARSE_ERROR) {
			buf_string(&b, "!");
			buf_string(&b, l.error);
		}
		program_close(p);
		if (r == PARSE_ERROR || r == PARSE_END)
			break;
	}
	lex_close(&l);
	buf_text(&b);
	return b.data;
}

static void
check(const char *text, const char *expected)
{
	char *once = print_back(text, strlen(text));
	char *twice = print_back(once, strlen(once));

	assert_string_equal(once, expected);
	assert_string_equal(twice, once);
	free(once);
	free(twice);
}

static void
refuse(const char *text, const char *why)
{
	char *out = print_back(text, strlen(text));
	const char *error = strchr(out, '!');

	if (error == NULL || strstr(error, why) == NULL)
		fail_msg("%s: got %s, wanted %s", text, out, why);
	free(out);
}

static void
simple_commands(void **state)
{
	(void)state;
	check("echo  a\tb", "echo a b\n");
	check("a=1 b= c=$x cmd d=4", "a=1 b= c=${x} cmd d=4\n");
}

static void
words_keep_their_quotes(void **state)
{
	(void)state;
	check("echo 'a b' \"c d\" e\\ f ''", "echo 'a b' 'c d' e' 'f ''\n");
	check("echo \"it's\"", "echo 'it'\\''s'\n");
	check("echo a\"$x\"b$y", "echo a\"${x}\"b${y}\n");
	check("echo \"a $x b\"", "echo 'a '\"${x}\"' b'\n");
	check("echo '$x' \\$x \"\\$x\"", "echo '$x' '$'x '$x'\n");
	check("echo $ \"$\" a$", "echo $ '$' a$\n");
}

static void
parameters(void **state)
{
	(void)state;
	check("echo ${x} $1 $10 ${10} $# ${#} ${#x} $@ $$",
	    "echo ${x} ${1} ${1}0 ${10} ${#} ${#} ${#x} ${@} ${$}\n");
	check("echo ${x:-a b} ${x-} ${x:=1} ${x?no} ${x:+'y z'}",
	    "echo ${x:-a b} ${x-} ${x:=1} ${x?no} ${x:+'y z'}\n");
	check("echo ${x#a*} ${x##*/} ${x%.c} ${x%%'*'}",
	    "echo ${x#a*} ${x##*/} ${x%.c} ${x%%'*'}\n");
	check("echo \"${x:-'a'}\" \"${x:-a\\}b}\"",
	    "echo \"${x:-'a'}\" \"${x:-a\\}b}\"\n");
	check(
	    "echo ${#-} ${##} ${#?} ${##a}", "echo ${#-} ${##} ${#?} ${##a}\n");
}

static void
substitutions(void **state)
{
	(void)state;
	check("echo $(a; b) \"$(c)\"", "echo $( a; b) \"$( c)\"\n");
	check("echo `a \\`b\\``", "echo $( a $( b))\n");
	check("echo $( (a) )$((b) )", "echo $( (a))$( (b))\n");
	check("echo $(case x in x) a;; esac)",
	    "echo $( case x in (x) a;; esac)\n");
	check("echo $((1 + $x)) $((a[1]))", "echo $((1 + ${x})) $((a[1]))\n");
	check("echo $(\n# comment )\na\n)", "echo $( a)\n");
	check("echo $()", "echo $( )\n");
}

static void
lists_and_pipelines(void **state)
{
	(void)state;
	check("a; b & c", "a; b & c\n");
	check("a && b || c", "a && b || c\n");
	check("a |\n b | c && ! d", "a | b | c && ! d\n");
	check("a &&\n\n b", "a && b\n");
	check("a; b\nc", "a; b\nc\n");
	check("! a", "! a\n");
}

static void
compound_commands(void **state)
{
	(void)state;
	check("if a; then b; elif c; then d; else e; fi",
	    "if a; then b; elif c; then d; else e; fi\n");
	check("if a\nb\nthen c\nfi >x", "if a; b; then c; fi >x\n");
	check("while a; do b; done; until c; do d; done",
	    "while a; do b; done; until c; do d; done\n");
	check("for i in a \"b c\" $d; do e; done",
	    "for i in a 'b c' ${d}; do e; done\n");
	check("for i do a; done", "for i do a; done\n");
	check("for i\nin a\ndo b\ndone", "for i in a; do b; done\n");
	check("for i in; do b; done", "for i in; do b; done\n");
	check("case $x in (a|b) c;; d) ;; *) e; esac",
	    "case ${x} in (a|b) c;; (d) ;; (*) e;; esac\n");
	check("case x in esac", "case x in esac\n");
	check("{ a; b & }", "{ a; b & }\n");
	check("(a; b)", "(a; b)\n");
	check("((a); b)", "((a); b)\n");
}

static void
functions(void **state)
{
	(void)state;
	check("f() { a; }", "f() { a; }\n");
	check("f ( )\n\n(a) >x", "f() (a) >x\n");
	check("f() if a; then b; fi", "f() if a; then b; fi\n");
}

static void
redirections(void **state)
{
	(void)state;
	check("a <b >c >>d 2>e 2>&1 <&- >|f <>g",
	    "a <b >c >>d 2>e 2>&1 <&- >|f <>g\n");
	check(">x", " >x\n");
	check("a 2 >b", "a 2 >b\n");
	check("{ a; } <b", "{ a; } <b\n");
}

static void
here_documents(void **state)
{
	(void)state;
	check("cat <<EOF\na $x\nEOF\nb", "cat <<EOF\na ${x}\nEOF\n\nb\n");
	check("cat <<'E'\n$x\nE\n", "cat <<'E'\n$x\nE\n\n");
	check("cat <<-E && b\n\ta\n\tE\n", "cat <<E && \na\nE\nb\n");
	check("a <<1 <<2\nx\n1\ny\n2\n", "a <<1 <<2\nx\n1\ny\n2\n\n");
	check("while cat <<E; do\nx\nE\nb; done",
	    "while cat <<E\nx\nE\ndo b; done\n");
	check("echo $(cat <<E\nx\nE\n)", "echo $( cat <<E\nx\nE\n)\n");
}

static void
comments_and_continuations(void **state)
{
	(void)state;
	check("# c\na # d\nb#c", "a\nb#c\n");
	check("a\\\nb \\\n c", "ab c\n");
	check("a &\\\n& b", "a && b\n");
	check("echo \"a\\\nb\" 'c\\\nd'", "echo 'ab' 'c\\\nd'\n");
}

static void
errors_are_named(void **state)
{
	(void)state;
	refuse("if a; then", "end of file");
	refuse("if a; fi", "\"then\" is expected");
	refuse("for 1 in a; do b; done", "name");
	refuse("a )", "\")\" unexpected");
	refuse("}", "\"}\" unexpected");
	refuse("a && && b", "\"&&\" unexpected");
	refuse("a ;; b", "\";;\" unexpected");
	refuse("| a", "\"|\" unexpected");
	refuse("a >", "unexpected");
	refuse("a > ;", "unexpected");
	refuse("echo 'a", "unterminated quoted string");
	refuse("echo \"a", "unterminated quoted string");
	refuse("echo ${x", "unterminated ${");
	refuse("echo ${x!y}", "bad substitution");
	refuse("echo ${}", "bad substitution");
	refuse("echo $(a", "\")\" is expected");
	refuse("echo `a", "unterminated backquotes");
	refuse("echo `if`", "unexpected");
	refuse("echo $((1", "unterminated arithmetic");
	refuse("case x in a b) c;; esac", "\")\" is expected");
	refuse("()", "unexpected");
	refuse("{ }", "unexpected");
	refuse("while; do a; done", "unexpected");
	refuse("f() a", "unexpected");
	refuse("a-b() { c; }", "bad function name");
	refuse("a 99999<b", "bad file descriptor");
}

static void
check_nesting(const char *open, const char *middle, const char *close, int n)
{
	struct buf b = { .arena = NULL };

	for (int i = 0; i < n; i++)
		buf_string(&b, open);
	buf_string(&b, middle);
	for (int i = 0; i < n; i++)
		buf_string(&b, close);
	refuse(buf_text(&b), "nested too deeply");
	buf_free(&b);
}

static void
deep_nesting_is_refused(void **state)
{
	(void)state;
	check_nesting("(", "a", ")", 100000);
	check_nesting("{ ", "a", "; }", 100000);
	check_nesting("echo $(", "a", ")", 100000);
	check_nesting("\"${x:-", "a", "}\"", 100000);
	check_nesting("if a; then ", "a", "; fi", 100000);
	check_nesting("echo $(($((", "1", "))))", 200);
	check_nesting("f() { ", "a", "; }", 1000);
	check_nesting("! { ", "a", "; }", 1000);
}

static void
long_chains_are_not_deep(void **state)
{
	struct buf b = { .arena = NULL };

	(void)state;
	for (int i = 0; i < 20000; i++)
		buf_string(&b, "a && b | c; ");
	char *out = print_back(b.data, b.length);
	assert_null(strchr(out, '!'));
	free(out);
	buf_free(&b);
}

static void
nul_bytes_are_dropped(void **state)
{
	char *out = print_back("ec\0ho a\0b\0", 10);

	(void)state;
	assert_string_equal(out, "echo ab\n");
	free(out);
}

static void
odd_bytes_pass(void **state)
{
	(void)state;
	check("echo \x80\xff\x01", "echo \x80\xff\x01\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simple_commands),
		cmocka_unit_test(words_keep_their_quotes),
		cmocka_unit_test(parameters),
		cmocka_unit_test(substitutions),
		cmocka_unit_test(lists_and_pipelines),
		cmocka_unit_test(compound_commands),
		cmocka_unit_test(functions),
		cmocka_unit_test(redirections),
		cmocka_unit_test(here_documents),
		cmocka_unit_test(comments_and_continuations),
		cmocka_unit_test(errors_are_named),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(long_chains_are_not_deep),
		cmocka_unit_test(nul_bytes_are_dropped),
		cmocka_unit_test(odd_bytes_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
