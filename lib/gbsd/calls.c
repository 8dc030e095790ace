/* calls: those of the typed calls that are more than their registers. */
#include <string.h>

#include <gbsd/calls.h>

enum error
sched_spawn(cap_t memory, cap_t space, uint64_t entry, uint64_t stack,
    uint64_t argument, const char *name, cap_t *task)
{
	uint64_t *words = gbsd_area()->message.words;

	/* The whole name need not fit: no zero is wanted then. */
	memset(words, 0, NAME_BYTES);
	memcpy(words, name, strnlen(name, NAME_BYTES));
	return call_result(gbsd_call6(CALL_sched_spawn, memory, space, entry,
			       stack, argument, 0),
	    task);
}

enum error
vm_clear(cap_t raw, uint64_t first, uint64_t pages)
{
	uint64_t end = first + pages;

	while (first < end) {
		uint64_t next = gbsd_call6(
		    CALL_vm_deallocate, raw, VM_CLEAR, first, 0, 0, 0);

		if (error_of(next) != E_OK)
			return error_of(next);
		first = next;
	}
	return E_OK;
}

enum error
sys_debug_print(
    cap_t machine, enum stream stream, const void *bytes, size_t length)
{
	const char *from = bytes;
	enum error e = E_OK;

	while (e == E_OK && length > 0) {
		size_t n = length < PRINT_BYTES ? length : PRINT_BYTES;
		uint64_t words[PRINT_BYTES / 8] = { 0 };

		memcpy(words, from, n);
		e = error_of(gbsd_call6(CALL_sys_debug_print, machine,
		    stream | n << 8, words[0], words[1], words[2], words[3]));
		from += n;
		length -= n;
	}
	return e;
}

const char *
error_text(enum error e)
{
	switch (e) {
	case E_OK:
		return "no error";
#define ERROR(number, name, text) \
	case E_##name:            \
		return text;
#include <gbsd/error.def>
#undef ERROR
	}
	return "unknown error";
}
