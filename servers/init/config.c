/* config: what etc/services.toml says; see config.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gbsd/call.h>

#include "config.h"
#include "toml.h"

enum { LIMIT_DEFAULT = 5 };

static const char prefix[] = "service.";

struct config_service *
config_find(struct config *config, const char *name)
{
	for (unsigned i = 0; i < config->count; i++)
		if (strcmp(config->services[i].name, name) == 0)
			return &config->services[i];
	return NULL;
}

/* --- values ------------------------------------------------------------*/

typedef const char *
set_function(struct config_service *s, const struct toml_entry *e);

static const char *
set_image(struct config_service *s, const struct toml_entry *e)
{
	if (strlen(e->strings[0]) >= sizeof(s->image))
		return "the name of the image is too long";
	strcpy(s->image, e->strings[0]);
	return NULL;
}

static const char *
set_args(struct config_service *s, const struct toml_entry *e)
{
	size_t used = 0;

	if (e->count > CONFIG_ARGS)
		return "too many arguments";
	for (unsigned i = 0; i < e->count; i++) {
		size_t n = strlen(e->strings[i]) + 1;

		if (n > sizeof(s->arg_bytes) - used)
			return "the arguments are too long";
		s->args[i] = memcpy(s->arg_bytes + used, e->strings[i], n);
		used += n;
	}
	s->args[e->count] = NULL;
	return NULL;
}

static const char *
read_use(struct config_use *use, const char *text)
{
	const char *colon = strchr(text, ':');
	size_t n = colon != NULL ? (size_t)(colon - text) : strlen(text);
	char *end;

	if (n == 0 || n >= sizeof(use->name))
		return "not the name of a service";
	memcpy(use->name, text, n);
	use->name[n] = '\0';
	use->rights = CONFIG_PUBLIC;
	if (colon == NULL)
		return NULL;
	if (strcmp(colon + 1, "all") == 0) {
		use->rights = CONFIG_ALL;
		return NULL;
	}
	unsigned long rights = strtoul(colon + 1, &end, 0);

	if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || rights == 0 ||
	    rights > CONFIG_ALL)
		return "rights are a number or all";
	use->rights = (uint32_t)rights;
	return NULL;
}

static const char *
set_list(struct config_use *list, unsigned *count, const struct toml_entry *e)
{
	if (e->count > CONFIG_NAMES)
		return "too many names";
	for (unsigned i = 0; i < e->count; i++) {
		const char *wrong = read_use(&list[i], e->strings[i]);

		if (wrong != NULL)
			return wrong;
	}
	*count = (unsigned)e->count;
	return NULL;
}

static const char *
set_needs(struct config_service *s, const struct toml_entry *e)
{
	return set_list(s->needs, &s->need_count, e);
}

static const char *
set_after(struct config_service *s, const struct toml_entry *e)
{
	return set_list(s->after, &s->after_count, e);
}

static const char *
set_uses(struct config_service *s, const struct toml_entry *e)
{
	return set_list(s->uses, &s->use_count, e);
}

static const char *
set_machine(struct config_service *s, const struct toml_entry *e)
{
	static const struct {
		const char *name;
		uint32_t right;
	} rights[] = {
		{ "schedule", RIGHT_SCHEDULE },
		{ "print", RIGHT_PRINT },
		{ "power", RIGHT_POWER },
		{ "bind", RIGHT_BIND },
	};

	for (unsigned i = 0; i < e->count; i++) {
		uint32_t right = 0;

		for (unsigned j = 0; j < sizeof(rights) / sizeof(*rights); j++)
			if (strcmp(e->strings[i], rights[j].name) == 0)
				right = rights[j].right;
		if (right == 0)
			return "no such right of the machine";
		s->machine |= right;
	}
	return NULL;
}

static const char *
set_objects(struct config_service *s, const struct toml_entry *e)
{
	for (unsigned i = 0; i < e->count; i++) {
		if (strcmp(e->strings[i], "archive") == 0)
			s->archive = true;
		else if (strcmp(e->strings[i], "ram") == 0)
			s->ram = true;
		else if (strcmp(e->strings[i], "rest") == 0)
			s->rest = true;
		else
			return "no such object";
	}
	return NULL;
}

static const char *
set_restart(struct config_service *s, const struct toml_entry *e)
{
	if (strcmp(e->strings[0], "always") == 0)
		s->restart = RESTART_ALWAYS;
	else if (strcmp(e->strings[0], "on-failure") == 0)
		s->restart = RESTART_ON_FAILURE;
	else if (strcmp(e->strings[0], "never") == 0)
		s->restart = RESTART_NEVER;
	else
		return "restart is always, on-failure or never";
	return NULL;
}

