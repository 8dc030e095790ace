/*
 * fake_kernel: the kernel's memory, as its rules are, on the host.
 *
 * Capabilities of spaces, ranges and derivation with their refusals, mapping
 * of one memfd at the addresses that are asked for, and objects that only are
 * there.  The program under test enters it by the gate, as always.
 */
#pragma once

#include <setjmp.h>
#include <stdbool.h>

#include <gbsd/calls.h>
#include <gbsd/start.h>

enum { FAKE_SLOTS = 8192, FAKE_PAGES = 1 << 16, FAKE_SPACES = 64 };

/* Forgets everything. */
void fake_begin(void);
/* Raw memory in a table: pages from base on. */
cap_t fake_memory(unsigned space, uint32_t base, uint32_t pages);
/* A capability of a type without memory, with all rights. */
cap_t fake_object(unsigned space, enum object_type type);

/* Whose calls come in; 0 at first. */
extern unsigned fake_space;
/* That many calls from now on the next that makes a capability, or maps, is
 * refused with E_NO_MEMORY; 0: none. */
extern unsigned fake_refuse;
/* The next calls of vm_map that many times find the address taken. */
extern unsigned fake_taken;
extern unsigned fake_calls;

/* That many calls from now on the caller dies, before it or after: goes to
 * fake_death.  0: never. */
extern unsigned fake_die;
extern jmp_buf fake_death;
/* As a message moves it. */
cap_t fake_move(unsigned from, cap_t cap, unsigned to);
void fake_close(unsigned space, cap_t cap);

/* What a test asserts with. */
bool fake_lives(unsigned space, cap_t cap);
unsigned fake_count(unsigned space); /* capabilities in its table */
unsigned fake_mappings(unsigned space);
uint32_t fake_base(unsigned space, cap_t cap);
uint32_t fake_pages(unsigned space, cap_t cap);
/* Of a space that cap_space made; its mapping at address, or 0. */
unsigned fake_space_of(cap_t cap);
cap_t fake_mapped_at(unsigned space, uint64_t address, unsigned *protection);
/* The bytes of a page, whoever has it. */
void *fake_page(uint32_t page);
/* Tasks that sched_spawn made. */
struct fake_task {
	unsigned space;
	uint64_t entry, stack, argument;
	char name[NAME_BYTES + 1];
	unsigned count;
};
extern struct fake_task fake_task;

/* What gbsd_start() gives. */
extern struct start fake_start;
void fake_name(const char *name, cap_t cap);
