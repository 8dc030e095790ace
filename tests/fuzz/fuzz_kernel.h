/*
 * fuzz_kernel: what its three parts share.
 *
 * fuzz_kernel.c decodes bytes, begins and checks; fuzz_kernel_play.c makes
 * traps of them; fuzz_kernel_shadow.c keeps a shadow of the derivation tree
 * from what calls return alone.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "invariants.h"
#include "script.h"

enum {
	SHADOWS = 1 << 15,
	TASKS_MAX = 1 << 12,
	SPACES_MAX = 1 << 10,
	KNOWN = 48, /* handles that a space remembers, */
	KEPT = 12, /* of init the first for ever */
	MESSAGES = 1 << 12,
	RAW = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_MAKE |
	      RIGHT_BUS | RIGHT_DERIVE,
};

#define MESSAGE_MAGIC 0xF00Dull << 48

uint32_t byte(void);
uint32_t below(uint32_t limit);
_Noreturn void wrong(const char *what);

/* --- the shadow --------------------------------------------------------------*/

enum where { HELD, TRAVELLING, GONE };

struct shadow {
	uint32_t parent; /* 0: a root */
	uint32_t space; /* index in spaces, if held */
	cap_t handle;
	uint32_t pages; /* of memory */
	uint32_t next; /* of raw memory: the first not given away */
	uint8_t where;
	uint8_t type; /* enum object_type */
	bool raw; /* RIGHT_MAKE */
	bool receives; /* RIGHT_RECEIVE */
	bool doomed; /* someone began to end it */
	bool revoking; /* someone began to end all below it */
	bool revoked; /* and has ended it */
};

struct known_space {
	const struct hal_space *hal;
	uint64_t serial;
	uint32_t known[KNOWN]; /* shadows */
};

/* What a task has under way; by its tag. */
struct pending {
	uint32_t call; /* 0: nothing */
	bool in_upcall; /* it was made in one */
	uint64_t life; /* of the task's context */
	uint64_t mode;
	uint64_t a2; /* its argument */
	uint32_t source; /* shadow */
	uint32_t caps[MESSAGE_CAPS], reply; /* shadows */
	uint32_t into; /* space: index in spaces */
	uint32_t pages, first;
	uint64_t message;
};

extern struct shadow shadows[SHADOWS];
extern struct known_space spaces[SPACES_MAX];
extern uint64_t results, results_ok;

void shadow_begin(void);
struct pending *pending_of(const struct hal_context *task);
uint32_t space_of(const struct hal_context *task);
uint32_t space_of_shadow(uint32_t id); /* the space that it names, or 0 */
/* A capability without a known parent. */
uint32_t shadow_root(uint32_t space, cap_t handle, uint32_t type);
/* It, or all below it, is about to end. */
void shadow_doom(uint32_t id, bool itself);
/* The number of a message that nobody knows of yet. */
uint64_t message_new(void);
/* The caller first: what it sent may have arrived already. */
void complete(struct hal_context *task);
void complete_all(struct hal_context *caller);
/* What nobody ended still names something. */
void shadow_check(void);

/* --- playing -------------------------------------------------------------------*/

extern uint64_t last_tag;
extern bool verbose;

enum want { ANY, RAW_MEMORY, RECEIVER };

/* A capability of the current task's, or 0; sometimes an odd one. */
uint32_t pick_one(uint32_t type, enum want want);
uint32_t pick(uint32_t type);
cap_t handle_of(uint32_t id);
uint64_t some_address(void);
/* The current task makes a call. */
uint64_t make(struct pending *p, uint32_t call, uint64_t a0, uint64_t a1,
    uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);
/* There is nothing to do it with: another task is let go on, mostly. */
bool yields(struct pending *p, uint32_t b);

void play_object(struct pending *p);
void play_child(struct pending *p);
void play_many(struct pending *p);
void play_cap(struct pending *p);

void step(void);
