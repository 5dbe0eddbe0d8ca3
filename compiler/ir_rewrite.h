/* ir_rewrite.h: passes as copies.
 *
 * A pass walks the live values in order and builds each anew at the end of a fresh top block: as
 * it was (rw_copy), or as something else.  Old values stay in the table, dead.  Ranges that were
 * refined stay refined; shapes never change. */
#ifndef KONSIL_IR_REWRITE_H
#define KONSIL_IR_REWRITE_H

#include "ir_build.h"

struct rewrite {
	struct ir *ir;
	ir_id (*visit)(struct rewrite *, ir_id old);    /* never a LOOP's RESULT, ARG, COUNTER */
	/* Called for a LOOP before it is copied; true: it has been dealt with (rw_set for its results). */
	bool (*visit_loop)(struct rewrite *, ir_id old);
	uint32_t n;                      /* values before the pass */
	ir_id *map;                      /* old -> new, IR_NONE: not yet */
	ir_id **result;                  /* of an old loop: new value of each carried variable */
	struct ir_affine **counter;      /* of an old loop: its counter in terms of new loops */
	bool *live;
	void *arg;
};

/* Rewrites everything.  arg is the pass's own. */
void ir_rewrite(struct ir *, ir_id (*visit)(struct rewrite *, ir_id),
    bool (*visit_loop)(struct rewrite *, ir_id), void *arg);

ir_id rw_get(struct rewrite *, ir_id old);
ir_id rw_copy(struct rewrite *, ir_id old);
void rw_block(struct rewrite *, const struct ir_block *old);
void rw_loop(struct rewrite *, ir_id old);               /* copies a loop, visiting its body */
/* Carried variables that a pass adds to a loop which it copies: init and ranges are given; arg is
 * there while the body is visited, by whose end yield must be; then result is there. */
struct rw_added {
	uint32_t n;
	ir_id *init, *arg, *yield, *result;
	mpz_t *lo, *hi;
};
void rw_loop_adding(struct rewrite *, ir_id old, struct rw_added *);
void rw_set_counter(struct rewrite *, ir_id old_loop, const struct ir_affine *);
struct ir_affine rw_affine(struct rewrite *, const struct ir_affine *old);
/* The value of an affine function of new counters. */
ir_id rw_affine_value(struct ir *, const struct ir_affine *, struct span);
/* Marks what `from` (IR_NONE: nothing) and the assertions are computed with, and themselves. */
void rw_reach(struct ir *, bool *live, const ir_id *from, uint32_t n);
/* What the old value was known to be, the new one is. */
ir_id rw_refine(struct rewrite *, ir_id old, ir_id fresh);

#endif
