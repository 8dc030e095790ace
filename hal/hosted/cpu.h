/*
 * cpu: what the files of this machine share about the simulated processor.
 *
 * A processor is a host thread; host_cpu is its thread-local state, which
 * entry.S and the signal handlers reach through FS.  Only this machine's own
 * code uses FS: tasks never do.
 */
#pragma once

#include <stdatomic.h>

#include <hal/hal.h>

#include "layout.h"

/* host_cpu.pending: why hal_run must not enter a task. */
enum pending {
	PENDING_FAULT = 1 << 0, /* host_cpu.fault says which */
	PENDING_TIMER = 1 << 1, /* the host's timer has fired */
	PENDING_DEVICE = 1 << 2, /* look at host_cpu.raised */
	PENDING_KICK = 1 << 3,
};

struct host_cpu {
	struct hal_context *running; /* NULL: the kernel runs */
	struct hal_context *current; /* hal_run's argument */
	uint64_t kernel_stack; /* of hal_run, while a task runs */
	struct hal_context *loaded; /* whose vector registers these are */
	/* The earlier of those below; 0 while there is something to unmap, which
	 * makes hal_run ask host_prepare. */
	uint64_t deadline;
	uint64_t armed; /* when the host's timer fires, or UINT64_MAX */
	uint64_t target; /* where RESUME_FULL jumps */
	_Atomic uint32_t pending; /* also the futex that hal_idle waits on */
	uint32_t wide; /* the processor has AVX */
	_Atomic uint32_t raised; /* interrupts, a bit each */
	uint32_t masked;
	_Atomic uint32_t asleep;
	uint64_t kernel_deadline; /* hal_timer_arm's */
	uint64_t flush_deadline; /* output waits at most until then */
	struct hal_trap fault;
	uint64_t signal_stack, signal_stack_end;
};

extern _Thread_local struct host_cpu host_cpu
    __attribute__((tls_model("local-exec"), visibility("hidden")));

/* entry.S.  In the first range the kernel is being entered, in the second a
 * task, and until its end nothing but loads happened. */
extern const char host_enter_begin[], host_enter_end[];
extern const char host_leave_begin[], host_leave_end[];
void host_gate_call(void);
struct area *host_gate_self(void);
uint64_t host_gate_time(void);
/* From a signal handler: gives up its frame and the task's, for hal_run to
 * return what is pending. */
_Noreturn void host_abandon(void);

enum { HOST_CONSOLE_INTERRUPT = 0 };

/* pending.c: the most urgent thing pending, or kind TRAP_NONE. */
struct hal_trap pending_take(void);
/* For entry.S: gets the timer and the vector registers ready. */
void host_prepare(struct hal_context *context);
void host_deadline_changed(void); /* or host_noted did */
/* Output that is waiting goes out by then. */
void host_flush_by(uint64_t deadline);

/* vectors.c */
void vectors_start(void);
void vectors_load(struct hal_context *context);
/* Keeps the registers of a signal frame: an XSAVE image if extended, else
 * an FXSAVE one. */
void
vectors_keep(struct hal_context *context, const void *frame, bool extended);
void vectors_widen(struct hal_context *context);

/* boot.c */
struct hal_boot *host_boot(void); /* to be filled in before kernel_main */
/* Adds key=value to the command line, the value percent-encoded; false if
 * there is no room. */
bool boot_word(const char *key, const char *value);
void boot_seed(uint64_t seed);

/* host_time.c */
void host_time_start(void);
void host_timer_start(void);
void host_timer_set(uint64_t deadline); /* of the host's timer: a signal */
/* From any thread: sets the bit and sees to it that the processor looks. */
void host_poke(struct host_cpu *cpu, uint32_t pending);

/* host_signal.c */
void host_signal_start(void);

/* host_memory.c: the first two end the program if the host has no memory. */
void host_memory_start(uint64_t size);
/* The archive is n bytes at offset of fd, or at bytes if fd is -1. */
void host_memory_archive(int fd, uint64_t offset, const void *bytes, size_t n);

/* Is [at, at + size) within [low, low + length)? */
bool inside(uint64_t at, uint64_t size, uint64_t low, uint64_t length);
/* The host's file and offset of physical pages; -1 if there are none, or
 * none that can be written. */
int memory_behind(paddr_t page, uint64_t size, bool writing, uint64_t *offset);
bool host_map_decoy(vaddr_t address); /* a page of nobody's, for reading */

/* host_region.c: makes [low, high) the machine's own, which may fail; is
 * nothing mapped there?; it is now, or is not any more. */
void host_region_start(void);
vaddr_t host_region_low(vaddr_t address); /* of its region */
bool host_region_open(vaddr_t low, vaddr_t high);
bool host_region_free(vaddr_t low, vaddr_t high);
void host_region_mark(vaddr_t low, vaddr_t high, bool mapped);

/* host_unmap.c: notes a range that goes; unmaps what was noted, all, or if
 * some of it is there. */
extern unsigned host_noted; /* ranges */
void host_unmap_start(void);
void host_unmap_later(vaddr_t low, vaddr_t high);
void host_unmap_all(void);
void host_unmap_at(vaddr_t low, vaddr_t high);
void host_unmap_now(vaddr_t address, uint64_t size); /* host_space.c */

/* host_console.c */
void host_console_start(bool log); /* log: STREAM_LOG is wanted */
void host_console_flush(void);
/* From the input's thread: waits for room, and says how much there is; adds
 * what there is room for, the rest is lost; no more will come. */
size_t host_console_room(void);
void host_console_add(const uint8_t *bytes, size_t n);
void host_console_end(void);

/* host_terminal.c: input begins when the kernel first asks for it, and with
 * it raw mode, if it is a terminal. */
void host_console_listen(void);
void host_terminal_restore(void); /* at any time, from any thread */

/* host_main.c: end the program with one line on stderr, status 1 or 2. */
_Noreturn void
host_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void
host_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* host_options.c */
struct options {
	const char *command; /* -c, or NULL */
	const char *archive; /* --archive, or NULL */
	uint64_t memory; /* bytes */
	uint64_t seed;
	bool seeded;
	bool verbose;
};

void host_options(struct options *options, int argc, char **argv);

/* For the compiler: boot.c, host_panic.c. */
extern uintptr_t __stack_chk_guard __attribute__((visibility("hidden")));
_Noreturn void __stack_chk_fail(void);

/* host_panic.c: a fault in the kernel or in the machine; where it panicked
 * itself. */
_Noreturn void host_panic(int signal, const void *info, const void *frame);
void host_backtrace(void);
_Noreturn void host_die(void); /* status 70, and a core if they are allowed */
