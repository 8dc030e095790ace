/* complete: see complete.h. */
#include "complete.h"

#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "port.h"
#include "text.h"
#include "variables.h"

struct search {
	struct shell *sh;
	struct fields *out;
	const char *prefix; /* of the names wanted */
	const char *directory; /* they are in, as typed, with its slash */
};

static bool
ends_command(char c)
{
	return strchr(";&|({`\n", c) != NULL;
}

/* Where the word before at starts.  A blank behind a backslash or within
 * quotes does not end one. */
static size_t
word_start(const char *line, size_t at)
{
	size_t start = 0;
	char quote = '\0';

	for (size_t i = 0; i < at; i++) {
		char c = line[i];

		if (c == '\\' && quote != '\'' && i + 1 < at)
			i++;
		else if (quote != '\0')
			quote = c == quote ? '\0' : quote;
		else if (c == '\'' || c == '"')
			quote = c;
		else if (text_is_blank(c) || ends_command(c) ||
			 strchr(")<>", c) != NULL)
			start = i + 1;
	}
	return start;
}

static bool
starts_command(const char *line, size_t start)
{
	static const char words[][6] = { "!", "do", "elif", "else", "if",
		"then", "until", "while" };
	size_t end = start, from;

	while (end > 0 && text_is_blank(line[end - 1]))
		end--;
	if (end == 0 || ends_command(line[end - 1]))
		return true;
	from = word_start(line, end);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == end - from &&
		    memcmp(words[i], line + from, end - from) == 0)
			return starts_command(line, from);
	return false;
}

/* The word as the shell would see it, quotes gone. */
static char *
unquoted(struct shell *sh, const char *s, size_t n)
{
	struct buf b = { .arena = &sh->scratch };
	char quote = '\0';

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\\' && quote != '\'' && i + 1 < n)
			buf_byte(&b, s[++i]);
		else if (s[i] == quote)
			quote = '\0';
		else if (quote == '\0' && (s[i] == '\'' || s[i] == '"'))
			quote = s[i];
		else
			buf_byte(&b, s[i]);
	}
	return buf_text(&b);
}

static void
add(struct search *s, const char *before, const char *name, const char *after)
{
	struct buf b = { .arena = &s->sh->scratch };

	buf_string(&b, before);
	for (; *name != '\0'; name++) {
		if (strchr(" \t\n;&|<>()$`\\\"'*?[#~{}!", *name) != NULL)
			buf_byte(&b, '\\');
		buf_byte(&b, *name);
	}
	buf_string(&b, after);
	fields_add(s->sh, s->out, buf_text(&b));
}

static bool
visit_command(void *context, const char *name)
{
	struct search *s = context;

	if (strncmp(name, s->prefix, strlen(s->prefix)) == 0)
		add(s, "", name, "");
	return true;
}

static void
add_table(struct search *s, const struct table *t, const char *before)
{
	for (size_t i = 0; i < t->count; i++)
		if (strncmp(t->entries[i].name, s->prefix, strlen(s->prefix)) ==
		    0)
			add(s, before, t->entries[i].name, "");
}

static void
complete_command(struct search *s)
{
	const struct builtin *b;

	for (size_t i = 0; (b = builtin_at(i)) != NULL; i++)
		visit_command(s, b->name);
	add_table(s, &s->sh->state.functions, "");
	add_table(s, &s->sh->state.aliases, "");
	port_list_commands(variable_get(s->sh, "PATH"), visit_command, s);
}

static bool
visit_file(void *context, const char *name)
{
	struct search *s = context;
	struct buf path = { .arena = &s->sh->scratch };
	struct port_stat st;

	if (strncmp(name, s->prefix, strlen(s->prefix)) != 0 ||
	    (name[0] == '.' && s->prefix[0] != '.'))
		return true;
	buf_string(&path, s->directory);
	buf_string(&path, name);
	bool is_directory = port_stat(buf_text(&path), true, &st) == 0 &&
			    st.type == PORT_DIRECTORY;
	add(s, "", path.data, is_directory ? "/" : "");
	return true;
}

static void
complete_file(struct search *s)
{
	const char *slash = strrchr(s->prefix, '/');

	s->directory = "";
	if (slash != NULL) {
		s->directory = arena_copy(&s->sh->scratch, s->prefix,
		    (size_t)(slash - s->prefix) + 1);
		s->prefix = slash + 1;
	}
	port_list_directory(slash != NULL ? s->directory : ".", visit_file, s);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
sort(struct fields *f)
{
	size_t to = 0;

	if (f->count == 0)
		return;
	qsort(f->items, f->count, sizeof(*f->items), by_name);
	for (size_t i = 1; i < f->count; i++)
		if (strcmp(f->items[to], f->items[i]) != 0)
			f->items[++to] = f->items[i];
	f->count = to + 1;
}

void
complete(struct shell *sh, const char *line, size_t at, struct completions *out)
{
	struct search s = { .sh = sh, .out = &out->candidates };
	size_t dollar;

	out->start = word_start(line, at);
	s.prefix = unquoted(sh, line + out->start, at - out->start);
	dollar = at;
	while (dollar > out->start &&
	       text_in_name((unsigned char)line[dollar - 1]))
		dollar--;
	if (dollar > out->start && line[dollar - 1] == '$') {
		out->start = dollar - 1;
		s.prefix = arena_copy(&sh->scratch, line + dollar, at - dollar);
		add_table(&s, &sh->state.variables, "$");
	} else if (starts_command(line, out->start) &&
		   strchr(s.prefix, '/') == NULL) {
		complete_command(&s);
	} else {
		complete_file(&s);
	}
	sort(&out->candidates);
}
