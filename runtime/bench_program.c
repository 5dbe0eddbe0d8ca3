/* bench_program.c: every primitive above oblivious transfers and garbling, by a program that does
 * little else, between processes.  See bench.h.
 *
 * A row's program has a parameter n, inputs that are drawn at random, and one small output, so that
 * what it costs is n times the operation.  Only what compiles is measured: a row that a protocol
 * cannot do, or would take too long, has n = 0 for it. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "bench_study.h"
#include "cmd_launch.h"
#include "cmd_node.h"
#include "table.h"

enum {
	N_PROGRAM_RUN = 3,
	REPEAT_MAX_S = 10,              /* what takes longer is not run again */
};

struct work {
	const char *name;
	const char *unit;
	double each;                    /* operations in the unit: 1e-6 for M/s */
	double ops;                     /* operations for each of n */
	uint64_t n, n_yao;              /* with additive shares; under yao */
	uint64_t rows;                  /* of each table; n is then the parameter only */
	bool no_local;
	const char *source;
};

#define TWO "party p[]\nparam n : int = 1\ninput x : "
#define HISTOGRAM \
	"use stats\nparty p[]\nparam n : int = 10\ninput x : int in 0..1000 [] from p\n" \
	"output m = mean(x) to all\noutput v = var(x) to all\n" \
	"output h = histogram(x, 0, 1000, 10) to all\n"

static const struct work works[] = {
	{ "products of 64 bits", "M/s", 1e-6, 1, 1000000, 20000, 0, false,
	    TWO "int in -1000000..1000000 [n] from p\n"
	    "output o = cumsum(x[0] * x[1])[n - 1] to all\n" },
	{ "truncations", "M/s", 1e-6, 2, 100000, 0, 0, false,
	    TWO "fixed in -1000..1000 [n] from p\n"
	    "output o = cumsum((x[0] + x[1]) / 3 + (x[0] - x[1]) / 7)[n - 1] to all\n" },
	{ "products of matrices 64 x 64", "k/s", 1e-3, 1.0 / 64, 64, 0, 0, false,
	    TWO "int in -1000..1000 [n, n] from p\n"
	    "output o = sum(x[0] @ x[1] + x[1]) to all\n" },
	{ "comparisons of numbers of 64 bits", "k/s", 1e-3, 1, 1000000, 100000, 0, false,
	    TWO "int in -2000000000000000000..2000000000000000000 [n] from p\n"
	    "output o = sum(x[0] - x[1] < 0) to all\n" },
	{ "comparisons of inputs of 64 bits", "k/s", 1e-3, 1, 1000000, 100000, 0, false,
	    TWO "int in -4000000000000000000..4000000000000000000 [n] from p\n"
	    "output o = sum(x[0] < x[1]) to all\n" },
	{ "equality of inputs of 64 bits", "k/s", 1e-3, 1, 1000000, 100000, 0, false,
	    TWO "int in -4000000000000000000..4000000000000000000 [n] from p\n"
	    "output o = sum(x[0] == x[1]) to all\n" },
	{ "ANDs of strings of 64 bits", "M/s", 1e-6, 64, 400000, 100000, 0, false,
	    TWO "bits<64> [n] from p\noutput o = x[0] & x[1] to p[0]\n" },
	{ "bits to numbers", "M/s", 1e-6, 1, 1000000, 100000, 0, false,
	    TWO "bool [n] from p\noutput o = sum(x[0] ^ x[1]) to all\n" },
	{ "numbers by bits", "M/s", 1e-6, 1, 1000000, 20000, 0, false,
	    TWO "int in -1000000000..1000000000 [n] from p\n"
	    "input q : bool [n] from p\noutput o = sum(if q[0] then x[1] else 0) to all\n" },
	{ "quotients of integers of 32 bits", "k/s", 1e-3, 1, 20000, 20000, 0, false,
	    TWO "int in 1..2000000000 [n] from p\noutput o = sum(x[0] // x[1]) to all\n" },
	{ "quotients of fixed numbers", "k/s", 1e-3, 1, 20000, 20000, 0, false,
	    TWO "fixed in 1..1000 [n] from p\noutput o = sum(x[0] / x[1]) to all\n" },
	{ "square roots", "k/s", 1e-3, 1, 20000, 20000, 0, false,
	    TWO "fixed in 0..1000 [n] from p\noutput o = sum(sqrt(x[0] + x[1])) to all\n" },
	{ "exponentials", "k/s", 1e-3, 1, 20000, 1000, 0, false,
	    TWO "fixed in -4..4 [n] from p\noutput o = sum(exp(x[0] + x[1])) to all\n" },
	{ "elements of 32 bits sorted", "k/s", 1e-3, 1, 10000, 10000, 0, false,
	    TWO "int in 0..2147483647 [n] from p\noutput o = sort(x[0] + x[1])[n // 2] to all\n" },
	{ "AES-128 blocks", "k/s", 1e-3, 1, 1000, 1000, 0, false,
	    TWO "bits<128> [n] from p\n"
	    "circuit aes_128(key: bits<128>, block: bits<128>) -> bits<128>\n"
	    "output o = aes_128(x[0], x[1]) to all\n" },
	{ "mean, variance, histogram of 2 x 100,000 rows", "", 1, 1, 10, 10, 100000, false, HISTOGRAM },
	{ "the same with --no-local", "", 1, 1, 10, 0, 100000, true, HISTOGRAM },
};

