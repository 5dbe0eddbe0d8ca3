/* ir_functions.c: functions on shares whose operand can be of any size.  See ir_expand.h.
 *
 * Roots, logarithms and quotients: with L the bit length of the raw number x, x = y 2^L and y is in
 * 1/2..1; the product of x and 2^(m - L) ("norm") is y with m fractional bits.  One polynomial in
 * s = 4y - 3 serves all y, since the singularity at y = 0 is far from s in -1..1: its coefficients
 * fall as 5.8^-n.  2^(-L/2) and the like come from a public table.  exp: 2^k 2^z, k whole and z in
 * 0..1.  In the comments numbers are raw, and a unit is one of the result's last place. */
#include <assert.h>

#include "../runtime/base/fixmath.h"
#include "../runtime/code/target.h"
#include "internal.h"
#include "ir_const.h"
#include "ir_expand.h"
#include "ir_functions.h"

static unsigned
bits_of(const mpz_t x)
{
	return mpz_sgn(x) == 0 ? 0 : (unsigned)mpz_sizeinbase(x, 2);
}

/* Bits of the largest magnitude. */
static unsigned
range_bits(const struct ir_value *v)
{
	unsigned lo = bits_of(v->lo), hi = bits_of(v->hi);

	return lo > hi ? lo : hi;
}

