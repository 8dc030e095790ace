/* stat_list: whole lists of stat_server. */
#pragma once

#include <proto/stat.h>

/* One of stat_tasks, stat_spaces, stat_ports, stat_capabilities. */
typedef enum error stat_list_function(cap_t, const struct stat_list_req *,
    struct stat_list_rep *, struct carried *);

/* All elements, of that size, in an array to be freed; ends the program if it
 * cannot have them.  space: of capabilities, else 0. */
void *stat_list(
    stat_list_function *list, uint64_t space, size_t element, uint32_t *count);

/* The living space of that number or name, or the end. */
uint64_t stat_space_named(const char *text);
