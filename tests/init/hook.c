/*
 * hook: init as it is, but for its turns: this file's come first.
 *
 * A process whose name is a wish gets it: "what is left" becomes three
 * numbers, in hexadecimal: pages of init's pool, slots of its table, badges of
 * SHARE at its port.  "what was left" becomes the pages of when that was asked
 * first, in any life.  "die" kills init in this turn, and "die later" when it
 * begins a process next; "die young" too, and counts as an early death.
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
	struct start *start = (struct start *)gbsd_start();
	struct memory_info info;

	memory_info(&info);
	/* Of all that is init's only the start page outlives everything. */
	if (start->keep_size == 0)
		start->keep_size = info.free;
	snprintf(p->name, sizeof(p->name), "%x %x %x", (unsigned)info.free,
	    count_slots(init), count_badges(init));
}

static bool dies_later;

static void
die(void)
{
	volatile uintptr_t nowhere = 0x20; /* the compiler must not know */

	*(volatile int *)nowhere = 1;
}

/* lib/gbsd/spawn.c's, which launch.c calls here. */
enum error
hook_spawn_start(struct spawn *spawn, const char *name, char *const *argv,
    char *const *envp, cap_t exit, uint64_t badge)
{
	enum error e = spawn_start(spawn, name, argv, envp, exit, badge);

	if (dies_later)
		die();
	return e;
}

/* It has lived for long, as far as it knows. */
static void
grow_old(struct init *init)
{
	init->began = gbsd_time() - 2 * RESTART_LONG;
}

/* Whoever has the timer does nothing any more. */
static void
hang(struct init *init)
{
	for (unsigned i = 0; i < init->config.count; i++) {
		const struct service *s = &init->services[i];

		if (service_runs(s) && (s->config->machine & RIGHT_SCHEDULE) &&
		    sys_signal(s->spawn.task, SIGNAL_SUSPEND, 0) != E_OK)
			die();
	}
}

static void
grant(struct init *init, struct process *p)
{
	struct start *start = (struct start *)gbsd_start();
	char wish[sizeof(p->name)];

	memcpy(wish, p->name, sizeof(wish));
	if (strcmp(wish, "what is left") == 0)
		say_what_is_left(init, p);
	if (strcmp(wish, "what was left") == 0)
		snprintf(p->name, sizeof(p->name), "%x %x",
		    (unsigned)start->keep_size, start->restarts);
	if (strcmp(wish, "hang") == 0) {
		hang(init);
		strcpy(p->name, "granted");
	}
	if (strncmp(wish, "die", 3) != 0)
		return;
	strcpy(p->name, "granted");
	if (strcmp(wish, "die young") != 0)
		grow_old(init);
	if (strcmp(wish, "die later") == 0)
		dies_later = true;
	else
		die();
}

void
init_turn(struct init *init)
{
	struct process *p = process_next(1);

	for (; p != NULL; p = process_next(p->number + 1))
		grant(init, p);
	init_turn_itself(init);
}
