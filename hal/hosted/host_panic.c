/*
 * host_panic: the report of a fault that no task is to blame for.
 *
 * Runs in the signal handler, trusts nothing, and names the functions from
 * the symbol table in the program's own file.
 */
#define _GNU_SOURCE
#include "cpu.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/ucontext.h>
#include <unistd.h>
#include <unwind.h>

enum { STATUS_PANIC = 70, FRAMES = 40 };

extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

/* The program's file in memory, or NULL. */
static const uint8_t *
map_program(void)
{
	struct stat status;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status) != 0)
		return NULL;
	void *at =
	    mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

/* Prints name+offset of an address as linked, if the file has symbols. */
static void
print_symbol(const uint8_t *file, uint64_t address)
{
	const Elf64_Ehdr *header = (const void *)file;
	const Elf64_Shdr *section = (const void *)(file + header->e_shoff);

	for (int i = 0; i < header->e_shnum; i++) {
		if (section[i].sh_type != SHT_SYMTAB)
			continue;
		const Elf64_Sym *symbol =
		    (const void *)(file + section[i].sh_offset);
		const char *names =
		    (const void *)(file +
				   section[section[i].sh_link].sh_offset);
		size_t count = section[i].sh_size / sizeof *symbol;
		for (size_t j = 0; j < count; j++)
			if (ELF64_ST_TYPE(symbol[j].st_info) == STT_FUNC &&
			    address - symbol[j].st_value < symbol[j].st_size) {
				fprintf(stderr, "  %s+0x%llx",
				    names + symbol[j].st_name,
				    (unsigned long long)(address -
							 symbol[j].st_value));
				return;
			}
	}
}

static uint64_t
as_linked(uint64_t address)
{
	/* The file's first segment is linked at 0 (a PIE). */
	return __ehdr_start.e_type == ET_DYN
		   ? address - (uintptr_t)&__ehdr_start
		   : address;
}

static void
print_address(uint64_t address)
{
	static const uint8_t *file;

	if (!file)
		file = map_program();
	fprintf(stderr, "  0x%llx", (unsigned long long)as_linked(address));
	if (file)
		print_symbol(file, as_linked(address));
	fputc('\n', stderr);
}

struct walk {
	int left;
	uint64_t from; /* print nothing before this address, if not 0 */
};

static _Unwind_Reason_Code
print_frame(struct _Unwind_Context *frame, void *argument)
{
	struct walk *walk = argument;
	uint64_t address = _Unwind_GetIP(frame);

	if (walk->from && address != walk->from)
		return _URC_NO_REASON;
	walk->from = 0;
	print_address(address);
	return --walk->left > 0 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static void
backtrace_from(uint64_t pc)
{
	struct walk walk = { .left = FRAMES, .from = pc };

	fputs("backtrace, newest first (addr2line knows the lines):\n", stderr);
	_Unwind_Backtrace(print_frame, &walk);
	if (walk.from)
		print_address(pc);
}

void
host_backtrace(void)
{
	backtrace_from(0);
}

/* The status must be ours, so a core, if one is allowed, is a child's. */
void
host_die(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur > 0 &&
	    fork() == 0) {
		signal(SIGABRT, SIG_DFL);
		abort();
	}
	_exit(STATUS_PANIC);
}

static void
print_registers(const greg_t *r)
{
	static const struct {
		const char *name;
		int index;
	} names[] = {
		{ "rax", REG_RAX },
		{ "rbx", REG_RBX },
		{ "rcx", REG_RCX },
		{ "rdx", REG_RDX },
		{ "rsi", REG_RSI },
		{ "rdi", REG_RDI },
		{ "rbp", REG_RBP },
		{ "rsp", REG_RSP },
		{ "r8 ", REG_R8 },
		{ "r9 ", REG_R9 },
		{ "r10", REG_R10 },
		{ "r11", REG_R11 },
		{ "r12", REG_R12 },
		{ "r13", REG_R13 },
		{ "r14", REG_R14 },
		{ "r15", REG_R15 },
		{ "rip", REG_RIP },
		{ "flg", REG_EFL },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		fprintf(stderr, "%s %016llx%s", names[i].name,
		    (unsigned long long)r[names[i].index],
		    i % 3 == 2 ? "\n" : "  ");
}

void
host_panic(int number, const void *info, const void *frame)
{
	static bool again;
	const siginfo_t *why = info;
	const ucontext_t *where = frame;
	const greg_t *registers = where->uc_mcontext.gregs;

	if (again) /* by the report itself */
		_exit(STATUS_PANIC);
	again = true;
	host_terminal_restore();
	host_console_flush();
	fprintf(stderr, "gbsd-hosted: panic: %s at address %p\n",
	    strsignal(number), why->si_addr);
	print_registers(registers);
	backtrace_from((uint64_t)registers[REG_RIP]);
	host_die();
}

/* Also the C library's, whose own guard is another. */
void
__stack_chk_fail(void)
{
	host_terminal_restore();
	host_console_flush();
	fputs("gbsd-hosted: panic: the stack was written over\n", stderr);
	host_backtrace();
	host_die();
}
