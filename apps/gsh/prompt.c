/* prompt: see prompt.h. */
#include "prompt.h"

#include <string.h>

#include "expand.h"
#include "history.h"
#include "variables.h"

static bool
has_colour(struct shell *sh)
{
	const char *term = variable_get(sh, "TERM");

	return variable_get(sh, "NO_COLOR") == NULL &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

void
prompt_init(struct shell *sh)
{
	if (variable_get(sh, "PS1") == NULL)
		variable_set(sh, "PS1",
		    has_colour(sh) ? "\033[1;32mgsh\033[0m "
				     "\033[1;34m$PWD\033[0m$ "
				   : "gsh $PWD$ ");
	if (variable_get(sh, "PS2") == NULL)
		variable_set(sh, "PS2", "> ");
}

/* ! is the number that the line will have in the history, !! is a !. */
static void
with_numbers(struct shell *sh, const char *s, struct buf *out)
{
	for (; *s != '\0'; s++) {
		if (*s != '!' || sh->history == NULL) {
			buf_byte(out, *s);
		} else if (s[1] == '!') {
			buf_byte(out, *s++);
		} else {
			buf_number(out, (long long)sh->history->total + 1);
		}
	}
}

const char *
prompt_text(struct shell *sh, bool again)
{
	const char *s = variable_get(sh, again ? "PS2" : "PS1");
	struct buf b = { .arena = &sh->scratch };
	enum unwind unwind = sh->unwind;
	int status = sh->status;

	if (s == NULL)
		return "";
	with_numbers(sh, s, &b);
	s = expand_string(sh, buf_text(&b));
	/* A prompt that cannot be expanded must not keep us from asking. */
	sh->unwind = unwind;
	sh->status = status;
	return s;
}
