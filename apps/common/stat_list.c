/* stat_list: asks until the cursor is back at 0. */
#include "stat_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gbsd/session.h>

#include "app.h"

static struct {
	cap_t server; /* 0: not opened yet */
	uint32_t number;
	void *at;
} session;

static void
open_session(void)
{
	struct stat_session_rep r;
	struct carried carried = { 0 };

	session.server = app_service("stat_server");
	app_must(stat_session(session.server, &(struct stat_session_req){}, &r,
		     &carried),
	    "stat_server");
	app_must(session_map(carried.in[0], VM_READ, &session.at),
	    "no memory to share");
	session.number = r.session;
}

void *
stat_list(
    stat_list_function *list, uint64_t space, size_t element, uint32_t *count)
{
	struct stat_list_req q = { .space = space };
	struct stat_list_rep r;
	char *all = NULL;

	if (session.server == 0)
		open_session();
	q.session = session.number;
	*count = 0;
	do {
		app_must(list(session.server, &q, &r, NULL), "stat_server");
		all = realloc(all, (*count + r.count + 1) * element);
		if (all == NULL)
			app_fail("out of memory");
		memcpy(all + *count * element, session.at, r.count * element);
		*count += r.count;
		q.cursor = r.cursor;
	} while (r.cursor != 0);
	return all;
}

uint64_t
stat_space_named(const char *text)
{
	char *end;
	uint64_t number = strtoull(text, &end, 0), found = 0;
	uint32_t count;
	struct stat_task *t = stat_list(stat_tasks, 0, sizeof(*t), &count);

	for (uint32_t i = 0; i < count && found == 0; i++)
		if (t[i].state != STAT_DEAD &&
		    (*end == '\0' ? t[i].number == number
				  : strncmp(t[i].name, text, NAME_BYTES) == 0))
			found = t[i].space;
	free(t);
	if (found == 0)
		app_fail("%s: no such task", text);
	return found;
}
