/* ir_sensitivity.h: how far a value can move if the values of one row change.
 *
 * requires: IR as the checker makes it.  Neighbours are inputs that differ in one row of one table,
 * in any of its columns, within their declared ranges; row counts and what is no column are the
 * same.
 * What is known of a value is one of: it does not depend on rows; each of its elements depends on
 * one row; it is a whole, most often a sum of what each row contributes.  A value that depends on
 * rows in any other way has no sensitivity here, and neither has one of an input that is no column,
 * whose owner noise would not protect.
 *
 * What a row contributes is kept in pieces with two norms.  A piece made of levels of categories
 * knows which: a row is in one level of each, so of pieces of different levels all but one are 0.
 * That makes a table's L1 sensitivity 2 whatever its size.  All bounds are upper bounds. */
#ifndef KONSIL_IR_SENSITIVITY_H
#define KONSIL_IR_SENSITIVITY_H

#include "ir.h"

struct sensitivity {
	mpz_t l1, l2_squared;            /* of the raw numbers */
};

/* False: it cannot be derived; *why says what stands in the way: "it ...". */
bool ir_sensitivity(struct ir *, ir_id, struct sensitivity *, const char **why);

#endif
