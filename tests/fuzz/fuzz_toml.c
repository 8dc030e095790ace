/*
 * fuzz_toml: any bytes, taken as services.toml.
 *
 * Reads them and resolves the order: whatever they say, no name is longer
 * than its place and no mask names a service that is not there.
 */
#include <stdlib.h>
#include <string.h>

#include "order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
on_error(
    void *context, unsigned line, const char *service, const char *sentence)
{
	(void)context;
	if (line == 0 || strlen(service) >= CONFIG_NAME || sentence == NULL)
		abort();
}

static void
check(const struct config *config, const struct config_service *s)
{
	uint32_t all = config->count == CONFIG_SERVICES
	    ? UINT32_MAX
	    : (1u << config->count) - 1;

	if (strlen(s->name) >= CONFIG_NAME || s->name[0] == '\0' ||
	    strlen(s->image) >= CONFIG_IMAGE || (s->need_mask & ~all) ||
	    (s->after_mask & ~all))
		abort();
	for (unsigned i = 0; s->args[i] != NULL; i++)
		if (i >= CONFIG_ARGS || strlen(s->args[i]) >= CONFIG_ARG_BYTES)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config;
	/* Behind its last byte nothing may be read. */
	char *text = malloc(size);

	if (size == 0 || text == NULL) {
		free(text);
		return 0;
	}
	memcpy(text, data, size);
	memset(&config, 0, sizeof(config));
	config.error = on_error;
	config_read(&config, text, size);
	order_resolve(&config);
	for (unsigned i = 0; i < config.count; i++)
		check(&config, &config.services[i]);
	free(text);
	return 0;
}
