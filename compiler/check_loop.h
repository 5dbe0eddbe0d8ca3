/* check_loop.h: what loops and comprehensions have in common. */
#ifndef KONSIL_CHECK_LOOP_H
#define KONSIL_CHECK_LOOP_H

#include "check_impl.h"

/* What a loop goes over. */
struct over {
	bool texts;
	struct val xs;                  /* texts, or an array; kind NUMBER: counts lo..hi only */
	struct ir_affine lo, hi;
	struct span span;
};

/* A mutable variable that the body assigns. */
struct carried {
	struct binding *b;
	struct val start;
	uint32_t n_parts;               /* v, p, planes: those that there are */
	mpz_t *lo, *hi;                 /* range of each */
	uint8_t *open;
	bool whole;
	uint32_t before_at;
	bool retype, want_p;            /* the next attempt starts with this kind, with a presence */
	uint8_t kind, frac;
};

/* One elaboration of the body. */
struct attempt {
	ir_id loop;
	uint32_t n;
	ir_id *init, *yield;
	mpz_t *lo, *hi;
};

/* The IR values of x in one order: v, p, planes; those that there are.  Their number. */
uint32_t loop_get_parts(const struct val *x, ir_id *id);
uint32_t loop_set_parts(struct check *, struct val *x, const ir_id *id);
struct over loop_parse_over(struct check *, const struct expr *);
/* The loop variable's value at position `counter`. */
struct val loop_element(struct check *, const struct over *, struct val counter);
/* The number of trips if it is always the same, else -1; *most: never more. */
int64_t loop_trips(struct check *, const struct over *, int64_t *most);
/* The ranges that are tried first: the start's, or the declared one. */
void loop_first_ranges(struct check *, struct carried *);
/* Opens a loop and binds the n carried variables to its args; finish closes it and binds the
 * results.  A body may be thrown away in between: ir_loop_abort. */
void loop_begin(struct check *, struct attempt *, const struct over *, struct carried *,
    uint32_t n);
void loop_finish(struct check *, struct attempt *, struct carried *, uint32_t n, struct span);
struct val loop_counter_of(struct check *, ir_id loop);

#endif
