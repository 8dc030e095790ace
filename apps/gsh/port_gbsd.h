/*
 * port_gbsd: what the files of the port to GBSD share.
 *
 * All that happens to the shell comes to one port: the end of commands, what
 * captured ones write, and Ctrl-C.
 */
#pragma once

#include <stdbool.h>

#include <gbsd/archive.h>
#include <gbsd/call.h>

#include "port.h"

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

/* The file of that path.  0, ENOENT, EISDIR, ENAMETOOLONG. */
int gbsd_file(const char *path, struct archive_file *file);
