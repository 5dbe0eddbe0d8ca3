/* fixmath.c: see fixmath.h.  Elementary functions by argument reduction and series on fractions of
 * 256 bits; every step rounds down, the last one to nearest.  [Brent and Zimmermann, Modern
 * Computer Arithmetic, sections 4.2-4.4.] */
#include "fixmath.h"
#include "wide.h"

#include <assert.h>

enum {
	F_BITS = 192,                   /* fractional bits of numbers that may exceed 1 */
	HALVINGS = 8,                   /* of the argument of exp, undone by squaring */
	SLACK_BITS = 24,                /* carried beyond the last bit of a result */
};

#define WORDS(a, b, c, d) \
	{ (u128)UINT64_C(a) << 64 | UINT64_C(b), (u128)UINT64_C(c) << 64 | UINT64_C(d) }

/* Constants, rounded down; test_fixmath works with others, from series of its own. */
/* ln 2 * 2^192 */
static const struct u256 LN2 = WORDS(0, 0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af, 0x40f343267298b62d);
/* 2^62 / ln 2 */
static const uint64_t LN2_INVERSE = UINT64_C(0x5c551d94ae0bf85d);
/* Fractions of 256 bits: 1 / ln 2 - 1, 2 / pi, pi / 4, 1 / sqrt(pi) */
static const struct u256 LOG2_E_LESS_1 = WORDS(0x71547652b82fe177, 0x7d0ffda0d23a7d11,
    0xd6aef551bad2b4b1, 0x164a2cd9a342648f);
static const struct u256 TWO_OVER_PI = WORDS(0xa2f9836e4e441529, 0xfc2757d1f534ddc0,
    0xdb6295993c439041, 0xfe5163abdebbc561);
static const struct u256 QUARTER_PI = WORDS(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1,
    0x29024e088a67cc74, 0x020bbea63b139b22);
static const struct u256 ONE_OVER_ROOT_PI = WORDS(0x906eba8214db688d, 0x71d48a7f6bfec344,
    0x1409a0ebac3e7517, 0x39a15830cce620b0);

static u128
magnitude(i128 a)
{
	return a < 0 ? 0 - (u128)a : (u128)a;
}

/* -q or q, saturated. */
static i128
signed_of(u128 q, bool negative)
{
	const u128 top = (u128)1 << 127;

	if (negative)
		return q >= top ? I128_MIN : -(i128)q;
	return q >= top ? I128_MAX : (i128)q;
}

i128
fix_div(i128 a, i128 b, unsigned s)
{
	bool negative = (a < 0) != (b < 0);
	u128 x = magnitude(a), y = magnitude(b), q, rest;
	struct u256 wide;

	if (y == 0 || x == 0)
		return 0;
	if (s > 128)
		s = 128;        /* then the quotient does not fit anyway, or is at least 2^1 */
	wide = wide_shl((struct u256){ 0, x }, s);
	if (wide.hi >= y)
		return negative ? I128_MIN : I128_MAX;
	if (wide.hi == 0 && (wide.lo | y) >> 64 == 0) {
		q = (uint64_t)wide.lo / (uint64_t)y;
		rest = (uint64_t)wide.lo % (uint64_t)y;
	} else if (wide.hi == 0) {
		q = wide.lo / y;
		rest = wide.lo - q * y;
	} else {
		q = wide_div(wide, y, &rest);
	}
	if (negative && rest != 0)
		return q == ~(u128)0 ? I128_MIN : signed_of(q + 1, true);
	return signed_of(q, negative);
}

i128
fix_round(i128 a, unsigned s)
{
	i128 floor;
	u128 part, half;

	if (s == 0)
		return a;
	if (s > 127)
		return 0;
	floor = a >> s;
	part = (u128)a & (((u128)1 << s) - 1);
	half = (u128)1 << (s - 1);
	return floor + (part > half || (part == half && (floor & 1) != 0));
}

i128
fix_sqrt(i128 x, unsigned f)
{
	assert(f <= FIX_FRAC_MAX);
	if (x <= 0)
		return 0;
	return (i128)wide_sqrt(wide_shl((struct u256){ 0, (u128)x }, f));
}

/* sqrt(2^(3f) / x): the quotient by long division in digits of 128 bits. */
i128
fix_rsqrt(i128 x, unsigned f)
{
	u128 digit[3] = { 0, 0, 0 }, b = (u128)x, rest = 0;

	assert(f <= FIX_FRAC_MAX);
	if (x <= 0)
		return 0;
	digit[3 * f / 128] = (u128)1 << (3 * f % 128);
	for (int i = 2; i >= 0; i--) {
		/* The upper digit of the dividend, the remainder so far, is below b. */
		digit[i] = wide_div((struct u256){ rest, digit[i] }, b, &rest);
	}
	if (digit[2] != 0 || digit[1] >> 126 != 0)
		return I128_MAX;
	return (i128)wide_sqrt((struct u256){ digit[1], digit[0] });
}

