/* __set_thread_area: the thread pointer is a word of the task's area. */
#include "pthread_impl.h"

int
__set_thread_area(void *p)
{
	gbsd_gate->self()->thread_pointer = (uintptr_t)p;
	return 0;
}
