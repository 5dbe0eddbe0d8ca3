/* ir_range.c: what range a value can have, and how far it can be from the exact result.
 *
 * Exact interval arithmetic on the raw whole numbers.  The error is a bound in units of 2^-frac
 * that holds under every protocol: a truncation adds one unit, a division on shares two. */
#include "ir_build.h"

#include <math.h>
#include <string.h>

#include "internal.h"

enum { RING_BITS_MAX = 126 };   /* |x| < 2^126, so that a truncation in Z_2^128 is exact */

static int64_t
middle(const struct ir_value *v)
{
	return v->imm[1];
}

void
ir_range_check(struct ir *ir, ir_id id)
{
	struct ir_value *v = &ir->value[id];
	size_t bits = mpz_sizeinbase(v->lo, 2), hb = mpz_sizeinbase(v->hi, 2);

	if (hb > bits)
		bits = hb;
	if (bits > RING_BITS_MAX && v->bits == 0)
		compile_fail(ir->compile, v->span, NULL, ir_range_help(ir, id),
		    "this value may need %zu bits (%u of them fractional); the widest ring holds %d", bits,
		    v->frac, RING_BITS_MAX);
}

static void
hull(struct ir_value *d, const struct ir_value *a)
{
	if (a->n == 0)
		return;
	if (mpz_cmp(a->lo, d->lo) < 0)
		mpz_set(d->lo, a->lo);
	if (mpz_cmp(a->hi, d->hi) > 0)
		mpz_set(d->hi, a->hi);
}

static void
widen_to(struct ir_value *d, const mpz_t x)
{
	if (mpz_cmp(x, d->lo) < 0)
		mpz_set(d->lo, x);
	if (mpz_cmp(x, d->hi) > 0)
		mpz_set(d->hi, x);
}

/* square: a sum of squares, as of a vector with itself; a matrix times itself is none. */
static void
range_mul(struct ir_value *d, const struct ir_value *a, const struct ir_value *b, bool square)
{
	mpz_t t;

	mpz_init(t);
	mpz_mul(d->lo, a->lo, b->lo);
	mpz_set(d->hi, d->lo);
	mpz_mul(t, a->lo, b->hi);
	widen_to(d, t);
	mpz_mul(t, a->hi, b->lo);
	widen_to(d, t);
	mpz_mul(t, a->hi, b->hi);
	widen_to(d, t);
	if (square && mpz_sgn(d->lo) < 0)
		mpz_set_ui(d->lo, 0);
}

/* What is known to lie within 2^bits. */
static void
clip(struct ir_value *d, mp_bitcnt_t bits)
{
	mpz_t most;

	mpz_init(most);
	mpz_setbit(most, bits);
	if (mpz_cmp(d->hi, most) > 0)
		mpz_set(d->hi, most);
	mpz_neg(most, most);
	if (mpz_cmp(d->lo, most) < 0)
		mpz_set(d->lo, most);
}

/* A number times what makes it as long as imm0 says. */
static void
range_normal(struct ir_value *d, const struct ir_value *norm)
{
	mpz_set_ui(d->lo, 0);
	mpz_set_ui(d->hi, 0);
	mpz_setbit(d->hi, (mp_bitcnt_t)norm->imm[0]);
	mpz_sub_ui(d->hi, d->hi, 1);
}

/* Significant bits of a quotient by a secret: the inverse has as many as a leaves room for in the
 * widest ring, and its polynomial takes six of them; see expand_div. */
static unsigned
quotient_bits(const struct ir_value *a)
{
	enum { ROOM = 124 - 6 };
	size_t lo = mpz_sizeinbase(a->lo, 2), hi = mpz_sizeinbase(a->hi, 2), bits = lo > hi ? lo : hi;

	if (bits + SIGNIFICANT_BITS <= ROOM)
		return SIGNIFICANT_BITS;
	return bits < ROOM ? (unsigned)(ROOM - bits) : 0;
}

