/* check_dist.c: probabilities and quantiles of the normal, t, chi-squared and F distributions.
 *
 * No protocol computes them: they are for what is opened, and computed by whoever learns it.  Of
 * known numbers they are known.  See runtime/base/distribution.h. */
#include "check_impl.h"
#include "../runtime/code/plain_op.h"
#include "ir_const.h"

enum { N_DIST_ARGS = 3 };

/* The arguments as fixed of one f and one shape; d gets shape, presence and labels. */
static void
dist_args(struct check *ck, struct call_args *a, unsigned n, ir_id *arg, struct val *d)
{
	struct span at = a->call->span, s = at_span(ck, at);
	struct val x[N_DIST_ARGS];
	unsigned frac = FRAC_DEFAULT;

	for (unsigned i = 0; i < n; i++) {
		x[i] = numeric_arg(ck, a, i);
		if (x[i].kind == V_FIXED && (i == 0 || x[i].frac > frac))
			frac = x[i].frac;
	}
	for (unsigned i = 0; i < n; i++) {
		x[i] = settle(ck, to_kind(ck, x[i], V_FIXED, frac, at), at);
		*d = i == 0 ? x[0] : result_of(ck, d, &x[i], IR_NONE, V_FIXED, frac, at);
	}
	for (unsigned i = 0; i < n; i++)
		arg[i] = d->rank == 0 ? x[i].v : ir_broadcast(ck->ir, x[i].v, d->rank, d->dims, s);
	d->masked = false;
}

static bool
is_quantile(enum ir_op op)
{
	return op == IR_QNORM || op == IR_QT || op == IR_QCHISQ || op == IR_QF;
}

/* Missing where there is no such distribution, or no such quantile. */
static void
missing_outside(struct check *ck, struct val *d, enum ir_op op, const ir_id *arg, unsigned n,
    struct span at)
{
	struct span s = at_span(ck, at);
	ir_id zero = full_like(ck, arg[0], 0, d->frac, s), p = d->p;
	bool quantile = is_quantile(op);
	mpz_t one;

	for (unsigned i = quantile ? 0 : 1; i < n; i++)
		if (mpz_sgn(ck->ir->value[arg[i]].lo) <= 0)
			p = both_present(ck, p, bin(ck, IR_LT, zero, arg[i], 0, s), s);
	mpz_init(one);
	mpz_setbit(one, d->frac);
	if (quantile && mpz_cmp(ck->ir->value[arg[0]].hi, one) >= 0)
		p = both_present(ck, p, bin(ck, IR_LT, arg[0],
		    full(ck, one, d->frac, d->rank, d->dims, s), 0, s), s);
	d->p = p;
}

/* Of known numbers: a known number, to all digits of a double. */
static bool
known_result(struct check *ck, const struct call_args *a, enum ir_op op, unsigned n,
    struct val *d)
{
	double x[N_DIST_ARGS] = { 0 }, y = 0;
	struct plain p = { .d = &y, .a = &x[0], .b = &x[1], .c = &x[2], .n = 1, .na = 1, .nb = 1,
		.nc = 1 };
	mpq_t q;

	mpq_init(q);
	for (unsigned i = 0; i < n; i++) {
		if (!is_numeric(&a->val[i]) || !known_rational(ck, &a->val[i], q))
			return false;
		x[i] = mpq_get_d(q);
		if (i > 0 && x[i] <= 0)
			return false;            /* missing, as of a table of one row */
	}
	if (is_quantile(op) && (x[0] <= 0 || x[0] >= 1))
		compile_fail(ck->c, a->expr[0]->span, NULL, NULL,
		    "%s of %g: a probability lies between 0 and 1", a->call->text, x[0]);
	plain_kernel(ir_real_insn(op), 64)(&p);
	mpq_set_d(q, y);
	*d = val_number(ck, q, true);
	return true;
}

