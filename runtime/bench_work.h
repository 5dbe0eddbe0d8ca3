/* bench_work.h: the programs that `konsil bench programs` measures.
 *
 * Each has a parameter n, inputs that are drawn at random, and little output, so that what it
 * costs is n times the operation. */
#ifndef KONSIL_BENCH_WORK_H
#define KONSIL_BENCH_WORK_H

#include <stdbool.h>
#include <stdint.h>

enum { WORK_QUICK = 64 };               /* n is at most this with --quick */

enum work_gives {
	WORK_RATE,                      /* operations a second */
	WORK_EACH,                      /* the time of an operation */
	WORK_WHOLE,                     /* the time of the program */
	WORK_TOTAL,                     /* the same with what is set up for it */
};

struct work {
	const char *name;
	const char *unit;
	double each;                    /* of the unit in 1/s or s: 1e-6 for M/s, 1e3 for ms */
	double ops;                     /* operations for each of n; RATE, EACH */
	enum work_gives gives;
	/* With two parties or more of additive shares; under yao; under replicated.  0: a row less, as
	 * it would take too long or be of no interest. */
	uint64_t n, n_yao, n_replicated;
	uint64_t rows;                  /* of each table; n is then the parameter only */
	bool no_local;
	const char *source;
};

/* NULL: no more. */
const struct work *bench_work(unsigned i);
/* Its n under a protocol. */
uint64_t work_n(const struct work *w, const char *protocol);

#endif