/* Quotients are extreme at the ends of both ranges; of b also at the numbers next to 0. */
static void
range_div(struct ir_value *d, const struct ir_value *a, const struct ir_value *b, int64_t shift,
    unsigned long slack)
{
	mpz_t num, t, den[4];
	bool first = true;

	mpz_inits(num, t, den[0], den[1], den[2], den[3], NULL);
	mpz_set(den[0], b->lo);
	mpz_set(den[1], b->hi);
	mpz_set_si(den[2], -1);
	mpz_set_si(den[3], 1);
	mpz_set_ui(d->lo, 0);
	mpz_set_ui(d->hi, 0);
	for (int i = 0; i < 8; i++) {
		mpz_srcptr y = den[i / 2];
		if (mpz_sgn(y) == 0 || mpz_cmp(y, b->lo) < 0 || mpz_cmp(y, b->hi) > 0)
			continue;
		mpz_mul_2exp(num, i % 2 == 0 ? a->lo : a->hi, (mp_bitcnt_t)shift);
		mpz_fdiv_q(t, num, y);
		if (first) {
			mpz_set(d->lo, t);
			mpz_set(d->hi, t);
		}
		first = false;
		widen_to(d, t);
	}
	if (mpz_sgn(b->lo) <= 0 && mpz_sgn(b->hi) >= 0) {
		mpz_set_ui(t, 0);
		widen_to(d, t);
	}
	if (slack == 0)
		return;
	mpz_neg(d->lo, d->lo);
	ir_add_slack(d->lo, d->lo, quotient_bits(a), slack);
	mpz_neg(d->lo, d->lo);
	ir_add_slack(d->hi, d->hi, quotient_bits(a), slack);
}

static void
range_shift_down(struct ir_value *d, const struct ir_value *a, int64_t k, unsigned long slack)
{
	mpz_fdiv_q_2exp(d->lo, a->lo, (mp_bitcnt_t)k);
	mpz_fdiv_q_2exp(d->hi, a->hi, (mp_bitcnt_t)k);
	mpz_add_ui(d->hi, d->hi, slack);
}

static void
range_abs(struct ir_value *d, const struct ir_value *a)
{
	mpz_t m;

	mpz_init(m);
	mpz_neg(m, a->lo);
	mpz_set(d->hi, mpz_cmp(m, a->hi) > 0 ? m : a->hi);
	if (mpz_sgn(a->lo) > 0)
		mpz_set(d->lo, a->lo);
	else if (mpz_sgn(a->hi) < 0)
		mpz_neg(d->lo, a->hi);
	else
		mpz_set_ui(d->lo, 0);
}

static void
range_mod(struct ir_value *d, const struct ir_value *b)
{
	mpz_set_ui(d->lo, 0);
	mpz_set_ui(d->hi, 0);
	if (mpz_sgn(b->hi) > 0)
		mpz_sub_ui(d->hi, b->hi, 1);
	if (mpz_sgn(b->lo) < 0)
		mpz_add_ui(d->lo, b->lo, 1);
}

static void
times(struct ir_value *d, uint64_t n)
{
	mpz_mul_ui(d->lo, d->lo, n);
	mpz_mul_ui(d->hi, d->hi, n);
}

static void
range_small(struct ir_value *d, long lo, long hi)
{
	mpz_set_si(d->lo, lo);
	mpz_set_si(d->hi, hi);
}

static void
copy_range(struct ir_value *d, const struct ir_value *a)
{
	mpz_set(d->lo, a->lo);
	mpz_set(d->hi, a->hi);
}

static void
range_pick(struct ir_value *d, const struct ir_value *a, const struct ir_value *b, bool least)
{
	mpz_set(d->lo, (mpz_cmp(a->lo, b->lo) < 0) == least ? a->lo : b->lo);
	mpz_set(d->hi, (mpz_cmp(a->hi, b->hi) < 0) == least ? a->hi : b->hi);
}

