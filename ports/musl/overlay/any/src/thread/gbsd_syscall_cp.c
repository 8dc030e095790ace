/*
 * gbsd_syscall_cp: a call that is a cancellation point.
 *
 * On Linux the signal handler looks whether it interrupted the window
 * between the test and the system call.  Here the call is a function that
 * returns -EINTR when a signal arrived while it waited, and musl's caller
 * then looks at the flag again; so the window is empty and the three labels
 * that bound it match no program counter.
 */
#include "pthread_impl.h"
#include "syscall.h"

hidden extern const char __cp_begin[1], __cp_end[1], __cp_cancel[1];
const char __cp_begin[1], __cp_end[1], __cp_cancel[1];

hidden long __cancel(void);
hidden long __syscall_cp_asm(volatile int *, syscall_arg_t, syscall_arg_t,
    syscall_arg_t, syscall_arg_t, syscall_arg_t, syscall_arg_t, syscall_arg_t);

long
__syscall_cp_asm(volatile int *cancel, syscall_arg_t number, syscall_arg_t a,
    syscall_arg_t b, syscall_arg_t c, syscall_arg_t d, syscall_arg_t e,
    syscall_arg_t f)
{
	if (*cancel)
		return __cancel();
	return posix_syscall(number, a, b, c, d, e, f);
}
