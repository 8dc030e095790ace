/* words: the command line that the machine gives; see words.h. */
#include <string.h>

#include "words.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* One byte of a value; false if %XX is wrong. */
static bool
decode(const char **at, char *byte)
{
	*byte = *(*at)++;
	if (*byte != '%')
		return true;
	int high = hex((*at)[0]);
	int low = high < 0 ? -1 : hex((*at)[1]);

	if (low < 0 || high * 16 + low == 0)
		return false;
	*byte = (char)(high * 16 + low);
	*at += 2;
	return true;
}

static bool
copy(const char *at, char *to, size_t size)
{
	size_t n = 0;

	while (*at != '\0' && *at != ' ') {
		if (n + 1 == size || !decode(&at, &to[n]))
			return false;
		n++;
	}
	to[n] = '\0';
	return true;
}

bool
words_get(const char *line, const char *key, char *to, size_t size)
{
	size_t n = strlen(key);

	while (*line != '\0') {
		if (strncmp(line, key, n) == 0 && line[n] == '=')
			return copy(line + n + 1, to, size);
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return false;
}
