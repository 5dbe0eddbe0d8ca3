/* test_plain.c: the kernels on plain numbers against GMP, element by element, in both widths, with
 * every pattern of operands that stand for many, in place, and at the ends of the ranges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <gmp.h>
#include <math.h>

#include "../../runtime/base/fixmath.h"
#include "../../runtime/code/plain_op.h"

enum { N = 67 };

static uint64_t seed = 5;

static uint64_t
next(void)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A number of the width: of any size, often at an end, often small. */
static i128
number(unsigned width)
{
	u128 x = (u128)next() << 64 | next();
	uint64_t how = next();
	i128 r = (i128)x >> (128 - width);

	if (how % 8 == 0)
		r = (i128)(how / 8 % 5) - 2;
	if (how % 8 == 1)
		r = (how & 64 ? I128_MAX : I128_MIN) >> (128 - width);
	if (how % 8 == 2)
		r >>= how / 8 % width;
	return r;
}

static void
set(mpz_t z, i128 x)
{
	u128 m = x < 0 ? 0 - (u128)x : (u128)x;

	mpz_import(z, 1, -1, 16, 0, 0, &m);
	if (x < 0)
		mpz_neg(z, z);
}

/* z modulo 2^width, or at the nearer end. */
static i128
get(mpz_t z, unsigned width, bool saturates)
{
	const i128 max = I128_MAX >> (128 - width);
	u128 x = 0;

	if (saturates && mpz_sizeinbase(z, 2) >= width)
		return mpz_sgn(z) < 0 ? -max - 1 : max;
	mpz_fdiv_r_2exp(z, z, width);
	mpz_export(&x, NULL, -1, 16, 0, 0, z);
	return (i128)(x << (128 - width)) >> (128 - width);
}

/* z = round half even of z / 2^s */
static void
round_even(mpz_t z, unsigned s)
{
	mpz_t twice, q;

	mpz_inits(twice, q, NULL);
	mpz_fdiv_q_2exp(q, z, s);
	mpz_mul_2exp(twice, q, s);
	mpz_sub(twice, z, twice);
	mpz_mul_2exp(twice, twice, 1);
	mpz_set_ui(z, 1);
	mpz_mul_2exp(z, z, s);
	if (mpz_cmp(twice, z) > 0 || (mpz_cmp(twice, z) == 0 && mpz_odd_p(q)))
		mpz_add_ui(q, q, 1);
	mpz_set(z, q);
	mpz_clears(twice, q, NULL);
}

/* What isa.def says, exactly. */
static i128
reference(enum insn_id op, unsigned width, i128 a, i128 b, i128 c, unsigned imm)
{
	bool saturates = op == OP_DIV_X;
	mpz_t x, y;
	i128 r;

	mpz_inits(x, y, NULL);
	set(x, a);
	set(y, b);
	if (op == OP_NEG_X)
		mpz_neg(x, x);
	else if (op == OP_ABS_X)
		mpz_abs(x, x);
	else if (op == OP_SIGN_X)
		mpz_set_si(x, mpz_sgn(x));
	else if (op == OP_SHL_X)
		mpz_mul_2exp(x, x, imm);
	else if (op == OP_SHR_X)
		mpz_fdiv_q_2exp(x, x, imm);
	else if (op == OP_ROUND_X)
		round_even(x, imm);
	else if (op == OP_ADD_X)
		mpz_add(x, x, y);
	else if (op == OP_SUB_X)
		mpz_sub(x, x, y);
	else if (op == OP_MUL_X)
		mpz_mul(x, x, y);
	else if (op == OP_DIV_X || op == OP_MOD_X) {
		if (op == OP_DIV_X)
			mpz_mul_2exp(x, x, imm);
		if (b == 0)
			mpz_set_ui(x, 0);
		else
			(op == OP_DIV_X ? mpz_fdiv_q : mpz_fdiv_r)(x, x, y);
	} else if (op == OP_MIN_X || op == OP_MAX_X)
		mpz_set(x, (mpz_cmp(x, y) < 0) == (op == OP_MIN_X) ? x : y);
	else if (op == OP_EQ_X)
		mpz_set_ui(x, mpz_cmp(x, y) == 0);
	else if (op == OP_LT_X)
		mpz_set_ui(x, mpz_cmp(x, y) < 0);
	else if (op == OP_LE_X)
		mpz_set_ui(x, mpz_cmp(x, y) <= 0);
	else if (op == OP_SEL_X)
		set(x, a != 0 ? b : c);
	r = get(x, width, saturates);
	mpz_clears(x, y, NULL);
	return r;
}

