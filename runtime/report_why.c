/* report_why.c: see report_why.h */
#include "report_why.h"

#include <assert.h>

bool
report_has_rule(const struct result *r, unsigned rule)
{
	for (uint32_t i = 0; i < r->n_parts; i++) {
		const struct result_part *p = &r->part[i];
		if ((p->state == RESULT_WITHHELD && p->rule == rule) ||
		    (p->cell_rule == rule && result_hidden(p) > 0))
			return true;
	}
	return false;
}

/* Which of them it was is not said. */
static void
any_of_policy(struct text *t, const struct policy *p)
{
	text_add(t, "fewer than %u rows are behind it%s or its difference to an earlier output, %sor "
	    "another rule", p->cells, p->without_any_site ? " (without some site)" : "",
	    p->certain == POLICY_CERTAIN_WITHHOLD ? "0 % or 100 %, " : "");
}

static void
shares(struct text *t, const struct policy *p)
{
	if (p->dominance > 0)
		text_add(t, "two rows make up more than %u%% of it", p->dominance);
	if (p->p_ratio > 0)
		text_add(t, "%sall rows but two make up less than %u%% of its greatest",
		    p->dominance > 0 ? ", or " : "", p->p_ratio);
}

static void
by_policy(struct text *t, enum rule rule, const struct policy *p)
{
	if (p == NULL)
		text_add(t, "the policy does not let it out");
	else if (rule == RULE_POLICY)
		any_of_policy(t, p);
	else if (rule == RULE_DOMINANCE)
		shares(t, p);
	else if (rule == RULE_BINS)
		text_add(t, "fewer than %u rows for each bin", p->bins);
	else
		text_add(t, "fewer than %u rows are behind its difference to an earlier output", p->cells);
}

void
report_why(struct text *t, unsigned rule, const struct policy *p)
{
	switch ((enum rule)rule) {
	case RULE_REQUIRE:
		text_add(t, "the program's `require` is not met");
		return;
	case RULE_REQUIRE_POLICY:
		text_add(t, "the program's `require` is not met, or by the policy ");
		by_policy(t, RULE_POLICY, p);
		return;
	case RULE_RANGE:
		text_add(t, "an assumption of the program turned out to be wrong");
		return;
	case RULE_SUPPRESS:
		text_add(t, "the count is below the program's threshold");
		return;
	case RULE_WITHHOLD:
		text_add(t, "the program withholds it");
		return;
	case RULE_EITHER:
		text_add(t, "the count is below the program's threshold, or the program withholds it");
		return;
	case RULE_POLICY: case RULE_DOMINANCE: case RULE_BINS: case RULE_DIFFERENCE:
		by_policy(t, (enum rule)rule, p);
		return;
	case RULE_NONE: case N_RULE:
		break;
	}
	assert(false);
}
