/* check_op.c: arithmetic: types, shapes and missingness of + - * / // % ** @ and of their
 * results. */
#include <string.h>

#include "check_impl.h"

enum { POWER_MAX = 1024, RING_BITS = 126 };

const char *
op_text(enum binary op)
{
	static const char *const text[] = {
		[BIN_ADD] = "+", [BIN_SUB] = "-", [BIN_MUL] = "*", [BIN_DIV] = "/", [BIN_FDIV] = "//",
		[BIN_MOD] = "%", [BIN_POW] = "**", [BIN_MAT] = "@", [BIN_EQ] = "==", [BIN_NE] = "!=",
		[BIN_LT] = "<", [BIN_LE] = "<=", [BIN_GT] = ">", [BIN_GE] = ">=", [BIN_AND] = "&&",
		[BIN_OR] = "||", [BIN_BAND] = "&", [BIN_BOR] = "|", [BIN_XOR] = "^", [BIN_SHL] = "<<",
		[BIN_SHR] = ">>",
	};
	return text[op];
}

bool
common_shape(const struct val *a, const struct val *b, unsigned *rank, uint64_t *dims)
{
	unsigned r = a->rank > b->rank ? a->rank : b->rank;

	memset(dims, 0, N_RANK_MAX * sizeof *dims);
	for (unsigned i = 0; i < r; i++) {
		uint64_t m = i < a->rank ? a->dims[a->rank - 1 - i] : 1;
		uint64_t n = i < b->rank ? b->dims[b->rank - 1 - i] : 1;
		if (m != n && m != 1 && n != 1)
			return false;
		dims[r - 1 - i] = m == 1 ? n : m;
	}
	*rank = r;
	return true;
}

/* Whose rows the result's first axis is: an operand's that has this axis. */
static void
first_axis(struct val *y, const struct val *a, const struct val *b)
{
	bool has_a = a->rank == y->rank && a->rank > 0 && a->dims[0] == y->dims[0];
	bool has_b = b->rank == y->rank && b->rank > 0 && b->dims[0] == y->dims[0];
	bool know_a = has_a && a->axis != AXIS_FREE, know_b = has_b && b->axis != AXIS_FREE;

	y->axis = AXIS_FREE;
	if (know_a && know_b && (a->axis != b->axis || a->group != b->group))
		return;
	if (know_a || know_b) {
		y->axis = know_a ? a->axis : b->axis;
		y->group = know_a ? a->group : b->group;
	}
}

static void
labels_of(struct val *y, const struct val *x)
{
	for (unsigned i = 0; i < x->rank; i++) {
		unsigned k = y->rank - x->rank + i;
		if (y->label[k] == NULL && x->label[i] != NULL && x->dims[i] == y->dims[k])
			y->label[k] = x->label[i];
	}
}

/* A matrix of several columns, and one column of as many rows. */
static bool
is_beside(const struct val *m, const struct val *x)
{
	return m->rank == 2 && x->rank == 1 && m->dims[0] == x->dims[0];
}

struct val
result_of(struct check *ck, const struct val *a, const struct val *b, ir_id v, enum val_kind kind,
    unsigned frac, struct span at)
{
	struct val y = val_new(kind);
	uint64_t dims[N_RANK_MAX];
	unsigned rank;

	if (!common_shape(a, b, &rank, dims))
		compile_fail(ck->c, at, NULL, is_beside(a, b) || is_beside(b, a) ?
		    "a column times each column of a matrix: m * columns(x)" : NULL,
		    "shapes %s and %s do not fit together",
		    dims_text(ck, a->rank, a->dims), dims_text(ck, b->rank, b->dims));
	val_set_dims(&y, rank, dims);
	y.v = v;
	y.frac = (uint8_t)frac;
	y.bits = kind == V_BITS ? (a->kind == V_BITS ? a->bits : b->bits) : 0;
	first_axis(&y, a, b);
	labels_of(&y, a);
	labels_of(&y, b);
	y.p = both_present(ck, a->p, b->p, at_span(ck, at));
	if (y.p != IR_NONE && rank > 0)
		y.p = ir_broadcast(ck->ir, y.p, rank, dims, at_span(ck, at));
	y.masked = a->p != IR_NONE && a->p == b->p && a->masked && b->masked;
	return y;
}

