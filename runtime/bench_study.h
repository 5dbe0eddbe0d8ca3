/* bench_study.h: a program made ready, for measurements. */
#ifndef KONSIL_BENCH_STUDY_H
#define KONSIL_BENCH_STUDY_H

#include "bench.h"
#include "study.h"

struct study_of {
	const char *source, *protocol, *network;
	uint64_t n;                     /* its parameter n */
	uint64_t rows;                  /* of each member's table */
	unsigned nodes;                 /* members of a group */
	bool no_local;
	bool checked;                   /* assumptions are, as in a run */
};

enum status study_of(struct study *s, const struct study_of *of, struct fault *f) MUST_USE;

#endif
