/* ir_forms.h: elements of values as sums of products of what rows bring, as far as that goes.
 *
 * Two outputs that look different may tell the same: the counts of all levels make the rows, those
 * of two tables one margin.  A form is a linear combination of monomials; a monomial is a product
 * of atoms, summed over a line of elements: a column, a level of a category, a comparison.  What is
 * no sum of products is an atom itself.  Coefficients are modulo a prime, since only ranks are
 * asked for.  For warnings: what is not found here may still be so. */
#ifndef KONSIL_IR_FORMS_H
#define KONSIL_IR_FORMS_H

#include "ir.h"

struct term {
	uint32_t monomial;               /* 0: 1 */
	uint64_t coef;                   /* modulo FORM_PRIME, not 0 */
};

struct form {
	uint32_t n;
	struct term *term;               /* ascending */
};

enum { FORMS_MAX = 4096 };              /* monomials */

#define FORM_PRIME ((UINT64_C(1) << 61) - 1)

struct forms;

struct forms *forms_new(const struct ir *);
/* Element i of a value; false: it has too many terms. */
bool forms_element(struct forms *, ir_id, uint64_t i, struct form *out);
uint64_t form_times(uint64_t a, uint64_t b);
uint64_t form_inverse(uint64_t a);
/* a + k * b */
struct form form_add(const struct forms *, const struct form *a, uint64_t k, const struct form *b);

#endif
