/* test_sampler.c: samplers on all patterns of a few bits; and what full thresholds make of their
 * distributions, against exponentials of rational numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../circuits/sampler.h"
#include "../../compiler/discrete.h"
#include "family_kit.h"

enum { N_VALUE = 1 << 10 };

/* How often each result comes if every input comes once. */
static void
count_all(uint64_t count[N_VALUE], const struct circuit *c)
{
	static struct planes in, out;

	memset(count, 0, N_VALUE * sizeof *count);
	for (uint64_t first = 0; first < UINT64_C(1) << c->n_in; first += LANES) {
		for (uint32_t i = 0; i < c->n_in; i++) {
			in.w[i] = 0;
			for (unsigned lane = 0; lane < LANES; lane++)
				in.w[i] |= ((first + lane) >> i & 1) << lane;
		}
		kit_eval(&out, &in, c);
		for (unsigned lane = 0; lane < LANES; lane++) {
			uint32_t v = 0;
			for (uint32_t i = 0; i < c->n_out; i++)
				v |= (uint32_t)(out.w[i] >> lane & 1) << i;
			count[v]++;
		}
	}
}

/* threshold[j] of 2^uniform: bit j (and last the sign) are independent. */
static void
check_bits(uint32_t n, uint32_t uniform, bool two_sided, const uint64_t (*t)[SAMPLER_LIMBS],
    enum goal goal)
{
	static uint64_t count[N_VALUE];
	struct sampler_bits s = { n, uniform, two_sided, goal, t[0] };
	struct circuit c;
	int64_t offset = two_sided ? 1 << n : 0;

	assert_int_equal(ST_OK, sampler_bits_circuit(&c, "bits", &s));
	assert_int_equal(c.n_out, n + two_sided);
	count_all(count, &c);
	for (uint32_t g = 0; g < 1u << n; g++) {
		uint64_t ways = 1, all = UINT64_C(1) << uniform;
		for (uint32_t j = 0; j < n; j++)
			ways *= (g >> j & 1) != 0 ? t[j][0] : all - t[j][0];
		assert_int_equal(count[g + offset], two_sided ? ways * (all - t[n][0]) : ways);
		if (two_sided)
			assert_int_equal(count[-1 - (int64_t)g + offset], ways * t[n][0]);
	}
	circuit_fini(&c);
}

static void
bits_exactly(void **state)
{
	static const uint64_t t[][SAMPLER_LIMBS] = { { 25 }, { 7 }, { 1 }, { 25 } },
	    none[][SAMPLER_LIMBS] = { { 0 }, { 31 }, { 16 } };

	(void)state;
	for (enum goal g = GOAL_SMALL; g <= GOAL_SHALLOW; g++) {
		check_bits(3, 5, false, t, g);
		check_bits(3, 5, true, t, g);
		check_bits(1, 6, false, t, g);
		check_bits(2, 5, true, none, g);
		check_bits(1, 5, true, t, g);
	}
}

static void
check_table(uint32_t n, uint32_t uniform, const uint64_t (*t)[SAMPLER_LIMBS], enum goal goal)
{
	static uint64_t count[N_VALUE];
	struct sampler_table s = { n, uniform, goal, t[0] };
	struct circuit c;

	assert_int_equal(ST_OK, sampler_table_circuit(&c, "table", &s));
	count_all(count, &c);
	uint64_t *zero = &count[1u << (c.n_out - 1)], total = 0;
	for (uint32_t m = 0; m <= n; m++) {
		uint64_t upto = m < n ? t[m][0] : UINT64_C(1) << uniform;
		uint64_t ways = upto - (m > 0 ? t[m - 1][0] : 0);
		if (m == 0)
			assert_int_equal(zero[0], 2 * ways);
		else {
			assert_int_equal(zero[m], ways);
			assert_int_equal(*(zero - m), ways);
		}
		total += ways;
	}
	assert_int_equal(total, UINT64_C(1) << uniform);
	circuit_fini(&c);
}

