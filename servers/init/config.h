/*
 * config: what etc/services.toml says.
 *
 *	[service.NAME]
 *	image = "servers/NAME"       in the archive; this is the default
 *	args = ["-v"]
 *	needs = ["a"]                ready before it starts; fails with them
 *	after = ["b"]                if it is there at all, started before
 *	uses = ["a:0x3", "b"]        capabilities to services, under their
 *	                             names; the rights of the service's
 *	                             protocol, or its public ones
 *	public = 0x1                 rights for whoever asks for this service
 *	machine = ["print", "bind"]  rights of its capability "machine"
 *	objects = ["archive"]        also "ram": all of it, to read; "rest": what
 *	                             of it is free, to give away
 *	control = true               may start and stop services
 *	output = true                prints for people, not into the log
 *	restart = "always"           or "on-failure", "never"
 *	limit = 5                    restarts in a row before it is given up
 *	keep = 65536                 bytes of memory that outlive it
 *	capabilities = 252           slots of its table
 *	mappings = 14                pages for its page tables
 *	clients = 32                 processes that may have a capability to it
 *	                             by its name; its port has room for them
 *	messages = 160               more room in its port, for all else
 *	pages = 64                   of memory at its start
 *	memory = 0                   pages that it may ask memory_server for
 *	lasting = 0                  the same, of what outlives it
 *	priority = 24                of its first task, 1 to 24; what it starts
 *	                             has the same
 *	main = true                  when it ends the machine is shut down
 *
 * A service with a line that is wrong is not started; the others are.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "restart.h"

enum {
	CONFIG_SERVICES = 32,
	CONFIG_NAME = 24,
	CONFIG_NAMES = 8, /* in a list */
	CONFIG_ARGS = 8,
	CONFIG_ARG_BYTES = 256, /* of all of them */
	CONFIG_IMAGE = 64,
};

enum { CONFIG_PUBLIC = 0, CONFIG_ALL = 0x7FFFFFFF }; /* as config_use.rights */

struct config_use {
	char name[CONFIG_NAME];
	uint32_t rights; /* or CONFIG_PUBLIC */
};

struct config_service {
	char name[CONFIG_NAME];
	char image[CONFIG_IMAGE];
	unsigned line; /* of its table */
	bool broken; /* not to be started */
	char arg_bytes[CONFIG_ARG_BYTES];
	char *args[CONFIG_ARGS + 1]; /* NULL at the end */
	struct config_use needs[CONFIG_NAMES], after[CONFIG_NAMES];
	struct config_use uses[CONFIG_NAMES];
	unsigned need_count, after_count, use_count;
	uint32_t need_mask, after_mask; /* bit i: service i; see order.h */
	uint32_t public_rights;
	uint32_t machine; /* enum rights */
	bool archive, ram, rest, control, output, main;
	enum restart_policy restart;
	unsigned limit;
	uint64_t keep; /* bytes */
	/* 0: the default */
	uint32_t capabilities, mappings, clients, messages, pages;
	uint32_t memory, lasting;
	uint32_t priority;
};

struct config {
	struct config_service services[CONFIG_SERVICES];
	unsigned count;
	/* Tells of a wrong line. */
	void (*error)(void *context, unsigned line, const char *service,
	    const char *sentence);
	void *context;
};

/* Adds what the text says.  Before: error and context are set, the rest 0. */
void config_read(struct config *config, const char *text, size_t size);
/* NULL if there is none of that name. */
struct config_service *config_find(struct config *config, const char *name);
