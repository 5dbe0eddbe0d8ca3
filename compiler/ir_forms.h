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

enum {
	FORMS_MAX = 4096,                /* monomials */
	ATOMS_MAX = 6,                   /* of a monomial */
};

#define FORM_PRIME ((UINT64_C(1) << 61) - 1)

enum atom_kind { ATOM_VALUE, ATOM_INPUT, ATOM_AT_MOST, ATOM_SUM };

struct atom {
	enum atom_kind kind;
	uint32_t id;                     /* a value; INPUT: its number; SUM: a monomial */
	int64_t part;                    /* INPUT: as its instruction has it; AT_MOST: the bound */
	int64_t offset, stride;
	uint64_t count;
};

struct monomial {
	uint32_t n;
	uint32_t atom[ATOMS_MAX];        /* ascending */
};

/* full: there was no room; nothing that follows means anything. */
struct forms {
	const struct ir *ir;
	uint32_t n_atoms, n_monomials, depth;
	struct atom *atom;
	struct monomial *monomial;
	bool full;
	bool dividends;                  /* a quotient by what is not known stands for its dividend */
	uint32_t levels_most;            /* of a category with more the last level is one by itself */
	ir_id *same;                     /* of n_same values: the first that is the same */
	uint32_t n_same, n_slots;
	ir_id *slot;
};

struct forms *forms_new(const struct ir *);
/* Element i of a value; false: it has too many terms. */
bool forms_element(struct forms *, ir_id, uint64_t i, struct form *out);
/* What elements offset, offset + stride, ..., count of them, have in common. */
bool forms_line(struct forms *, ir_id, int64_t offset, int64_t stride, uint64_t count,
    struct form *out);
/* ir_same.c: the first value that is computed in the same way from the same. */
ir_id forms_same(struct forms *, ir_id);
/* Is the atom 0 or 1? */
bool form_is_bool(const struct forms *, const struct atom *);
bool form_equal(const struct form *, const struct form *);
uint64_t form_times(uint64_t a, uint64_t b);
uint64_t form_inverse(uint64_t a);
/* coef times a monomial; an atom by itself; a + k * b; a * b; 1 - a. */
struct form form_term(const struct forms *, uint32_t monomial, uint64_t coef);
struct form form_atom(struct forms *, const struct atom *);
struct form form_add(const struct forms *, const struct form *a, uint64_t k, const struct form *b);
struct form form_product(struct forms *, const struct form *a, const struct form *b);
struct form form_one_minus(struct forms *, const struct form *a);

#endif
