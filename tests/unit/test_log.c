/*
 * test_log: the ring of log_server.
 *
 * Contract: entries come back whole, in order, the newest of them as many as
 * fit; a reader that goes on where it stopped sees each one once; whatever
 * store the server dies in, the ring afterwards is the one before the append
 * or the one after it, except that the oldest entries may be missing; no
 * damage makes it read outside its memory.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "log.h"

enum { CAPACITY = 2048, ENTRIES = 4000, MOST = 64, ROUNDS = 300 };

/* --- a server that dies after so many bytes written ----------------------*/

static long bytes_to_live = -1; /* -1: for ever */
static jmp_buf death;

static size_t
spend(size_t size)
{
	if (bytes_to_live < 0)
		return size;
	if ((size_t)bytes_to_live < size)
		size = (size_t)bytes_to_live;
	bytes_to_live -= (long)size;
	return size;
}

void
log_store(void *to, const void *from, size_t size)
{
	size_t n = spend(size);

	memcpy(to, from, n);
	if (n < size)
		longjmp(death, 1);
}

void
log_store_word(uint64_t *to, uint64_t value)
{
	if (spend(sizeof(value)) < sizeof(value))
		longjmp(death, 1);
	*to = value;
}

/* --- the reference: all that was ever written ---------------------------*/

struct model_entry {
	uint64_t time;
	uint32_t source;
	uint8_t level;
	size_t length;
	char text[LOG_TEXT];
};

static struct model_entry model[ENTRIES + 1]; /* by sequence number */
static struct log_head head;
static _Alignas(8) char area[CAPACITY];
static struct log ring;

static void
fresh(void)
{
	memset(&head, 0, sizeof(head));
	assert_false(log_open(&ring, &head, area, CAPACITY));
	assert_int_equal(ring.next, 1);
}

static void
append(uint64_t sequence)
{
	struct model_entry *e = &model[sequence];
	size_t length = (size_t)rand() % (LOG_TEXT + 40);

	if (rand() % 3 != 0)
		length %= 40;
	e->time = sequence * 1000;
	e->source = (uint32_t)rand() % 5;
	e->level = (uint8_t)(rand() % LOG_LEVEL_COUNT);
	e->length = length > LOG_TEXT ? LOG_TEXT : length;
	char text[LOG_TEXT + 40];
	for (size_t i = 0; i < length; i++)
		text[i] = (char)rand();
	memcpy(e->text, text, e->length);
	log_append(&ring, e->time, e->source, e->level, text, length);
}

/* Checks the records in out against the model; gives how many there are. */
static unsigned
compare(const char *out, size_t size, uint64_t first,
    const struct log_filter *filter)
{
	unsigned count = 0;
	uint64_t sequence = first;

	for (size_t at = 0; at < size; count++) {
		const struct log_record *r = (const void *)(out + at);

		while (model[sequence].level < filter->level ||
		       (filter->source != 0 &&
			   model[sequence].source != filter->source))
			sequence++;
		assert_int_equal(r->sequence, sequence);
		assert_int_equal(r->time, model[sequence].time);
		assert_int_equal(r->source, model[sequence].source);
		assert_int_equal(r->level, model[sequence].level);
		assert_int_equal(r->length, model[sequence].length);
		assert_memory_equal(r->text, model[sequence].text, r->length);
		at += r->size;
		sequence++;
	}
	return count;
}

static unsigned
read_all(const struct log_filter *filter)
{
	_Alignas(8) char out[CAPACITY];
	struct log_cursor cursor = { 0 };
	size_t size =
	    log_read(&ring, &cursor, filter, out, sizeof(out), UINT32_MAX);

	assert_int_equal(cursor.sequence, ring.next);
	return compare(out, size, log_oldest(&ring), filter);
}

static void
entries_come_back_as_they_went_in(void **state)
{
	const struct log_filter all = { 0 };

	(void)state;
	fresh();
	for (uint64_t i = 1; i <= ENTRIES; i++) {
		append(i);
		assert_int_equal(read_all(&all), i + 1 - log_oldest(&ring));
		assert_true(i < 200 || head.end - head.first >=
					   CAPACITY - 2 * LOG_RECORD_MAX);
	}
}

