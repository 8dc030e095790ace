/* old: calls that only x86_64 has a number for. */
#include <errno.h>

#include "../posix.h"

long
linux_fork(const long *a)
{
	(void)a;
	return -ENOSYS;
}

long
linux_vfork(const long *a)
{
	(void)a;
	return -ENOSYS;
}

long
linux_time(const long *a)
{
	long now = ((int64_t)gbsd_time() + posix_wall_offset) / 1000000000;

	if (a[0] != 0)
		*(long *)a[0] = now;
	return now;
}
