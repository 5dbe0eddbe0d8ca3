/* check_reduce.c: builtins that make one value of many: sums, counts, means, extremes. */
#include <string.h>

#include "check_impl.h"

enum { N_PRODUCT = 64 };

/* A sum over cells of a table of counts: no more than there are rows. */
static void
bound_sum(struct check *ck, ir_id sum, ir_id a)
{
	const struct ir_value *v = &ck->ir->value[a];
	uint64_t most = v->sum_most;

	if (v->op == IR_VIEW && ir_same_elements(ck->ir, a, v->args[0]))
		most = ck->ir->value[v->args[0]].sum_most;
	if (most == 0 || ck->ir->value[sum].op == IR_CONST)
		return;
	refine_si(ck, sum, 0, (int64_t)most);
	ck->ir->value[sum].sum_most = most;
}

/* One reduction of one IR value, over an axis or everything. */
static ir_id
reduce(struct check *ck, enum ir_op op, ir_id a, int axis, struct span at)
{
	ir_id r = axis < 0 ? reduce_all(ck, op, a, at_span(ck, at)) :
	    reduce_axis(ck, op, a, (unsigned)axis, at_span(ck, at));

	if (op == IR_SUM)
		bound_sum(ck, r, a);
	return r;
}

/* The result's type: x without `axis`; labels and rows of the other axes stay. */
static struct val
reduced(struct check *ck, const struct val *x, ir_id v, enum val_kind kind, int axis)
{
	struct val y = val_ir(ck, kind, v, kind == V_FIXED ? x->frac : 0);

	for (unsigned i = 0, k = 0; axis >= 0 && i < x->rank; i++)
		if ((int)i != axis)
			y.label[k++] = x->label[i];
	if (axis > 0) {
		y.axis = x->axis;
		y.group = x->group;
	}
	return y;
}

/* A number or a pending product, to be added up before it is truncated; a whole one if it is
 * bool. */
static struct val
summand(struct check *ck, const struct call_args *a)
{
	struct val x = a->val[0];
	struct span at = a->expr[0]->span;

	if (!is_numeric(&x))
		return numeric_arg(ck, a, 0);
	x = concrete(ck, x, at);
	uint64_t n = x.n > 1 ? x.n : 1;
	const struct ir_value *v = &ck->ir->value[x.v];
	size_t bits = mpz_sizeinbase(v->lo, 2) > mpz_sizeinbase(v->hi, 2) ? mpz_sizeinbase(v->lo, 2) :
	    mpz_sizeinbase(v->hi, 2);
	return bits + 64 - (size_t)__builtin_clzll(n) > 126 ? settle(ck, x, at) : x;
}

static struct val
sum_of(struct check *ck, const struct val *x, int axis, struct span at)
{
	return reduced(ck, x, reduce(ck, IR_SUM, masked_value(ck, x, at), axis, at),
	    x->kind == V_BOOL ? V_INT : (enum val_kind)x->kind, axis);
}

/* How many are present: known unless some may be missing. */
static struct val
count_of(struct check *ck, const struct val *x, int axis, struct span at)
{
	struct val p = *x;

	if (x->p != IR_NONE) {
		p.kind = V_INT;
		return reduced(ck, &p, reduce(ck, IR_SUM, x->p, axis, at), V_INT, axis);
	}
	uint64_t dims[N_RANK_MAX] = { 0 };
	unsigned rank = 0;
	for (unsigned i = 0; axis >= 0 && i < x->rank; i++)
		if ((int)i != axis)
			dims[rank++] = x->dims[i];
	int64_t n = (int64_t)(axis < 0 ? x->n : x->dims[axis]);
	if (rank == 0)
		return to_kind(ck, val_int(ck, n), V_INT, 0, at);
	mpz_t z;
	mpz_init_set_si(z, n);
	return reduced(ck, x, full(ck, z, 0, rank, dims, at_span(ck, at)), V_INT, axis);
}

struct val
builtin_sum(struct check *ck, struct call_args *a)
{
	struct val x = summand(ck, a);

	return sum_of(ck, &x, axis_arg(ck, a, 1, x.rank), a->call->span);
}