/* Of a product: 0 where one factor is. */
static bool
product_masked(const struct val *a, const struct val *b)
{
	if (a->p == b->p)
		return a->masked || b->masked;
	return (a->p == IR_NONE || a->masked) && (b->p == IR_NONE || b->masked);
}

static void
need_numbers(struct check *ck, const char *op, const struct val *a, const struct val *b,
    struct span at)
{
	const struct val *bad = !is_numeric(a) ? a : !is_numeric(b) ? b : NULL;

	if (bad != NULL)
		compile_fail(ck->c, at, NULL, bad->kind == V_CATEGORY ?
		    "compare a category with a level: `x == \"...\"`" : NULL,
		    "%s needs numbers, and this is %s", op, type_text(ck, bad));
}

/* Bits of the largest magnitude. */
static size_t
bits_of(const struct check *ck, ir_id id)
{
	const struct ir_value *v = &ck->ir->value[id];
	size_t l = mpz_sizeinbase(v->lo, 2), h = mpz_sizeinbase(v->hi, 2);

	return l > h ? l : h;
}

static enum val_kind
kind_of_result(const struct val *a, const struct val *b)
{
	return a->kind == V_FIXED || b->kind == V_FIXED ? V_FIXED : V_INT;
}

static unsigned
frac_of_result(const struct val *a, const struct val *b)
{
	unsigned fa = a->kind == V_FIXED ? a->frac : 0, fb = b->kind == V_FIXED ? b->frac : 0;

	return fa > fb ? fa : fb;
}

/* A literal that meets x: an int if it is whole, else of x's f. */
static struct val
literal_for(struct check *ck, struct val lit, const struct val *x, struct span at)
{
	if (lit.kind != V_NUMBER)
		return lit;
	if (x->kind == V_FIXED)
		return mpz_cmp_ui(mpq_denref(lit.q), 1) == 0 ? to_kind(ck, lit, V_INT, 0, at) :
		    to_kind(ck, lit, V_FIXED, x->frac, at);
	return concrete(ck, lit, at);
}

static struct val
number_op(struct check *ck, enum binary op, const struct val *a, const struct val *b,
    struct span at)
{
	mpq_t q;
	mpz_t z;

	mpq_init(q);
	mpz_init(z);
	bool decimal = a->decimal || b->decimal;
	if ((op == BIN_DIV || op == BIN_FDIV || op == BIN_MOD) && mpq_sgn(b->q) == 0)
		return to_kind(ck, val_new(V_MISSING), op == BIN_DIV || decimal ? V_FIXED : V_INT,
		    FRAC_DEFAULT, at);
	if (op == BIN_ADD)
		mpq_add(q, a->q, b->q);
	else if (op == BIN_SUB)
		mpq_sub(q, a->q, b->q);
	else if (op == BIN_MUL)
		mpq_mul(q, a->q, b->q);
	else
		mpq_div(q, a->q, b->q);
	if (op == BIN_DIV)
		decimal = true;
	if (op == BIN_FDIV || op == BIN_MOD) {
		mpz_fdiv_q(z, mpq_numref(q), mpq_denref(q));
		mpq_set_z(q, z);
	}
	if (op == BIN_MOD) {
		mpq_mul(q, q, b->q);
		mpq_sub(q, a->q, q);
	}
	if (op == BIN_FDIV)
		decimal = false;
	if (mpz_sizeinbase(mpq_numref(q), 2) > 4096 || mpz_sizeinbase(mpq_denref(q), 2) > 4096)
		compile_fail(ck->c, at, NULL, NULL, "this number is too large");
	return val_number(ck, q, decimal);
}

