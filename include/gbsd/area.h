/*
 * area: the page that each task shares with the kernel.
 *
 * It holds the message that the task sends or has received, its thread
 * pointer, and where signals enter it.  The kernel reaches it at any time
 * without faulting; what it reads there is the task's to falsify and harms
 * only the task.  What the page has behind struct area, from offset 1024, is
 * the machine's; hosted keeps vector registers there.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <gbsd/call.h>

enum { MESSAGE_WORDS = 8, MESSAGE_CAPS = 2, AREA_REGISTERS = 48 };

struct message {
	uint64_t badge; /* received: who sent it */
	uint64_t length; /* received: bytes of words that the sender gave */
	cap_t caps[MESSAGE_CAPS]; /* received: 0 where none came */
	cap_t reply; /* received: the SEND_ONCE for the answer, or 0 */
	uint64_t words[MESSAGE_WORDS];
};

/* The words of a fault. */
struct fault {
	uint64_t kind; /* enum fault_kind */
	uint64_t address; /* that could not be reached */
	uint64_t pc;
	uint64_t sp;
	uint64_t fp;
	uint64_t name[2]; /* the task's */
};

struct area {
	struct area *self; /* first: the gate of x86_64 loads it by %fs:0 */
	uint64_t thread_pointer; /* the C library's */
	uint64_t upcall_entry; /* 0: signals stay pending */
	uint64_t upcall_mask; /* 1 bits wait; all ones while in an upcall */
	uint64_t upcall_bits; /* written on entry: what came */
	uint64_t upcall_saved_mask; /* put back by YIELD_UPCALL_DONE */
	uint64_t reserved[2];
	struct message message;
	uint64_t local[35]; /* the runtime's own, the kernel leaves it alone */
	uint64_t registers[AREA_REGISTERS]; /* what an upcall interrupted */
};

_Static_assert(offsetof(struct area, message) == 64, "gate and runtime");
_Static_assert(sizeof(struct area) <= PAGE_SIZE, "one page");