static void
range_iota(struct ir_value *d)
{
	mpz_set_si(d->hi, d->imm[1]);
	mpz_mul_ui(d->hi, d->hi, d->n > 0 ? d->n - 1 : 0);
	mpz_set_si(d->lo, d->imm[0]);
	mpz_add(d->hi, d->hi, d->lo);
	if (mpz_cmp(d->lo, d->hi) > 0)
		mpz_swap(d->lo, d->hi);
}

/* Operations that move or reduce elements, and the rest. */
static void
range_of_arrays(struct ir *ir, struct ir_value *d, const struct ir_value *a,
    const struct ir_value *b)
{
	copy_range(d, a);
	switch (d->op) {
	case IR_SELECT:
		copy_range(d, b);
		hull(d, &ir->value[d->args[2]]);
		return;
	case IR_CONCAT:
		for (uint32_t i = 1; i < d->n_args; i++)
			hull(d, &ir->value[d->args[i]]);
		return;
	case IR_UPDATE: case IR_PUT:
		hull(d, b);
		return;
	case IR_SUM:
		times(d, (uint64_t)middle(d));
		return;
	case IR_CUMSUM:
		times(d, (uint64_t)middle(d));
		hull(d, a);
		return;
	case IR_MATMUL: case IR_TNMUL:
		range_mul(d, a, b, a == b && d->n == 1);
		times(d, (uint64_t)(d->op == IR_MATMUL ? d->imm[1] : d->imm[0]));
		return;
	case IR_RESULT:
		copy_range(d, &ir->value[a->loop->arg[d->imm[1]]]);
		return;
	default:
		return;
	}
}

static void
range_linear(struct ir_value *d, const struct ir_value *a, const struct ir_value *b)
{
	if (d->op == IR_ADD) {
		mpz_add(d->lo, a->lo, b->lo);
		mpz_add(d->hi, a->hi, b->hi);
	} else if (d->op == IR_SUB) {
		mpz_sub(d->lo, a->lo, b->hi);
		mpz_sub(d->hi, a->hi, b->lo);
	} else if (d->op == IR_NEG) {
		mpz_neg(d->lo, a->hi);
		mpz_neg(d->hi, a->lo);
	} else {
		mpz_mul_2exp(d->lo, a->lo, (mp_bitcnt_t)d->imm[0]);
		mpz_mul_2exp(d->hi, a->hi, (mp_bitcnt_t)d->imm[0]);
	}
}

/* Bits, and numbers made of bits. */
static void
range_more(struct ir *ir, struct ir_value *d, const struct ir_value *a)
{
	(void)ir;
	mpz_set_ui(d->lo, 0);
	mpz_set_ui(d->hi, 0);
	if (d->bits > 0) {
		mpz_setbit(d->hi, d->bits);
		mpz_sub_ui(d->hi, d->hi, 1);
		return;
	}
	switch (d->op) {
	case IR_NOT: case IR_AND: case IR_OR: case IR_XOR:
		mpz_set_ui(d->hi, 1);
		return;
	case IR_ORDER: case IR_SHUFFLE:
		mpz_set_ui(d->hi, (uint64_t)(d->op == IR_ORDER ? d->imm[1] : d->imm[0]));
		if (mpz_sgn(d->hi) > 0)
			mpz_sub_ui(d->hi, d->hi, 1);
		return;
	case IR_POPCNT:
		mpz_set_ui(d->hi, a->bits);
		return;
	case IR_TONUM:
		mpz_set(d->hi, a->hi);
		return;
	case IR_BITLEN:
		mpz_set_ui(d->hi, mpz_sizeinbase(a->hi, 2));
		return;
	case IR_NORM:
		mpz_setbit(d->hi, (mp_bitcnt_t)d->imm[0]);
		return;
	default:
		return;
	}
}