static const enum insn_id each[] = { OP_NEG_X, OP_ABS_X, OP_SIGN_X, OP_SHL_X, OP_SHR_X, OP_ROUND_X,
	OP_ADD_X, OP_SUB_X, OP_MUL_X, OP_DIV_X, OP_MOD_X, OP_MIN_X, OP_MAX_X, OP_EQ_X, OP_LT_X,
	OP_LE_X, OP_SEL_X };

/* One call with n elements; bit k of `single`: operand k is one element; in place of operand
 * `place` (0: elsewhere). */
static void
check_each(enum insn_id op, unsigned width, size_t n, unsigned single, unsigned place, unsigned imm)
{
	i128 value[3][N], store[4][N];
	struct plain p = { .n = n, .imm = { imm } };
	size_t *count[3] = { &p.na, &p.nb, &p.nc };
	const void **at[3] = { &p.a, &p.b, &p.c };

	for (unsigned k = 0; k < 3; k++) {
		*count[k] = single >> k & 1 ? 1 : n;
		*at[k] = store[k];
		for (size_t i = 0; i < n; i++) {
			value[k][i] = number(width);
			plain_store(store[k], i, width, value[k][i]);
		}
	}
	p.d = store[place == 0 ? 3 : place - 1];
	plain_kernel(op, width)(&p);
	for (size_t i = 0; i < n; i++) {
		i128 want = reference(op, width, value[0][single & 1 ? 0 : i],
		    value[1][single & 2 ? 0 : i], value[2][single & 4 ? 0 : i], imm);
		if (plain_load(p.d, i, width) != want)
			fail_msg("%s, width %u, n %zu, single %u, place %u, imm %u, element %zu",
			    insn_table[op].name, width, n, single, place, imm, i);
	}
}

static void
test_each(void **state)
{
	static const size_t lengths[] = { 1, 2, 7, 64, N };
	static const unsigned imm[] = { 0, 1, 31, 32, 63, 64, 65, 100, 127, 128 };

	(void)state;
	for (size_t o = 0; o < sizeof each / sizeof each[0]; o++)
		for (unsigned width = 64; width <= 128; width += 64)
			for (size_t l = 0; l < 5; l++)
				for (unsigned single = 0; single < 8; single++)
					for (unsigned place = 0; place < 4; place++)
						check_each(each[o], width, lengths[l], single, place,
						    imm[next() % 10]);
}

static void
test_scalar(void **state)
{
	i128 d;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		enum insn_id op = each[next() % (sizeof each / sizeof each[0])];
		unsigned width = next() % 2 ? 64 : 128, imm = (unsigned)next() % 129;
		i128 a = number(width), b = number(width), c = number(width);
		assert_true(plain_op(&d, op, width, a, b, c, imm));
		assert_true(d == reference(op, width, a, b, c, imm));
	}
	assert_false(plain_op(&d, OP_MUL_A, 64, 1, 2, 3, 0));
	assert_false(plain_op(&d, OP_SUM_X, 64, 1, 2, 3, 0));
	assert_false(plain_op(&d, OP_ADD_R, 64, 1, 2, 3, 0));
	assert_false(plain_op(&d, OP_ROUND, 64, 1, 2, 3, 0));
	assert_true(plain_op(&d, OP_SQRT_X, 64, (i128)2 << 32, 0, 0, 32));
	assert_true(d == fix_sqrt((i128)2 << 32, 32));
	assert_true(plain_op(&d, OP_EXP_X, 64, (i128)30 << 32, 0, 0, 32));
	assert_true(d == INT64_MAX);
	assert_true(plain_op(&d, OP_EXP_X, 128, (i128)30 << 32, 0, 0, 32));
	assert_true(d == fix_exp((i128)30 << 32, 32));
	assert_true(plain_op(&d, OP_LOG_X, 64, (i128)2 << 32, 0, 0, 32));
	assert_true(d == fix_log((i128)2 << 32, 32));
	for (unsigned width = 64; width <= 128; width += 64) {
		const i128 x = -((i128)5 << 30);
		assert_true(plain_op(&d, OP_RSQRT_X, width, -x, 0, 0, 32) && d == fix_rsqrt(-x, 32));
		assert_true(plain_op(&d, OP_LOG2_X, width, -x, 0, 0, 32) && d == fix_log2(-x, 32));
		assert_true(plain_op(&d, OP_SIN_X, width, x, 0, 0, 32) && d == fix_sin(x, 32));
		assert_true(plain_op(&d, OP_COS_X, width, x, 0, 0, 32) && d == fix_cos(x, 32));
		assert_true(plain_op(&d, OP_TANH_X, width, x, 0, 0, 32) && d == fix_tanh(x, 32));
		assert_true(plain_op(&d, OP_SIGM_X, width, x, 0, 0, 32) && d == fix_sigmoid(x, 32));
		assert_true(plain_op(&d, OP_ERF_X, width, x, 0, 0, 32) && d == fix_erf(x, 32));
	}
	assert_true(plain_op(&d, OP_RSQRT_X, 64, 1, 0, 0, 62) && d == INT64_MAX);
}

