/* cheb.c: see cheb.h */
#include "cheb.h"

#include <assert.h>

#include "../runtime/base/fixmath.h"
#include "ir_const.h"

enum { GUARD = 16 };

/* 2^frac arctan(1 / n) */
static void
arctan_inverse(mpz_t sum, unsigned long n, unsigned frac)
{
	mpz_t power, term;

	mpz_inits(power, term, NULL);
	mpz_set_ui(sum, 0);
	mpz_setbit(power, frac);
	mpz_fdiv_q_ui(power, power, n);
	for (unsigned long i = 1; mpz_sgn(power) != 0; i += 2) {
		mpz_fdiv_q_ui(term, power, i);
		if (i % 4 == 1)
			mpz_add(sum, sum, term);
		else
			mpz_sub(sum, sum, term);
		mpz_fdiv_q_ui(power, power, n * n);
	}
}

/* pi / 4 = 4 arctan(1/5) - arctan(1/239) [Machin 1706] */
void
cheb_pi(mpz_t pi, unsigned frac)
{
	mpz_t t;

	mpz_init(t);
	arctan_inverse(pi, 5, frac + GUARD);
	arctan_inverse(t, 239, frac + GUARD);
	mpz_mul_ui(pi, pi, 4);
	mpz_sub(pi, pi, t);
	mpz_fdiv_q_2exp(pi, pi, GUARD - 2);
}

/* cos(k pi / (2 n)) */
static i128
cosine(const mpz_t pi, unsigned k, unsigned n)
{
	mpz_t angle;

	mpz_init(angle);
	mpz_mul_ui(angle, pi, k % (4 * n));
	mpz_fdiv_q_ui(angle, angle, 2ul * n);
	return fix_cos(ir_from_mpz(angle), CHEB_FRAC);
}

/* to += k T_j, where prev and last are the coefficients of T_(j-1) and T_j; moves on to j + 1. */
static void
add_chebyshev(mpz_t *to, mpz_t *prev, mpz_t *last, unsigned j, const mpz_t k)
{
	for (unsigned i = 0; i <= j; i++)
		mpz_addmul(to[i], k, last[i]);
	/* T_(j+1) = 2 s T_j - T_(j-1); T_1 = s T_0 */
	for (unsigned i = j + 2; i-- > 0;) {
		mpz_neg(prev[i], prev[i]);
		if (i > 0)
			mpz_addmul_ui(prev[i], last[i - 1], j == 0 ? 1 : 2);
		mpz_swap(prev[i], last[i]);
	}
}

void
cheb_interpolate(mpz_t *c, unsigned n, cheb_fn *f, const void *arg)
{
	mpz_t pi, sum, t, prev[CHEB_MAX + 2], last[CHEB_MAX + 2], value[CHEB_MAX];

	assert(n > 0 && n <= CHEB_MAX);
	mpz_inits(pi, sum, t, NULL);
	cheb_pi(pi, CHEB_FRAC);
	for (unsigned i = 0; i < n + 2; i++)
		mpz_inits(prev[i], last[i], NULL);
	for (unsigned i = 0; i < n; i++) {
		mpz_init(value[i]);
		mpz_set_ui(c[i], 0);
		ir_to_mpz(value[i], f(arg, cosine(pi, 2 * i + 1, n)));
	}
	mpz_set_ui(last[0], 1);
	/* The coefficient of T_j is (2 / n) sum of f(cos a_i) cos(j a_i), a_i = (2i + 1) pi / (2n). */
	for (unsigned j = 0; j < n; j++) {
		mpz_set_ui(sum, 0);
		for (unsigned i = 0; i < n; i++) {
			ir_to_mpz(t, cosine(pi, j * (2 * i + 1), n));
			mpz_addmul(sum, t, value[i]);
		}
		mpz_mul_ui(sum, sum, j == 0 ? 1 : 2);
		mpz_fdiv_q_ui(sum, sum, n);
		mpz_fdiv_q_2exp(sum, sum, CHEB_FRAC);
		add_chebyshev(c, prev, last, j, sum);
	}
}

static bool
close_enough(mpz_t *c, unsigned n, unsigned bits, cheb_fn *f, const void *arg)
{
	mpz_t y, t, s;

	mpz_inits(y, t, s, NULL);
	for (unsigned k = 0; k <= 4 * n; k++) {
		i128 at = ((i128)k - 2 * (i128)n) * (((i128)1 << CHEB_FRAC) / (2 * n));
		ir_to_mpz(s, at);
		mpz_set_ui(y, 0);
		for (unsigned i = n; i-- > 0;) {
			mpz_mul(y, y, s);
			mpz_fdiv_q_2exp(y, y, CHEB_FRAC);
			mpz_add(y, y, c[i]);
		}
		ir_to_mpz(t, f(arg, at));
		mpz_sub(y, y, t);
		if (mpz_sgn(y) != 0 && mpz_sizeinbase(y, 2) > CHEB_FRAC - bits)
			return false;
	}
	return true;
}

unsigned
cheb_fit(mpz_t *c, unsigned most, unsigned bits, cheb_fn *f, const void *arg)
{
	mpz_t try[CHEB_MAX];
	unsigned n = most < CHEB_MAX ? most : CHEB_MAX;

	for (unsigned i = 0; i < n; i++)
		mpz_init(try[i]);
	cheb_interpolate(c, n, f, arg);
	for (; n > 1; n--) {
		cheb_interpolate(try, n - 1, f, arg);
		if (!close_enough(try, n - 1, bits, f, arg))
			return n;
		for (unsigned i = 0; i < n - 1; i++)
			mpz_set(c[i], try[i]);
	}
	return n;
}