static unsigned
at_least(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static unsigned
at_most(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

void
function_round(mpz_t d, const mpz_t c, unsigned frac)
{
	mpz_t half;

	mpz_init(half);
	mpz_setbit(half, CHEB_FRAC - frac - 1);
	mpz_add(half, half, c);
	mpz_fdiv_q_2exp(d, half, CHEB_FRAC - frac);
}

/* f(y), y = (3 + s) / 4 */
static i128
of_mantissa(const void *arg, i128 s)
{
	const enum ir_op *op = arg;
	const i128 one = (i128)1 << CHEB_FRAC;
	i128 y = (3 * one + s) >> 2;

	switch (*op) {
	case IR_SQRT: return fix_sqrt(y, CHEB_FRAC);
	case IR_RSQRT: return fix_rsqrt(y, CHEB_FRAC);
	case IR_LOG: return fix_log(y, CHEB_FRAC);
	case IR_LOG2: return fix_log2(y, CHEB_FRAC);
	default: return fix_div(one, y, CHEB_FRAC);
	}
}

/* 2^z, z = (1 + s) / 2; arg: ln 2 */
static i128
of_power(const void *arg, i128 s)
{
	const i128 *ln2 = arg;
	mpz_t z, l;

	mpz_inits(z, l, NULL);
	ir_to_mpz(z, ((i128)1 << CHEB_FRAC) + s);
	ir_to_mpz(l, *ln2);
	mpz_mul(z, z, l);
	mpz_fdiv_q_2exp(z, z, CHEB_FRAC + 1);
	return fix_exp(ir_from_mpz(z), CHEB_FRAC);
}

/* The polynomial for f at s of `frac` fractional bits, all below by up to twice POLYNOMIAL_UNITS,
 * if `below`; else within as many of them. */
static ir_id
polynomial(const struct make *m, ir_id s, unsigned frac, cheb_fn *f, const void *arg, bool below)
{
	mpz_t c[CHEB_MAX];

	/* 5.8^-n < 2^-(2.5 n); those of 2^z fall as 11.5^-n / n!. */
	unsigned most = at_most(f == of_power ? frac / 5 + 5 : (frac + 8) * 2 / 5 + 1, CHEB_MAX);
	for (unsigned i = 0; i < most; i++)
		mpz_init(c[i]);
	unsigned n = cheb_fit(c, at_least(most, 2), frac + 1, f, arg);
	for (unsigned i = 0; i < n; i++)
		function_round(c[i], c[i], frac);
	if (below)
		mpz_sub_ui(c[0], c[0], POLYNOMIAL_UNITS);
	return make_public_polynomial(m, c, n, s, frac);
}

/* x = y 2^L: what the functions below start from. */
struct mantissa {
	unsigned m;                      /* bits of y */
	unsigned least;                  /* of L, if x > 0 */
	bool zero;                       /* can x be 0?  Then L is 0, and y 1/2. */
	ir_id bits;                      /* x, as its bits are best found */
	ir_id y, length, norm;           /* length: IR_NONE unless asked for; norm = 2^(m - L), or 0 */
};

/* Columns of a table by L, from `least` or 0 on. */
static void
pick_by_length(const struct make *m, const struct mantissa *a, ir_id *column, mpz_t *table,
    uint64_t n, unsigned frac)
{
	unsigned from = a->zero ? 0 : a->least;
	ir_id index = a->length;

	if (from > 0)
		index = make_sub(m, index, ir_const_si(m->ir, from, 0, m->at));
	make_pick(m, column, table, a->m - from + 1, n, frac, index);
}

/* Rows of a table of n columns for pick_by_length; fill(arg, row, L, zero). */
static mpz_t *
table_by_length(const struct make *m, const struct mantissa *a, uint64_t n,
    void (*fill)(const void *arg, mpz_t *row, unsigned length), const void *arg)
{
	unsigned from = a->zero ? 0 : a->least;
	uint64_t rows = a->m - from + 1;
	mpz_t *table = compile_alloc(m->ir->compile, rows * n * sizeof *table);

	for (uint64_t i = 0; i < rows * n; i++)
		mpz_init(table[i]);
	for (unsigned length = from; length <= a->m; length++)
		if (length > 0)
			fill(arg, &table[(length - from) * n], length);
	return table;
}

/* Whether x is 0, times 2^(m - 1): with it, y is never below 1/2. */
static ir_id
zero_as_half(const struct make *m, const struct mantissa *a, unsigned frac)
{
	mpz_t *table = compile_alloc(m->ir->compile, (a->m + 1) * sizeof *table);
	ir_id z;

	for (unsigned i = 0; i <= a->m; i++)
		mpz_init(table[i]);
	mpz_setbit(table[0], a->m - 1);
	make_pick(m, &z, table, a->m + 1, 1, frac, a->length);
	return z;
}

/* x >= 0, as a factor and to take the bits of; length: is L wanted? */
static struct mantissa
normalise(const struct make *m, ir_id x, ir_id bits, unsigned least_m, bool length)
{
	struct ir *ir = m->ir;
	struct mantissa a = { .bits = bits, .length = IR_NONE };
	mpz_t lo, hi;

	mpz_inits(lo, hi, NULL);
	a.m = at_least(at_least(bits_of(ir->value[x].hi), least_m), 1);
	a.zero = mpz_sgn(ir->value[x].lo) == 0;
	a.least = at_least(bits_of(ir->value[x].lo), 1);
	if (length || a.zero)
		a.length = ir_unary(ir, IR_BITLEN, bits, 0, m->at);
	if (a.length != IR_NONE && !a.zero) {
		mpz_set_ui(lo, a.least);
		make_within(m, a.length, lo, ir->value[a.length].hi);
	}
	a.norm = ir_unary(ir, IR_NORM, bits, a.m, m->at);
	make_within_power(m, a.norm, a.zero ? 0 : 1, a.m - a.least);
	a.y = make_mul(m, x, a.norm);
	if (a.zero)
		a.y = make_add(m, a.y, zero_as_half(m, &a, ir->value[a.y].frac));
	mpz_set_ui(lo, 0);
	mpz_setbit(lo, a.m - 1);
	mpz_setbit(hi, a.m);
	mpz_sub_ui(hi, hi, 1);
	make_within(m, a.y, lo, hi);
	return a;
}

/* s = 4y - 3 with `frac` fractional bits; frac >= x's. */
static ir_id
centred(const struct make *m, const struct mantissa *a, unsigned frac)
{
	mpz_t three, lo, hi;

	mpz_inits(three, lo, hi, NULL);
	mpz_set_ui(three, 3);
	mpz_mul_2exp(three, three, frac);
	mpz_setbit(hi, frac);
	mpz_neg(lo, hi);
	ir_id y = make_scaled(m, a->y, (int)frac + 2 - (int)a->m, frac);
	return make_within(m, make_sub(m, y, make_const(m, three, frac)), lo, hi);
}

static ir_id
at_or_above(const struct make *m, ir_id x, int64_t lo)
{
	struct ir *ir = m->ir;

	if (mpz_cmp_si(ir->value[x].lo, lo) >= 0)
		return x;
	return ir_binary(ir, IR_MAX, x, ir_const_si(ir, lo, ir->value[x].frac, m->at), 0, m->at);
}

/* 2^(frac_out) times 2^((f + L) / 2), the root of 2^(f + L), or times 2^((3f - L) / 2). */
struct root_table {
	bool inverse;
	unsigned f, extra;
};

static void
fill_root(const void *arg, mpz_t *row, unsigned length)
{
	const struct root_table *t = arg;

	mpz_set_ui(row[0], 0);
	mpz_setbit(row[0], 2 * t->extra + (t->inverse ? 3 * t->f - length : t->f + length));
	mpz_sqrt(row[0], row[0]);
}

/* 1 / sqrt(x) where everything is bits: a quotient and a root are fewer gates than products.  With
 * g bits more, sqrt(2^(f + g) floor(2^(2f + g) / x)) is off by at most sqrt(x) 2^(-f/2 - g - 1). */
static ir_id
root_of_quotient(const struct make *m, const struct ir_value *v, ir_id a)
{
	unsigned f = v->frac, bits = bits_of(m->ir->value[a].hi), g = 2 + (at_least(bits, f) - f + 1) / 2;
	ir_id one = ir_const_si(m->ir, 1, 0, m->at);

	a = ir_binary(m->ir, IR_DIV, one, at_or_above(m, a, 0), 2 * f + g, m->at);
	return make_trunc(m, ir_unary(m->ir, IR_SQRT, a, 0, m->at), g);
}

/* The result is p times the table's power of 2, both rounded down: never above the exact root. */
static ir_id
expand_root(const struct make *m, const struct ir_value *v, ir_id a)
{
	enum ir_op op = v->op;
	struct root_table t = { .inverse = op == IR_RSQRT, .f = v->frac, .extra = 4 };

	a = at_or_above(m, a, 0);
	struct mantissa x = normalise(m, a, a, 0, true);
	unsigned top = t.inverse ? (3 * t.f - at_most(x.least, 3 * t.f) + 1) / 2 + 1 :
	    (t.f + x.m + 1) / 2;
	unsigned work = at_least(at_most(top + GUARD_BITS, WORK_FRAC_MAX), v->frac);
	if (t.inverse && x.m > 3 * t.f + 2 * t.extra)
		t.extra = (x.m - 3 * t.f + 1) / 2;
	/* The polynomial times the power of two must fit; what is lost is beyond 54 bits. */
	work = at_least(at_most(work, 123 - at_most(top + t.extra, 123)), v->frac);
	ir_id factor;
	pick_by_length(m, &x, &factor, table_by_length(m, &x, 1, fill_root, &t), 1, t.f + t.extra);
	ir_id p = polynomial(m, centred(m, &x, work), work, of_mantissa, &op, true);
	return make_trunc(m, make_mul(m, p, factor), work + t.extra);
}

/* log x = log y + (L - f) ln 2, with 7 bits more for the product by L. */
static ir_id
expand_log(const struct make *m, const struct ir_value *v, ir_id a)
{
	enum { MORE = 7 };
	enum ir_op op = v->op;
	unsigned work = at_most(v->frac + GUARD_BITS, WORK_FRAC_MAX);
	mpz_t ln2, whole;

	a = at_or_above(m, a, 1);
	if (mpz_sgn(m->ir->value[a].hi) <= 0)
		return ir_const_si(m->ir, 0, v->frac, m->at);
	struct mantissa x = normalise(m, a, a, 0, true);
	mpz_inits(ln2, whole, NULL);
	if (op == IR_LOG)
		ir_to_mpz(ln2, fix_log((i128)2 << CHEB_FRAC, CHEB_FRAC));
	else
		mpz_setbit(ln2, CHEB_FRAC);
	function_round(ln2, ln2, work + MORE);
	mpz_mul_si(whole, ln2, -(long)v->frac);
	ir_id p = polynomial(m, centred(m, &x, work), work, of_mantissa, &op, false);
	ir_id sum = make_add(m, make_mul(m, x.length, make_const(m, ln2, work + MORE)),
	    make_const(m, whole, work + MORE));
	sum = make_add(m, sum, ir_unary(m->ir, IR_SHL, p, MORE, m->at));
	return make_trunc(m, sum, work + MORE - v->frac);
}

/* 2^k, k = least..most, as powers of 2^-scale. */
static ir_id
power_of_two(const struct make *m, ir_id k, long least, long most, unsigned scale)
{
	uint64_t rows = (uint64_t)(most - least + 1);
	mpz_t *table = compile_alloc(m->ir->compile, rows * sizeof *table);
	ir_id column;

	for (uint64_t i = 0; i < rows; i++) {
		mpz_init(table[i]);
		mpz_setbit(table[i], (mp_bitcnt_t)(least + (long)i + (long)scale));
	}
	k = make_sub(m, k, ir_const_si(m->ir, least, 0, m->at));
	make_pick(m, &column, table, rows, 1, scale, k);
	return column;
}

/* e^x = 2^(x / ln 2) = 2^k 2^z.  What is below half a unit is not told apart. */
static ir_id
expand_exp(const struct make *m, const struct ir_value *v, ir_id a)
{
	struct ir *ir = m->ir;
	unsigned f = v->frac, work = at_least(at_most(bits_of(v->hi) + GUARD_BITS, WORK_FRAC_MAX), f);
	const i128 one = (i128)1 << CHEB_FRAC;
	i128 ln2 = fix_log(2 * one, CHEB_FRAC);
	mpz_t lo, hi, c;

	mpz_inits(lo, hi, c, NULL);
	ir_to_mpz(c, ln2);
	mpz_mul_si(lo, c, -(long)(f + 2));
	mpz_fdiv_q_2exp(lo, lo, CHEB_FRAC - f);
	if (mpz_cmp(ir->value[a].lo, lo) < 0)
		a = ir_binary(ir, IR_MAX, a, make_const(m, lo, f), 0, m->at);
	/* The error of the constant is less than a quarter of a unit of 2^-work for every x. */
	unsigned more = at_least(range_bits(&ir->value[a]), f) - f + 2;
	ir_to_mpz(c, fix_div(one, ln2, CHEB_FRAC));
	function_round(c, c, at_most(work + more, CHEB_FRAC - 1));
	a = make_mul(m, a, make_const(m, c, at_most(work + more, CHEB_FRAC - 1)));
	a = make_trunc(m, a, ir->value[a].frac - work);
	ir_id k = ir_unary(ir, IR_FLOOR, a, work, m->at);
	ir_id z = make_sub(m, a, make_mul(m, k, make_power(m, work, work)));
	mpz_set_ui(lo, 0);
	mpz_setbit(hi, work);
	mpz_sub_ui(hi, hi, 1);
	make_within(m, z, lo, hi);
	mpz_add_ui(hi, hi, 1);
	ir_id s = make_sub(m, ir_unary(ir, IR_SCALE2, z, 1, m->at), make_const(m, hi, work));
	ir_id p = polynomial(m, s, work, of_power, &ln2, false);
	long least = mpz_get_si(ir->value[k].lo), most = mpz_get_si(ir->value[k].hi);
	unsigned scale = least < 0 ? (unsigned)-least : 0;
	p = make_mul(m, p, power_of_two(m, k, least, most, scale));
	return make_trunc(m, p, work + scale - f);
}

/* norm as a product of n factors of at most 2^h, which there is room for one after the other. */
enum { N_FACTOR_MAX = 8 };

struct split_table {
	unsigned m, h, n;
};

static void
fill_split(const void *arg, mpz_t *row, unsigned length)
{
	const struct split_table *t = arg;
	unsigned e = t->m - length;

	for (unsigned i = 0; i < t->n; i++) {
		unsigned part = i + 1 < t->n ? at_most(e, t->h) : e;
		mpz_setbit(row[i], part);
		e -= part;
	}
}

/* w norm / 2^k, truncated after each factor if that has more than 124 bits. */
static ir_id
times_norm(const struct make *m, struct mantissa *b, ir_id w, unsigned k)
{
	unsigned span = b->m - b->least, bits = range_bits(&m->ir->value[w]), n = 2;
	ir_id factor[N_FACTOR_MAX];

	if (bits + span <= 124)
		return make_trunc(m, make_mul(m, w, b->norm), k);
	while (n < N_FACTOR_MAX && bits + (span + n - 1) / n > 124)
		n++;
	struct split_table t = { .m = b->m, .h = (span + n - 1) / n, .n = n };
	if (b->length == IR_NONE)
		b->length = ir_unary(m->ir, IR_BITLEN, b->bits, 0, m->at);
	pick_by_length(m, b, factor, table_by_length(m, b, n, fill_split, &t), n, 0);
	for (unsigned i = 0; i + 1 < n; i++)
		w = make_trunc(m, make_mul(m, w, factor[i]), t.h);
	return make_trunc(m, make_mul(m, w, factor[n - 1]), k - (n - 1) * t.h);
}

/* The inverse in two parts, whole = floor(2^shift / b) and what remains: a whole is exact, and a
 * times the rest needs only the bits of a.  IR_NONE: no room for that, either. */
static ir_id
by_two_parts(const struct make *m, const struct ir_value *v, ir_id a, ir_id b)
{
	struct ir *ir = m->ir;
	unsigned shift = (unsigned)v->imm[0], fb = ir->value[b].frac;
	unsigned bits = range_bits(&ir->value[a]), fine = bits + 2;

	if (shift < fb || range_bits(&ir->value[b]) + fine > 124 || bits + fine > 124 ||
	    bits + shift > 124)
		return IR_NONE;
	ir_id whole = ir_binary(ir, IR_DIV, ir_const_si(ir, 1, 0, m->at), b, shift, m->at);
	ir_id rest = ir_binary(ir, IR_MOD, make_power(m, shift, fb), b, 0, m->at);
	rest = ir_binary(ir, IR_DIV, rest, b, fine, m->at);
	make_within_power(m, rest, 0, fine);
	rest = make_label(m, make_trunc(m, make_mul(m, a, rest), fine), shift - fb);
	return make_add(m, make_mul(m, a, whole), rest);
}

/* a 2^shift / b for a divisor that one party knows: it makes the inverse, with as many bits as
 * leave an error of a quarter.  IR_NONE: there is no room for them. */
static ir_id
by_known_divisor(const struct make *m, const struct ir_value *v, ir_id a, ir_id b)
{
	struct ir *ir = m->ir;
	unsigned bits = range_bits(&ir->value[a]), shift = (unsigned)v->imm[0];
	unsigned fb = ir->value[b].frac, exponent = at_least(bits + shift + 2, fb);
	const struct ir_value *d = &ir->value[b];
	unsigned least = mpz_sgn(d->lo) > 0 ? bits_of(d->lo) : mpz_sgn(d->hi) < 0 ? bits_of(d->hi) : 1;

	/* A shift of more than 62 bits is one in 128: then the product must need them, too. */
	if (exponent > 62 && bits + exponent < 64 + least)
		exponent = 64 + least - bits;
	if (exponent > 120 || bits + exponent > 124 + least)
		return by_two_parts(m, v, a, b);
	ir_id inverse = ir_binary(ir, IR_DIV, ir_const_si(ir, 1, 0, m->at), b, exponent, m->at);
	return make_trunc(m, make_mul(m, a, inverse), exponent - shift);
}

/* -x where minus: a bit times a number costs less than a number made of bits. */
static ir_id
turned(const struct make *m, ir_id x, ir_id minus)
{
	const struct ir_value *v = &m->ir->value[x];
	mpz_t lo, hi;

	mpz_init(lo);
	mpz_init(hi);
	mpz_abs(hi, mpz_cmpabs(v->lo, v->hi) > 0 ? v->lo : v->hi);
	mpz_neg(lo, hi);
	ir_id twice = ir_unary(m->ir, IR_SCALE2, make_mul(m, minus, x), 1, m->at);
	return make_within(m, make_sub(m, x, twice), lo, hi);
}

/* a 2^shift / b = a (1 / y) norm 2^(shift - m) for b = y 2^L > 0; 0 for b = 0, where norm is. */
static ir_id
expand_div(const struct make *m, const struct ir_value *v, ir_id a, ir_id b)
{
	enum { FINE = 4, SHIFT_MAX = 48 };
	struct ir *ir = m->ir;
	enum ir_op op = IR_DIV;
	unsigned shift = (unsigned)v->imm[0], fb = ir->value[b].frac;

	ir_id size = b;
	if (mpz_sgn(ir->value[b].lo) < 0) {
		ir_id minus = ir_binary(ir, IR_LT, b, ir_const_si(ir, 0, fb, m->at), 0, m->at);
		size = ir_unary(ir, IR_ABS, b, 0, m->at);
		a = turned(m, a, minus);
		/* The range of |b| times norm is known as such, that of b turned may seem too wide. */
		b = range_bits(&ir->value[b]) > 60 ? size :
		    make_within(m, turned(m, b, minus), ir->value[size].lo, ir->value[size].hi);
	}
	if (mpz_sgn(ir->value[size].hi) == 0)
		return ir_const_si(ir, 0, v->frac, m->at);
	/* A whole number over one of many fractional bits: a polynomial has no room for all of shift. */
	if (shift > SHIFT_MAX) {
		a = ir_unary(ir, IR_SHL, a, shift - SHIFT_MAX, m->at);
		shift = SHIFT_MAX;
	}
	unsigned bits = range_bits(&ir->value[a]);
	struct mantissa y = normalise(m, b, size, fb, false);
	unsigned work = at_most(range_bits(v) + GUARD_BITS, WORK_FRAC_MAX);
	work = at_least(at_least(at_most(work, 124 - at_most(bits, 124)), fb), shift + FINE);
	/* w = a / y with `fine` bits that a has not. */
	unsigned fine = at_most(shift + FINE, work);
	ir_id w = make_mul(m, a, polynomial(m, centred(m, &y, work), work, of_mantissa, &op, false));
	w = make_label(m, make_trunc(m, w, work - fine), y.m - fb);
	return times_norm(m, &y, w, y.m + fine - shift);
}

ir_id
function_expand(struct ir *ir, const struct ir_value *v, ir_id a, ir_id b, struct span span)
{
	const struct make m = { .ir = ir, .at = span };

	/* Of what has become known, as a root of 0, there are no bits. */
	if (v->op == IR_DIV && ir->value[b].open == KNOWN)
		return ir_binary(ir, IR_DIV, a, b, v->imm[0], span);
	if (v->op != IR_DIV && ir->value[a].open == KNOWN)
		return ir_broadcast(ir, ir_unary(ir, v->op, a, v->imm[0], span), v->rank, v->dims, span);
	switch (v->op) {
	case IR_SQRT: case IR_RSQRT:
		if (mpz_sgn(ir->value[a].hi) <= 0)
			a = ir_const_si(ir, 0, v->frac, span);
		else if (v->op == IR_RSQRT && !ir->compile->options->target->has_a)
			a = root_of_quotient(&m, v, a);
		else
			a = expand_root(&m, v, a);
		break;
	case IR_LOG: case IR_LOG2:
		a = expand_log(&m, v, a);
		break;
	case IR_EXP:
		a = expand_exp(&m, v, a);
		break;
	case IR_DIV: {
		ir_id q = IR_NONE;
		if (ir->value[v->args[1]].domain == DOM_L)
			q = by_known_divisor(&m, v, a, b);
		a = q != IR_NONE ? q : expand_div(&m, v, a, b);
		break;
	}
	default:
		assert(ir_is_function(v->op));
		a = function_pieces(&m, v, a);
		break;
	}
	return ir_broadcast(ir, a, v->rank, v->dims, span);
}
