/* log: the ring; see log.h for what holds after each store. */
#include "log.h"

#include <string.h>

static const uint64_t MAGIC = 0x31474f4c44534247; /* "GBSDLOG1" */

enum { ALIGNMENT = 8 };

static struct log_record *
record_at(const struct log *log, uint64_t position)
{
	return (
	    struct log_record *)(log->area + position % log->head->capacity);
}

/* Bytes from position to where the area ends. */
static uint64_t
room_at(const struct log *log, uint64_t position)
{
	return log->head->capacity - position % log->head->capacity;
}

static uint64_t
size_of(size_t length)
{
	return (sizeof(struct log_record) + length + ALIGNMENT - 1) &
	       -(uint64_t)ALIGNMENT;
}

/* FNV-1a (Fowler, Noll, Vo): finds damage, keeps out nobody. */
static uint32_t
hash(uint32_t h, const void *bytes, size_t size)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < size; i++)
		h = (h ^ b[i]) * 16777619;
	return h;
}

static uint32_t
check_of(const struct log_record *r)
{
	uint32_t h = 2166136261;

	h = hash(h, r, offsetof(struct log_record, check));
	return hash(h, r->text, r->length);
}

/* A record that may stand at position with so many bytes before the end. */
static bool
good(const struct log *log, uint64_t position, uint64_t left)
{
	const struct log_record *r = record_at(log, position);
	uint64_t room = room_at(log, position);

	if (r->size > left || r->size > room || r->size < ALIGNMENT ||
	    r->size % ALIGNMENT != 0)
		return false;
	if (r->kind == LOG_PAD)
		return r->size == room;
	return r->kind == LOG_ENTRY && r->length <= LOG_TEXT &&
	       r->size == size_of(r->length) && r->level < LOG_LEVEL_COUNT &&
	       r->check == check_of(r);
}

static bool
head_is_good(const struct log_head *head, uint64_t capacity)
{
	return head->magic == MAGIC && head->capacity == capacity &&
	       head->first <= head->end &&
	       head->end - head->first <= capacity &&
	       head->first % ALIGNMENT == 0 && head->end % ALIGNMENT == 0;
}

static void
begin(struct log_head *head, uint64_t capacity)
{
	log_store_word(&head->magic, 0);
	log_store_word(&head->capacity, capacity);
	log_store_word(&head->first, 0);
	log_store_word(&head->end, 0);
	log_store_word(&head->next, 1);
	log_store_word(&head->magic, MAGIC);
}

bool
log_open(struct log *log, struct log_head *head, void *area, uint64_t capacity)
{
	bool whole = head_is_good(head, capacity);

	if (!whole)
		begin(head, capacity);
	log->head = head;
	log->area = area;
	log->next = head->next;
	for (uint64_t at = head->first; at != head->end;) {
		const struct log_record *r = record_at(log, at);

		if (!good(log, at, head->end - at)) {
			log_store_word(&head->end, at);
			whole = false;
			break;
		}
		if (r->kind == LOG_ENTRY && r->sequence >= log->next)
			log->next = r->sequence + 1;
		at += r->size;
	}
	return whole;
}

/* Forgets the oldest until size bytes from the end on are free. */
static void
make_room(struct log *log, uint64_t size)
{
	struct log_head *head = log->head;
	uint64_t first = head->first;

	while (head->end + size - first > head->capacity)
		first += record_at(log, first)->size;
	if (first != head->first)
		log_store_word(&head->first, first);
}

uint64_t
log_append(struct log *log, uint64_t time, uint32_t source,
    enum log_level level, const char *text, size_t length)
{
	union {
		struct log_record record;
		char bytes[LOG_RECORD_MAX];
	} new = { .record = { .kind = LOG_ENTRY } };
	struct log_record *r = &new.record;
	uint64_t room = room_at(log, log->head->end), pad, size;

	if (length > LOG_TEXT)
		length = LOG_TEXT;
	size = size_of(length);
	pad = size > room ? room : 0;
	r->size = (uint16_t)size;
	r->length = (uint16_t)length;
	r->level = (uint8_t)level;
	r->sequence = log->next;
	r->time = time;
	r->source = source;
	memcpy(new.bytes + sizeof(*r), text, length);
	r->check = check_of(r);

	make_room(log, pad + size);
	if (pad != 0) {
		struct log_record filler = { .size = (uint16_t)pad,
			.kind = LOG_PAD };

		log_store(record_at(log, log->head->end), &filler, ALIGNMENT);
	}
	log_store(record_at(log, log->head->end + pad), new.bytes, size);
	log_store_word(&log->head->end, log->head->end + pad + size);
	log_store_word(&log->head->next, log->next + 1);
	return log->next++;
}

/* The first entry from position on, or NULL; *position is where it is. */
static const struct log_record *
entry_from(const struct log *log, uint64_t *position)
{
	while (*position != log->head->end) {
		const struct log_record *r = record_at(log, *position);

		if (r->kind == LOG_ENTRY)
			return r;
		*position += r->size;
	}
	return NULL;
}

uint64_t
log_oldest(const struct log *log)
{
	uint64_t at = log->head->first;
	const struct log_record *r = entry_from(log, &at);

	return r == NULL ? log->next : r->sequence;
}

/* Where to begin to look for an entry.  The cursor's position is good if the
 * entry is not overwritten: then it is where that entry is. */
static uint64_t
start_of(const struct log *log, const struct log_cursor *cursor)
{
	return cursor->position >= log->head->first &&
		       cursor->position <= log->head->end
		   ? cursor->position
		   : log->head->first;
}

size_t
log_read(const struct log *log, struct log_cursor *cursor,
    const struct log_filter *filter, void *out, size_t size, unsigned most)
{
	uint64_t at = start_of(log, cursor);
	const struct log_record *r;
	size_t done = 0;

	for (; most > 0 && (r = entry_from(log, &at)) != NULL; at += r->size) {
		if (r->sequence < cursor->sequence)
			continue;
		most--;
		if (r->level >= filter->level &&
		    (filter->source == 0 || r->source == filter->source)) {
			if (r->size > size - done)
				break;
			memcpy((char *)out + done, r, r->size);
			done += r->size;
		}
		cursor->sequence = r->sequence + 1;
	}
	cursor->position = at;
	if (at == log->head->end && cursor->sequence < log->next)
		cursor->sequence = log->next;
	return done;
}
