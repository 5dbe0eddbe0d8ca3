/* fixmath.h: functions on fixed-point numbers, in integer arithmetic only, so that every site and
 * every machine gets the same bits.
 *
 * A number x stands as the integer x * 2^f, 0 <= f <= FIX_FRAC_MAX.  What does not fit becomes the
 * largest or least i128 (saturates).  Times depend on values: for known, public and a node's own
 * numbers, never on shares. */
#ifndef KONSIL_FIXMATH_H
#define KONSIL_FIXMATH_H

#include "ring.h"

enum { FIX_FRAC_MAX = 120 };            /* of 192 that the functions count with */

#define I128_MAX ((i128)(((u128)1 << 127) - 1))
#define I128_MIN (-I128_MAX - 1)

/* floor(a * 2^s / b), exact; 0 if b = 0. */
i128 fix_div(i128 a, i128 b, unsigned s);
/* a * 2^-s to the nearest integer, halves to even. */
i128 fix_round(i128 a, unsigned s);
/* floor of the exact square root; 0 if x < 0. */
i128 fix_sqrt(i128 x, unsigned f);
/* floor of the exact 1 / sqrt(x); 0 if x <= 0. */
i128 fix_rsqrt(i128 x, unsigned f);

/* Those below are rounded to nearest after an error of at most 1/32 of a unit of 2^-f (so they are
 * within 17/32 of a unit), for every x that an i128 holds. */
/* Saturates where it does not fit. */
i128 fix_exp(i128 x, unsigned f);
/* 0 if x <= 0. */
i128 fix_log(i128 x, unsigned f);
i128 fix_log2(i128 x, unsigned f);
/* Of an angle of any size. */
i128 fix_sin(i128 x, unsigned f);
i128 fix_cos(i128 x, unsigned f);
i128 fix_tanh(i128 x, unsigned f);
/* 1 / (1 + exp(-x)) */
i128 fix_sigmoid(i128 x, unsigned f);
i128 fix_erf(i128 x, unsigned f);

#endif
