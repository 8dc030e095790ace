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
service_find(const char *name, cap_t *service)
{
	struct init_lookup_req q = { 0 };
	struct init_lookup_rep r;
	struct carried carried = { 0 };
	cap_t init = gbsd_cap("init");
	enum error e;

	*service = gbsd_cap(name);
	if (*service != 0)
		return E_OK;
	for (unsigned i = 0; i < known_count; i++)
		if (strncmp(known[i].name, name, INIT_NAME) == 0) {
			*service = known[i].cap;
			return E_OK;
		}
	if (init == 0)
		return E_NOT_FOUND;
	strncpy(q.name, name, INIT_NAME);
	e = init_lookup(init, &q, &r, &carried);
	if (e != E_OK)
		return e;
	*service = carried.in[0];
	if (known_count < KNOWN) {
		memcpy(known[known_count].name, q.name, INIT_NAME);
		known[known_count++].cap = carried.in[0];
	}
	return E_OK;
}
