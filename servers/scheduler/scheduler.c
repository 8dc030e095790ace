/* scheduler: entries, their heap and their chains; see scheduler.h. */
#include "scheduler.h"

#include <stdbool.h>
#include <string.h>

static const uint64_t MAGIC = 0x3144484353425347; /* "GSBSCHD1" */

/* --- the heap: a parent is no later than its two children --------------*/

static struct entry *
heap_entry(const struct scheduler *s, uint32_t place)
{
	return &s->store->entries[s->heap[place]];
}

static void
heap_put(struct scheduler *s, uint32_t place, uint32_t index)
{
	s->heap[place] = index;
	s->store->entries[index].place = place;
}

/* Moves what stands at place up or down to where it belongs. */
static void
heap_settle(struct scheduler *s, uint32_t place)
{
	uint32_t index = s->heap[place];
	uint64_t time = s->store->entries[index].time;

	for (; place > 0; place = (place - 1) / 2) {
		if (heap_entry(s, (place - 1) / 2)->time <= time)
			break;
		heap_put(s, place, s->heap[(place - 1) / 2]);
	}
	for (;;) {
		uint32_t child = 2 * place + 1;

		if (child >= s->heap_size)
			break;
		if (child + 1 < s->heap_size &&
		    heap_entry(s, child + 1)->time < heap_entry(s, child)->time)
			child++;
		if (heap_entry(s, child)->time >= time)
			break;
		heap_put(s, place, s->heap[child]);
		place = child;
	}
	heap_put(s, place, index);
}

static void
heap_remove(struct scheduler *s, uint32_t place)
{
	uint32_t last = --s->heap_size;

	if (place == last)
		return;
	heap_put(s, place, s->heap[last]);
	heap_settle(s, place);
}

void
scheduler_set(struct scheduler *s, struct entry *entry, uint64_t time)
{
	bool in = entry->time != TIME_NEVER;

	entry->time = time;
	if (!in && time != TIME_NEVER)
		heap_put(
		    s, s->heap_size++, (uint32_t)(entry - s->store->entries));
	if (time != TIME_NEVER)
		heap_settle(s, entry->place);
	else if (in)
		heap_remove(s, entry->place);
}

struct entry *
scheduler_first(const struct scheduler *s)
{
	return s->heap_size == 0 ? NULL : heap_entry(s, 0);
}

/* --- entries and their chains ------------------------------------------*/

/* Where the chain of the client begins. */
static uint32_t *
chain_of(struct scheduler *s, uint32_t client)
{
	return &s->chains[client * 2654435769u /
			  (UINT32_MAX / SCHEDULER_CHAINS + 1)];
}

static struct entry *
chain_entry(const struct scheduler *s, uint32_t link)
{
	return link == 0 ? NULL : &s->store->entries[link - 1];
}

static unsigned
count_of(struct scheduler *s, uint32_t client)
{
	const struct entry *entry = chain_entry(s, *chain_of(s, client));
	unsigned count = 0;

	for (; entry != NULL; entry = chain_entry(s, entry->next))
		count += entry->client == client;
	return count;
}

static void
chain_in(struct scheduler *s, struct entry *entry)
{
	uint32_t *chain = chain_of(s, entry->client);

	s->common += count_of(s, entry->client) >= SCHEDULER_SURE;
	entry->next = *chain;
	*chain = (uint32_t)(entry - s->store->entries) + 1;
	s->used++;
}

static void
give_back(struct scheduler *s, struct entry *entry)
{
	entry->next = s->free;
	s->free = (uint32_t)(entry - s->store->entries) + 1;
}

/* An entry for the client, of no kind yet, or NULL. */
static struct entry *
take_free(struct scheduler *s, uint32_t client)
{
	unsigned count = count_of(s, client);
	struct entry *entry;

	if (count >= SCHEDULER_PER_CLIENT ||
	    (count >= SCHEDULER_SURE && s->common >= SCHEDULER_COMMON))
		return NULL;
	entry = chain_entry(s, s->free);
	if (entry != NULL)
		s->free = entry->next;
	else if (s->store->fresh < SCHEDULER_ENTRIES)
		entry = &s->store->entries[s->store->fresh++];
	return entry;
}

enum error
scheduler_add(struct scheduler *s, const struct entry *new, struct entry **out)
{
	struct entry *entry = take_free(s, new->client);

	if (entry == NULL)
		return E_LIMIT;
	entry->time = TIME_NEVER;
	entry->key = new->key;
	entry->bits = new->bits;
	entry->cap = new->cap;
	entry->client = new->client;
	chain_in(s, entry);
	scheduler_set(s, entry, new->time);
	s->sleepers += new->kind == ENTRY_SLEEP;
	__atomic_store_n(&entry->kind, new->kind, __ATOMIC_RELEASE);
	*out = entry;
	return E_OK;
}

void
scheduler_remove(struct scheduler *s, struct entry *entry)
{
	uint32_t *link = chain_of(s, entry->client);

	s->sleepers -= entry->kind == ENTRY_SLEEP;
	__atomic_store_n(&entry->kind, ENTRY_FREE, __ATOMIC_RELEASE);
	scheduler_set(s, entry, TIME_NEVER);
	while (chain_entry(s, *link) != entry)
		link = &chain_entry(s, *link)->next;
	*link = entry->next;
	s->common -= count_of(s, entry->client) >= SCHEDULER_SURE;
	s->used--;
	give_back(s, entry);
}

struct entry *
scheduler_find(const struct scheduler *s, uint32_t client, uint64_t key)
{
	struct entry *entry =
	    chain_entry(s, *chain_of((struct scheduler *)s, client));

	while (entry != NULL &&
	       (entry->client != client || entry->kind != ENTRY_ALARM ||
		   entry->key != key))
		entry = chain_entry(s, entry->next);
	return entry;
}

struct entry *
scheduler_any(const struct scheduler *s, uint32_t client)
{
	struct entry *entry =
	    chain_entry(s, *chain_of((struct scheduler *)s, client));

	while (entry != NULL && entry->client != client)
		entry = chain_entry(s, entry->next);
	return entry;
}

void
scheduler_open(struct scheduler *s, struct scheduler_store *store)
{
	memset(s, 0, sizeof(*s));
	s->store = store;
	if (store->magic != MAGIC || store->fresh > SCHEDULER_ENTRIES) {
		store->fresh = 0;
		store->magic = MAGIC;
	}
	for (uint32_t i = 0; i < store->fresh; i++) {
		struct entry *entry = &store->entries[i];
		uint64_t time = entry->time;

		if (entry->kind != ENTRY_ALARM && entry->kind != ENTRY_LEASE) {
			entry->kind = ENTRY_FREE;
			give_back(s, entry);
			continue;
		}
		chain_in(s, entry);
		entry->time = TIME_NEVER;
		scheduler_set(s, entry, time);
	}
}
