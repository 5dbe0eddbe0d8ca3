/* pool_make.c: triples, wraps and daBits.  See pool_make.h */
#include "pool_make.h"

#include "../runtime/base/random.h"

#include <string.h>

enum status
make_cross(struct maker *m, const struct cross *c)
{
	struct chan *ch = m->ch;
	enum status st = ST_OK;

	for (unsigned i = 1; i < ch->n; i++)
		TRY(gilboa_choose(c, &m->pair[peer_at(ch, i)], m->work, ch, peer_at(ch, i)));
	chan_round(ch);
	for (unsigned i = 1; i < ch->n; i++)
		TRY(gilboa_correct(c, &m->pair[peer_at(ch, i)], m->work, ch, peer_at(ch, i)));
	chan_round(ch);
	for (unsigned i = 1; i < ch->n; i++)
		TRY(gilboa_finish(c, m->work, ch, peer_at(ch, i)));
out:
	return st;
}

/* c = (sum a_i)(sum b_i) = sum a_i b_i + sum over pairs a_i b_j; the first is local. */
enum status
make_triples(struct maker *m, unsigned ring_bits, void *a, void *b, void *c, size_t n)
{
	struct cross job = { .ring_bits = ring_bits, .hi = n, .s = 1, .x = b, .y = a, .out = c };

	random_bytes(a, n * ring_bits / 8);
	random_bytes(b, n * ring_bits / 8);
	for (size_t i = 0; i < n; i++) {
		if (ring_bits == 64)
			((ashare64 *)c)[i].v = ((ashare64 *)a)[i].v * ((ashare64 *)b)[i].v;
		else
			((ashare128 *)c)[i].v = ((ashare128 *)a)[i].v * ((ashare128 *)b)[i].v;
	}
	return make_cross(m, &job);
}

/* Node 0 sends by its bit as a number, node 1 chooses by its own. */
enum status
make_wraps(struct maker *m, ashare64 *share, sbit *bit, size_t n)
{
	uint64_t *y = (uint64_t *)m->product;
	struct chan *ch = m->ch;
	unsigned peer = 1 - ch->me;
	enum status st = ST_OK;

	random_bytes(m->bit, (n + 7) / 8);
	for (size_t i = 0; i < n; i++) {
		bit[i].v = m->bit[i / 8] >> i % 8 & 1;
		y[i] = bit[i].v;
	}
	memset(share, 0, n * sizeof *share);
	if (ch->me == 1)
		TRY(bitmul_choose(64, share, m->bit, n, &m->pair[peer], m->work, ch, peer));
	chan_round(ch);
	if (ch->me == 0)
		TRY(bitmul_correct(64, share, y, n, &m->pair[peer], m->work, ch, peer));
	chan_round(ch);
	if (ch->me == 1)
		TRY(bitmul_finish(64, share, m->bit, n, m->work, ch, peer));
out:
	return st;
}

/* x = b + x - 2 x b, where this node's part of x is old and its share of the product is z. */
static void
xor_in(unsigned ring_bits, void *x, const void *z, const uint8_t *bit, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t b = bit == NULL ? 0 : (uint64_t)(bit[i / 8] >> i % 8 & 1);

		if (ring_bits == 64)
			((uint64_t *)x)[i] += b - 2 * ((const uint64_t *)z)[i];
		else
			((u128 *)x)[i] += b - 2 * ((const u128 *)z)[i];
	}
}

/* Node j adds its bit: the nodes before it send by their shares of the XOR so far. */
static enum status
add_bit_of(struct maker *m, unsigned j, unsigned ring_bits, void *x, size_t n)
{
	struct chan *ch = m->ch;
	enum status st = ST_OK;

	if (ch->me < j) {
		TRY(bitmul_correct(ring_bits, m->product, x, n, &m->pair[j], m->work, ch, j));
		xor_in(ring_bits, x, m->product, NULL, n);
	}
	for (unsigned i = 0; i < j && ch->me == j; i++)
		TRY(bitmul_finish(ring_bits, m->product, m->bit, n, m->work, ch, i));
	if (ch->me == j)
		xor_in(ring_bits, x, m->product, m->bit, n);
out:
	return st;
}

/* daBits: x is the XOR of a bit of each node, as a number.  All choices go first, in one round;
 * then one round a node. */
enum status
make_bits(struct maker *m, unsigned ring_bits, void *x, size_t n)
{
	struct chan *ch = m->ch;
	enum status st = ST_OK;

	random_bytes(m->bit, (n + 7) / 8);
	memset(x, 0, n * ring_bits / 8);
	memset(m->product, 0, n * ring_bits / 8);
	if (ch->me == 0)
		xor_in(ring_bits, x, m->product, m->bit, n);
	for (unsigned i = 0; i < ch->me; i++)
		TRY(bitmul_choose(ring_bits, m->product, m->bit, n, &m->pair[i], m->work, ch, i));
	chan_round(ch);
	for (unsigned j = 1; j < ch->n; j++) {
		TRY(add_bit_of(m, j, ring_bits, x, n));
		chan_round(ch);
	}
out:
	return st;
}
