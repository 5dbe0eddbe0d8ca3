/* circuit_eval.c: a circuit on plain bits, bit-sliced; see family.h.
 *
 * BLOCK words of every plane go through the whole circuit at a time, so that registers stay in the
 * cache.  Takes the same time for all values. */
#include "family.h"

#include "../runtime/base/mem.h"
#include "../runtime/code/code.h"

#include <string.h>

enum { BLOCK = 8 };

struct block {
	uint64_t w[BLOCK];
};

static void
linear_gate(struct block *r, const struct gate *g)
{
	for (unsigned k = 0; k < BLOCK; k++)
		r[g->d].w[k] = g->b == GATE_NOT ? ~r[g->a].w[k] : r[g->a].w[k] ^ r[g->b].w[k];
}

static void
and_gate(struct block *r, const struct gate *g)
{
	for (unsigned k = 0; k < BLOCK; k++)
		r[g->d].w[k] = r[g->a].w[k] & r[g->b].w[k];
}

static void
eval_block(struct block *r, const struct circuit *c)
{
	for (uint32_t l = 0; l <= c->n_layers; l++) {
		for (uint32_t i = c->layer[l].linear; i < c->layer[l].and; i++)
			linear_gate(r, &c->gate[i]);
		for (uint32_t i = c->layer[l].and; i < circuit_end(c, l); i++)
			and_gate(r, &c->gate[i]);
	}
}

enum status
circuit_eval(uint64_t *const *out, const uint64_t *const *in, const struct circuit *c, size_t n)
{
	struct block *r = mem_array(c->n_reg, sizeof *r);
	size_t words = plane_words(n);

	if (r == NULL)
		return ST_INTERNAL;
	for (size_t at = 0; at < words; at += BLOCK) {
		size_t part = words - at < BLOCK ? words - at : BLOCK;
		for (uint32_t i = 0; i < c->n_in; i++)
			memcpy(r[i].w, in[i] + at, part * sizeof **in);
		eval_block(r, c);
		for (uint32_t i = 0; i < c->n_out; i++)
			memcpy(out[i] + at, r[c->out[i]].w, part * sizeof **out);
	}
	wipe(r, c->n_reg * sizeof *r);
	mem_free(r);
	return ST_OK;
}
