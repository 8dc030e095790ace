/*
 * test_toml: the reader of services.toml, and what it makes of services.
 *
 * Contract: what the subset allows is read with its value and line; every
 * other line is told with its number and skipped, and nothing else is lost;
 * a service with a wrong line is broken and the others are not.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <gbsd/call.h>

#include "config.h"
#include "order.h"
#include "toml.h"

/* What was read, as text: "table.key=value@line;" and "!line sentence;". */
static char seen[4096];

static const char *
on_entry(void *context, const struct toml_entry *e)
{
	size_t n = strlen(seen);

	(void)context;
	n += (size_t)sprintf(seen + n, "%s.%s=", e->table, e->key);
	if (e->key[0] == '\0')
		n += (size_t)sprintf(seen + n, "[]");
	else if (e->type == TOML_INTEGER || e->type == TOML_BOOLEAN)
		n += (size_t)sprintf(seen + n, "%lld", (long long)e->integer);
	else
		for (size_t i = 0; i < e->count; i++)
			n += (size_t)sprintf(seen + n, "<%s>", e->strings[i]);
	sprintf(seen + n, "@%u;", e->line);
	return strcmp(e->key, "refused") == 0 ? "refused" : NULL;
}

static void
on_error(
    void *context, const char *table, unsigned line, const char *sentence)
{
	(void)context;
	(void)table;
	sprintf(seen + strlen(seen), "!%u %s;", line, sentence);
}

static void
expect(const char *text, const char *want)
{
	seen[0] = '\0';
	toml_read(text, strlen(text),
	    &(struct toml_reader){ .entry = on_entry, .error = on_error });
	assert_string_equal(seen, want);
}

static void
values_of_each_kind_are_read(void **state)
{
	expect("[a.b]\n x = \"s\" # c\ny=-12\nz = 0xFf\nt=true\nf = false\n",
	    "a.b.=[]@1;a.b.x=<s>@2;a.b.y=-12@3;a.b.z=255@4;a.b.t=1@5;"
	    "a.b.f=0@6;");
	expect("n = 1_000", ".n=1000@1;");
	expect("s = \"a\\\"b\\\\c\\n\\t\"", ".s=<a\"b\\c\n\t>@1;");
	expect("", "");
	expect("# only\r\n\r\n\t\n", "");
}

static void
arrays_may_go_over_lines(void **state)
{
	expect("a = []\nb = [\"x\"]\nc = [ \"x\", \"y\", ]\n",
	    ".a=@1;.b=<x>@2;.c=<x><y>@3;");
	expect("a = [ # c\n\n \"x\", # d\n \"y\"\n]\nz = 1",
	    ".a=<x><y>@1;.z=1@6;");
}

static void
a_wrong_line_is_told_and_skipped(void **state)
{
	expect("x\ny = 1", "!1 an = is missing;.y=1@2;");
	expect("= 2\ny = 1", "!1 a name is missing;.y=1@2;");
	expect("x =\ny = 1", "!1 a value is missing;.y=1@2;");
	expect("x = 1 2\ny = 1", "!1 there is more behind the value;.y=1@2;");
	expect("x = \"a\ny = 1", "!1 the string does not end;.y=1@2;");
	expect("x = \"\\q\"\ny = 1",
	    "!1 unknown escape in a string;.y=1@2;");
	expect("x = [1]\ny = 1", "!1 an array holds strings only;.y=1@2;");
	expect("x = [\"a\" \"b\"]\ny = 1",
	    "!1 a comma or ] is missing;.y=1@2;");
	expect("[t\ny = 1", "!1 a ] is missing;.y=1@2;");
	expect("x = 99999999999999999999\ny = 1",
	    "!1 the number is too large;.y=1@2;");
	expect("x = 1__0", "!1 a value is missing;");
	expect("x = 'a'\n", "!1 a value is missing;");
	expect("refused = 1\ny = 1",
	    ".refused=1@1;!1 refused;.y=1@2;");
}

static void
an_array_without_end_is_told_at_its_last_line(void **state)
{
	expect("x = [\n\"a\",\n", "!3 an array holds strings only;");
}

static void
long_names_and_values_are_refused(void **state)
{
	char text[3000];

	memset(text, 'k', sizeof(text));
	strcpy(text + TOML_KEY_BYTES, " = 1");
	expect(text, "!1 the name is too long;");
	memset(text, 's', sizeof(text));
	memcpy(text, "x = \"", 5);
	strcpy(text + 5 + TOML_TEXT, "\"\ny = 1");
	expect(text, "!1 the value is too long;.y=1@2;");
}

/* --- services --------------------------------------------------------------*/

