/* offsets: numbers that the assembly files share with C, which asserts them
 * in trap.c. */
#pragma once

#define KERNEL_BASE 0xffffffff80000000 /* where physical address 0 is linked */
#define DIRECT_MAP 0xffff800000000000
#define GATE_ADDRESS 0x7fff00000000

/* struct hal_context */
#define CONTEXT_R11 104 /* the end of what a call pushes */
#define CONTEXT_VECTOR 120
#define CONTEXT_RIP 136
#define CONTEXT_RFLAGS 152
#define CONTEXT_RSP 160
#define CONTEXT_FPU 176 /* the end of the processor's own frame */
#define CONTEXT_AREA 688
#define CONTEXT_CALL 256

/* struct cpu, by way of gs */
#define CPU_SELF 0
#define CPU_CONTEXT 8
#define CPU_CALL_TOP 16
#define CPU_STACK 24
#define CPU_USER_RSP 32
#define CPU_ROOT 40
#define CPU_RSP0 60

/* The order is that of sysret: stack below code. */
#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define USER_DATA 0x1b
#define USER_CODE 0x23
#define TSS_SELECTOR 0x28

#define VECTOR_INTERRUPT 32 /* number n of HAL_INTERRUPTS is at 32 + n */
#define VECTOR_TIMER 80
#define VECTOR_KICK 81
#define VECTOR_SPURIOUS 82
#define VECTOR_END 83
#define ENTRY_STUB_SIZE 8

#define MSR_EFER 0xc0000080
#define MSR_FS_BASE 0xc0000100
