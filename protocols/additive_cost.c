/* additive_cost.c: what a program costs under protocol additive, by the same functions that cut
 * and measure its messages when it runs. */
#include "gmw.h"

static void
cost(struct tally *t, const struct code *c, const struct insn *x, uint64_t times, unsigned n_nodes)
{
	const struct circuit *k = insn_circuit(c, x);

	protocol_cost(t, &protocol_additive, c, x, times, n_nodes);
	if (x->op == OP_CIRC_B && k != NULL)
		t->ands = plus_or_full(t->ands, times_or_full(times,
		    times_or_full(circuit_n_ands(k), c->slot[x->slot[0]].n)));
}

/* Calls fn for each shape of tile of a product, with how many there are. */
static void
each_shape(const struct demand *d, void (*fn)(void *, uint64_t m, uint64_t k, uint64_t n,
    uint64_t count), void *arg)
{
	const struct tiling t = additive_tiling(d->m, d->k, d->n);

	for (unsigned corner = 0; corner < 8 && t.gm > 0 && t.gn > 0 && d->k > 0; corner++) {
		bool em = corner & 1, ek = corner >> 1 & 1, en = corner >> 2 & 1;
		uint64_t count = (em ? 1 : t.gm - 1) * (ek ? 1 : t.gk - 1) * (en ? 1 : t.gn - 1);
		if (count > 0)
			fn(arg, em ? d->m - (t.gm - 1) * t.m : t.m,
			    ek ? d->k - (t.gk - 1) * t.k : t.k,
			    en ? d->n - (t.gn - 1) * t.n : t.n, times_or_full(count, d->count));
	}
}

static void
count_tiles(void *arg, uint64_t m, uint64_t k, uint64_t n, uint64_t count)
{
	uint64_t *sum = arg;

	(void)m;
	(void)k;
	(void)n;
	*sum = plus_or_full(*sum, count);
}

/* AND triples of one execution, 64 to an entry. */
static uint64_t
circuit_triples(const struct circuit *c, uint64_t lanes)
{
	uint64_t sum = 0;

	for (uint32_t r = 0; r < c->n_layers; r++)
		sum = plus_or_full(sum, gmw_triples(circuit_ands(c, r), 0, lanes));
	return sum;
}

/* What instructions of domain B take; false if it is none of them. */
static bool
need_of_bits(uint64_t need[N_CORR], const struct demand *d, const struct code *c)
{
	const bool wide = d->width == 128;
	enum corr kind;
	uint64_t each;

	if (d->op == OP_CIRC_B) {
		kind = CORR_AND;
		each = circuit_triples(&c->circuit[d->m], d->n);
	} else if (d->op == OP_NUM_A) {
		kind = wide ? CORR_BIT128 : CORR_BIT64;
		each = gmw_num_bits(d->width, (unsigned)d->k);
	} else if (d->op == OP_MULB_A) {
		kind = wide ? CORR_MULB128 : CORR_MULB64;
		each = 1;
	} else {
		return false;
	}
	need[kind] = plus_or_full(need[kind], times_or_full(d->count, each));
	return true;
}

static void
need_of(uint64_t need[N_CORR], const struct demand *d, const struct code *code, unsigned n_nodes)
{
	bool wide = d->width == 128;
	enum corr kind = wide ? CORR_TRIPLE128 : CORR_TRIPLE64;
	uint64_t count = d->count;

	if (need_of_bits(need, d, code))
		return;
	if (d->op == OP_MATMUL_A) {
		each_shape(d, count_tiles, &need[CORR_MATRIX]);
		return;
	}
	if (d->op == OP_TRUNC_A && !trunc_is_zero(d->width, (int64_t)d->k)) {
		kind = n_nodes == 2 ? CORR_WRAP : wide ? CORR_BIT128 : CORR_BIT64;
		count = n_nodes == 2 ? count : times_or_full(count, d->width);
	} else if (d->op != OP_MUL_A) {
		return;
	}
	need[kind] = plus_or_full(need[kind], count);
}

