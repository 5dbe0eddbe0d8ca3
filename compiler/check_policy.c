/* check_policy.c: what a policy adds to the guards of an output; see runtime/code/policy.h.
 *
 * A count is withheld where it is too small.  Of any other number it is followed back how many rows
 * stand behind it (check_support.h), and it is withheld where they are too few: of what the library
 * does with rows in an order, or in loops, those that have all of the columns which it was given.
 * Where loops of the program keep it from being told, the program must say it with a guard, whose
 * threshold is looked at; else the policy refuses the study.  What goes to each site of its own
 * rows is its own. */
#include "check_support.h"

#include <string.h>

#include "check_differ.h"
#include "ir_sensitivity.h"

static bool
only_own(const struct decl *d)
{
	for (uint32_t i = 0; i < d->n_to; i++)
		if (d->to[i].kind != TO_EACH)
			return false;
	return true;
}

/* `require len(x) >= 20`, or count: public row counts, so that it is true before anything runs and
 * leaves no guard behind. */
static bool
promised_by_rows(struct check *ck, const struct expr *e, uint32_t least)
{
	bool enough = false;
	mpq_t q;

	if (e->kind != EX_BINARY || (e->op != BIN_GE && e->op != BIN_GT) ||
	    e->args[0]->kind != EX_CALL || (strcmp(e->args[0]->text, "len") != 0 &&
	    strcmp(e->args[0]->text, "count") != 0))
		return false;
	mpq_init(q);
	struct val n = eval(ck, e->args[1]), holds = eval(ck, e);
	if (is_numeric(&n) && known_rational(ck, &n, q))
		enough = mpq_cmp_ui(q, e->op == BIN_GE ? least : least - 1, 1) >= 0;
	return enough && known_true(ck, condition(ck, &holds, e->span).v);
}

bool
policy_promised(struct check *ck, const struct decl *d, const struct ir_part *part, uint32_t least)
{
	if (part->guard != IR_NONE && support_promised(ck, part->guard, true, least))
		return true;
	for (uint32_t i = 0; i < d->n_guards; i++) {
		if (d->guard[i].kind == GUARD_REQUIRE && promised_by_rows(ck, d->guard[i].value, least))
			return true;
		if (d->guard[i].kind != GUARD_WITHHOLD)
			continue;
		struct val c = eval(ck, d->guard[i].value);
		c = condition(ck, &c, d->guard[i].value->span);
		if (support_promised(ck, c.v, false, least))
			return true;
	}
	return false;
}

static _Noreturn void
refuse(struct check *ck, const struct decl *d, bool guarded, const struct support_told *told)
{
	if (told->shares || told->extreme)
		compile_forbid(ck->c, d->name_span, told->extreme ? "quantile(x, [0.05, 0.95]), guarded by "
		    "how many rows there are" : NULL,
		    "the policy does not let \"%s\" out: it is made of %s", d->name, told->why);
	compile_forbid(ck->c, d->name_span, guarded ? NULL : compile_printf(ck->c,
	    "guard it: `require count(...) >= %u`, or `withhold where count(...) < %u`, of the rows "
	    "that it is about", ck->c->options->policy->cells, ck->c->options->policy->cells),
	    "the policy does not let \"%s\" out: it is made of %s, so that it cannot be told how many "
	    "rows stand behind it", d->name, told->why);
}

/* The program's guard does not answer for rows that are shown one by one. */
static void
refuse_single(struct check *ck, const struct decl *d, const struct val *x)
{
	const struct policy *p = ck->c->options->policy;

	if (!p->single_rows && support_single(ck, x->v, p, d->span))
		compile_forbid(ck->c, d->name_span, "quantile(x, p), or a sum over all rows, is made of many",
		    "the policy does not let \"%s\" out: it shows values of single rows, in whatever order",
		    d->name);
}

/* A difference of counts tells a small one, too. */
static ir_id
difference_shown(struct check *ck, const struct decl *d, const struct val *x, ir_id ok)
{
	const struct policy *p = ck->c->options->policy;
	struct span s = at_span(ck, d->span);

	if (x->kind != V_INT || x->n_levels > 0 || !is_count_difference(ck, x->v) ||
	    support_of_sums(ck, x->v))
		return ok;
	ir_id large = guard_enough(ck, un(ck, IR_ABS, x->v, 0, s), p->cells, p->zeros, s);
	return ok == IR_NONE ? large :
	    and_(ck, ir_broadcast(ck->ir, ok, x->rank, x->dims, s), large, s);
}

