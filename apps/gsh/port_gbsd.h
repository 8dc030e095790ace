/*
 * port_gbsd: what the files of the port to GBSD share.
 *
 * All that happens to the shell comes to one port: the end of commands, what
 * captured ones write, and Ctrl-C.
 */
#pragma once

#include <stdbool.h>

#include <gbsd/archive.h>
#include <gbsd/spawn.h>
#include <proto/stream.h>

#include "port.h"

enum { PARTS = 4 };

/* A part of a command's output; who wrote it waits until it was read. */
struct part {
	cap_t writer; /* the reply */
	uint32_t count;
	uint8_t bytes[STREAM_BYTES];
};

struct command {
	struct command *next;
	int handle;
	struct spawn spawn;
	bool ended, capture;
	uint64_t status;
	int signal; /* that we sent, or 0 */
	/* More than one: the command's own children write too. */
	struct part parts[PARTS];
	unsigned part_count;
};

struct gbsd {
	cap_t port; /* 0: it could not be made */
	cap_t init, console; /* 0: there is none */
	bool terminal; /* of the console */
	int columns, rows; /* 0: not known */
	bool interrupted; /* Ctrl-C came */
	int process, parent;
	struct archive archive; /* size 0: there is none */
	char directory[PORT_PATH_MOST]; /* in it; "" is its root */
};

/* Made on first use. */
struct gbsd *gbsd(void);

/* Takes what has come to the port; with wait, waits for something first. */
void gbsd_events(bool wait);

/* A command that was started: port_wait ends it. */
void gbsd_remember(struct command *c);
int gbsd_errno(enum error e);
/* Ends what was started, or half started. */
void gbsd_end(struct command *c);

/* The file of that path.  0, ENOENT, EISDIR, ENAMETOOLONG. */
int gbsd_file(const char *path, struct archive_file *file);
