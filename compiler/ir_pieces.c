/* ir_pieces.c: bounded functions on shares.  See ir_functions.h.
 *
 * The range of the operand is cut into intervals of one width.  Which one x is in is a secret
 * index; the coefficients of that interval's polynomial come from a public table, and the
 * polynomial is in t, how far x is from the interval's middle.  Beyond where a function is within
 * half a unit of its limit there are no intervals; coefficients are 0 there, and the limit is
 * added.  Angles are first taken modulo 2 pi. */
#include <assert.h>

#include "../runtime/code/plain_op.h"
#include "internal.h"
#include "ir_const.h"
#include "ir_functions.h"

/* Bits to work with beyond those of the result, and what a sum of secret coefficients times powers
 * is off by at most, in units of the last of them: one for the polynomial itself, a few for
 * truncations and coefficients. */
enum { PIECE_GUARD = 6, PIECE_UNITS = 8 };

/* One interval of a function, for cheb_interpolate: f(middle + s half), all with CHEB_FRAC
 * fractional bits. */
struct piece {
	enum ir_op op;
	i128 middle;
	unsigned half_log2;              /* half = 2^-half_log2 */
};

static i128
function_at(enum ir_op op, i128 x, unsigned frac)
{
	i128 y;
	bool ok = plain_op(&y, ir_plain_insn(op), 128, x, 0, 0, frac);

	assert(ok);
	(void)ok;
	return y;
}

static i128
piece_at(const void *arg, i128 s)
{
	const struct piece *p = arg;

	return function_at(p->op, p->middle + (s >> p->half_log2), CHEB_FRAC);
}

/* |f(z)| <= most for complex z at most r = radius / 16 from the real axis, nearer than any pole:
 * then coefficient n of f about any point is at most most / r^n [Cauchy], and a polynomial of n
 * coefficients on an interval of width w is off by at most about 2 most (w / 4r)^n. */
static void
growth(enum ir_op op, unsigned *most, unsigned *radius)
{
	*most = op == IR_SIGMOID ? 5 : op == IR_TANH ? 6 : op == IR_ERF ? 20 : 28;
	*radius = op == IR_SIGMOID ? 46 : op == IR_TANH ? 22 : op == IR_ERF ? 32 : 64;
}

/* The largest h <= 0 such that n coefficients on intervals of width 2^h are off by at most
 * 2^-bits. */
static int
width_log2(enum ir_op op, unsigned n, unsigned bits)
{
	unsigned most, radius;
	mpz_t num, den;

	growth(op, &most, &radius);
	for (int h = 0; h > -60; h--) {
		/* 2 most (2^h 16 / (4 radius))^n 2^bits <= 1 */
		mpz_init_set_ui(num, 4);
		mpz_init_set_ui(den, radius);
		mpz_pow_ui(num, num, n);
		mpz_pow_ui(den, den, n);
		mpz_mul_ui(num, num, 2 * most);
		mpz_mul_2exp(num, num, bits);
		mpz_mul_2exp(den, den, (mp_bitcnt_t)-h * n);
		if (mpz_cmp(num, den) <= 0)
			return h;
	}
	return -60;
}

struct plan {
	unsigned n;                      /* coefficients */
	int h;                           /* log2 of an interval's width */
	uint64_t rows;                   /* intervals */
	mpz_t first;                     /* the first interval's start, in multiples of 2^h */
};

/* A round costs as much as ROUND bits that become numbers; one such bit, as ANDs that take AND_BITS
 * bits on a link, or a circuit's exclusive ors with ENTRIES coefficients of a table. */
enum { ROUND = 100, AND_BITS = 100, ENTRIES = 16, N_ROWS_MAX = 4096 };

/* Products and rounds of make_polynomial. */
static uint64_t
polynomial_cost(const struct target *t, unsigned n, bool wide)
{
	uint64_t cost = 0;

	for (; n > 1; n = (n + 1) / 2)
		cost += ((uint64_t)t->product << wide) * (n / 2 + (n > 2)) + 2 * ROUND;
	return cost;
}

/* Of make_pick. */
static uint64_t
pick_cost(const struct target *t, unsigned n, uint64_t rows, unsigned width, bool wide)
{
	const uint64_t hot = rows * t->lone_bit, bits = n * (uint64_t)width;

	return hot <= bits ? hot << wide :
	    (bits << wide) + rows * t->and_bits / AND_BITS + rows * n / ENTRIES;
}

/* Is the first product, of a slope and how far x is from the middle, too wide for the narrow ring?
 * A slope is 2 / sqrt(pi) at most; of the sigmoid, 1/4. */
static bool
is_wide(enum ir_op op, unsigned bits, unsigned fx, int h)
{
	return (int)(bits + fx) + h + (op == IR_SIGMOID ? -1 : 1) > 62;
}

