/*
 * kernel: the event machine.
 *
 * All of the kernel is a function of a sequence of traps: hal_run returns
 * one, kernel_handle makes of it the next task to run.
 */
#pragma once

#include "call.h"
#include "schedule.h"

/* The next task to run on this CPU, or NULL for none. */
struct task *kernel_handle(struct cpu *cpu, struct hal_trap trap);
enum error kernel_call(struct call *call, uint32_t number);

#define BOOT __attribute__((section(".boot.text")))
BOOT void boot_start(void);
