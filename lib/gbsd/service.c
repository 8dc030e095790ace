/* service: names and what init said of them; see service.h. */
#include <string.h>

#include <gbsd/runtime.h>
#include <gbsd/service.h>
#include <proto/init.h>

enum { KNOWN = 8 };

static struct {
	char name[INIT_NAME];
	cap_t cap;
} known[KNOWN];
static unsigned known_count;

enum error
service_find_by(cap_t init, const char *name, cap_t *service)
{
	struct init_lookup_req q = { 0 };
	struct init_lookup_rep r;
	struct carried c = { 0 };
	enum error e;

	if (strlen(name) > sizeof(q.name))
		return E_NOT_FOUND;
	strncpy(q.name, name, sizeof(q.name));
	e = init_lookup(init, &q, &r, &c);
	if (e == E_OK)
		*service = c.in[0];
	return e;
}

enum error
service_find(const char *name, cap_t *service)
{
	cap_t given = gbsd_cap(name), init = gbsd_cap("init");
	enum error e;

	for (unsigned i = 0; given == 0 && i < known_count; i++)
		if (strncmp(known[i].name, name, INIT_NAME) == 0)
			given = known[i].cap;
	if (given != 0) {
		*service = given;
		return E_OK;
	}
	if (init == 0)
		return E_UNAVAILABLE;
	e = service_find_by(init, name, service);
	if (e == E_OK && known_count < KNOWN) {
		strncpy(known[known_count].name, name, INIT_NAME);
		known[known_count++].cap = *service;
	}
	return e;
}
