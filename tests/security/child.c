/* child: processes of this image; see security.h. */
#include <stdlib.h>
#include <string.h>

#include "security.h"

enum { BADGE_EXIT = 1, BADGE_FAULTS = 2, WORDS = 40 };

void
child_begin(struct child *c, const struct spawn_limits *limits)
{
	cap_t faults;

	*c = (struct child){ .events = port_new(1) };
	must(spawn_begin(
		 &c->spawn, limits != NULL ? limits : &spawn_default_limits),
	    "space");
	faults = sender_new(c->events, BADGE_FAULTS, 1);
	must(cap_faults(c->spawn.space, faults), "faults");
	cap_close(faults);
}

void
child_give(struct child *c, const char *name, cap_t cap)
{
	must(spawn_give(&c->spawn, name, cap), name);
}

void
security_image(struct archive_file *file)
{
	static struct archive archive;

	if (archive.base == NULL)
		must(archive_open(&archive), "archive");
	must(archive_find(&archive, "bin/security", file), "bin/security");
}

void
child_run(struct child *c, const char *const words[])
{
	const char *argv[WORDS] = { "security" };
	struct archive_file file;

	for (unsigned i = 0; i < WORDS - 2 && words[i] != NULL; i++)
		argv[i + 1] = words[i];
	security_image(&file);
	must(spawn_file(&c->spawn, &file), "image");
	must(spawn_start(&c->spawn, words[0], (char *const *)argv, NULL,
		 c->events, BADGE_EXIT),
	    "start");
}

void
child_role(struct child *c, const char *role)
{
	child_run(c, (const char *const[]){ role, NULL });
}

cap_t
child_fault(struct child *c)
{
	while (receive(c->events) != RECEIVED_FAULT)
		must(message()->badge == BADGE_EXIT ? E_STATE : E_OK,
		    "a child should have faulted");
	memcpy(&c->fault, message()->words, sizeof(c->fault));
	return message()->reply;
}

enum ending
child_wait(struct child *c)
{
	enum ending ending = ENDED_KILLED;

	for (;;) {
		enum received kind = receive(c->events);

		if (kind == RECEIVED_FAULT) {
			memcpy(&c->fault, message()->words, sizeof(c->fault));
			cap_close(message()->reply);
			ending = ENDED_FAULT;
		} else if (message()->badge == BADGE_EXIT) {
			c->status = message()->words[0];
			return kind == RECEIVED_REPLY ? ENDED_EXIT : ending;
		}
	}
}

void
child_end(struct child *c)
{
	spawn_end(&c->spawn);
	cap_close(c->events);
}

bool
child_says(struct child *c, uint64_t status)
{
	enum ending ending = child_wait(c);

	if (ending == ENDED_EXIT && c->status == status)
		return true;
	note("it ended by way %d, status %llu, fault %llu at %llx", ending,
	    (unsigned long long)c->status, (unsigned long long)c->fault.kind,
	    (unsigned long long)c->fault.address);
	return false;
}