/* Aligns the pending bits of both; truncates first what would not fit. */
static struct val
add_op(struct check *ck, enum binary op, struct val a, struct val b, struct span at)
{
	struct span s = at_span(ck, at);

	a = literal_for(ck, a, &b, at);
	b = literal_for(ck, b, &a, at);
	enum val_kind kind = kind_of_result(&a, &b);
	unsigned f = frac_of_result(&a, &b), top = f;
	for (int i = 0; i < 2; i++)
		if (ir_frac(ck, i == 0 ? a.v : b.v) > top)
			top = ir_frac(ck, i == 0 ? a.v : b.v);
	size_t ba = bits_of(ck, a.v) + top - ir_frac(ck, a.v), bb = bits_of(ck, b.v) + top - ir_frac(ck,
	    b.v);
	if ((ba > bb ? ba : bb) + 1 > RING_BITS && top > f) {
		a = settle(ck, a, at);
		b = settle(ck, b, at);
		top = f;
	}
	ir_id x = align(ck, a.v, top, s), y = align(ck, b.v, top, s);
	struct val r = result_of(ck, &a, &b, IR_NONE, kind, f, at);
	r.v = bin(ck, op == BIN_ADD ? IR_ADD : IR_SUB, x, y, 0, s);
	if (r.rank > 0)
		r.v = ir_broadcast(ck->ir, r.v, r.rank, r.dims, s);
	return r;
}

static struct val
mul_op(struct check *ck, struct val a, struct val b, struct span at)
{
	return product_within(ck, a, b, NULL, at);
}

struct val
product_within(struct check *ck, struct val a, struct val b, const mpz_t limit, struct span at)
{
	struct span s = at_span(ck, at);

	a = settle(ck, literal_for(ck, a, &b, at), at);
	b = settle(ck, literal_for(ck, b, &a, at), at);
	unsigned bits = limit == NULL ? 0 : (unsigned)mpz_sizeinbase(limit, 2) + ir_frac(ck, a.v) +
	    ir_frac(ck, b.v);
	struct val r = result_of(ck, &a, &b, IR_NONE, kind_of_result(&a, &b), frac_of_result(&a, &b), at);
	r.masked = product_masked(&a, &b);
	if (a.kind == V_BOOL && b.kind == V_BOOL)
		r.v = and_(ck, a.v, b.v, s);
	else
		r.v = bin(ck, IR_MUL, a.v, b.v, bits, s);
	if (r.rank > 0)
		r.v = ir_broadcast(ck->ir, r.v, r.rank, r.dims, s);
	return r;
}

static bool
may_be_zero(const struct check *ck, ir_id id)
{
	const struct ir_value *v = &ck->ir->value[id];

	return mpz_sgn(v->lo) <= 0 && mpz_sgn(v->hi) >= 0;
}

/* What is divided by 0 is missing. */
static void
missing_at_zero(struct check *ck, struct val *r, ir_id divisor, struct span at)
{
	struct span s = at_span(ck, at);

	if (r->n == 0 || !may_be_zero(ck, divisor))
		return;
	ir_id p = nonzero(ck, divisor, s);
	if (r->rank > 0)
		p = ir_broadcast(ck->ir, p, r->rank, r->dims, s);
	r->p = both_present(ck, r->p, p, s);
	r->masked = false;
}

/* x / (p/q) is x * q / p, exactly. */
static struct val
by_literal(struct check *ck, struct val a, struct val *b, struct span at)
{
	struct val den;
	mpq_t q;

	if (b->kind != V_NUMBER || a.kind == V_NUMBER || mpq_sgn(b->q) == 0)
		return a;
	mpq_init(q);
	mpq_set_z(q, mpq_denref(b->q));
	den = val_number(ck, q, false);
	mpq_set_z(q, mpq_numref(b->q));
	*b = to_kind(ck, val_number(ck, q, false), V_INT, 0, at);
	return mul_op(ck, a, den, at);
}

