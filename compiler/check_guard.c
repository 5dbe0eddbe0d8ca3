/* check_guard.c: the guards of an output, in their fixed order, whatever order they are written in.
 *
 * `require` is one bool for the whole output.  The others look at each value that goes out: what
 * takes its place (noise, then what it is rounded to) and which cells of it are shown.  All of it
 * is computed on secrets; ir_post.c opens nothing of a cell that is not shown. */
#include <string.h>

#include "check_differ.h"

static const struct guard *
guard_of(const struct decl *d, enum guard_kind kind)
{
	for (uint32_t i = 0; i < d->n_guards; i++)
		if (d->guard[i].kind == kind)
			return &d->guard[i];
	return NULL;
}

static bool
part_promised(struct check *ck, const struct decl *d, const struct ir_part *part)
{
	const struct policy *p = ck->c->options->policy;

	return p != NULL && policy_promised(ck, d, part, p->cells);
}

/* The conjunction of all conditions; what is missing does not hold. */
bool
guard_require(struct check *ck, const struct decl *d, ir_id *guard)
{
	bool holds = true;

	*guard = IR_NONE;
	for (uint32_t i = 0; i < d->n_guards; i++) {
		const struct guard *g = &d->guard[i];
		if (g->kind != GUARD_REQUIRE)
			continue;
		struct val c = eval(ck, g->value);
		c = condition(ck, &c, g->value->span);
		if (c.rank != 0)
			compile_fail(ck->c, g->value->span, NULL, "all(...), or any(...)",
			    "a condition of an output is one bool, and this is %s",
			    type_text(ck, &c));
		if (known_false(ck, c.v))
			holds = false;
		else if (!known_true(ck, c.v))
			*guard = *guard == IR_NONE ? c.v : and_(ck, *guard, c.v, at_span(ck, g->span));
	}
	if (*guard != IR_NONE && holds) {
		struct ir_part part = { .guard = *guard };
		*guard = policy_asked(ck, d, *guard, part_promised(ck, d, &part));
	}
	return holds;
}

ir_id
guard_enough(struct check *ck, ir_id v, int64_t least, bool zeros, struct span s)
{
	ir_id some = not_(ck, bin(ck, IR_LT, v, const_si(ck, least, s), 0, s), s);

	return zeros ? some : or_(ck, some, bin(ck, IR_EQ, v, const_si(ck, 0, s), 0, s), s);
}

/* Of two axes of one length, labels say which. */
static int
axis_of(struct check *ck, const struct val *x, const struct val *c, struct span at)
{
	int found = -1, labelled = -1;
	unsigned n = 0;

	for (unsigned i = 0; i < x->rank; i++) {
		if (x->dims[i] != c->dims[0])
			continue;
		found = (int)i;
		n++;
		if (x->label[i] != NULL && x->label[i] == c->label[0])
			labelled = labelled == -1 ? (int)i : -2;
	}
	if (n > 1 && labelled < 0)
		compile_fail(ck->c, at, NULL, "give it the shape of the output",
		    "more than one axis of %s is as long as this is", type_text(ck, x));
	return n > 1 ? labelled : found;
}

/* The condition for each cell of x: it has x's shape, that of one axis, or is one bool. */
static ir_id
over_cells(struct check *ck, const struct val *x, struct val c, struct span at)
{
	uint64_t dims[N_RANK_MAX];
	struct span s = at_span(ck, at);

	if (c.rank == 1 && x->rank > 1) {
		int axis = axis_of(ck, x, &c, at);
		for (unsigned i = 0; i < x->rank; i++)
			dims[i] = axis == (int)i ? c.dims[0] : 1;
		if (axis >= 0)
			return ir_broadcast(ck->ir, ir_reshape(ck->ir, c.v, x->rank, dims, s), x->rank,
			    x->dims, s);
	} else if (c.rank == 0 || (c.rank == x->rank &&
	    memcmp(c.dims, x->dims, c.rank * sizeof *c.dims) == 0)) {
		return ir_broadcast(ck->ir, c.v, x->rank, x->dims, s);
	}
	compile_fail(ck->c, at, NULL, NULL,
	    "`withhold where` takes a condition for each cell or for each place of one axis: this has "
	    "shape %s, and the output %s", dims_text(ck, c.rank, c.dims),
	    dims_text(ck, x->rank, x->dims));
}

