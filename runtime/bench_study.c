/* bench_study.c: whole programs between processes, and how long they compile.  See bench.h. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "bench.h"
#include "cmd_launch.h"
#include "cmd_node.h"
#include "study.h"
#include "table.h"

/* A program whose cost is that of n operations, but for a few inputs and one opening. */
struct work {
	const char *name, *source;
	uint64_t n, n_quick;
};

static const struct work works[] = {
	{ "multiplications, online",
	    "party p[]\nparam n : int = 1\n"
	    "input x : int in -1000..1000 [n] from p\n"
	    "output o = cumsum(x[0] * x[1])[n - 1] to all\n",
	    1000000, 10000 },
	{ "truncations, online",
	    "party p[]\nparam n : int = 1\n"
	    "input x : fixed in -1000..1000 [n] from p\n"
	    "output o = cumsum((x[0] + x[1]) / 3 + (x[0] - x[1]) / 7)[n - 1] to all\n",
	    100000, 2000 },
	{ "product of 64x64 matrices",
	    "party p[]\nparam n : int = 64\n"
	    "input x : int in -1000..1000 [n, n] from p\n"
	    "output o = sum(x[0] @ x[1] + x[1]) to all\n",
	    64, 64 },
};

struct study_run {
	struct study study;
	const struct bench *bench;
};

/* Loads, makes `nodes` parties and compiles; value of the parameter n. */
static enum status
study_of(struct study *s, const struct bench *b, const char *source, uint64_t n, unsigned nodes,
    struct fault *f)
{
	char text[24];
	struct define d = { .name = "n", .text = text };
	const struct study_options o = {
		.path = "bench.ksl", .source = source, .load = { .define = &d, .n_defines = 1 },
		.protocol = b->protocol,
		.unchecked = true,
	};
	const uint32_t members[2] = { nodes, 0 };
	enum status st;

	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)n);
	TRY(study_load(s, &o, f));
	TRY(study_members(s, members, f));
	TRY(study_compile(s, NULL, NULL, f));
out:
	return st;
}

static enum status
study_body(void *arg, struct launch_child *c, uint8_t **out, size_t *len, struct fault *f)
{
	struct study_run *r = arg;
	char endpoint[N_NODE_MAX][LAUNCH_DIR_MAX + 16];
	struct table_set *table[N_NODE_MAX] = { NULL };
	struct identity_secret *id = NULL;
	struct node node = {
		.study = &r->study,
		.me = c->me,
		.table = table,
		.session = "bench",
		.timeout_ms = 60000,
	};
	struct result *result = NULL;
	uint32_t n;
	const struct input *in = program_inputs(r->study.program, &n);
	enum status st;

	for (unsigned i = 0; i < c->n; i++) {
		(void)snprintf(endpoint[i], sizeof endpoint[i], "ipc://%s/%u", c->dir, i);
		node.endpoint[i] = endpoint[i];
	}
	TRY(table_synthetic(&table[c->me], in, n, "p", 0, c->me));
	TRY(identity_new(&id, f));
	TRY(launch_gather(c, node.key, &id->pub, sizeof id->pub, f));
	node.secret = id;
	TRY(node_run(&result, &node, f));
	*out = mem_alloc(sizeof result->cost);
	if (*out == NULL) {
		st = ST_INTERNAL;
		goto out;
	}
	memcpy(*out, &result->cost, sizeof result->cost);
	*len = sizeof result->cost;
out:
	result_free(result);
	identity_free(id);
	table_free(table[c->me]);
	return st;
}

/* One run; the cost of node 0. */
static enum status
study_once(struct cost_node *cost, struct study_run *r, struct fault *f)
{
	static const char *const name[] = { "0", "1", "2" };
	struct launch l = { .n = r->study.n_parties, .name = name, .body = study_body, .arg = r };
	struct launch_result got;
	enum status st = launch_run(&got, &l, f);

	if (st == ST_OK)
		memcpy(cost, got.bytes[0], sizeof *cost);
	launch_fini(&got);
	return st;
}

static double
sent(const struct cost_node *c, enum cost_phase p)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < N_NODE_MAX; i++)
		sum += c->sent[p][i];
	return (double)sum;
}