bool
policy_counts(struct check *ck, const struct val *x)
{
	return x->kind == V_INT && x->n_levels == 0 && is_count(ck, x->v) && !support_of_sums(ck, x->v);
}

bool
count_inflated(struct check *ck, ir_id id)
{
	const struct ir_value *v = &ck->ir->value[id];
	const unsigned most = v->n > 1 ? 2 : 1;  /* a row may go from one cell to another */
	struct sensitivity s;
	const char *why;

	return mpz_sgn(v->lo) > 0 || !ir_sensitivity(ck->ir, id, &s, &why) ||
	    mpz_cmp_ui(s.l1, most) > 0 || mpz_cmp_ui(s.l2_squared, most) > 0;
}

/* Where it cannot be followed which rows the library takes, those stand behind the value that have
 * the columns which it was given; guarded: then these answer for it. */
static ir_id
rows_behind(struct check *ck, const struct decl *d, ir_id v, bool *guarded, unsigned flags,
    struct support_told *told)
{
	const struct policy *p = ck->c->options->policy;
	struct support_told by_columns;
	ir_id ok;

	if (*guarded)
		return support_of(ck, v, p, flags | SUPPORT_PROMISED, told, d->span);
	ok = support_of(ck, v, p, flags, told, d->span);
	if (told->why == NULL)
		return ok;
	ok = support_of(ck, v, p, flags | SUPPORT_BY_COLUMNS, &by_columns, d->span);
	if (by_columns.why == NULL) {
		*told = by_columns;
		*guarded = true;
	}
	return ok;
}

/* A count must be large enough itself, and so must be those that an inflated one is made of. */
static ir_id
count_shown(struct check *ck, const struct decl *d, const struct val *x, bool guarded,
    struct support_told *told)
{
	const struct policy *p = ck->c->options->policy;
	ir_id ok = support_count(ck, x->v, p, guarded ? SUPPORT_PROMISED : 0, told, d->span), of;
	struct support_told by_columns;

	if (told->why != NULL && !guarded) {
		ok = support_count(ck, x->v, p, SUPPORT_PROMISED | SUPPORT_BY_COLUMNS, &by_columns, d->span);
		*told = by_columns.why == NULL ? by_columns : *told;
	}

	if (told->why != NULL || !count_inflated(ck, x->v))
		return ok;
	of = rows_behind(ck, d, x->v, &guarded, 0, told);
	told->rows = true;
	if (of == IR_NONE)
		return ok;
	of = ir_broadcast(ck->ir, of, x->rank, x->dims, at_span(ck, d->span));
	return and_(ck, ok, of, at_span(ck, d->span));
}

/* Which rule it is, if no other can be the reason. */
static enum rule
rule_of(const struct support_told *told)
{
	return told->dominance && !told->rows ? RULE_DOMINANCE : RULE_POLICY;
}

/* Both, either of which may be IR_NONE: always. */
static ir_id
both(struct check *ck, ir_id a, ir_id b, struct span s)
{
	return a == IR_NONE ? b : b == IR_NONE ? a : and_(ck, a, b, s);
}

/* What each site gets of its own rows may tell sums over those of others, as any output. */
static ir_id
own_shown(struct check *ck, const struct decl *d, const struct val *x, const struct ir_part *part)
{
	const struct policy *p = ck->c->options->policy;
	const bool guarded = policy_promised(ck, d, part, p->cells);
	struct support_told told = { 0 };
	ir_id ok = both(ck, support_own(ck, x->v, p, guarded, &told, d->span),
	    model_enough(ck, &x->v, 1, at_span(ck, d->span)), at_span(ck, d->span));

	if (told.why != NULL)
		refuse(ck, d, guarded, &told);
	return ok == IR_NONE ? ok :
	    ir_broadcast(ck->ir, ok, x->rank, x->dims, at_span(ck, d->span));
}

