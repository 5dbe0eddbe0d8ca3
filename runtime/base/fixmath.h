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
/* Within one unit of 2^-f; monotone arguments at both ends give 0 and I128_MAX. */
i128 fix_exp(i128 x, unsigned f);
/* Within one unit of 2^-f; 0 if x <= 0. */
i128 fix_log(i128 x, unsigned f);

#endif
