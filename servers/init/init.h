/*
 * init: the services, from their start to the end of the machine.
 *
 * init_turn() does what is due: it starts what can be started, restarts what
 * died, ends what does not stop, and goes on with a shutdown.  All else here
 * only notes what happened.  Nothing waits for a service, so one that hangs
 * holds up those that need it and nobody else.
 *
 * The port of a service is init's: the service gets a copy of the right to
 * receive, so clients' requests wait in it while a dead service is restarted.
 */
#pragma once

#include <gbsd/archive.h>
#include <gbsd/spawn.h>
#include <proto/init.h>

#include "clients.h"
#include "config.h"
#include "process.h"

enum { INIT_ENVIRONMENT = 16, INIT_COMMAND = 2048 };

struct service {
	struct config_service *config;
	enum init_state state;
	bool serves; /* said that it is ready, so it will hear that it stops */
	bool again; /* is stopped to be started again */
	uint32_t process;
	uint32_t restarts; /* since it was started by hand or at boot */
	uint64_t status; /* of its last end */
	uint64_t since; /* when its life began */
	uint64_t due; /* of STARTED, BACKOFF and STOPPING */
	struct restart restart;
	cap_t port; /* 0: given up */
	cap_t port_memory; /* raw */
	struct spawn spawn; /* .space 0: none */
	cap_t keep; /* raw: what outlives a life */
	cap_t memory, lasting; /* its accounts at memory_server, or 0 */
	uint64_t ending; /* status that its tasks were ended with, or 0 */
	cap_t own; /* init's own to it, if it has one, or 0 */
	uint32_t lives; /* that were begun, for the badge of its end */
	bool changing; /* what spawn, keep and accounts say may not be so */
	bool died; /* its end is being looked at */
	cap_t waiter; /* a reply: of start, stop or restart */
	enum init_op waiter_op;
};

/* In memory that outlives init. */
struct init {
	uint64_t magic; /* when all else counts */
	cap_t raw; /* what this is in */
	uint64_t began; /* gbsd_time() of this life */
	uint32_t short_lives; /* in a row */
	uint64_t missed_first, missed_last; /* ticks in a row, by their times */
	struct processes processes;
	struct clients clients;
	cap_t machine, port;
	cap_t port_memory; /* raw */
	struct archive archive;
	struct config config;
	struct service services[CONFIG_SERVICES]; /* as config.services */
	char *environment[INIT_ENVIRONMENT + 1];
	char command[INIT_COMMAND]; /* of the main service */
	bool commanded; /* there is one, if only "" */
	bool ending, main_seen;
	uint32_t how, status; /* of the end */
	uint64_t alarm; /* what the timer is set to, 0: nothing */
	bool changed; /* a service began or ended since that */
};

/* boot.c: reads services.toml into config, and the command line.  E_NOT_FOUND:
 * there is no such file; E_BAD_IMAGE: there is no archive. */
#define BOOT_SERVICES "etc/services.toml"
NODISCARD enum error boot_read(struct init *init);
/* The command line, and the environment of all processes; in each life. */
void boot_environment(struct init *init);

/* resume.c: the state, empty or of the former life, whose services go on: then
 * magic is set.  After some short lives all is given back and it begins anew,
 * and after some more the machine ends.  First of all. */
struct init *init_resume(void);
/* What is there now is what a further life goes on with. */
void init_keep(struct init *init);

/* Makes the services of config. */
void init_begin(struct init *init);
void init_turn(struct init *init);

/* NULL if there is none. */
struct service *init_find(struct init *init, const char name[INIT_NAME]);
struct service *init_of_process(struct init *init, uint32_t process);

/* service.c */
bool service_runs(const struct service *s);
/* Begins a life; if that fails, what the policy says. */
void service_begin(struct init *init, struct service *s);
/* It has come to rest in that state: who waits at its port is told, and who
 * waits for what became of it gets the error. */
void service_settle(struct service *s, enum init_state state, enum error told);
void service_give_up(struct service *s, const char *why);
/* E_STATE, E_UNAVAILABLE if it is broken. */
NODISCARD enum error service_start(struct service *s);
/* E_STATE. */
NODISCARD enum error service_stop(struct service *s);
void service_ready(struct service *s);
/* With s->status. */
void service_died(struct init *init, struct service *s);
/* Ends its tasks; its death will be told, with that status. */
NODISCARD enum error service_kill(struct service *s, uint64_t status);
/* What launch() made, and the port. */
void service_abandon(struct service *s);
/* In a further life of init; false: it is as it was. */
bool service_resume(struct service *s);
void init_end(struct init *init, uint32_t how, uint32_t status);
/* How many clients that ask by name it may have. */
uint32_t service_clients(const struct service *s);
/* A capability to the service with the client's number, for rights as
 * config_use has them; *rights says which they are.  E_UNAVAILABLE. */
NODISCARD enum error service_capability(
    struct service *s, uint32_t client, uint32_t *rights, cap_t *cap);

/* lookup.c: one for the process with that number, until that is gone.
 * E_UNAVAILABLE; E_LIMIT: see clients.h. */
NODISCARD enum error lookup(struct init *init, struct service *s,
    uint32_t number, uint32_t *rights, cap_t *cap);
/* Takes away all that the process got: its last badge is gone. */
void lookup_end(struct init *init, uint32_t number);

/* launch.c: a first or a further life of the service.  E_NOT_FOUND: the
 * archive has no such image; or what spawning says. */
NODISCARD enum error launch(struct init *init, struct service *s);
/* No life will follow: takes back what all lives had. */
void launch_end(struct service *s);
/* The badge of the end of its present life, and whose end a badge tells; NULL:
 * of a life that was over before. */
uint64_t launch_badge(const struct init *init, const struct service *s);
struct service *launch_of_badge(struct init *init, uint64_t badge);
