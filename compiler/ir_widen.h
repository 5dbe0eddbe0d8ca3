/* ir_widen.h: loops whose iterations do not need each other become wide operations.
 *
 * The values of a body are: invariant; wide (a function of the counter: all iterations at once,
 * with an axis of trips in front); or sequential (they need the iteration before).  A carried
 * variable is a sum, a running sum, an array that each iteration writes a place of, the last
 * value of something wide, or sequential. */
#ifndef KONSIL_IR_WIDEN_H
#define KONSIL_IR_WIDEN_H

#include "ir_rewrite.h"

enum wide_kind { KIND_OUTER, KIND_INVARIANT, KIND_WIDE, KIND_CHAIN, KIND_SEQUENTIAL };
enum carry_role { ROLE_SAME, ROLE_SUM, ROLE_SCAN, ROLE_ARRAY, ROLE_LAST, ROLE_SEQUENTIAL };

struct carry {
	enum carry_role role;
	ir_id term[8];                   /* SUM, SCAN: what is added; ARRAY: what is written */
	bool minus[8];
	uint32_t n_terms;
	ir_id at;                        /* SCAN: the sum; ARRAY: the UPDATE */
};

struct widen {
	struct rewrite *rw;
	struct ir *ir;
	ir_id old;                       /* the loop */
	struct ir_loop *l;
	uint8_t *kind;                   /* of old values */
	uint32_t *uses;                  /* of old values, in the body and by its yields */
	ir_id *wide;                     /* of old WIDE values, in the tile being built */
	struct carry *carry;
	const char *why;                 /* why something is sequential */
	struct ir_affine base;           /* the counter at the start of the tile */
	uint64_t trips;                  /* of the tile */
};

/* ir_widen_find.c: fills kind and carry; false if nothing is gained. */
bool widen_find(struct widen *);
/* ir_widen.c: one value, all trips of the tile. */
ir_id widen_value(struct widen *, ir_id old);
ir_id widen_operand(struct widen *, ir_id old, unsigned rank, const uint64_t *dims);
/* Does the view or update step with this loop's counter, and how far?  rest: the other terms,
 * new. */
int64_t widen_step(struct widen *, const struct ir_affine *offset, struct ir_affine *rest);
/* A rewrite's visit_loop. */
bool widen_visit_loop(struct rewrite *, ir_id old);

#endif
