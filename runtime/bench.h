/* bench.h: figures of `konsil bench`, each measured by a function of bench_*.c.
 *
 * What takes several nodes runs in several processes over ipc, as `konsil run` does it.  A figure
 * is the median of its repetitions. */
#ifndef KONSIL_BENCH_H
#define KONSIL_BENCH_H

#include "base/status.h"

enum { N_FIGURE_MAX = 128, N_REPEAT_MAX = 16 };

struct figure {
	char name[56], unit[16];
	unsigned nodes;                 /* 0: no nodes are involved */
	double value;
};

struct figures {
	unsigned n;
	struct figure at[N_FIGURE_MAX];
};

struct bench {
	struct figures figures;
	const char *protocol;
	bool quick;                     /* small sizes: only to see that all of it works */
};

void bench_add(struct figures *, unsigned nodes, const char *name, const char *unit, double value);
/* Sorts v. */
double bench_median(double *v, unsigned n);
double bench_seconds(void);

/* What one of several processes measures. */
struct launch_child;
typedef enum status bench_body(const struct bench *, struct launch_child *, struct figures *,
    struct fault *);

/* Runs body in `nodes` processes, `repeat` times (--quick: once); the medians of node 0's figures
 * are added to b's. */
enum status bench_launch(struct bench *b, unsigned nodes, bench_body *body, unsigned repeat,
    struct fault *f) MUST_USE;

/* bench_link.c: handshake; channel beside raw nng_stream. */
enum status bench_links(struct bench *b, struct fault *f) MUST_USE;
/* bench_pool.c: COTs and triples, their bytes and memory. */
enum status bench_pool(struct bench *b, struct fault *f) MUST_USE;
/* bench_garble.c: garbling and evaluating over a channel. */
enum status bench_garble(struct bench *b, struct fault *f) MUST_USE;
/* bench_study.c: products, matrix products, truncations, by programs; compile times. */
enum status bench_studies(struct bench *b, struct fault *f) MUST_USE;
enum status bench_compile(struct bench *b, struct fault *f) MUST_USE;
/* bench_command.c: the executable from start to result, on small and large tables. */
enum status bench_commands(struct bench *b, struct fault *f) MUST_USE;

#endif