/* A condition that is written out: of that nobody wants to know in how many rows it is there. */
static bool
is_condition(const struct expr *e)
{
	if (e->kind == EX_UNARY)
		return e->op == UN_NOT;
	return e->kind == EX_BINARY && (e->op == BIN_AND || e->op == BIN_OR || e->op == BIN_EQ ||
	    e->op == BIN_NE || e->op == BIN_LT || e->op == BIN_LE || e->op == BIN_GT || e->op == BIN_GE);
}

struct val
builtin_count(struct check *ck, struct call_args *a)
{
	struct val x = a->val[0];

	if (x.kind == V_BOOL && is_condition(a->expr[0]))
		compile_fail(ck->c, a->expr[0]->span, NULL,
		    "sum(age > 60) is how many are true, count(x) how many values of x are there",
		    "count would count where this is true or false, whichever it is");
	if (x.kind == V_STRING || x.kind == V_MISSING)
		compile_fail(ck->c, a->expr[0]->span, NULL, NULL, "count needs a value, and this is %s",
		    type_text(ck, &x));
	if (x.kind == V_NUMBER)
		x = concrete(ck, x, a->expr[0]->span);
	return count_of(ck, &x, axis_arg(ck, a, 1, x.rank), a->call->span);
}

static struct val
missing_result(struct check *ck, struct val y, struct span at)
{
	y.p = full_like(ck, y.v, 0, 0, at_span(ck, at));
	y.masked = false;
	return y;
}

/* sum / count; a mean lies between the least and the greatest. */
struct val
builtin_mean(struct check *ck, struct call_args *a)
{
	struct val x = summand(ck, a);
	struct span at = a->call->span;
	int axis = axis_arg(ck, a, 1, x.rank);
	unsigned f = x.kind == V_FIXED ? x.frac : FRAC_DEFAULT;
	mpz_t lo, hi;

	mpz_inits(lo, hi, NULL);
	x = settle(ck, x, at);
	if (x.n == 0)
		return missing_result(ck, to_kind(ck, sum_of(ck, &x, axis, at), V_FIXED, f, at), at);
	struct val s = sum_of(ck, &x, axis, at), n = count_of(ck, &x, axis, at);
	struct val m = divide_parts(ck, s, n, at);
	unsigned up = f - (x.kind == V_FIXED ? x.frac : 0u);
	mpz_mul_2exp(lo, ck->ir->value[x.v].lo, up);
	mpz_mul_2exp(hi, ck->ir->value[x.v].hi, up);
	if (m.p != IR_NONE && mpz_sgn(lo) > 0)
		mpz_set_ui(lo, 0);
	if (m.p != IR_NONE && mpz_sgn(hi) < 0)
		mpz_set_ui(hi, 0);
	mpz_sub_ui(lo, lo, 2);
	mpz_add_ui(hi, hi, 2);
	if (ck->ir->value[m.v].op == IR_DIV) {
		ir_refine(ck->ir, m.v, lo, hi);
		ck->ir->value[m.v].imm[1] = 1;   /* the sum of nothing is 0 */
	}
	return m;
}

struct val
builtin_cumsum(struct check *ck, struct call_args *a)
{
	struct val x = summand(ck, a), y;
	struct span at = a->call->span;
	int axis = axis_arg(ck, a, 1, x.rank);

	if (x.rank == 0 || (axis < 0 && x.rank > 1))
		compile_fail(ck->c, at, NULL, NULL, x.rank == 0 ? "cumsum needs an array" :
		    "cumsum of an array of several axes needs `axis`");
	ir_id v = ir_reduce(ck->ir, IR_CUMSUM, masked_value(ck, &x, at), axis < 0 ? 0 : (unsigned)axis,
	    at_span(ck, at));
	y = val_shaped_like(ck, &x, x.kind == V_BOOL ? V_INT : (enum val_kind)x.kind, v, x.frac);
	y.p = IR_NONE;
	return y;
}

