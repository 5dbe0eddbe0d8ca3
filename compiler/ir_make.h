/* ir_make.h: what the expansions of functions of real numbers are written with.
 *
 * A raw number stands for raw * 2^-frac; frac is a label that the IR checks.  TRUNC is floor or one
 * more, so every expansion counts its errors in units of its working precision and keeps them well
 * below one unit of the result. */
#ifndef KONSIL_IR_MAKE_H
#define KONSIL_IR_MAKE_H

#include "ir_build.h"

struct make {
	struct ir *ir;
	struct span at;
};

ir_id make_add(const struct make *, ir_id a, ir_id b);
ir_id make_sub(const struct make *, ir_id a, ir_id b);
ir_id make_mul(const struct make *, ir_id a, ir_id b);
/* 2^k * x as a constant of a given frac; x = 1 in make_power. */
ir_id make_const(const struct make *, const mpz_t x, unsigned frac);
ir_id make_power(const struct make *, unsigned k, unsigned frac);
/* a / 2^k, rounded down or one more; k of any size. */
ir_id make_trunc(const struct make *, ir_id a, unsigned k);
/* The same raw number with a frac that is greater by `up`. */
ir_id make_label(const struct make *, ir_id a, unsigned up);
/* raw * 2^shift with the label frac, which may be less than a's by as much as the shift is down. */
ir_id make_scaled(const struct make *, ir_id a, int shift, unsigned frac);
/* lo <= a <= hi is promised. */
ir_id make_within(const struct make *, ir_id a, const mpz_t lo, const mpz_t hi);
ir_id make_within_power(const struct make *, ir_id a, int64_t lo, unsigned k);  /* lo <= a <= 2^k */

/* Columns of a public table [rows, n]; table[row * n + column] are raw numbers of the given frac;
 * 0 if the index is not in 0..rows - 1, which needs a row of 0 if it can happen.  column[k] gets
 * the index's shape. */
void make_pick(const struct make *, ir_id *column, mpz_t *table, uint64_t rows, uint64_t n,
    unsigned frac, ir_id index);

/* c[0] + c[1] s + ... + c[n-1] s^(n-1), |s| <= 1, with `frac` fractional bits all. */
ir_id make_public_polynomial(const struct make *, mpz_t *c, unsigned n, ir_id s, unsigned frac);
/* q[0] + q[1] t + ... + q[n-1] t^(n-1), n >= 2, of secret coefficients, by pairs (Estrin), with q
 * and powers of `frac` fractional bits.  The last sum is cut down to `out`.  Overwrites q. */
ir_id make_polynomial(const struct make *, ir_id *q, unsigned n, ir_id t, unsigned frac,
    unsigned out);

#endif
