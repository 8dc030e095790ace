/* refuse: in a debug build a refusal says why, if the log asks for it. */
#pragma once

#include <gbsd/error.h>

#define REFUSE(error, why) refuse(error, why, __func__)

enum error refuse(enum error error, const char *why, const char *where);