void
additive_need(uint64_t need[N_CORR], const struct code *c, unsigned n_nodes)
{
	for (unsigned i = 0; i < N_CORR; i++)
		need[i] = 0;
	for (uint32_t i = 0; i < c->n_demand; i++)
		need_of(need, &c->demand[i], c, n_nodes);
}

static void
add_offline(struct tally *t, const struct pool_cost *c, uint64_t times, unsigned n_nodes)
{
	t->offline_rounds = plus_or_full(t->offline_rounds, times_or_full(c->rounds, times));
	t->ots = plus_or_full(t->ots, times_or_full(c->ots, times));
	for (unsigned i = 0; i < n_nodes; i++)
		for (unsigned j = 0; j < n_nodes; j++)
			t->offline[i][j] = plus_or_full(t->offline[i][j],
			    times_or_full(c->sent[i][j], times));
}

struct matrix_job {
	struct tally *tally;
	unsigned cot_k, width, n_nodes;
};

static void
cost_tiles(void *arg, uint64_t m, uint64_t k, uint64_t n, uint64_t count)
{
	struct matrix_job *job = arg;
	struct pool_cost one = { .rounds = 0 };
	uint64_t *bytes = &job->tally->matrix_bytes;

	pool_cost_matrix(&one, job->cot_k, job->n_nodes, job->width, m, k, n);
	for (unsigned i = 0; i < job->n_nodes; i++)
		for (unsigned j = 0; j < job->n_nodes; j++)
			*bytes = plus_or_full(*bytes, times_or_full(one.sent[i][j], count));
	add_offline(job->tally, &one, count, job->n_nodes);
}

static void
cost_setup(struct tally *t, const uint64_t need[N_CORR], unsigned cot_k, unsigned n_nodes)
{
	struct pool_cost c = { .rounds = 0 };

	pool_cost_setup(&c, cot_k, n_nodes, need);
	t->setup_rounds += 1 + c.rounds;
	t->ots = plus_or_full(t->ots, c.ots);
	for (unsigned i = 0; i < n_nodes; i++)
		for (unsigned j = 0; j < n_nodes; j++)
			if (i != j)
				t->setup[i][j] += SEED_HALF + c.sent[i][j];
}

static void
cost_demand(struct tally *t, const struct code *code, unsigned n_nodes)
{
	const struct demand *d = code->demand;
	uint32_t n = code->n_demand;
	unsigned cot_k = pool_cot_k(code->network);
	uint64_t need[N_CORR];

	additive_need(need, code, n_nodes);
	cost_setup(t, need, cot_k, n_nodes);
	for (enum corr kind = 0; kind < N_CORR; kind++) {
		struct pool_cost c = { .rounds = 0 };
		if (kind == CORR_MATRIX || need[kind] == 0)
			continue;
		pool_cost_refill(&c, cot_k, n_nodes, kind, need[kind]);
		add_offline(t, &c, 1, n_nodes);
	}
	for (uint32_t i = 0; i < n; i++) {
		struct matrix_job job = { t, cot_k, d[i].width, n_nodes };
		if (d[i].op == OP_MATMUL_A)
			each_shape(&d[i], cost_tiles, &job);
	}
	t->triples64 += need[CORR_TRIPLE64];
	t->triples128 += need[CORR_TRIPLE128];
	t->wraps += need[CORR_WRAP];
	t->bits64 += need[CORR_BIT64];
	t->bits128 += need[CORR_BIT128];
	t->matrices += need[CORR_MATRIX];
	t->mulbs64 += need[CORR_MULB64];
	t->mulbs128 += need[CORR_MULB128];
}

const struct target additive_target = {
	.name = "additive",
	.held = 1,
	.and_bits = 66,                 /* 8 bytes of a triple, 2 bits online */
	.lone_bit = 1,
	.product = 100,
	.number_bits = 98,              /* 12 bytes of a correlation, 2 bits online */
	.has_local = true,
	.has_guests = true,
	.has_a = true,
	.has_b = true,
	.cost = cost,
	.cost_demand = cost_demand,
};
