/*
 * app: what the small programs share: help, errors, services.
 *
 * They live in one image, tool, which looks at the name it was started by.
 * Each has its own folder and a function NAME_main.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gbsd/call.h>
#include <gbsd/error.h>

enum { APP_FAILED = 1, APP_USAGE = 2 };

/* Notes the name for messages; prints the help and ends if it is asked for as
 * the first argument. */
void app_begin(int argc, char **argv, const char *help);

/* A line on stderr, after the program's name, and the end. */
_Noreturn void
app_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for wrong arguments, with a hint at --help. */
_Noreturn void
app_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends with what and the error's sentence, unless e is E_OK. */
void app_must(enum error e, const char *what);

/* The service of that name, or the end. */
cap_t app_service(const char *name);

/* A number from 0 to most, or the end. */
uint64_t app_number(const char *text, uint64_t most);

/* Codes for a terminal, empty where the output is none. */
const char *app_bold(void);
const char *app_dim(void);
const char *app_plain(void);
/* Of the terminal, or 80 and 24. */
unsigned app_columns(void);
unsigned app_rows(void);

/* A duration, short: "1.23s", "4:05", "2d03h". */
const char *app_duration(uint64_t nanoseconds, char text[16]);
/* Pages as a size: "12K", "3.4M". */
const char *app_pages(uint64_t pages, char text[16]);

#define TOOL(name) int name##_main(int argc, char **argv);
#include "../tool/tools.def"
#undef TOOL
