/* check_emit.c: the checker's way to the IR.
 *
 * Scalars that are known while compiling are computed on the spot, since sizes and choices between
 * sides depend on them; everything else is left to ir_fold.  Operands are broadcast to one
 * shape. */
#include <string.h>

#include "check_impl.h"

enum { N_ADDED = 8 };           /* summands under one condition that are seen as such */

static bool
is_const(const struct check *ck, ir_id id, long x)
{
	mpz_t z;

	mpz_init(z);
	return ir_is_const(ck->ir, id, &z) && mpz_cmp_si(z, x) == 0;
}

ir_id
const_si(struct check *ck, int64_t x, struct span at)
{
	return ir_const_si(ck->ir, x, 0, at);
}

ir_id
full(struct check *ck, const mpz_t raw, unsigned frac, unsigned rank, const uint64_t *dims,
    struct span at)
{
	ir_id c = ir_const(ck->ir, raw, frac, at);

	return rank == 0 ? c : ir_broadcast(ck->ir, c, rank, dims, at);
}

ir_id
full_like(struct check *ck, ir_id like, int64_t raw, unsigned frac, struct span at)
{
	uint64_t dims[N_RANK_MAX];
	mpz_t z;

	memcpy(dims, ck->ir->value[like].dims, sizeof dims);
	mpz_init_set_si(z, raw);
	return full(ck, z, frac, ck->ir->value[like].rank, dims, at);
}

static void
round_half_even(mpz_t d, const mpz_t a, mp_bitcnt_t k)
{
	mpz_t r, half;

	mpz_inits(r, half, NULL);
	mpz_fdiv_q_2exp(d, a, k);
	if (k == 0)
		return;
	mpz_fdiv_r_2exp(r, a, k);
	mpz_setbit(half, k - 1);
	int order = mpz_cmp(r, half);
	if (order > 0 || (order == 0 && mpz_odd_p(d)))
		mpz_add_ui(d, d, 1);
}

/* d = op a, on known numbers; false: left to later steps (functions). */
static bool
fold_unary(mpz_t d, unsigned op, const mpz_t a, int64_t imm)
{
	mp_bitcnt_t k = (mp_bitcnt_t)imm;

	switch (op) {
	case IR_NEG: mpz_neg(d, a); return true;
	case IR_SHL: case IR_SCALE2: mpz_mul_2exp(d, a, k); return true;
	case IR_TRUNC: case IR_FLOOR: mpz_fdiv_q_2exp(d, a, k); return true;
	case IR_ROUND: round_half_even(d, a, k); return true;
	case IR_ABS: mpz_abs(d, a); return true;
	case IR_SIGN: mpz_set_si(d, mpz_sgn(a)); return true;
	case IR_NOT: mpz_set_si(d, mpz_sgn(a) == 0); return true;
	default: return false;
	}
}

static bool
fold_binary(mpz_t d, unsigned op, const mpz_t a, const mpz_t b, int64_t imm)
{
	mpz_set_ui(d, 0);
	switch (op) {
	case IR_ADD: mpz_add(d, a, b); return true;
	case IR_SUB: mpz_sub(d, a, b); return true;
	case IR_MUL: mpz_mul(d, a, b); return true;
	case IR_DIV:
		mpz_mul_2exp(d, a, (mp_bitcnt_t)imm);
		if (mpz_sgn(b) == 0)
			mpz_set_ui(d, 0);
		else
			mpz_fdiv_q(d, d, b);
		return true;
	case IR_FDIV:
		if (mpz_sgn(b) != 0)
			mpz_fdiv_q(d, a, b);
		return true;
	case IR_MOD:
		if (mpz_sgn(b) != 0)
			mpz_fdiv_r(d, a, b);
		return true;
	case IR_MIN: mpz_set(d, mpz_cmp(a, b) < 0 ? a : b); return true;
	case IR_MAX: mpz_set(d, mpz_cmp(a, b) > 0 ? a : b); return true;
	case IR_EQ: mpz_set_si(d, mpz_cmp(a, b) == 0); return true;
	case IR_LT: mpz_set_si(d, mpz_cmp(a, b) < 0); return true;
	case IR_LE: mpz_set_si(d, mpz_cmp(a, b) <= 0); return true;
	case IR_AND: mpz_and(d, a, b); return true;
	case IR_OR: mpz_ior(d, a, b); return true;
	case IR_XOR: mpz_xor(d, a, b); return true;
	default: return false;
	}
}

