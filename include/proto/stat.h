/*
 * stat: what one may ask of stat_server: who runs, who holds what.
 *
 * Lists come in memory of a session, an array of the structure named, as many
 * as fit; a cursor says where to go on: 0 first, and 0 again after the last.
 * What one sees is one moment's truth per element and not of the whole: the
 * system goes on meanwhile.
 */
#pragma once

#include <gbsd/proto.h>

enum stat_rights {
	STAT_TOTALS = 1, /* system, memory */
	STAT_TASKS = 2, /* tasks, spaces, ports */
	STAT_CAPABILITIES = 4, /* of any space */
};

enum stat_state {
	STAT_READY,
	STAT_RUNNING,
	STAT_WAITING, /* at a port */
	STAT_SUSPENDED,
	STAT_FAULTED, /* its fault is not answered yet */
	STAT_DEAD,
};

struct stat_task {
	uint64_t number, space; /* space: number of its space */
	uint64_t time; /* nanoseconds of CPU, counted at ticks and switches */
	uint64_t port; /* where it waits, or 0 */
	uint32_t state; /* enum stat_state */
	uint32_t priority;
	char name[NAME_BYTES]; /* not always terminated */
};

struct stat_space {
	uint64_t number; /* of its first task */
	uint64_t parent; /* number, or 0 */
	uint64_t pages; /* of memory objects that it pays for */
	uint64_t mapped; /* pages that it sees, without fixed ones */
	uint64_t left[QUOTA_KINDS]; /* by enum quota */
	uint32_t tasks, ports, capabilities, mappings;
	uint32_t state; /* as the kernel counts: 1 live */
	uint32_t reserved;
	char name[NAME_BYTES]; /* of its first living task */
};

struct stat_port {
	uint64_t id; /* not a handle: only to tell one from another */
	uint64_t owner; /* number of a space */
	uint64_t bits;
	uint32_t queued, waiters, receivers;
	uint32_t dead;
};

/* An ancestor: the space that holds it, 0 if a message or a mapping does. */
struct stat_ancestor {
	uint64_t space;
	uint64_t handle;
	uint32_t rights;
	uint32_t reserved;
};

enum { STAT_CHAIN = 8, STAT_CUT = 1 };

struct stat_capability {
	uint64_t handle;
	uint64_t expiry;
	uint64_t object; /* number of a task or space, id of a port or memory */
	uint64_t badge; /* of a port */
	uint64_t pages; /* of memory */
	uint32_t type; /* enum object_type */
	uint32_t rights;
	uint32_t ancestors; /* nearest first */
	uint32_t flags; /* STAT_CUT: there are more ancestors */
	struct stat_ancestor chain[STAT_CHAIN];
};

/* session: a new one; its memory comes as a capability.  E_LIMIT, E_QUOTA. */
struct stat_session_req {
};
struct stat_session_rep {
	uint32_t session;
	uint32_t size;
};

/* system: uptime in nanoseconds and how many there are. */
struct stat_system_req {
};
struct stat_system_rep {
	uint64_t uptime;
	uint64_t busy; /* nanoseconds of CPU of all living tasks */
	uint32_t processors;
	uint32_t tasks, spaces, ports, capabilities, mappings;
	uint32_t ready; /* tasks that could run */
};

/* memory: pages.  Those promised are paid for by a quota, touched or not;
 * left is what quotas still allow; tables are the kernel's own. */
struct stat_memory_req {
};
struct stat_memory_rep {
	uint64_t promised, left, tables;
	uint64_t fixed; /* not RAM's to give: boot archive, devices */
	uint32_t objects;
};

struct stat_list_req {
	uint64_t cursor;
	uint64_t space; /* capabilities: number of the space */
	uint32_t session;
};
struct stat_list_rep {
	uint64_t cursor;
	uint32_t count;
};

/* tasks, spaces, ports, capabilities: as the structures say.  E_NOT_FOUND: no
 * such session or space. */
#define stat_tasks_req stat_list_req
#define stat_tasks_rep stat_list_rep
#define stat_spaces_req stat_list_req
#define stat_spaces_rep stat_list_rep
#define stat_ports_req stat_list_req
#define stat_ports_rep stat_list_rep
#define stat_capabilities_req stat_list_req
#define stat_capabilities_rep stat_list_rep

#define STAT_OPS(OP)                             \
	OP(stat, 1, session, STAT_TOTALS, ONCE)  \
	OP(stat, 2, system, STAT_TOTALS, REPEAT) \
	OP(stat, 3, memory, STAT_TOTALS, REPEAT) \
	OP(stat, 4, tasks, STAT_TASKS, REPEAT)   \
	OP(stat, 5, spaces, STAT_TASKS, REPEAT)  \
	OP(stat, 6, ports, STAT_TASKS, REPEAT)   \
	OP(stat, 7, capabilities, STAT_CAPABILITIES, REPEAT)
PROTO_CLIENT(stat, STAT_OPS)
