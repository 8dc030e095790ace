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
	NAME_BYTES = 16, /* of a task, zero-padded, in message words 0 and 1 */
};

/* What a capability allows. */
enum rights {
	/* ports */
	RIGHT_SEND = 1 << 0,
	RIGHT_RECEIVE = 1 << 1, /* and making badges; never in a message */
	RIGHT_SEND_ONCE = 1 << 2, /* a reply: used up by its one message */
	RIGHT_SIGNAL = 1 << 3, /* set the notification bits in the badge */
	/* every object */
	RIGHT_DESTROY = 1 << 4, /* its maker's: closing that ends the object */
	RIGHT_DERIVE = 1 << 5,
	/* memory */
	RIGHT_READ = 1 << 8,
	RIGHT_WRITE = 1 << 9,
	RIGHT_EXECUTE = 1 << 10,
	RIGHT_MAKE = 1 << 11, /* raw: kernel objects can be made of it */
	RIGHT_BUS = 1 << 13, /* its bus address may be known */
	RIGHT_DEVICE = 1 << 14, /* registers, not RAM: uncached */
	/* tasks and spaces */
	RIGHT_CONTROL = 1 << 12,
	/* the machine */
	RIGHT_SCHEDULE = 1 << 16, /* sched_switch */
	RIGHT_PRINT = 1 << 17, /* sys_debug_print */
	RIGHT_POWER = 1 << 18, /* halt and reset */
	RIGHT_BIND = 1 << 19, /* interrupts */
	RIGHT_ALL = 0x0F7F3F,
};

enum object_type {
	OBJECT_NONE,
	OBJECT_MEMORY, /* a range of pages */
	OBJECT_REPLY,
	OBJECT_MACHINE, /* or one interrupt of it */
	OBJECT_PORT, /* a badge: one sender's standing at a port */
	OBJECT_SPACE,
	OBJECT_TASK,
	OBJECT_TYPES,
};

/* port_receive: flags, and what came. */
enum receive_flags {
	RECEIVE_CAPS_MASK = 3, /* capabilities it is ready to take, 0 to 2 */
	RECEIVE_NO_WAIT = 1 << 2,
	/* What needs no answer stays in hand until the next receive with this
	 * flag: if the task dies before, it comes once more. */
	RECEIVE_KEEP = 1 << 3,
	RECEIVE_FLAGS = 15, /* all of them */
};

enum received {
	RECEIVED_MESSAGE = 1, /* area: badge, length, caps, reply, words */
	RECEIVED_REPLY, /* area: badge (of the reply), length, caps, words */
	RECEIVED_BITS, /* area: words[0] = the bits, which are now clear */
	RECEIVED_EVENT, /* area: badge, words as enum event says */
	RECEIVED_FAULT, /* area: badge, reply, words are struct fault */
	RECEIVED_AGAIN = 8, /* added to what was in a dead task's hand */
};

/* What a queued event says: words[0]. */
enum event {
	EVENT_DEAD_REPLY = 1, /* badge: that of the reply that was dropped */
	EVENT_BADGE_GONE, /* badge: no capability with it is left */
};

/* The bit that tells a refused sender, on the reply port that it named, that
 * its badge has room again. */
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
};

/* words[0] of the answer to a fault; anything else, or a dead reply, kills. */
enum { FAULT_RESUME = 1 };

/* vm_allocate(memory, address, protection, space): space 0 is the caller's
 * own; of another, memory is a handle there. */
enum protection {
	VM_READ = RIGHT_READ,
	VM_WRITE = RIGHT_WRITE,
	VM_EXECUTE = RIGHT_EXECUTE,
	VM_PROTECTION_MASK = VM_READ | VM_WRITE | VM_EXECUTE,
};

/* vm_deallocate(memory, mode, a2). */
enum vm_mode {
	VM_UNMAP = 0, /* it is mapped no more */
	VM_CLEAR = 1, /* zeroes from page a2 on, CLEAR_PAGES at most; gives the page behind */
};