/* The slack that a range has for rounding on shares takes no quotient below 0: roots rely on it. */
static void
not_below_zero(struct check *ck, ir_id d, ir_id a, ir_id b)
{
	mpz_t zero;

	mpz_init(zero);
	if (ck->ir->value[d].op == IR_DIV && mpz_sgn(ck->ir->value[a].lo) >= 0 &&
	    mpz_sgn(ck->ir->value[b].lo) >= 0)
		ir_refine(ck->ir, d, zero, ck->ir->value[d].hi);
}

static struct val
divide(struct check *ck, struct val a, struct val b, struct span at)
{
	struct span s = at_span(ck, at);
	unsigned f;

	if (a.kind == V_NUMBER && b.kind == V_NUMBER)
		return number_op(ck, BIN_DIV, &a, &b, at);
	a = by_literal(ck, a, &b, at);
	if (a.kind == V_NUMBER)
		a = to_kind(ck, a, V_FIXED, b.kind == V_FIXED ? b.frac : FRAC_DEFAULT, at);
	b = literal_for(ck, b, &a, at);
	/* Quotients on shares make room for what the dividend is shifted by. */
	if (a.kind == V_INT && b.kind == V_FIXED)
		a = to_kind(ck, a, V_FIXED, b.frac, at);
	a = settle(ck, a, at);
	b = settle(ck, b, at);
	f = frac_of_result(&a, &b);
	if (f == 0)
		f = FRAC_DEFAULT;
	struct val r = result_of(ck, &a, &b, IR_NONE, V_FIXED, f, at);
	int64_t shift = (int64_t)f - ir_frac(ck, a.v) + ir_frac(ck, b.v);
	r.v = bin(ck, IR_DIV, a.v, b.v, shift, s);
	not_below_zero(ck, r.v, a.v, b.v);
	r.masked = a.masked && a.p == r.p && a.p != IR_NONE;
	missing_at_zero(ck, &r, b.v, at);
	return r;
}

/* a is 0 wherever b is, so that the quotient tells no less than a does: ir_post may open a. */
struct val
divide_parts(struct check *ck, struct val a, struct val b, struct span at)
{
	struct val r = divide(ck, a, b, at);

	if (ck->ir->value[r.v].op == IR_DIV) {
		ck->ir->value[r.v].imm[1] = 1;
		r.masked = r.p != IR_NONE && (a.p == IR_NONE || a.masked) &&
		    (b.p == IR_NONE || b.masked);
	}
	return r;
}

static struct val
floor_divide(struct check *ck, enum binary op, struct val a, struct val b, struct span at)
{
	struct span s = at_span(ck, at);

	a = settle(ck, literal_for(ck, a, &b, at), at);
	b = settle(ck, literal_for(ck, b, &a, at), at);
	enum val_kind kind = op == BIN_FDIV ? V_INT : kind_of_result(&a, &b);
	unsigned f = frac_of_result(&a, &b);
	a.v = align(ck, a.v, f, s);
	b.v = align(ck, b.v, f, s);
	struct val r = result_of(ck, &a, &b, IR_NONE, kind, kind == V_INT ? 0 : f, at);
	r.v = bin(ck, op == BIN_FDIV ? IR_FDIV : IR_MOD, a.v, b.v, 0, s);
	missing_at_zero(ck, &r, b.v, at);
	return r;
}

static struct val
whole_power(struct check *ck, struct val x, int64_t k, struct span at)
{
	struct val y = val_int(ck, 1);
	bool first = true;

	while (k > 0) {
		if (k & 1) {
			y = first ? x : binary_op(ck, BIN_MUL, y, x, at);
			first = false;
		}
		k >>= 1;
		if (k > 0)
			x = binary_op(ck, BIN_MUL, x, x, at);
		if (x.kind == V_FIXED && k > 0)
			x = settle(ck, x, at);
	}
	return y;
}

/* 1, and missing where a is. */
static struct val
zeroth_power(struct check *ck, const struct val *a, struct span at)
{
	enum val_kind kind = a->kind == V_FIXED ? V_FIXED : V_INT;
	struct val one = to_kind(ck, val_int(ck, 1), kind, a->frac, at);

	one = broadcast_to(ck, one, a->rank, a->dims, at);
	return result_of(ck, a, &one, one.v, kind, kind == V_INT ? 0 : a->frac, at);
}