static unsigned
result_frac(unsigned op, unsigned fa, unsigned fb, int64_t imm)
{
	switch (op) {
	case IR_MUL: return fa + fb;
	case IR_DIV: return (unsigned)((int64_t)fa + imm - (int64_t)fb);
	case IR_SHL: return (unsigned)((int64_t)fa + imm);
	case IR_TRUNC: return (unsigned)((int64_t)fa - imm);
	case IR_FDIV: case IR_EQ: case IR_LT: case IR_LE: case IR_FLOOR: case IR_ROUND: case IR_SIGN:
		return 0;
	default: return fa;
	}
}

/* x everywhere, in the shape of a. */
static ir_id
full_as(struct check *ck, const mpz_t x, unsigned frac, ir_id a, struct span at)
{
	const struct ir_value v = ck->ir->value[a];

	return full(ck, x, frac, v.rank, v.dims, at);
}

ir_id
un(struct check *ck, enum ir_op op, ir_id a, int64_t imm, struct span at)
{
	mpz_t d, x;

	if ((op == IR_SHL || op == IR_TRUNC || op == IR_SCALE2) && imm == 0)
		return a;
	mpz_inits(d, x, NULL);
	if (ir_is_const(ck->ir, a, &x) && fold_unary(d, op, x, imm))
		return full_as(ck, d, result_frac(op, ir_frac(ck, a), 0, imm), a, at);
	return ir_unary(ck->ir, op, a, imm, at);
}

/* The one shape of both; they are known to fit. */
void
broadcast_both(struct check *ck, ir_id *a, ir_id *b, struct span at)
{
	const struct ir_value *x = &ck->ir->value[*a], *y = &ck->ir->value[*b];
	uint64_t dims[N_RANK_MAX] = { 0 };
	unsigned rank = x->rank > y->rank ? x->rank : y->rank;

	if (x->rank == 0 || y->rank == 0)
		return;
	for (unsigned i = 0; i < rank; i++) {
		uint64_t m = i < x->rank ? x->dims[x->rank - 1 - i] : 1;
		uint64_t n = i < y->rank ? y->dims[y->rank - 1 - i] : 1;
		dims[rank - 1 - i] = m == 1 ? n : m;
	}
	*a = ir_broadcast(ck->ir, *a, rank, dims, at);
	*b = ir_broadcast(ck->ir, *b, rank, dims, at);
}

/* Does a have the shape that a op b has? */
static bool
has_shape(const struct check *ck, ir_id a, ir_id b)
{
	const struct ir_value *x = &ck->ir->value[a], *y = &ck->ir->value[b];

	return y->rank == 0 ||
	    (x->rank == y->rank && memcmp(x->dims, y->dims, x->rank * sizeof *x->dims) == 0);
}

/* x * 1, x + 0, x - 0, b && b: the operand itself; IR_NONE if it is none of these. */
static ir_id
neutral(const struct check *ck, enum ir_op op, ir_id a, ir_id b)
{
	if (op == IR_MUL && is_const(ck, b, 1) && ir_frac(ck, b) == 0 && has_shape(ck, a, b))
		return a;
	if (op == IR_MUL && is_const(ck, a, 1) && ir_frac(ck, a) == 0 && has_shape(ck, b, a))
		return b;
	if ((op == IR_ADD || op == IR_SUB) && is_const(ck, b, 0) && has_shape(ck, a, b))
		return a;
	if (op == IR_ADD && is_const(ck, a, 0) && has_shape(ck, b, a))
		return b;
	return IR_NONE;
}

ir_id
bin(struct check *ck, enum ir_op op, ir_id a, ir_id b, int64_t imm, struct span at)
{
	mpz_t d, x, y;

	mpz_inits(d, x, y, NULL);
	/* One number everywhere stays that: how many rows are there, of columns that miss none. */
	if (ir_is_const(ck->ir, a, &x) && ir_is_const(ck->ir, b, &y) && fold_binary(d, op, x, y, imm)) {
		unsigned frac = result_frac(op, ir_frac(ck, a), ir_frac(ck, b), imm);
		broadcast_both(ck, &a, &b, at);
		return full_as(ck, d, frac, has_shape(ck, a, b) ? a : b, at);
	}
	ir_id same = neutral(ck, op, a, b);
	if (same != IR_NONE)
		return same;
	broadcast_both(ck, &a, &b, at);
	return ir_binary(ck->ir, op, a, b, imm, at);
}

struct sum {
	ir_id term[N_ADDED];
	bool minus[N_ADDED];
	unsigned n;
};

