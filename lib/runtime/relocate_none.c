/* relocate_none: lib/loader has relocated this image. */
#include "runtime.h"

void
runtime_relocate(void)
{
}
