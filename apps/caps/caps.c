/* caps: the capabilities of a space, and where they come from. */
#include <stdio.h>
#include <stdlib.h>

#include "../common/app.h"
#include "../common/stat_list.h"
#include "../common/tasks.h"

static const char help[] =
    "NAME\n"
    "    caps - list the capabilities of a task\n"
    "SYNOPSIS\n"
    "    caps TASK\n"
    "DESCRIPTION\n"
    "    One line for each capability in the space of TASK (a number or a\n"
    "    name):\n"
    "        HANDLE  generation:index\n"
    "        KIND    port, reply, memory, mapped (memory), space, task,\n"
    "                machine\n"
    "        OBJECT  its number; of memory the first page's, of an interrupt\n"
    "                1 more than its own\n"
    "        RIGHTS  s send, r receive, 1 send once, n notify, d destroy,\n"
    "                + derive, of memory R W X, M make objects of it, b know\n"
    "                its bus address, D device, c control, and of the machine\n"
    "                S schedule, P print, O power, B bind\n"
    "        BADGE   of a port or reply: client and, behind a colon, rights;\n"
    "                of memory: size\n"
    "        FROM    its ancestors, nearest first: name:handle; [number] is\n"
    "                the object made of what follows; \"(under way)\" is in a\n"
    "                message or kept by an object; \"(kernel)\" the kernel's\n"
    "                own\n"
    "EXIT STATUS\n"
    "    0, 1 if there is no such task, 2 for wrong arguments.\n";

static const char *
kind_of(const struct stat_capability *c)
{
	switch ((enum object_type)c->type) {
	case OBJECT_PORT:
		return "port";
	case OBJECT_REPLY:
		return "reply";
	case OBJECT_MEMORY:
		return c->mapped != 0 ? "mapped" : "memory";
	case OBJECT_SPACE:
		return "space";
	case OBJECT_TASK:
		return "task";
	case OBJECT_MACHINE:
		return "machine";
	default:
		return "?";
	}
}

static const struct {
	uint32_t right;
	char letter;
} letters[] = {
	{ RIGHT_SEND, 's' },
	{ RIGHT_RECEIVE, 'r' },
	{ RIGHT_SEND_ONCE, '1' },
	{ RIGHT_SIGNAL, 'n' },
	{ RIGHT_DESTROY, 'd' },
	{ RIGHT_DERIVE, '+' },
	{ RIGHT_READ, 'R' },
	{ RIGHT_WRITE, 'W' },
	{ RIGHT_EXECUTE, 'X' },
	{ RIGHT_MAKE, 'M' },
	{ RIGHT_BUS, 'b' },
	{ RIGHT_DEVICE, 'D' },
	{ RIGHT_CONTROL, 'c' },
	{ RIGHT_SCHEDULE, 'S' },
	{ RIGHT_PRINT, 'P' },
	{ RIGHT_POWER, 'O' },
	{ RIGHT_BIND, 'B' },
};

enum { LETTERS = sizeof(letters) / sizeof(letters[0]) };

static const char *
rights_of(uint32_t rights, char text[LETTERS + 1])
{
	unsigned n = 0;

	for (unsigned i = 0; i < LETTERS; i++)
		if (rights & letters[i].right)
			text[n++] = letters[i].letter;
	text[n] = '\0';
	return text;
}

static void
print_ancestor(const struct tasks *tasks, const struct stat_ancestor *a)
{
	switch ((enum stat_place)a->place) {
	case STAT_TABLE:
		printf(" <- %.*s:%u", NAME_BYTES,
		    tasks_space(tasks, a->number)->name, (uint32_t)a->handle);
		break;
	case STAT_OBJECT:
		printf(" <- [%llu]", (unsigned long long)a->number);
		break;
	case STAT_ELSEWHERE:
		printf(" <- (under way)");
		break;
	case STAT_KERNEL:
		printf(" <- (kernel)");
	}
}

static void
print_ancestors(const struct tasks *tasks, const struct stat_capability *c)
{
	for (uint32_t i = 0; i < c->ancestors; i++)
		print_ancestor(tasks, &c->chain[i]);
	printf("%s\n", c->flags & STAT_CUT ? " <- ..." : "");
}

static void
print_one(const struct tasks *tasks, const struct stat_capability *c)
{
	char rights[LETTERS + 1], badge[24] = "", handle[24];

	snprintf(handle, sizeof(handle), "%u:%u", (uint32_t)(c->handle >> 32),
	    (uint32_t)c->handle);
	if (c->type == OBJECT_PORT || c->type == OBJECT_REPLY)
		snprintf(badge, sizeof(badge), "%u:%x", (uint32_t)c->badge,
		    (uint32_t)(c->badge >> 32));
	else if (c->type == OBJECT_MEMORY)
		app_pages(c->pages, badge);
	printf("%10s %-7s %8llu %-8s %12s", handle, kind_of(c),
	    (unsigned long long)c->object, rights_of(c->rights, rights), badge);
	print_ancestors(tasks, c);
}

int
caps_main(int argc, char **argv)
{
	struct tasks tasks;
	uint64_t space;
	uint32_t count;

	app_begin(argc, argv, help);
	if (argc != 2)
		app_usage("one task is wanted");
	space = stat_space_named(argv[1]);
	tasks_get(&tasks);

	struct stat_capability *c =
	    stat_list(stat_capabilities, space, sizeof(*c), &count);

	printf("%s%10s %-7s %8s %-8s %12s FROM%s\n", app_bold(), "HANDLE",
	    "KIND", "OBJECT", "RIGHTS", "BADGE", app_plain());
	for (uint32_t i = 0; i < count; i++)
		print_one(&tasks, &c[i]);
	free(c);
	tasks_free(&tasks);
	return fflush(stdout) == 0 ? 0 : APP_FAILED;
}
