/* sheet_words.c: the sentences of a disclosure sheet; see sheet_impl.h */
#include "sheet_impl.h"

#include "wording.h"

#include <string.h>

static unsigned
group_size(const struct code *c, const char *group)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < c->n_parties; i++)
		n += strcmp(c->party[i].group, group) == 0;
	return n;
}

/* Of all sites with rows that bring data. */
enum shown_rows { ROWS_SHOWN, ROWS_SOME_HIDDEN, ROWS_HIDDEN };

static enum shown_rows
shown_rows(const struct code *c)
{
	bool some = false, all = true;

	for (uint32_t i = 0; i < c->n_inputs; i++) {
		if (c->input[i].shape != INPUT_ROWS)
			continue;
		some = some || c->input[i].most != 0;
		all = all && c->input[i].most != 0;
	}
	return !some ? ROWS_SHOWN : all ? ROWS_HIDDEN : ROWS_SOME_HIDDEN;
}

static const char *
rows_learned(const struct code *c)
{
	static const char *const text[] = {
		[ROWS_SHOWN] = "How many rows each site has",
		[ROWS_SOME_HIDDEN] =
		    "How many rows each site has, and of some only the most that it can have",
		[ROWS_HIDDEN] = "How many rows a site can have at most",
	};

	return text[shown_rows(c)];
}

uint32_t
sheet_alike(const struct code *c, uint32_t i)
{
	const struct assumption *a = &c->assumption[i];
	uint32_t n = 1;

	while (i + n < c->n_assumptions && a[n].line == a->line && a[n].checked == a->checked &&
	    strcmp(a[n].source, a->source) == 0)
		n++;
	return n;
}

bool
sheet_assumes_rows(const struct sheet *s)
{
	return s->rows_assumed && shown_rows(s->code) != ROWS_HIDDEN;
}

bool
sheet_learned(struct text *t, const struct sheet *s, unsigned i)
{
	switch (i) {
	case 0:
		text_add(t,
		    "%s; the names and network addresses of the sites; "
		    "when it ran, and for how long.", rows_learned(s->code));
		return true;
	case 1:
		text_add(t,
		    "This program, its parameters, and the columns' names and ranges in it.");
		return true;
	case 2:
		text_add(t, "Which outputs were withheld, and by which rule.");
		return true;
	case 3:
		text_add(t,
		    "How much was sent, and in which order: that depends on sizes only, never on "
		    "values. When it was sent tells besides how long a site computed on its own "
		    "rows.");
		return true;
	case 4:
		if (!sheet_has_guests(s))
			return false;
		text_add(t,
		    "Sites that do not compute are told all numbers of rows as well; the computing "
		    "nodes see when each came to contribute, and to fetch its results.");
		return true;
	}
	return false;
}

/* Are there results by rows for somebody, and an array that another site puts in: a model, say? */
static bool
answers_by_a_secret(const struct sheet *s)
{
	const struct code *c = s->code;

	for (uint32_t i = 0; i < c->n_outputs; i++) {
		struct who w = { { 0 } };
		if (!sheet_is_rowwise(s, &c->output[i]))
			continue;
		wording_recipients(&w, c, &c->output[i]);
		for (uint32_t k = 0; k < c->n_inputs; k++)
			for (uint32_t p = 0; p < c->n_parties; p++)
				if (c->input[k].shape == INPUT_ARRAY && !who_has(&w, p) &&
				    strcmp(c->party[p].group, c->input[k].party) == 0)
					return true;
	}
	return false;
}

/* Does a recipient compute a probability from a number that is opened for it? */
static bool
has_probabilities(const struct code *c)
{
	for (uint32_t i = 0; i < c->n_post; i++)
		if (c->post[i].op >= OP_PNORM_R && c->post[i].op <= OP_QF_R)
			return true;
	return false;
}