/* What is missing counts as 1. */
struct val
builtin_prod(struct check *ck, struct call_args *a)
{
	struct val x = numeric_arg(ck, a, 0), y = val_int(ck, 1);
	struct span at = a->call->span;
	int axis = axis_arg(ck, a, 1, x.rank);
	uint64_t flat = x.n;

	if (axis < 0) {
		x.v = ir_reshape(ck->ir, x.v, 1, &flat, at_span(ck, at));
		if (x.p != IR_NONE)
			x.p = ir_reshape(ck->ir, x.p, 1, &flat, at_span(ck, at));
		val_set_dims(&x, 1, &flat);
		axis = 0;
	}
	if (x.dims[axis] > N_PRODUCT)
		compile_fail(ck->c, at, NULL, "write the loop, with a range for the product",
		    "prod of more than %d elements", N_PRODUCT);
	for (uint64_t i = 0; i < x.dims[axis]; i++) {
		struct ir_affine from = { .base = (int64_t)i };
		struct val e = slice_val(ck, &x, (unsigned)axis, &from, 1, true, at);
		if (e.p != IR_NONE) {
			ir_id one = ir_const_si(ck->ir, (int64_t)1 << (x.kind == V_FIXED ? x.frac : 0), ir_frac(ck, e.v),
			    at_span(ck, at));
			e.v = sel(ck, e.p, e.v, one, at_span(ck, at));
			e.p = IR_NONE;
		}
		y = i == 0 ? e : binary_op(ck, BIN_MUL, y, e, at);
	}
	return x.dims[axis] == 0 ? concrete(ck, y, at) : y;
}

ir_id
any_bit(struct check *ck, ir_id p, int axis, struct span at)
{
	return nonzero(ck, reduce(ck, IR_SUM, p, axis, at), at_span(ck, at));
}

/* v where present, else what never is the extreme. */
static ir_id
extreme_operand(struct check *ck, enum ir_op op, const struct val *x, struct span at)
{
	if (x->p == IR_NONE)
		return x->v;
	const struct ir_value *v = &ck->ir->value[x->v];
	mpz_t z;
	mpz_init_set(z, op == IR_MINR ? v->hi : v->lo);
	ir_id end = ir_const(ck->ir, z, v->frac, at_span(ck, at));
	return sel(ck, x->p, x->v, end, at_span(ck, at));
}

static struct val
extreme(struct check *ck, enum ir_op op, const struct val *x, int axis, struct span at)
{
	bool empty = axis < 0 ? x->n == 0 : x->dims[axis] == 0;
	struct val y;

	if (empty)
		return missing_result(ck, sum_of(ck, x, axis, at), at);
	y = reduced(ck, x, reduce(ck, op, extreme_operand(ck, op, x, at), axis, at),
	    (enum val_kind)x->kind, axis);
	if (x->p != IR_NONE)
		y.p = any_bit(ck, x->p, axis, at);
	return y;
}

static struct val
smaller(struct check *ck, bool least, struct val x, struct val y, struct span at)
{
	if (x.kind == V_NUMBER && y.kind == V_NUMBER)
		return (mpq_cmp(x.q, y.q) < 0) == least ? x : y;
	unify(ck, &x, &y, at);
	struct val z = result_of(ck, &x, &y, IR_NONE, x.kind, x.frac, at);
	z.v = bin(ck, least ? IR_MIN : IR_MAX, x.v, y.v, 0, at_span(ck, at));
	if (z.rank > 0)
		z.v = ir_broadcast(ck->ir, z.v, z.rank, z.dims, at_span(ck, at));
	return z;
}

static struct val
least_or_greatest(struct check *ck, bool least, struct call_args *a)
{
	struct span at = a->call->span;
	struct val x = a->val[0];

	if (a->expr[1] == NULL) {
		x = numeric_arg(ck, a, 0);
		return extreme(ck, least ? IR_MINR : IR_MAXR, &x, axis_arg(ck, a, 2, x.rank), at);
	}
	if (a->expr[2] != NULL)
		compile_fail(ck->c, at, NULL, NULL, "%s of two values has no axis", a->call->text);
	if (!is_numeric(&x) || !is_numeric(&a->val[1])) {
		(void)numeric_arg(ck, a, 0);
		(void)numeric_arg(ck, a, 1);
	}
	return smaller(ck, least, settle(ck, x, at), settle(ck, a->val[1], at), at);
}

struct val
builtin_min(struct check *ck, struct call_args *a)
{
	return least_or_greatest(ck, true, a);
}

struct val
builtin_max(struct check *ck, struct call_args *a)
{
	return least_or_greatest(ck, false, a);
}