/* Reductions and scans by their definition, modulo 2^width. */
static void
check_reduce(unsigned width, size_t outer, size_t mid, size_t inner)
{
	static i128 a[4096], d[4096], v[4096];
	struct plain p = { .d = d, .a = a, .n = outer * inner,
		.imm = { (int64_t)outer, (int64_t)mid, (int64_t)inner } };

	for (size_t i = 0; i < outer * mid * inner; i++) {
		v[i] = number(width);
		plain_store(a, i, width, v[i]);
	}
	for (unsigned kind = 0; kind < 4; kind++) {
		static const enum insn_id op[] = { OP_SUM_X, OP_MINR_X, OP_MAXR_X, OP_CUMSUM_X };
		plain_kernel(op[kind], width)(&p);
		for (size_t i = 0; i < outer * inner; i++) {
			u128 sum = 0;
			i128 least = I128_MAX >> (128 - width), most = -least - 1;
			for (size_t k = 0; k < mid; k++) {
				i128 x = v[(i / inner * mid + k) * inner + i % inner];
				sum += (u128)x;
				least = x < least ? x : least;
				most = x > most ? x : most;
				if (kind == 3)
					assert_true((i128)(sum << (128 - width)) >> (128 - width) ==
					    plain_load(d, (i / inner * mid + k) * inner + i % inner,
					    width));
			}
			i128 want = kind == 0 ? (i128)(sum << (128 - width)) >> (128 - width) :
			    kind == 1 ? least : most;
			if (kind < 3)
				assert_true(plain_load(d, i, width) == want);
		}
	}
}

static void
test_reduce(void **state)
{
	(void)state;
	for (unsigned width = 64; width <= 128; width += 64)
		for (size_t outer = 0; outer < 4; outer++)
			for (size_t mid = 0; mid < 20; mid += 1 + mid / 4)
				for (size_t inner = 1; inner < 18; inner += 1 + inner / 3)
					check_reduce(width, outer, mid, inner);
}

static void
check_product(unsigned width, size_t m, size_t k, size_t n)
{
	static i128 a[1024], b[1024], t[1024], d[1024];
	struct plain p = { .d = d, .a = a, .b = b, .n = m * n,
		.imm = { (int64_t)m, (int64_t)k, (int64_t)n } };
	struct plain turned = { .d = d, .a = t, .b = b, .n = m * n,
		.imm = { (int64_t)k, (int64_t)m, (int64_t)n } };

	for (size_t i = 0; i < m * k; i++)
		plain_store(a, i, width, number(width));
	for (size_t i = 0; i < k * n; i++)
		plain_store(b, i, width, number(width));
	for (size_t i = 0; i < m; i++)
		for (size_t l = 0; l < k; l++)
			plain_store(t, l * m + i, width, plain_load(a, i * k + l, width));
	for (int way = 0; way < 2; way++) {
		plain_kernel(way ? OP_TN_L : OP_MATMUL_X, width)(way ? &turned : &p);
		for (size_t i = 0; i < m * n; i++) {
			u128 sum = 0;
			for (size_t l = 0; l < k; l++)
				sum += (u128)plain_load(a, i / n * k + l, width) *
				    (u128)plain_load(b, l * n + i % n, width);
			assert_true(plain_load(d, i, width) ==
			    (i128)(sum << (128 - width)) >> (128 - width));
		}
	}
}

