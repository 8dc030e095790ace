/*
 * layout: where entry.S finds things in the structs of machine.h and cpu.h.
 *
 * Macros, because the assembler reads them; context.c asserts every one.
 */
#pragma once

/* struct hal_context.  The first 18 words stand as area->registers has them. */
#define CONTEXT_RDI 0
#define CONTEXT_RSI 8
#define CONTEXT_RDX 16
#define CONTEXT_R10 24
#define CONTEXT_R8 32
#define CONTEXT_R9 40
#define CONTEXT_RAX 48
#define CONTEXT_RBX 56
#define CONTEXT_RBP 64
#define CONTEXT_R12 72
#define CONTEXT_R13 80
#define CONTEXT_R14 88
#define CONTEXT_R15 96
#define CONTEXT_RSP 104
#define CONTEXT_RIP 112
#define CONTEXT_RFLAGS 120
#define CONTEXT_RCX 128
#define CONTEXT_R11 136
#define CONTEXT_RESUME 144
#define CONTEXT_VECTORS 148
#define CONTEXT_MXCSR 152
#define CONTEXT_FCW 156
#define CONTEXT_USER_AREA 168
#define CONTEXT_XMM 192

/* context->resume */
#define RESUME_CALL 0 /* rcx, r11 and flags are anybody's */
#define RESUME_FULL 1 /* every register */
#define RESUME_AGAIN 2 /* the same call once more */

/* context->vectors */
#define VECTORS_XMM 0 /* context->xmm, mxcsr, fcw; x87 stack empty */
#define VECTORS_IMAGE 1 /* an XSAVE image in the page of the area */
#define VECTORS_RESET 2 /* as the processor has them after a reset */

/* struct host_cpu */
#define CPU_RUNNING 0
#define CPU_CURRENT 8
#define CPU_KERNEL_STACK 16
#define CPU_LOADED 24
#define CPU_DEADLINE 32
#define CPU_ARMED 40
#define CPU_TARGET 48
#define CPU_PENDING 56
#define CPU_WIDE 60

/* What pending_take says when there was nothing; an enum hal_trap_kind
 * otherwise. */
#define TRAP_NONE 0xFF
