/* memory_lasting: memory that a restart in place does not take away. */
#include <proto/memory.h>

#include "pool.h"

enum error
memory_take_lasting(size_t pages, cap_t *raw, uint64_t *piece)
{
	struct mem_take_req q = { .pages = pages };
	struct mem_take_rep r;
	struct carried carried = { 0 };
	cap_t account = gbsd_cap("lasting");
	enum error e;

	if (account == 0) {
		*piece = 0;
		return memory_take(pages, raw);
	}
	e = mem_take(account, &q, &r, &carried);
	if (e != E_OK)
		return e;
	*raw = carried.in[0];
	*piece = r.piece + 1;
	return E_OK;
}

void
memory_give_lasting(cap_t raw, uint64_t piece)
{
	struct mem_give_req q = { .piece = piece - 1 };
	struct mem_give_rep r;

	if (piece == 0) {
		memory_give(raw);
		return;
	}
	/* If the server is gone, so is the memory: then this was all. */
	cap_close(raw);
	(void)!mem_give(gbsd_cap("lasting"), &q, &r, NULL);
}