static void
filter_shows_what_was_asked_for(void **state)
{
	(void)state;
	fresh();
	for (uint64_t i = 1; i <= ENTRIES; i++) {
		struct log_filter some = { .source = (uint32_t)rand() % 5,
			.level = (uint8_t)(rand() % LOG_LEVEL_COUNT) };

		append(i);
		read_all(&some);
	}
}

static void
reader_that_goes_on_sees_each_entry_once(void **state)
{
	const struct log_filter all = { 0 };
	struct log_cursor cursor = { 0 };
	uint64_t seen = 0;

	(void)state;
	fresh();
	for (uint64_t i = 1; i <= ENTRIES; i++) {
		_Alignas(8) char out[LOG_RECORD_MAX + 100];

		append(i);
		if (rand() % 4 != 0)
			continue;
		while (cursor.sequence < ring.next) {
			uint64_t from = cursor.sequence;
			uint64_t oldest = log_oldest(&ring);
			size_t size = log_read(&ring, &cursor, &all, out,
			    sizeof(out), 1 + (unsigned)rand() % 3);

			assert_true(size > 0);
			from = from > oldest ? from : oldest;
			assert_int_equal(cursor.sequence,
			    from + compare(out, size, from, &all));
			seen = cursor.sequence;
		}
	}
	assert_true(seen > ENTRIES / 2);
}

static void
ring_is_found_again(void **state)
{
	const struct log_filter all = { 0 };

	(void)state;
	fresh();
	for (uint64_t i = 1; i <= ENTRIES; i++) {
		append(i);
		uint64_t oldest = log_oldest(&ring);
		assert_true(log_open(&ring, &head, area, CAPACITY));
		assert_int_equal(ring.next, i + 1);
		assert_int_equal(log_oldest(&ring), oldest);
	}
	assert_true(read_all(&all) > 0);
}

/* Dies after every possible number of bytes of one append. */
static void
death_at_any_byte_leaves_a_valid_ring(void **state)
{
	const struct log_filter all = { 0 };
	volatile uint64_t next = 1;

	(void)state;
	fresh();
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct log_head head_before = head;
		char area_before[CAPACITY];
		struct log ring_before = ring;
		unsigned seed = (unsigned)rand();
		volatile uint64_t oldest = log_oldest(&ring);
		volatile bool done = false;

		memcpy(area_before, area, CAPACITY);
		for (volatile long bytes = 0; !done; bytes++) {
			head = head_before;
			memcpy(area, area_before, CAPACITY);
			ring = ring_before;
			srand(seed);
			bytes_to_live = bytes;
			if (setjmp(death) == 0) {
				append(next);
				done = true;
			}
			bytes_to_live = -1;
			assert_true(log_open(&ring, &head, area, CAPACITY));
			assert_true(ring.next == next || ring.next == next + 1);
			assert_true(!done || ring.next == next + 1);
			assert_true(log_oldest(&ring) >= oldest);
			assert_int_equal(
			    read_all(&all), ring.next - log_oldest(&ring));
		}
		next++;
		srand(seed + 1);
	}
}

static void
damage_is_survived(void **state)
{
	const struct log_filter all = { 0 };

	(void)state;
	for (unsigned round = 0; round < 20 * ROUNDS; round++) {
		_Alignas(8) char out[CAPACITY];
		struct log_cursor cursor = { 0 };
		unsigned hits = 1 + (unsigned)rand() % 4;

		if (round % 50 == 0)
			fresh();
		for (unsigned i = 0; i < 5; i++)
			append(1 + (ring.next - 1) % ENTRIES);
		while (hits-- > 0) {
			size_t at = (size_t)rand() % CAPACITY;

			area[at] ^= (char)(1 << rand() % 8);
			if (rand() % 8 == 0)
				((char *)&head)[at % sizeof(head)] ^= 1;
		}
		log_open(&ring, &head, area, CAPACITY);
		log_read(&ring, &cursor, &all, out, sizeof(out), UINT32_MAX);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_come_back_as_they_went_in),
		cmocka_unit_test(filter_shows_what_was_asked_for),
		cmocka_unit_test(reader_that_goes_on_sees_each_entry_once),
		cmocka_unit_test(ring_is_found_again),
		cmocka_unit_test(death_at_any_byte_leaves_a_valid_ring),
		cmocka_unit_test(damage_is_survived),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
