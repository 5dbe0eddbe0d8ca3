/* test_ring.c: vector kernels against GMP's integers, reduced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <gmp.h>

#include "../../runtime/base/random.h"
#include "../../runtime/base/ring.h"

enum { N = 77 };

static mpz_t x, y, z;

static int
setup(void **state)
{
	(void)state;
	mpz_inits(x, y, z, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	mpz_clears(x, y, z, NULL);
	return 0;
}

static void
put(mpz_t d, const void *v, size_t bytes)
{
	mpz_import(d, 1, -1, bytes, -1, 0, v);
}

/* v is z modulo 2^(8 bytes). */
static void
check(const void *v, size_t bytes)
{
	mpz_t got, want;

	mpz_inits(got, want, NULL);
	put(got, v, bytes);
	mpz_fdiv_r_2exp(want, z, 8 * bytes);
	assert_int_equal(0, mpz_cmp(got, want));
	mpz_clears(got, want, NULL);
}

#define EACH(bytes, d, a, b, step) do { \
	for (size_t i = 0; i < N; i++) { \
		put(x, &(a)[i], bytes); \
		put(y, &(b)[i], bytes); \
		step; \
		check(&(d)[i], bytes); \
	} \
} while (0)

static void
test_64(void **state)
{
	(void)state;
	ashare64 a[N], b[N], d[N];
	uint64_t p[N];

	random_bytes(a, sizeof a);
	random_bytes(b, sizeof b);
	random_bytes(p, sizeof p);
	a[0].v = b[0].v = p[0] = UINT64_MAX;
	ring64_add(d, a, b, N);
	EACH(8, d, a, b, mpz_add(z, x, y));
	ring64_sub(d, a, b, N);
	EACH(8, d, a, b, mpz_sub(z, x, y));
	ring64_neg(d, a, N);
	EACH(8, d, a, b, mpz_neg(z, x));
	ring64_mul(d, a, p, N);
	EACH(8, d, a, p, mpz_mul(z, x, y));
	memset(d, 0, sizeof d);
	ring64_mac(d, a, p, N);
	ring64_mac(d, a, p, N);
	EACH(8, d, a, p, (mpz_mul(z, x, y), mpz_mul_2exp(z, z, 1)));
	ring64_scale(d, a, p[1], N);
	EACH(8, d, a, a, (put(y, &p[1], 8), mpz_mul(z, x, y)));
	d[0] = ring64_sum(a, N);
	mpz_set_ui(z, 0);
	for (size_t i = 0; i < N; i++) {
		put(x, &a[i], 8);
		mpz_add(z, z, x);
	}
	check(d, 8);
}

static void
test_128(void **state)
{
	(void)state;
	ashare128 a[N], b[N], d[N];
	u128 p[N];

	random_bytes(a, sizeof a);
	random_bytes(b, sizeof b);
	random_bytes(p, sizeof p);
	a[0].v = b[0].v = p[0] = ~(u128)0;
	ring128_add(d, a, b, N);
	EACH(16, d, a, b, mpz_add(z, x, y));
	ring128_sub(d, a, b, N);
	EACH(16, d, a, b, mpz_sub(z, x, y));
	ring128_neg(d, a, N);
	EACH(16, d, a, b, mpz_neg(z, x));
	ring128_mul(d, a, p, N);
	EACH(16, d, a, p, mpz_mul(z, x, y));
	memset(d, 0, sizeof d);
	ring128_mac(d, a, p, N);
	ring128_mac(d, a, p, N);
	EACH(16, d, a, p, (mpz_mul(z, x, y), mpz_mul_2exp(z, z, 1)));
	ring128_scale(d, a, p[1], N);
	EACH(16, d, a, a, (put(y, &p[1], 16), mpz_mul(z, x, y)));
	d[0] = ring128_sum(a, N);
	mpz_set_ui(z, 0);
	for (size_t i = 0; i < N; i++) {
		put(x, &a[i], 16);
		mpz_add(z, z, x);
	}
	check(d, 16);
}

/* Shapes around the tiles of the fast kernel. */
static const size_t shape[][3] = {
	{ 1, 1, 1 }, { 3, 5, 31 }, { 4, 7, 32 }, { 5, 1, 33 }, { 9, 3, 70 }, { 8, 64, 64 },
	{ 2, 9, 1 },
};

enum { M_MAX = 9 * 70, AB_MAX = 64 * 64 };

static void
test_matmul64(void **state)
{
	(void)state;
	static ashare64 a[AB_MAX], b[AB_MAX], d[M_MAX], e[M_MAX];

	random_bytes(a, sizeof a);
	random_bytes(b, sizeof b);
	for (size_t s = 0; s < sizeof shape / sizeof *shape; s++) {
		size_t m = shape[s][0], k = shape[s][1], n = shape[s][2];

		memset(d, 1, sizeof d);
		memset(e, 1, sizeof e);
		ring64_matmul_ps(d, (const uint64_t *)a, b, m, k, n);
		ring64_matmul_sp(e, a, (const uint64_t *)b, m, k, n);
		for (size_t i = 0; i < m; i++)
			for (size_t j = 0; j < n; j++) {
				uint64_t want = 0x0101010101010101;

				for (size_t l = 0; l < k; l++)
					want += a[i * k + l].v * b[l * n + j].v;
				assert_int_equal(want, d[i * n + j].v);
				assert_int_equal(want, e[i * n + j].v);
			}
	}
}

static void
test_matmul128(void **state)
{
	(void)state;
	static ashare128 a[AB_MAX], b[AB_MAX], d[M_MAX], e[M_MAX];

	random_bytes(a, sizeof a);
	random_bytes(b, sizeof b);
	for (size_t s = 0; s < sizeof shape / sizeof *shape; s++) {
		size_t m = shape[s][0], k = shape[s][1], n = shape[s][2];

		memset(d, 0, sizeof d);
		memset(e, 0, sizeof e);
		ring128_matmul_ps(d, (const u128 *)a, b, m, k, n);
		ring128_matmul_sp(e, a, (const u128 *)b, m, k, n);
		for (size_t i = 0; i < m; i++)
			for (size_t j = 0; j < n; j++) {
				u128 want = 0;

				for (size_t l = 0; l < k; l++)
					want += a[i * k + l].v * b[l * n + j].v;
				assert_true(want == d[i * n + j].v && want == e[i * n + j].v);
			}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_64),
		cmocka_unit_test(test_128),
		cmocka_unit_test(test_matmul64),
		cmocka_unit_test(test_matmul128),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