static void
range_of(struct ir *ir, struct ir_value *d)
{
	const struct ir_value *a = d->n_args > 0 ? &ir->value[d->args[0]] : NULL;
	const struct ir_value *b = d->n_args > 1 ? &ir->value[d->args[1]] : NULL;

	switch ((enum ir_op)d->op) {
	case IR_IOTA: range_iota(d); return;
	case IR_NEG: case IR_ADD: case IR_SUB: case IR_SHL: case IR_SCALE2: range_linear(d, a, b); return;
	case IR_MUL:
		if (b->op == IR_NORM && b->args[0] == d->args[0])
			range_normal(d, b);
		else
			range_mul(d, a, b, a == b);
		if (d->imm[0] > 0)
			clip(d, (mp_bitcnt_t)d->imm[0]);
		return;
	case IR_TRUNC: case IR_ROUND: range_shift_down(d, a, d->imm[0], 1); return;
	case IR_FLOOR: range_shift_down(d, a, d->imm[0], 0); return;
	case IR_DIV: range_div(d, a, b, d->imm[0], 2); return;
	case IR_FDIV: range_div(d, a, b, 0, 0); return;
	case IR_MOD: range_mod(d, b); return;
	case IR_ABS: range_abs(d, a); return;
	case IR_SIGN: range_small(d, mpz_sgn(a->lo), mpz_sgn(a->hi)); return;
	case IR_SQRT: case IR_EXP: case IR_LOG: case IR_RSQRT: case IR_LOG2: case IR_SIN: case IR_COS:
	case IR_TANH: case IR_SIGMOID: case IR_ERF:
		ir_range_function(d, a);
		return;
	DISTRIBUTIONS
		ir_range_distribution(d);
		return;
	case IR_MIN: range_pick(d, a, b, true); return;
	case IR_MAX: range_pick(d, a, b, false); return;
	case IR_EQ: case IR_LT: case IR_LE: case IR_ONEHOT: range_small(d, 0, 1); return;
	case IR_NOT: case IR_AND: case IR_OR: case IR_XOR: case IR_SHUFFLE:
	case IR_ORDER: case IR_RANDOM: case IR_CIRCUIT:
	case IR_SHLB: case IR_SHRB: case IR_ROTLB: case IR_ADDB: case IR_SLICEB: case IR_TOBITS:
	case IR_CATB: case IR_SORT2: case IR_SORTB: case IR_SHUFB:
	case IR_POPCNT: case IR_TONUM: case IR_BITLEN: case IR_NORM:
		range_more(ir, d, a);
		return;
	case IR_SELECT: case IR_CONCAT: case IR_UPDATE: case IR_PUT: case IR_SUM: case IR_CUMSUM:
	case IR_MATMUL: case IR_TNMUL: case IR_RESULT: case IR_VIEW: case IR_GATHER: case IR_MINR:
	case IR_MAXR: case IR_MINM: case IR_MAXM: case IR_REVEAL:
	case IR_ASSUME: case IR_ASSERT: case IR_HOME: case IR_PICK:
	case IR_TAKE:
		range_of_arrays(ir, d, a, b);
		return;
	case IR_CONST: case IR_INPUT: case IR_COUNTER: case IR_ARG: case IR_LOOP: case N_IR_OP:
		return;
	}
}

/* The largest magnitude of a value. */
static void
magnitude(mpz_t d, const struct ir_value *a)
{
	if (mpz_cmpabs(a->lo, a->hi) > 0)
		mpz_abs(d, a->lo);
	else
		mpz_abs(d, a->hi);
}

static void
err_mul(struct ir_value *d, const struct ir_value *a, const struct ir_value *b)
{
	mpz_t t, m;

	mpz_inits(t, m, NULL);
	magnitude(m, a);
	mpz_mul(d->err, m, b->err);
	magnitude(m, b);
	mpz_mul(t, m, a->err);
	mpz_add(d->err, d->err, t);
	mpz_mul(t, a->err, b->err);
	mpz_add(d->err, d->err, t);
}