/* How many elementary operations the program does: each truncation program has two a row. */
static void
work_figures(struct bench *b, const struct work *w, unsigned nodes, const struct cost_node *c,
    uint64_t n, double online_s, double offline_s)
{
	bool matrix = w == &works[2];
	double ops = matrix ? 1 : w == &works[1] ? 2.0 * (double)n : (double)n;

	if (matrix) {
		bench_add(&b->figures, nodes, w->name, "ms online", online_s * 1e3);
		bench_add(&b->figures, nodes, "  offline", "ms", offline_s * 1e3);
	} else {
		bench_add(&b->figures, nodes, w->name, "M/s", ops * 1e-6 / online_s);
		bench_add(&b->figures, nodes, "  with preprocessing", "M/s",
		    ops * 1e-6 / (online_s + offline_s));
	}
	bench_add(&b->figures, nodes, "  bytes of one from a node, online", "B",
	    sent(c, COST_ONLINE) / ops);
	bench_add(&b->figures, nodes, "  bytes of one from a node, offline", "B",
	    sent(c, COST_OFFLINE) / ops);
	bench_add(&b->figures, nodes, "  rounds, online", "", (double)c->rounds[COST_ONLINE]);
}

static enum status
work_measure(struct bench *b, const struct work *w, unsigned nodes, struct fault *f)
{
	struct study_run r = { .bench = b };
	uint64_t n = b->quick ? w->n_quick : w->n;
	double online[N_REPEAT_MAX], offline[N_REPEAT_MAX];
	unsigned repeat = b->quick ? 1 : 3;
	struct cost_node c = { 0 };
	enum status st;

	TRY(study_of(&r.study, b, w->source, n, nodes, f));
	for (unsigned i = 0; i < repeat; i++) {
		TRY(study_once(&c, &r, f));
		online[i] = (double)c.us[COST_ONLINE] * 1e-6;
		offline[i] = (double)c.us[COST_OFFLINE] * 1e-6;
	}
	work_figures(
	    b, w, nodes, &c, n, bench_median(online, repeat), bench_median(offline, repeat));
out:
	study_fini(&r.study);
	return st;
}

enum status
bench_studies(struct bench *b, struct fault *f)
{
	enum status st = ST_OK;

	for (unsigned nodes = 2; nodes <= 3; nodes++)
		for (size_t i = 0; i < sizeof works / sizeof works[0]; i++)
			TRY(work_measure(b, &works[i], nodes, f));
out:
	return st;
}

static enum status
compile_measure(struct bench *b, const char *name, const char *source, struct fault *f)
{
	double v[N_REPEAT_MAX];
	unsigned repeat = b->quick ? 1 : 7;
	struct study s = { 0 };
	uint8_t *bytes = NULL;
	size_t len = 0;
	char line[56];
	enum status st = ST_OK;

	for (unsigned i = 0; i < repeat; i++) {
		double began = bench_seconds();

		study_fini(&s);
		TRY(study_of(&s, b, source, 1, 2, f));
		v[i] = (bench_seconds() - began) * 1e3;
	}
	TRY(code_write(&bytes, &len, s.code));
	bench_add(&b->figures, 0, name, "ms", bench_median(v, repeat));
	(void)snprintf(line, sizeof line, "  bytecode");
	bench_add(&b->figures, 0, line, "B", (double)len);
out:
	mem_free(bytes);
	study_fini(&s);
	return st;
}

enum status
bench_compile(struct bench *b, struct fault *f)
{
	static const char loop[] = "party p[]\nparam n : int = 1\n"
	    "input x : int in 0..9 [1000000] from p\n"
	    "var total : int in 0..10000000 = 0\n"
	    "for i in 0..1000000 { total += x[0][i] * x[1][i] }\n"
	    "output o = total to all\n";
	static const char arrays[] = "party p[]\nparam n : int = 1\n"
	    "input x : int in 0..9 [10000000] from p\n"
	    "output o = sum(x[0] * x[1] + x[0]) to all\n";
	enum status st;

	TRY(compile_measure(b, "compiling a loop of 10^6 iterations", loop, f));
	TRY(compile_measure(b, "compiling over arrays of 10^7 elements", arrays, f));
out:
	return st;
}
