/* call: from a call's number to its function, and the two smallest calls. */
#include "kernel.h"

struct object kernel_machine = { .type = OBJECT_MACHINE, .references = 1 };

typedef uint64_t call_function(struct task *, uint64_t *);

static call_function *const calls[CALL_COUNT] = {
#define CALL(number, name) [number] = name,
	CALL_LIST(CALL)
#undef CALL
};

/* Arguments that may differ from zero, bit by bit, for each call; for those
 * with modes, for each mode. */
enum {
	A0 = 1,
	A01 = 3,
	A012 = 7,
	A0123 = 15,
	A01234 = 31,
	ALL = 63,
	A03 = 9,
	A034 = 25,
	A0345 = 57,
};

static const uint8_t used_by_call[CALL_COUNT] = {
	[CALL_port_allocate] = A0,
	[CALL_port_send] = ALL,
	[CALL_port_receive] = A01,
	[CALL_vm_deallocate] = A01,
	[CALL_sched_spawn] = ALL,
	[CALL_sched_yield] = A0,
	[CALL_sched_switch] = A0123,
	[CALL_sys_debug_print] = ALL,
	[CALL_sys_signal] = A012,
};

/* a1 and a2 are size and flags. */
static const uint8_t used_by_vm[VM_MODES] = {
	[VM_NEW] = A012,
	[VM_OBJECT] = A0123 & ~A0,
	[VM_MAP] = A01234,
	[VM_PROTECT] = A012 | 32, /* a5: the kernel's own progress */
	[VM_PIN] = ALL & ~A0,
	[VM_UNPIN] = ALL & ~A0,
	[VM_STAGE] = A01234,
	[VM_SUPPLY] = ALL,
	[VM_DEVICE] = A01234 & ~A0,
};

static const uint8_t used_by_cap[CAP_MODES] = {
	[CAP_DERIVE] = A0123,
	[CAP_BADGE] = A01234,
	[CAP_STAGE] = A01,
	[CAP_CLOSE] = A01,
	[CAP_REVOKE] = A01,
	[CAP_DESTROY] = A01,
	[CAP_BIND] = A01234,
	[CAP_WATCH] = A034 | A01,
	[CAP_WATCH_DEATH] = A034 | A01,
	[CAP_QUOTA] = A0123,
	[CAP_QUERY] = A01,
	[CAP_FAULT_PORT] = A03 | A01,
	[CAP_STAGE_INTO] = A01,
	[CAP_UNSTAGE] = A01,
};

static uint8_t
used(uint32_t number, const uint64_t *a)
{
	if (number == CALL_vm_allocate)
		return (a[2] & VM_MODE_MASK) < VM_MODES
		    ? used_by_vm[a[2] & VM_MODE_MASK]
		    : 0;
	if (number == CALL_cap_move)
		return a[1] < CAP_MODES ? used_by_cap[a[1]] : 0;
	return used_by_call[number];
}

uint64_t
kernel_call(struct task *task, uint32_t number, uint64_t *a)
{
	uint8_t may;

	if (number >= CALL_COUNT || calls[number] == NULL)
		return error_value(REFUSE(E_INVALID_CALL, "no such call"));
	may = used(number, a);
	for (unsigned i = 0; i < CALL_ARGUMENTS; i++)
		if (a[i] != 0 && !(may >> i & 1))
			return error_value(REFUSE(E_INVALID_CALL,
			    "an unused argument is not zero"));
	return calls[number](task, a);
}

uint64_t
sys_time(struct task *task, uint64_t *a)
{
	(void)task;
	(void)a;
	return hal_now();
}

enum { CONSOLE_END = -2 }; /* of hal_console_get: no byte ever again */

/* Up to seven bytes of console input: their number, then they. */
static uint64_t
console_read(void)
{
	uint64_t count = 0, bytes = 0;
	int byte = -1;

	while (count < 7 && (byte = hal_console_get()) >= 0)
		bytes |= (uint64_t)byte << (8 * count++);
	if (count == 0 && byte == CONSOLE_END)
		return error_value(E_UNAVAILABLE);
	return count | bytes << 8;
}

uint64_t
sys_debug_print(struct task *task, uint64_t *a)
{
	uint64_t stream = a[1] & 0xFF, length = a[1] >> 8;
	struct capability *c;
	enum error e = capability_get(
	    task->space, a[0], TYPE(OBJECT_MACHINE), RIGHT_PRINT, &c);

	if (e != E_OK)
		return error_value(e);
	if (stream > STREAM_ERROR || length > PRINT_BYTES)
		return error_value(REFUSE(E_INVALID, "no such stream"));
	if (stream == STREAM_INPUT)
		return console_read();
	hal_console_put((unsigned)stream, a + 2, length);
	return 0;
}
