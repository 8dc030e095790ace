/* memory: allocation that does not return without memory; see memory.h. */
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	ALIGN = 16,
	CHUNK_LEAST = 4096 - 64, /* leaves room for malloc's own header */
};

struct chunk {
	struct chunk *below;
	size_t size; /* of data, bytes */
	size_t used;
	_Alignas(ALIGN) char data[];
};

static void (*exhausted)(void *);
static void *exhausted_context;

void
mem_on_exhausted(void (*give_up)(void *), void *context)
{
	exhausted = give_up;
	exhausted_context = context;
}

_Noreturn void
mem_exhausted(void)
{
	if (exhausted != NULL)
		exhausted(exhausted_context);
	abort();
}

void *
mem_alloc(size_t size)
{
	void *p = size > MEM_MOST ? NULL : calloc(1, size > 0 ? size : 1);

	if (p == NULL)
		mem_exhausted();
	return p;
}

void *
mem_resize(void *old, size_t size)
{
	void *p = size > MEM_MOST ? NULL : realloc(old, size > 0 ? size : 1);

	if (p == NULL)
		mem_exhausted();
	return p;
}

char *
mem_copy(const char *text, size_t length)
{
	char *p = mem_alloc(length + 1);

	if (length > 0)
		memcpy(p, text, length);
	return p;
}

static struct chunk *
chunk_add(struct arena *a, size_t size)
{
	if (size > MEM_MOST)
		mem_exhausted();

	size_t room = size > CHUNK_LEAST ? size : CHUNK_LEAST;
	struct chunk *c = malloc(sizeof(*c) + room);

	if (c == NULL)
		mem_exhausted();
	c->below = a->top;
	c->size = room;
	c->used = 0;
	a->top = c;
	return c;
}

/* As arena_alloc(), with whatever bytes were there. */
static char *
arena_take(struct arena *a, size_t size)
{
	struct chunk *c = a->top;

	if (size > MEM_MOST)
		mem_exhausted();
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (c == NULL || c->size - c->used < size)
		c = chunk_add(a, size);

	char *p = c->data + c->used;
	c->used += size;
	return p;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_take(a, size), 0, size);
}

char *
arena_copy(struct arena *a, const char *text, size_t length)
{
	char *p = arena_take(a, length + 1);

	if (length > 0)
		memcpy(p, text, length);
	p[length] = '\0';
	return p;
}

struct arena_mark
arena_mark(const struct arena *a)
{
	return (struct arena_mark){
		.chunk = a->top,
		.used = a->top != NULL ? a->top->used : 0,
	};
}

void
arena_release(struct arena *a, struct arena_mark mark)
{
	while (a->top != mark.chunk) {
		struct chunk *c = a->top;

		a->top = c->below;
		free(c);
	}
	if (a->top != NULL)
		a->top->used = mark.used;
}

void
arena_free(struct arena *a)
{
	arena_release(a, (struct arena_mark){ .chunk = NULL });
}

/* The common case of a growing text: it is the arena's newest piece. */
static int
arena_extend(struct arena *a, const char *p, size_t old, size_t size)
{
	struct chunk *c = a->top;

	old = (old + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (c == NULL || p == NULL || p + old != c->data + c->used)
		return 0;
	if (c->size - (c->used - old) < size)
		return 0;
	c->used += size - old;
	return 1;
}

static void
buf_grow(struct buf *b, size_t more)
{
	if (more > MEM_MOST || b->length > MEM_MOST)
		mem_exhausted();

	size_t room = b->room > 0 ? b->room * 2 : 64;
	while (room < b->length + more)
		room *= 2;
	if (b->arena == NULL) {
		b->data = mem_resize(b->data, room);
	} else if (!arena_extend(b->arena, b->data, b->room, room)) {
		char *p = arena_take(b->arena, room);

		if (b->length > 0)
			memcpy(p, b->data, b->length);
		b->data = p;
	}
	b->room = room;
}

void
buf_byte(struct buf *b, int byte)
{
	if (b->length == b->room)
		buf_grow(b, 1);
	b->data[b->length++] = (char)byte;
}

void
buf_bytes(struct buf *b, const char *bytes, size_t length)
{
	if (length == 0)
		return;
	if (b->room - b->length < length)
		buf_grow(b, length);
	memcpy(b->data + b->length, bytes, length);
	b->length += length;
}

void
buf_string(struct buf *b, const char *s)
{
	buf_bytes(b, s, strlen(s));
}

void
buf_number(struct buf *b, long long n)
{
	char digits[24];
	size_t at = sizeof(digits);
	/* Negate as unsigned: the least number has no positive twin. */
	unsigned long long u =
	    n < 0 ? 0 - (unsigned long long)n : (unsigned long long)n;

	do {
		digits[--at] = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	if (n < 0)
		digits[--at] = '-';
	buf_bytes(b, digits + at, sizeof(digits) - at);
}

void
buf_format(struct buf *b, const char *format, va_list args)
{
	for (const char *f = format; *f != '\0'; f++) {
		if (*f != '%') {
			buf_byte(b, *f);
			continue;
		}
		switch (*++f) {
		case 's':
			buf_string(b, va_arg(args, const char *));
			break;
		case 'd':
			buf_number(b, va_arg(args, int));
			break;
		case 'c':
			buf_byte(b, va_arg(args, int));
			break;
		default:
			buf_byte(b, *f);
		}
	}
}

char *
buf_text(struct buf *b)
{
	buf_byte(b, '\0');
	b->length--;
	return b->data;
}

void
buf_free(struct buf *b)
{
	if (b->arena == NULL)
		free(b->data);
	b->data = NULL;
	b->length = b->room = 0;
}
