/* bench_session.h: one run of a program that study_of made ready, between processes over ipc, as
 * `konsil run` does it, on tables that are drawn at random. */
#ifndef KONSIL_BENCH_SESSION_H
#define KONSIL_BENCH_SESSION_H

#include "bench_study.h"
#include "cost.h"

struct session_cost {
	struct cost_node first;         /* what node 0 says */
	struct cost all;                /* metered, of all nodes */
	double first_peak_mib, peak_mib; /* resident memory of node 0, and of the node with most */
	double cpu_s;                   /* of all nodes, from the agreement to the result */
};

/* Tables have as many rows as the study's parties. */
enum status bench_session(struct session_cost *cost, const struct bench *b, struct study *s,
    struct fault *f) MUST_USE;

#endif