struct program_run {
	struct study study;
	const struct bench *bench;
	uint64_t rows;
};

/* What a process brings back. */
struct program_cost {
	struct cost_node cost;
	double peak_mib, cpu_s;
};

static enum status
program_body(void *arg, struct launch_child *c, uint8_t **out, size_t *len, struct fault *f)
{
	struct program_run *r = arg;
	char endpoint[N_NODE_MAX][LAUNCH_DIR_MAX + 16];
	struct table_set *table[N_NODE_MAX] = { NULL };
	const char *address[N_NODE_MAX];
	struct identity_public key[N_NODE_MAX];
	struct identity_secret *id = NULL;
	struct node node = {
		.study = &r->study, .me = c->me, .table = table, .session = "bench",
		.endpoint = address, .key = key,
		.timeout_ms = 120000, .rtt_us = r->bench->rtt_us, .bits_per_s = r->bench->bits_per_s,
	};
	struct result *result = NULL;
	struct program_cost *cost;
	uint32_t n;
	const struct input *in = program_inputs(r->study.program, &n);
	enum status st;

	for (unsigned i = 0; i < c->n; i++) {
		(void)snprintf(endpoint[i], sizeof endpoint[i], "ipc://%s/%u", c->dir, i);
		address[i] = endpoint[i];
	}
	TRY(table_synthetic(&table[c->me], in, n, "p", r->rows, c->me));
	TRY(identity_new(&id, f));
	TRY(launch_gather(c, key, &id->pub, sizeof id->pub, f));
	node.secret = id;
	TRY(node_run(&result, &node, f));
	cost = mem_alloc(sizeof *cost);
	if (cost == NULL) {
		st = ST_INTERNAL;
		goto out;
	}
	*cost = (struct program_cost){ result->cost, bench_peak_mib(), bench_cpu_s() };
	*out = (uint8_t *)cost;
	*len = sizeof *cost;
out:
	result_free(result);
	identity_free(id);
	table_free(table[c->me]);
	return st;
}

