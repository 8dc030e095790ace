/*
 * hook: init as it is, but for its turns: this file's come first.
 *
 * A process whose name is a wish gets it: "what is left" becomes three
 * numbers, in hexadecimal: pages of init's pool, slots of its table, badges of
 * HOOK_SHARE at its port.
 */
#include <stdio.h>
#include <string.h>

#include <gbsd/calls.h>
#include <gbsd/memory.h>

#include "init.h"
#include "process.h"

enum { SLOTS = 2048, SHARE = 16 };

/* servers/init/init.c's. */
void init_turn_itself(struct init *init);

/* As many as can be made; they are closed again. */
static unsigned
count_slots(const struct init *init)
{
	static cap_t caps[SLOTS];
	unsigned n = 0;

	while (n < SLOTS &&
	       cap_derive(init->machine, RIGHT_PRINT, &caps[n]) == E_OK)
		n++;
	for (unsigned i = 0; i < n; i++)
		cap_close(caps[i]);
	return n;
}

static unsigned
count_badges(const struct init *init)
{
	static cap_t caps[SLOTS];
	unsigned n = 0;

	while (n < SLOTS && cap_badge(init->port, RIGHT_SEND, PROTO_BADGE(0, 0),
				SHARE, &caps[n]) == E_OK)
		n++;
	for (unsigned i = 0; i < n; i++)
		cap_close(caps[i]);
	return n;
}

static void
say_what_is_left(const struct init *init, struct process *p)
{
	struct memory_info info;

	memory_info(&info);
	snprintf(p->name, sizeof(p->name), "%x %x %x", (unsigned)info.free,
	    count_slots(init), count_badges(init));
}

void
init_turn(struct init *init)
{
	struct process *p = process_next(1);

	for (; p != NULL; p = process_next(p->number + 1))
		if (strcmp(p->name, "what is left") == 0)
			say_what_is_left(init, p);
	init_turn_itself(init);
}