static struct config config;
static char errors[4096];

static void
on_config_error(
    void *context, unsigned line, const char *service, const char *sentence)
{
	(void)context;
	sprintf(errors + strlen(errors), "%u %s: %s;", line, service, sentence);
}

static void
read_config(const char *text)
{
	memset(&config, 0, sizeof(config));
	config.error = on_config_error;
	errors[0] = '\0';
	config_read(&config, text, strlen(text));
	order_resolve(&config);
}

static void
a_service_has_what_its_table_says(void **state)
{
	read_config("[service.a]\n"
		    "image = \"bin/x\"\nargs = [\"-v\", \"w\"]\n"
		    "machine = [\"print\", \"bind\"]\npublic = 0x3\n"
		    "objects = [\"archive\"]\nrestart = \"on-failure\"\n"
		    "uses = [\"b:0x10\", \"c:all\", \"d\"]\npages = 99\npriority = 7\n"
		    "main = true\nlimit = 2\n[service.b]\n");
	assert_string_equal(errors, "");
	assert_int_equal(config.count, 2);

	const struct config_service *a = config_find(&config, "a");

	assert_string_equal(a->image, "bin/x");
	assert_string_equal(a->args[0], "-v");
	assert_string_equal(a->args[1], "w");
	assert_null(a->args[2]);
	assert_int_equal(a->machine, RIGHT_PRINT | RIGHT_BIND);
	assert_int_equal(a->public_rights, 3);
	assert_true(a->archive && !a->ram && !a->rest && a->main);
	assert_int_equal(a->restart, RESTART_ON_FAILURE);
	assert_int_equal(a->uses[0].rights, 0x10);
	assert_int_equal(a->uses[1].rights, CONFIG_ALL);
	assert_int_equal(a->uses[2].rights, CONFIG_PUBLIC);
	assert_int_equal(a->pages, 99);
	assert_int_equal(a->priority, 7);
	assert_int_equal(a->limit, 2);
	assert_string_equal(config_find(&config, "b")->image, "servers/b");
}

static void
a_wrong_line_breaks_its_service_only(void **state)
{
	read_config("[service.a]\nfoo = 1\n[service.b]\nmain = 3\n"
		    "[service.c]\nrestart = \"often\"\n[service.d]\n"
		    "[service.d]\n[server]\nx = 1\n");
	assert_string_equal(errors,
	    "2 a: there is no such key;"
	    "4 b: a value of another type is wanted;"
	    "6 c: restart is always, on-failure or never;"
	    "8 d: this service was there before;"
	    "9 : only tables [service.NAME];"
	    "10 : this line belongs to no service;");
	assert_true(config_find(&config, "a")->broken);
	assert_true(config_find(&config, "b")->broken);
	assert_true(config_find(&config, "c")->broken);
}

static void
dependencies_become_masks(void **state)
{
	read_config("[service.a]\nneeds = [\"b\"]\nafter = [\"c\", \"nix\"]\n"
		    "[service.b]\n[service.c]\n");
	assert_string_equal(errors, "");
	assert_int_equal(config.services[0].need_mask, 2);
	assert_int_equal(config.services[0].after_mask, 4);
}

static void
a_cycle_is_told_with_its_lines_and_breaks_who_needs_it(void **state)
{
	read_config("[service.a]\nneeds = [\"b\"]\n[service.b]\n"
		    "needs = [\"c\"]\n[service.c]\nafter = [\"b\"]\n"
		    "[service.d]\n");
	assert_string_equal(errors,
	    "3 b: the service waits for itself;"
	    "5 c: the service waits for itself;"
	    "1 a: it needs a service that is wrong;");
	assert_false(config_find(&config, "d")->broken);
}

static void
an_unknown_need_is_told(void **state)
{
	read_config("[service.a]\nneeds = [\"nix\"]\n[service.b]\n");
	assert_string_equal(errors, "1 a: it needs an unknown service;");
	assert_false(config_find(&config, "b")->broken);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_each_kind_are_read),
		cmocka_unit_test(arrays_may_go_over_lines),
		cmocka_unit_test(a_wrong_line_is_told_and_skipped),
		cmocka_unit_test(an_array_without_end_is_told_at_its_last_line),
		cmocka_unit_test(long_names_and_values_are_refused),
		cmocka_unit_test(a_service_has_what_its_table_says),
		cmocka_unit_test(a_wrong_line_breaks_its_service_only),
		cmocka_unit_test(dependencies_become_masks),
		cmocka_unit_test(
		    a_cycle_is_told_with_its_lines_and_breaks_who_needs_it),
		cmocka_unit_test(an_unknown_need_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