/* Where it is not known whether to withhold, it is withheld. */
static ir_id
not_withheld(struct check *ck, const struct decl *d, const struct guard *g, const struct val *x,
    bool promised)
{
	struct span at = g->value->span, s = at_span(ck, at);
	struct val c = eval(ck, g->value);
	ir_id p = c.p;

	c = condition(ck, &c, at);
	c.v = not_(ck, c.v, s);
	if (p != IR_NONE)
		c.v = and_(ck, c.v, p, s);
	c.v = policy_asked(ck, d, c.v, promised);
	return over_cells(ck, x, c, at);
}

static void
add_cells(struct check *ck, struct ir_part *part, ir_id shown, enum rule rule, struct span at)
{
	if (known_true(ck, shown))
		return;
	part->cells = part->cells == IR_NONE ? shown : and_(ck, part->cells, shown, at_span(ck, at));
	part->cell_rule = part->cell_rule == RULE_NONE ? (uint8_t)rule :
	    rule >= RULE_POLICY ? (uint8_t)RULE_POLICY : (uint8_t)RULE_EITHER;
}

/* The whole number nearest to v / (h units of v's last place), halves to even: 2 * floor(v / 2h),
 * and 0, 1 or 2 by what is left. */
static ir_id
nearest(struct check *ck, ir_id v, const mpz_t h, struct span s)
{
	struct ir *ir = ck->ir;
	unsigned f = ir_frac(ck, v);
	mpz_t m, half;
	ir_id k;

	mpz_init(m);
	mpz_init(half);
	mpz_fdiv_q_2exp(half, h, 1);
	if (mpz_odd_p(h)) {
		k = bin(ck, IR_ADD, v, ir_const(ir, half, f, s), 0, s);
		return bin(ck, IR_FDIV, k, ir_const(ir, h, f, s), 0, s);
	}
	mpz_mul_2exp(m, h, 1);
	k = bin(ck, IR_FDIV, v, ir_const(ir, m, f, s), 0, s);
	ir_id rest = bin(ck, IR_SUB, v, bin(ck, IR_MUL, k, ir_const(ir, m, f, s), 0, s), 0, s);
	ir_id one = bin(ck, IR_LT, ir_const(ir, half, f, s), rest, 0, s);
	mpz_add(half, half, h);
	ir_id two = bin(ck, IR_LE, ir_const(ir, half, f, s), rest, 0, s);
	k = bin(ck, IR_ADD, bin(ck, IR_ADD, un(ck, IR_SCALE2, k, 1, s), one, 0, s), two, 0, s);
	return k;
}

/* B as a fraction that is known. */
static void
base_of(struct check *ck, const struct guard *g, const struct val *x, mpq_t base)
{
	struct val b = eval(ck, g->value);

	if (!known_rational(ck, &b, base))
		compile_fail(ck->c, g->value->span, val_note(ck, &b), NULL,
		    "what is rounded to is a known number, and this is %s", type_text(ck, &b));
	if (mpq_sgn(base) <= 0)
		compile_fail(ck->c, g->value->span, NULL, "round to 5",
		    "what is rounded to is above 0");
	if ((x->kind != V_INT && x->kind != V_FIXED) || x->n_levels > 0)
		compile_fail(ck->c, g->span, NULL, NULL, "numbers are rounded, and this is %s",
		    type_text(ck, x));
	if (x->kind == V_INT && mpz_cmp_ui(mpq_denref(base), 1) != 0)
		compile_fail(ck->c, g->value->span, NULL, NULL,
		    "whole numbers are rounded to a whole number");
}

