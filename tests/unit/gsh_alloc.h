/* gsh_alloc: makes allocations fail, by the linker's --wrap. */
#pragma once

/* The allocation after this many succeed fails, and all later ones until
 * alloc_fail_never(). */
void alloc_fail_after(long count);
void alloc_fail_never(void);
