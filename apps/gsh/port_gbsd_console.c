/* port_gbsd_console: the terminal of the shell on GBSD; see port.h. */
#include "port_gbsd.h"

#include <errno.h>
#include <unistd.h>

#include <gbsd/calls.h>
#include <gbsd/memory.h>
#include <gbsd/service.h>
#include <proto/console.h>
#include <proto/init.h>

enum { PORT_PAGES = 64, MILLISECOND = 1000 * 1000 };

static void
find_services(struct gbsd *g)
{
	struct console_size_req size_request;
	struct console_size_rep size;
	struct init_self_req self_request;
	struct init_self_rep self;
	cap_t raw;

	g->init = gbsd_cap("init");
	if (memory_take(PORT_PAGES, &raw) == E_OK &&
	    port_allocate(raw, &g->port) != E_OK)
		memory_give(raw);
	if (g->init != 0 &&
	    init_self(g->init, &self_request, &self, NULL) == E_OK) {
		g->process = (int)self.process;
		g->parent = (int)self.parent;
	}
	/* A shell in the background was given no input. */
	g->console = gbsd_cap("stdin");
	if (g->console == 0 && gbsd_cap("port") != 0 &&
	    service_find("console_server", &g->console) != E_OK)
		g->console = 0;
	if (g->console == 0 ||
	    console_size(g->console, &size_request, &size, NULL) != E_OK)
		return;
	g->terminal = size.terminal != 0;
	g->columns = (int)size.columns;
	g->rows = (int)size.rows;
}

struct gbsd *
gbsd(void)
{
	static struct gbsd g;
	static bool made;

	if (!made) {
		made = true;
		find_services(&g);
		if (archive_open(&g.archive) != E_OK)
			g.archive.size = 0;
	}
	return &g;
}

int
port_read(int milliseconds)
{
	struct gbsd *g = gbsd();
	struct console_read_req q = { .size = 1 };
	struct console_read_rep r;
	uint64_t deadline = milliseconds < 0
	    ? 0
	    : gbsd_time() + (uint64_t)milliseconds * MILLISECOND;

	if (g->console == 0)
		return PORT_INPUT_END;
	switch (console_read_until(g->console, &q, &r, NULL, deadline)) {
	case E_OK:
		return r.count > 0 ? r.bytes[0] : PORT_INPUT_END;
	case E_TIMED_OUT:
		return PORT_INPUT_TIMEOUT;
	case E_INTERRUPTED:
		g->interrupted = false; /* this tells of it */
		gbsd_events(false);
		g->interrupted = false;
		return PORT_INPUT_INTERRUPTED;
	default:
		return PORT_INPUT_END;
	}
}

int
port_write(int descriptor, const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t n = write(descriptor, bytes, count);

		if (n < 0)
			return errno;
		bytes += n;
		count -= (size_t)n;
	}
	return 0;
}

bool
port_is_terminal(int descriptor)
{
	if (descriptor == 1 && gbsd_cap("stdout") != 0)
		return false;
	return descriptor >= 0 && descriptor <= 2 && gbsd()->terminal;
}

/* Ctrl-C comes here from now on, wherever it went before. */
static void
take_foreground(struct gbsd *g)
{
	struct console_foreground_req q;
	struct console_foreground_rep r;
	struct carried c = { 0 };

	if (cap_badge(g->port, RIGHT_SIGNAL, CONSOLE_INTERRUPT, 0,
		&c.out[0]) != E_OK)
		return;
	if (console_foreground(g->console, &q, &r, &c) != E_OK &&
	    c.out[0] != 0)
		cap_close(c.out[0]);
}

void
port_raw(bool on)
{
	struct gbsd *g = gbsd();
	struct console_set_mode_req q = {
		.mode = on ? CONSOLE_RAW : CONSOLE_LINE
	};
	struct console_set_mode_rep r;

	if (!g->terminal)
		return;
	if (on && g->port != 0)
		take_foreground(g);
	/* Without the right the mode stays, and lines come as a whole. */
	(void)!console_set_mode(g->console, &q, &r, NULL);
}

bool
port_terminal_size(int *columns, int *rows)
{
	struct gbsd *g = gbsd();

	if (g->columns == 0)
		return false;
	*columns = g->columns;
	*rows = g->rows;
	return true;
}

bool
port_interrupted(void)
{
	struct gbsd *g = gbsd();
	bool was;

	gbsd_events(false);
	was = g->interrupted;
	g->interrupted = false;
	return was;
}