static void
table_exactly(void **state)
{
	static const uint64_t t[][SAMPLER_LIMBS] = { { 17 }, { 40 }, { 40 }, { 55 }, { 63 }, { 64 } };
	uint64_t wide[40][SAMPLER_LIMBS] = { { 0 } };

	(void)state;
	for (uint64_t i = 0; i < 40; i++)
		wide[i][0] = i * i * i / 17 + i;
	for (enum goal g = GOAL_SMALL; g <= GOAL_SHALLOW; g++) {
		for (uint32_t n = 1; n <= 6; n++)
			check_table(n, 6, t, g);
		check_table(4, 12, t, g);
		for (uint32_t n = 31; n <= 33; n++)
			check_table(n, 12, wide, g);
		check_table(40, 12, wide, g);
	}
}

/* e^-x 2^F: its reciprocal e^x by Taylor's series in rational numbers, which only adds. */
enum { F = 160 };

static void
reference_exp(mpz_t d, const mpq_t x)
{
	mpz_t term, sum;
	unsigned more = 2 * F + 64;

	mpz_inits(term, sum, NULL);
	mpz_setbit(term, more);
	for (unsigned long k = 1; mpz_sgn(term) > 0; k++) {
		mpz_add(sum, sum, term);
		mpz_mul(term, term, mpq_numref(x));
		mpz_tdiv_q(term, term, mpq_denref(x));
		mpz_tdiv_q_ui(term, term, k);
	}
	mpz_set_ui(d, 0);
	mpz_setbit(d, more + F);
	mpz_tdiv_q(d, d, sum);
	mpz_clears(term, sum, NULL);
}

static void
exponentials(void **state)
{
	static const unsigned long x[][2] = { { 0, 1 }, { 1, 1 }, { 1, 3 }, { 1, 1000000 }, { 45, 1 },
		{ 179, 1 }, { 100, 7 }, { 1, 2 }, { 180, 1 } };
	mpz_t a, b;
	mpq_t q;

	(void)state;
	mpz_inits(a, b, NULL);
	mpq_init(q);
	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		mpq_set_ui(q, x[i][0], x[i][1]);
		discrete_exp(a, q);
		reference_exp(b, q);
		mpz_tdiv_q_2exp(a, a, DISCRETE_FRAC - F);
		mpz_sub(a, a, b);
		assert_true(mpz_cmpabs_ui(a, 4) < 0);
	}
	mpz_clears(a, b, NULL);
	mpq_clear(q);
}

/* Probabilities with F fractional bits of z = -half .. half, and the weights of what is meant. */
struct distribution {
	long half;
	mpz_t *is, *weight;
};

static mpz_t *
numbers(long n)
{
	mpz_t *x = malloc((size_t)n * sizeof *x);

	assert_non_null(x);
	for (long i = 0; i < n; i++)
		mpz_init(x[i]);
	return x;
}

static void
distribution_free(struct distribution *d)
{
	for (long i = 0; i <= 2 * d->half; i++)
		mpz_clears(d->is[i], d->weight[i], NULL);
	free(d->is);
	free(d->weight);
}

/* The sum of the positive differences of the two: the total variation; below 2^-DISCRETE_BITS. */
static void
check_close(struct distribution *d)
{
	mpz_t all, x, distance, bound;

	mpz_inits(all, x, distance, bound, NULL);
	for (long i = 0; i <= 2 * d->half; i++)
		mpz_add(all, all, d->weight[i]);
	for (long i = 0; i <= 2 * d->half; i++) {
		mpz_mul_2exp(x, d->weight[i], F);
		mpz_tdiv_q(x, x, all);
		mpz_sub(x, x, d->is[i]);
		if (mpz_sgn(x) > 0)
			mpz_add(distance, distance, x);
	}
	mpz_setbit(bound, F - DISCRETE_BITS);
	assert_true(mpz_cmp(distance, bound) < 0);
	mpz_clears(all, x, distance, bound, NULL);
	distribution_free(d);
}

static void
threshold_of(mpz_t d, const uint64_t t[SAMPLER_LIMBS])
{
	mpz_import(d, SAMPLER_LIMBS, -1, sizeof *t, 0, 0, t);
}

