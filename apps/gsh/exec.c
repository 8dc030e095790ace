/* exec: compound commands and lists; see exec.h. */
#include "exec.h"

#include <string.h>

#include "builtin.h"
#include "lex.h"
#include "pattern.h"
#include "pipeline.h"
#include "redirect.h"
#include "subshell.h"
#include "variables.h"

int
exec_tested(struct shell *sh, const struct node *n)
{
	sh->tested++;
	int status = exec_node(sh, n);
	sh->tested--;
	return status;
}

static int
exec_and_or(struct shell *sh, const struct node *n)
{
	int status = 0;

	for (; n != NULL; n = n->next) {
		if ((n->join == JOIN_AND && status != 0) ||
		    (n->join == JOIN_OR && status == 0))
			continue;
		status =
		    n->next != NULL ? exec_tested(sh, n) : exec_node(sh, n);
		if (sh->unwind != UNWIND_NONE)
			break;
	}
	return sh->status = status;
}

static int
exec_list(struct shell *sh, const struct node *n)
{
	for (; n != NULL && !shell_unwinds(sh); n = n->next) {
		if (n->background)
			sh->status = exec_background(sh, n);
		else
			exec_node(sh, n);
	}
	return sh->status;
}

static int
exec_if(struct shell *sh, const struct arm *arm)
{
	for (; arm != NULL; arm = arm->next) {
		if (arm->condition != NULL) {
			int status = exec_tested(sh, arm->condition);

			if (sh->unwind != UNWIND_NONE)
				return status;
			if (status != 0)
				continue;
		}
		return exec_node(sh, arm->body);
	}
	return sh->status = 0;
}

/* After the body of a loop: is the loop to be left? */
static bool
loop_ends(struct shell *sh)
{
	bool leave = sh->unwind == UNWIND_BREAK;

	if (!leave && sh->unwind != UNWIND_CONTINUE)
		return sh->unwind != UNWIND_NONE;
	if (--sh->unwind_loops > 0)
		return true;
	sh->unwind = UNWIND_NONE;
	return leave;
}

static int
exec_while(struct shell *sh, const struct node *n)
{
	int status = 0;

	sh->loops++;
	for (;;) {
		int condition = exec_tested(sh, n->condition);

		if (sh->unwind != UNWIND_NONE) {
			if (loop_ends(sh))
				break;
			continue;
		}
		if ((condition == 0) != (n->kind == NODE_WHILE))
			break;
		status = exec_node(sh, n->body);
		if (loop_ends(sh))
			break;
	}
	sh->loops--;
	/* An exit has its own status, that of no body. */
	if (sh->unwind != UNWIND_NONE && sh->unwind != UNWIND_BREAK &&
	    sh->unwind != UNWIND_CONTINUE)
		return sh->status;
	return sh->status = status;
}

static int
exec_for(struct shell *sh, const struct node *n)
{
	struct arena_mark mark = arena_mark(&sh->scratch);
	struct fields f = { .count = 0 };
	int status = 0;

	if (n->has_words)
		expand_words(sh, n->words, &f);
	else
		for (size_t i = 0; i < sh->state.parameters.count; i++) {
			char *s = sh->state.parameters.items[i];

			/* Copied: the body may change the parameters. */
			fields_add(
			    sh, &f, arena_copy(&sh->scratch, s, strlen(s)));
		}
	sh->loops++;
	for (size_t i = 0; i < f.count && sh->unwind == UNWIND_NONE; i++) {
		if (!variable_set(sh, n->name, f.items[i]))
			break;
		status = exec_node(sh, n->body);
		if (loop_ends(sh))
			break;
	}
	sh->loops--;
	arena_release(&sh->scratch, mark);
	if (sh->unwind == UNWIND_NONE)
		sh->status = status;
	return sh->status;
}

static bool
matches(struct shell *sh, const struct arm *arm, const char *value)
{
	for (struct word *w = arm->patterns; w != NULL; w = w->next) {
		const char *pattern = expand_pattern(sh, w->parts);

		if (sh->unwind != UNWIND_NONE)
			return false;
		if (pattern_match(pattern, value, strlen(value)))
			return true;
	}
	return false;
}

static int
exec_case(struct shell *sh, const struct node *n)
{
	struct arena_mark mark = arena_mark(&sh->scratch);
	const struct arm *arm = n->arms;

	sh->substitution_status = 0;
	const char *value = expand_text(sh, n->words->parts, EXPAND_TILDE);
	while (arm != NULL && sh->unwind == UNWIND_NONE &&
	       !matches(sh, arm, value))
		arm = arm->next;
	if (sh->unwind == UNWIND_NONE) {
		sh->status = arm == NULL ? 0 : sh->substitution_status;
		if (arm != NULL && arm->body != NULL)
			exec_node(sh, arm->body);
		else
			sh->status = 0;
	}
	arena_release(&sh->scratch, mark);
	return sh->status;
}

static int
define_function(struct shell *sh, const struct node *n)
{
	const struct builtin *b = builtin_find(n->name);
	struct entry *e;

	if (b != NULL && b->special)
		return shell_fail(sh, "%s: is a special builtin", n->name);
	e = table_add(&sh->state.functions, n->name);
	program_keep(sh->program);
	program_close(e->program);
	e->program = sh->program;
	e->body = n->body;
	return sh->status = 0;
}

static int
exec_kind(struct shell *sh, const struct node *n)
{
	switch (n->kind) {
	case NODE_SIMPLE:
		return exec_simple(sh, n);
	case NODE_PIPELINE:
		return pipeline_run(sh, n);
	case NODE_AND_OR:
		return exec_and_or(sh, n->body);
	case NODE_LIST:
		return exec_list(sh, n->body);
	case NODE_SUBSHELL:
		return subshell_run(sh, n->body);
	case NODE_GROUP:
		return exec_node(sh, n->body);
	case NODE_IF:
		return exec_if(sh, n->arms);
	case NODE_WHILE:
	case NODE_UNTIL:
		return exec_while(sh, n);
	case NODE_FOR:
		return exec_for(sh, n);
	case NODE_CASE:
		return exec_case(sh, n);
	case NODE_FUNCTION:
		return define_function(sh, n);
	}
	return sh->status;
}

static void
check_errexit(struct shell *sh, const struct node *n)
{
	bool counts = n->kind == NODE_SIMPLE || n->kind == NODE_SUBSHELL ||
		      (n->kind == NODE_PIPELINE && !n->negated) ||
		      n->redirects != NULL;

	if (sh->status != 0 && counts && sh->tested == 0 &&
	    sh->unwind == UNWIND_NONE && shell_option(sh, OPTION_ERREXIT))
		sh->unwind = UNWIND_EXIT;
}

int
exec_node(struct shell *sh, const struct node *n)
{
	struct redirection r;

	if (shell_unwinds(sh) || !shell_enter(sh))
		return sh->status;
	if (shell_option(sh, OPTION_NOEXEC) &&
	    !shell_option(sh, OPTION_INTERACTIVE)) {
		shell_leave(sh);
		return sh->status;
	}
	sh->line = n->line;
	/* A simple command redirects after it has expanded its words. */
	if (n->kind == NODE_SIMPLE || n->redirects == NULL) {
		exec_kind(sh, n);
	} else if (redirect_open(sh, n->redirects, &r)) {
		exec_kind(sh, n);
		redirect_close(sh, &r);
	}
	check_errexit(sh, n);
	shell_leave(sh);
	return sh->status;
}
