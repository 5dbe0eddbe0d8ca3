/* discrete.c: see discrete.h */
#include "discrete.h"

#include <string.h>

enum {
	WORK_FRAC = DISCRETE_FRAC + 64,
	EXP_MAX = 180,                   /* e^-180 < 2^-DISCRETE_FRAC */
	GEOMETRIC_TAIL = 46,             /* e^-46 < 2^-66 */
	GAUSSIAN_TAIL = 49,              /* e^-49 < 2^-70 */
	K_MAX = 8,
	PART_TIMES = 3, REST_LEAST = 15,
	ANDS_OF_TABLE = 741, ANDS_OF_ENTRY = 24,
};

/* 0 <= y < 1/2: Taylor's series. */
static void
exp_small(mpz_t d, const mpz_t y)
{
	mpz_t term;

	mpz_init(term);
	mpz_setbit(term, WORK_FRAC);
	mpz_set_ui(d, 0);
	for (unsigned long k = 1; mpz_sgn(term) != 0; k++) {
		mpz_add(d, d, term);
		mpz_mul(term, term, y);
		mpz_neg(term, term);
		mpz_tdiv_q_2exp(term, term, WORK_FRAC);
		mpz_tdiv_q_ui(term, term, k);
	}
	mpz_clear(term);
}

/* e^-x = (e^(-x / 2^h))^(2^h); each square doubles the relative error, h <= 9 of them. */
void
discrete_exp(mpz_t d, const mpq_t x)
{
	mpz_t y;
	unsigned h = 0;

	mpz_set_ui(d, 0);
	if (mpq_cmp_ui(x, EXP_MAX, 1) >= 0)
		return;
	mpz_init(y);
	mpz_mul_2exp(y, mpq_numref(x), WORK_FRAC);
	mpz_tdiv_q(y, y, mpq_denref(x));
	while (mpz_sizeinbase(y, 2) > WORK_FRAC - 1) {
		mpz_tdiv_q_2exp(y, y, 1);
		h++;
	}
	exp_small(d, y);
	while (h-- > 0) {
		mpz_mul(d, d, d);
		mpz_tdiv_q_2exp(d, d, WORK_FRAC);
	}
	mpz_tdiv_q_2exp(d, d, WORK_FRAC - DISCRETE_FRAC);
	mpz_clear(y);
}

/* The threshold nearest to a / b. */
static void
set_threshold(uint64_t d[SAMPLER_LIMBS], const mpz_t a, const mpz_t b)
{
	mpz_t t;

	mpz_init(t);
	mpz_mul_2exp(t, a, DISCRETE_UNIFORM + 1);
	mpz_tdiv_q(t, t, b);
	mpz_add_ui(t, t, 1);
	mpz_tdiv_q_2exp(t, t, 1);
	memset(d, 0, SAMPLER_LIMBS * sizeof *d);
	mpz_export(d, NULL, -1, sizeof *d, 0, 0, t);
	mpz_clear(t);
}

/* Odds e^-x: probability e^-x / (1 + e^-x). */
static void
set_odds(uint64_t d[SAMPLER_LIMBS], const mpq_t x)
{
	mpz_t e, sum;

	mpz_inits(e, sum, NULL);
	discrete_exp(e, x);
	mpz_setbit(sum, DISCRETE_FRAC);
	mpz_add(sum, sum, e);
	set_threshold(d, e, sum);
	mpz_clears(e, sum, NULL);
}

bool
discrete_geometric(struct geometric *g, const mpq_t rate)
{
	mpq_t x;
	bool fits = true;

	mpq_init(x);
	mpq_set(x, rate);
	*g = (struct geometric){ .n = 0 };
	while (fits && mpq_cmp_ui(x, GEOMETRIC_TAIL, 1) < 0) {
		set_odds(g->threshold[g->n++], x);
		mpq_mul_2exp(x, x, 1);
		fits = g->n < N_GEOMETRIC_MAX || mpq_cmp_ui(x, GEOMETRIC_TAIL, 1) >= 0;
	}
	set_odds(g->threshold[g->n], rate);
	mpq_clear(x);
	return fits;
}

