/* pool_cost.c: what correlated randomness costs, without making it.  See pool.h.
 *
 * Follows pool.c step by step; the test compares both with a meter. */
#include "pool_layout.h"
#include "pool_make.h"

#include <assert.h>
#include <string.h>

static void
add_all_links(struct pool_cost *c, unsigned n_nodes, uint64_t bytes)
{
	for (unsigned i = 0; i < n_nodes; i++)
		for (unsigned j = 0; j < n_nodes; j++)
			if (i != j)
				c->sent[i][j] += bytes;
}

void
pool_cost_setup(struct pool_cost *cost, unsigned cot_k, unsigned n_nodes,
    const uint64_t demand[N_CORR])
{
	if (!any_demand(demand))
		return;
	for (unsigned i = 0; i < n_nodes; i++)
		for (unsigned j = 0; j < n_nodes; j++)
			if (i != j)
				cost->sent[i][j] += ot_setup_bytes(cot_k, i, j);
	cost->rounds += OT_SETUP_ROUNDS;
}

unsigned
pool_cot_k(const char *network)
{
	return network != NULL && strcmp(network, "wan") == 0 ? 8 : 4;
}

/* Cross products of every pair in both directions: each node sends choices and corrections. */
static void
cost_cross(struct pool_cost *c, unsigned cot_k, unsigned n_nodes, unsigned ring_bits,
    uint64_t terms, uint64_t s, uint64_t times)
{
	add_all_links(c, n_nodes, times * (gilboa_choose_bytes(cot_k, ring_bits, terms) +
	    gilboa_correct_bytes(ring_bits, terms, s)));
	c->rounds += 2 * times;
	c->ots += times * n_nodes * (n_nodes - 1) * gilboa_cots(ring_bits, terms);
}

static void
cost_wraps(struct pool_cost *c, unsigned cot_k, uint64_t count, uint64_t times)
{
	c->sent[1][0] += times * bitmul_choose_bytes(cot_k, count);
	c->sent[0][1] += times * bitmul_correct_bytes(64, count);
	c->rounds += 2 * times;
	c->ots += times * count;
}

/* Node j chooses towards all before it, which send corrections; one round of choices for all. */
static void
cost_bits(struct pool_cost *c, unsigned cot_k, unsigned n_nodes, unsigned ring_bits,
    uint64_t count, uint64_t times)
{
	for (unsigned j = 1; j < n_nodes; j++)
		for (unsigned i = 0; i < j; i++) {
			c->sent[j][i] += times * bitmul_choose_bytes(cot_k, count);
			c->sent[i][j] += times * bitmul_correct_bytes(ring_bits, count);
			c->ots += times * count;
		}
	c->rounds += times * n_nodes;
}

/* Each node receives an OT from each other node for each triple. */
static void
cost_ands(struct pool_cost *c, unsigned cot_k, unsigned n_nodes, uint64_t count, uint64_t times)
{
	for (unsigned i = 0; i < n_nodes; i++)
		for (unsigned j = 0; j < n_nodes; j++)
			if (i != j)
				c->sent[i][j] += times * ands_bytes(cot_k, n_nodes, i, j, count);
	c->rounds += times * (n_nodes == 2 ? 1 : 2);
	c->ots += times * n_nodes * (n_nodes - 1) * 64 * count;
}

static void
cost_mulbs(struct pool_cost *c, unsigned cot_k, unsigned n_nodes, unsigned ring_bits,
    uint64_t count, uint64_t times)
{
	for (unsigned i = 0; i < n_nodes; i++)
		for (unsigned j = 0; j < n_nodes; j++)
			if (i != j)
				c->sent[i][j] += times * mulbs_bytes(cot_k, ring_bits, i, j, count);
	c->rounds += times * n_nodes;
	c->ots += times * n_nodes * (n_nodes - 1) * count;
}

static void
cost_chunks(struct pool_cost *c, unsigned cot_k, unsigned n_nodes, enum corr kind,
    uint64_t count, uint64_t times)
{
	if (count == 0 || times == 0)
		return;
	switch (kind) {
	case CORR_TRIPLE64:
		cost_cross(c, cot_k, n_nodes, 64, count, 1, times);
		break;
	case CORR_TRIPLE128:
		cost_cross(c, cot_k, n_nodes, 128, count, 1, times);
		break;
	case CORR_WRAP:
		assert(n_nodes == 2);
		cost_wraps(c, cot_k, count, times);
		break;
	case CORR_BIT64:
		cost_bits(c, cot_k, n_nodes, 64, count, times);
		break;
	case CORR_BIT128:
		cost_bits(c, cot_k, n_nodes, 128, count, times);
		break;
	case CORR_AND:
		cost_ands(c, cot_k, n_nodes, count, times);
		break;
	case CORR_MULB64:
		cost_mulbs(c, cot_k, n_nodes, 64, count, times);
		break;
	case CORR_MULB128:
		cost_mulbs(c, cot_k, n_nodes, 128, count, times);
		break;
	case CORR_MATRIX:
	case N_CORR:
		break;                  /* not stored: see pool_cost_refill */
	}
}

void
pool_cost_refill(struct pool_cost *cost, unsigned cot_k, unsigned n_nodes, enum corr kind,
    uint64_t count)
{
	uint64_t chunk = chunk_of(kind);

	assert(chunk > 0);
	cost_chunks(cost, cot_k, n_nodes, kind, chunk, count / chunk);
	cost_chunks(cost, cot_k, n_nodes, kind, count % chunk, 1);
}

void
pool_cost_matrix(struct pool_cost *cost, unsigned cot_k, unsigned n_nodes, unsigned ring_bits,
    size_t m, size_t k, size_t n)
{
	struct matrix_plan p = matrix_plan(cot_k, ring_bits, m, k, n);

	cost_cross(cost, cot_k, n_nodes, ring_bits, p.chunk, p.s, p.terms / p.chunk);
	if (p.terms % p.chunk != 0)
		cost_cross(cost, cot_k, n_nodes, ring_bits, p.terms % p.chunk, p.s, 1);
}
