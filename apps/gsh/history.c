/* history: a ring of lines, and the builtin; see history.h. */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "output.h"
#include "text.h"

void
history_add(struct history *h, const char *line, size_t n)
{
	size_t blank = 0;
	char *copy;

	while (blank < n && text_is_space((unsigned char)line[blank]))
		blank++;
	if (blank == n)
		return;
	if (h->count > 0) {
		const char *newest = history_get(h, 1);

		if (strlen(newest) == n && memcmp(newest, line, n) == 0)
			return;
	}
	copy = mem_copy(line, n);
	free(h->lines[h->next]);
	h->lines[h->next] = copy;
	h->next = (h->next + 1) % HISTORY_MOST;
	h->count += h->count < HISTORY_MOST;
	h->total++;
}

size_t
history_count(const struct history *h)
{
	return h->count;
}

const char *
history_get(const struct history *h, size_t back)
{
	return h->lines[(h->next + HISTORY_MOST - back) % HISTORY_MOST];
}

void
history_clear(struct history *h)
{
	for (size_t i = 0; i < HISTORY_MOST; i++)
		free(h->lines[i]);
	memset(h, 0, sizeof(*h));
}

int
builtin_history(struct shell *sh, int count, char **arguments)
{
	struct history *h = sh->history;

	if (h == NULL)
		return 0;
	if (count > 1 && strcmp(arguments[1], "-c") == 0) {
		history_clear(h);
		return 0;
	}
	if (count > 1)
		return builtin_usage(sh, arguments[0]);
	for (size_t back = h->count; back > 0; back--)
		output_format(sh, "%d  %s\n", (int)(h->total - back + 1),
		    history_get(h, back));
	return 0;
}
