/* flight.h: which instructions are in flight at each exchange of a run, and what memory they hold,
 * without running it: the same walk as the VM's (vm_round.c), each loop's body once. */
#ifndef KONSIL_FLIGHT_H
#define KONSIL_FLIGHT_H

#include "../protocols/protocol.h"
#include "code/estimate.h"

struct flying {
	const struct insn *insn;
	uint64_t scratch;               /* bytes that it works in */
	unsigned left;                  /* exchanges until its result is there */
};

struct flight {
	const struct code *code;
	const struct protocol *protocol;
	struct flying *at;              /* in flight, in order */
	uint32_t n;
	uint64_t scratch, peak;         /* bytes now; the most that there were */
};

/* Called for every instruction of c->code that runs at all; at a ROUND what is in flight still is.
 * delay: half round trips, see estimate.h. */
typedef void flight_fn(void *arg, const struct flight *f, const struct insn *x, uint64_t times,
    unsigned delay);

/* *peak: the most bytes of scratch at a time, as vm_scratch_bytes() says after a run.  fn may be
 * NULL.  The code must have passed code_verify. */
enum status flight_walk(uint64_t *peak, const struct code *c, const struct protocol *p,
    flight_fn *fn, void *arg) MUST_USE;

#endif