/* Is x base + e - ...? */
static bool
is_sum(const struct check *ck, ir_id x, ir_id base, struct sum *s)
{
	for (s->n = 0; x != base; s->n++) {
		const struct ir_value *v = &ck->ir->value[x];
		if (s->n == N_ADDED || (v->op != IR_ADD && v->op != IR_SUB) || x < base)
			return false;
		bool turned = v->op == IR_ADD && v->args[1] == base;
		s->term[s->n] = v->args[turned ? 0 : 1];
		s->minus[s->n] = v->op == IR_SUB;
		x = v->args[turned ? 1 : 0];
		if (ck->ir->value[x].n != v->n)
			return false;
	}
	return true;
}

/* What both are sums from: b, or what b was made from by adding; IR_NONE: nothing. */
static ir_id
common_base(const struct check *ck, ir_id a, ir_id b, struct sum *of_a, struct sum *of_b)
{
	ir_id base = b;

	for (int i = 0; i < N_ADDED; i++) {
		const struct ir_value *v = &ck->ir->value[base];
		if (is_sum(ck, a, base, of_a) && is_sum(ck, b, base, of_b))
			return base;
		if (v->op != IR_ADD && v->op != IR_SUB)
			break;
		base = v->args[0];
	}
	return IR_NONE;
}

/* e - ... */
static ir_id
added(struct check *ck, const struct sum *s, unsigned frac, struct span at)
{
	ir_id e = ir_const_si(ck->ir, 0, frac, at);

	for (unsigned i = s->n; i-- > 0;)
		e = bin(ck, s->minus[i] ? IR_SUB : IR_ADD, e, s->term[i], 0, at);
	return e;
}

/* c ? s + e : s - f is s + (c ? e : -f), so that a loop that adds under a condition still adds, and
 * known numbers cost no product.  IR_NONE: they are no such sums. */
static ir_id
added_if(struct check *ck, ir_id c, ir_id a, ir_id b, struct span at)
{
	struct sum of_a, of_b;
	ir_id base = common_base(ck, a, b, &of_a, &of_b);
	mpz_t lo, hi;

	if (base == IR_NONE || ck->ir->value[base].op == IR_CONST)
		return IR_NONE;
	mpz_init_set(lo, ck->ir->value[a].lo);
	mpz_init_set(hi, ck->ir->value[a].hi);
	if (mpz_cmp(ck->ir->value[b].lo, lo) < 0)
		mpz_set(lo, ck->ir->value[b].lo);
	if (mpz_cmp(ck->ir->value[b].hi, hi) > 0)
		mpz_set(hi, ck->ir->value[b].hi);
	unsigned frac = ir_frac(ck, base);
	ir_id e = sel(ck, c, added(ck, &of_a, frac, at), added(ck, &of_b, frac, at), at);
	ir_id sum = bin(ck, IR_ADD, base, e, 0, at);
	ir_refine(ck->ir, sum, lo, hi);
	return sum;
}

ir_id
sel(struct check *ck, ir_id c, ir_id a, ir_id b, struct span at)
{
	if (a == b && has_shape(ck, a, c))
		return a;
	broadcast_both(ck, &a, &b, at);
	ir_id like = ck->ir->value[a].rank > 0 ? a : b;
	if (ck->ir->value[like].rank > 0 && ck->ir->value[c].rank > 0)
		broadcast_both(ck, &c, &like, at);
	if (ck->ir->value[c].rank > 0) {
		if (ck->ir->value[a].rank > 0)
			broadcast_both(ck, &a, &c, at);
		if (ck->ir->value[b].rank > 0)
			broadcast_both(ck, &b, &c, at);
	}
	if (has_shape(ck, a, c) && has_shape(ck, a, b) && known_true(ck, c))
		return a;
	if (has_shape(ck, b, c) && has_shape(ck, b, a) && known_false(ck, c))
		return b;
	if (is_const(ck, a, 1) && is_const(ck, b, 0) && ir_frac(ck, a) == 0 && has_shape(ck, c, a) &&
	    has_shape(ck, c, b) && ck->ir->value[c].boolean && ck->ir->value[a].bits == 0)
		return c;
	ir_id sum = added_if(ck, c, a, b, at);
	return sum != IR_NONE ? sum : ir_select(ck->ir, c, a, b, at);
}

bool
known_true(const struct check *ck, ir_id id)
{
	return is_const(ck, id, 1);
}

