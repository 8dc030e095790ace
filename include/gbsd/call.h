/*
 * call: the twelve calls and their modes, as they stand in registers.
 *
 * Every call takes up to six 64-bit arguments and returns one 64-bit result:
 * a value, or an error as error_value() makes it.  Arguments that a mode does
 * not use must be zero.  docs/api/syscalls.md has the whole table.
 */
#pragma once

#include <stdint.h>

typedef uint64_t cap_t; /* a handle: index below, generation above; 0 none */

/* CALL(number, name): the order is the ABI. */
#define CALL_LIST(CALL)        \
	CALL(1, port_allocate) \
	CALL(2, port_send)     \
	CALL(3, port_receive)  \
	CALL(4, vm_allocate)   \
	CALL(5, vm_deallocate) \
	CALL(6, cap_move)      \
	CALL(7, sched_spawn)   \
	CALL(8, sched_yield)   \
	CALL(9, sched_switch)  \
	CALL(10, sys_time)     \
	CALL(11, sys_debug_print) \
	CALL(12, sys_signal)

enum call_number {
#define CALL(number, name) CALL_##name = number,
	CALL_LIST(CALL)
#undef CALL
	    CALL_COUNT = 13,
};

enum {
	PAGE_SIZE = 4096,
	CALL_ARGUMENTS = 6,
	NAME_BYTES = 16, /* of a task, zero-padded, in two registers */
};

/* What a capability allows. */
enum rights {
	/* ports */
	RIGHT_SEND = 1 << 0,
	RIGHT_RECEIVE = 1 << 1, /* and minting badges; never in a message */
	RIGHT_SEND_ONCE = 1 << 2, /* a reply: used up by its one message */
	RIGHT_SIGNAL = 1 << 3, /* set the notification bits in the badge */
	/* every object */
	RIGHT_DESTROY = 1 << 4,
	RIGHT_DERIVE = 1 << 5,
	/* memory objects */
	RIGHT_READ = 1 << 8,
	RIGHT_WRITE = 1 << 9,
	RIGHT_EXECUTE = 1 << 10,
	/* tasks and spaces */
	RIGHT_CONTROL = 1 << 12,
	/* the machine */
	RIGHT_SCHEDULE = 1 << 16, /* sched_switch */
	RIGHT_PRINT = 1 << 17, /* sys_debug_print */
	RIGHT_POWER = 1 << 18, /* halt and reset */
	RIGHT_BIND = 1 << 19, /* make interrupt capabilities */
	RIGHT_DEVICE = 1 << 20, /* objects of device memory; pinning pages */
	RIGHT_ALL = 0x1F173F,
};

enum object_type {
	OBJECT_NONE,
	OBJECT_PORT, /* a badge: one sender's standing at a port */
	OBJECT_REPLY,
	OBJECT_MEMORY,
	OBJECT_SPACE,
	OBJECT_TASK,
	OBJECT_INTERRUPT,
	OBJECT_MACHINE,
	OBJECT_MAPPING, /* never behind a handle */
	OBJECT_TYPES,
};

enum quota {
	QUOTA_CAPABILITIES,
	QUOTA_SLOTS, /* one for a port, one for each message it may queue */
	QUOTA_PAGES,
	QUOTA_TASKS, /* tasks and spaces */
	QUOTA_KINDS,
};

/* port_receive: flags, and what came. */
enum receive_flags {
	RECEIVE_CAPS_MASK = 3, /* capabilities it is ready to take, 0 to 2 */
	RECEIVE_NO_WAIT = 1 << 2,
};

enum received {
	RECEIVED_MESSAGE = 1, /* area: badge, length, caps, reply, words */
	RECEIVED_REPLY, /* area: badge (of the reply), length, caps, words */
	RECEIVED_BITS, /* area: words[0] = the bits, which are now clear */
	RECEIVED_EVENT, /* area: badge, words as enum event says */
};

/* What a queued event says: words[0]. */
enum event {
	EVENT_DEAD_REPLY = 1, /* badge: that of the reply that was dropped */
	EVENT_BADGE_GONE, /* badge: no capability with it is left */
	EVENT_DEATH, /* badge: the watch's value; words[1]: exit status */
	EVENT_REVOKED, /* badge: the watch's value; words[1]: the handle */
	EVENT_FAULT, /* badge: of the fault port; words: struct fault */
};

/* The bit that tells a refused sender, on the reply port that it named or
 * on none, that its badge has room again. */
#define BIT_ROOM (1ull << 63)
/* The bits on scheduler_server's port. */
#define BIT_TICK (1ull << 62)
#define BIT_DEADLINE (1ull << 61)

enum fault_kind {
	FAULT_READ = 1,
	FAULT_WRITE,
	FAULT_FETCH,
	FAULT_DIVIDE,
	FAULT_ILLEGAL,
	FAULT_BREAKPOINT,
	FAULT_ALIGNMENT,
	FAULT_PAGER, /* the page must come from the object's pager */
};

/* words[0] of the answer to a fault; anything else, or a dead reply, kills. */
enum { FAULT_RESUME = 1 };