enum { CLEAR_PAGES = 16 };

/* cap_move(src, mode, a2, a3, a4). */
enum cap_mode {
	CAP_DERIVE = 0, /* a2 rights; of memory: from page a3, a4 pages */
	CAP_BADGE = 1, /* a2 rights, a3 badge, a4 share of the queue */
	CAP_REPLY = 2, /* below src: a SEND_ONCE for port a2, badge a3 */
	CAP_STAGE = 3, /* move into the table of space a2 */
	CAP_CLOSE = 4, /* children go to the parent */
	CAP_REVOKE = 5, /* kills the descendants */
	CAP_SPACE = 6, /* a space in raw memory src, a2 pages of table */
	CAP_FAULTS = 7, /* faults in space src go to port a2 */
	CAP_BIND = 8, /* interrupt a2 sets bits a4 of port a3 */
	CAP_QUERY = 9, /* a2 0: CAP_INFO_*; 1: bus address */
};

/* The result of CAP_QUERY. */
#define CAP_INFO_RIGHTS(info) ((uint32_t)(info)&0xFFFFFF)
#define CAP_INFO_TYPE(info) ((enum object_type)((info) >> 24 & 0xFF))
#define CAP_INFO_PAGES(info) ((info) >> 32) /* of memory */

/* What the kernel makes of raw memory: least pages.  A port has room for
 * PORT_MESSAGES(pages) messages: 1 and its share for each badge, 1 more for
 * each badge but the port's own, 1 for each reply outstanding. */
enum { TASK_PAGES = 2, TABLE_SLOTS = 63, PORT_SHARE = 4 };
#define PORT_MESSAGES(pages) (((pages) * PAGE_SIZE - 512) / 320)

/* sched_yield(0, mode). */
enum yield_mode {
	YIELD = 0,
	YIELD_UPCALL_DONE = 1, /* go on where the upcall came */
};

/* sched_switch(machine capability, mode, a2, a3, a4). */
enum switch_mode {
	SWITCH_TO = 0, /* task a2 is next, at priority a3, until a4 if not 0 */
	SWITCH_TIMER = 1, /* BIT_DEADLINE at time a3 */
	SWITCH_SERVER = 2, /* BIT_TICK, BIT_DEADLINE go to port a2; if it is
			      late, BIT_TICK to port a3 */
};

enum {
	PRIORITIES = 32, /* 0 runs when nothing else does */
	PRIORITY_DEFAULT = 16,
	PRIORITY_SCHEDULER = 23,
	PRIORITY_INIT = 24, /* above scheduler_server, to end one that hangs */
	TICK_NANOSECONDS = 10 * 1000 * 1000,
	SHARE_MAX = 64, /* messages that one badge may queue */
};

/* sys_debug_print(machine capability, stream | length << 8, bytes in a2-a5) */
enum stream {
	STREAM_LOG = 0, /* boot log, diagnostics */
	STREAM_OUTPUT = 1, /* what a person or a script sees */
	STREAM_INPUT = 2, /* read a byte; E_WOULD_BLOCK: not yet,
			     E_UNAVAILABLE: there will be no more */
	STREAM_ERROR = 3, /* as OUTPUT, for what went wrong */
};
enum { PRINT_BYTES = 32 };

/* sys_signal(target, mode, value) */
enum signal_mode {
	SIGNAL_BITS = 0, /* port; value: the bits to set */
	SIGNAL_UPCALL = 1, /* task; value: the upcall bits to set */
	SIGNAL_SUSPEND = 2, /* task */
	SIGNAL_RESUME = 3, /* task */
	SIGNAL_KILL = 4, /* task; 0: the caller */
	SIGNAL_END = 5, /* all tasks of a space; 0: of the caller's own */
	SIGNAL_ACKNOWLEDGE = 6, /* interrupt: it may come again */
	SIGNAL_POWER_OFF = 7, /* machine; value: exit status 0 to 255 */
	SIGNAL_RESET = 8, /* machine */
};
