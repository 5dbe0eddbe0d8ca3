/* bench_program.c: every primitive above oblivious transfers and garbling, and a few studies, by
 * the programs of bench_work.h between processes.  See bench.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench_session.h"
#include "bench_work.h"

enum {
	N_PROGRAM_RUN = 3,              /* at least, and more of what is short: */
	REPEAT_S = 2,
	REPEAT_MAX_S = 10,              /* what takes longer is not run again */
};

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

/* What the run was for, and what one operation of it sent. */
static void
program_rate(struct figures *fs, const struct work *w, unsigned nodes, double ops,
    const struct cost_node *c, double online, double offline)
{
	const double prepared = online + offline;

	if (w->gives == WORK_RATE) {
		bench_add(fs, nodes, w->name, w->unit, ops * w->each / prepared);
		bench_add(fs, nodes, "  online", w->unit, ops * w->each / online);
		bench_add(fs, nodes, "  all of it, online", "s", online);
	} else {
		bench_add(fs, nodes, w->name, w->unit, prepared * w->each / ops);
		bench_add(fs, nodes, "  online", w->unit, online * w->each / ops);
	}
	bench_add(fs, nodes, "  bytes of one from node 0, online", "B",
	    sent(c, COST_ONLINE) / ops);
	bench_add(fs, nodes, "  bytes of one from node 0, offline", "B",
	    sent(c, COST_OFFLINE) / ops);
}

/* What `explain` would have said of these links, all nodes on this machine. */
static void
program_predicted(struct bench *b, const struct study *s)
{
	const struct link_speed link = { "bench", b->rtt_us, b->bits_per_s };
	const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct cost said;
	struct estimate e;
	double computing = 0;

	if (cost_predict(&said, s->code, s->protocol->target) != ST_OK)
		return;
	estimate(&e, &said.tally, &link, said.n_nodes, 0);
	for (unsigned p = 0; p < N_ESTIMATE_PHASE; p++)
		computing += (double)e.computing_us[p] * 1e-6 * said.n_nodes;
	bench_add(&b->figures, s->n_parties, "  predicted", "s",
	    cost_seconds(&said, &link, cpus < 1 ? 1 : (unsigned)cpus));
	bench_add(&b->figures, s->n_parties, "  processor time predicted", "s", computing);
}

static void
program_figures(struct bench *b, const struct work *w, const struct study *s, uint64_t n,
    const struct cost_node *c, struct program_times *t, unsigned repeat)
{
	const unsigned nodes = s->n_parties;
	struct figures *fs = &b->figures;

	if (w->gives == WORK_TOTAL) {
		bench_add(fs, nodes, w->name, w->unit, bench_median(t->total, repeat) * w->each);
		bench_add(fs, nodes, "  bytes from a node", "MB",
		    (sent(c, COST_ONLINE) + sent(c, COST_OFFLINE) + sent(c, COST_SETUP)) * 1e-6);
	} else {
		program_rate(fs, w, nodes, w->gives == WORK_WHOLE ? 1 : w->ops * (double)n, c,
		    bench_median(t->online, repeat), bench_median(t->offline, repeat));
	}
	bench_add(fs, nodes, "  rounds, online", "", (double)c->rounds[COST_ONLINE]);
	bench_add(fs, nodes, "  processor time of all nodes", "s", bench_median(t->cpu, repeat));
	program_predicted(b, s);
	bench_add(fs, nodes, "  peak memory of node 0", "MiB",
	    bench_median(t->peak, repeat));
}

static enum status
program_repeat(struct bench *b, const struct work *w, struct study *s, uint64_t n,
    struct fault *f)
{
	const double began = bench_seconds();
	struct program_times t;
	struct session_cost c;
	unsigned i;
	enum status st = ST_OK;

	for (i = 0; i < N_REPEAT_MAX; i++) {
		const double limit = i < N_PROGRAM_RUN ? REPEAT_MAX_S : REPEAT_S;

		if (i > 0 && (b->quick || bench_seconds() - began > limit))
			break;
		TRY(bench_session(&c, b, s, f));
		t.online[i] = (double)c.first.us[COST_ONLINE] * 1e-6;
		t.offline[i] = (double)c.first.us[COST_OFFLINE] * 1e-6;
		t.total[i] = (double)c.first.total_us * 1e-6;
		t.peak[i] = c.first_peak_mib;
		t.cpu[i] = c.cpu_s;
	}
	program_figures(b, w, s, n, &c.first, &t, i);
out:
	return st;
}

static enum status
work_measure(struct bench *b, const struct work *w, const char *protocol, unsigned nodes,
    struct fault *f)
{
	const uint64_t full = work_n(w, protocol);
	const uint64_t n = b->quick && w->rows == 0 && full > WORK_QUICK ? WORK_QUICK : full;
	const struct study_of o = { .source = w->source, .protocol = protocol,
		.network = bench_network(b), .n = n, .nodes = nodes, .no_local = w->no_local,
		.rows = b->quick && w->rows > 100 ? 100 : w->rows };
	struct study s = { 0 };
	struct fault refused = { .st = ST_OK };
	enum status st;

	if (n == 0)
		return ST_OK;
	(void)snprintf(b->figures.protocol, sizeof b->figures.protocol, "%s", protocol);
	st = study_of(&s, &o, &refused);
	if (st == ST_COMPILE) {
		bench_note(b, "%s: not under %s: %s", w->name, protocol, refused.message);
		st = ST_OK;
	} else if (st == ST_OK) {
		st = program_repeat(b, w, &s, n, f);
	} else {
		*f = refused;
	}
	b->figures.protocol[0] = '\0';
	bench_tell(b);
	study_fini(&s);
	return st;
}

static bool
is_wanted(const struct bench *b, const struct work *w, const char *protocol)
{
	return (b->only == NULL || strstr(w->name, b->only) != NULL) &&
	    (b->protocol == NULL || strcmp(b->protocol, protocol) == 0);
}

enum status
bench_programs(struct bench *b, struct fault *f)
{
	static const struct {
		const char *protocol;
		unsigned nodes;
	} under[] = { { "additive", 2 }, { "additive", 3 }, { "yao", 2 }, { "mixed", 2 },
		{ "replicated", 3 } };
	enum status st = ST_OK;

	for (unsigned i = 0; bench_work(i) != NULL; i++)
		for (size_t k = 0; k < sizeof under / sizeof under[0]; k++)
			if (is_wanted(b, bench_work(i), under[k].protocol))
				TRY(work_measure(b, bench_work(i), under[k].protocol, under[k].nodes, f));
out:
	return st;
}