/* x to the nearest multiple of B = p / q; 0, where it is missing, stays 0. */
static struct val
rounded(struct check *ck, const mpq_t base, struct val x, struct span s)
{
	unsigned f = ir_frac(ck, x.v);
	mpz_t step;

	mpz_init(step);
	ir_id v = x.v, q = ir_const(ck->ir, mpq_denref(base), 0, s);
	if (mpz_cmp_ui(mpq_denref(base), 1) != 0)
		v = bin(ck, IR_MUL, v, q, 0, s);
	mpz_mul_2exp(step, mpq_numref(base), f);
	v = nearest(ck, v, step, s);
	v = bin(ck, IR_MUL, v, ir_const(ck->ir, mpq_numref(base), 0, s), 0, s);
	if (mpz_cmp_ui(mpq_denref(base), 1) != 0)
		x.v = bin(ck, IR_DIV, v, q, f, s);
	else
		x.v = f > 0 ? un(ck, IR_SHL, v, f, s) : v;
	return x;
}

/* By the program's guard, and by the policy's rule for counts. */
static struct val
round_value(struct check *ck, const struct decl *d, struct val x, bool counts)
{
	const struct guard *g = guard_of(d, GUARD_ROUND);
	const struct policy *p = ck->c->options->policy;
	bool coarse = counts && p != NULL && p->round > 0 && val_open(ck, &x) == SECRET;
	mpq_t base;

	mpq_init(base);
	if (g != NULL)
		base_of(ck, g, &x, base);
	if (coarse)
		policy_base(ck, d, g != NULL, base);
	return g != NULL || coarse ? rounded(ck, base, x, at_span(ck, d->span)) : x;
}

static bool
is_counting(struct check *ck, const struct val *x)
{
	return x->kind == V_INT && x->n_levels == 0 && is_count(ck, x->v);
}

static void
add_suppress(struct check *ck, const struct decl *d, const struct val *x, struct ir_part *part)
{
	const struct guard *g = guard_of(d, GUARD_SUPPRESS);

	if (g == NULL)
		return;
	int64_t least = known_int(ck, g->value, "below which counts are withheld");
	struct span s = at_span(ck, g->span);
	if (least < 1)
		compile_fail(ck->c, g->value->span, NULL, NULL,
		    "below %lld there is no count to withhold", (long long)least);
	add_cells(ck, part, guard_enough(ck, x->v, least, false, s), RULE_SUPPRESS, s);
}

static void
add_withhold(struct check *ck, const struct decl *d, const struct val *x, struct ir_part *part)
{
	const struct guard *g = guard_of(d, GUARD_WITHHOLD);

	if (g != NULL)
		add_cells(ck, part, not_withheld(ck, d, g, x, part_promised(ck, d, part)), RULE_WITHHOLD,
		    g->span);
}

/* The policy's rules. */
static void
add_policy(struct check *ck, const struct decl *d, const struct val *x, bool counts,
    struct ir_part *part)
{
	enum rule rule;
	ir_id shown = policy_shown(ck, d, x, part, counts, &rule);

	if (shown != IR_NONE)
		add_cells(ck, part, shown, rule, d->span);
	shown = policy_certain(ck, d, x, part, counts);
	if (shown != IR_NONE)
		add_cells(ck, part, shown, RULE_POLICY, d->span);
	if (counts && x->rank > 0 && part->cells != IR_NONE && ck->c->options->policy != NULL &&
	    ck->c->options->policy->secondary)
		part->cells = secondary(ck, x->v, part->cells, at_span(ck, d->span));
	policy_bins(ck, d, x, part);
	if (part->noise == 0 && x->axis != AXIS_ROWS && (counts || part->field[0] == '\0')) {
		shown = differ_cells(ck, d, x->v, part->cells != IR_NONE ? part->cells : part->guard);
		if (shown != IR_NONE)
			add_cells(ck, part, shown, RULE_DIFFERENCE, d->span);
	} else if (part->noise == 0 && x->axis == AXIS_ROWS && ck->c->options->policy != NULL) {
		shown = differ_rows(ck, d, x->v, part->guard);
		if (shown != IR_NONE)
			add_cells(ck, part, ir_broadcast(ck->ir, shown, x->rank, x->dims, at_span(ck, d->span)),
			    RULE_DIFFERENCE, d->span);
	}
}

