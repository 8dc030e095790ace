/*
 * launch: a life of a service.
 *
 * A first life gets a new space with all that the configuration grants.  A
 * further one gets the space of the one before, and finds in it the same
 * capabilities under the same handles, and its KEEP memory.  If that cannot
 * be done it gets a new space too: the port is the same in any case.
 */
#include <string.h>

#include <gbsd/memory.h>
#include <gbsd/serve.h>

#include "accounts.h"
#include "init.h"
#include "log.h"
#include "process.h"

enum { INIT_SHARE = 8, CHILD_ACCOUNTS = 128 };

static char dash_c[] = "-c";

uint64_t
launch_badge(const struct init *init, const struct service *s)
{
	return (uint64_t)s->lives << 32 | (uint64_t)(s - init->services);
}

struct service *
launch_of_badge(struct init *init, uint64_t badge)
{
	uint32_t i = (uint32_t)badge;

	return i < init->config.count &&
		       badge == launch_badge(init, &init->services[i])
		   ? &init->services[i]
		   : NULL;
}

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
give_own(struct init *init, struct service *s)
{
	const struct config_service *c = s->config;
	struct spawn *spawn = &s->spawn;
	uint32_t rights = INIT_LOOKUP | INIT_PROCESS;
	cap_t cap;
	enum error e;

	if (c->control || c->main)
		rights |= INIT_CONTROL;
	e = cap_derive(s->port,
	    RIGHT_RECEIVE | RIGHT_SEND | RIGHT_SIGNAL | RIGHT_DERIVE, &cap);
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
		e = spawn_copy(
		    spawn, "machine", init->machine, c->machine | RIGHT_DERIVE);
	/* init hears of ticks that it does not take. */
	if (e == E_OK && (c->machine & RIGHT_SCHEDULE)) {
		e = cap_badge(init->port, RIGHT_SIGNAL, BIT_TICK, 0, &cap);
		e = give_made(spawn, "watcher", e, &cap);
	}
	return e;
}

/* Copies of all start capabilities of that name, with those rights. */
static enum error
give_all(struct spawn *spawn, const char *name, uint32_t rights)
{
	const struct start *start = gbsd_start();
	enum error e = E_OK;

	for (uint32_t i = 0; e == E_OK && i < start->cap_count; i++) {
		const struct start_cap *c = &start->caps[i];
		uint32_t has;
		size_t pages;
		cap_t cap;

		if (strncmp(c->name, name, sizeof(c->name)) != 0)
			continue;
		e = memory_query(c->cap, &has, &pages);
		if (e == E_OK)
			e = cap_range(c->cap, has & rights, 0, pages, &cap);
		e = give_made(spawn, name, e, &cap);
	}
	return e;
}

static enum error
give_objects(struct service *s)
{
	const uint32_t all = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE |
			     RIGHT_MAKE | RIGHT_BUS | RIGHT_DERIVE;
	const struct config_service *c = s->config;
	enum error e = E_OK;

	if (c->archive)
		e = give_all(&s->spawn, "archive",
		    RIGHT_READ | RIGHT_EXECUTE | RIGHT_DERIVE);
	if (e == E_OK && c->ram)
		e = give_all(
		    &s->spawn, "ram", RIGHT_READ | RIGHT_BUS | RIGHT_DERIVE);
	if (e == E_OK && c->rest)
		e = give_all(&s->spawn, "rest", all);
	return e;
}

/* Services that are not there are left out: whoever uses them can ask. */
static enum error
give_services(struct init *init, struct service *s)
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
		e = give(&s->spawn, use->name, cap);
	}
	return e;
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
	e = cap_faults(s->spawn.space, cap);
	cap_close(cap);
	return e;
}

/* Zeroes that outlive a life. */
static enum error
make_keep(struct service *s)
{
	size_t pages = (s->config->keep + PAGE_SIZE - 1) / PAGE_SIZE, dirty;
	void *view;
	cap_t frame, here;
	enum error e;

	if (pages == 0)
		return E_OK;
	e = memory_take_dirty(pages, &s->keep, &dirty);
	if (e == E_OK)
		e = cap_range(s->keep, RIGHT_READ | RIGHT_WRITE | RIGHT_DERIVE,
		    0, pages, &frame);
	if (e == E_OK && dirty != 0) {
		e = cap_range(frame, RIGHT_READ | RIGHT_WRITE, 0, dirty, &here);
		if (e == E_OK)
			e = memory_map(here, VM_READ | VM_WRITE, &view);
		if (e != E_OK)
			return e;
		memset(view, 0, dirty * PAGE_SIZE);
		memory_unmap(here, view, dirty);
		cap_close(here);
	}
	return e == E_OK ? spawn_keep(&s->spawn, frame) : e;
}

