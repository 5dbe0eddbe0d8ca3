/* cheb.h: polynomials for functions that are computed on shares.
 *
 * Interpolation at Chebyshev's points, which is within a small factor of the best polynomial that
 * there is [Trefethen, Approximation Theory and Approximation Practice, chapters 4 and 16], in
 * whole numbers only: every site gets the same coefficients.  Within a compilation (GMP's memory is
 * its arena). */
#ifndef KONSIL_CHEB_H
#define KONSIL_CHEB_H

#include <gmp.h>

#include "../runtime/base/ring.h"

enum {
	CHEB_FRAC = 110,                 /* of arguments, values and coefficients */
	CHEB_MAX = 32,                   /* coefficients */
};

/* f(s), -1 <= s <= 1; both with CHEB_FRAC fractional bits. */
typedef i128 cheb_fn(const void *arg, i128 s);

/* c[0] + c[1] s + ... + c[n-1] s^(n-1) agrees with f at n points; n <= CHEB_MAX. */
void cheb_interpolate(mpz_t *c, unsigned n, cheb_fn *f, const void *arg);
/* The same with as few coefficients as keep the error, as far as a grid shows it, within
 * 2^-bits; most: how many suffice.  Returns their number; c has room for `most`. */
unsigned cheb_fit(mpz_t *c, unsigned most, unsigned bits, cheb_fn *f, const void *arg);
/* pi with `frac` fractional bits, rounded down but for a few units. */
void cheb_pi(mpz_t pi, unsigned frac);

#endif
