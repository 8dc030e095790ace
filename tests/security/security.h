/*
 * security: what the files of the test share.
 *
 * A group is a list of checks, and a boot of its own; a role is what a child
 * of the test does.  checklist.toml has the names of all checks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gbsd/archive.h>
#include <gbsd/calls.h>
#include <gbsd/memory.h>
#include <gbsd/spawn.h>

#define MILLISECOND UINT64_C(1000000)
#define SECRET UINT64_C(0x5ec2e75ec2e75ec2)

/* Exit statuses of children; a child may add a number in the bits above. */
enum { CHILD_GOOD = 40, CHILD_BAD = 41, CHILD_NUMBER = 8 };

/* Prints "ok NAME" or "FAIL NAME". */
void check(bool good, const char *name);
/* A line behind the next verdict: what was found. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends the program, with a FAIL. */
_Noreturn void fail(enum error e, const char *what);
/* The same unless e is E_OK. */
static inline void
must(enum error e, const char *what)
{
	if (e != E_OK)
		fail(e, what);
}

struct message *message(void);
/* What comes next; it is in the area.  Nothing in half a minute is the end. */
enum received receive(cap_t port);
/* True if nothing is there to be received. */
bool is_empty(cap_t port);
bool is_there(cap_t cap);
cap_t raw_take(size_t pages);
cap_t port_new(size_t pages);
/* A sender of its own with that badge and share. */
cap_t sender_new(cap_t port, uint64_t badge, unsigned share);
/* A copy with those rights. */
cap_t copy(cap_t cap, uint32_t rights);
/* A page that is mapped and zero, and memory that it can be lent of. */
uint64_t *page_new(cap_t *memory);
/* Waits some time, for others. */
void sleep_for(uint64_t milliseconds);

/* --- threads -----------------------------------------------------------*/

/* In this space, on a small stack of its own; *raw is for thread_end. */
cap_t thread_start(void (*run)(uint64_t), uint64_t argument, cap_t *raw);
/* The last act of one. */
_Noreturn void thread_exit(void);

/* --- children ----------------------------------------------------------*/

enum ending { ENDED_EXIT, ENDED_FAULT, ENDED_KILLED };

struct child {
	struct spawn spawn;
	cap_t events; /* its faults and its end come here */
	uint64_t status; /* after its end */
	struct fault fault; /* the last */
};

/* This image. */
void security_image(struct archive_file *file);
/* A space without anything; limits NULL: of a small program. */
void child_begin(struct child *c, const struct spawn_limits *limits);
void child_give(struct child *c, const char *name, cap_t cap);
/* Runs this image with words in argv from [1] on, the role first; the last is
 * NULL. */
void child_run(struct child *c, const char *const words[]);
/* The same without words but the role. */
void child_role(struct child *c, const char *role);
/* Waits for its end; a fault kills it. */
enum ending child_wait(struct child *c);
/* Waits for its fault, which is in c->fault; gives the reply. */
cap_t child_fault(struct child *c);
/* Takes everything back, whatever it is doing. */
void child_end(struct child *c);
/* True if it ended with that status. */
bool child_says(struct child *c, uint64_t status);

/* --- every call and mode -----------------------------------------------*/

enum { KIND_ARGUMENTS = 5, KIND_COUNT = 22 };

struct kind {
	const char *name;
	uint32_t types; /* bit: enum object_type */
	uint32_t right; /* that is needed */
	bool zero; /* 0 will do */
};

struct mode {
	const char *name;
	uint64_t call, number;
	bool moded; /* its number is its argument 1 */
	uint8_t kinds[KIND_ARGUMENTS]; /* indexes of kinds */
};

extern const struct kind kinds[];
extern const struct mode modes[];
extern const unsigned mode_count;

/* True if the argument is a handle. */
bool mode_wants_handle(const struct mode *m, unsigned argument);
/* Makes the call with that handle there; valid has one for each kind, for
 * those behind it. */
enum error mode_try(
    const struct mode *m, unsigned argument, cap_t handle, const cap_t *valid);
/* A capability of each type with all rights that a program can have. */
struct kit {
	cap_t of[OBJECT_TYPES];
};
void kit_make(struct kit *kit);
/* One for each kind. */
void kit_valid(const struct kit *kit, cap_t valid[KIND_COUNT]);
/* True if no mode of any call takes the handle, anywhere; a capability of each
 * kind for the other arguments, or NULL. */
bool modes_refuse(cap_t handle, const cap_t *valid);

/* --- groups and roles --------------------------------------------------*/

#define GROUPS(GROUP)   \
	GROUP(guess)    \
	GROUP(rights)   \
	GROUP(machine)  \
	GROUP(revoke)   \
	GROUP(messages) \
	GROUP(ports)    \
	GROUP(raw)      \
	GROUP(mapping)  \
	GROUP(reach)    \
	GROUP(tasks)    \
	GROUP(exhaust)  \
	GROUP(servers)  \
	GROUP(ram)      \
	GROUP(lease)

#define ROLES(ROLE)    \
	ROLE(guesser)  \
	ROLE(sender)   \
	ROLE(asked)    \
	ROLE(only)     \
	ROLE(reader)   \
	ROLE(mapper)   \
	ROLE(deriver)  \
	ROLE(toucher)  \
	ROLE(executor) \
	ROLE(ender)    \
	ROLE(forger)   \
	ROLE(resumed)  \
	ROLE(prowler)  \
	ROLE(leaver)   \
	ROLE(worker)   \
	ROLE(hoarder)  \
	ROLE(hog)      \
	ROLE(total)    \
	ROLE(flooder)  \
	ROLE(idler)

#define GROUP(name) void group_##name(int argc, char **argv);
#define ROLE(name) int role_##name(int argc, char **argv);
GROUPS(GROUP)
ROLES(ROLE)
#undef GROUP
#undef ROLE
