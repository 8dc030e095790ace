/* process_memory: the table of processes, in memory that outlives init. */
#include <gbsd/memory.h>

#include "process.h"

static size_t
pages_of(uint32_t capacity)
{
	const struct process_table *t;

	return (sizeof(*t) + capacity * sizeof(t->all[0]) + PAGE_SIZE - 1) /
	       PAGE_SIZE;
}

struct process_table *
process_table_new(uint32_t capacity)
{
	struct process_table *table;
	void *at;
	cap_t raw;

	if (memory_new(pages_of(capacity), VM_READ | VM_WRITE, &at, &raw) !=
	    E_OK)
		return NULL;
	table = at;
	table->raw = raw;
	return table;
}

void
process_table_end(struct process_table *table)
{
	memory_free(table->raw, table, pages_of(table->capacity));
}