/* Of a list of places that are all set the same way, one function each. */
#define SET_NUMBER(field, most)                                   \
	static const char *set_##field(                           \
	    struct config_service *s, const struct toml_entry *e) \
	{                                                         \
		if (e->integer < 0 || e->integer > (most))        \
			return "the number is out of its range";  \
		s->field = (uint32_t)e->integer;                  \
		return NULL;                                      \
	}
#define SET_FLAG(field)                                           \
	static const char *set_##field(                           \
	    struct config_service *s, const struct toml_entry *e) \
	{                                                         \
		s->field = e->integer != 0;                       \
		return NULL;                                      \
	}

SET_NUMBER(public_rights, CONFIG_ALL)
SET_NUMBER(limit, 1000)
SET_NUMBER(keep, 1 << 30)
SET_NUMBER(capabilities, 1 << 24)
SET_NUMBER(mappings, 1 << 20)
SET_NUMBER(messages, 1 << 20)
SET_NUMBER(clients, 1024)
SET_NUMBER(pages, 1 << 24)
SET_NUMBER(memory, INT32_MAX)
SET_NUMBER(lasting, INT32_MAX)
SET_NUMBER(priority, PRIORITY_INIT)
SET_FLAG(control)
SET_FLAG(output)
SET_FLAG(main)

static const struct {
	const char *name;
	enum toml_type type;
	set_function *set;
} keys[] = {
	{ "image", TOML_STRING, set_image },
	{ "args", TOML_ARRAY, set_args },
	{ "needs", TOML_ARRAY, set_needs },
	{ "after", TOML_ARRAY, set_after },
	{ "uses", TOML_ARRAY, set_uses },
	{ "public", TOML_INTEGER, set_public_rights },
	{ "machine", TOML_ARRAY, set_machine },
	{ "objects", TOML_ARRAY, set_objects },
	{ "control", TOML_BOOLEAN, set_control },
	{ "output", TOML_BOOLEAN, set_output },
	{ "restart", TOML_STRING, set_restart },
	{ "limit", TOML_INTEGER, set_limit },
	{ "keep", TOML_INTEGER, set_keep },
	{ "capabilities", TOML_INTEGER, set_capabilities },
	{ "mappings", TOML_INTEGER, set_mappings },
	{ "messages", TOML_INTEGER, set_messages },
	{ "clients", TOML_INTEGER, set_clients },
	{ "pages", TOML_INTEGER, set_pages },
	{ "memory", TOML_INTEGER, set_memory },
	{ "lasting", TOML_INTEGER, set_lasting },
	{ "priority", TOML_INTEGER, set_priority },
	{ "main", TOML_BOOLEAN, set_main },
};

/* --- tables ------------------------------------------------------------*/

static const char *
service_name(const char *table)
{
	size_t n = sizeof(prefix) - 1;

	return strncmp(table, prefix, n) == 0 ? table + n : "";
}

static const char *
begin_service(struct config *config, const struct toml_entry *e)
{
	const char *name = service_name(e->table);
	struct config_service *s;

	if (*name == '\0' || strchr(name, '.') != NULL)
		return "only tables [service.NAME]";
	if (strlen(name) >= CONFIG_NAME)
		return "the service's name is too long";
	if (config_find(config, name) != NULL)
		return "this service was there before";
	if (config->count == CONFIG_SERVICES)
		return "too many services";
	s = &config->services[config->count++];
	memset(s, 0, sizeof(*s));
	strcpy(s->name, name);
	snprintf(s->image, sizeof(s->image), "servers/%s", name);
	s->line = e->line;
	s->restart = RESTART_ALWAYS;
	s->limit = LIMIT_DEFAULT;
	return NULL;
}

static const char *
entry(void *context, const struct toml_entry *e)
{
	struct config *config = context;
	struct config_service *s;

	if (e->key[0] == '\0')
		return begin_service(config, e);
	s = config_find(config, service_name(e->table));
	if (s == NULL)
		return "this line belongs to no service";
	for (unsigned i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (strcmp(keys[i].name, e->key) != 0)
			continue;
		if (keys[i].type != e->type)
			return "a value of another type is wanted";
		return keys[i].set(s, e);
	}
	return "there is no such key";
}

static void
error(void *context, const char *table, unsigned line, const char *sentence)
{
	struct config *config = context;
	struct config_service *s = config_find(config, service_name(table));

	if (s != NULL)
		s->broken = true;
	config->error(
	    config->context, line, s != NULL ? s->name : "", sentence);
}

void
config_read(struct config *config, const char *text, size_t size)
{
	toml_read(text, size,
	    &(struct toml_reader){
		.entry = entry, .error = error, .context = config });
}
