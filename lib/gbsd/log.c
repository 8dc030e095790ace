/* log: pieces of a text to log_server; see log.h. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <gbsd/calls.h>
#include <gbsd/log.h>
#include <gbsd/service.h>
#include <proto/log.h>

static uint32_t dropped; /* since the last message that found room */

/* False if the rest need not be tried. */
static bool
send_piece(cap_t log, struct log_write_req *q)
{
	q->dropped = dropped;

	enum error e = proto_tell(log, log_op_write, q, sizeof(*q));

	if (e == E_OK)
		dropped = 0;
	return e == E_OK;
}

void
log_text(cap_t log, enum log_level level, const char *text, size_t length)
{
	struct message saved = gbsd_area()->message;

	if (length > LOG_TEXT)
		length = LOG_TEXT;
	do {
		struct log_write_req q = { .level = (uint8_t)level };

		q.length = (uint8_t)(length < LOG_PIECE ? length : LOG_PIECE);
		q.flags = length > LOG_PIECE ? LOG_MORE : 0;
		memcpy(q.text, text, q.length);
		text += q.length;
		length -= q.length;
		if (!send_piece(log, &q)) {
			dropped++;
			break;
		}
	} while (length > 0);
	gbsd_area()->message = saved;
}

void
log_printf(enum log_level level, const char *format, ...)
{
	char text[LOG_TEXT + 1];
	cap_t log = gbsd_cap("log"), server;
	va_list list;
	int n;

	va_start(list, format);
	n = vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	if (n < 0)
		return;
	if (n > LOG_TEXT)
		n = LOG_TEXT;
	if (service_find("log_server", &server) == E_OK) {
		log_text(server, level, text, (size_t)n);
	} else if (log != 0) {
		text[n < LOG_TEXT ? n++ : LOG_TEXT - 1] = '\n';
		/* If that fails there is nobody to tell. */
		(void)!sys_debug_print(log, STREAM_LOG, text, (size_t)n);
	}
}