/* One run; what node 0 says. */
static enum status
program_once(struct program_cost *cost, struct program_run *r, struct fault *f)
{
	static const char *const name[] = { "0", "1", "2" };
	struct launch l = { .n = r->study.n_parties, .name = name, .body = program_body, .arg = r };
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

/* Medians of the times; all else is the same in every run. */
struct program_times {
	double online[N_REPEAT_MAX], offline[N_REPEAT_MAX], total[N_REPEAT_MAX];
	double peak[N_REPEAT_MAX], cpu[N_REPEAT_MAX];
};

static void
program_figures(struct bench *b, const struct work *w, unsigned nodes, uint64_t n,
    const struct cost_node *c, struct program_times *t, unsigned repeat)
{
	struct figures *fs = &b->figures;
	const double ops = w->ops * (double)n, online = bench_median(t->online, repeat);
	const double prepared = online + bench_median(t->offline, repeat);

	if (w->rows > 0) {
		bench_add(fs, nodes, w->name, "s", bench_median(t->total, repeat));
		bench_add(fs, nodes, "  bytes from a node", "MB",
		    (sent(c, COST_ONLINE) + sent(c, COST_OFFLINE) + sent(c, COST_SETUP)) * 1e-6);
	} else {
		bench_add(fs, nodes, w->name, w->unit, ops * w->each / prepared);
		bench_add(fs, nodes, "  online", w->unit, ops * w->each / online);
		bench_add(fs, nodes, "  bytes of one from node 0, online", "B",
		    sent(c, COST_ONLINE) / ops);
		bench_add(fs, nodes, "  bytes of one from node 0, offline", "B",
		    sent(c, COST_OFFLINE) / ops);
	}
	bench_add(fs, nodes, "  rounds, online", "", (double)c->rounds[COST_ONLINE]);
	bench_add(fs, nodes, "  processor time of node 0", "s", bench_median(t->cpu, repeat));
	bench_add(fs, nodes, "  peak memory of node 0", "MiB",
	    bench_median(t->peak, repeat));
}

static enum status
program_repeat(struct bench *b, const struct work *w, struct program_run *r, uint64_t n,
    struct fault *f)
{
	const double began = bench_seconds();
	struct program_times t;
	struct program_cost c;
	unsigned i;
	enum status st = ST_OK;

	for (i = 0; i < N_PROGRAM_RUN; i++) {
		if (i > 0 && (b->quick || bench_seconds() - began > REPEAT_MAX_S))
			break;
		TRY(program_once(&c, r, f));
		t.online[i] = (double)c.cost.us[COST_ONLINE] * 1e-6;
		t.offline[i] = (double)c.cost.us[COST_OFFLINE] * 1e-6;
		t.total[i] = (double)c.cost.total_us * 1e-6;
		t.peak[i] = c.peak_mib;
		t.cpu[i] = c.cpu_s;
	}
	program_figures(b, w, r->study.n_parties, n, &c.cost, &t, i);
out:
	return st;
}

static enum status
work_measure(struct bench *b, const struct work *w, const char *protocol, unsigned nodes,
    struct fault *f)
{
	const uint64_t full = strcmp(protocol, "yao") == 0 ? w->n_yao : w->n;
	const uint64_t n = b->quick && w->rows == 0 && full > 64 ? 64 : full;
	struct program_run r = { .bench = b, .rows = b->quick && w->rows > 100 ? 100 : w->rows };
	struct study_of o = { .source = w->source, .protocol = protocol,
		.network = bench_network(b), .n = n, .rows = r.rows, .nodes = nodes,
		.no_local = w->no_local };
	struct fault refused = { .st = ST_OK };
	enum status st;

	if (n == 0)
		return ST_OK;
	(void)snprintf(b->figures.protocol, sizeof b->figures.protocol, "%s", protocol);
	st = study_of(&r.study, &o, &refused);
	if (st == ST_COMPILE) {
		bench_note(b, "%s: not under %s: %s", w->name, protocol, refused.message);
		st = ST_OK;
	} else if (st == ST_OK) {
		st = program_repeat(b, w, &r, n, f);
	} else {
		*f = refused;
	}
	b->figures.protocol[0] = '\0';
	bench_tell(b);
	study_fini(&r.study);
	return st;
}

enum status
bench_programs(struct bench *b, struct fault *f)
{
	static const struct {
		const char *protocol;
		unsigned nodes;
	} under[] = { { "additive", 2 }, { "additive", 3 }, { "yao", 2 }, { "mixed", 2 } };
	enum status st = ST_OK;

	for (size_t i = 0; i < sizeof works / sizeof works[0]; i++)
		for (size_t k = 0; k < sizeof under / sizeof under[0]; k++)
			if (b->protocol == NULL || strcmp(b->protocol, under[k].protocol) == 0)
				TRY(work_measure(b, &works[i], under[k].protocol, under[k].nodes, f));
out:
	return st;
}