static struct val
power(struct check *ck, struct val a, const struct val *b, struct span at)
{
	mpq_t q;

	mpq_init(q);
	if (b->rank != 0 || !known_rational(ck, b, q) || mpz_cmp_ui(mpq_denref(q), 1) != 0)
		compile_fail(ck->c, at, val_note(ck, b), "sqrt(x) is the root; exp(y * log(x)) any power",
		    "the exponent of ** is a known whole number");
	if (mpz_cmpabs_ui(mpq_numref(q), POWER_MAX) > 0)
		compile_fail(ck->c, at, NULL, NULL, "an exponent is at most %d", POWER_MAX);
	int64_t k = mpz_get_si(mpq_numref(q));
	if (a.kind == V_BOOL)
		a = to_kind(ck, a, V_INT, 0, at);
	if (k < 0)
		return divide(ck, val_int(ck, 1), whole_power(ck, settle(ck, a, at), -k, at), at);
	if (k == 0)
		return zeroth_power(ck, &a, at);
	return whole_power(ck, settle(ck, a, at), k, at);
}

/* Of more than two axes all but the last are rows. */
static ir_id
product_of_rows(struct check *ck, ir_id a, ir_id b, struct span s)
{
	const struct ir_value *x = &ck->ir->value[a];
	unsigned rank = x->rank - 1u;
	uint64_t dims[N_RANK_MAX], k = x->dims[rank], two[2] = { 1, k };

	if (rank < 2)
		return ir_matmul(ck->ir, a, b, s);
	memcpy(dims, x->dims, sizeof dims);
	for (unsigned i = 0; i < rank; i++)
		two[0] *= dims[i];
	ir_id d = ir_matmul(ck->ir, ir_reshape(ck->ir, a, 2, two, s), b, s);
	if (ck->ir->value[d].rank == 2)
		dims[rank++] = ck->ir->value[d].dims[1];
	return ir_reshape(ck->ir, d, rank, dims, s);
}

/* Rows that are missing in either count as 0. */
struct val
matrix_product(struct check *ck, struct val a, struct val b, struct span at)
{
	struct span s = at_span(ck, at);

	need_numbers(ck, "@", &a, &b, at);
	a = settle(ck, concrete(ck, a, at), at);
	b = settle(ck, concrete(ck, b, at), at);
	if (a.rank < 1 || b.rank < 1 || b.rank > 2)
		compile_fail(ck->c, at, NULL, NULL,
		    "a matrix product takes arrays, the second one of one or two axes, not %s and %s",
		    dims_text(ck, a.rank, a.dims), dims_text(ck, b.rank, b.dims));
	if (a.dims[a.rank - 1] != b.dims[0])
		compile_fail(ck->c, at, NULL, "transpose(x) swaps the axes",
		    "a matrix product of %s and %s: %llu columns do not meet %llu rows",
		    dims_text(ck, a.rank, a.dims), dims_text(ck, b.rank, b.dims),
		    (unsigned long long)a.dims[a.rank - 1], (unsigned long long)b.dims[0]);
	enum val_kind kind = kind_of_result(&a, &b);
	ir_id v = product_of_rows(ck, masked_value(ck, &a, at), masked_value(ck, &b, at), s);
	struct val r = val_ir(ck, kind, v, frac_of_result(&a, &b));
	if (a.rank >= 2) {
		r.axis = a.axis;
		r.group = a.group;
	}
	for (unsigned i = 0; i + 1 < a.rank; i++)
		r.label[i] = a.label[i];
	if (b.rank == 2)
		r.label[r.rank - 1] = b.label[1];
	return r;
}