/* Noise counts for something where the policy limits what it spends; else a program could have as
 * little of it as it likes. */
static void
add_policy_noisy(struct check *ck, const struct decl *d, const struct val *exact,
    const struct val *noisy, bool counts, struct ir_part *part)
{
	const struct policy *p = ck->c->options->policy;
	const uint8_t noise = part->noise;

	if (noise == 0 || p == NULL ||
	    (noise == NOISE_LAPLACE ? p->epsilon : p->rho) != POLICY_ANY_BUDGET) {
		add_policy(ck, d, noisy, counts, part);
		return;
	}
	part->noise = 0;
	add_policy(ck, d, exact, counts, part);
	part->noise = noise;
	part->certain = CERTAIN_NONE;
}

/* The order is require, noise, suppress, withhold, round: the threshold sees the noisy value. */
bool
guard_value(struct check *ck, const struct decl *d, struct val *x, enum field_kind kind,
    struct ir_part *part)
{
	const bool counts = is_counting(ck, x), rows = counts && policy_counts(ck, x);
	const struct val exact = *x;

	if (kind != FIELD_DEGREES) {
		guard_noise(ck, d, x, part);
		if (counts)
			add_suppress(ck, d, x, part);
	}
	add_withhold(ck, d, x, part);
	if (kind != FIELD_DEGREES)
		add_policy_noisy(ck, d, &exact, x, rows, part);
	if (part->cells != IR_NONE && part->guard != IR_NONE)
		part->cells = and_(ck, part->cells, part->guard, at_span(ck, d->span));
	if (kind != FIELD_DEGREES)
		*x = round_value(ck, d, *x, rows);
	return counts;
}

bool
guard_degrees(struct check *ck, const struct decl *d, const struct val *x, struct ir_part *part)
{
	const struct policy *p = ck->c->options->policy;
	struct ir_part one = *part;

	if (guard_of(d, GUARD_LAPLACE) != NULL || guard_of(d, GUARD_GAUSSIAN) != NULL ||
	    guard_of(d, GUARD_ROUND) != NULL)
		return false;
	const bool counts = is_counting(ck, x), rows = counts && policy_counts(ck, x);
	if (rows && p != NULL && p->round > 0)
		compile_forbid(ck->c, d->name_span, "let other fields be outputs, one by one",
		    "the policy lets counts out as multiples of %u only, and of \"%s\" a probability is "
		    "computed from the count itself", p->round, d->name);
	one.field = "degrees of freedom";
	if (counts)
		add_suppress(ck, d, x, &one);
	add_policy(ck, d, x, rows, &one);
	if (one.cells == IR_NONE)
		return true;
	if (part->guard == IR_NONE)
		part->rule = one.cell_rule;
	part->guard = part->guard == IR_NONE ? one.cells :
	    and_(ck, part->guard, one.cells, at_span(ck, d->span));
	return true;
}

void
guard_suppress_none(struct check *ck, const struct decl *d)
{
	const struct guard *g = guard_of(d, GUARD_SUPPRESS);

	if (g != NULL)
		compile_fail(ck->c, g->span, NULL,
		    "counts are sums of bools, count, counts, tables and histograms; for others: "
		    "withhold where count(...) < 10",
		    "`suppress below` withholds small counts, and this is no count");
}

void
guard_state(struct check *ck, const struct decl *d, struct ir_output *o)
{
	static const struct { enum guard_kind guard; enum stated_kind kind; } order[] = {
		{ GUARD_REQUIRE, STATED_REQUIRE }, { GUARD_SUPPRESS, STATED_SUPPRESS },
		{ GUARD_WITHHOLD, STATED_WITHHOLD }, { GUARD_ROUND, STATED_ROUND },
	};

	for (size_t k = 0; k < sizeof order / sizeof *order; k++)
		for (uint32_t i = 0; i < d->n_guards; i++)
			if (d->guard[i].kind == order[k].guard)
				ir_state(ck->ir, o, order[k].kind, compile_text(ck->c, d->guard[i].value->span));
}