/* first, first + step, ... along an axis of like, as raw numbers of its frac. */
static ir_id
along(struct check *ck, int64_t first, int64_t step, ir_id like, unsigned axis, struct span s)
{
	uint64_t dims[N_RANK_MAX];
	unsigned rank = ck->ir->value[like].rank;
	uint8_t frac = (uint8_t)ir_frac(ck, like);

	memcpy(dims, ck->ir->value[like].dims, rank * sizeof *dims);
	ir_id i = ir_iota(ck->ir, first, step, dims[axis], s);
	ck->ir->value[i].frac = frac;
	uint64_t column[N_RANK_MAX] = { dims[axis], 1, 1, 1, 1, 1, 1, 1 };
	i = ir_reshape(ck->ir, i, rank - axis, column, s);
	return ir_broadcast(ck->ir, i, rank, dims, s);
}

/* x's raw numbers with n - 1 - i (greatest) or i (least) in the k bits behind them: the extreme of
 * these is that of the lowest index. */
static ir_id
with_index(struct check *ck, enum ir_op op, ir_id v, unsigned axis, unsigned k, struct span s)
{
	int64_t last = ((int64_t)1 << k) - 1;
	ir_id i = along(ck, op == IR_MINR ? 0 : last, op == IR_MINR ? 1 : -1, v, axis, s);

	return bin(ck, IR_ADD, un(ck, IR_SCALE2, v, k, s), i, 0, s);
}

/* The k bits behind again. */
static ir_id
index_within(struct check *ck, enum ir_op op, ir_id y, unsigned k, struct span s)
{
	unsigned f = ir_frac(ck, y);
	ir_id i = bin(ck, IR_MOD, y, ir_const_si(ck->ir, (int64_t)1 << k, f, s), 0, s);

	if (f > 0)
		i = un(ck, IR_FLOOR, un(ck, IR_SCALE2, i, f, s), f, s);
	return op == IR_MINR ? i : bin(ck, IR_SUB, const_si(ck, ((int64_t)1 << k) - 1, s), i, 0, s);
}

/* A missing one is beyond all others. */
static ir_id
beyond_operand(struct check *ck, enum ir_op op, const struct val *x, struct span s)
{
	const struct ir_value *v = &ck->ir->value[x->v];
	mpz_t z;

	if (x->p == IR_NONE)
		return x->v;
	mpz_init_set(z, op == IR_MINR ? v->hi : v->lo);
	if (op == IR_MINR)
		mpz_add_ui(z, z, 1);
	else
		mpz_sub_ui(z, z, 1);
	return sel(ck, x->p, x->v, ir_const(ck->ir, z, v->frac, s), s);
}

/* The least of the indices along the axis at which x is y, its extreme. */
static ir_id
least_index(struct check *ck, const struct val *x, struct val y, unsigned axis, struct span at)
{
	struct span s = at_span(ck, at);
	uint64_t dims[N_RANK_MAX], n = x->dims[axis];

	memcpy(dims, x->dims, sizeof dims);
	dims[axis] = 1;
	ir_id is = bin(ck, IR_EQ, x->v, ir_reshape(ck->ir, y.v, x->rank, dims, s), 0, s);
	if (x->p != IR_NONE)
		is = and_(ck, is, x->p, s);
	ir_id i = along(ck, 0, 1, is, axis, s);
	ir_id none = const_si(ck, (int64_t)n - 1, s);
	return ir_reduce(ck->ir, IR_MINR, sel(ck, is, i, none, s), axis, s);
}

/* The least index along the axis at which x is its extreme.  A value and its index together are one
 * number if a ring holds it. */
static struct val
extreme_along(struct check *ck, enum ir_op op, const struct val *x, unsigned axis, struct span at)
{
	struct span s = at_span(ck, at);
	uint64_t n = x->dims[axis];
	unsigned k = n < 2 ? 0 : 64 - (unsigned)__builtin_clzll(n - 1);
	size_t room = mpz_sizeinbase(ck->ir->value[x->v].lo, 2);
	size_t hi = mpz_sizeinbase(ck->ir->value[x->v].hi, 2);
	ir_id i;

	if ((room > hi ? room : hi) + k + 1 <= N_NUMBER_BITS && k + x->frac <= N_NUMBER_BITS) {
		ir_id all = with_index(ck, op, beyond_operand(ck, op, x, s), axis, k, s);
		i = index_within(ck, op, ir_reduce(ck->ir, op, all, axis, s), k, s);
		refine_si(ck, i, 0, (int64_t)n - 1);
	} else {
		i = least_index(ck, x, extreme(ck, op, x, (int)axis, at), axis, at);
	}
	struct val y = reduced(ck, x, i, V_INT, (int)axis);
	if (x->p != IR_NONE)
		y.p = any_bit(ck, x->p, (int)axis, at);
	return y;
}