static bool
models(struct text *t, const struct sheet *s)
{
	if (!answers_by_a_secret(s))
		return false;
	text_add(t, "Results for single rows tell about what they were computed with: who has many "
	    "rows answered, in one run or several, can imitate a secret model, or work out parts of "
	    "it. Nothing here counts the rows.");
	return true;
}

bool
sheet_inference(struct text *t, const struct sheet *s, unsigned i)
{
	switch (i) {
	case 0:
		text_add(t,
		    "Differences of outputs: of two results over nearly the same rows, the "
		    "difference is about the few rows that only one has. That goes for earlier "
		    "runs, too, %s.", s->ledger == NULL ? "with which this one was not compared" :
		    "with which tables are compared when the site joins");
		return true;
	case 1:
		text_add(t,
		    "A site knows its own rows and can subtract them from any total; what is left "
		    "is about the other sites%s.", s->code->n_parties == 2 ?
		    ": with two sites, it is the other one's own number" : " together");
		return true;
	case 2:
		text_add(t, shown_rows(s->code) != ROWS_SHOWN ?
		    "Where an output or a public row count tells how many values it is made of, a "
		    "mean, a variance or a share tells their sum (of squares), too." :
		    "Row counts are public: so a mean, a variance or a share tells the sum (of "
		    "squares) that it is made of.");
		return true;
	case 3:
		text_add(t,
		    "A least, greatest or middle value, and any place in a sorted list, is the "
		    "value of one row; a site that knows the row knows whose.");
		return true;
	case 4:
		text_add(t,
		    "Thresholds (`require`) test the pooled count only, not what is left of it "
		    "after a subtraction.");
		return true;
	case 5:
		if (!has_probabilities(s->code))
			return models(t, s);
		text_add(t, "A p value tells the statistic that it is computed from: its recipients learn "
		    "that statistic, to all digits.");
		return true;
	case 6:
		return has_probabilities(s->code) && models(t, s);
	}
	return false;
}

void
sheet_input(struct text *t, const struct input *in)
{
	wording_type(t, &in->type, true);
	switch ((enum input_shape)in->shape) {
	case INPUT_SCALAR:
		text_add(t, ", a single value");
		break;
	case INPUT_ARRAY:
		text_add(t, ", an array of ");
		for (uint32_t k = 0; k < in->rank; k++)
			text_add(t, "%s%llu", k == 0 ? "" : " by ",
			    (unsigned long long)in->dims[k]);
		break;
	case INPUT_ROWS:
		if (in->rank == 0)
			text_add(t, ", one value for each row");
		else
			text_add(t, ", %llu values for each row", (unsigned long long)in->dims[0]);
		break;
	}
	if (in->most != 0) {
		text_add(t, ", up to ");
		text_count(t, in->most);
		text_add(t, " rows");
	}
	if (in->type.kind == TYPE_ID)
		text_add(t, ", as a hash that nobody sees");
	if (in->pattern)
		text_add(t, " (columns like \"%s\")", in->column[0]);
	else if (in->n_columns == 1 && strcmp(in->column[0], in->name) != 0)
		text_add(t, " (column \"%s\")", in->column[0]);
	else if (in->n_columns > 1)
		text_add(t, " (columns \"%s\" to \"%s\")", in->column[0],
		    in->column[in->n_columns - 1]);
}

void
sheet_output(struct text *t, const struct output *o)
{
	const char *s = o->source;

	if (strncmp(s, "output ", 7) == 0)
		s += 7;
	/* A `labels` clause or a long expression may stand on several lines. */
	for (; *s != '\0'; s++)
		if (*s != '\n' && *s != '\t' && *s != '\r')
			text_put(t, s, 1);
		else
			text_put(t, " ", 1);
}

static bool
has_each(const struct output *o)
{
	for (uint32_t i = 0; i < o->n_parts; i++)
		if (o->part[i].each >= 0)
			return true;
	return false;
}

