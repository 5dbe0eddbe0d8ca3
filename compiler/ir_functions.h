/* ir_functions.h: what the files that expand functions of real numbers share; see ir_expand.h. */
#ifndef KONSIL_IR_FUNCTIONS_H
#define KONSIL_IR_FUNCTIONS_H

#include "cheb.h"
#include "ir_make.h"

/* Fractional bits to work with: a product of two such numbers fits into 126 bits. */
enum { WORK_FRAC_MAX = 60, GUARD_BITS = 8 };

/* What a polynomial with public coefficients can be off by, in units of its last place: half a one
 * for each coefficient, CHEB_MAX of them at most, and a few for truncations. */
enum { POLYNOMIAL_UNITS = 24 };

/* Bounded functions, by a polynomial for each of many short intervals. */
ir_id function_pieces(const struct make *, const struct ir_value *v, ir_id a);

/* A coefficient with CHEB_FRAC fractional bits, to the nearest with `frac`. */
void function_round(mpz_t d, const mpz_t c, unsigned frac);

#endif
