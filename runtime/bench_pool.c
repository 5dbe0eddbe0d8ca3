/* bench_pool.c: correlated OTs and multiplication triples: rates, bytes, memory.  See bench.h. */
#include <string.h>

#include "../protocols/flow.h"
#include "../protocols/ot_chosen.h"
#include "../protocols/ot_setup.h"
#include "../protocols/pool.h"
#include "base/mem.h"
#include "base/random.h"
#include "bench.h"
#include "bench_link.h"

enum {
	N_TRIPLE = 1000000, N_TRIPLE_QUICK = 20000,
	N_OT = 1 << 24, N_OT_QUICK = 1 << 18, N_OT_PART = 1 << 18,
	N_AND_WORD = 1 << 17, N_AND_WORD_QUICK = 1 << 12,
	N_MULB = 1 << 20, N_MULB_QUICK = 1 << 14,
	COT_K = 4,
};

/* Working memory of the OT measurements; both ends have both roles' buffers. */
struct ot_bench {
	struct ot_pair pair[2];
	struct ot_work work;
	struct flow in, out;
	block m0[COT_BATCH], m1[COT_BATCH];
	uint8_t choice[COT_BATCH / 8];
	uint8_t msg[COT_MSG_MAX];
	uint8_t answer[COT_BATCH * 2 * sizeof(block)];
};

enum ot_kind { OT_CORRELATED, OT_RANDOM, OT_CHOSEN, N_OT_KIND };

/* A batch's message at the receiver, node 0, and at the sender. */
static size_t
ot_choose(struct ot_bench *w, enum ot_kind kind)
{
	struct cot_receiver *r = &w->pair[1].recv;

	switch (kind) {
	case OT_CORRELATED:
		cot_create_extend(r, &w->work.cot, w->msg, w->m0, w->choice, COT_BATCH);
		break;
	case OT_RANDOM:
		rot_create_pads(r, &w->work.cot, w->msg, w->m0, w->choice, COT_BATCH);
		return rot_bytes(COT_K, COT_BATCH);
	case OT_CHOSEN:
		ot_create_choice(r, &w->work, w->msg, w->m0, w->choice, COT_BATCH);
		break;
	case N_OT_KIND:
		break;
	}
	return cot_bytes(COT_K, COT_BATCH);
}

static enum status
ot_answer(struct ot_bench *w, enum ot_kind kind)
{
	struct cot_sender *d = &w->pair[0].send;

	switch (kind) {
	case OT_CORRELATED:
		cot_consume_extend(d, &w->work.cot, w->m0, w->msg, COT_BATCH);
		break;
	case OT_RANDOM:
		rot_consume_pads(d, &w->work.cot, w->m0, w->m1, w->msg, COT_BATCH);
		break;
	case OT_CHOSEN:
		ot_create_answer(d, &w->work, w->answer, w->msg, w->m0, w->m1, COT_BATCH);
		return flow_put(&w->out, w->answer, sizeof w->answer);
	case N_OT_KIND:
		break;
	}
	return ST_OK;
}

/* Node 0 receives N_OT_PART OTs or fewer; it is done only when node 1 is. */
static enum status
ots_make(struct ot_bench *w, struct chan *ch, enum ot_kind kind, uint64_t n)
{
	uint64_t batches = n / COT_BATCH;
	size_t len = kind == OT_RANDOM ? rot_bytes(COT_K, COT_BATCH) : cot_bytes(COT_K, COT_BATCH);
	uint64_t back = kind == OT_CHOSEN ? batches * sizeof w->answer : 1;
	enum status st = ST_OK;

	flow_begin(ch->me == 0 ? &w->out : &w->in, ch, 1 - ch->me, batches * len);
	flow_begin(ch->me == 0 ? &w->in : &w->out, ch, 1 - ch->me, back);
	for (uint64_t i = 0; i < batches; i++) {
		if (ch->me == 0) {
			TRY(flow_put(&w->out, w->msg, ot_choose(w, kind)));
		} else {
			TRY(flow_get(&w->in, w->msg, len));
			TRY(ot_answer(w, kind));
		}
	}
	if (kind != OT_CHOSEN && ch->me == 1)
		TRY(flow_put(&w->out, w->msg, 1));
	if (kind != OT_CHOSEN && ch->me == 0)
		TRY(flow_get(&w->in, w->msg, 1));
	for (uint64_t i = 0; i < batches && kind == OT_CHOSEN && ch->me == 0; i++) {
		TRY(flow_get(&w->in, w->answer, sizeof w->answer));
		ot_consume_answer(w->m1, w->m0, w->choice, w->answer, COT_BATCH);
	}
out:
	return st;
}

