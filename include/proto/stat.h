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

/* A task's, space's or port's number is that of the page of RAM that it begins
 * in: no other object has it at the same time, but a later one may. */
struct stat_task {
	uint64_t number, space; /* space: number of its space, 0: dead */
	uint64_t time; /* nanoseconds of CPU, counted at ticks and switches */
	uint64_t port; /* where it waits, or 0 */
	uint32_t state; /* enum stat_state */
	uint32_t priority;
	char name[NAME_BYTES]; /* not always terminated */
};

/* Pages.  No page counts twice; views of all RAM, as stat_server's own, and
 * devices do not count. */
struct stat_space {
	uint64_t number;
	uint64_t parent; /* number of the space that can end it, or 0 */
	uint64_t reach; /* of all its memory capabilities */
	uint64_t own; /* of these, raw and not given on to another space */
	uint64_t mapped; /* as often as they are mapped */
	uint64_t table_pages; /* left for the machine's page tables */
	uint32_t tasks, ports; /* ports: that it can end */
	uint32_t capabilities, left; /* of its table: in use, and not */
	char name[NAME_BYTES]; /* of its oldest task */
};

struct stat_port {
	uint64_t number;
	uint64_t owner; /* number of the space that can end it, or 0 */
	uint64_t receiver; /* of another that may receive, or 0 */
	uint64_t bits;
	uint32_t queued, waiters;
	uint32_t left, messages; /* of all messages, those left for badges */
};

enum stat_place {
	STAT_TABLE, /* of a space */
	STAT_OBJECT, /* it is what was made of the memory behind it */
	STAT_ELSEWHERE, /* in a message, or kept by an object */
	STAT_KERNEL, /* where nobody can look */
};

/* An ancestor. */
struct stat_ancestor {
	uint64_t number; /* of the space or object, if it is in one */
	uint64_t handle; /* in the space's table */
	uint32_t rights;
	uint32_t place; /* enum stat_place */
};

enum { STAT_CHAIN = 12, STAT_CUT = 1 };

struct stat_capability {
	uint64_t handle;
	uint64_t object; /* number; of memory of the first page, of an
			  * interrupt 1 + interrupt */
	uint64_t badge; /* of a port, of a reply */
	uint64_t pages, mapped; /* of memory */
	uint32_t type; /* enum object_type */
	uint32_t rights;
	uint32_t ancestors; /* nearest first */
	uint32_t flags; /* STAT_CUT: there are more ancestors */
	struct stat_ancestor chain[STAT_CHAIN];
};

/* session: a new one; its memory comes as a capability.  E_LIMIT,
 * E_NO_MEMORY. */
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
	uint32_t tasks, spaces, ports, capabilities;
	uint32_t ready; /* tasks that could run */
};

/* memory: pages. */
struct stat_memory_req {
};
struct stat_memory_rep {
	uint64_t total; /* RAM, but for the kernel and the boot archive */
	uint64_t owned; /* by spaces; what is missing is in messages, or the
			 * kernel gave it to init at boot */
	uint64_t objects; /* of the owned: made into ports, spaces, tasks */
	uint64_t mapped; /* as often as they are mapped */
	uint64_t free; /* what memory_server has to give */
	uint32_t object_count;
	uint32_t free_known; /* 0: memory_server did not say */
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
 * such session or space; E_NO_MEMORY: stat_server has not enough to look. */
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
