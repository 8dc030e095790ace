/* play: servers on a machine of their own; see play.h. */
#include "play.h"

#include <stdio.h>
#include <stdlib.h>

#include <gbsd/archive.h>

enum { PORT_PAGES = 16, WATCH_BADGE = 7 };

static struct archive archive;
cap_t machine;
unsigned passed, failed;

void
check(bool good, const char *name)
{
	good ? passed++ : failed++;
	printf("%s %s\n", good ? "ok" : "FAIL", name);
}

void
must(enum error e, const char *what)
{
	if (e == E_OK)
		return;
	printf("FAIL %s: %s\n", what, error_text(e));
	fflush(stdout);
	if (sys_signal(machine, SIGNAL_POWER_OFF, 1) != E_OK)
		exit(1);
	for (;;)
		sched_yield_now();
}

struct message *
message(void)
{
	return &gbsd_area()->message;
}

enum received
receive(cap_t port)
{
	enum received kind = 0;

	must(port_receive(port, MESSAGE_CAPS, &kind), "receive");
	return kind;
}

cap_t
port_new(size_t pages)
{
	cap_t raw, port = 0;

	must(memory_take(pages, &raw), "memory of a port");
	must(port_allocate(raw, &port), "port");
	return port;
}

/* Zeroes that outlive a life. */
static void
give_keep(struct service *s)
{
	size_t pages = (s->keep + PAGE_SIZE - 1) / PAGE_SIZE;
	const uint32_t rights = RIGHT_READ | RIGHT_WRITE;
	cap_t raw, frame = 0, here = 0;
	void *view;

	must(memory_take(pages, &raw), "memory to keep");
	must(cap_range(raw, rights | RIGHT_DERIVE, 0, pages, &frame), "frame");
	must(cap_range(frame, rights, 0, pages, &here), "view");
	must(memory_map(here, VM_READ | VM_WRITE, &view), "map");
	memset(view, 0, pages * PAGE_SIZE);
	memory_unmap(here, view, pages);
	cap_close(here);
	must(spawn_keep(&s->spawn, frame), "keep");
}

void
prepare(struct service *s)
{
	s->port = port_new(PORT_PAGES);
	s->watch = port_new(1);
	must(spawn_begin(&s->spawn, &s->limits), "space");
	must(spawn_copy(&s->spawn, "port", s->port,
		 RIGHT_RECEIVE | RIGHT_SEND | RIGHT_SIGNAL | RIGHT_DERIVE),
	    "give port");
	must(spawn_copy(&s->spawn, "log", machine, RIGHT_PRINT | RIGHT_DERIVE),
	    "give log");
	if (s->keep != 0)
		give_keep(s);
}

void
start(struct service *s)
{
	const struct boot_info *boot = gbsd_start()->boot;
	char space[48], map[48];
	char *argv[] = { (char *)s->name, NULL };
	char *envp[] = { space, map, NULL };
	struct archive_file file;

	snprintf(space, sizeof(space), "INIT_SPACE=%llx",
	    (unsigned long long)boot->space);
	snprintf(map, sizeof(map), "DIRECT_MAP=%llx",
	    (unsigned long long)boot->direct_map);
	if (archive.base == NULL)
		must(archive_open(&archive), "archive");
	must(archive_find(&archive, s->image, &file), s->image);
	must(spawn_file(&s->spawn, &file), "image");
	must(spawn_start(&s->spawn, s->name, argv, envp, s->watch, WATCH_BADGE),
	    "start");
}

void
kill_service(struct service *s)
{
	must(sys_signal(s->spawn.space, SIGNAL_END, 0), "kill");
	if (receive(s->watch) != RECEIVED_EVENT ||
	    message()->words[0] != EVENT_DEAD_REPLY ||
	    message()->badge != WATCH_BADGE)
		check(false, "death_is_told");
	spawn_again(&s->spawn);
}

cap_t
client(struct service *s, uint32_t number, uint32_t rights, unsigned share)
{
	cap_t cap = 0;

	must(cap_badge(s->port, RIGHT_SEND | RIGHT_DERIVE,
		 PROTO_BADGE(number, rights), share, &cap),
	    "client");
	return cap;
}
