/* service: capabilities to services; see service.h. */
#include <string.h>

#include <gbsd/runtime.h>
#include <gbsd/service.h>
#include <proto/init.h>

enum error
service_find_by(cap_t init, const char *name, cap_t *service)
{
	struct init_lookup_req q;
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

	if (given != 0) {
		*service = given;
		return E_OK;
	}
	return init != 0 ? service_find_by(init, name, service)
			 : E_UNAVAILABLE;
}
