/*
 * order: which services wait for which.
 *
 * Services are bits of a mask.  What a service waits for directly is known;
 * adding what those wait for until nothing changes gives all that it waits
 * for, and one that waits for itself is in a cycle.
 */
#include <string.h>

#include "order.h"

_Static_assert(CONFIG_SERVICES <= 32, "a service is a bit of 32");

static void
blame(struct config *config, struct config_service *s, const char *sentence)
{
	s->broken = true;
	config->error(config->context, s->line, s->name, sentence);
}

/* The bits of the names that are there; false if one is not. */
static bool
mask_of(struct config *config, const struct config_use *names, unsigned count,
    uint32_t *mask)
{
	bool all = true;

	for (unsigned i = 0; i < count; i++) {
		struct config_service *other =
		    config_find(config, names[i].name);

		if (other == NULL)
			all = false;
		else
			*mask |= 1u << (other - config->services);
	}
	return all;
}

static void
find_cycles(struct config *config)
{
	uint32_t waits[CONFIG_SERVICES] = { 0 };
	bool changed = true;

	for (unsigned i = 0; i < config->count; i++)
		waits[i] = config->services[i].need_mask |
			   config->services[i].after_mask;
	while (changed) {
		changed = false;
		for (unsigned i = 0; i < config->count; i++) {
			uint32_t more = waits[i];

			for (unsigned j = 0; j < config->count; j++)
				if (waits[i] >> j & 1)
					more |= waits[j];
			changed |= more != waits[i];
			waits[i] = more;
		}
	}
	for (unsigned i = 0; i < config->count; i++)
		if (waits[i] >> i & 1)
			blame(config, &config->services[i],
			    "the service waits for itself");
}

static bool
needs_broken(const struct config *config, const struct config_service *s)
{
	for (unsigned i = 0; i < config->count; i++)
		if ((s->need_mask >> i & 1) && config->services[i].broken)
			return true;
	return false;
}

void
order_resolve(struct config *config)
{
	bool changed = true;

	for (unsigned i = 0; i < config->count; i++) {
		struct config_service *s = &config->services[i];

		(void)mask_of(config, s->after, s->after_count, &s->after_mask);
		if (!mask_of(config, s->needs, s->need_count, &s->need_mask))
			blame(config, s, "it needs an unknown service");
	}
	find_cycles(config);
	while (changed) {
		changed = false;
		for (unsigned i = 0; i < config->count; i++) {
			struct config_service *s = &config->services[i];

			if (s->broken || !needs_broken(config, s))
				continue;
			blame(config, s, "it needs a service that is wrong");
			changed = true;
		}
	}
}