static void
test_product(void **state)
{
	(void)state;
	for (unsigned width = 64; width <= 128; width += 64)
		for (size_t m = 1; m < 9; m += 3)
			for (size_t k = 0; k < 20; k += 5)
				for (size_t n = 1; n < 34; n += 8)
					check_product(width, m, k, n);
}

static void
test_others(void **state)
{
	int64_t a[5] = { 1, -2, INT64_MIN, INT64_MAX, 0 }, d[5], lo, hi;
	i128 w[5];
	struct plain p = { .d = w, .a = a, .n = 5, .na = 5 };

	(void)state;
	plain_cvt(&p, 128, 64);
	for (int i = 0; i < 5; i++)
		assert_true(w[i] == a[i]);
	p = (struct plain){ .d = d, .a = w, .n = 5, .na = 5 };
	plain_cvt(&p, 64, 128);
	assert_memory_equal(d, a, sizeof d);
	p.na = 1;
	plain_cvt(&p, 64, 128);
	assert_true(d[4] == 1);
	p = (struct plain){ .d = d, .n = 5, .imm = { INT64_MAX, 1 } };
	plain64_iota(&p);
	assert_true(d[0] == INT64_MAX && d[1] == INT64_MIN && d[4] == INT64_MIN + 3);
	p = (struct plain){ .d = d, .a = a, .b = &lo, .c = &hi, .n = 5 };
	lo = INT64_MIN;
	hi = INT64_MAX;
	plain64_check(&p);
	assert_int_equal(d[0], 1);
	hi = INT64_MAX - 1;
	plain64_check(&p);
	assert_int_equal(d[0], 0);
	p.n = 0;
	plain64_check(&p);
	assert_int_equal(d[0], 1);
	plain_move(d, 2, a, -1 + 2, 2, 64);
	assert_true(d[0] == 1 && d[2] == -2);
}

/* Order: ascending, equal elements as they stood; taking them in it sorts. */
static void
check_order(size_t outer, size_t mid, size_t inner)
{
	enum { MOST = 2000 };
	static int64_t a[MOST], d[MOST], s[MOST];
	static bool there[MOST];
	const size_t n = outer * mid * inner;
	struct plain p = { .d = d, .a = a, .n = n, .na = n,
		.imm = { (int64_t)outer, (int64_t)mid, (int64_t)inner } };

	for (size_t i = 0; i < n; i++)
		a[i] = (int64_t)(i * 7919 % 101) - 50;
	plain_kernel(OP_ORDER_X, 64)(&p);
	p = (struct plain){ .d = s, .a = a, .b = d, .n = n, .na = n, .nb = n,
		.imm = { (int64_t)outer, (int64_t)mid, (int64_t)inner } };
	plain_kernel(OP_TAKE_X, 64)(&p);
	for (size_t o = 0; o < outer; o++)
		for (size_t j = 0; j < inner; j++) {
			memset(there, 0, mid * sizeof *there);
			for (size_t k = 0; k < mid; k++) {
				size_t at = (o * mid + k) * inner + j;
				assert_true(d[at] >= 0 && (size_t)d[at] < mid && !there[d[at]]);
				there[d[at]] = true;
				assert_true(s[at] == a[(o * mid + (size_t)d[at]) * inner + j]);
				assert_true(k == 0 || s[at] > s[at - inner] ||
				    (s[at] == s[at - inner] && d[at] > d[at - inner]));
			}
		}
}

static void
test_order(void **state)
{
	static const size_t mid[] = { 0, 1, 2, 3, 63, 64, 400 };

	(void)state;
	for (size_t i = 0; i < sizeof mid / sizeof *mid; i++) {
		check_order(1, mid[i], 1);
		check_order(2, mid[i], 1);
		check_order(1, mid[i], 5);
		check_order(2, mid[i], 2);
	}
	/* Wide numbers, and indices that are none. */
	i128 a[3] = { (i128)1 << 100, -((i128)1 << 100), 5 }, d[3], b[3] = { -1, 3, 1 };
	struct plain p = { .d = d, .a = a, .n = 3, .na = 3, .imm = { 1, 3, 1 } };
	plain_kernel(OP_ORDER_X, 128)(&p);
	assert_true(d[0] == 1 && d[1] == 2 && d[2] == 0);
	p.b = b;
	plain_kernel(OP_TAKE_X, 128)(&p);
	assert_true(d[0] == 0 && d[1] == 0 && d[2] == a[1]);
}

