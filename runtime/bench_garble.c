/* bench_garble.c: garbled circuits, garbled in one process and evaluated in another.  See bench.h.
 * */

#include "../circuits/family.h"
#include "../protocols/garble.h"
#include "base/mem.h"
#include "base/random.h"
#include "bench.h"
#include "bench_link.h"

enum { N_AND = 100000000, N_AND_QUICK = 1000000, LANES = 4096, N_BLOCK = 1000 };

/* Inputs and outputs of a circuit over n lanes, and what it takes. */
struct garble_job {
	struct circuit c;
	size_t n, in_bytes, out_bytes, scratch_bytes;
	block *in, *out;
	void *scratch;
};

/* Node 0's bits, at random. */
static enum status
job_init(struct garble_job *j, const struct garbling *g)
{
	j->in_bytes = j->c.n_in * j->n * sizeof *j->in;
	j->out_bytes = j->c.n_out * j->n * sizeof *j->out;
	j->scratch_bytes = garble_scratch(&j->c, j->n);
	j->in = mem_map(j->in_bytes);
	j->out = mem_map(j->out_bytes);
	j->scratch = mem_map(j->scratch_bytes);
	if (j->in == NULL || j->out == NULL || j->scratch == NULL)
		return ST_INTERNAL;
	random_bytes(j->in, j->in_bytes);
	for (size_t i = 0; i < j->c.n_in * j->n; i++)
		j->in[i] = block_mask(g->delta, 0 - (j->in[i].w[0] & 1));
	return ST_OK;
}

static void
job_fini(struct garble_job *j)
{
	if (j->in != NULL)
		mem_unmap(j->in, j->in_bytes);
	if (j->out != NULL)
		mem_unmap(j->out, j->out_bytes);
	if (j->scratch != NULL)
		mem_unmap(j->scratch, j->scratch_bytes);
	circuit_fini(&j->c);
}

/* As often as takes n_ands gates; node 0 is done only when node 1 is.  AND gates a second. */
static enum status
job_run(struct garble_job *j, struct garbling *g, uint64_t n_ands, double *rate)
{
	const uint64_t each = circuit_n_ands(&j->c) * j->n;
	const uint64_t times = n_ands / each + 1;
	const struct labels in[3] = { { j->in, j->n }, { j->in + j->c.width[0] * j->n, j->n } };
	double began = bench_seconds();
	uint8_t done = 0;
	enum status st = ST_OK;

	for (uint64_t i = 0; i < times; i++)
		TRY(garble_circuit(g, &j->c, j->out, j->n, in, j->scratch));
	TRY(g->ch->me == 0 ? chan_wait(g->ch, 1, &done, 1) : chan_post(g->ch, 0, &done, 1));
	*rate = (double)(times * each) / (bench_seconds() - began);
out:
	return st;
}

static enum status
multiply(struct garble_job *j)
{
	const struct family_spec s = { .family = FAMILY_MUL, .goal = GOAL_SMALL,
		.in = { { 64, true }, { 64, true } }, .out = 64 };

	j->n = LANES;
	return family_circuit(&j->c, &s);
}

static enum status
encrypt(struct garble_job *j)
{
	bool found = false;
	enum status st = library_circuit(&j->c, "aes_128", GOAL_SMALL, &found);

	j->n = N_BLOCK;
	return st == ST_OK && !found ? ST_INTERNAL : st;
}

static enum status
measure(const struct bench *b, struct garbling *g, enum status (*make)(struct garble_job *),
    const char *name, struct figures *fs)
{
	struct garble_job j = { .n = 0 };
	double rate;
	enum status st = ST_OK;

	TRY(make(&j));
	TRY(job_init(&j, g));
	TRY(job_run(&j, g, b->quick ? N_AND_QUICK : N_AND, &rate));
	bench_add(fs, 2, name, "M/s", rate * 1e-6);
out:
	job_fini(&j);
	return st;
}

static enum status
garble_body(const struct bench *b, struct launch_child *c, struct figures *fs, struct fault *f)
{
	const uint8_t sid[32] = { 3 };
	struct garbling *g = mem_secret(sizeof *g);
	struct chan *ch = NULL;
	enum status st;

	if (g == NULL)
		return ST_INTERNAL;
	*g = (struct garbling){ .work = NULL };
	TRY(bench_link_up(&ch, b, c, NULL, f));
	TRY(garble_init(g, ch));
	chan_phase(ch, PHASE_SETUP);
	TRY(garble_setup(g, sid));
	chan_phase(ch, PHASE_ONLINE);
	TRY(measure(b, g, multiply, "garbled ANDs, products of 4,096 lanes", fs));
	TRY(measure(b, g, encrypt, "garbled ANDs, 1,000 AES-128 blocks", fs));
	bench_add(fs, 2, "  bytes of an AND", "B",
	    (double)bench_link_sent(ch, PHASE_ONLINE) / ((double)g->next / 2));
	bench_add(fs, 2, "  peak memory", "MiB", bench_peak_mib());
	TRY(chan_finish(ch));
out:
	garble_fini(g);
	mem_secret_free(g);
	chan_free(ch);
	return st;
}

enum status
bench_garble(struct bench *b, struct fault *f)
{
	return bench_launch(b, 2, garble_body, 3, f);
}
