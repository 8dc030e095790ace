/* port_host_files: the files of a POSIX system; see port.h. */
#include "port.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum port_type
type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return PORT_DIRECTORY;
	case S_IFLNK:
		return PORT_LINK;
	case S_IFCHR:
		return PORT_CHARACTER;
	case S_IFBLK:
		return PORT_BLOCK;
	case S_IFIFO:
		return PORT_PIPE;
	case S_IFSOCK:
		return PORT_SOCKET;
	default:
		return PORT_FILE;
	}
}

int
port_stat(const char *path, bool follow, struct port_stat *out)
{
	struct stat st;

	if ((follow ? stat(path, &st) : lstat(path, &st)) != 0)
		return errno;
	*out = (struct port_stat){
		.type = type_of(st.st_mode),
		.mode = st.st_mode & 07777,
		.size = (uint64_t)st.st_size,
		.modified =
		    st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec,
		.device = st.st_dev,
		.inode = st.st_ino,
	};
	for (int bit = 1; bit <= 4; bit <<= 1)
		if (access(path, bit) == 0)
			out->access |= (unsigned)bit;
	return 0;
}

int
port_list_directory(
    const char *path, bool (*visit)(void *, const char *), void *context)
{
	DIR *d = opendir(path);
	struct dirent *entry;

	if (d == NULL)
		return errno;
	while ((entry = readdir(d)) != NULL && visit(context, entry->d_name))
		continue;
	closedir(d);
	return 0;
}

static int
load(int fd, char **text, size_t *length)
{
	size_t room = 4096, used = 0;
	char *data = malloc(room);

	while (data != NULL) {
		ssize_t n = read(fd, data + used, room - used);

		if (n < 0) {
			int error = errno;

			free(data);
			return error;
		}
		used += (size_t)n;
		if (n == 0) {
			*text = data;
			*length = used;
			return 0;
		}
		if (used == room) {
			char *more = realloc(data, room *= 2);

			if (more == NULL)
				free(data);
			data = more;
		}
	}
	return ENOMEM;
}

int
port_load(const char *path, char **text, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;

	if (fd < 0)
		return errno;
	error = load(fd, text, length);
	close(fd);
	return error;
}

int
port_directory(const char *path)
{
	return chdir(path) == 0 ? 0 : errno;
}

bool
port_current_directory(char *out, size_t size)
{
	return getcwd(out, size) != NULL;
}
