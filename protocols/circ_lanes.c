/* circ_lanes.c: see circ_lanes.h */
#include "circ_lanes.h"

#include "gmw_layer.h"

#include <assert.h>
#include <string.h>

/* Whether operand k is one element, which stands for all. */
static bool
is_spread(const struct operands *x, unsigned k)
{
	const uint64_t n[3] = { x->na, x->nb, x->nc };

	return x->circuit->width[k] > 0 && n[k] != x->n;
}

/* Words that the bits of operand k take in scratch. */
static size_t
spread_words(const struct operands *x, unsigned held, unsigned k)
{
	return is_spread(x, k) ? x->circuit->width[k] * (size_t)held * LANES_BLOCK : 0;
}

/* Of a register that is written, and of all of them, in a block of `words` words. */
static uint64_t
own_words(const struct operands *x, unsigned held, uint64_t words)
{
	return words * held * (x->circuit->n_reg - x->circuit->n_in);
}

static const void *
operand(const struct operands *x, unsigned k)
{
	return k == 0 ? x->a : k == 1 ? x->b : x->c;
}

void
lanes_spread(const struct operands *x, unsigned held)
{
	bshare *d = x->scratch;

	for (unsigned k = 0; k < 3; k++) {
		const uint32_t width = is_spread(x, k) ? x->circuit->width[k] : 0;

		for (uint32_t i = 0; i < width; i++)
			for (unsigned h = 0; h < held; h++) {
				const uint8_t *from = operand(x, k);
				const bshare *a = (const bshare *)(from + h * x->part[k + 1]) + i;

				for (size_t w = 0; w < LANES_BLOCK; w++)
					d++->w = bitplane_spread(a->w);
			}
	}
}

/* The four regions of block b, from its word `in` on; the block has `words` words. */
static void
find_regs(struct lane_regs *l, const struct operands *x, unsigned held, uint64_t b, size_t in,
    size_t words)
{
	const uint64_t plane = plane_words(x->n);
	uint32_t first = 0;
	bshare *at = x->scratch;

	for (unsigned k = 0; k < 3; k++) {
		const bool spread = is_spread(x, k), there = x->circuit->width[k] > 0;
		const bshare *from = spread ? at : operand(x, k);

		l->region[k] = (struct region){
			.at = spread || !there ? from : from + b * LANES_BLOCK + in,
			.first = first, .stride = spread ? (size_t)held * LANES_BLOCK : plane,
			.part = spread ? LANES_BLOCK : x->part[k + 1] / sizeof(bshare) };
		first += x->circuit->width[k];
		if (spread)
			at += spread_words(x, held, k);
	}
	/* A circuit without layers is done a block after the other in the same place. */
	if (at != NULL)
		at += in + (x->circuit->n_layers == 0 ? 0 : own_words(x, held, b * LANES_BLOCK));
	l->own = at;
	l->region[3] = (struct region){ at, first, words * held, words };
}

bool
piece_next(struct piece *p, const struct operands *x, unsigned held, uint64_t *at, uint64_t hi)
{
	const uint64_t plane = plane_words(x->n), b = *at / LANES_BLOCK, in = *at % LANES_BLOCK;
	const uint64_t left = plane - b * LANES_BLOCK;
	const size_t words = left < LANES_BLOCK ? (size_t)left : LANES_BLOCK;

	if (*at >= plane_words(hi))
		return false;
	find_regs(&p->regs, x, held, b, in, words);
	p->held = held;
	p->at = *at;
	p->rest = *at == hi / GROUP ? (unsigned)(hi % GROUP) : 0;
	p->words = p->rest > 0 ? 1 : words - in;
	if (p->rest == 0 && p->words > hi / GROUP - *at)
		p->words = hi / GROUP - *at;
	*at += p->words;
	return true;
}

void
piece_linear(const struct piece *p, const struct operands *x, uint32_t r, uint64_t invert)
{
	const struct layer *l = &x->circuit->layer[r];

	layer_best()->linear(&p->regs, p->held, x->circuit->gate + l->linear, l->and - l->linear,
	    p->words, invert);
}

void
piece_store(const struct piece *p, const struct operands *x)
{
	const uint64_t plane = plane_words(x->n);

	for (uint32_t i = 0; i < x->circuit->n_out; i++) {
		const uint32_t r = x->circuit->out[i];
		const struct region *k = lane_region(&p->regs, r);
		const bshare *from = lane_read(k, r);

		for (unsigned h = 0; h < p->held; h++) {
			uint8_t *d = (uint8_t *)x->d + h * x->part[0];

			memcpy((bshare *)d + i * plane + p->at, from + h * k->part,
			    p->words * sizeof(bshare));
		}
	}
}

void
lanes_run(const struct operands *x, unsigned held, uint64_t invert)
{
	uint64_t at = 0;
	struct piece p;

	assert(x->circuit->n_layers == 0);
	lanes_spread(x, held);
	while (piece_next(&p, x, held, &at, x->n)) {
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
	words = own_words(x, held, words);
	for (unsigned k = 0; k < 3; k++)
		words += spread_words(x, held, k);
	return words * sizeof(bshare);
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