/* (a+ea)/(b+eb) - a/b is at most (ea + |q| eb) / (least |b| - eb); two units for the rounding. */
static void
err_div(struct ir_value *d, const struct ir_value *a, const struct ir_value *b)
{
	mpz_t least, q;

	mpz_inits(least, q, NULL);
	if (mpz_sgn(b->lo) > 0)
		mpz_set(least, b->lo);
	else if (mpz_sgn(b->hi) < 0)
		mpz_neg(least, b->hi);
	else
		mpz_set_ui(least, 1);
	mpz_sub(least, least, b->err);
	if (mpz_sgn(least) <= 0) {
		mpz_sub(d->err, d->hi, d->lo);
		return;
	}
	magnitude(q, d);
	mpz_mul(q, q, b->err);
	mpz_mul_2exp(d->err, a->err, (mp_bitcnt_t)d->imm[0]);
	mpz_add(d->err, d->err, q);
	mpz_cdiv_q(d->err, d->err, least);
	magnitude(q, d);
	ir_add_slack(d->err, q, quotient_bits(a), 2);
}

static void
err_max_of_args(const struct ir *ir, struct ir_value *d)
{
	mpz_set_ui(d->err, 0);
	for (uint32_t i = 0; i < d->n_args; i++)
		if (mpz_cmp(ir->value[d->args[i]].err, d->err) > 0)
			mpz_set(d->err, ir->value[d->args[i]].err);
}

static void
err_of(struct ir *ir, struct ir_value *d)
{
	const struct ir_value *a = d->n_args > 0 ? &ir->value[d->args[0]] : NULL;
	const struct ir_value *b = d->n_args > 1 ? &ir->value[d->args[1]] : NULL;

	switch ((enum ir_op)d->op) {
	case IR_ADD: case IR_SUB:
		mpz_add(d->err, a->err, b->err);
		return;
	case IR_MUL:
		err_mul(d, a, b);
		return;
	case IR_SHL: case IR_SCALE2:
		mpz_mul_2exp(d->err, a->err, (mp_bitcnt_t)d->imm[0]);
		return;
	case IR_TRUNC:
		mpz_cdiv_q_2exp(d->err, a->err, (mp_bitcnt_t)d->imm[0]);
		mpz_add_ui(d->err, d->err, 1);
		return;
	case IR_FLOOR: case IR_ROUND: case IR_SIGN: case IR_EQ: case IR_LT: case IR_LE: case IR_FDIV:
	case IR_MOD: case IR_POPCNT: case IR_TONUM: case IR_BITLEN: case IR_NORM: case IR_ORDER:
	case IR_ONEHOT: case IR_CIRCUIT:
	case IR_NOT: case IR_AND: case IR_OR: case IR_XOR:
	case IR_SHLB: case IR_SHRB: case IR_ROTLB: case IR_ADDB: case IR_SLICEB: case IR_TOBITS:
	case IR_CATB: case IR_SORT2: case IR_SORTB: case IR_SHUFB:
		err_max_of_args(ir, d);
		if (mpz_sgn(d->err) != 0)
			mpz_sub(d->err, d->hi, d->lo);
		return;
	case IR_DIV:
		err_div(d, a, b);
		return;
	case IR_SQRT: case IR_EXP: case IR_LOG:
	case IR_RSQRT: case IR_LOG2: case IR_SIN: case IR_COS: case IR_TANH: case IR_SIGMOID: case IR_ERF:
		ir_error_function(d, a);
		return;
	DISTRIBUTIONS
		ir_error_distribution(ir, d);
		return;
	case IR_SELECT:
		mpz_set(d->err, b->err);
		if (mpz_cmp(ir->value[d->args[2]].err, d->err) > 0)
			mpz_set(d->err, ir->value[d->args[2]].err);
		if (mpz_sgn(a->err) != 0)
			mpz_sub(d->err, d->hi, d->lo);
		return;
	case IR_NEG: case IR_ABS: case IR_MIN: case IR_MAX: case IR_VIEW: case IR_CONCAT:
	case IR_UPDATE: case IR_GATHER: case IR_PUT: case IR_MINR: case IR_MAXR: case IR_MINM:
	case IR_MAXM: case IR_REVEAL:
	case IR_ASSUME: case IR_ASSERT: case IR_HOME: case IR_PICK: case IR_TAKE:
		err_max_of_args(ir, d);
		return;
	case IR_SUM: case IR_CUMSUM:
		mpz_mul_ui(d->err, a->err, (uint64_t)middle(d));
		return;
	case IR_MATMUL: case IR_TNMUL:
		err_mul(d, a, b);
		mpz_mul_ui(d->err, d->err, (uint64_t)(d->op == IR_MATMUL ? d->imm[1] : d->imm[0]));
		return;
	case IR_RESULT:
		mpz_set(d->err, ir->value[a->loop->arg[d->imm[1]]].err);
		return;
	case IR_CONST: case IR_IOTA: case IR_INPUT: case IR_COUNTER: case IR_ARG: case IR_LOOP:
	case IR_RANDOM: case IR_SHUFFLE: case N_IR_OP:
		return;
	}
}

