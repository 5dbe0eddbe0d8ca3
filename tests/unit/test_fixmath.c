/* test_fixmath.c: wide integers and fixed-point functions against GMP: exact where they are exact,
 * against series with 420 bits elsewhere. */
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

/* exp(x / 2^f) with P fractional bits: halve 16 times, series, square 16 times. */
static void
reference_exp(mpz_t e, i128 x, unsigned f)
{
	mpz_t z;

	mpz_init(z);
	set_i(z, x);
	mpz_mul_2exp(z, z, P - f - 16);
	taylor(e, z);
	mpz_set_ui(z, 1);
	mpz_mul_2exp(z, z, P);
	mpz_add(e, e, z);
	for (int i = 0; i < 16; i++) {
		mpz_mul(e, e, e);
		mpz_tdiv_q_2exp(e, e, P);
	}
	mpz_clear(z);
}

static void
check_exp(i128 x, unsigned f)
{
	mpz_t e, got;
	i128 r = fix_exp(x, f);

	mpz_inits(e, got, NULL);
	if (x >> f > 100) {
		assert_true(r == I128_MAX);
	} else if (x >> f < -100) {
		assert_true(r == 0);
	} else {
		reference_exp(e, x, f);
		set_i(got, r);
		mpz_mul_2exp(got, got, P - f);
		if (r == I128_MAX) {
			assert_true(mpz_cmp(e, got) > 0);
		} else {
			mpz_sub(e, e, got);
			assert_true(mpz_sizeinbase(e, 2) <= P - f);
		}
	}
	mpz_clears(e, got, NULL);
}

static void
test_exp(void **state)
{
	static const unsigned frac[] = { 0, 1, 16, 32, 48, 63, 64, 100, FIX_FRAC_MAX };

	(void)state;
	for (size_t j = 0; j < sizeof frac / sizeof frac[0]; j++) {
		unsigned f = frac[j];
		i128 one = (i128)1 << f;
		for (int i = 0; i < 300; i++) {
			check_exp((i128)next128() >> (FIX_FRAC_MAX - f), f);
			check_exp(one / 256 * (i - 150) * (f < 112 ? 80 : 1), f);
			check_exp(i - 150, f);
		}
		check_exp(I128_MAX, f);
		check_exp(I128_MIN, f);
		assert_true(fix_exp(0, f) == one);
	}
	for (i128 x = -40 * 64; x < 40 * 64; x++)
		check_exp(x * (1 << 26), 32);
}

/* The reference logarithm is checked, not computed: |r - log x| < u means
 * exp(r - u) < x < exp(r + u). */
static void
check_log(i128 x, unsigned f)
{
	mpz_t lo, hi, z;
	i128 r = fix_log(x, f);

	mpz_inits(lo, hi, z, NULL);
	reference_exp(lo, r - 1, f);
	reference_exp(hi, r + 1, f);
	set_i(z, x);
	mpz_mul_2exp(z, z, P - f);
	assert_true(mpz_cmp(lo, z) < 0 && mpz_cmp(z, hi) < 0);
	mpz_clears(lo, hi, z, NULL);
}

static void
test_log(void **state)
{
	static const unsigned frac[] = { 0, 1, 16, 32, 48, 63, 64, 100, FIX_FRAC_MAX };

	(void)state;
	for (size_t j = 0; j < sizeof frac / sizeof frac[0]; j++) {
		unsigned f = frac[j];
		i128 one = (i128)1 << f;
		for (int i = 0; i < 500; i++) {
			check_log((i128)(next128() >> 1 | 1), f);
			check_log(i + 1, f);
			check_log(one + i, f);
			if (one > i)
				check_log(one - i, f);
		}
		check_log(I128_MAX, f);
		assert_true(fix_log(one, f) == 0);
		assert_true(fix_log(0, f) == 0);
		assert_true(fix_log(-one, f) == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_div),
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_sqrt),
		cmocka_unit_test(test_exp),
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