bool
known_false(const struct check *ck, ir_id id)
{
	return is_const(ck, id, 0);
}

ir_id
align(struct check *ck, ir_id a, unsigned frac, struct span at)
{
	return un(ck, IR_SHL, a, (int64_t)frac - ir_frac(ck, a), at);
}

void
refine_si(struct check *ck, ir_id a, int64_t lo, int64_t hi)
{
	mpz_t l, h;

	mpz_init_set_si(l, lo);
	mpz_init_set_si(h, hi);
	ir_refine(ck->ir, a, l, h);
	if (lo == 0 && hi == 1)
		ck->ir->value[a].boolean = true;
}

ir_id
not_(struct check *ck, ir_id a, struct span at)
{
	const struct ir_value *v = &ck->ir->value[a];

	return v->op == IR_NOT ? v->args[0] : un(ck, IR_NOT, a, 0, at);
}

/* a and b, or, exclusive or, where one is known: `same` is the known bool that changes nothing;
 * IR_NONE: neither is it. */
static ir_id
other(struct check *ck, bool same, ir_id a, ir_id b)
{
	if ((same ? known_true(ck, a) : known_false(ck, a)) && has_shape(ck, b, a))
		return b;
	if ((same ? known_true(ck, b) : known_false(ck, b)) && has_shape(ck, a, b))
		return a;
	return IR_NONE;
}

ir_id
and_(struct check *ck, ir_id a, ir_id b, struct span at)
{
	ir_id same = a == b ? a : other(ck, true, a, b);

	if (same != IR_NONE)
		return same;
	if (known_false(ck, a) && has_shape(ck, a, b))
		return a;
	if (known_false(ck, b) && has_shape(ck, b, a))
		return b;
	return bin(ck, IR_AND, a, b, 0, at);
}

ir_id
or_(struct check *ck, ir_id a, ir_id b, struct span at)
{
	ir_id same = a == b ? a : other(ck, false, a, b);

	return same != IR_NONE ? same : bin(ck, IR_OR, a, b, 0, at);
}

ir_id
xor_(struct check *ck, ir_id a, ir_id b, struct span at)
{
	ir_id same = a == b ? full_like(ck, a, 0, 0, at) : other(ck, false, a, b);

	if (same != IR_NONE)
		return same;
	if (known_true(ck, a) && has_shape(ck, b, a))
		return not_(ck, b, at);
	if (known_true(ck, b) && has_shape(ck, a, b))
		return not_(ck, a, at);
	return bin(ck, IR_XOR, a, b, 0, at);
}

ir_id
both_present(struct check *ck, ir_id p, ir_id q, struct span at)
{
	if (p == IR_NONE)
		return q;
	if (q == IR_NONE)
		return p;
	return and_(ck, p, q, at);
}

ir_id
nonzero(struct check *ck, ir_id a, struct span at)
{
	ir_id zero = ir_const_si(ck->ir, 0, ir_frac(ck, a), at);

	if (ck->ir->value[a].boolean)
		return a;
	return not_(ck, bin(ck, IR_EQ, a, zero, 0, at), at);
}

ir_id
reduce_all(struct check *ck, enum ir_op op, ir_id a, struct span at)
{
	uint64_t n = ck->ir->value[a].n;

	if (ck->ir->value[a].rank == 0)
		return a;
	if (ck->ir->value[a].rank > 1)
		a = ir_reshape(ck->ir, a, 1, &n, at);
	return reduce_axis(ck, op, a, 0, at);
}

/* How many there are, of what is all there, is known: a known divisor takes fewer bits than one
 * that is only public. */
ir_id
reduce_axis(struct check *ck, enum ir_op op, ir_id a, unsigned axis, struct span at)
{
	const struct ir_value v = ck->ir->value[a];
	uint64_t dims[N_RANK_MAX] = { 0 };
	mpz_t x;

	mpz_init(x);
	if (op != IR_SUM || !ir_is_const(ck->ir, a, &x))
		return ir_reduce(ck->ir, op, a, axis, at);
	for (unsigned i = 0, k = 0; i < v.rank; i++)
		if (i != axis)
			dims[k++] = v.dims[i];
	mpz_mul_ui(x, x, v.dims[axis]);
	return full(ck, x, v.frac, v.rank - 1u, dims, at);
}

ir_id
take(struct check *ck, ir_id a, unsigned axis, int64_t i, struct span at)
{
	struct ir_affine from = { .base = i };

	return view_slice(ck, a, axis, &from, 1, true, at);
}