static struct val
bool_op(struct check *ck, enum binary op, struct val a, struct val b, struct span at)
{
	struct span s = at_span(ck, at);

	if (a.kind != V_BOOL || b.kind != V_BOOL) {
		const struct val *bad = a.kind != V_BOOL ? &a : &b;
		if (op != BIN_AND && op != BIN_OR && is_numeric(bad))
			compile_fail(ck->c, at, NULL, op == BIN_XOR ? "a power is x ** 2" : NULL,
			    "%s needs bools or bits, and this is %s", op_text(op),
			    type_text(ck, bad));
		compile_fail(ck->c, at, NULL, is_numeric(bad) ? "compare it: `... != 0`" : NULL,
		    "%s needs bools, and this is %s", op_text(op), type_text(ck, bad));
	}
	struct val r = result_of(ck, &a, &b, IR_NONE, V_BOOL, 0, at);
	if (op == BIN_AND || op == BIN_BAND) {
		r.v = and_(ck, a.v, b.v, s);
		r.masked = product_masked(&a, &b);
	} else {
		r.v = op == BIN_XOR ? xor_(ck, a.v, b.v, s) : or_(ck, a.v, b.v, s);
	}
	if (r.rank > 0)
		r.v = ir_broadcast(ck->ir, r.v, r.rank, r.dims, s);
	return r;
}

struct val
binary_op(struct check *ck, enum binary op, struct val a, struct val b, struct span at)
{
	if (a.kind == V_MISSING || b.kind == V_MISSING)
		compile_fail(ck->c, at, NULL, "present(x) says where x is there; coalesce(x, 0) fills it",
		    "%s with `missing` is always missing", op_text(op));
	if (a.kind == V_ID || b.kind == V_ID)
		return id_binary(ck, op, a, b, at);
	if (a.kind == V_BITS || b.kind == V_BITS)
		return bits_binary(ck, op, a, b, at);
	if (op >= BIN_EQ && op <= BIN_GE)
		return compare_op(ck, op, a, b, at);
	if (op == BIN_AND || op == BIN_OR || op == BIN_BAND || op == BIN_BOR || op == BIN_XOR)
		return bool_op(ck, op, a, b, at);
	need_numbers(ck, op_text(op), &a, &b, at);
	if (op == BIN_SHL || op == BIN_SHR)
		compile_fail(ck->c, at, NULL, "multiply by a power of two: `x * 2 ** k`",
		    "%s is for bits, and this is %s", op_text(op), type_text(ck, &a));
	if (op == BIN_POW)
		return power(ck, a, &b, at);
	if (op == BIN_MAT)
		return matrix_product(ck, a, b, at);
	if (a.kind == V_NUMBER && b.kind == V_NUMBER)
		return number_op(ck, op, &a, &b, at);
	if (op == BIN_ADD || op == BIN_SUB)
		return add_op(ck, op, a, b, at);
	if (op == BIN_MUL)
		return mul_op(ck, a, b, at);
	if (op == BIN_DIV)
		return divide(ck, a, b, at);
	return floor_divide(ck, op, a, b, at);
}

struct val
unary_op(struct check *ck, enum unary op, struct val x, struct span at)
{
	struct span s = at_span(ck, at);

	if (op == UN_NEG && x.kind == V_NUMBER) {
		mpq_t q;
		mpq_init(q);
		mpq_neg(q, x.q);
		return val_number(ck, q, x.decimal);
	}
	if (op == UN_NEG) {
		need_numbers(ck, "-", &x, &x, at);
		x.v = un(ck, IR_NEG, x.v, 0, s);
		x.kind = x.kind == V_BOOL ? V_INT : x.kind;
		return x;
	}
	if (x.kind == V_BITS && op == UN_INV)
		return bits_invert(ck, x, at);
	if (x.kind != V_BOOL)
		compile_fail(ck->c, at, NULL, x.kind == V_BITS ? "~x turns every bit; `x == 0` is a bool" :
		    is_numeric(&x) && op == UN_NOT ? "compare it: `... == 0`" : NULL,
		    "%s needs a bool, and this is %s", op == UN_NOT ? "!" : "~", type_text(ck, &x));
	x.v = not_(ck, x.v, s);
	x.masked = false;
	return x;
}
