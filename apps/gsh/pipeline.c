/* pipeline: negation, and a refusal for now; see pipeline.h. */
#include "pipeline.h"

#include "exec.h"

int
pipeline_run(struct shell *sh, const struct node *n)
{
	int status;

	if (n->body->next != NULL)
		status = sh->status = shell_warn(
		    sh, "pipelines are not possible without a file server");
	else if (n->negated)
		status = exec_tested(sh, n->body);
	else
		status = exec_node(sh, n->body);
	if (n->negated && sh->unwind == UNWIND_NONE && n->body->next == NULL)
		sh->status = status == 0;
	return sh->status;
}