/* x with fx fractional bits in lo..hi. */
static struct plan
plan_of(const struct make *m, enum ir_op op, const mpz_t lo, const mpz_t hi, unsigned fx,
    unsigned bits)
{
	const struct target *target = m->ir->compile->options->target;
	struct plan best = { 0 };
	uint64_t least = UINT64_MAX;
	mpz_t from, to;

	mpz_inits(from, to, best.first, NULL);
	for (unsigned n = 2; n <= 12; n++) {
		int h = width_log2(op, n, bits);
		if (h + (int)fx < 1)
			h = 1 - (int)fx;
		mpz_fdiv_q_2exp(from, lo, (mp_bitcnt_t)((int)fx + h));
		mpz_fdiv_q_2exp(to, hi, (mp_bitcnt_t)((int)fx + h));
		mpz_sub(to, to, from);
		if (mpz_cmp_ui(to, N_ROWS_MAX) >= 0)
			continue;
		uint64_t rows = mpz_get_ui(to) + 1;
		bool wide = is_wide(op, bits, fx, h);
		uint64_t cost = polynomial_cost(target, n, wide) +
		    pick_cost(target, n, rows, bits + 2, wide);
		if (cost >= least)
			continue;
		least = cost;
		best.n = n;
		best.h = h;
		best.rows = rows;
		mpz_set(best.first, from);
	}
	assert(best.n > 0);
	return best;
}

/* Coefficients of powers of t, with `frac` fractional bits; and a row of 0. */
static mpz_t *
coefficients(const struct make *m, enum ir_op op, const struct plan *p, unsigned frac)
{
	mpz_t *table = compile_alloc(m->ir->compile, (p->rows + 1) * p->n * sizeof *table);
	struct piece piece = { .op = op, .half_log2 = (unsigned)(1 - p->h) };
	mpz_t at;

	mpz_init(at);
	for (unsigned k = 0; k < p->n; k++)
		mpz_init(table[p->rows * p->n + k]);
	for (uint64_t i = 0; i < p->rows; i++) {
		mpz_t *c = &table[i * p->n];
		for (unsigned k = 0; k < p->n; k++)
			mpz_init(c[k]);
		/* middle = (first + i + 1/2) 2^h */
		mpz_add_ui(at, p->first, i);
		mpz_mul_2exp(at, at, 1);
		mpz_add_ui(at, at, 1);
		mpz_mul_2exp(at, at, (mp_bitcnt_t)(CHEB_FRAC + p->h - 1));
		piece.middle = ir_from_mpz(at);
		cheb_interpolate(c, p->n, piece_at, &piece);
		/* s = t / half */
		for (unsigned k = 0; k < p->n; k++) {
			mpz_mul_2exp(c[k], c[k], k * piece.half_log2);
			function_round(c[k], c[k], frac);
		}
	}
	return table;
}

/* To -top..top. */
static void
clamp(mpz_t x, const mpz_t top)
{
	if (mpz_cmpabs(x, top) > 0)
		(mpz_sgn(x) > 0 ? mpz_set : mpz_neg)(x, top);
}

/* The least x with f(x) within half a unit of 1, for a function that rises to 1. */
static i128
saturation(enum ir_op op, unsigned f)
{
	const i128 limit = ((i128)1 << CHEB_FRAC) - ((i128)1 << (CHEB_FRAC - f - 1));
	i128 lo = 0, hi = (i128)128 << f;

	while (hi - lo > 1) {
		i128 mid = lo + (hi - lo) / 2;
		if (function_at(op, mid << (CHEB_FRAC - f), CHEB_FRAC) >= limit)
			hi = mid;
		else
			lo = mid;
	}
	return hi;
}

/* Where x is beyond the intervals (over: at or above the end; else below), the limit that f has
 * there, but half a unit towards the middle. */
static ir_id
beyond(const struct make *m, enum ir_op op, ir_id x, const mpz_t end, bool over, unsigned f,
    unsigned work)
{
	struct ir *ir = m->ir;
	ir_id bound = make_const(m, end, ir->value[x].frac);
	mpz_t limit, half;

	mpz_inits(limit, half, NULL);
	mpz_setbit(half, work - f - 1);
	if (over || op != IR_SIGMOID)
		mpz_setbit(limit, work);
	mpz_sub(limit, limit, half);
	if (!over)
		mpz_neg(limit, limit);
	ir_id is = over ? ir_binary(ir, IR_LE, bound, x, 0, m->at) :
	    ir_binary(ir, IR_LT, x, bound, 0, m->at);
	return make_mul(m, is, make_const(m, limit, work));
}

/* Results must not get beyond a function's limits: all are less by more than their error, towards
 * the middle of its range. */
static void
shrink(mpz_t *table, const struct plan *p)
{
	for (uint64_t i = 0; i < p->rows; i++) {
		mpz_t row;
		mpz_init(row);
		mpz_add_ui(row, p->first, i);
		if (mpz_sgn(row) >= 0)
			mpz_sub_ui(table[i * p->n], table[i * p->n], PIECE_UNITS);
		else
			mpz_add_ui(table[i * p->n], table[i * p->n], PIECE_UNITS);
	}
}

