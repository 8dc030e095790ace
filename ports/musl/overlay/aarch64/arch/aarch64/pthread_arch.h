/* pthread_arch: struct pthread lies below the thread pointer, TLS above. */
#include "thread_pointer.h"

#define TLS_ABOVE_TP
#define GAP_ABOVE_TP 16
#define MC_PC pc
