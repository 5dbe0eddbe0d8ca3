/* bench.h: figures of `konsil bench`, each measured by a function of bench_*.c.
 *
 * What takes several nodes runs in several processes over ipc, as `konsil run` does it.  A figure
 * is the median of its repetitions. */
#ifndef KONSIL_BENCH_H
#define KONSIL_BENCH_H

#include <cjson/cJSON.h>

#include "base/status.h"

enum { N_FIGURE_MAX = 8192, N_REPEAT_MAX = 16, FIGURE_NAME_MAX = 128 };

struct figure {
	char name[FIGURE_NAME_MAX];     /* one that begins with two spaces belongs to the last that
	                                 * does not */
	char unit[16];
	char protocol[12];              /* "": below protocols */
	unsigned nodes;                 /* 0: no nodes are involved */
	double value;
};

struct figures {
	unsigned n;
	char protocol[12];              /* of what is added */
	struct figure at[N_FIGURE_MAX];
};

struct bench {
	struct figures figures;
	const char *protocol;           /* NULL: all */
	const char *only;               /* of programs those with this in their names; NULL: all */
	const char *examples;           /* their folder */
	uint64_t rtt_us, bits_per_s;    /* 0: links are not shaped */
	bool quick;                     /* small sizes: only to see that all of it works */
	bool quiet;                     /* JSON in the end: nothing printed before */
	const struct figures *before;   /* another run's, or NULL */
	unsigned told;                  /* figures printed */
};

void bench_add(struct figures *, unsigned nodes, const char *name, const char *unit, double value);
/* Sorts v. */
double bench_median(double *v, unsigned n);
double bench_seconds(void);
/* Peak resident memory of this process, in MiB. */
double bench_peak_mib(void);
/* Processor time of this process so far: it says more than wall time where others work, too. */
double bench_cpu_s(void);
/* Prints what was added since the last time. */
void bench_tell(struct bench *b);
/* Says why there is a row less. */
void bench_note(const struct bench *b, const char *format, ...) PRINTF_LIKE(2, 3);
/* The network profile that is most like the links of b; lan if they are not shaped. */
const char *bench_network(const struct bench *b);

/* What one of several processes measures. */
struct launch_child;
typedef enum status bench_body(const struct bench *, struct launch_child *, struct figures *,
    struct fault *);

/* Runs body in `nodes` processes, `repeat` times (--quick: once); the medians of node 0's figures
 * are added to b's. */
enum status bench_launch(struct bench *b, unsigned nodes, bench_body *body, unsigned repeat,
    struct fault *f) MUST_USE;

/* bench_kernel.c: products and pseudo-random numbers of one core. */
enum status bench_kernels(struct bench *b, struct fault *f) MUST_USE;
/* bench_link.c: handshake; channel beside raw nng_stream. */
enum status bench_links(struct bench *b, struct fault *f) MUST_USE;
/* bench_pool.c: OTs and correlated randomness, their bytes and memory. */
enum status bench_pool(struct bench *b, struct fault *f) MUST_USE;
/* bench_garble.c: garbling and evaluating over a channel. */
enum status bench_garble(struct bench *b, struct fault *f) MUST_USE;
/* bench_program.c: every primitive above these, by small programs, under each protocol. */
enum status bench_programs(struct bench *b, struct fault *f) MUST_USE;
/* bench_library.c: every function of the standard library at 300, 3,000 and 30,000 rows, and whole
 * studies; under replicated if no protocol was named. */
enum status bench_library(struct bench *b, struct fault *f) MUST_USE;
/* bench_study.c: compile times. */
enum status bench_compile(struct bench *b, struct fault *f) MUST_USE;
/* bench_command.c: the executable from start to result, on small and large tables. */
enum status bench_commands(struct bench *b, struct fault *f) MUST_USE;
/* bench_example.c: the examples' predicted and measured times on lan, metro and wan. */
enum status bench_examples(struct bench *b, struct fault *f) MUST_USE;

/* bench_report.c */

/* "name" or, of what belongs to another figure, "its name: name". */
void figure_name(char out[FIGURE_NAME_MAX], const struct figures *fs, unsigned i);
/* The value of figure i of fs in another run; 0 if it is not in there. */
double figure_before(const struct figures *before, const struct figures *fs, unsigned i);
/* Figures from number `from` on, one a line; before, if not NULL, beside them with the ratio. */
void figures_print(const struct figures *fs, unsigned from, const struct figures *before);
/* {"figures": [{"name", "protocol", "nodes", "value", "unit", "before", "ratio"}]}; NULL if there
 * is no memory. */
cJSON *figures_json(const struct figures *fs, const struct figures *before);
/* What figures_json wrote, from a file.  ST_USAGE: it cannot be read; ST_DATA: it is something
 * else. */
enum status figures_read(struct figures *fs, const char *path, struct fault *f) MUST_USE;

#endif
