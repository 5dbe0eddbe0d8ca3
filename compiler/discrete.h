/* discrete.h: distributions of whole numbers as thresholds for circuits/sampler.h.
 *
 * In whole numbers only (GMP), so that every site gets the same thresholds.  Each says how far, in
 * total variation, what is sampled can be from what is meant: always below 2^-DISCRETE_BITS.
 * [CKS20] Canonne, Kamath, Steinke: The Discrete Gaussian for Differential Privacy, NeurIPS 2020.
 * [DKMMN06] Dwork, Kenthapadi, McSherry, Mironov, Naor: Our Data, Ourselves, EUROCRYPT 2006 (the
 * bits of a geometric variable are independent).
 * [MW17] Micciancio, Walter: Gaussian Sampling over the Integers, CRYPTO 2017 (a wide sample is a
 * sum of narrow ones). */
#ifndef KONSIL_DISCRETE_H
#define KONSIL_DISCRETE_H

#include <gmp.h>
#include <stdint.h>

#include "../circuits/sampler.h"

enum {
	DISCRETE_BITS = 62,
	DISCRETE_UNIFORM = 78,           /* bits of a threshold: a multiple of SAMPLER_DIGIT */
	DISCRETE_FRAC = 192,             /* of e^-x */
	N_GEOMETRIC_MAX = 40,            /* bits of a geometric variable */
	N_GAUSSIAN_MAX = 32,             /* samples that a Gaussian one is the sum of */
	GAUSSIAN_TABLE_MAX = 512,
};

/* e^-x for x >= 0 with DISCRETE_FRAC fractional bits, within a unit or two. */
void discrete_exp(mpz_t d, const mpq_t x);

/* P(g) in proportion to e^(-rate g), g >= 0.
 *
 * The bits of g are independent: bit j is 1 with odds e^(-rate 2^j) [DKMMN06].  n bits give the
 * distribution of g on the condition that g < 2^n, which fails with probability e^(-rate 2^n);
 * n is the least with that below 2^-66.  Bits and sign differ from what is meant by less than
 * 2^-79 each.  Two-sided, P(z) in proportion to e^(-rate |z|): z is g with probability
 * 1 / (1 + e^-rate), else -1 - g: so the sign is a bit like bit 0, and 0 comes once. */
struct geometric {
	uint32_t n;
	uint64_t threshold[N_GEOMETRIC_MAX + 1][SAMPLER_LIMBS]; /* the last (n) is the sign's */
};
/* rate > 0.  False: it takes more than N_GEOMETRIC_MAX bits. */
bool discrete_geometric(struct geometric *g, const mpq_t rate);

/* P(z) in proportion to e^(-z^2 / 2 v), v the variance of the Gaussian that is made discrete.
 *
 * One sample: by a table of the distribution of |z| up to a bound b with e^(-b^2 / 2 v) < 2^-70,
 * which |z| exceeds with less than that probability [CKS20, Prop. 25 and a normal tail].
 * A wide one: x + k y, of variances a and w with v = a + k^2 w.  The exponents
 *     (z - k y)^2 / a + y^2 / w = z^2 / v + (y - c z)^2 / s,   1 / s = k^2 / a + 1 / w
 * add up over y to e^(-z^2 / 2 v) times the weight of a Gaussian of variance s over the shifted
 * whole numbers, which is the same for every shift but for a factor within
 * 1 +- 2.1 e^(-2 pi^2 s) (Poisson summation; [MW17, Lemma 2.2]).  a = 3 k^2 and w >= 15 make
 * s >= 5/2, and that less than 2^-70. */
struct gaussian_part {
	mpz_t times;                     /* 1, k, k^2, ... */
	uint32_t n;                      /* the greatest magnitude */
	uint64_t threshold[GAUSSIAN_TABLE_MAX][SAMPLER_LIMBS];
};
struct gaussian {
	uint32_t n;
	struct gaussian_part part[N_GAUSSIAN_MAX];
};
/* v > 0.  False: it is a sum of more than N_GAUSSIAN_MAX. */
bool discrete_gaussian(struct gaussian *g, const mpq_t v);

#endif