static struct val
distribution(struct check *ck, struct call_args *a, enum ir_op op, unsigned n)
{
	struct span at = a->call->span;
	ir_id arg[N_DIST_ARGS], folded;
	struct val d = { 0 };

	if (known_result(ck, a, op, n, &d))
		return d;
	/* What a missing probability would be of is opened no more than it is: it is 0. */
	if (is_numeric(&a->val[0]) && a->val[0].p != IR_NONE)
		a->val[0] = hide_missing(ck, a->val[0], at);
	dist_args(ck, a, n, arg, &d);
	ir_id before = d.p;
	missing_outside(ck, &d, op, arg, n, at);
	if (d.p != IR_NONE && known_false(ck, d.p)) {
		d.v = full_like(ck, arg[0], 0, d.frac, at_span(ck, at));
		return d;
	}
	if (d.p != before)
		arg[0] = bin(ck, IR_MUL, arg[0], d.p, 0, at_span(ck, at));
	d.v = ir_distribution(ck->ir, op, n, arg, at_span(ck, at));
	if (ir_fold_const(ck->ir, op, &ck->ir->value[d.v], n, arg, &folded))
		d.v = folded;
	return d;
}

/* `upper`, the last parameter: a known bool. */
static bool
wants_upper(struct check *ck, const struct call_args *a, unsigned i)
{
	if (a->expr[i] == NULL)
		return false;
	struct val u = condition(ck, &a->val[i], a->expr[i]->span);
	if (u.rank != 0 || (!known_true(ck, u.v) && !known_false(ck, u.v)))
		compile_fail(ck->c, a->expr[i]->span, val_note(ck, &u), "upper = true",
		    "which side of a distribution is wanted must be known");
	return known_true(ck, u.v);
}

/* The upper side of what is its own mirror image. */
static struct val
mirrored(struct check *ck, struct call_args *a, enum ir_op op, unsigned n)
{
	if (wants_upper(ck, a, n))
		a->val[0] = unary_op(ck, UN_NEG, numeric_arg(ck, a, 0), a->call->span);
	return distribution(ck, a, op, n);
}

enum { OF_FIELD = 1, OF_DEGREES = 2 };

bool *
record_degrees(struct check *ck, const struct val *record)
{
	const struct ir *ir = ck->ir;
	uint8_t *mark = compile_alloc(ck->c, ir->n + 1);

	for (uint32_t i = 0; i < record->n_fields; i++)
		if (record->of[i].v != IR_NONE)
			mark[record->of[i].v] = OF_FIELD;
	/* What a value is made of stands before it. */
	for (ir_id id = ir->n; id-- > 0; ) {
		const struct ir_value *v = &ir->value[id];
		for (uint32_t i = 0; mark[id] != 0 && i < v->n_args; i++)
			mark[v->args[i]] |= i > 0 && ir_is_distribution(v->op) ? OF_DEGREES : mark[id];
	}
	bool *degrees = compile_alloc(ck->c, ir->n + 1);
	for (ir_id id = 0; id < ir->n; id++)
		degrees[id] = (mark[id] & OF_DEGREES) != 0;
	return degrees;
}

#define DISTRIBUTION(name, body) \
	struct val \
	builtin_##name(struct check *ck, struct call_args *a) \
	{ \
		return body; \
	}

DISTRIBUTION(pnorm, mirrored(ck, a, IR_PNORM, 1))
DISTRIBUTION(qnorm, distribution(ck, a, IR_QNORM, 1))
DISTRIBUTION(pt, mirrored(ck, a, IR_PT, 2))
DISTRIBUTION(qt, distribution(ck, a, IR_QT, 2))
DISTRIBUTION(pchisq, distribution(ck, a, wants_upper(ck, a, 2) ? IR_UCHISQ : IR_PCHISQ, 2))
DISTRIBUTION(qchisq, distribution(ck, a, IR_QCHISQ, 2))
DISTRIBUTION(pf, distribution(ck, a, wants_upper(ck, a, 3) ? IR_UF : IR_PF, 3))
DISTRIBUTION(qf, distribution(ck, a, IR_QF, 3))
