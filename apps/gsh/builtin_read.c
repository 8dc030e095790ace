/* builtin_read: read and getopts. */
#include <string.h>

#include "builtin.h"
#include "expand.h"
#include "input.h"
#include "output.h"
#include "text.h"
#include "variables.h"

struct line {
	struct buf text;
	struct buf marks; /* MARK_QUOTED behind a backslash, else MARK_SPLIT */
	const char *ifs;
	size_t at;
};

static bool
is_separator(const struct line *l, size_t at, bool space)
{
	char c = l->text.data[at];

	return l->marks.data[at] == MARK_SPLIT && strchr(l->ifs, c) != NULL &&
	       text_is_space((unsigned char)c) == space;
}

static void
skip_space(struct line *l)
{
	while (l->at < l->text.length && is_separator(l, l->at, true))
		l->at++;
}

/* The next field; steps over what ends it. */
static char *
take_field(struct shell *sh, struct line *l)
{
	size_t start = l->at;

	while (l->at < l->text.length && !is_separator(l, l->at, true) &&
	       !is_separator(l, l->at, false))
		l->at++;
	char *field =
	    arena_copy(&sh->scratch, l->text.data + start, l->at - start);
	skip_space(l);
	if (l->at < l->text.length && is_separator(l, l->at, false)) {
		l->at++;
		skip_space(l);
	}
	return field;
}

/* The last variable gets all that is left, if that is more than a field. */
static char *
take_rest(struct shell *sh, struct line *l)
{
	size_t start = l->at, end = l->text.length;
	char *field = take_field(sh, l);

	if (l->at == end)
		return field;
	while (end > start && is_separator(l, end - 1, true))
		end--;
	return arena_copy(&sh->scratch, l->text.data + start, end - start);
}

/* Reads a line; without raw, a backslash quotes, and joins lines. */
static enum line_result
read_line(struct shell *sh, struct line *l, const char *prompt, bool raw)
{
	struct buf in = { .arena = &sh->scratch };
	enum line_result result = input_line(sh, prompt, false, &in);

	for (size_t i = 0; i < in.length; i++) {
		char c = in.data[i];
		bool quoted = c == '\\' && !raw && i + 1 < in.length;

		if (c == '\n')
			return LINE_READ;
		if (quoted && in.data[i + 1] == '\n')
			return read_line(sh, l, "> ", raw);
		if (quoted)
			c = in.data[++i];
		if (c == '\0')
			continue;
		buf_byte(&l->text, c);
		buf_byte(&l->marks, quoted ? MARK_QUOTED : MARK_SPLIT);
	}
	return result == LINE_READ ? LINE_END : result;
}

int
builtin_read(struct shell *sh, int count, char **arguments)
{
	struct line l = { .text = { .arena = &sh->scratch },
		.marks = { .arena = &sh->scratch } };
	const char *prompt = NULL;
	bool raw = false;
	int i = 1;

	for (; i < count && arguments[i][0] == '-'; i++) {
		if (strcmp(arguments[i], "-r") == 0)
			raw = true;
		else if (strcmp(arguments[i], "-p") == 0 && i + 1 < count)
			prompt = arguments[++i];
		else
			return builtin_usage(sh, arguments[0]);
	}
	if (i == count)
		return builtin_usage(sh, arguments[0]);

	enum line_result result = read_line(sh, &l, prompt, raw);
	if (result == LINE_INTERRUPTED) {
		sh->unwind = UNWIND_INTERRUPT;
		return STATUS_SIGNAL + 2;
	}
	l.ifs = variables_ifs(sh);
	skip_space(&l);
	for (; i < count; i++) {
		if (!text_is_name(arguments[i]))
			return shell_warn(
			    sh, "read: %s: bad name", arguments[i]);
		if (!variable_set(sh, arguments[i],
			i + 1 < count ? take_field(sh, &l) : take_rest(sh, &l)))
			return STATUS_ERROR;
	}
	return result == LINE_READ ? 0 : 1;
}

/* Where getopts is: in which argument, and at which letter of it. */
struct options {
	struct shell *sh;
	const char *letters;
	bool silent; /* the letters start with a colon */
	char *const *items;
	size_t count;
	size_t index; /* of the argument, from 0 */
	size_t at;
};

static bool
set_letter(struct shell *sh, const char *name, char letter)
{
	char value[] = { letter, '\0' };

	return variable_set(sh, name, value);
}

static bool
complain(struct options *o, const char *name, char letter, bool argument)
{
	if (!o->silent) {
		shell_warn(o->sh,
		    argument ? "option -%c needs an argument"
			     : "no such option: -%c",
		    letter);
		variable_unset(o->sh, "OPTARG");
		return set_letter(o->sh, name, '?');
	}
	return set_letter(o->sh, "OPTARG", letter) &&
	       set_letter(o->sh, name, argument ? ':' : '?');
}

static bool
take_option(struct options *o, const char *name)
{
	const char *item = o->items[o->index];
	char letter = item[o->at++];
	const char *found = letter != ':' ? strchr(o->letters, letter) : NULL;
	size_t at = o->at;
	bool last = item[at] == '\0';

	o->index += last || (found != NULL && found[1] == ':');
	if (found == NULL)
		return complain(o, name, letter, false);
	if (found[1] != ':') {
		variable_unset(o->sh, "OPTARG");
		return set_letter(o->sh, name, letter);
	}
	o->at = 0;
	if (last && o->index >= o->count)
		return complain(o, name, letter, true);
	const char *value = last ? o->items[o->index++] : item + at;
	return variable_set(o->sh, "OPTARG", value) &&
	       set_letter(o->sh, name, letter);
}

/* Is there an option to take?  Steps over a -- that ends them. */
static bool
has_option(struct options *o)
{
	const char *item;

	if (o->index >= o->count)
		return false;
	item = o->items[o->index];
	if (o->at > 0 && o->at < strlen(item))
		return true;
	o->at = 1;
	if (item[0] != '-' || item[1] == '\0')
		return false;
	if (strcmp(item, "--") != 0)
		return true;
	o->index++;
	return false;
}

int
builtin_getopts(struct shell *sh, int count, char **arguments)
{
	long long index = 1;
	const char *s = variable_get(sh, "OPTIND");
	bool ok, found;

	if (count < 3)
		return builtin_usage(sh, arguments[0]);
	if (s == NULL || !text_number(s, &index) || index < 1)
		index = 1;

	struct options o = { .sh = sh,
		.letters = arguments[1],
		.silent = arguments[1][0] == ':',
		.items = count > 3 ? arguments + 3 : sh->state.parameters.items,
		.count =
		    count > 3 ? (size_t)count - 3 : sh->state.parameters.count,
		.index = (size_t)index - 1,
		.at = sh->state.getopts_at };
	size_t before = o.index;
	found = has_option(&o);
	ok = found ? take_option(&o, arguments[2])
		   : set_letter(sh, arguments[2], '?');
	if (!variable_set_number(sh, "OPTIND", (long long)o.index + 1) || !ok)
		return STATUS_ERROR;
	sh->state.getopts_at = found && o.index == before ? (unsigned)o.at : 0;
	return found ? 0 : 1;
}