static uint32_t
or_default(uint32_t value, uint32_t otherwise)
{
	return value != 0 ? value : otherwise;
}

static enum error
make_space(struct init *init, struct service *s)
{
	const struct config_service *c = s->config;
	const struct spawn_limits *d = &spawn_default_limits;
	const struct spawn_limits limits = {
		.capabilities = or_default(c->capabilities, d->capabilities),
		.mappings = or_default(c->mappings, d->mappings),
		.pages = or_default(c->pages, d->pages),
	};
	enum error e = spawn_begin(&s->spawn, &limits);

	if (e == E_OK)
		e = give_own(init, s);
	if (e == E_OK)
		e = give_objects(s);
	if (e == E_OK)
		e = give_services(init, s);
	if (e == E_OK)
		e = set_fault_port(init, s);
	if (e == E_OK)
		e = make_keep(s);
	if (e == E_OK && c->lasting != 0)
		e = account_give(
		    init, &s->spawn, "lasting", c->lasting, 0, &s->lasting);
	return e;
}

static enum error
run(struct init *init, struct service *s, const struct archive_file *file)
{
	char *argv[1 + CONFIG_ARGS + 2 + 1] = { s->config->name };
	struct process *process = process_find(s->process);
	unsigned n = 1;
	enum error e = spawn_file(&s->spawn, file);

	for (unsigned i = 0; s->config->args[i] != NULL; i++)
		argv[n++] = s->config->args[i];
	if (s->config->main && init->commanded) {
		argv[n++] = dash_c;
		argv[n++] = init->command;
	}
	s->lives++;
	s->spawn.restarts = s->restarts;
	if (e == E_OK && s->config->memory != 0)
		e = account_give(init, &s->spawn, "memory_server",
		    s->config->memory, s->config->main ? CHILD_ACCOUNTS : 0,
		    &s->memory);
	if (e == E_OK)
		e = spawn_start(&s->spawn, s->config->name, argv,
		    init->environment, init->port, launch_badge(init, s));
	/* It begins with init's, and so does not run before. */
	if (e == E_OK)
		e = sched_switch_to(init->machine, s->spawn.task,
		    or_default(s->config->priority, PRIORITY_INIT), 0);
	if (e != E_OK)
		return e;
	s->ending = 0;
	if (process != NULL) {
		process->base = s->spawn.base;
		process->size = s->spawn.image.size;
		process->fate = 0;
	}
	return E_OK;
}

/* What a life had of its own goes; what all lives have stays. */
static void
end_life(struct service *s)
{
	spawn_again(&s->spawn);
	spawn_forget(&s->spawn, "memory_server");
	account_end(&s->memory);
}

static void
end_all(struct service *s)
{
	spawn_end(&s->spawn);
	(void)spawn_release(); /* the next may be long in coming */
	memory_give(s->keep);
	s->keep = 0;
	account_end(&s->memory);
	account_end(&s->lasting);
}

void
launch_end(struct service *s)
{
	s->changing = true;
	end_all(s);
	s->changing = false;
}

static enum error
begin_life(struct init *init, struct service *s)
{
	struct archive_file file;
	enum error e = archive_find(&init->archive, s->config->image, &file);

	if (e != E_OK)
		return e;
	if (s->spawn.space != 0) {
		end_life(s);
		e = run(init, s, &file);
		if (e == E_OK)
			return E_OK;
		log_line("init: %s cannot go on in its space: %s",
		    s->config->name, error_text(e));
		end_all(s);
	}
	e = make_space(init, s);
	if (e == E_OK)
		e = run(init, s, &file);
	if (e != E_OK)
		end_all(s);
	return e;
}

enum error
launch(struct init *init, struct service *s)
{
	enum error e;

	s->changing = true;
	e = begin_life(init, s);
	s->changing = false;
	return e;
}
