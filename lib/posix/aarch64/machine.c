/* machine: what the POSIX layer says of the processor. */
#include "../posix.h"

const char posix_machine[] = "aarch64";
