/* check_math.c: builtins that work element by element, and those of missing values. */
#include <string.h>

#include "check_impl.h"

/* An operation that keeps type, shape and presence. */
static struct val
same(struct check *ck, enum ir_op op, struct val x, struct span at)
{
	x.v = un(ck, op, x.v, 0, at_span(ck, at));
	return x;
}

struct val
builtin_abs(struct check *ck, struct call_args *a)
{
	struct val x = a->val[0];
	mpq_t q;

	mpq_init(q);
	if (x.kind == V_NUMBER) {
		mpq_abs(q, x.q);
		return val_number(ck, q, x.decimal);
	}
	x = numeric_arg(ck, a, 0);
	if (x.kind == V_BOOL || mpz_sgn(ck->ir->value[x.v].lo) >= 0)
		return x.kind == V_BOOL ? to_kind(ck, x, V_INT, 0, a->call->span) : x;
	return same(ck, IR_ABS, x, a->call->span);
}

struct val
builtin_sign(struct check *ck, struct call_args *a)
{
	struct val x = same(ck, IR_SIGN, numeric_arg(ck, a, 0), a->call->span);

	x.kind = V_INT;
	x.frac = 0;
	return x;
}

/* Down, or to the nearest with halves to even. */
static struct val
whole(struct check *ck, struct call_args *a, bool nearest)
{
	struct val x = a->val[0];
	struct span at = a->call->span;

	if (x.kind == V_NUMBER) {
		mpq_t q;
		mpz_t z, r, two;
		mpq_init(q);
		mpz_inits(z, r, two, NULL);
		mpz_fdiv_qr(z, r, mpq_numref(x.q), mpq_denref(x.q));
		mpz_mul_2exp(two, r, 1);
		int order = mpz_cmp(two, mpq_denref(x.q));
		if (nearest && (order > 0 || (order == 0 && mpz_odd_p(z))))
			mpz_add_ui(z, z, 1);
		mpq_set_z(q, z);
		return val_number(ck, q, false);
	}
	x = numeric_arg(ck, a, 0);
	if (x.kind != V_FIXED)
		return to_kind(ck, x, V_INT, 0, at);
	x.v = un(ck, nearest ? IR_ROUND : IR_FLOOR, x.v, x.frac, at_span(ck, at));
	x.kind = V_INT;
	x.frac = 0;
	return x;
}

struct val
builtin_floor(struct check *ck, struct call_args *a)
{
	return whole(ck, a, false);
}

struct val
builtin_round(struct check *ck, struct call_args *a)
{
	return whole(ck, a, true);
}

static struct val
bounded(struct check *ck, enum ir_op op, struct val x, struct val y, struct span at)
{
	unify(ck, &x, &y, at);
	struct val z = result_of(ck, &x, &y, IR_NONE, x.kind, x.frac, at);
	z.v = bin(ck, op, settle(ck, x, at).v, settle(ck, y, at).v, 0, at_span(ck, at));
	if (z.rank > 0)
		z.v = ir_broadcast(ck->ir, z.v, z.rank, z.dims, at_span(ck, at));
	return z;
}

struct val
builtin_clamp(struct check *ck, struct call_args *a)
{
	struct span at = a->call->span;
	struct val x = numeric_arg(ck, a, 0), lo = a->val[1], hi = a->val[2];
	mpq_t l, h;

	mpq_inits(l, h, NULL);
	(void)numeric_arg(ck, a, 1);
	(void)numeric_arg(ck, a, 2);
	if (known_rational(ck, &lo, l) && known_rational(ck, &hi, h) && mpq_cmp(l, h) > 0)
		compile_fail(ck->c, at, NULL, "clamp(x, lo, hi)",
		    "clamp between bounds of which the first is the greater");
	return bounded(ck, IR_MIN, bounded(ck, IR_MAX, x, lo, at), hi, at);
}

/* A category of a number is made of it.  A condition that is missing counts as false: of `if x < 40
 * then 0 else 1` the last level would have all those of whom x is not known. */
struct val
builtin_cut(struct check *ck, struct call_args *a)
{
	static const char help[] = "cut(age, 40, 60) as oneof(\"young\", \"middle\", \"old\")";
	struct span at = a->call->span;
	struct val x = numeric_arg(ck, a, 0), y = x;
	mpq_t last, here;

	mpq_inits(last, here, NULL);
	for (uint32_t i = 1; i < a->n; i++) {
		if (!known_rational(ck, &a->val[i], here))
			compile_fail(ck->c, a->expr[i]->span, val_note(ck, &a->val[i]), help,
			    "a cut point is one number, known before the program runs");
		if (i > 1 && mpq_cmp(last, here) >= 0)
			compile_fail(ck->c, a->expr[i]->span, NULL, help, "cut points rise");
		mpq_set(last, here);
		struct val above = to_kind(ck, compare_op(ck, BIN_GE, x, a->val[i], at), V_INT, 0, at);
		y = i == 1 ? above : binary_op(ck, BIN_ADD, y, above, at);
	}
	return y;
}

