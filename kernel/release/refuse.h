/* refuse: in a release build a refusal is its error alone. */
#pragma once

#define REFUSE(error, why) (error)
