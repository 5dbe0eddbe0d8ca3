/* ir_sensitivity_impl.h: what ir_sensitivity*.c share. */
#ifndef KONSIL_IR_SENSITIVITY_IMPL_H
#define KONSIL_IR_SENSITIVITY_IMPL_H

#include "ir_build.h"
#include "ir_sensitivity.h"

enum { N_FACT_MAX = 6, N_PIECE_MAX = 1 << 12 };

/* It is 0 unless this column has this level. */
struct fact {
	uint32_t input, level;
};

/* Some elements of what one row contributes, f: norms of f (L1, and L2 squared), and of the
 * difference of two rows' (which ranges may bound better than twice the norm). */
struct piece {
	mpz_t n1, n2, d1, d2;
	uint32_t n_facts;
	struct fact fact[N_FACT_MAX];
};

enum dep_kind { DEP_UNKNOWN, DEP_NONE, DEP_ROWS, DEP_WHOLE };

struct dep {
	enum dep_kind kind;
	const char *why;                 /* UNKNOWN */
	const char *table;               /* ROWS: whose */
	uint64_t rows, inner;            /* ROWS: element i is of row i / inner mod rows */
	bool negative;                   /* a contribution may be below 0 */
	uint32_t n;
	struct piece *piece;
};

/* ir_sensitivity_piece.c.  All in the arena. */
struct dep dep_unknown(const char *why);
/* Of values in lo..hi, `cells` of each row. */
struct dep dep_of_range(struct ir *, enum dep_kind, uint64_t cells, const mpz_t lo, const mpz_t hi);
/* No difference of more than `cells` elements of that range. */
void dep_cap(struct dep *, uint64_t cells, const mpz_t lo, const mpz_t hi);
/* The lower of each of two bounds of the same elements. */
void piece_least(struct piece *, const struct piece *);
struct dep dep_copy(struct ir *, const struct dep *);
void dep_scale(struct dep *, const mpz_t by);            /* every element */
void dep_repeat(struct dep *, uint64_t times);           /* every element, so many times */
void dep_add_up(struct dep *);                           /* elements of a row are added up */
/* Elements of both, side by side. */
struct dep dep_join(struct ir *, const struct dep *, const struct dep *);
/* Elements of both, added up or in any other way that moves by no more than both. */
struct dep dep_sum(struct ir *, const struct dep *, const struct dep *);
/* Each of one times each of the other, all of one row. */
struct dep dep_product(struct ir *, const struct dep *, const struct dep *);
/* Of one row and another: how far apart they are. */
void dep_distance(struct ir *, const struct dep *, mpz_t l1, mpz_t l2);

/* How often a view takes the same element at most, of one of n elements; 0: too many to tell. */
uint64_t view_multiplicity(const struct ir *, const struct ir_value *, uint64_t n);
/* The same by its strides, none below 0, but for axes of stride 0; an upper bound. */
uint64_t view_overlaps(const struct ir_value *);

#endif
