/* test_ring_matmul.c: every engine of matrix products against the portable one, which is held
 * against GMP's integers; shapes around tiles, vectors and blocks, and numbers that carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <gmp.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/base/random.h"
#include "../../runtime/base/ring_matmul.h"

/* Elements of a factor, or of the product, at most; one more to begin off a vector's boundary. */
enum { ROOM = 64 * 1024 + 1 };

static u128 *a, *b, *d, *e, *before;

static int
setup(void **state)
{
	(void)state;
	a = mem_array(ROOM, sizeof *a);
	b = mem_array(ROOM, sizeof *b);
	d = mem_array(ROOM, sizeof *d);
	e = mem_array(ROOM, sizeof *e);
	before = mem_array(ROOM, sizeof *before);
	if (a == NULL || b == NULL || d == NULL || e == NULL || before == NULL)
		return -1;
	random_bytes(a, ROOM * sizeof *a);
	random_bytes(b, ROOM * sizeof *b);
	random_bytes(before, ROOM * sizeof *before);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	mem_free(a);
	mem_free(b);
	mem_free(d);
	mem_free(e);
	mem_free(before);
	return 0;
}

static matmul64_kernel *(*const engines64[])(void) = { matmul64_avx2, matmul64_avx512 };
static matmul128_kernel *(*const engines128[])(void) = { matmul128_ifma };

/* Operands begin one element behind a boundary.  What lies behind the product stays. */
static void
compare64(size_t m, size_t k, size_t n, bool turned)
{
	const uint64_t *x = (const uint64_t *)a + 1, *y = (const uint64_t *)b + 1;
	uint64_t *want = (uint64_t *)d + 1, *got = (uint64_t *)e + 1;
	size_t bytes = (m * n + 9) * sizeof *got;

	assert_true(m * n + 9 < ROOM && m * k < ROOM && k * n < ROOM);
	memcpy(want, before, bytes);
	matmul64_ref()(want, x, y, m, k, n, turned);
	for (size_t i = 0; i < sizeof engines64 / sizeof *engines64; i++) {
		if (engines64[i]() == NULL)
			continue;
		memcpy(got, before, bytes);
		engines64[i]()(got, x, y, m, k, n, turned);
		assert_memory_equal(got, want, bytes);
	}
	memcpy(got, before, bytes);
	matmul64(got, x, y, m, k, n, turned);
	assert_memory_equal(got, want, bytes);
}

static void
compare128(size_t m, size_t k, size_t n, bool turned)
{
	const u128 *x = a + 1, *y = b + 1;
	u128 *want = d + 1, *got = e + 1;
	size_t bytes = (m * n + 9) * sizeof *got;

	memcpy(want, before, bytes);
	matmul128_ref()(want, x, y, m, k, n, turned);
	for (size_t i = 0; i < sizeof engines128 / sizeof *engines128; i++) {
		if (engines128[i]() == NULL)
			continue;
		memcpy(got, before, bytes);
		engines128[i]()(got, x, y, m, k, n, turned);
		assert_memory_equal(got, want, bytes);
	}
	memcpy(got, before, bytes);
	matmul128(got, x, y, m, k, n, turned);
	assert_memory_equal(got, want, bytes);
}

static void
compare(size_t m, size_t k, size_t n)
{
	for (int turned = 0; turned < 2; turned++) {
		compare64(m, k, n, turned);
		compare128(m, k, n, turned);
	}
}

static void
test_shapes(void **state)
{
	(void)state;
	static const size_t size[] = { 0, 1, 2, 3, 7, 8, 9, 23, 24, 25, 64, 100 };
	enum { N = sizeof size / sizeof *size };

	for (size_t i = 0; i < N * N * N; i++)
		compare(size[i / N / N], size[i / N % N], size[i % N]);
}

/* Beyond one block or run in each dimension. */
static const size_t large[][3] = {
	{ 1, 20000, 1 }, { 20000, 1, 1 }, { 1, 1, 20000 }, { 1, 19, 1100 }, { 2, 17, 600 },
	{ 3, 700, 26 }, { 5, 1000, 4 }, { 700, 3, 5 }, { 700, 80, 3 }, { 33, 600, 25 },
	{ 40, 257, 50 }, { 300, 20, 49 }, { 8, 1500, 8 }, { 9, 1500, 17 }, { 258, 129, 9 },
};

static void
test_large(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof large / sizeof *large; i++)
		compare(large[i][0], large[i][1], large[i][2]);
}

static void
test_random_shapes(void **state)
{
	(void)state;
	uint8_t r[3];

	for (int i = 0; i < 200; i++) {
		random_bytes(r, sizeof r);
		compare(r[0] % 70, r[1], r[2] % 70);
	}
}

/* All ones: sums of limbs are as large as they get. */
static void
test_carries(void **state)
{
	(void)state;
	memset(a, 0xff, ROOM * sizeof *a);
	memset(b, 0xff, ROOM * sizeof *b);
	for (size_t i = 0; i < sizeof large / sizeof *large; i++)
		compare(large[i][0], large[i][1], large[i][2]);
	compare(32, 64, 32);
	random_bytes(a, ROOM * sizeof *a);
	random_bytes(b, ROOM * sizeof *b);
}

static void
put(mpz_t to, const void *v, size_t bytes)
{
	mpz_import(to, 1, -1, bytes, -1, 0, v);
}

/* Element i of what is `bytes` wide. */
static const void *
element(const u128 *v, size_t i, size_t bytes)
{
	return (const uint8_t *)v + i * bytes;
}

/* d is before + A B modulo 2^(8 bytes). */
static void
check(size_t m, size_t k, size_t n, bool turned, size_t bytes)
{
	mpz_t sum, x, y;

	mpz_inits(sum, x, y, NULL);
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			put(sum, element(before, i * n + j, bytes), bytes);
			for (size_t l = 0; l < k; l++) {
				put(x, element(a, turned ? l * m + i : i * k + l, bytes), bytes);
				put(y, element(b, l * n + j, bytes), bytes);
				mpz_addmul(sum, x, y);
			}
			put(x, element(d, i * n + j, bytes), bytes);
			mpz_fdiv_r_2exp(sum, sum, 8 * bytes);
			assert_int_equal(0, mpz_cmp(sum, x));
		}
	mpz_clears(sum, x, y, NULL);
}

static void
test_ref(void **state)
{
	(void)state;
	static const size_t shape[][3] = { { 1, 1, 1 }, { 1, 50, 1 }, { 3, 5, 7 }, { 9, 17, 12 } };

	for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
		for (int turned = 0; turned < 2; turned++) {
			size_t m = shape[i][0], k = shape[i][1], n = shape[i][2];

			memcpy(d, before, ROOM * sizeof *d);
			matmul64_ref()((uint64_t *)d, (uint64_t *)a, (uint64_t *)b, m, k, n, turned);
			check(m, k, n, turned, 8);
			memcpy(d, before, ROOM * sizeof *d);
			matmul128_ref()(d, a, b, m, k, n, turned);
			check(m, k, n, turned, 16);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ref),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_random_shapes),
		cmocka_unit_test(test_carries),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
