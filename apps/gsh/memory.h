/*
 * memory: where the shell's memory comes from, and what happens without it.
 *
 * No allocation here returns NULL.  When there is none to have, the handler
 * set by mem_on_exhausted() is called; it gives back what the abandoned work
 * held and jumps to safety.  So the code above is straight, and running out
 * of memory ends one command line, not the shell.
 *
 * An arena holds everything with the life of one command: it is filled and
 * then cut back to a mark.  What lives longer (variables, history) is on the
 * heap and has one owner.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

enum {
	MEM_MOST =
	    64 << 20, /* bytes in one piece; more is taken for a mistake */
};

struct chunk;

struct arena {
	struct chunk *top; /* owned; NULL while nothing was taken */
};

struct arena_mark {
	struct chunk *chunk;
	size_t used;
};

/* Says what to do when memory runs out; must not return. */
void mem_on_exhausted(void (*give_up)(void *), void *context);

_Noreturn void mem_exhausted(void);

/* Zeroed memory of the caller's own, to give to free(). */
void *mem_alloc(size_t size);
void *mem_resize(void *old, size_t size);

/* length bytes of text and a NUL, the caller's own. */
char *mem_copy(const char *text, size_t length);

/* Zeroed memory that lives until the arena is cut back. */
void *arena_alloc(struct arena *, size_t size);
char *arena_copy(struct arena *, const char *text, size_t length);
struct arena_mark arena_mark(const struct arena *);

/* Gives back all that was taken since the mark. */
void arena_release(struct arena *, struct arena_mark);
void arena_free(struct arena *);

/* Text that grows.  With an arena it ends with it; without one it is on the
 * heap and buf_free() ends it. */
struct buf {
	struct arena *arena;
	char *data; /* not always NUL-terminated: see buf_text() */
	size_t length;
	size_t room;
};

void buf_byte(struct buf *, int byte);
void buf_bytes(struct buf *, const char *, size_t length);
void buf_string(struct buf *, const char *);
void buf_number(struct buf *, long long);

/* printf's %s, %d (int), %c and %%, and nothing else. */
void buf_format(struct buf *, const char *format, va_list);

/* The text with a NUL behind it, which is not counted.  The buffer's own. */
char *buf_text(struct buf *);
void buf_free(struct buf *);