void
sheet_recipients(struct text *t, const struct sheet *s, const struct output *o)
{
	struct who in_full = { { 0 } }, own = { { 0 } };
	bool any = false;

	for (uint32_t i = 0; i < o->n_parts; i++) {
		who_add(o->part[i].each < 0 ? &in_full : &own, s->code, o->part[i].recipients);
		any |= o->part[i].each < 0;
	}
	if (o->to_all) {
		who_helpers(&own, s->code);
		text_add(t, who_any(&own) ? "every site but helpers, in full" : "every site, in full");
		return;
	}
	if (any) {
		text_add(t, "only ");
		wording_parties(t, s->code, &in_full);
		text_add(t, ", in full");
	}
	if (has_each(o)) {
		text_add(t, any ? "; each of " : "each of ");
		wording_parties(t, s->code, &own);
		text_add(t, ", its own rows");
	}
}

/* Withheld as a whole, or not. */
static void
whole_withheld(struct text *t, const struct code *c, const struct output *o)
{
	bool require = false, range = false;

	for (uint32_t i = 0; i < o->n_parts; i++) {
		const struct output_part *p = &o->part[i];
		if (p->guard == SLOT_NONE)
			continue;
		require = require || p->rule == RULE_REQUIRE || p->rule == RULE_REQUIRE_POLICY;
		range = range || p->rule == RULE_RANGE || c->slot[p->guard].domain == DOM_R;
	}
	if (o->withheld)
		text_add(t, "Withheld: with these numbers of rows its `require` is not met.");
	else if (require && range)
		text_add(t, "Withheld as a whole unless its `require` is met, or if an assumption below "
		    "turns out to be wrong.");
	else if (require)
		text_add(t,
		    "Withheld as a whole unless its `require` is met; nothing else is said.");
	else if (range)
		text_add(t, "Withheld if an assumption below turns out to be wrong.");
}

static void
add_stated(struct text *t, const struct stated *s)
{
	const char *before = t->at == NULL || t->len == 0 || t->at[t->len - 1] == ' ' ? "" : " ";

	switch ((enum stated_kind)s->kind) {
	case STATED_SUPPRESS:
		text_add(t, "%sEach count above 0 and below %s is withheld by itself.", before, s->text);
		return;
	case STATED_SECONDARY:
		text_add(t, "%sWhere only one count of a line is withheld, so is a second.", before);
		return;
	case STATED_WITHHOLD:
		text_add(t, "%sCells are withheld where `%s`.", before, s->text);
		return;
	case STATED_ROUND:
		text_add(t, "%sNumbers are shown to the nearest multiple of %s.", before, s->text);
		return;
	case STATED_TOLD:
		text_add(t, "%sCareful: a withheld cell can be worked out from those that are "
		    "shown and %s.", before, s->text);
		return;
	case STATED_REQUIRE: case N_STATED:
		return;
	}
}

void
sheet_withheld(struct text *t, const struct code *c, const struct output *o)
{
	whole_withheld(t, c, o);
	for (uint32_t i = 0; i < o->n_stated && !o->withheld; i++)
		add_stated(t, &o->stated[i]);
}

static uint64_t
group_rows(const struct code *c, const char *group)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < c->n_parties; i++)
		if (strcmp(c->party[i].group, group) == 0)
			n += c->party[i].rows;
	return n;
}

bool
sheet_is_rowwise(const struct sheet *s, const struct output *o)
{
	const struct code *c = s->code;

	for (uint32_t i = 0; i < o->n_parts; i++) {
		const struct output_part *p = &o->part[i];
		if (p->rank == 0 || p->dims[0] <= 1)
			continue;
		if (p->each >= 0 && p->dims[0] == c->party[p->each].rows)
			return true;
		for (uint32_t k = 0; k < c->n_parties && p->each < 0; k++)
			if (c->party[k].member == 0 && p->dims[0] == group_rows(c, c->party[k].group))
				return true;
	}
	return false;
}

