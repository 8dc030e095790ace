/*
 * thread_pointer: where musl keeps its thread pointer.
 *
 * An image must not touch the processor's thread register: the kernel has
 * it, or on the hosted machine the host's C library.  The gate knows the
 * calling task's area, and the area holds the pointer.  These are the first
 * members of struct gate and struct area; lib/runtime asserts the offsets.
 */
#include <stdint.h>

struct gbsd_area_head {
	struct gbsd_area_head *self;
	uintptr_t thread_pointer;
};

struct gbsd_gate_head {
	void (*call)(void);
	struct gbsd_area_head *(*self)(void);
};

extern __attribute__((visibility("hidden")))
const struct gbsd_gate_head *gbsd_gate;

static inline uintptr_t
__get_tp(void)
{
	return gbsd_gate->self()->thread_pointer;
}
