/*
 * calls: the twelve calls, typed, one function for each mode.
 *
 * The message travels in gbsd_area()->message: fill its words before
 * port_send, read it after port_receive.  Every other call leaves it alone.
 * docs/api/syscalls.md says what each may return.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <gbsd/error.h>
#include <gbsd/runtime.h>

/* Splits a call's result: the value goes to *value if it is one. */
NODISCARD static inline enum error
call_result(uint64_t result, uint64_t *value)
{
	enum error e = error_of(result);

	if (e == E_OK)
		*value = result;
	return e;
}

/* --- ports -------------------------------------------------------------*/

/* A port in raw memory; *port has all rights to it, and badge 0.  When it is
 * closed, the port ends. */
NODISCARD static inline enum error
port_allocate(cap_t memory, cap_t *port)
{
	return call_result(
	    gbsd_call6(CALL_port_allocate, memory, 0, 0, 0, 0, 0), port);
}

/* Queues gbsd_area()->message.words with up to two capabilities, which move.
 * With a reply port, the answer will come there with reply_badge. */
NODISCARD static inline enum error
port_send(cap_t port, size_t length, cap_t cap0, cap_t cap1, cap_t reply,
    uint64_t reply_badge)
{
	return error_of(gbsd_call6(
	    CALL_port_send, port, length, cap0, cap1, reply, reply_badge));
}

/* Waits; flags as enum receive_flags; *kind says what is in the area. */
NODISCARD static inline enum error
port_receive(cap_t port, unsigned flags, enum received *kind)
{
	uint64_t result =
	    gbsd_call6(CALL_port_receive, port, flags, 0, 0, 0, 0);
	enum error e = error_of(result);

	if (e == E_OK)
		*kind = (enum received)result;
	return e;
}

/* --- memory ------------------------------------------------------------*/

/* Shows all of the memory at address, which the caller chooses.  space 0: the
 * caller's own; of another, memory is a handle there.  E_RANGE: something is
 * there already, or the machine has no such address; E_STATE: it is mapped or
 * in use; E_NO_MEMORY: the space has no page left for tables, and part of it
 * may be mapped: unmap it. */
NODISCARD static inline enum error
vm_map(cap_t memory, void *address, unsigned protection, cap_t space)
{
	return error_of(gbsd_call6(CALL_vm_allocate, memory, (uint64_t)address,
	    protection, space, 0, 0));
}

/* Of the caller's own space; what is not mapped stays so. */
static inline enum error
vm_unmap(cap_t memory)
{
	return error_of(
	    gbsd_call6(CALL_vm_deallocate, memory, VM_UNMAP, 0, 0, 0, 0));
}

/* Zeroes in those pages of raw memory that is not in use.  E_RANGE: it has
 * not so many; E_STATE. */
NODISCARD enum error vm_clear(cap_t raw, uint64_t first, uint64_t pages);

/* --- capabilities --------------------------------------------------------*/

/* A child of src, which is no memory, with those rights. */
NODISCARD static inline enum error
cap_derive(cap_t src, uint32_t rights, cap_t *out)
{
	return call_result(
	    gbsd_call6(CALL_cap_move, src, CAP_DERIVE, rights, 0, 0, 0), out);
}

/* A child of memory: pages of it, from page first on.  Of raw memory it must
 * begin behind all children that there were since it had none. */
NODISCARD static inline enum error
cap_range(
    cap_t memory, uint32_t rights, uint64_t first, uint64_t pages, cap_t *out)
{
	return call_result(gbsd_call6(CALL_cap_move, memory, CAP_DERIVE, rights,
			       first, pages, 0),
	    out);
}

/* A new badge of port, with its own share of the queue; needs RECEIVE.  It
 * takes share + 2 of the port's messages. */
NODISCARD static inline enum error
cap_badge(
    cap_t port, uint32_t rights, uint64_t badge, unsigned share, cap_t *out)
{
	return call_result(
	    gbsd_call6(CALL_cap_move, port, CAP_BADGE, rights, badge, share, 0),
	    out);
}

/* A SEND_ONCE to port, below src: when src is revoked, or its holder ends
 * without using it, EVENT_DEAD_REPLY with that badge comes to port. */
NODISCARD static inline enum error
cap_reply(cap_t src, cap_t port, uint64_t badge, cap_t *out)
{
	return call_result(
	    gbsd_call6(CALL_cap_move, src, CAP_REPLY, port, badge, 0, 0), out);
}

/* Moves src into the table of space; *there is its handle in it. */
NODISCARD static inline enum error
cap_stage(cap_t src, cap_t space, cap_t *there)
{
	return call_result(
	    gbsd_call6(CALL_cap_move, src, CAP_STAGE, space, 0, 0, 0), there);
}

static inline enum error
cap_close(cap_t src)
{
	return error_of(gbsd_call6(CALL_cap_move, src, CAP_CLOSE, 0, 0, 0, 0));
}

/* Ends all that was derived or made of src; src itself stays, and what it is
 * mapped at. */
NODISCARD static inline enum error
cap_revoke(cap_t src)
{
	return error_of(gbsd_call6(CALL_cap_move, src, CAP_REVOKE, 0, 0, 0, 0));
}

