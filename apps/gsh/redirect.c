/* redirect: refused for now; see redirect.h. */
#include "redirect.h"

static void
undo(struct shell *sh, struct cleanup *cleanup)
{
	(void)sh;
	(void)cleanup;
}

bool
redirect_open(
    struct shell *sh, const struct redirect *list, struct redirection *r)
{
	if (list == NULL) {
		cleanup_push(sh, &r->cleanup, undo);
		return true;
	}
	sh->status =
	    shell_warn(sh, "redirection is not possible without a file server");
	return false;
}

void
redirect_close(struct shell *sh, struct redirection *r)
{
	cleanup_pop(sh, &r->cleanup);
}
