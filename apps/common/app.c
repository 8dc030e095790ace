/* app: help, errors, services, and how things are printed. */
#include "app.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gbsd/calls.h>
#include <gbsd/service.h>

static const char *app_name = "?";

void
app_begin(int argc, char **argv, const char *help)
{
	const char *slash = strrchr(argv[0], '/');

	app_name = slash != NULL ? slash + 1 : argv[0];
	if (argc < 2 || strcmp(argv[1], "--help") != 0)
		return;
	fputs(help, stdout);
	exit(fflush(stdout) == 0 ? 0 : APP_FAILED);
}

void
app_fail(const char *format, ...)
{
	va_list list;

	fflush(stdout);
	fprintf(stderr, "%s: ", app_name);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	exit(APP_FAILED);
}

void
app_usage(const char *format, ...)
{
	va_list list;

	fprintf(stderr, "%s: ", app_name);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, "; see %s --help\n", app_name);
	exit(APP_USAGE);
}

void
app_must(enum error e, const char *what)
{
	if (e != E_OK)
		app_fail("%s: %s", what, error_text(e));
}

cap_t
app_service(const char *name)
{
	cap_t service;

	app_must(service_find(name, &service), name);
	return service;
}

uint64_t
app_number(const char *text, uint64_t most)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    n > most)
		app_usage("%s is no number from 0 to %llu", text,
		    (unsigned long long)most);
	return n;
}

static bool
terminal(void)
{
	return getenv("TERM") != NULL && isatty(STDOUT_FILENO);
}

const char *
app_bold(void)
{
	return terminal() ? "\033[1m" : "";
}

const char *
app_dim(void)
{
	return terminal() ? "\033[2m" : "";
}

const char *
app_plain(void)
{
	return terminal() ? "\033[0m" : "";
}

static unsigned
from_environment(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);
	int n = text == NULL ? 0 : atoi(text);

	return n > 0 ? (unsigned)n : otherwise;
}

unsigned
app_columns(void)
{
	return from_environment("COLUMNS", 80);
}

unsigned
app_rows(void)
{
	return from_environment("LINES", 24);
}

const char *
app_duration(uint64_t nanoseconds, char text[16])
{
	unsigned long long ms = nanoseconds / 1000000, s = ms / 1000;

	if (ms < 1000)
		snprintf(text, 16, "%llums", ms);
	else if (s < 60)
		snprintf(text, 16, "%llu.%02llus", s, ms / 10 % 100);
	else if (s < 3600)
		snprintf(text, 16, "%llu:%02llu", s / 60, s % 60);
	else if (s < 86400)
		snprintf(text, 16, "%lluh%02llu", s / 3600, s / 60 % 60);
	else
		snprintf(text, 16, "%llud%02lluh", s / 86400 % 1000000,
		    s / 3600 % 24);
	return text;
}

const char *
app_pages(uint64_t pages, char text[16])
{
	unsigned long long k = pages * (PAGE_SIZE / 1024);

	if (k < 10 * 1024)
		snprintf(text, 16, "%lluK", k);
	else if (k < 10 * 1024 * 1024)
		snprintf(
		    text, 16, "%llu.%lluM", k / 1024, k % 1024 * 10 / 1024);
	else
		snprintf(text, 16, "%lluG", k / (1024 * 1024) % 1000000000);
	return text;
}