/* Whether a fraction of 256 bits matters if only `bits` bits are kept. */
static bool
counts(struct u256 a, unsigned bits)
{
	a = wide_shr(a, 256 - bits);
	return (a.hi | a.lo) != 0;
}

/* exp(r) - 1 as a fraction of 256 bits, r = reduced / 2^192 in 0..ln 2, to about `bits` bits. */
static struct u256
exp_minus_one(struct u256 reduced, unsigned bits)
{
	struct u256 s = wide_shl(reduced, 256 - F_BITS - HALVINGS);
	struct u256 term = s, sum = s;

	for (uint64_t i = 2; counts(term, bits); i++) {
		term = wide_div_small(wide_mulhi(term, s), i);
		sum = wide_add(sum, term);
	}
	/* (1 + u)^2 - 1 = 2u + u^2 */
	for (int i = 0; i < HALVINGS; i++)
		sum = wide_add(wide_shl(sum, 1), wide_mulhi(sum, sum));
	return sum;
}

/* (1 + u) * 2^e to the nearest integer, -1 <= e <= 126. */
static i128
scale_one_plus(struct u256 u, int e)
{
	u128 v, round;

	if (e < 0)
		return 1;
	v = ((u128)1 << e) + wide_shr(u, (unsigned)(256 - e)).lo;
	round = wide_shr(u, (unsigned)(255 - e)).lo & 1;
	return signed_of(v + round, false);
}

/* a = k ln 2 + rest, 0 <= rest < ln 2, of a with 192 fractional bits, below 2^13; returns k. */
static unsigned
take_ln2(struct u256 *a)
{
	u128 at = wide_shr(*a, F_BITS - 32).lo;
	unsigned k = (unsigned)(at * LN2_INVERSE >> (32 + 62));

	*a = wide_sub(*a, wide_mul_small(LN2, k));
	while (!wide_less(*a, LN2)) {
		*a = wide_sub(*a, LN2);
		k++;
	}
	return k;
}

/* -a = rest - k ln 2, 0 <= rest < ln 2; returns k. */
static unsigned
take_ln2_below(struct u256 *a)
{
	unsigned k = take_ln2(a);

	if ((a->hi | a->lo) != 0) {
		*a = wide_sub(LN2, *a);
		k++;
	}
	return k;
}

i128
fix_exp(i128 x, unsigned f)
{
	struct u256 rest;
	int k;

	assert(f <= FIX_FRAC_MAX);
	if (x >> f >= 90)
		return I128_MAX;        /* exp(90) > 2^127 */
	if (x >> f < -90)
		return 0;               /* exp(-90) 2^f < 2^-9 */
	/* exp(x) = 2^k exp(rest) */
	rest = wide_shl((struct u256){ 0, magnitude(x) }, F_BITS - f);
	k = (int)f + (x < 0 ? -(int)take_ln2_below(&rest) : (int)take_ln2(&rest));
	if (k > 126)
		return I128_MAX;
	if (k < -1)
		return 0;
	return scale_one_plus(exp_minus_one(rest, (unsigned)(k + 1) + SLACK_BITS), k);
}

/* atanh(z) as a fraction of 256 bits, z likewise and below 0.2, to about `bits` bits. */
static struct u256
atanh_series(struct u256 z, unsigned bits)
{
	struct u256 square = wide_mulhi(z, z), power = z, sum = z;

	for (uint64_t i = 3; counts(power, bits); i += 2) {
		power = wide_mulhi(power, square);
		sum = wide_add(sum, wide_div_small(power, i));
	}
	return sum;
}

/* a / 2^192, signed, to the nearest multiple of 2^-f. */
static i128
round_signed(struct u256 a, unsigned f)
{
	bool negative = (a.hi >> 127) != 0;

	if (negative)
		a = wide_sub((struct u256){ 0, 0 }, a);
	a = wide_add(a, wide_shl((struct u256){ 0, 1 }, F_BITS - 1 - f));
	return signed_of(wide_shr(a, F_BITS - f).lo, negative);
}

/* x / 2^e = 1 + y in 11/16..11/8; log(1 + y) = 2 atanh(y / (2 + y)).  Gives half of its magnitude,
 * a fraction of 256 bits; true if it is positive. */
static bool
half_log(struct u256 *half, unsigned *e, i128 x, unsigned f)
{
	u128 a = (u128)x, one, num, den;
	struct u256 z;
	bool above;

	*e = u128_bits(a) - 1;
	if (a << (127 - *e) >> 124 >= 11)
		++*e;
	one = (u128)1 << *e;
	above = a > one;
	num = above ? a - one : one - a;
	den = a + one;
	z.hi = wide_div((struct u256){ num, 0 }, den, &num);
	z.lo = wide_div((struct u256){ num, 0 }, den, &num);
	*half = atanh_series(z, f + SLACK_BITS);
	return above;
}