/* A space in raw memory: a page of its own, table_pages with TABLE_SLOTS
 * capabilities each, and the rest for page tables.  When *space is closed the
 * space ends. */
NODISCARD static inline enum error
cap_space(cap_t memory, uint64_t table_pages, cap_t *space)
{
	return call_result(
	    gbsd_call6(CALL_cap_move, memory, CAP_SPACE, table_pages, 0, 0, 0),
	    space);
}

/* Faults of tasks in space go to port, with the badge of that capability,
 * which the caller may close then. */
NODISCARD static inline enum error
cap_faults(cap_t space, cap_t port)
{
	return error_of(
	    gbsd_call6(CALL_cap_move, space, CAP_FAULTS, port, 0, 0, 0));
}

NODISCARD static inline enum error
cap_bind(
    cap_t machine, uint64_t interrupt, cap_t port, uint64_t bits, cap_t *out)
{
	return call_result(gbsd_call6(CALL_cap_move, machine, CAP_BIND,
			       interrupt, port, bits, 0),
	    out);
}

/* *info is for CAP_INFO_*. */
NODISCARD static inline enum error
cap_query(cap_t src, uint64_t *info)
{
	return call_result(
	    gbsd_call6(CALL_cap_move, src, CAP_QUERY, 0, 0, 0, 0), info);
}

/* The bus address of memory; needs RIGHT_BUS or RIGHT_DEVICE. */
NODISCARD static inline enum error
memory_bus(cap_t memory, uint64_t *address)
{
	return call_result(
	    gbsd_call6(CALL_cap_move, memory, CAP_QUERY, 1, 0, 0, 0), address);
}

/* E_INVALID_CAP: it is no memory. */
NODISCARD static inline enum error
memory_query(cap_t memory, uint32_t *rights, size_t *pages)
{
	uint64_t info;
	enum error e = cap_query(memory, &info);

	if (e == E_OK && CAP_INFO_TYPE(info) != OBJECT_MEMORY)
		e = E_INVALID_CAP;
	if (e != E_OK)
		return e;
	*rights = CAP_INFO_RIGHTS(info);
	*pages = CAP_INFO_PAGES(info);
	return E_OK;
}

/* --- tasks ---------------------------------------------------------------*/

/* A task in TASK_PAGES of raw memory, running in space, or 0: in the caller's
 * own.  The stack ends at stack, where a page begins; its area is mapped
 * there.  name: the first NAME_BYTES of it.  When *task is closed the task
 * ends.  The message in the caller's area is overwritten. */
NODISCARD enum error sched_spawn(cap_t memory, cap_t space, uint64_t entry,
    uint64_t stack, uint64_t argument, const char *name, cap_t *task);

static inline void
sched_yield_now(void)
{
	gbsd_call6(CALL_sched_yield, 0, YIELD, 0, 0, 0, 0);
}

/* The last act of an upcall. */
static inline void
sched_upcall_done(void)
{
	gbsd_call6(CALL_sched_yield, 0, YIELD_UPCALL_DONE, 0, 0, 0, 0);
}

/* task runs next, at that priority, until then if not 0. */
NODISCARD static inline enum error
sched_switch_to(cap_t machine, cap_t task, unsigned priority, uint64_t until)
{
	return error_of(gbsd_call6(
	    CALL_sched_switch, machine, SWITCH_TO, task, priority, until, 0));
}

/* BIT_DEADLINE comes at that time. */
NODISCARD static inline enum error
sched_switch_timer(cap_t machine, uint64_t time)
{
	return error_of(gbsd_call6(
	    CALL_sched_switch, machine, SWITCH_TIMER, 0, time, 0, 0));
}

/* BIT_TICK and BIT_DEADLINE go to port; if it is late, BIT_TICK to watcher,
 * which may be 0. */
NODISCARD static inline enum error
sched_switch_server(cap_t machine, cap_t port, cap_t watcher)
{
	return error_of(gbsd_call6(
	    CALL_sched_switch, machine, SWITCH_SERVER, port, watcher, 0, 0));
}

/* --- the rest ------------------------------------------------------------*/

static inline uint64_t
sys_time(void)
{
	return gbsd_call6(CALL_sys_time, 0, 0, 0, 0, 0, 0);
}

/* value: of SIGNAL_BITS, SIGNAL_UPCALL and SIGNAL_POWER_OFF, else 0. */
NODISCARD static inline enum error
sys_signal(cap_t target, enum signal_mode mode, uint64_t value)
{
	return error_of(
	    gbsd_call6(CALL_sys_signal, target, mode, value, 0, 0, 0));
}

/* Any number of bytes to a stream of enum stream. */
NODISCARD enum error sys_debug_print(
    cap_t machine, enum stream stream, const void *bytes, size_t length);

/* The next byte of console input.  E_WOULD_BLOCK: there is none yet;
 * E_UNAVAILABLE: there will never be one again. */
NODISCARD static inline enum error
sys_debug_read(cap_t machine, uint8_t *byte)
{
	uint64_t value;
	enum error e = call_result(
	    gbsd_call6(CALL_sys_debug_print, machine, STREAM_INPUT, 0, 0, 0, 0),
	    &value);

	if (e == E_OK)
		*byte = (uint8_t)value;
	return e;
}

/* The sentence of an error; static. */
const char *error_text(enum error e);
