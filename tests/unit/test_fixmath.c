/* test_fixmath.c: wide integers and fixed-point functions against GMP: exact where they are exact,
 * against series with 420 fractional bits elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <gmp.h>

#include "../../runtime/base/fixmath.h"
#include "../../runtime/base/wide.h"

enum { P = 420 };                       /* fractional bits of the reference */

static uint64_t seed = 1;

static uint64_t
next(void)
{
	seed += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = seed;
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Of any size up to 128 bits, often near powers of two. */
static u128
next128(void)
{
	u128 x = (u128)next() << 64 | next();
	unsigned r = (unsigned)next();

	x >>= r % 128;
	if (r >> 8 & 1)
		x = ((u128)1 << (r % 128)) + (r >> 9 & 3) - 2;
	return x;
}

static void
set_u(mpz_t z, u128 x)
{
	mpz_import(z, 1, -1, 16, 0, 0, &x);
}

static void
set_i(mpz_t z, i128 x)
{
	set_u(z, x < 0 ? 0 - (u128)x : (u128)x);
	if (x < 0)
		mpz_neg(z, z);
}

static void
set_w(mpz_t z, struct u256 x)
{
	mpz_t lo;

	mpz_init(lo);
	set_u(z, x.hi);
	set_u(lo, x.lo);
	mpz_mul_2exp(z, z, 128);
	mpz_add(z, z, lo);
	mpz_clear(lo);
}

/* z into i128, saturated. */
static i128
get_i(const mpz_t z)
{
	u128 x = 0;

	if (mpz_sizeinbase(z, 2) > 127)
		return mpz_sgn(z) < 0 ? I128_MIN : I128_MAX;
	mpz_export(&x, NULL, -1, 16, 0, 0, z);
	return mpz_sgn(z) < 0 ? -(i128)x : (i128)x;
}

static void
test_wide(void **state)
{
	mpz_t a, b, c, d, top;

	(void)state;
	mpz_inits(a, b, c, d, top, NULL);
	mpz_setbit(top, 256);
	for (int i = 0; i < 20000; i++) {
		struct u256 x = { next128(), next128() }, y = { next128(), next128() };
		unsigned s = (unsigned)next() % 257;
		u128 rest, m = next128() | 1;
		set_w(a, x);
		set_w(b, y);
		mpz_add(c, a, b);
		mpz_mod(c, c, top);
		set_w(d, wide_add(x, y));
		assert_int_equal(mpz_cmp(c, d), 0);
		mpz_sub(c, a, b);
		mpz_mod(c, c, top);
		set_w(d, wide_sub(x, y));
		assert_int_equal(mpz_cmp(c, d), 0);
		assert_int_equal(mpz_cmp(a, b) < 0, wide_less(x, y));
		mpz_mul_2exp(c, a, s);
		mpz_mod(c, c, top);
		set_w(d, wide_shl(x, s));
		assert_int_equal(mpz_cmp(c, d), 0);
		mpz_fdiv_q_2exp(c, a, s);
		set_w(d, wide_shr(x, s));
		assert_int_equal(mpz_cmp(c, d), 0);
		mpz_mul(c, a, b);
		mpz_fdiv_q_2exp(c, c, 256);
		set_w(d, wide_mulhi(x, y));
		assert_int_equal(mpz_cmp(c, d), 0);
		mpz_sqrt(c, a);
		set_u(d, wide_sqrt(x));
		assert_int_equal(mpz_cmp(c, d), 0);
		mpz_fdiv_q_ui(c, a, (uint64_t)m);
		set_w(d, wide_div_small(x, (uint64_t)m));
		assert_int_equal(mpz_cmp(c, d), 0);
		x.hi %= m;
		set_w(a, x);
		set_u(b, m);
		mpz_fdiv_qr(a, b, a, b);
		set_u(d, wide_div(x, m, &rest));
		assert_int_equal(mpz_cmp(a, d), 0);
		set_u(d, rest);
		assert_int_equal(mpz_cmp(b, d), 0);
	}
	mpz_clears(a, b, c, d, top, NULL);
}

static void
check_div(i128 x, i128 y, unsigned s)
{
	mpz_t a, b;

	mpz_inits(a, b, NULL);
	set_i(a, x);
	set_i(b, y);
	mpz_mul_2exp(a, a, s);
	if (y != 0)
		mpz_fdiv_q(a, a, b);
	else
		mpz_set_ui(a, 0);
	assert_true(get_i(a) == fix_div(x, y, s));
	mpz_clears(a, b, NULL);
}

static void
test_div(void **state)
{
	static const i128 edge[] = { 0, 1, -1, 2, -2, INT64_MAX, INT64_MIN, I128_MAX, I128_MIN,
		I128_MAX - 1, I128_MIN + 1, (i128)1 << 64, -((i128)1 << 64) };
	const size_t n = sizeof edge / sizeof edge[0];

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			for (unsigned s = 0; s <= 128; s++)
				check_div(edge[i], edge[j], s);
	for (int i = 0; i < 50000; i++)
		check_div((i128)next128(), (i128)next128(), (unsigned)next() % 129);
}

static void
test_round(void **state)
{
	(void)state;
	for (i128 a = -100; a <= 100; a++) {
		i128 q = fix_round(a, 3), twice = 2 * (a - 8 * q);
		assert_true(twice >= -8 && twice <= 8);
		if (twice == 8 || twice == -8)
			assert_true(q % 2 == 0);
	}
	assert_true(fix_round(I128_MAX, 0) == I128_MAX);
	assert_true(fix_round(I128_MAX, 1) == (i128)1 << 126);
	assert_true(fix_round(I128_MIN, 127) == -1);
	assert_true(fix_round(I128_MIN, 200) == 0);
	assert_true(fix_round(I128_MAX, 127) == 1);
}

static void
test_sqrt(void **state)
{
	mpz_t a;

	(void)state;
	mpz_init(a);
	for (int i = 0; i < 50000; i++) {
		i128 x = (i128)(next128() >> 1);
		unsigned f = (unsigned)next() % (FIX_FRAC_MAX + 1);
		set_i(a, x);
		mpz_mul_2exp(a, a, f);
		mpz_sqrt(a, a);
		assert_true(get_i(a) == fix_sqrt(x, f));
	}
	for (i128 x = -3; x < 3000; x++) {
		i128 r = fix_sqrt(x * x, 0);
		assert_true(r == (x < 0 ? -x : x));
		assert_true(x < 2 || fix_sqrt(x * x - 1, 0) == x - 1);
	}
	assert_true(fix_sqrt(I128_MAX, 0) == (i128)UINT64_C(0xb504f333f9de6484));
	assert_true(fix_sqrt(-5, 32) == 0);
	mpz_clear(a);
}

/* sum of z^i / i! from i = 1 for |z| < 2^-8; all with P fractional bits. */
static void
taylor(mpz_t sum, const mpz_t z)
{
	mpz_t t;

	mpz_init_set(t, z);
	mpz_set(sum, z);
	for (unsigned long i = 2; mpz_sgn(t) != 0 && i < 100; i++) {
		mpz_mul(t, t, z);
		mpz_tdiv_q_2exp(t, t, P);
		mpz_tdiv_q_ui(t, t, i);
		mpz_add(sum, sum, t);
	}
	mpz_clear(t);
}

/* e^z, of z with P fractional bits: halve 16 times, series, square 16 times. */
static void
reference_exp(mpz_t e, const mpz_t z)
{
	mpz_t t;

	mpz_init(t);
	mpz_fdiv_q_2exp(t, z, 16);
	taylor(e, t);
	mpz_set_ui(t, 1);
	mpz_mul_2exp(t, t, P);
	mpz_add(e, e, t);
	for (int i = 0; i < 16; i++) {
		mpz_mul(e, e, e);
		mpz_tdiv_q_2exp(e, e, P);
	}
	mpz_clear(t);
}

/* x / 2^f with P fractional bits. */
static void
set_fixed(mpz_t z, i128 x, unsigned f)
{
	set_i(z, x);
	mpz_mul_2exp(z, z, P - f);
}

/* r / 2^f and e / 2^P are within 17/32 of a unit of 2^-f. */
static void
check_near(i128 r, const mpz_t e, unsigned f)
{
	mpz_t d, bound;

	mpz_inits(d, bound, NULL);
	set_fixed(d, r, f);
	mpz_sub(d, d, e);
	mpz_set_ui(bound, 17);
	mpz_mul_2exp(bound, bound, P - 5 - f);
	assert_true(mpz_cmpabs(d, bound) <= 0);
	mpz_clears(d, bound, NULL);
}

static void
check_exp(i128 x, unsigned f)
{
	mpz_t e, z;
	i128 r = fix_exp(x, f);

	mpz_inits(e, z, NULL);
	if (x >> f > 100) {
		assert_true(r == I128_MAX);
	} else if (x >> f < -100) {
		assert_true(r == 0);
	} else {
		set_fixed(z, x, f);
		reference_exp(e, z);
		set_fixed(z, r, f);
		if (r == I128_MAX)
			assert_true(mpz_cmp(e, z) > 0);
		else
			check_near(r, e, f);
	}
	mpz_clears(e, z, NULL);
}

static void
check_rsqrt(i128 x, unsigned f)
{
	mpz_t a, b;

	mpz_inits(a, b, NULL);
	set_i(a, x);
	mpz_setbit(b, 3 * f);
	mpz_fdiv_q(a, b, a);
	mpz_sqrt(a, a);
	assert_true(get_i(a) == fix_rsqrt(x, f));
	mpz_clears(a, b, NULL);
}

/* The reference logarithm is checked, not computed: |r - log x| < u means
 * exp(r - u) < x < exp(r + u); unit is 1 or ln 2 with P fractional bits. */
static void
check_logarithm(i128 x, i128 r, const mpz_t unit, unsigned f)
{
	mpz_t lo, hi, z, t;

	mpz_inits(lo, hi, z, t, NULL);
	set_i(t, r);
	mpz_mul_ui(t, t, 32);
	mpz_sub_ui(t, t, 17);
	mpz_mul(z, t, unit);
	mpz_fdiv_q_2exp(z, z, f + 5);
	reference_exp(lo, z);
	mpz_add_ui(t, t, 34);
	mpz_mul(z, t, unit);
	mpz_fdiv_q_2exp(z, z, f + 5);
	reference_exp(hi, z);
	set_fixed(z, x, f);
	assert_true(mpz_cmp(lo, z) <= 0 && mpz_cmp(z, hi) <= 0);
	mpz_clears(lo, hi, z, t, NULL);
}

/* floor(scale * arctan(1 / n)), within the number of terms */
static void
arctan_inverse(mpz_t sum, unsigned long n, const mpz_t scale)
{
	mpz_t t, q;

	mpz_init(t);
	mpz_init(q);
	mpz_tdiv_q_ui(t, scale, n);
	mpz_set_ui(sum, 0);
	for (unsigned long i = 1; mpz_sgn(t) != 0; i += 2) {
		mpz_tdiv_q_ui(q, t, i);
		if (i % 4 == 1)
			mpz_add(sum, sum, q);
		else
			mpz_sub(sum, sum, q);
		mpz_tdiv_q_ui(t, t, n * n);
	}
	mpz_clears(t, q, NULL);
}

enum { P_WIDE = P + 160 };              /* for angles of any size */

/* [Machin 1706] */
static void
reference_pi(mpz_t pi)
{
	mpz_t a, b, scale;

	mpz_inits(a, b, scale, NULL);
	mpz_setbit(scale, P_WIDE);
	arctan_inverse(a, 5, scale);
	arctan_inverse(b, 239, scale);
	mpz_mul_ui(a, a, 4);
	mpz_sub(a, a, b);
	mpz_mul_ui(pi, a, 4);
	mpz_clears(a, b, scale, NULL);
}

/* sin or cos of x / 2^f, by their series from -pi to pi. */
static void
reference_wave(mpz_t sum, i128 x, unsigned f, const mpz_t pi, bool cosine)
{
	mpz_t z, two_pi, term;

	mpz_inits(z, two_pi, term, NULL);
	set_i(z, x);
	mpz_mul_2exp(z, z, P_WIDE - f);
	mpz_mul_ui(two_pi, pi, 2);
	mpz_add(z, z, pi);
	mpz_fdiv_r(z, z, two_pi);
	mpz_sub(z, z, pi);
	mpz_fdiv_q_2exp(z, z, P_WIDE - P);
	mpz_setbit(term, P);
	if (!cosine)
		mpz_set(term, z);
	mpz_set(sum, term);
	for (unsigned long i = cosine ? 1 : 2; mpz_sgn(term) != 0; i += 2) {
		mpz_mul(term, term, z);
		mpz_tdiv_q_2exp(term, term, P);
		mpz_mul(term, term, z);
		mpz_tdiv_q_2exp(term, term, P);
		mpz_tdiv_q_ui(term, term, i * (i + 1));
		mpz_neg(term, term);
		mpz_add(sum, sum, term);
	}
	mpz_clears(z, two_pi, term, NULL);
}

/* 2 / sqrt(pi) sum of (-1)^n x^(2n+1) / (n! (2n+1)), |x| < 11: terms up to 2^175. */
static void
reference_erf(mpz_t sum, i128 x, unsigned f, const mpz_t pi)
{
	mpz_t z, power, t;

	mpz_inits(z, power, t, NULL);
	set_fixed(z, x, f);
	mpz_set(power, z);
	mpz_set(sum, z);
	for (unsigned long i = 1; mpz_sgn(power) != 0; i++) {
		mpz_mul(power, power, z);
		mpz_tdiv_q_2exp(power, power, P);
		mpz_mul(power, power, z);
		mpz_tdiv_q_2exp(power, power, P);
		mpz_tdiv_q_ui(power, power, i);
		mpz_neg(power, power);
		mpz_tdiv_q_ui(t, power, 2 * i + 1);
		mpz_add(sum, sum, t);
	}
	mpz_mul_2exp(t, pi, 2 * P - P_WIDE);
	mpz_sqrt(t, t);
	mpz_mul_2exp(sum, sum, P + 1);
	mpz_tdiv_q(sum, sum, t);
	mpz_clears(z, power, t, NULL);
}

/* sigmoid(x / 2^f) = 1 / (1 + e^-x), and tanh = 2 sigmoid(2x) - 1 */
static void
check_sigmoid(i128 x, unsigned f)
{
	mpz_t e, one, square;

	mpz_inits(e, one, square, NULL);
	mpz_setbit(one, P);
	mpz_setbit(square, 2 * P);
	for (int twice = 0; twice < 2; twice++) {
		set_fixed(e, x, f);
		mpz_mul_si(e, e, twice ? -2 : -1);
		if (mpz_sizeinbase(e, 2) <= P + 8) {
			reference_exp(e, e);
			mpz_add(e, e, one);
			mpz_tdiv_q(e, square, e);
		} else {
			mpz_set_si(e, x > 0);
			mpz_mul_2exp(e, e, P);
		}
		if (twice) {
			mpz_mul_ui(e, e, 2);
			mpz_sub(e, e, one);
			check_near(fix_tanh(x, f), e, f);
		} else {
			check_near(fix_sigmoid(x, f), e, f);
		}
	}
	mpz_clears(e, one, square, NULL);
}

static void
check_erf(i128 x, unsigned f, const mpz_t pi)
{
	mpz_t e;

	mpz_init(e);
	if (x >> f >= 11 || x >> f < -11) {
		mpz_set_si(e, x > 0 ? 1 : -1);
		mpz_mul_2exp(e, e, P);
	} else {
		reference_erf(e, x, f, pi);
	}
	check_near(fix_erf(x, f), e, f);
	mpz_clear(e);
}

static void
check_wave(i128 x, unsigned f, const mpz_t pi)
{
	mpz_t e;

	mpz_init(e);
	reference_wave(e, x, f, pi, false);
	check_near(fix_sin(x, f), e, f);
	reference_wave(e, x, f, pi, true);
	check_near(fix_cos(x, f), e, f);
	mpz_clear(e);
}

/* Every function at x. */
static void
check_all(i128 x, unsigned f, const mpz_t pi, const mpz_t ln2)
{
	mpz_t one;

	mpz_init(one);
	mpz_setbit(one, P);
	check_exp(x, f);
	check_sigmoid(x, f);
	check_erf(x, f, pi);
	check_wave(x, f, pi);
	if (x > 0) {
		check_rsqrt(x, f);
		check_logarithm(x, fix_log(x, f), one, f);
		check_logarithm(x, fix_log2(x, f), ln2, f);
	} else {
		assert_true(fix_rsqrt(x, f) == 0 && fix_log(x, f) == 0 && fix_log2(x, f) == 0);
	}
	mpz_clear(one);
}

/* ln 2 = 2 atanh(1/3) */
static void
reference_ln2(mpz_t ln2)
{
	mpz_t t, q;

	mpz_inits(t, q, NULL);
	mpz_setbit(t, P + 1);
	mpz_tdiv_q_ui(t, t, 3);
	for (unsigned long i = 1; mpz_sgn(t) != 0; i += 2) {
		mpz_tdiv_q_ui(q, t, i);
		mpz_add(ln2, ln2, q);
		mpz_tdiv_q_ui(t, t, 9);
	}
	mpz_clears(t, q, NULL);
}

static void
test_functions(void **state)
{
	static const unsigned frac[] = { 0, 1, 2, 8, 16, 32, 40, 48, 62, 63, 64, 100, FIX_FRAC_MAX };
	mpz_t pi, ln2;

	(void)state;
	mpz_inits(pi, ln2, NULL);
	reference_pi(pi);
	reference_ln2(ln2);
	for (size_t j = 0; j < sizeof frac / sizeof frac[0]; j++) {
		unsigned f = frac[j];
		i128 one = (i128)1 << f;
		for (int i = -64; i <= 64; i++) {
			check_all((i128)next128() >> (FIX_FRAC_MAX - f), f, pi, ln2);
			check_all((i128)next128(), f, pi, ln2);
			check_all((i128)(next() >> 1) * i, f, pi, ln2);
			check_all(one / 256 * (i128)((int64_t)(next() % 8192) - 4096), f, pi, ln2);
			check_all(i, f, pi, ln2);
			check_all(one + i, f, pi, ln2);
			check_all(i - one, f, pi, ln2);
			check_all(one / 8 * i, f, pi, ln2);
		}
		check_all(I128_MAX, f, pi, ln2);
		check_all(I128_MIN, f, pi, ln2);
		assert_true(fix_exp(0, f) == one && fix_cos(0, f) == one);
		assert_true(fix_log(one, f) == 0 && fix_log2(one, f) == 0 && fix_rsqrt(one, f) == one);
		assert_true(fix_log2(8 * one - (f == FIX_FRAC_MAX ? 7 * one : 0), f) ==
		    (f == FIX_FRAC_MAX ? 0 : 3 * one));
	}
	mpz_clears(pi, ln2, NULL);
}

/* A dense grid at the default of 32 fractional bits. */
static void
test_grid(void **state)
{
	mpz_t pi, ln2;

	(void)state;
	mpz_inits(pi, ln2, NULL);
	reference_pi(pi);
	reference_ln2(ln2);
	for (i128 x = -12 * 64; x <= 12 * 64; x++)
		check_all(x * ((i128)1 << 26), 32, pi, ln2);
	for (i128 x = -40 * 64; x < 40 * 64; x++)
		check_exp(x * (1 << 26), 32);
	mpz_clears(pi, ln2, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_div),
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_sqrt),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_grid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