/* Two values of one range are no further apart than it is wide. */
static void
derive_error(struct ir *ir, struct ir_value *v)
{
	mpz_t width;

	err_of(ir, v);
	mpz_init(width);
	mpz_sub(width, v->hi, v->lo);
	if (mpz_cmp(v->err, width) > 0 && v->op != IR_ARG)
		mpz_set(v->err, width);
}

void
ir_range(struct ir *ir, ir_id id)
{
	range_of(ir, &ir->value[id]);
	if (ir->value[id].op == IR_MUL || ir->value[id].op == IR_SELECT)
		ir->value[id].boolean = ir->value[id].frac == 0 &&
		    mpz_sgn(ir->value[id].lo) >= 0 && mpz_cmp_ui(ir->value[id].hi, 1) <= 0;
	derive_error(ir, &ir->value[id]);
	ir_range_check(ir, id);
}

void
ir_derive(struct ir *ir, ir_id id)
{
	struct ir_value *v = &ir->value[id];

	if (v->op == IR_INPUT || v->op == IR_REVEAL || v->op == IR_ARG || v->op == IR_SHUFFLE ||
	    v->op == IR_RANDOM)
		return;
	if (v->op == IR_RESULT) {
		const struct ir_loop *l = ir->value[v->args[0]].loop;
		v->open = ir->value[l->arg[v->imm[1]]].open;
		mpz_set(v->lo, ir->value[l->arg[v->imm[1]]].lo);
		mpz_set(v->hi, ir->value[l->arg[v->imm[1]]].hi);
	} else {
		ir_derive_open(ir, id);
	}
	derive_error(ir, v);
}

void
ir_refine(struct ir *ir, ir_id a, const mpz_t lo, const mpz_t hi)
{
	struct ir_value *v = &ir->value[a];

	/* A promise that is surely broken (the run will find that) says nothing about the value. */
	if (mpz_cmp(lo, v->hi) > 0 || mpz_cmp(hi, v->lo) < 0)
		return;
	if (mpz_cmp(lo, v->lo) > 0)
		mpz_set(v->lo, lo);
	if (mpz_cmp(hi, v->hi) < 0)
		mpz_set(v->hi, hi);
	if (v->op == IR_ARG || v->op == IR_INPUT)
		return;
	/* What was known of the error stays known. */
	mpz_t err;
	mpz_init_set(err, v->err);
	derive_error(ir, v);
	if (mpz_cmp(err, v->err) < 0)
		mpz_set(v->err, err);
}