static enum status
ot_rows(struct ot_bench *w, struct chan *ch, uint64_t n, struct figures *fs)
{
	static const char *const name[N_OT_KIND] = {
		"correlated OTs, one direction", "random OTs, one direction",
		"OTs of chosen blocks, one direction",
	};
	enum status st = ST_OK;

	random_bytes(w->choice, sizeof w->choice);
	chan_phase(ch, PHASE_OFFLINE);
	for (enum ot_kind kind = 0; kind < N_OT_KIND; kind++) {
		uint64_t before = bench_link_sent(ch, PHASE_OFFLINE);
		double began = bench_seconds();

		for (uint64_t left = n; left > 0; left -= left < N_OT_PART ? left : N_OT_PART)
			TRY(ots_make(w, ch, kind, left < N_OT_PART ? left : N_OT_PART));
		bench_add(fs, ch->n, name[kind], "M/s",
		    (double)n * 1e-6 / (bench_seconds() - began));
		bench_add(fs, ch->n, "  bytes of one, from the receiver", "B",
		    (double)(bench_link_sent(ch, PHASE_OFFLINE) - before) / (double)n);
	}
out:
	return st;
}

static enum status
ot_body(const struct bench *b, struct launch_child *c, struct figures *fs, struct fault *f)
{
	struct ot_bench *w = mem_map(sizeof *w);
	const uint8_t sid[32] = { 1 };
	struct chan *ch = NULL;
	double began;
	enum status st;

	if (w == NULL)
		return ST_INTERNAL;
	TRY(bench_link_up(&ch, b, c, NULL, f));
	chan_phase(ch, PHASE_SETUP);
	began = bench_seconds();
	TRY(ot_setup(w->pair, ch, sid, COT_K));
	bench_add(fs, c->n, "base OTs and set-up, both directions", "ms",
	    (bench_seconds() - began) * 1e3);
	bench_add(fs, c->n, "  bytes of set-up from a node", "B",
	    (double)bench_link_sent(ch, PHASE_SETUP));
	TRY(ot_rows(w, ch, b->quick ? N_OT_QUICK : N_OT, fs));
	TRY(chan_finish(ch));
out:
	chan_free(ch);
	mem_unmap(w, sizeof *w);
	return st;
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

	TRY(bench_link_up(&ch, b, c, NULL, f));
	TRY(pool_open(&pool, ch, sid, demand, COT_K));
	began = bench_seconds();
	TRY(triples_make(pool, n));
	bench_add(fs, c->n, "64-bit triples", "M/s", (double)n * 1e-6 / (bench_seconds() - began));
	bench_add(fs, c->n, "  bytes of a triple, from a node", "B",
	    (double)bench_link_sent(ch, PHASE_OFFLINE) / (double)n);
	chan_meter_get(ch, &m);
	bench_add(fs, c->n, "  rounds", "", (double)m.rounds[PHASE_OFFLINE]);
	bench_add(fs, c->n, b->quick ? "  peak memory" : "  peak memory of 10^6 triples", "MiB",
	    bench_peak_mib());
	TRY(chan_finish(ch));
out:
	pool_close(pool);
	chan_free(ch);
	return st;
}

/* Refills of a kind as a run would ask for them, whose entries count for `each`. */
static enum status
refill_row(struct chan *ch, enum corr kind, uint64_t n, double each, const char *name,
    struct figures *fs)
{
	const uint8_t sid[32] = { 3, (uint8_t)kind };
	uint64_t demand[N_CORR] = { 0 }, before = bench_link_sent(ch, PHASE_OFFLINE);
	struct pool *pool = NULL;
	double began;
	enum status st;

	demand[kind] = n;
	TRY(pool_open(&pool, ch, sid, demand, COT_K));
	began = bench_seconds();
	for (uint64_t left = n; left > 0;) {
		size_t most = pool_capacity(kind), now = left < most ? (size_t)left : most;

		TRY(pool_ensure(pool, kind, now));
		if (kind == CORR_AND)
			(void)pool_take_ands(pool, now);
		else
			(void)pool_take_mulbs64(pool, now);
		left -= now;
	}
	bench_add(fs, ch->n, name, "M/s", (double)n * each * 1e-6 / (bench_seconds() - began));
	bench_add(fs, ch->n, "  bytes of one, from node 0 to all", "B",
	    (double)(bench_link_sent(ch, PHASE_OFFLINE) - before) / ((double)n * each));
out:
	pool_close(pool);
	return st;
}

static enum status
bits_body(const struct bench *b, struct launch_child *c, struct figures *fs, struct fault *f)
{
	struct chan *ch = NULL;
	enum status st;

	TRY(bench_link_up(&ch, b, c, NULL, f));
	TRY(refill_row(ch, CORR_AND, b->quick ? N_AND_WORD_QUICK : N_AND_WORD, 64, "AND triples",
	    fs));
	TRY(refill_row(ch, CORR_MULB64, b->quick ? N_MULB_QUICK : N_MULB, 1,
	    "triples of a bit and a 64-bit number", fs));
	TRY(chan_finish(ch));
out:
	chan_free(ch);
	return st;
}

enum status
bench_pool(struct bench *b, struct fault *f)
{
	enum status st;

	TRY(bench_launch(b, 2, ot_body, 5, f));
	TRY(bench_launch(b, 2, triple_body, 3, f));
	TRY(bench_launch(b, 3, triple_body, 3, f));
	TRY(bench_launch(b, 2, bits_body, 3, f));
	TRY(bench_launch(b, 3, bits_body, 3, f));
out:
	return st;
}