static struct val
arg_extreme(struct check *ck, enum ir_op op, struct call_args *a)
{
	struct val x = numeric_arg(ck, a, 0);
	struct span at = a->call->span;
	int axis = axis_arg(ck, a, 1, x.rank);

	if (x.rank == 0 || (axis < 0 && x.rank != 1))
		compile_fail(ck->c, at, NULL, x.rank > 1 ? "`axis = 1` is along the second; flatten(x) has one" :
		    NULL, x.rank == 0 ? "%s needs an array" : "%s of an array of several axes needs `axis`",
		    a->call->text);
	if (axis < 0)
		axis = 0;
	if (x.dims[axis] == 0)
		return missing_result(ck, count_of(ck, &x, axis, at), at);
	return extreme_along(ck, op, &x, (unsigned)axis, at);
}

struct val
builtin_argmin(struct check *ck, struct call_args *a)
{
	return arg_extreme(ck, IR_MINR, a);
}

struct val
builtin_argmax(struct check *ck, struct call_args *a)
{
	return arg_extreme(ck, IR_MAXR, a);
}

static struct val
bool_arg(struct check *ck, struct call_args *a)
{
	if (a->val[0].kind != V_BOOL)
		compile_fail(ck->c, a->expr[0]->span, NULL, is_numeric(&a->val[0]) ? "compare it: `... != 0`" :
		    NULL,
		    "%s needs bools, and this is %s", a->call->text, type_text(ck, &a->val[0]));
	return a->val[0];
}

struct val
builtin_any(struct check *ck, struct call_args *a)
{
	struct val x = bool_arg(ck, a);
	int axis = axis_arg(ck, a, 1, x.rank);

	return reduced(ck, &x, any_bit(ck, masked_value(ck, &x, a->call->span), axis, a->call->span),
	    V_BOOL, axis);
}

/* None is present and false. */
struct val
builtin_all(struct check *ck, struct call_args *a)
{
	struct val x = bool_arg(ck, a);
	int axis = axis_arg(ck, a, 1, x.rank);
	struct span at = a->call->span;
	struct val no = unary_op(ck, UN_NOT, x, at);
	ir_id some = any_bit(ck, masked_value(ck, &no, at), axis, at);

	return reduced(ck, &x, not_(ck, some, at_span(ck, at)), V_BOOL, axis);
}

struct val
builtin_dot(struct check *ck, struct call_args *a)
{
	struct val x = numeric_arg(ck, a, 0), y = numeric_arg(ck, a, 1);
	struct span at = a->call->span;

	if (x.rank != 1 || y.rank != 1)
		compile_fail(ck->c, at, NULL, "`x @ y` is the matrix product",
		    "dot needs two arrays of one axis, not %s and %s",
		    dims_text(ck, x.rank, x.dims), dims_text(ck, y.rank, y.dims));
	if (x.dims[0] != y.dims[0])
		compile_fail(ck->c, at, NULL, NULL, "shapes %s and %s do not fit together",
		    dims_text(ck, x.rank, x.dims), dims_text(ck, y.rank, y.dims));
	return matrix_product(ck, x, y, at);
}

struct val
builtin_outer(struct check *ck, struct call_args *a)
{
	struct val x = numeric_arg(ck, a, 0), y = numeric_arg(ck, a, 1);
	struct span at = a->call->span, s = at_span(ck, at);
	uint64_t dims[2] = { x.n, 1 };

	if (x.rank != 1 || y.rank != 1)
		compile_fail(ck->c, at, NULL, NULL, "outer needs two arrays of one axis");
	struct val column = val_ir(ck, (enum val_kind)x.kind, ir_reshape(ck->ir, x.v, 2, dims, s), x.frac);
	if (x.p != IR_NONE)
		column.p = ir_reshape(ck->ir, x.p, 2, dims, s);
	column.masked = x.masked;
	column.axis = x.axis;
	column.group = x.group;
	column.label[0] = x.label[0];
	return binary_op(ck, BIN_MUL, column, y, at);
}
