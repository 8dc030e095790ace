/* life: the memory of a process's life, from the pool and back. */
#pragma once

#include <gbsd/spawn.h>

/* Memory of a life whose body and own memory have so many pages, divided; the
 * body is zero and in view.  What life has already, it keeps if it fits.
 * E_NO_MEMORY; life_end is due in any case. */
NODISCARD enum error
life_take(struct spawn_life *life, size_t body, size_t own);
/* The body is filled.  It stays in view if its maker has made such a life
 * before, unless it may not. */
void life_fill(struct spawn_life *life, bool may_stay);
/* All that was made of it ends; it is to be taken again. */
void life_again(struct spawn_life *life);
/* The same, and it is kept for the next of its size, or the pool's. */
void life_end(struct spawn_life *life);
