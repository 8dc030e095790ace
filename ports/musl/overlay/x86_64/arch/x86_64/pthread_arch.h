/* pthread_arch: the thread pointer is at struct pthread, TLS below it. */
#include "thread_pointer.h"

#define MC_PC gregs[REG_RIP]