/* Probability that the bits are those of v; F fractional bits. */
static void
bits_probability(mpz_t d, const struct geometric *g, uint32_t v)
{
	mpz_t t, all;

	mpz_inits(t, all, NULL);
	mpz_setbit(all, DISCRETE_UNIFORM);
	mpz_set_ui(d, 0);
	mpz_setbit(d, F);
	for (uint32_t j = 0; j <= g->n; j++) {
		threshold_of(t, g->threshold[j]);
		if ((v >> j & 1) == 0)
			mpz_sub(t, all, t);
		mpz_mul(d, d, t);
		mpz_tdiv_q_2exp(d, d, DISCRETE_UNIFORM);
	}
	mpz_clears(t, all, NULL);
}

static void
check_laplace(unsigned long num, unsigned long den)
{
	static struct geometric g;
	struct distribution d;
	mpq_t rate, x;

	mpq_inits(rate, x, NULL);
	mpq_set_ui(rate, num, den);
	assert_true(discrete_geometric(&g, rate));
	/* Beyond the bits the distribution goes on: twice as far is enough. */
	d.half = 2L << g.n;
	d.is = numbers(2 * d.half + 1);
	d.weight = numbers(2 * d.half + 1);
	for (long z = -(1L << g.n); z < 1L << g.n; z++)
		bits_probability(d.is[d.half + z], &g, z >= 0 ? (uint32_t)z :
		    (uint32_t)(-1 - z) | 1u << g.n);
	for (long z = 0; z <= d.half; z++) {
		mpq_set_ui(x, (unsigned long)z * num, den);
		mpq_canonicalize(x);
		if (mpq_cmp_ui(x, 110, 1) < 0)
			reference_exp(d.weight[d.half + z], x);
		mpz_set(d.weight[d.half - z], d.weight[d.half + z]);
	}
	check_close(&d);
	mpq_clears(rate, x, NULL);
}

static void
laplace_is_close(void **state)
{
	static const unsigned long rate[][2] = { { 1, 1 }, { 1, 2 }, { 1, 10 }, { 3, 100 }, { 7, 1 },
		{ 45, 1 }, { 46, 1 }, { 500, 1 }, { 22, 7 } };

	(void)state;
	for (size_t i = 0; i < sizeof rate / sizeof *rate; i++)
		check_laplace(rate[i][0], rate[i][1]);
}

/* d += the sum's distribution with one part more. */
static void
convolve(struct distribution *d, const struct gaussian_part *p)
{
	long k = (long)mpz_get_ui(p->times);
	mpz_t *old = d->is, now, before, x;

	mpz_inits(now, before, x, NULL);
	d->is = numbers(2 * d->half + 1);
	for (long m = 0; m <= (long)p->n; m++) {
		if (m < (long)p->n)
			threshold_of(now, p->threshold[m]);
		else
			mpz_ui_pow_ui(now, 2, DISCRETE_UNIFORM);
		mpz_sub(x, now, before);
		mpz_set(before, now);
		for (long z = -d->half; z <= d->half; z++) {
			if (mpz_sgn(old[z + d->half]) == 0)
				continue;
			mpz_addmul(d->is[z + k * m + d->half], old[z + d->half], x);
			mpz_addmul(d->is[z - k * m + d->half], old[z + d->half], x);
		}
	}
	for (long z = -d->half; z <= d->half; z++) {
		mpz_tdiv_q_2exp(d->is[z + d->half], d->is[z + d->half], DISCRETE_UNIFORM + 1);
		mpz_clear(old[z + d->half]);
	}
	free(old);
	mpz_clears(now, before, x, NULL);
}