/* vm_allocate: flags = mode | protection | options. */
enum vm_mode {
	VM_NEW = 0, /* zero pages, mapped; no capability */
	VM_OBJECT = 1, /* a memory object; a3: pager port or 0 */
	VM_MAP = 2, /* map memory a3 from offset a4 */
	VM_PROTECT = 3, /* change the protection of hint, size */
	VM_PIN = 4, /* hold the page of a3 at a4 by machine a5: bus address */
	VM_UNPIN = 5,
	VM_STAGE = 6, /* as VM_MAP, in the staged space */
	VM_SUPPLY = 7, /* move a page of a3 from a4 to a5 at offset hint */
	VM_DEVICE = 8, /* by machine a3, device memory at bus address a4 */
	VM_MODES,
	VM_MODE_MASK = 0xFF,
	VM_READ = RIGHT_READ,
	VM_WRITE = RIGHT_WRITE,
	VM_EXECUTE = RIGHT_EXECUTE,
	VM_PROTECTION_MASK = VM_READ | VM_WRITE | VM_EXECUTE,
	VM_KEEP = 1 << 12, /* outlives the death of the space's tasks */
	VM_POPULATE = 1 << 13, /* bring the pages in now */
};

/* cap_move(src, mode, a2, a3, a4, a5). */
enum cap_mode {
	CAP_DERIVE = 1, /* a2 rights, a3 expiry or 0 */
	CAP_BADGE = 2, /* a2 rights, a3 badge, a4 share of the queue */
	CAP_STAGE = 3, /* move into the staged space; gives its handle there */
	CAP_CLOSE = 4, /* children go to the parent */
	CAP_REVOKE = 5, /* kills the descendants */
	CAP_DESTROY = 6, /* the object itself */
	CAP_BIND = 7, /* interrupt a2 to bits a4 of port a3 */
	CAP_WATCH = 8, /* tell port a3, badge a4, of src's revocation */
	CAP_WATCH_DEATH = 9, /* ... of the death of task or space src */
	CAP_QUOTA = 10, /* give a3 of kind a2 to space src; negative: take */
	CAP_QUERY = 11, /* type, rights, sole, size as CAP_INFO_* say */
	CAP_FAULT_PORT = 12, /* space src reports faults to port a3, badge a4 */
	CAP_STAGE_INTO = 13, /* stage into the dead space src from now on */
	CAP_UNSTAGE = 14, /* src 0: drop what was staged */
	CAP_MODES,
};

/* The result of CAP_QUERY. */
#define CAP_INFO_TYPE(info) ((enum object_type)((info) & 0xF))
#define CAP_INFO_SOLE(info) (((info) >> 4) & 1) /* no other reference */
#define CAP_INFO_RIGHTS(info) ((uint32_t)((info) >> 8) & 0x1FFFFF)
#define CAP_INFO_PAGES(info) ((info) >> 32) /* of a memory object */

/* sched_spawn(mode, entry, stack, argument, name0, name1). */
enum spawn_mode {
	SPAWN_TASK = 1, /* in this space; gives a task capability */
	SPAWN_SPACE = 2, /* in the staged space; gives a space capability */
};

/* sched_yield(mode). */
enum yield_mode {
	YIELD = 0,
	YIELD_UPCALL_DONE = 1, /* go on where the upcall came */
};

/* sched_switch(machine capability, mode, a2, a3). */
enum switch_mode {
	SWITCH_TO = 1, /* run task a2 next, until time a3; 0: its slice */
	SWITCH_PRIORITY = 2, /* the priority of task a2 becomes a3 */
	SWITCH_TIMER = 3, /* BIT_DEADLINE at time a3 */
	SWITCH_SERVER = 4, /* BIT_TICK, BIT_DEADLINE go to port a2; if it is
			      late, BIT_TICK to port a3 */
};

/* Exit status of what a fault killed: this and enum fault_kind. */
enum { STATUS_FAULT = 0x100 };

enum {
	PRIORITIES = 32, /* 0 runs when nothing else does */
	PRIORITY_DEFAULT = 16,
	PRIORITY_SERVER = 24,
	PRIORITY_SCHEDULER = 31,
	TICK_NANOSECONDS = 10 * 1000 * 1000,
	SHARE_MAX = 64, /* messages that one badge may queue */
};

/* sys_debug_print(machine capability, stream | length << 8, bytes in a2-a5) */
enum stream {
	STREAM_LOG = 0, /* boot log, diagnostics */
	STREAM_OUTPUT = 1, /* what a person or a script sees */
	STREAM_INPUT = 2, /* read: result is count | bytes << 8, 0 to 7;
			     E_UNAVAILABLE: there will be no more */
	STREAM_ERROR = 3, /* as OUTPUT, for what went wrong */
};
enum { PRINT_BYTES = 32 };

/* sys_signal(target, mode, value): on a port mode 0, value the bits; on an
 * interrupt mode 0, value 0 acknowledges; on a task (0: the caller) or space
 * and on the machine as follows. */
enum signal_mode {
	SIGNAL_BITS = 0, /* port, or the upcall bits of a task */
	SIGNAL_SUSPEND = 1,
	SIGNAL_RESUME = 2,
	SIGNAL_KILL = 3, /* value: exit status; of a space: all its tasks */
	SIGNAL_POWER_OFF = 4, /* machine; value: exit status 0 to 255 */
	SIGNAL_RESET = 5,
	SIGNAL_EXIT = 6, /* target 0: all tasks of the caller's own space */
};