ir_id
policy_shown(struct check *ck, const struct decl *d, const struct val *x,
    const struct ir_part *part, bool counts, enum rule *rule)
{
	const struct policy *p = ck->c->options->policy;
	struct support_told told = { 0 };
	bool guarded;
	ir_id ok;

	*rule = RULE_POLICY;
	if (p == NULL || val_open(ck, x) != SECRET || x->n == 0)
		return IR_NONE;
	if (x->axis == AXIS_ROWS) {
		if (!only_own(d) && !p->single_rows)
			compile_forbid(ck->c, d->name_span, "`to each` group gives each site its own rows",
			    "the policy does not let \"%s\" out: it has a value for each row, and others "
			    "than the row's site learn it", d->name);
		return only_own(d) ? own_shown(ck, d, x, part) : IR_NONE;
	}
	if (!counts && part->field[0] != '\0')      /* policy_record has seen to the rest */
		return difference_shown(ck, d, x, support_cells(ck, x->v, p, d->span));
	guarded = policy_promised(ck, d, part, p->cells);
	if (counts && part->noise != 0)
		ok = not_(ck, bin(ck, IR_LT, x->v, const_si(ck, (int64_t)p->cells, d->span), 0, d->span),
		    d->span);
	else
		ok = counts ? count_shown(ck, d, x, guarded, &told) :
		    rows_behind(ck, d, x->v, &guarded, 0, &told);
	if (told.why != NULL)
		refuse(ck, d, guarded, &told);
	if (guarded)
		refuse_single(ck, d, x);
	ir_id before = ok, models = model_enough(ck, &x->v, 1, at_span(ck, d->span));
	if (models != IR_NONE)
		models = ir_broadcast(ck->ir, models, x->rank, x->dims, at_span(ck, d->span));
	if (ok != IR_NONE && models != IR_NONE)
		ok = ir_broadcast(ck->ir, ok, x->rank, x->dims, at_span(ck, d->span));
	ok = both(ck, ok, models, at_span(ck, d->span));
	if (!counts)
		ok = difference_shown(ck, d, x, ok);
	*rule = ok == before ? rule_of(&told) : RULE_POLICY;
	return ok == IR_NONE || ck->ir->value[ok].rank == x->rank ? ok :
	    ir_broadcast(ck->ir, ok, x->rank, x->dims, at_span(ck, d->span));
}

/* What was observed and what was expected add up to the same: a cell that is withheld of the counts
 * would be told by the others, so all are enough. */
static ir_id
enough_observed(struct check *ck, const struct decl *d, const struct val *record)
{
	const struct policy *p = ck->c->options->policy;
	const struct val *seen = record_field(record, "observed"), *due = record_field(record, "expected");
	struct span s = at_span(ck, d->span);

	if (seen == NULL || due == NULL || seen->n != due->n || seen->kind != V_INT ||
	    seen->v == IR_NONE || val_open(ck, seen) != SECRET)
		return IR_NONE;
	ir_id ok = guard_enough(ck, seen->v, p->cells, p->zeros, s);
	return bin(ck, IR_EQ, reduce_all(ck, IR_SUM, ok, s), const_si(ck, (int64_t)seen->n, s), 0, s);
}

/* Are they all true?  IR_NONE: always. */
static ir_id
every(struct check *ck, ir_id ok, struct span s)
{
	if (ok == IR_NONE)
		return ok;
	const int64_t n = (int64_t)ck->ir->value[ok].n;
	return bin(ck, IR_EQ, reduce_all(ck, IR_SUM, ok, s), const_si(ck, n, s), 0, s);
}

struct val
policy_field(struct check *ck, const struct val *field, struct span at)
{
	struct val x = settle(ck, concrete(ck, *field, at), at);

	if (x.kind == V_CATEGORY) {
		x.v = category_index(ck, &x, at);
		x.kind = V_INT;
		x = hide_missing(ck, x, at);
	} else if (x.kind == V_BITS) {
		x = hide_missing(ck, x, at);
	}
	return x;
}

void
policy_record(struct check *ck, const struct decl *d, const struct val *record,
    struct ir_part *part)
{
	const struct policy *p = ck->c->options->policy;
	struct span s = at_span(ck, d->span);
	ir_id all = IR_NONE;