/* The function of x with f fractional bits; intervals only from -top to top if bounded. */
static ir_id
by_pieces(const struct make *m, enum ir_op op, ir_id x, unsigned f, bool bounded)
{
	struct ir *ir = m->ir;
	unsigned fx = ir->value[x].frac, work = f + PIECE_GUARD;
	ir_id q[CHEB_MAX], limit[2] = { IR_NONE, IR_NONE };
	mpz_t lo, hi, t;

	mpz_init(t);
	mpz_init_set(lo, ir->value[x].lo);
	mpz_init_set(hi, ir->value[x].hi);
	if (bounded) {
		ir_to_mpz(t, saturation(op, f));
		clamp(hi, t);
		clamp(lo, t);
	}
	struct plan p = plan_of(m, op, lo, hi, fx, f + PIECE_GUARD - 1);
	unsigned h = (unsigned)((int)fx + p.h);
	/* 1. which interval, and where in it */
	mpz_mul_2exp(lo, p.first, h);
	mpz_add_ui(hi, p.first, p.rows);
	mpz_mul_2exp(hi, hi, h);
	ir_id from = make_sub(m, x, make_const(m, lo, fx));
	ir_id index = ir_unary(ir, IR_FLOOR, from, h, m->at);
	if (mpz_cmp(ir->value[x].hi, hi) >= 0)
		limit[0] = beyond(m, op, x, hi, true, f, work);
	if (mpz_cmp(ir->value[x].lo, lo) < 0)
		limit[1] = beyond(m, op, x, lo, false, f, work);
	ir_id at = make_sub(m, from, make_mul(m, index, make_power(m, h, fx)));
	at = make_sub(m, at, make_power(m, h - 1, fx));
	mpz_set_ui(hi, 0);
	mpz_setbit(hi, h - 1);
	mpz_neg(lo, hi);
	mpz_sub_ui(hi, hi, 1);
	make_within(m, at, lo, hi);
	/* 2. its polynomial */
	mpz_t *table = coefficients(m, op, &p, work);
	if (bounded)
		shrink(table, &p);
	bool out = limit[0] != IR_NONE || limit[1] != IR_NONE;
	make_pick(m, q, table, p.rows + out, p.n, work, index);
	for (int i = 0; i < 2; i++)
		if (limit[i] != IR_NONE)
			q[0] = make_add(m, q[0], limit[i]);
	return make_polynomial(m, q, p.n, at, work, f);
}

enum {
	ANGLE_MAX = 16,                  /* a range of angles wider than this is taken modulo 2 pi */
	ANGLE_SLACK = 10,                /* the remainder is in -2^-s..2 pi + 2^-s, s a little less */
};

/* x - k 2 pi, k = floor(x / 2 pi) or so, with more fractional bits than x: the product by k must
 * not make the constant's error greater than 1/16 of a unit. */
static ir_id
modulo_turn(const struct make *m, ir_id x)
{
	struct ir *ir = m->ir;
	const struct ir_value *v = &ir->value[x];
	mpz_srcptr far = mpz_cmpabs(v->lo, v->hi) > 0 ? v->lo : v->hi;
	unsigned f = v->frac, bits = (unsigned)mpz_sizeinbase(far, 2);
	unsigned whole = bits > f ? bits - f : 0, fine = whole + ANGLE_SLACK, more = whole + 4;
	mpz_t turn, inverse, lo, hi;

	mpz_inits(turn, inverse, lo, hi, NULL);
	cheb_pi(turn, CHEB_FRAC);
	mpz_setbit(inverse, CHEB_FRAC - 1 + fine);
	mpz_fdiv_q(inverse, inverse, turn);
	cheb_pi(turn, f + more + 1);
	ir_id k = ir_unary(ir, IR_FLOOR, make_mul(m, x, make_const(m, inverse, fine)), f + fine, m->at);
	ir_id r = make_sub(m, ir_unary(ir, IR_SHL, x, more, m->at),
	    make_mul(m, k, make_const(m, turn, f + more)));
	mpz_setbit(lo, f + more - (ANGLE_SLACK - 4));
	mpz_add(hi, turn, lo);
	mpz_neg(lo, lo);
	make_within(m, r, lo, hi);
	return make_trunc(m, r, more > GUARD_BITS ? more - GUARD_BITS : 0);
}

ir_id
function_pieces(const struct make *m, const struct ir_value *v, ir_id a)
{
	enum ir_op op = v->op;
	unsigned f = v->frac;
	mpz_t width;

	if (op == IR_SIN || op == IR_COS) {
		mpz_init(width);
		mpz_sub(width, m->ir->value[a].hi, m->ir->value[a].lo);
		mpz_fdiv_q_2exp(width, width, f);
		if (mpz_cmp_ui(width, ANGLE_MAX) >= 0 || mpz_sizeinbase(m->ir->value[a].hi, 2) > f + 8 ||
		    mpz_sizeinbase(m->ir->value[a].lo, 2) > f + 8)
			a = modulo_turn(m, a);
	}
	return by_pieces(m, op, a, f, op != IR_SIN && op != IR_COS);
}