/* The least b >= 1 with b^2 >= 2 v GAUSSIAN_TAIL. */
static unsigned long
table_size(const mpq_t v)
{
	mpz_t b;
	unsigned long size;

	mpz_init(b);
	mpz_mul_ui(b, mpq_numref(v), 2 * GAUSSIAN_TAIL);
	mpz_cdiv_q(b, b, mpq_denref(v));
	mpz_sub_ui(b, b, 1);
	mpz_sqrt(b, b);
	mpz_add_ui(b, b, 1);
	size = mpz_fits_ulong_p(b) ? mpz_get_ui(b) : ~0ul;
	mpz_clear(b);
	return size;
}

/* e^(-m^2 / 2 v), twice for m > 0, as there are m and -m. */
static void
weight(mpz_t d, unsigned long m, const mpq_t v)
{
	mpq_t x;

	mpq_init(x);
	mpq_set_ui(x, m * m, 2);
	mpq_canonicalize(x);
	mpq_div(x, x, v);
	discrete_exp(d, x);
	if (m > 0)
		mpz_mul_2exp(d, d, 1);
	mpq_clear(x);
}

static void
fill_table(struct gaussian_part *p, const mpq_t v)
{
	mpz_t sum, all, w;

	mpz_inits(sum, all, w, NULL);
	for (uint32_t m = 0; m <= p->n; m++) {
		weight(w, m, v);
		mpz_add(all, all, w);
	}
	for (uint32_t m = 0; m < p->n; m++) {
		weight(w, m, v);
		mpz_add(sum, sum, w);
		set_threshold(p->threshold[m], sum, all);
	}
	mpz_clears(sum, all, w, NULL);
}

/* w = (v - 3 k^2) / k^2; false: it is too narrow. */
static bool
rest(mpq_t w, const mpq_t v, unsigned long k)
{
	mpq_t t;
	bool wide;

	mpq_init(t);
	mpq_set_ui(t, k * k, 1);
	mpq_div(w, v, t);
	mpq_set_ui(t, PART_TIMES, 1);
	mpq_sub(w, w, t);
	wide = mpq_cmp_ui(w, REST_LEAST, 1) >= 0;
	mpq_clear(t);
	return wide;
}

/* ANDs of a sum of `steps` parts that go up by k, and what is left; ULONG_MAX: it does not work. */
static unsigned long
cost_of(const mpq_t v, unsigned long k, uint32_t steps)
{
	unsigned long ands = 0, size;
	mpq_t now, part;

	mpq_inits(now, part, NULL);
	mpq_set(now, v);
	mpq_set_ui(part, PART_TIMES * k * k, 1);
	for (uint32_t i = 0; i < steps; i++) {
		ands += ANDS_OF_TABLE + ANDS_OF_ENTRY * table_size(part);
		if (!rest(now, now, k)) {
			mpq_clears(now, part, NULL);
			return ~0ul;
		}
	}
	size = table_size(now);
	mpq_clears(now, part, NULL);
	return size > GAUSSIAN_TABLE_MAX ? ~0ul : ands + ANDS_OF_TABLE + ANDS_OF_ENTRY * size;
}

static void
add_part(struct gaussian *g, const mpz_t times, const mpq_t v)
{
	struct gaussian_part *p = &g->part[g->n++];

	mpz_init_set(p->times, times);
	p->n = (uint32_t)table_size(v);
	fill_table(p, v);
}

bool
discrete_gaussian(struct gaussian *g, const mpq_t v)
{
	unsigned long best = ~0ul, k = 2, cost;
	uint32_t steps = 0;
	mpq_t now, part;
	mpz_t times;

	for (unsigned long j = 2; j <= K_MAX; j++)
		for (uint32_t i = 0; i < N_GAUSSIAN_MAX; i++)
			if ((cost = cost_of(v, j, i)) < best) {
				best = cost;
				k = j;
				steps = i;
			}
	g->n = 0;
	if (best == ~0ul)
		return false;
	mpq_inits(now, part, NULL);
	mpz_init_set_ui(times, 1);
	mpq_set(now, v);
	mpq_set_ui(part, PART_TIMES * k * k, 1);
	for (uint32_t i = 0; i < steps; i++) {
		add_part(g, times, part);
		(void)rest(now, now, k);
		mpz_mul_ui(times, times, k);
	}
	add_part(g, times, now);
	mpq_clears(now, part, NULL);
	mpz_clear(times);
	return true;
}