/* (e - f) * unit, and 2 * half added or taken off, to the nearest multiple of 2^-f. */
static i128
join_log(struct u256 unit, unsigned e, struct u256 half, bool above, unsigned f)
{
	struct u256 sum = wide_shr(half, 256 - F_BITS - 1);
	struct u256 whole = wide_mul_small(unit, e > f ? e - f : f - e);

	if (e < f)
		whole = wide_sub((struct u256){ 0, 0 }, whole);
	return round_signed(above ? wide_add(whole, sum) : wide_sub(whole, sum), f);
}

i128
fix_log(i128 x, unsigned f)
{
	struct u256 half;
	unsigned e;
	bool above;

	assert(f <= FIX_FRAC_MAX);
	if (x <= 0)
		return 0;
	above = half_log(&half, &e, x, f);
	return join_log(LN2, e, half, above, f);
}

i128
fix_log2(i128 x, unsigned f)
{
	struct u256 half;
	unsigned e;
	bool above;

	assert(f <= FIX_FRAC_MAX);
	if (x <= 0)
		return 0;
	above = half_log(&half, &e, x, f);
	half = wide_add(half, wide_mulhi(half, LOG2_E_LESS_1));
	return join_log(wide_shl((struct u256){ 0, 1 }, F_BITS), e, half, above, f);
}

/* x = (quadrant + u) pi / 2 for x >= 0; u is a fraction of 256 bits.  The constant's error grows to
 * 2^127 * 2^-256, far below 2^-f. */
static unsigned
quadrant(struct u256 *u, u128 x, unsigned f)
{
	struct u256 low = wide_mul(TWO_OVER_PI.lo, x), high = wide_mul(TWO_OVER_PI.hi, x);
	struct u256 part;

	/* high * 2^128 + low = x (2 / pi) 2^256, of which 256 + f bits are fractional. */
	high = wide_add(high, (struct u256){ 0, low.hi });
	part = wide_shl(high, 128);
	part.lo = low.lo;
	*u = wide_shr(part, f);
	high = wide_shr(high, 128);                     /* what is above 256 bits */
	if (f > 0) {
		part = wide_shl(high, 256 - f);
		*u = (struct u256){ u->hi | part.hi, u->lo | part.lo };
	}
	return (unsigned)(wide_shr(high, f).lo & 3);
}

/* The series of sine (first 1) and 1 - cosine (first 2) of u * pi / 2, 0 <= u <= 1/2, to about
 * `bits` bits. */
static struct u256
wave_series(struct u256 u, uint64_t first, unsigned bits)
{
	struct u256 x = wide_shl(wide_mulhi(u, QUARTER_PI), 1), square = wide_mulhi(x, x);
	struct u256 term = first == 1 ? x : wide_shr(square, 1), sum = term;

	for (uint64_t i = first + 1; counts(term, bits); i += 2) {
		term = wide_div_small(wide_mulhi(term, square), i * (i + 1));
		sum = (i - first) / 2 % 2 == 0 ? wide_sub(sum, term) : wide_add(sum, term);
	}
	return sum;
}

/* A fraction of 256 bits to the nearest multiple of 2^-f. */
static i128
round_fraction(struct u256 a, unsigned f)
{
	u128 half = wide_shr(a, 255 - f).lo;

	return (i128)((half >> 1) + (half & 1));
}

/* sin((turn + u) pi / 2) */
static i128
sine_of(unsigned turn, struct u256 u, unsigned f)
{
	struct u256 rest = wide_sub((struct u256){ 0, 0 }, u);  /* 1 - u, if u is not 0 */
	i128 r;

	if (turn & 1 && u.hi >> 127 == 0)
		r = ((i128)1 << f) - round_fraction(wave_series(u, 2, f + SLACK_BITS), f);
	else if (turn & 1)
		r = round_fraction(wave_series(rest, 1, f + SLACK_BITS), f);
	else if (u.hi >> 127 == 0)
		r = round_fraction(wave_series(u, 1, f + SLACK_BITS), f);
	else
		r = ((i128)1 << f) - round_fraction(wave_series(rest, 2, f + SLACK_BITS), f);
	return turn & 2 ? -r : r;
}

i128
fix_sin(i128 x, unsigned f)
{
	struct u256 u;
	unsigned turn;

	assert(f <= FIX_FRAC_MAX);
	turn = quadrant(&u, magnitude(x), f);
	return sine_of(x < 0 ? turn ^ 2 : turn, u, f);
}