	if (p == NULL)
		return;
	const bool guarded = policy_promised(ck, d, part, p->cells);
	all = model_record(ck, record, s);
	const unsigned flags = all != IR_NONE ? SUPPORT_OF_MODEL : 0;
	bool shares = all == IR_NONE;            /* only shares are asked about */
	ir_id *made_of = compile_alloc(ck->c, (record->n_fields + 1) * sizeof *made_of);
	uint32_t n_made_of = 0;
	for (uint32_t i = 0; i < record->n_fields; i++) {
		const struct val x = policy_field(ck, &record->of[i], d->span);
		struct support_told told;
		if (x.v != IR_NONE && val_open(ck, &x) == SECRET)
			made_of[n_made_of++] = x.v;
		if (x.v == IR_NONE || val_open(ck, &x) != SECRET || x.axis == AXIS_ROWS ||
		    policy_counts(ck, &x))
			continue;
		bool answered = guarded;
		ir_id ok = rows_behind(ck, d, x.v, &answered, flags |
		    (ck->ir->value[x.v].backed != 0 ? SUPPORT_BY_CELLS : 0), &told);
		if (told.why != NULL)
			refuse(ck, d, guarded, &told);
		if (answered)
			refuse_single(ck, d, &x);
		struct ir_part alone = *part;
		ir_id sure = policy_certain(ck, d, &x, &alone, false);
		if (ok == IR_NONE && sure == IR_NONE)
			continue;
		shares = shares && sure == IR_NONE && rule_of(&told) == RULE_DOMINANCE;
		all = both(ck, all, every(ck, ok, s), s);
		all = both(ck, all, every(ck, sure, s), s);
	}
	ir_id models = model_enough(ck, made_of, n_made_of, s);
	shares = shares && models == IR_NONE;
	all = both(ck, all, models, s);
	ir_id observed = enough_observed(ck, d, record);
	shares = shares && observed == IR_NONE;
	all = both(ck, all, observed, s);
	ir_id apart = differ_record(ck, d, record, both(ck, part->guard, all, s));
	shares = shares && apart == IR_NONE;
	const bool only_apart = all == IR_NONE;
	all = both(ck, all, apart, s);
	if (all == IR_NONE)
		return;
	if (part->guard == IR_NONE)
		part->rule = only_apart ? RULE_DIFFERENCE : shares ? RULE_DOMINANCE : RULE_POLICY;
	else if (part->rule == RULE_NONE)
		part->rule = RULE_REQUIRE_POLICY;
	part->guard = both(ck, part->guard, all, s);
}

/* What is revealed is learned by all, whatever happens then: only what the policy lets out in any
 * case. */
void
policy_revealed(struct check *ck, const struct val *x, struct span at)
{
	const struct policy *p = ck->c->options->policy;
	struct support_told told;
	ir_id ok = IR_NONE;

	if (p == NULL || val_open(ck, x) != SECRET || x->n == 0 || x->v == IR_NONE)
		return;
	if (x->axis == AXIS_ROWS && p->single_rows)
		return;
	ok = both(ck, support_of(ck, x->v, p, 0, &told, at), model_enough(ck, &x->v, 1, at), at);
	if (ok != IR_NONE)
		told.why = "rows of which it is not known before the run whether they are enough";
	if (told.why != NULL)
		compile_forbid(ck->c, at, "an output can be withheld; what is revealed cannot",
		    "the policy does not let this be revealed: it is made of %s", told.why);
	differ_revealed(ck, x->v, at);
}

/* To which multiples counts are rounded: those of the program, if the policy allows them. */
void
policy_base(struct check *ck, const struct decl *d, bool written, mpq_t base)
{
	const struct policy *p = ck->c->options->policy;
	mpz_t r;

	mpz_init(r);
	if (!written) {
		mpq_set_ui(base, p->round, 1);
		return;
	}
	mpz_tdiv_r_ui(r, mpq_numref(base), p->round);
	if (mpz_cmp_ui(mpq_denref(base), 1) != 0 || mpz_sgn(r) != 0)
		compile_forbid(ck->c, d->name_span, NULL,
		    "the policy lets multiples of %u out, and \"%s\" is rounded to other ones", p->round,
		    d->name);
}

/* A number as people write it. */
static const char *
decimal(struct check *ck, const mpq_t q)
{
	return compile_printf(ck->c, "%.7g", mpq_get_d(q));
}

void
policy_budget(struct check *ck, struct span at)
{
	static const char *const name[] = { "epsilon", "rho" };
	const struct policy *p = ck->c->options->policy;
	mpq_t most;

	mpq_init(most);
	for (int i = 0; i < 2 && p != NULL; i++) {
		uint64_t limit = i == 0 ? p->epsilon : p->rho;
		if (limit == POLICY_ANY_BUDGET)
			continue;
		mpq_set_ui(most, limit, POLICY_BUDGET_UNIT);
		mpq_canonicalize(most);
		if (mpq_cmp(ck->spent[i], most) > 0)
			compile_forbid(ck->c, at, NULL,
			    "the policy lets noise spend %s %s in all, and with this output it spends %s",
			    name[i], decimal(ck, most), decimal(ck, ck->spent[i]));
	}
}

bool
policy_limits_noise(const struct check *ck)
{
	const struct policy *p = ck->c->options->policy;

	return p != NULL && (p->epsilon != POLICY_ANY_BUDGET || p->rho != POLICY_ANY_BUDGET);
}

void
policy_no_draws(struct check *ck, struct span at)
{
	if (policy_limits_noise(ck))
		compile_forbid(ck->c, at, "noise of an output is counted: `noise laplace(epsilon = ...)`",
		    "the policy limits what noise spends, and what a program draws by itself is not counted");
}
