/* bench_pool.c: correlated OTs and multiplication triples: rates, bytes, memory.  See bench.h. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "../protocols/ot_setup.h"
#include "../protocols/pool.h"
#include "base/mem.h"
#include "base/random.h"
#include "bench.h"
#include "bench_link.h"

enum {
	N_TRIPLE = 1000000, N_TRIPLE_QUICK = 20000,
	N_COT = 1 << 24, N_COT_QUICK = 1 << 18,
	COT_K = 4,
};

/* Working memory of the COT measurement; both ends have both roles' buffers. */
struct cot_work {
	struct ot_pair pair[2];
	struct cot_scratch scratch;
	block out[COT_BATCH];
	uint8_t choice[COT_BATCH / 8];
	uint8_t msg[COT_MSG_MAX];
};

/* Node 0 receives n COTs of node 1. */
static enum status
cots_make(struct cot_work *w, struct chan *ch, uint64_t n)
{
	enum status st = ST_OK;

	for (uint64_t done = 0; done < n; done += COT_BATCH) {
		if (ch->me == 0) {
			cot_create_extend(
			    &w->pair[1].recv, &w->scratch, w->msg, w->out, w->choice, COT_BATCH);
			TRY(chan_post(ch, 1, w->msg, cot_bytes(COT_K, COT_BATCH)));
		} else {
			TRY(chan_wait(ch, 0, w->msg, cot_bytes(COT_K, COT_BATCH)));
			cot_consume_extend(
			    &w->pair[0].send, &w->scratch, w->out, w->msg, COT_BATCH);
		}
	}
	/* Node 0 is done only when node 1 is. */
	if (ch->me == 0)
		return chan_wait(ch, 1, w->msg, 1);
	return chan_post(ch, 0, w->msg, 1);
out:
	return st;
}

static enum status
cot_body(const struct bench *b, struct launch_child *c, struct figures *fs, struct fault *f)
{
	struct cot_work *w = mem_map(sizeof *w);
	const uint8_t sid[32] = { 1 };
	uint64_t n = b->quick ? N_COT_QUICK : N_COT;
	struct chan *ch = NULL;
	double began;
	enum status st;

	if (w == NULL)
		return ST_INTERNAL;
	TRY(bench_link_up(&ch, c, NULL, f));
	chan_phase(ch, PHASE_SETUP);
	began = bench_seconds();
	TRY(ot_setup(w->pair, ch, sid, COT_K));
	bench_add(fs, c->n, "base OTs and set-up, both directions", "ms",
	    (bench_seconds() - began) * 1e3);
	bench_add(fs, c->n, "  bytes of set-up from a node", "B",
	    (double)bench_link_sent(ch, PHASE_SETUP));
	random_bytes(w->choice, sizeof w->choice);
	chan_phase(ch, PHASE_OFFLINE);
	began = bench_seconds();
	TRY(cots_make(w, ch, n));
	bench_add(fs, c->n, "correlated OTs, one direction", "M/s",
	    (double)n * 1e-6 / (bench_seconds() - began));
	bench_add(fs, c->n, "  bytes of a correlated OT", "B",
	    (double)bench_link_sent(ch, PHASE_OFFLINE) / (double)n);
	TRY(chan_finish(ch));
out:
	chan_free(ch);
	mem_unmap(w, sizeof *w);
	return st;
}

/* Peak resident memory of this process, in MiB. */
static double
peak_mib(void)
{
	struct rusage u;

	return getrusage(RUSAGE_SELF, &u) == 0 ? (double)u.ru_maxrss / 1024 : 0;
}

/* All triples of a demand of n, a chunk at a time, as a run would use them. */
static enum status
triples_make(struct pool *p, uint64_t n)
{
	size_t chunk = pool_capacity(CORR_TRIPLE64);
	enum status st = ST_OK;

	for (uint64_t left = n; left > 0;) {
		size_t now = left < chunk ? (size_t)left : chunk;

		TRY(pool_ensure(p, CORR_TRIPLE64, now));
		(void)pool_take_triples64(p, now);
		left -= now;
	}
out:
	return st;
}

static enum status
triple_body(const struct bench *b, struct launch_child *c, struct figures *fs, struct fault *f)
{
	const uint8_t sid[32] = { 2 };
	uint64_t n = b->quick ? N_TRIPLE_QUICK : N_TRIPLE;
	const uint64_t demand[N_CORR] = { [CORR_TRIPLE64] = n };
	struct chan *ch = NULL;
	struct pool *pool = NULL;
	struct meter m;
	double began;
	enum status st;

	TRY(bench_link_up(&ch, c, NULL, f));
	TRY(pool_open(&pool, ch, sid, demand, COT_K));
	began = bench_seconds();
	TRY(triples_make(pool, n));
	bench_add(fs, c->n, "64-bit triples", "M/s", (double)n * 1e-6 / (bench_seconds() - began));
	bench_add(fs, c->n, "  bytes of a triple, from a node", "B",
	    (double)bench_link_sent(ch, PHASE_OFFLINE) / (double)n);
	chan_meter_get(ch, &m);
	bench_add(fs, c->n, "  rounds", "", (double)m.rounds[PHASE_OFFLINE]);
	bench_add(fs, c->n, b->quick ? "  peak memory" : "  peak memory of 10^6 triples", "MiB",
	    peak_mib());
	TRY(chan_finish(ch));
out:
	pool_close(pool);
	chan_free(ch);
	return st;
}

enum status
bench_pool(struct bench *b, struct fault *f)
{
	enum status st;

	TRY(bench_launch(b, 2, cot_body, 5, f));
	TRY(bench_launch(b, 2, triple_body, 3, f));
	TRY(bench_launch(b, 3, triple_body, 3, f));
out:
	return st;
}
