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

/* The same for a result that is an address. */
NODISCARD static inline enum error
call_address(uint64_t result, void **address)
{
	enum error e = error_of(result);

	if (e == E_OK)
		*address = (void *)result;
	return e;
}

/* --- ports -------------------------------------------------------------*/

/* A new port whose own badge, 0, may queue share messages. */
NODISCARD static inline enum error
port_allocate(unsigned share, cap_t *port)
{
	return call_result(
	    gbsd_call6(CALL_port_allocate, share, 0, 0, 0, 0, 0), port);
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

/* Zero pages that no one else can have. */
NODISCARD static inline enum error
vm_new(size_t size, unsigned protection, void **address)
{
	return call_address(
	    gbsd_call6(CALL_vm_allocate, 0, size, VM_NEW | protection, 0, 0, 0),
	    address);
}

/* A memory object; pager 0: its pages are zero at first. */
NODISCARD static inline enum error
vm_object(size_t size, cap_t pager, cap_t *memory)
{
	return call_result(
	    gbsd_call6(CALL_vm_allocate, 0, size, VM_OBJECT, pager, 0, 0),
	    memory);
}

/* hint 0: anywhere; else it may still be mapped elsewhere. */
NODISCARD static inline enum error
vm_map(cap_t memory, uint64_t offset, size_t size, unsigned protection,
    uint64_t hint, void **address)
{
	return call_address(gbsd_call6(CALL_vm_allocate, hint, size,
				VM_MAP | protection, memory, offset, 0),
	    address);
}

NODISCARD static inline enum error
vm_protect(void *address, size_t size, unsigned protection)
{
	return error_of(gbsd_call6(CALL_vm_allocate, (uint64_t)address, size,
	    VM_PROTECT | protection, 0, 0, 0));
}

NODISCARD static inline enum error
vm_pin(cap_t memory, uint64_t offset, cap_t machine, uint64_t *bus)
{
	return call_result(gbsd_call6(CALL_vm_allocate, 0, PAGE_SIZE, VM_PIN,
			       memory, offset, machine),
	    bus);
}

NODISCARD static inline enum error
vm_unpin(cap_t memory, uint64_t offset, cap_t machine)
{
	return error_of(gbsd_call6(CALL_vm_allocate, 0, PAGE_SIZE, VM_UNPIN,
	    memory, offset, machine));
}

/* Maps memory in the space that is being staged. */
NODISCARD static inline enum error
vm_stage(cap_t memory, uint64_t offset, size_t size, unsigned protection,
    uint64_t hint, uint64_t *address)
{
	return call_result(gbsd_call6(CALL_vm_allocate, hint, size,
			       VM_STAGE | protection, memory, offset, 0),
	    address);
}

/* Moves the page of from at from_offset to where to has none. */
NODISCARD static inline enum error
vm_supply(cap_t from, uint64_t from_offset, cap_t to, uint64_t to_offset)
{
	return error_of(gbsd_call6(CALL_vm_allocate, to_offset, PAGE_SIZE,
	    VM_SUPPLY, from, from_offset, to));
}

NODISCARD static inline enum error
vm_device(cap_t machine, uint64_t bus, size_t size, cap_t *memory)
{
	return call_result(
	    gbsd_call6(CALL_vm_allocate, 0, size, VM_DEVICE, machine, bus, 0),
	    memory);
}

NODISCARD static inline enum error
vm_deallocate(void *address, size_t size)
{
	return error_of(gbsd_call6(
	    CALL_vm_deallocate, (uint64_t)address, size, 0, 0, 0, 0));
}

/* --- capabilities --------------------------------------------------------*/

/* A child of src with those rights until expiry (0: for ever). */
NODISCARD static inline enum error
cap_derive(cap_t src, uint32_t rights, uint64_t expiry, cap_t *out)
{
	return call_result(
	    gbsd_call6(CALL_cap_move, src, CAP_DERIVE, rights, expiry, 0, 0),
	    out);
}

/* A new badge of port, with its own share of the queue. */
NODISCARD static inline enum error
cap_badge(cap_t port, uint32_t rights, uint64_t badge, unsigned share,
    cap_t *out)
{
	return call_result(gbsd_call6(CALL_cap_move, port, CAP_BADGE, rights,
			       badge, share, 0),
	    out);
}

/* Moves src into the space that is being staged; *there is its handle. */
NODISCARD static inline enum error
cap_stage(cap_t src, cap_t *there)
{
	return call_result(
	    gbsd_call6(CALL_cap_move, src, CAP_STAGE, 0, 0, 0, 0), there);
}

static inline enum error
cap_close(cap_t src)
{
	return error_of(gbsd_call6(CALL_cap_move, src, CAP_CLOSE, 0, 0, 0, 0));
}

NODISCARD static inline enum error
cap_revoke(cap_t src)
{
	return error_of(
	    gbsd_call6(CALL_cap_move, src, CAP_REVOKE, 0, 0, 0, 0));
}

NODISCARD static inline enum error
cap_destroy(cap_t src)
{
	return error_of(
	    gbsd_call6(CALL_cap_move, src, CAP_DESTROY, 0, 0, 0, 0));
}

NODISCARD static inline enum error
cap_bind(cap_t machine, uint64_t interrupt, cap_t port, uint64_t bits,
    cap_t *out)
{
	return call_result(gbsd_call6(CALL_cap_move, machine, CAP_BIND,
			       interrupt, port, bits, 0),
	    out);
}

NODISCARD static inline enum error
cap_watch(cap_t src, cap_t port, uint64_t badge)
{
	return error_of(
	    gbsd_call6(CALL_cap_move, src, CAP_WATCH, 0, port, badge, 0));
}

/* src 0, here and below: the space that is being staged. */
NODISCARD static inline enum error
cap_watch_death(cap_t src, cap_t port, uint64_t badge)
{
	return error_of(gbsd_call6(
	    CALL_cap_move, src, CAP_WATCH_DEATH, 0, port, badge, 0));
}

NODISCARD static inline enum error
cap_quota(cap_t space, enum quota kind, int64_t amount)
{
	return error_of(gbsd_call6(CALL_cap_move, space, CAP_QUOTA, kind,
	    (uint64_t)amount, 0, 0));
}

NODISCARD static inline enum error
cap_query(cap_t src, uint64_t *info)
{
	return call_result(
	    gbsd_call6(CALL_cap_move, src, CAP_QUERY, 0, 0, 0, 0), info);
}

NODISCARD static inline enum error
cap_fault_port(cap_t space, cap_t port)
{
	return error_of(gbsd_call6(
	    CALL_cap_move, space, CAP_FAULT_PORT, 0, port, 0, 0));
}

NODISCARD static inline enum error
cap_stage_into(cap_t space)
{
	return error_of(
	    gbsd_call6(CALL_cap_move, space, CAP_STAGE_INTO, 0, 0, 0, 0));
}

static inline void
cap_unstage(void)
{
	gbsd_call6(CALL_cap_move, 0, CAP_UNSTAGE, 0, 0, 0, 0);
}

/* --- tasks ---------------------------------------------------------------*/

/* Starts a task of mode SPAWN_TASK or SPAWN_SPACE; *cap is the task's or the
 * new space's, 0 for a new life.  name: the first NAME_BYTES of it. */
NODISCARD enum error sched_spawn(enum spawn_mode mode, uint64_t entry,
    uint64_t stack, uint64_t argument, const char *name, cap_t *cap);

static inline void
sched_yield_now(void)
{
	gbsd_call6(CALL_sched_yield, YIELD, 0, 0, 0, 0, 0);
}

/* The last act of an upcall. */
static inline void
sched_upcall_done(void)
{
	gbsd_call6(CALL_sched_yield, YIELD_UPCALL_DONE, 0, 0, 0, 0, 0);
}

NODISCARD static inline enum error
sched_switch(
    cap_t machine, enum switch_mode mode, uint64_t target, uint64_t value)
{
	return error_of(gbsd_call6(
	    CALL_sched_switch, machine, mode, target, value, 0, 0));
}

/* --- the rest ------------------------------------------------------------*/

static inline uint64_t
sys_time(void)
{
	return gbsd_call6(CALL_sys_time, 0, 0, 0, 0, 0, 0);
}

NODISCARD static inline enum error
sys_signal(cap_t target, enum signal_mode mode, uint64_t value)
{
	return error_of(
	    gbsd_call6(CALL_sys_signal, target, mode, value, 0, 0, 0));
}

/* Any number of bytes to a stream of enum stream. */
NODISCARD enum error sys_debug_print(
    cap_t machine, enum stream stream, const void *bytes, size_t length);
/* Up to 7 bytes of console input; *count 0 if there are none. */
NODISCARD enum error sys_debug_read(
    cap_t machine, uint8_t bytes[7], unsigned *count);

/* The sentence of an error; static. */
const char *error_text(enum error e);
