/* cmd_join_guest.c: `konsil join` at a site that does not compute; see cmd_join.h */
#include <string.h>

#include "base/mem.h"
#include "cmd_join.h"
#include "delivery.h"
#include "guest.h"
#include "text.h"
#include "wording.h"

static enum status
only_guests(const struct join *j, const char *option, struct fault *f)
{
	(void)fault_set(f, ST_USAGE, "%s computes in this session, so %s is not for it", j->o.as,
	    option);
	fault_help(f, "a site that computes stays until the results are there");
	return ST_USAGE;
}

enum status
join_guest_check(const struct join *j, struct fault *f)
{
	if (join_computes(j))
		return j->leave ? only_guests(j, "--leave", f) :
		    j->collect ? only_guests(j, "--collect", f) : ST_OK;
	if (j->listen != NULL)
		return fault_set(f, ST_USAGE, "%s does not compute, so nobody calls it: leave out "
		    "--listen", j->o.as);
	if (j->leave && j->collect)
		return fault_set(f, ST_USAGE, "--leave is not to wait for results, --collect is to "
		    "fetch them: one of the two");
	if (j->collect && j->o.input.n > 0)
		return fault_set(f, ST_USAGE, "--collect only fetches results: leave out --input, "
		    "or --collect to contribute first");
	if (j->leave && !study_brings(&j->study, j->node.me))
		return fault_set(f, ST_USAGE, "%s brings no data in this study, so there is nothing "
		    "to leave behind: leave out --leave", j->o.as);
	return ST_OK;
}

/* Others' row counts are not known before the session begins.  With a guess the program can be
 * compiled all the same: for the sheet, and to see whether this site learns anything.  If it
 * cannot, it may with the real ones. */
static void
compile_guess(struct join *j)
{
	struct study *s = &j->study;
	const uint32_t me = j->node.me;
	struct fault f = { 0 };

	for (uint32_t i = 0; i < s->n_parties; i++) {
		uint32_t n;
		const struct group *g = program_groups(s->program, &n);
		const int at = study_group(s, s->party[i].group);

		if (i != me && at >= 0)
			s->party[i].rows = group_rows(&g[at],
			    strcmp(s->party[i].group, s->party[me].group) == 0 &&
			    s->party[me].rows > 0 ? s->party[me].rows : ROWS_DEFAULT);
	}
	if (study_compile(s, NULL, NULL, &f) != ST_OK) {
		code_free(s->code);
		s->code = NULL;
	}
}

/* "1,000 rows went to a, b and c as random shares: 16 kB in all" */
static void
say_contributed(const struct join *j, uint64_t bytes)
{
	const struct study *s = &j->study;
	struct text t = { 0 };
	char *line = NULL;

	if (j->o.json)
		return;
	progress_clear(j->node.progress);
	if (s->party[j->node.me].rows > 0) {
		text_add(&t, study_hides_rows(s, j->node.me) ? "up to " : "");
		text_count(&t, s->party[j->node.me].rows);
		text_add(&t, s->party[j->node.me].rows == 1 ? " row" : " rows");
	} else {
		text_add(&t, "the data");
	}
	text_add(&t, " of %s went as random shares to ", j->o.as);
	for (uint32_t i = 0; i < s->roles.n_nodes; i++)
		text_add(&t, "%s%s", i == 0 ? "" : i + 1 == s->roles.n_nodes ? " and " : ", ",
		    s->party[s->roles.node[i]].name);
	text_add(&t, ": ");
	text_bytes(&t, bytes);
	text_add(&t, " in all");
	if (text_take(&line, &t) == ST_OK)
		(void)fprintf(stderr, "%s\n", line);
	mem_free(line);
}

static enum status
contribute(struct join *j, bool receives, struct fault *f)
{
	uint64_t bytes = 0;
	enum status st;

	if (!study_brings(&j->study, j->node.me))
		return ST_OK;
	TRY(join_ledger_charge(j, f));
	progress_phase(j->node.progress, "contributing", 0);
	TRY(guest_contribute(&j->node, &bytes, f));
	say_contributed(j, bytes);
	if (!j->o.json && !receives)
		(void)fprintf(stderr, "the program gives %s no output: done\n", j->o.as);
	else if (!j->o.json && j->leave)
		(void)fprintf(stderr, "fetch the results later: the same command with --collect, "
		    "without --input and --leave\n");
out:
	return st;
}

enum status
join_as_guest(struct join *j, struct fault *f)
{
	bool receives;
	enum status st = ST_OK;

	compile_guess(j);
	receives = j->study.code == NULL || delivery_any(j->study.code, j->node.me);
	if (j->study.code != NULL && !j->collect)
		join_sheet(j, true);
	if (!j->collect)
		TRY(contribute(j, receives, f));
	if (j->leave || (!receives && !j->collect))
		goto out;
	if (!receives) {
		st = fault_set(f, ST_USAGE, "the program gives %s no output: there is nothing to "
		    "fetch", j->o.as);
		goto out;
	}
	progress_phase(j->node.progress, "waiting for results", 0);
	TRY(guest_collect(&j->result, &j->node, f));
	TRY(join_results(j, f));
out:
	return st;
}