struct val
builtin_relu(struct check *ck, struct call_args *a)
{
	struct val x = numeric_arg(ck, a, 0), y;

	if (mpz_sgn(ck->ir->value[x.v].lo) >= 0)
		return x;
	y = bounded(ck, IR_MAX, x, val_int(ck, 0), a->call->span);
	y.masked = x.masked;
	return y;
}

static struct val
fixed_arg(struct check *ck, struct call_args *a)
{
	struct val x = numeric_arg(ck, a, 0);

	return x.kind == V_FIXED ? x : to_kind(ck, x, V_FIXED, FRAC_DEFAULT, a->call->span);
}

/* Missing where x is below 0 (or is 0, if strict) by more than rounding. */
static void
missing_below(struct check *ck, struct val *x, bool strict, struct span at)
{
	struct span s = at_span(ck, at);
	ir_id zero = ir_const_si(ck->ir, 0, x->frac, s);
	ir_id in = strict ? bin(ck, IR_LT, zero, x->v, 0, s) : bin(ck, IR_LE, zero, x->v, 0, s);

	if (x->rank > 0)
		in = ir_broadcast(ck->ir, in, x->rank, x->dims, s);
	x->p = both_present(ck, x->p, in, s);
	x->masked = false;
}

struct val
builtin_sqrt(struct check *ck, struct call_args *a)
{
	struct val x = fixed_arg(ck, a);
	const struct ir_value *v = &ck->ir->value[x.v];
	mpz_t noise, zero;

	/* What divisions and truncations take off a number that is not negative. */
	mpz_inits(noise, zero, NULL);
	mpz_setbit(noise, x.frac / 2u);
	mpz_neg(noise, noise);
	if (mpz_cmp(v->lo, noise) >= 0 && mpz_sgn(v->hi) >= 0)
		ir_refine(ck->ir, x.v, zero, v->hi);
	else
		missing_below(ck, &x, false, a->call->span);
	bool masked = x.masked;
	x = same(ck, IR_SQRT, x, a->call->span);
	x.masked = masked;
	return x;
}

/* Defined everywhere. */
static struct val
function(struct check *ck, enum ir_op op, struct call_args *a)
{
	struct val x = same(ck, op, fixed_arg(ck, a), a->call->span);

	x.masked = false;
	return x;
}

/* Defined above 0. */
static struct val
function_of_positive(struct check *ck, enum ir_op op, struct call_args *a)
{
	struct val x = fixed_arg(ck, a);

	if (mpz_sgn(ck->ir->value[x.v].lo) <= 0)
		missing_below(ck, &x, true, a->call->span);
	x = same(ck, op, x, a->call->span);
	x.masked = false;
	return x;
}

#define FUNCTION(name, op, kind) \
	struct val \
	builtin_##name(struct check *ck, struct call_args *a) \
	{ \
		return kind(ck, op, a); \
	}

FUNCTION(exp, IR_EXP, function)
FUNCTION(sin, IR_SIN, function)
FUNCTION(cos, IR_COS, function)
FUNCTION(tanh, IR_TANH, function)
FUNCTION(sigmoid, IR_SIGMOID, function)
FUNCTION(erf, IR_ERF, function)
FUNCTION(log, IR_LOG, function_of_positive)
FUNCTION(log2, IR_LOG2, function_of_positive)
FUNCTION(rsqrt, IR_RSQRT, function_of_positive)

struct val
builtin_present(struct check *ck, struct call_args *a)
{
	struct val x = a->val[0], y;
	struct span s = at_span(ck, a->call->span);
	mpz_t one;

	if (x.kind == V_STRING || x.kind == V_MISSING)
		return val_bool(ck, x.kind == V_STRING, s);
	if (x.kind == V_NUMBER)
		x = concrete(ck, x, a->call->span);
	mpz_init_set_ui(one, 1);
	ir_id p = x.p != IR_NONE ? x.p : full(ck, one, 0, x.rank, x.dims, s);
	y = val_shaped_like(ck, &x, V_BOOL, p, 0);
	y.p = IR_NONE;
	return y;
}

/* x is 0 where it is missing: x + y - p*y, which costs nothing for a known y. */
static struct val
fill_masked(struct check *ck, struct val x, const struct val *y, struct span at)
{
	struct span s = at_span(ck, at);
	mpz_t lo, hi;

	mpz_init_set(lo, ck->ir->value[x.v].lo);
	mpz_init_set(hi, ck->ir->value[x.v].hi);
	if (mpz_cmp(ck->ir->value[y->v].lo, lo) < 0)
		mpz_set(lo, ck->ir->value[y->v].lo);
	if (mpz_cmp(ck->ir->value[y->v].hi, hi) > 0)
		mpz_set(hi, ck->ir->value[y->v].hi);
	ir_id absent = not_(ck, x.p, s);
	if (x.kind == V_BOOL) {
		x.v = or_(ck, x.v, and_(ck, absent, y->v, s), s);
		x.p = IR_NONE;
		x.masked = false;
		return x;
	}
	x.v = bin(ck, IR_ADD, x.v, bin(ck, IR_MUL, absent, y->v, 0, s), 0, s);
	ir_refine(ck->ir, x.v, lo, hi);
	x.p = IR_NONE;
	x.masked = false;
	return x;
}