i128
fix_cos(i128 x, unsigned f)
{
	struct u256 u;
	unsigned turn;

	assert(f <= FIX_FRAC_MAX);
	turn = quadrant(&u, magnitude(x), f);
	return sine_of((turn + 1) & 3, u, f);
}

/* exp(-a) with 126 fractional bits, for a < 2^13 with 192 fractional bits. */
static u128
decay(struct u256 a)
{
	unsigned k = take_ln2_below(&a);

	if (k > 127)
		return 0;
	return (((u128)1 << 126) + wide_shr(exp_minus_one(a, 160), 130).lo) >> k;
}

/* a / b * 2^f to the nearest integer, for a <= b, both of 126 to 128 bits. */
static i128
ratio(u128 a, u128 b, unsigned f)
{
	u128 rest, twice = wide_div(wide_shl((struct u256){ 0, a }, f + 1), b, &rest);

	return (i128)((twice >> 1) + (twice & 1));
}

i128
fix_tanh(i128 x, unsigned f)
{
	const u128 one = (u128)1 << 126;
	u128 t = 0;
	i128 r;

	assert(f <= FIX_FRAC_MAX);
	/* tanh(x) = (1 - t) / (1 + t), t = exp(-2x) */
	if (magnitude(x) >> f < 64)
		t = decay(wide_shl((struct u256){ 0, magnitude(x) }, F_BITS - f + 1));
	r = ratio(one - t, one + t, f);
	return x < 0 ? -r : r;
}

i128
fix_sigmoid(i128 x, unsigned f)
{
	const u128 one = (u128)1 << 126;
	u128 t = 0;

	assert(f <= FIX_FRAC_MAX);
	/* 1 / (1 + t) or t / (1 + t), t = exp(-|x|) */
	if (magnitude(x) >> f < 128)
		t = decay(wide_shl((struct u256){ 0, magnitude(x) }, F_BITS - f));
	return ratio(x < 0 ? t : one, one + t, f);
}

/* A positive number m * 2^-e, m of 256 bits; the highest is 1. */
struct scaled {
	struct u256 m;
	unsigned e;
};

static struct scaled
scaled_of(struct u256 m, unsigned e)
{
	unsigned s = m.hi != 0 ? 128 - u128_bits(m.hi) : 256 - u128_bits(m.lo);

	return (struct scaled){ wide_shl(m, s), e + s };
}

/* sum of x (2 x^2)^n / (1 3 5 ... (2n + 1)), all terms positive [Abramowitz and Stegun 7.1.6], with
 * p fractional bits, to about `bits` bits. */
static struct u256
erf_series(u128 x, unsigned f, unsigned p, unsigned bits)
{
	struct scaled square = scaled_of(wide_mul(x, x), 2 * f - 1);
	struct scaled term = scaled_of((struct u256){ 0, x }, f);
	struct u256 sum = wide_shr(term.m, term.e - p), part = sum;

	for (uint64_t i = 3; wide_less(wide_shr(sum, bits), part); i += 2) {
		term = scaled_of(wide_div_small(wide_mulhi(term.m, square.m), i),
		    term.e + square.e - 256);
		part = term.e - p < 256 ? wide_shr(term.m, term.e - p) : (struct u256){ 0, 0 };
		sum = wide_add(sum, part);
	}
	return sum;
}

i128
fix_erf(i128 x, unsigned f)
{
	const i128 one = (i128)1 << f;
	struct u256 square, sum;
	u128 m = magnitude(x);
	unsigned k, p;
	i128 r;

	assert(f <= FIX_FRAC_MAX);
	if (m == 0)
		return 0;
	/* 1. 1 - erf(x) < exp(-x^2) = 2^-k exp(rest), and exp(-10^2) < 2^-FIX_FRAC_MAX / 2. */
	if (m >> f >= 10)
		return x < 0 ? -one : one;
	square = wide_mul(m, m);
	square = 2 * f <= F_BITS ? wide_shl(square, F_BITS - 2 * f) : wide_shr(square, 2 * f - F_BITS);
	k = take_ln2_below(&square);
	if (k > f + 2)
		return x < 0 ? -one : one;
	/* 2. erf(x) = 2 / sqrt(pi) exp(-x^2) sum; the sum is below 2^(k + 2). */
	p = 252 - k;
	sum = erf_series(m, f, p, f + SLACK_BITS);
	sum = wide_add(sum, wide_mulhi(sum, exp_minus_one(square, f + SLACK_BITS)));
	sum = wide_mulhi(sum, ONE_OVER_ROOT_PI);
	/* 3. 2 sum / 2^(p + k), p + k = 252, to the nearest. */
	sum = wide_shr(sum, 252 - 1 - 1 - f);
	r = (i128)((sum.lo >> 1) + (sum.lo & 1));
	return x < 0 ? -r : r;
}
