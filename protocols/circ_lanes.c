/* circ_lanes.c: see circ_lanes.h */
#include "circ_lanes.h"

#include "gmw_layer.h"

#include <assert.h>
#include <string.h>

/* A circuit without layers is done a block after the other in the same place. */
static uint64_t
block_place(const struct operands *x, unsigned held, uint64_t b)
{
	return x->circuit->n_layers == 0 ? 0 : b * LANES_BLOCK * held * x->circuit->n_reg;
}

bool
piece_next(struct piece *p, const struct operands *x, unsigned held, uint64_t *at, uint64_t hi)
{
	const uint64_t plane = plane_words(x->n), b = *at / LANES_BLOCK, in = *at % LANES_BLOCK;
	const uint64_t left = plane - b * LANES_BLOCK;

	if (*at >= plane_words(hi))
		return false;
	p->part = left < LANES_BLOCK ? (size_t)left : LANES_BLOCK;
	p->stride = p->part * held;
	p->reg = (bshare *)x->scratch + block_place(x, held, b) + in;
	p->at = *at;
	p->rest = *at == hi / GROUP ? (unsigned)(hi % GROUP) : 0;
	p->words = p->rest > 0 ? 1 : p->part - in;
	if (p->rest == 0 && p->words > hi / GROUP - *at)
		p->words = hi / GROUP - *at;
	*at += p->words;
	return true;
}

/* One part of operand a, b or c, to the same part of its registers. */
static void
load_part(const struct piece *p, bshare *reg, const bshare *from, uint64_t n,
    const struct operands *x, uint32_t width)
{
	for (uint32_t i = 0; i < width; i++) {
		bshare *d = reg + i * p->stride;

		if (n == x->n) {
			memcpy(d, from + i * plane_words(n) + p->at, p->words * sizeof *d);
			continue;
		}
		for (size_t w = 0; w < p->words; w++)
			d[w].w = bitplane_spread(from[i].w);
	}
}

void
piece_load(const struct piece *p, const struct operands *x)
{
	const void *from[3] = { x->a, x->b, x->c };
	const uint64_t n[3] = { x->na, x->nb, x->nc };
	bshare *reg = p->reg;

	for (unsigned k = 0; k < 3; k++) {
		const uint32_t width = x->circuit->width[k];
		const uint8_t *a = from[k];

		if (width == 0)
			continue;
		load_part(p, reg, (const bshare *)a, n[k], x, width);
		if (p->stride > p->part)
			load_part(p, reg + p->part, (const bshare *)(a + x->part[k + 1]), n[k], x,
			    width);
		reg += width * p->stride;
	}
}

void
piece_linear(const struct piece *p, const struct operands *x, uint32_t r, uint64_t invert)
{
	const struct layer *l = &x->circuit->layer[r];
	const struct gate *g = x->circuit->gate + l->linear;
	const size_t n = l->and - l->linear;

	if (p->words == p->part) {
		layer_best()->linear(p->reg, p->stride, g, n, p->stride, invert);
		return;
	}
	for (size_t at = 0; at < p->stride; at += p->part)
		layer_best()->linear(p->reg + at, p->stride, g, n, p->words, invert);
}

void
piece_store(const struct piece *p, const struct operands *x)
{
	const uint64_t plane = plane_words(x->n);
	uint8_t *d = x->d;

	for (size_t at = 0; at < p->stride; at += p->part, d += x->part[0])
		for (uint32_t i = 0; i < x->circuit->n_out; i++)
			memcpy((bshare *)d + i * plane + p->at,
			    p->reg + x->circuit->out[i] * p->stride + at, p->words * sizeof(bshare));
}

void
lanes_run(const struct operands *x, unsigned held, uint64_t invert)
{
	uint64_t at = 0;
	struct piece p;

	assert(x->circuit->n_layers == 0);
	while (piece_next(&p, x, held, &at, x->n)) {
		piece_load(&p, x);
		piece_linear(&p, x, 0, invert);
		piece_store(&p, x);
	}
}

uint64_t
lanes_scratch(const struct operands *x, unsigned held)
{
	uint64_t words = plane_words(x->n);

	if (x->circuit->n_layers == 0 && words > LANES_BLOCK)
		words = LANES_BLOCK;
	return words * held * x->circuit->n_reg * sizeof(bshare);
}

uint64_t
lanes_units(const struct operands *x)
{
	return x->n;
}

uint64_t
lanes_most_ands(const struct circuit *c)
{
	uint64_t most = 0;

	for (uint32_t r = 0; r < c->n_layers; r++)
		if (circuit_ands(c, r) > most)
			most = circuit_ands(c, r);
	return most;
}
