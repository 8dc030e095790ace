/* find: parts of tables_refresh. */
#pragma once

#include "walk.h"

/* Notes a memory capability of a space, whose entry is at the address. */
void memory_note(struct tables *t, uint64_t space, uint64_t address,
    const struct capability *c);
/* When all are noted: reach and own of the spaces. */
void memory_sum(struct tables *t);

/* Names of spaces whose tasks are all dead. */
NODISCARD enum error names_recall(struct tables *t);

/* Makes room for one more of that size; false, with t->error set, if there is
 * no memory. */
bool find_room(struct tables *t, void **array, uint32_t count, uint32_t *room,
    size_t size);

/* An address of what is in slot i of a space's table; its entry is copied if
 * it is in use, else 0 is given.  Slots are below find_slots. */
uint64_t find_slot(struct tables *t, const struct space *space, uint64_t i,
    struct capability *out);
/* A copy of the space at that address, and how many slots there are to look
 * at; 0 if it is no space. */
uint64_t find_slots(struct tables *t, uint64_t address, struct space *out);