struct val
builtin_coalesce(struct check *ck, struct call_args *a)
{
	struct val x = a->val[0], y = a->val[1], c;
	struct span at = a->call->span;

	if (x.kind == V_MISSING)
		return y;
	if (x.p == IR_NONE)
		return x;
	unify(ck, &x, &y, at);
	x = settle(ck, x, at);
	y = settle(ck, y, at);
	if (x.masked && x.v != IR_NONE && x.kind != V_BITS && y.p == IR_NONE && y.rank == 0 &&
	    ck->ir->value[y.v].open == KNOWN)
		return fill_masked(ck, x, &y, at);
	c = val_shaped_like(ck, &x, V_BOOL, x.p, 0);
	c.p = IR_NONE;
	x.p = IR_NONE;
	return select_val(ck, &c, x, y, at);
}

/* x where c.  Rows stay as they are and only their presence changes, until something is made of
 * them; a single value becomes 0 at once, as no quotient or root of it may be opened otherwise. */
struct val
builtin_where(struct check *ck, struct call_args *a)
{
	struct val x = a->val[0], c = a->val[1], shape;
	struct span at = a->call->span;

	if (x.kind == V_STRING || x.kind == V_MISSING)
		compile_fail(ck->c, a->expr[0]->span, NULL, NULL, "where needs values, and this is %s",
		    type_text(ck, &x));
	x = settle(ck, concrete(ck, x, at), at);
	c = condition(ck, &c, a->expr[1]->span);
	c.kind = V_BOOL;
	shape = result_of(ck, &x, &c, IR_NONE, x.kind, x.frac, at);
	x = broadcast_to(ck, x, shape.rank, shape.dims, at);
	if (known_true(ck, c.v))
		return x;
	x.axis = shape.axis;
	x.group = shape.group;
	ir_id p = shape.rank > 0 ? ir_broadcast(ck->ir, c.v, shape.rank, shape.dims, at_span(ck, at)) :
	    c.v;
	if (x.p != p)
		x.masked = false;
	x.p = both_present(ck, x.p, p, at_span(ck, at));
	return x.v != IR_NONE && x.axis != AXIS_ROWS ? hide_missing(ck, x, at) : x;
}

struct val
builtin_levels(struct check *ck, struct call_args *a)
{
	static const char *const truth[] = { "false", "true" };
	const struct val *x = &a->val[0];
	const char **text;

	if (x->kind == V_CATEGORY)
		return val_strings(ck, x->n_levels, x->level, false);
	if (x->kind != V_BOOL)
		compile_fail(ck->c, a->expr[0]->span, NULL, "declare its type as oneof(\"a\", \"b\", ...)",
		    "levels needs a category, and this is %s", type_text(ck, x));
	text = compile_alloc(ck->c, sizeof truth);
	memcpy(text, truth, sizeof truth);
	return val_strings(ck, 2, text, false);
}

struct val
builtin_labels(struct check *ck, struct call_args *a)
{
	const struct val *x = &a->val[0];
	int axis = axis_arg(ck, a, 1, x->rank);
	const struct names *l = x->rank > 0 ? x->label[axis < 0 ? 0 : axis] : NULL;

	if (l == NULL || l->n != x->dims[axis < 0 ? 0 : axis])
		compile_fail(ck->c, a->expr[0]->span, NULL,
		    "counts, tables, histograms and columns have labels; a category has levels(x)",
		    "this axis has no labels");
	return val_strings(ck, (uint32_t)l->n, l->name, false);
}

static ir_id
reveal_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	(void)arg;
	return ck->ir->value[a].open == SECRET ? ir_reveal(ck->ir, a, at_span(ck, at)) : a;
}

struct val
builtin_reveal(struct check *ck, struct call_args *a)
{
	struct span at = a->call->span;
	struct val x = a->val[0], y;

	if (cond_depth(ck) > 0)
		compile_fail(ck->c, at, any_secret_condition(ck) ? val_note(ck, &ck->cond->c) : NULL,
		    "reveal before the `if`, or output the value with `require`",
		    "`reveal` inside an `if`: both sides run, so it would open the value in any case");
	if (x.kind == V_STRING || x.kind == V_NUMBER || x.kind == V_MISSING)
		return x;
	refuse_id(ck, &x, at);
	x = hide_missing(ck, settle(ck, x, at), at);
	policy_revealed(ck, &x, at);
	y = val_map(ck, &x, reveal_fn, NULL, at);
	memcpy(y.label, x.label, sizeof y.label);
	y.axis = x.axis;
	y.group = x.group;
	return y;
}
