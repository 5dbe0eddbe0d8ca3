/* nest.h: the loops around an instruction, and what their counters can be.
 *
 * The counter of the loop at depth k runs from lo[k] up to, not including, hi[k]; both are affine
 * in the counters of the loops outside.  A loop whose hi is not above its lo does not run. */
#ifndef KONSIL_NEST_H
#define KONSIL_NEST_H

#include "code.h"

struct nest {
	unsigned depth;
	struct affine lo[N_LOOP_MAX], hi[N_LOOP_MAX];
};

enum {
	NEST_WORK_MAX = 1 << 21,        /* counters tried one by one in a whole program: 0.1 s */
};

/* Enters the loop from lo to hi.  ST_DATA if it is nested too deeply, or if a bound depends on a
 * counter that is not outside. */
enum status nest_push(struct nest *v, const struct affine *lo, const struct affine *hi) MUST_USE;

/* How often the innermost body runs in all, exactly.  *work is what is left of NEST_WORK_MAX for
 * the program.  ST_DATA if the number does not fit, or is too much work to count. */
enum status nest_count(uint64_t *times, const struct nest *v, uint64_t *work) MUST_USE;

/* Bounds of an affine over every iteration that runs: each counter is replaced by its own bound,
 * from the innermost outwards, so that a bound that depends on an outer counter is used exactly.
 * ST_DATA if a step does not fit into 62 bits, or the affine uses a counter that is not there. */
enum status nest_range(int64_t *min, int64_t *max, const struct nest *v, const struct affine *a)
    MUST_USE;

/* d = a - b; ST_DATA if it does not fit. */
enum status affine_sub(struct affine *d, const struct affine *a, const struct affine *b) MUST_USE;

#endif
