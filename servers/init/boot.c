/*
 * boot: what the machine and the archive tell init: services.toml, the command
 * line, and the environment that all processes get of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gbsd/calls.h>

#include "init.h"
#include "log.h"
#include "order.h"
#include "words.h"

enum { TEXT = 64 };

static void
config_error(
    void *context, unsigned line, const char *service, const char *sentence)
{
	(void)context;
	log_line("init: " BOOT_SERVICES ":%u: %s%s%s", line, service,
	    *service != '\0' ? ": " : "", sentence);
}

static void
set_environment(
    struct init *init, unsigned *n, const char *key, const char *value)
{
	char *text = malloc(strlen(key) + strlen(value) + 2);

	if (text == NULL || *n == INIT_ENVIRONMENT) {
		free(text);
		return;
	}
	sprintf(text, "%s=%s", key, value);
	init->environment[(*n)++] = text;
	init->environment[*n] = NULL;
}

/* COLUMNS and LINES from console=80x24, or columns=80 rows=24. */
static void
set_size(struct init *init, unsigned *n, const char *line)
{
	char text[TEXT], *x;

	if (words_get(line, "console", text, sizeof(text)) &&
	    (x = strchr(text, 'x')) != NULL) {
		*x = '\0';
		set_environment(init, n, "COLUMNS", text);
		set_environment(init, n, "LINES", x + 1);
		return;
	}
	if (words_get(line, "columns", text, sizeof(text)))
		set_environment(init, n, "COLUMNS", text);
	if (words_get(line, "rows", text, sizeof(text)))
		set_environment(init, n, "LINES", text);
}

void
boot_environment(struct init *init)
{
	const struct boot_info *boot = gbsd_start()->boot;
	char text[TEXT];
	unsigned n = 0;

	init->commanded = words_get(
	    boot->command_line, "c", init->command, sizeof(init->command));
	set_environment(init, &n, "PATH", "/bin");
	set_environment(init, &n, "HOME", "/");
	snprintf(text, sizeof(text), "%llu",
	    (unsigned long long)boot->console_interrupt);
	set_environment(init, &n, "CONSOLE_INTERRUPT", text);
	snprintf(
	    text, sizeof(text), "%llu", (unsigned long long)boot->wall_clock);
	if (boot->wall_clock != 0)
		set_environment(init, &n, "WALL_CLOCK", text);
	snprintf(
	    text, sizeof(text), "%llu", (unsigned long long)boot->processors);
	set_environment(init, &n, "PROCESSORS", text);
	snprintf(
	    text, sizeof(text), "%llx", (unsigned long long)boot->direct_map);
	set_environment(init, &n, "DIRECT_MAP", text);
	snprintf(text, sizeof(text), "%llx", (unsigned long long)boot->space);
	set_environment(init, &n, "INIT_SPACE", text);
	/* A machine that says nothing has somebody at its console. */
	if (!words_get(boot->command_line, "tty", text, sizeof(text)) ||
	    strcmp(text, "0") != 0)
		set_environment(init, &n, "TERM", "xterm");
	/* A serial line has no end: this byte stands for it. */
	if (words_get(boot->command_line, "end", text, sizeof(text)))
		set_environment(init, &n, "CONSOLE_END", text);
	set_size(init, &n, boot->command_line);
}

enum error
boot_read(struct init *init)
{
	struct archive_file file;
	enum error e = archive_open(&init->archive);

	if (e == E_OK)
		e = archive_find(&init->archive, BOOT_SERVICES, &file);
	if (e != E_OK)
		return e;
	init->config.error = config_error;
	config_read(&init->config, file.data, file.size);
	order_resolve(&init->config);
	return E_OK;
}