static uint32_t
check_gaussian(unsigned long num, unsigned long den)
{
	static struct gaussian g;
	struct distribution d = { .half = 0 };
	mpq_t v, x;

	mpq_inits(v, x, NULL);
	mpq_set_ui(v, num, den);
	assert_true(discrete_gaussian(&g, v));
	for (uint32_t i = 0; i < g.n; i++)
		d.half += (long)(g.part[i].n * mpz_get_ui(g.part[i].times));
	d.is = numbers(2 * d.half + 1);
	d.weight = numbers(2 * d.half + 1);
	mpz_setbit(d.is[d.half], F);
	for (uint32_t i = 0; i < g.n; i++)
		convolve(&d, &g.part[i]);
	for (long z = -d.half; z <= d.half; z++) {
		mpq_set_si(x, z, 2);
		mpq_mul(x, x, x);
		mpq_mul_2exp(x, x, 1);
		mpq_div(x, x, v);
		if (mpq_cmp_ui(x, 110, 1) < 0)
			reference_exp(d.weight[d.half + z], x);
	}
	check_close(&d);
	for (uint32_t i = 0; i < g.n; i++)
		mpz_clear(g.part[i].times);
	mpq_clears(v, x, NULL);
	return g.n;
}

static void
gaussian_is_close(void **state)
{
	(void)state;
	assert_int_equal(1, check_gaussian(1, 1000));
	assert_int_equal(1, check_gaussian(1, 4));
	assert_int_equal(1, check_gaussian(1, 1));
	assert_int_equal(1, check_gaussian(7, 3));
	assert_true(check_gaussian(50, 1) <= 2);
	assert_true(check_gaussian(1000, 3) >= 2);
	assert_true(check_gaussian(10000, 1) >= 2);
	assert_true(check_gaussian(100000, 1) >= 3);
}

static void
limits(void **state)
{
	static struct geometric g;
	static struct gaussian n;
	mpq_t q;

	(void)state;
	mpq_init(q);
	mpq_set_ui(q, 1, 1);
	mpq_div_2exp(q, q, N_GEOMETRIC_MAX);
	assert_false(discrete_geometric(&g, q));
	mpq_mul_2exp(q, q, 6);
	assert_true(discrete_geometric(&g, q) && g.n == N_GEOMETRIC_MAX);
	mpq_set_ui(q, 1, 1);
	mpq_mul_2exp(q, q, 80);
	assert_true(discrete_gaussian(&n, q) && n.n <= N_GAUSSIAN_MAX);
	for (uint32_t i = 0; i < n.n; i++)
		mpz_clear(n.part[i].times);
	mpq_mul_2exp(q, q, 300);
	assert_false(discrete_gaussian(&n, q));
	mpq_clear(q);
}

/* A query's noise is a few thousand ANDs in few layers. */
static void
costs(void **state)
{
	static struct geometric g;
	static struct gaussian n;
	struct circuit c;
	mpq_t q;
	uint64_t ands = 0;

	(void)state;
	mpq_init(q);
	mpq_set_ui(q, 1, 10);
	assert_true(discrete_geometric(&g, q));
	struct sampler_bits s = { g.n, DISCRETE_UNIFORM, true, GOAL_SHALLOW, g.threshold[0] };
	assert_int_equal(ST_OK, sampler_bits_circuit(&c, "laplace", &s));
	assert_true(circuit_n_ands(&c) < 2000 && c.n_layers <= 7);
	circuit_fini(&c);
	mpq_set_ui(q, 100, 1);
	assert_true(discrete_gaussian(&n, q));
	for (uint32_t i = 0; i < n.n; i++) {
		struct sampler_table t = { n.part[i].n, DISCRETE_UNIFORM, GOAL_SHALLOW,
			n.part[i].threshold[0] };
		assert_int_equal(ST_OK, sampler_table_circuit(&c, "gaussian", &t));
		ands += circuit_n_ands(&c);
		assert_true(c.n_layers <= 8);
		circuit_fini(&c);
		mpz_clear(n.part[i].times);
	}
	assert_true(ands < 5000);
	mpq_clear(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits_exactly),
		cmocka_unit_test(table_exactly),
		cmocka_unit_test(exponentials),
		cmocka_unit_test(laplace_is_close),
		cmocka_unit_test(gaussian_is_close),
		cmocka_unit_test(limits),
		cmocka_unit_test(costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
