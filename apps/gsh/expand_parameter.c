/* expand_parameter: $x, ${x...} and the special parameters. */
#include <string.h>

#include "expand.h"
#include "options.h"
#include "pattern.h"
#include "port.h"
#include "text.h"
#include "variables.h"

static char *
of_number(struct shell *sh, long long n)
{
	struct buf b = { .arena = &sh->scratch };

	buf_number(&b, n);
	return buf_text(&b);
}

static const char *
joined(struct shell *sh, bool star)
{
	const struct parameters *p = &sh->state.parameters;
	struct buf b = { .arena = &sh->scratch };
	const char *ifs = variables_ifs(sh);
	size_t n = !star ? 1 : text_decode(ifs, strlen(ifs) + 1, NULL);

	if (p->count == 0)
		return NULL;
	for (size_t i = 0; i < p->count; i++) {
		if (i > 0 && !star)
			buf_byte(&b, ' ');
		else if (i > 0 && ifs[0] != '\0')
			buf_bytes(&b, ifs, n);
		buf_string(&b, p->items[i]);
	}
	return buf_text(&b);
}

static const char *
positional(struct shell *sh, const char *digits)
{
	const struct parameters *p = &sh->state.parameters;
	long long n;

	if (!text_number(digits, &n) || n < 0)
		return NULL;
	if (n == 0)
		return sh->name;
	return (size_t)n <= p->count ? p->items[n - 1] : NULL;
}

const char *
expand_value(struct shell *sh, const char *name)
{
	if (text_starts_name((unsigned char)name[0]))
		return variable_get(sh, name);
	if (text_is_digit((unsigned char)name[0]))
		return positional(sh, name);
	switch (name[0]) {
	case '@':
	case '*':
		return joined(sh, name[0] == '*');
	case '#':
		return of_number(sh, (long long)sh->state.parameters.count);
	case '?':
		return of_number(sh, sh->status);
	case '-':
		return options_letters(sh);
	case '$':
		return of_number(sh, port_process());
	case '!':
		return sh->last_background == 0
			   ? NULL
			   : of_number(sh, sh->last_background);
	default:
		return NULL;
	}
}

static bool
is_all(const struct part *p)
{
	return p->text[0] == '@' || p->text[0] == '*';
}

/* $@ and $*: fields of their own where there can be several. */
static void
expand_all(struct expansion *x, const struct part *p)
{
	const struct parameters *all = &x->sh->state.parameters;
	bool star = p->text[0] == '*';

	if ((x->how & EXPAND_FIELDS) == 0 || (star && p->quoted)) {
		const char *s = joined(x->sh, star);

		s = s != NULL ? s : "";
		expand_result(x, s, strlen(s), p->quoted);
		return;
	}
	for (size_t i = 0; i < all->count; i++) {
		if (i > 0)
			expand_bytes(x, "", 1, MARK_BREAK);
		expand_result(
		    x, all->items[i], strlen(all->items[i]), p->quoted);
	}
}

static void
expand_value_of(struct expansion *x, const struct part *p, const char *value)
{
	if (is_all(p))
		expand_all(x, p);
	else
		expand_result(x, value, strlen(value), p->quoted);
}

/* ${x:-word}, without the quotes around it. */
static void
expand_operand(struct expansion *x, const struct part *p)
{
	unsigned how = x->how;

	x->how = (how & EXPAND_FIELDS) | (p->quoted ? 0 : EXPAND_TILDE);
	if (p->word != NULL)
		expand_parts(x, p->word, MARK_SPLIT);
	else if (p->quoted)
		expand_result(x, "", 0, true);
	x->how = how;
}

static void
assign_default(struct expansion *x, const struct part *p)
{
	struct shell *sh = x->sh;
	const char *value = expand_text(sh, p->word, EXPAND_TILDE);

	if (sh->unwind != UNWIND_NONE)
		return;
	if (!text_is_name(p->text)) {
		shell_fail(sh, "%s: cannot be assigned", p->text);
		return;
	}
	if (variable_set(sh, p->text, value))
		expand_result(x, value, strlen(value), p->quoted);
}

static void
complain(struct expansion *x, const struct part *p)
{
	const char *why = "parameter not set";

	if (p->word != NULL)
		why = expand_text(x->sh, p->word, 0);
	else if (p->colon)
		why = "parameter not set or null";
	if (x->sh->unwind == UNWIND_NONE)
		shell_fail(x->sh, "%s: %s", p->text, why);
}

static void
remove_pattern(struct expansion *x, const struct part *p, const char *value)
{
	const char *pattern = expand_pattern(x->sh, p->word);
	size_t length = strlen(value);
	long n;

	if (x->sh->unwind != UNWIND_NONE)
		return;
	if (p->modifier == '#') {
		n = pattern_prefix(pattern, value, p->longest);
		value += n > 0 ? n : 0;
	} else {
		n = pattern_suffix(pattern, value, p->longest);
	}
	expand_result(x, value, length - (size_t)(n > 0 ? n : 0), p->quoted);
}

static void
expand_length(struct expansion *x, const struct part *p, const char *value)
{
	const char *s = of_number(
	    x->sh, is_all(p) ? (long long)x->sh->state.parameters.count
			     : (long long)text_count(value, strlen(value)));

	expand_result(x, s, strlen(s), p->quoted);
}

void
expand_parameter(struct expansion *x, const struct part *p)
{
	const char *value = expand_value(x->sh, p->text);
	bool has = value != NULL && !(p->colon && value[0] == '\0');

	if (p->modifier != '\0' && strchr("-=?+", p->modifier) != NULL) {
		if (p->modifier == '+' ? has : !has) {
			if (p->modifier == '=')
				assign_default(x, p);
			else if (p->modifier == '?')
				complain(x, p);
			else
				expand_operand(x, p);
		} else if (p->modifier != '+') {
			expand_value_of(x, p, value);
		} else if (p->quoted) {
			expand_result(x, "", 0, true);
		}
		return;
	}
	if (value == NULL && !is_all(p)) {
		if (shell_option(x->sh, OPTION_NOUNSET)) {
			shell_fail(x->sh, "%s: parameter not set", p->text);
			return;
		}
	}
	value = value != NULL ? value : "";
	if (p->modifier == 'L')
		expand_length(x, p, value);
	else if (p->modifier != '\0')
		remove_pattern(x, p, value);
	else
		expand_value_of(x, p, value);
}
