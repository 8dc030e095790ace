/*
 * builtin_directory: cd and pwd.
 *
 * The path in PWD is what counts: .. drops a name from it, whatever links
 * the names went through.
 */
#include <errno.h>
#include <string.h>

#include "builtin.h"
#include "output.h"
#include "port.h"
#include "variables.h"

/* Joins from and to into an absolute path without . .. and doubled /. */
static char *
join(struct shell *sh, const char *from, const char *to)
{
	struct buf b = { .arena = &sh->scratch };
	const char *parts[] = { to[0] == '/' ? "" : from, to };

	for (size_t i = 0; i < 2; i++) {
		const char *s = parts[i];

		while (*s != '\0') {
			size_t n = strcspn(s, "/");

			if (n == 2 && s[0] == '.' && s[1] == '.') {
				while (
				    b.length > 0 && b.data[--b.length] != '/')
					continue;
			} else if (n > 0 && !(n == 1 && s[0] == '.')) {
				buf_byte(&b, '/');
				buf_bytes(&b, s, n);
			}
			s += n + strspn(s + n, "/");
		}
	}
	if (b.length == 0)
		buf_byte(&b, '/');
	return buf_text(&b);
}

/* CDPATH, which a path that starts with / or . does not want. */
static const char *
along_cdpath(struct shell *sh, const char *pwd, const char *to)
{
	const char *dirs = variable_get(sh, "CDPATH");
	struct port_stat st;

	if (dirs == NULL || to[0] == '/' || to[0] == '.')
		return NULL;
	for (size_t n; *dirs != '\0'; dirs += n + (dirs[n] == ':')) {
		n = strcspn(dirs, ":");
		char *base = join(sh, pwd, arena_copy(&sh->scratch, dirs, n));
		char *path = join(sh, base, to);

		if (port_stat(path, true, &st) == 0 &&
		    st.type == PORT_DIRECTORY)
			return n > 0 ? path : NULL;
	}
	return NULL;
}

int
builtin_cd(struct shell *sh, int count, char **arguments)
{
	int i = 1;
	const char *pwd = variable_get(sh, "PWD"), *to, *found;
	bool show;

	while (i < count && (strcmp(arguments[i], "-L") == 0 ||
				strcmp(arguments[i], "-P") == 0 ||
				strcmp(arguments[i], "--") == 0))
		i++;
	to = i < count ? arguments[i] : variable_get(sh, "HOME");
	show = to != NULL && strcmp(to, "-") == 0;
	if (show)
		to = variable_get(sh, "OLDPWD");
	if (to == NULL)
		return shell_warn(
		    sh, "cd: %s is not set", show ? "OLDPWD" : "HOME");
	pwd = pwd != NULL ? pwd : "/";
	found = along_cdpath(sh, pwd, to);
	show |= found != NULL;

	const char *path = found != NULL ? found : join(sh, pwd, to);
	int error = port_directory(path);
	if (error != 0 && error != ENOSYS)
		return shell_warn(sh, "cd: %s: %s", to, strerror(error));
	/* The old value goes with the assignment, so it is kept first. */
	if (!variable_set(sh, "OLDPWD", pwd) || !variable_set(sh, "PWD", path))
		return STATUS_ERROR;
	if (show)
		output_format(sh, "%s\n", path);
	return 0;
}

int
builtin_pwd(struct shell *sh, int count, char **arguments)
{
	const char *pwd = variable_get(sh, "PWD");
	char *path = arena_alloc(&sh->scratch, PORT_PATH_MOST);

	if (pwd == NULL || (count > 1 && strcmp(arguments[1], "-P") == 0)) {
		if (!port_current_directory(path, PORT_PATH_MOST))
			strcpy(path, "/");
		pwd = path;
	}
	output_format(sh, "%s\n", pwd);
	return 0;
}
