/*
 * start: what a new task finds when its first instruction runs.
 *
 * The entry point is called with one argument.  For the first task of a
 * space it is the address of a struct start, mapped read and write in the
 * child; whoever spawned it filled it in.  The strings and tables it points
 * at lie behind it in the same mapping.
 */
#pragma once

#include <stdint.h>

#include <gbsd/area.h>

enum { START_MAGIC = 0x53424730, START_VERSION = 1 };

/* How an image enters the kernel: the same table on every machine, so that
 * the same file runs on all that have its processor. */
struct gate {
	/* Not a C function.  x86_64: number in rax, arguments in rdi, rsi,
	 * rdx, r10, r8, r9; result in rax; destroys rcx and r11.  aarch64:
	 * number in x8, arguments in x0 to x5, result in x0; destroys x16,
	 * x17 and x30.  Only these: vector registers survive. */
	void (*call)(void);
	struct area *(*self)(void); /* the calling task's area */
	uint64_t (*time)(void); /* monotonic nanoseconds */
};

struct start_cap {
	char name[24]; /* zero-terminated */
	cap_t cap;
};

/* What the machine told the kernel; only init gets it. */
struct boot_info {
	uint64_t archive_bytes; /* length of the memory object "archive" */
	uint64_t wall_clock; /* seconds since 1970 at time 0, or 0 */
	uint64_t console_interrupt;
	uint64_t processors;
	uint64_t device_tree; /* bus address, 0 if none */
	uint64_t total_pages; /* of RAM that the kernel was given */
	uint64_t address_low, address_high; /* that mappings may use */
	uint64_t direct_map; /* a kernel's pointer less this: bus address */
	uint64_t space; /* kernel's pointer to init's own struct space */
	const char *command_line;
};

/* What is all zeroes when it is given. */
enum start_zero {
	START_MEMORY_ZERO = 1, /* what is named "memory" */
	START_RAM_ZERO = 2, /* "rest"; of init's, "memory" says it of both */
};

struct start {
	uint32_t magic;
	uint32_t version;
	const struct gate *gate;
	uint64_t image_base, image_size; /* where the loader put the image */
	uint64_t program_headers, program_header_count;
	uint64_t stack_low, stack_high;
	uint64_t window_low, window_high; /* addresses to map things at */
	uint64_t address_low, address_high; /* those that the machine has;
					     * init's are in *boot */
	uint64_t size; /* of this mapping */
	uint8_t random[32];
	uint32_t argc, envc, cap_count, restarts; /* lives before this one */
	char **argv; /* argc and a NULL */
	char **envp; /* envc and a NULL */
	struct start_cap *caps;
	uint64_t keep; /* address of memory that outlives this life, or 0 */
	uint64_t keep_size;
	uint32_t table_pages; /* of the capability table; 0: not known */
	uint32_t memory_zero; /* enum start_zero */
	uint64_t pool; /* lib/gbsd/memory.c: its state, for init's next life */
	const struct boot_info *boot; /* init's, else NULL */
};
