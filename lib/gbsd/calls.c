/* calls: those of the typed calls that are more than their registers. */
#include <string.h>

#include <gbsd/calls.h>

enum error
sched_spawn(enum spawn_mode mode, uint64_t entry, uint64_t stack,
    uint64_t argument, const char *name, cap_t *cap)
{
	uint64_t words[2] = { 0 };

	strncpy((char *)words, name, sizeof(words));
	return call_result(gbsd_call6(CALL_sched_spawn, mode, entry, stack,
			       argument, words[0], words[1]),
	    cap);
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

enum error
sys_debug_read(cap_t machine, uint8_t bytes[7], unsigned *count)
{
	uint64_t result = gbsd_call6(
	    CALL_sys_debug_print, machine, STREAM_INPUT, 0, 0, 0, 0);
	enum error e = error_of(result);

	if (e != E_OK)
		return e;
	*count = result & 0xFF;
	for (unsigned i = 0; i < *count; i++)
		bytes[i] = (uint8_t)(result >> (8 * (i + 1)));
	return E_OK;
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
