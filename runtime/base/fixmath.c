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

/* floor(ln 2 * 2^192); test_fixmath computes it again from three arctangents. */
static const struct u256 LN2 = {
	UINT64_C(0xb17217f7d1cf79ab),
	(u128)UINT64_C(0xc9e3b39803f2f6af) << 64 | UINT64_C(0x40f343267298b62d),
};
/* floor(2^62 / ln 2) */
static const uint64_t LN2_INVERSE = UINT64_C(0x5c551d94ae0bf85d);

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

i128
fix_exp(i128 x, unsigned f)
{
	struct u256 rest;
	u128 at;
	int k;

	assert(f <= FIX_FRAC_MAX);
	if (x >> f >= 90)
		return I128_MAX;        /* exp(90) > 2^127 */
	if (x >> f < -90)
		return 0;               /* exp(-90) 2^f < 2^-9 */
	/* 1. |x| = k ln 2 + rest, 0 <= rest < ln 2. */
	rest = wide_shl((struct u256){ 0, magnitude(x) }, F_BITS - f);
	at = wide_shr(rest, F_BITS - 32).lo;
	k = (int)(at * LN2_INVERSE >> (32 + 62));
	rest = wide_sub(rest, wide_mul_small(LN2, (uint64_t)k));
	while (!wide_less(rest, LN2)) {
		rest = wide_sub(rest, LN2);
		k++;
	}
	/* 2. x = -k ln 2 - rest = -(k + 1) ln 2 + (ln 2 - rest) if x < 0. */
	if (x < 0 && (rest.hi | rest.lo) != 0) {
		rest = wide_sub(LN2, rest);
		k++;
	}
	if (x < 0)
		k = -k;
	/* 3. exp(x) = 2^k exp(rest). */
	k += (int)f;
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

i128
fix_log(i128 x, unsigned f)
{
	struct u256 z, sum, whole;
	u128 a, one, num, den;
	unsigned e;

	assert(f <= FIX_FRAC_MAX);
	if (x <= 0)
		return 0;
	/* 1. x = a, a / 2^e in 11/16..11/8. */
	a = (u128)x;
	e = u128_bits(a) - 1;
	if (a << (127 - e) >> 124 >= 11)
		e++;
	one = (u128)1 << e;
	/* 2. log(a / 2^e) = 2 atanh((a - 2^e) / (a + 2^e)) */
	num = a > one ? a - one : one - a;
	den = a + one;
	z.hi = wide_div((struct u256){ num, 0 }, den, &num);
	z.lo = wide_div((struct u256){ num, 0 }, den, &num);
	sum = wide_shr(atanh_series(z, f + SLACK_BITS), 256 - F_BITS - 1);
	/* 3. log(x / 2^f) = (e - f) ln 2 + that */
	whole = wide_mul_small(LN2, e > f ? e - f : f - e);
	if (e < f)
		whole = wide_sub((struct u256){ 0, 0 }, whole);
	whole = a > one ? wide_add(whole, sum) : wide_sub(whole, sum);
	return round_signed(whole, f);
}
