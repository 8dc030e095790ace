/*
 * init: services, their names, and the processes that they start.
 *
 * Every process has a number, which is the client in the badges of all
 * capabilities that init gives it, here and at the services.  It may ask for
 * services by name, and have numbers made for its children.
 */
#pragma once

#include <gbsd/proto.h>

enum init_rights {
	INIT_LOOKUP = 1,
	INIT_PROCESS = 2, /* make numbers for children */
	INIT_CONTROL = 4, /* start and stop services, shut down */
	INIT_RIGHTS = 7,
};

enum { INIT_NAME = 24 }; /* bytes of a name; shorter ones end with a zero */
enum { INIT_SELF = 1 }; /* init's own number */

enum init_state {
	INIT_WAITING, /* for what it needs */
	INIT_STARTED, /* runs, and has not said that it is ready */
	INIT_READY,
	INIT_BACKOFF, /* died, and waits to be restarted */
	INIT_STOPPING, /* was told to end */
	INIT_DONE, /* ended by itself, and that was all */
	INIT_STOPPED, /* ended because it was told to */
	INIT_FAILED, /* given up, or not to be started */
};

/* start_service: starts one that is not running; answers when it is ready.
 * E_NOT_FOUND: no such service; E_STATE: it runs; E_UNAVAILABLE: it failed;
 * E_LIMIT: another start or stop of it is under way. */
struct init_start_service_req {
	char name[INIT_NAME];
};
struct init_start_service_rep {
	uint32_t process;
};

/* stop: ends a service, in order if it can; answers when it has ended.
 * Errors as above; E_STATE: it does not run. */
struct init_stop_req {
	char name[INIT_NAME];
};
struct init_stop_rep {
	uint32_t status; /* exit status */
};

/* query: how a service is doing.  E_NOT_FOUND. */
struct init_query_req {
	char name[INIT_NAME];
};
struct init_query_rep {
	uint32_t state; /* enum init_state */
	uint32_t process;
	uint32_t restarts; /* since it was started by hand or at boot */
	uint32_t status; /* of its last end */
	uint64_t since; /* gbsd_time() of its start */
};

/* mount_filesystem: E_UNAVAILABLE until there is a file server. */
struct init_mount_filesystem_req {
	char device[INIT_NAME];
	char place[INIT_NAME];
	uint32_t flags; /* 1: read only */
};
struct init_mount_filesystem_rep {
};

/* shutdown: ends all services in order, then the machine.  Answered when that
 * has begun. */
enum init_shutdown { INIT_POWER_OFF = 0, INIT_RESET = 1 };
struct init_shutdown_req {
	uint32_t how; /* enum init_shutdown */
	uint32_t status; /* 0 to 255, where the machine can give one */
};
struct init_shutdown_rep {
};

/* lookup: in[0] is a capability to a service.  It may be asked for before
 * the service is ready: requests wait.  All that a process gets of one service
 * is one client there, and goes with the number of the process, whoever has it
 * then.  E_NOT_FOUND: no such service; E_UNAVAILABLE: it is stopped or failed;
 * E_LIMIT: the asker, or what it is below, has all the clients it may. */
struct init_lookup_req {
	char name[INIT_NAME];
};
struct init_lookup_rep {
	uint32_t rights; /* of the service's protocol */
};

/* ready: a service can do its work.  serve() says so by itself. */
struct init_ready_req {
};
struct init_ready_rep {
};

/* list: the service with that index, from 0 on.  E_NOT_FOUND: there are no
 * more. */
struct init_list_req {
	uint32_t index;
};
struct init_list_rep {
	char name[INIT_NAME];
	uint32_t state, process, restarts, status;
};

/* restart: stop and start. */
struct init_restart_req {
	char name[INIT_NAME];
};
struct init_restart_rep {
	uint32_t process;
};

/* kill: ends a service at once, as a fault would; it is then restarted if its
 * policy says so.  E_NOT_FOUND, E_STATE. */
struct init_kill_req {
	char name[INIT_NAME];
	uint32_t status;
};
struct init_kill_rep {
};

/* process: a number for a child that is being made.  in[0] is init for the
 * child, in[1] the port that its faults are to be reported to.  The number is
 * free again when both are gone, and all numbers below it.  E_LIMIT: the asker,
 * or what it is below, has all the numbers it may. */
struct init_process_req {
	char name[INIT_NAME];
	uint64_t base, size; /* of its image, for reports of faults */
	uint32_t rights; /* enum init_rights; those that the asker lacks are
			    left out */
};
struct init_process_rep {
	uint32_t process;
};

/* process_list: the process with the least number from that on.
 * E_NOT_FOUND: there is none. */
struct init_process_list_req {
	uint32_t from;
};
struct init_process_list_rep {
	char name[INIT_NAME];
	uint32_t process, parent;
};

/* self: the asker's own number. */
struct init_self_req {
};
struct init_self_rep {
	uint32_t process, parent;
};

/* fate: what ended a child that ended without a word: INIT_FAULTED and enum
 * fault_kind, or 0: it was killed.  As long as its number is not free.
 * E_NOT_FOUND: it is no child of the asker's. */
enum { INIT_FAULTED = 0x100 };
struct init_fate_req {
	uint32_t process;
};
struct init_fate_rep {
	uint32_t status;
};

#define INIT_OPS(OP)                                             \
	OP(init, 1, start_service, INIT_CONTROL, ONCE)           \
	OP(init, 2, stop, INIT_CONTROL, ONCE)                    \
	OP(init, 3, query, INIT_LOOKUP, REPEAT)                  \
	OP(init, 4, mount_filesystem, INIT_CONTROL, ONCE)        \
	OP(init, 5, shutdown, INIT_CONTROL, REPEAT)              \
	OP(init, 6, lookup, INIT_LOOKUP, REPEAT)                 \
	OP(init, 7, ready, 0, REPEAT)                            \
	OP(init, 8, list, INIT_LOOKUP, REPEAT)                   \
	OP(init, 9, restart, INIT_CONTROL, ONCE)                 \
	OP(init, 10, kill, INIT_CONTROL, ONCE)                   \
	OP(init, 11, process, INIT_PROCESS, REPEAT)              \
	OP(init, 12, process_list, INIT_LOOKUP, REPEAT)          \
	OP(init, 13, self, 0, REPEAT)                            \
	OP(init, 14, fate, INIT_PROCESS, REPEAT)

PROTO_CLIENT(init, INIT_OPS)
