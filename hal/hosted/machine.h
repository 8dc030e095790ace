/*
 * machine: a Linux process on x86_64, as hal.h asks.
 *
 * RAM is a memory file.  The kernel sees all of it at host_ram; a task's
 * mapping is a second one of the same file, at the same address in every
 * space, for there is one host address space.  No boundary therefore
 * separates tasks: hosted is for writing programs, not for keeping secrets.
 */
#pragma once

#define HAL_ONE_ADDRESS_SPACE 1
/* Free of the program, the host's mappings and AddressSanitizer's shadow. */
#define HAL_USER_LOW 0x200000000000ull
#define HAL_USER_HIGH 0x400000000000ull
#define HAL_INTERRUPTS 32

struct hal_context {
	uint64_t arguments[6]; /* rdi rsi rdx r10 r8 r9 */
	uint64_t rax; /* number of the call, then its result */
	uint64_t rbx, rbp, r12, r13, r14, r15;
	uint64_t rsp, rip;
	uint64_t rflags, rcx, r11; /* only if resume is RESUME_FULL */
	uint32_t resume; /* RESUME_* */
	uint32_t vectors; /* VECTORS_*: where they are saved */
	uint32_t mxcsr;
	uint16_t fcw;
	bool upcall; /* area->registers hold what it interrupted */
	struct area *area; /* the kernel's view */
	vaddr_t user_area;
	uint64_t reserved[2];
	uint64_t xmm[32];
};

struct hal_space {
	bool none; /* all spaces are the host's one */
};

extern uint8_t *host_ram __attribute__((visibility("hidden")));

static inline void *
hal_physical(paddr_t page)
{
	return host_ram + page;
}

static inline uint64_t *
hal_arguments(struct hal_context *context)
{
	return context->arguments;
}

/* Inline and by jumps: a call and its return around every task's run would
 * leave the processor's stack of return addresses one off, and each return of
 * the task would be predicted wrong. */
static inline struct hal_trap
hal_run(struct hal_context *context, struct hal_space *space)
{
	uint64_t back, address;

	(void)space; /* there is one */
	__asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "jmp host_run\n"
			 "1:\n\t"
			 "leaq 128(%%rsp), %%rsp"
			 : "=&a"(back), "=&d"(address), "+D"(context)
			 :
			 : "rbx", "rcx", "rsi", "r8", "r9", "r10", "r11", "r12",
			 "r13", "r14", "r15", "cc", "memory");
	return (
	    struct hal_trap){ (uint32_t)back, (uint32_t)(back >> 32), address };
}