void
sheet_reveal(struct text *t, const struct sheet *s, const struct reveal *r)
{
	text_add(t, "`%s` (line %u) is shown to %s: ", r->source, r->line, sheet_has_guests(s) ?
	    "every computing node, and to who learns an output made of it" : "every site");
	text_count(t, r->elements);
	text_add(t, r->elements == 1 ? " value, " : " values, ");
	if (r->times == 1) {
		text_add(t, "once.");
		return;
	}
	text_count(t, r->times);
	text_add(t, " times at most.");
}

bool
sheet_has_guests(const struct sheet *s)
{
	return s->protocol->contributes != NULL && code_nodes(s->code) < s->code->n_parties;
}

bool
sheet_for_nodes(const struct sheet *s)
{
	return s->me < 0 || roles_node(&s->code->roles, (uint32_t)s->me) >= 0;
}

bool
sheet_for_guests(const struct sheet *s)
{
	return sheet_has_guests(s) &&
	    (s->me < 0 || roles_node(&s->code->roles, (uint32_t)s->me) < 0);
}

bool
sheet_is_mine(const struct sheet *s, const struct input *in)
{
	return s->me < 0 ? group_size(s->code, in->party) > 0 :
	    strcmp(in->party, s->code->party[s->me].group) == 0;
}

void
sheet_hash(struct text *t, const uint8_t hash[32])
{
	for (unsigned i = 0; i < 32; i++)
		text_add(t, "%s%02x", i > 0 && i % 8 == 0 ? " " : "", hash[i]);
}

static void
shares(struct text *t, const struct policy *p)
{
	if (p->dominance > 0)
		text_add(t, " A sum or mean of which the two greatest rows make up more than %u%% is withheld.",
		    p->dominance);
	if (p->p_ratio > 0)
		text_add(t, " So is one of which all rows but the two greatest make up less than %u%% of the "
		    "greatest.", p->p_ratio);
	if (p->dominance > 0 || p->p_ratio > 0)
		text_add(t, " Not asked of are counts, fitted models, and what the library makes of rows in an "
		    "order or in loops (quantiles, ranks, training).");
}

static void
limit(struct text *t, const char *noise, const char *name, uint64_t millionths)
{
	if (millionths != POLICY_ANY_BUDGET)
		text_add(t, " %s noise spends %s %.7g at most in all.", noise, name,
		    (double)millionths / POLICY_BUDGET_UNIT);
}

void
sheet_policy(struct text *t, const struct policy *p)
{
	if (p == NULL) {
		text_add(t, "No policy of a site is applied: only what the program itself withholds is "
		    "withheld.");
		return;
	}
	text_add(t, "Policy: at least %u sites and %llu rows take part. Counts %s %u%s, and other numbers "
	    "that fewer than %u rows stand behind, are withheld", p->sites,
	    (unsigned long long)p->rows, p->zeros ? "below" : "from 1 to",
	    p->zeros ? p->cells : p->cells - 1, p->zeros ? ", also 0" : "", p->cells);
	text_add(t, p->without_any_site ? ", also where that is so without the rows of one site. " : ". ");
	if (p->secondary)
		text_add(t, "Where only one cell of a line of a table is withheld, so is a second. ");
	text_add(t, "A fitted model needs %u rows for each parameter, and %u more rows than parameters. ",
	    p->model_rows, p->model_df);
	if (p->round > 0)
		text_add(t, "Counts are shown to the nearest multiple of %u. ", p->round);
	text_add(t, "%s%s", p->extremes ? "" :
	    "No least or greatest value goes out, nor quantiles below 0.05 or above 0.95. ",
	    p->single_rows ? "Values of single rows may go to other sites." :
	    "Values of single rows go to their own site only.");
	shares(t, p);
	if (p->bins > 0)
		text_add(t, " A histogram, or table from cut points, has %u rows for each bin at least.",
		    p->bins);
	if (p->certain != POLICY_CERTAIN_NO)
		text_add(t, " What is 0 %% or 100 %% of a group is %s.",
		    p->certain == POLICY_CERTAIN_FLAG ? "flagged" : "withheld");
	limit(t, "Laplace", "epsilon", p->epsilon);
	limit(t, "Gaussian", "rho", p->rho);
}
