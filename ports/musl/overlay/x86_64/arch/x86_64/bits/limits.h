/* limits: without PAGESIZE, as on aarch64: a macro PAGE_SIZE would make
 * <limits.h> and <gbsd/call.h> depend on their order. */