static void
test_bools(void **state)
{
	int64_t a[4] = { 0, 0, 1, 1 }, b[4] = { 0, 1, 0, 1 }, d[12];
	struct plain p = { .d = d, .a = a, .b = b, .n = 4, .na = 4, .nb = 4 };
	static const int64_t want[4][4] = { { 0, 0, 0, 1 }, { 0, 1, 1, 1 }, { 0, 1, 1, 0 },
		{ 1, 1, 0, 0 } };
	static const enum insn_id op[4] = { OP_AND_X, OP_OR_X, OP_XOR_X, OP_NOT_X };

	(void)state;
	for (int i = 0; i < 4; i++) {
		plain_kernel(op[i], 64)(&p);
		assert_memory_equal(d, want[i], sizeof want[i]);
	}
	int64_t level[4] = { 2, 0, -1, 3 };
	static const int64_t hot[12] = { 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0 };
	p = (struct plain){ .d = d, .a = level, .n = 12, .na = 4, .imm = { 3 } };
	plain_kernel(OP_ONEHOT_X, 64)(&p);
	assert_memory_equal(d, hot, sizeof hot);
}

static double
real_one(enum insn_id op, double a, double b, double c)
{
	double d = 7;
	struct plain p = { .d = &d, .a = &a, .b = &b, .c = &c, .n = 1, .na = 1, .nb = 1, .nc = 1 };

	plain_kernel(op, 64)(&p);
	return d;
}

static void
test_real(void **state)
{
	const double none = (double)NAN;
	i128 big = I128_MAX;
	double d[2];
	struct plain p = { .d = d, .a = &big, .n = 2, .na = 1, .imm = { 64 } };

	(void)state;
	assert_true(real_one(OP_ADD_R, 1, 2, 0) == 3 && real_one(OP_SUB_R, 1, 2, 0) == -1);
	assert_true(real_one(OP_DIV_R, 1, 4, 0) == 0.25 && isnan(real_one(OP_DIV_R, 1, 0, 0)));
	assert_true(real_one(OP_MOD_R, -1, 4, 0) == 3 && isnan(real_one(OP_MOD_R, 1, 0, 0)));
	assert_true(real_one(OP_ROUND_R, 2.5, 0, 0) == 2 && real_one(OP_ROUND_R, -3.5, 0, 0) == -4);
	assert_true(isnan(real_one(OP_SQRT_R, -1, 0, 0)) && real_one(OP_SQRT_R, 9, 0, 0) == 3);
	assert_true(isnan(real_one(OP_LOG_R, 0, 0, 0)) && real_one(OP_LOG_R, 1, 0, 0) == 0);
	assert_true(isnan(real_one(OP_LOG2_R, 0, 0, 0)) && real_one(OP_LOG2_R, 8, 0, 0) == 3);
	assert_true(isnan(real_one(OP_RSQRT_R, 0, 0, 0)) && real_one(OP_RSQRT_R, 4, 0, 0) == 0.5);
	assert_true(real_one(OP_SIN_R, 0, 0, 0) == 0 && real_one(OP_COS_R, 0, 0, 0) == 1);
	assert_true(real_one(OP_TANH_R, 0, 0, 0) == 0 && real_one(OP_SIGM_R, 0, 0, 0) == 0.5);
	assert_true(real_one(OP_ERF_R, 99, 0, 0) == 1 && isnan(real_one(OP_ERF_R, none, 0, 0)));
	assert_true(isnan(real_one(OP_LT_R, none, 1, 0)) && real_one(OP_LT_R, 0, 1, 0) == 1);
	assert_true(isnan(real_one(OP_MAX_R, 1, none, 0)) && real_one(OP_MIN_R, 1, 2, 0) == 1);
	assert_true(isnan(real_one(OP_SEL_R, none, 1, 2)) && real_one(OP_SEL_R, 0, 1, 2) == 2);
	assert_true(real_one(OP_SEL_R, 1, 1, none) == 1);
	assert_true(isnan(real_one(OP_SIGN_R, none, 0, 0)) && real_one(OP_SIGN_R, -2, 0, 0) == -1);
	real_of(&p, 128);
	assert_true(d[0] == 0x1p63 && d[1] == 0x1p63);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_scalar),
		cmocka_unit_test(test_reduce),
		cmocka_unit_test(test_product),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_bools),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
