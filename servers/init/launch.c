/*
 * launch: a life of a service.
 *
 * A first life gets a new space with all that the configuration grants.  A
 * further one gets the space of the one before, and finds in it the same
 * capabilities under the same handles, and its KEEP memory.  If that cannot
 * be done it gets a new space too: the port is the same in any case.
 */
#include <string.h>

#include <gbsd/serve.h>

#include "init.h"
#include "log.h"
#include "process.h"

enum { INIT_SHARE = 8, MEMORY_PART = 2 };

static char dash_c[] = "-c";

/* Gives cap, or closes it. */
static enum error
give(struct spawn *spawn, const char *name, cap_t cap)
{
	enum error e = spawn_give(spawn, name, cap);

	if (e != E_OK)
		cap_close(cap);
	return e;
}

/* The same, of a capability whose making may have failed. */
static enum error
give_made(
    struct spawn *spawn, const char *name, enum error made, const cap_t *cap)
{
	return made == E_OK ? give(spawn, name, *cap) : made;
}

static enum error
give_own(struct init *init, struct service *s, struct spawn *spawn)
{
	const struct config_service *c = s->config;
	uint32_t rights = INIT_LOOKUP | INIT_PROCESS;
	cap_t cap;
	enum error e;

	if (c->control || c->main)
		rights |= INIT_CONTROL;
	e = cap_derive(s->port,
	    RIGHT_RECEIVE | RIGHT_SEND | RIGHT_SIGNAL | RIGHT_DERIVE, 0, &cap);
	e = give_made(spawn, "port", e, &cap);
	if (e != E_OK)
		return e;
	e = cap_badge(init->port, RIGHT_SEND | RIGHT_DERIVE,
	    PROTO_BADGE(s->process, rights), INIT_SHARE, &cap);
	e = give_made(spawn, "init", e, &cap);
	if (e == E_OK)
		e = spawn_copy(spawn, c->output || c->main ? "print" : "log",
		    init->machine, RIGHT_PRINT | RIGHT_DERIVE);
	if (e == E_OK && c->machine != 0)
		e = spawn_copy(spawn, "machine", init->machine,
		    c->machine | RIGHT_DERIVE);
	return e;
}

static enum error
give_objects(const struct config_service *c, struct spawn *spawn)
{
	enum error e = E_OK;

	if (c->archive)
		e = spawn_copy(spawn, "archive", gbsd_cap("archive"),
		    RIGHT_READ | RIGHT_EXECUTE | RIGHT_DERIVE);
	if (e == E_OK && c->tables)
		e = spawn_copy(spawn, "tables", gbsd_cap("tables"),
		    RIGHT_READ | RIGHT_DERIVE);
	return e;
}

/* Services that are not there are left out: whoever uses them can ask. */
static enum error
give_services(struct init *init, struct service *s, struct spawn *spawn)
{
	const struct config_service *c = s->config;
	enum error e = E_OK;

	for (unsigned i = 0; e == E_OK && i < c->use_count; i++) {
		const struct config_use *use = &c->uses[i];
		struct config_service *other =
		    config_find(&init->config, use->name);
		uint32_t rights = use->rights;
		cap_t cap;

		if (other == NULL ||
		    service_capability(
			&init->services[other - init->config.services],
			s->process, &rights, &cap) != E_OK)
			continue;
		e = give(spawn, use->name, cap);
	}
	return e;
}

static uint64_t
or_default(uint64_t value, uint64_t otherwise)
{
	return value != 0 ? value : otherwise;
}

static enum error
hand_quota(const struct config_service *c)
{
	const struct spawn_limits *d = &spawn_default_limits;
	/* On a small machine nobody gets nearly all of it. */
	uint64_t most = gbsd_start()->boot->total_pages / MEMORY_PART;
	struct spawn_limits limits = {
		.capabilities = or_default(c->capabilities, d->capabilities),
		.slots = or_default(c->slots, d->slots),
		.pages = or_default(c->pages, d->pages),
		.tasks = or_default(c->tasks, d->tasks),
	};

	if (limits.pages > most)
		limits.pages = most;
	return spawn_quota(&limits);
}

/* Its faults come to init's port. */
static enum error
set_fault_port(struct init *init, const struct service *s)
{
	cap_t cap;
	enum error e = cap_badge(init->port, RIGHT_SEND,
	    PROTO_BADGE(s->process, SERVE_FAULT), 0, &cap);

	if (e != E_OK)
		return e;
	e = cap_fault_port(0, cap);
	cap_close(cap);
	return e;
}

static enum error
stage_fresh(struct init *init, struct service *s, struct spawn *spawn)
{
	enum error e = spawn_begin(spawn, 0);

	if (e == E_OK)
		e = hand_quota(s->config);
	if (e == E_OK)
		e = give_own(init, s, spawn);
	if (e == E_OK)
		e = give_objects(s->config, spawn);
	if (e == E_OK)
		e = give_services(init, s, spawn);
	if (e == E_OK)
		e = set_fault_port(init, s);
	if (e == E_OK && s->config->keep != 0)
		e = spawn_keep(spawn, s->config->keep);
	if (e != E_OK)
		return e;
	memcpy(s->caps, spawn->caps, sizeof(s->caps));
	s->cap_count = spawn->cap_count;
	s->keep = spawn->keep;
	return E_OK;
}

static enum error
stage_again(struct service *s, struct spawn *spawn)
{
	enum error e = spawn_begin(spawn, s->space);

	for (unsigned i = 0; e == E_OK && i < s->cap_count; i++)
		spawn_recall(spawn, s->caps[i].name, s->caps[i].cap);
	spawn->keep = s->keep;
	spawn->keep_size = s->config->keep;
	return e;
}

static enum error
run(struct init *init, struct service *s, struct spawn *spawn,
    const struct archive_file *file)
{
	char *argv[1 + CONFIG_ARGS + 2 + 1] = { s->config->name };
	struct process *process = process_find(s->process);
	unsigned n = 1;
	cap_t space = 0;
	enum error e;

	for (unsigned i = 0; s->config->args[i] != NULL; i++)
		argv[n++] = s->config->args[i];
	if (s->config->main && init->commanded) {
		argv[n++] = dash_c;
		argv[n++] = init->command;
	}
	spawn->restarts = s->restarts;
	e = cap_watch_death(
	    0, init->port, (uint64_t)(s - init->services));
	if (e == E_OK)
		e = spawn_file(spawn, file);
	if (e == E_OK)
		e = spawn_start(
		    spawn, s->config->name, argv, init->environment, &space);
	if (e != E_OK)
		return e;
	if (space != 0)
		s->space = space;
	if (process != NULL) {
		process->base = spawn->base;
		process->size = spawn->image_size;
	}
	return E_OK;
}

enum error
launch(struct init *init, struct service *s)
{
	struct archive_file file;
	struct spawn spawn;
	enum error e =
	    archive_find(&init->archive, s->config->image, &file);

	if (e != E_OK)
		return e;
	if (s->space != 0) {
		e = stage_again(s, &spawn);
		if (e == E_OK)
			e = run(init, s, &spawn, &file);
		if (e == E_OK)
			return E_OK;
		spawn_cancel(&spawn);
		log_line("init: %s cannot go on in its space: %s",
		    s->config->name, error_text(e));
		cap_close(s->space);
		s->space = 0;
	}
	e = stage_fresh(init, s, &spawn);
	if (e == E_OK)
		e = run(init, s, &spawn, &file);
	if (e != E_OK)
		spawn_cancel(&spawn);
	return e;
}
