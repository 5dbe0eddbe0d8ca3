/* gmw.c: domain B of protocol additive: n nodes, each bit the XOR of one share a node; circuits.
 *
 * Security: semi-honest, static, all nodes but one may collude.  [Goldreich, Micali, Wigderson
 * 1987] with AND triples [Beaver 1991], which the nodes make by oblivious transfer (pool.h).  XOR
 * gates are local; node 0 complements its share for a NOT.  AND of x and y, with shares of a, b and
 * c = ab:
 * 1. open d = x ^ a and e = y ^ b;
 * 2. xy = c ^ d b ^ e a ^ d e, the last term at node 0.
 * Departure: none; all ANDs of a layer and all elements share a round.
 * Invariant: the XOR over nodes of a plane's words is the bits, within the slot's n elements.
 *
 * CIRC_B: registers lie as circ_lanes.h says.  A message has for each piece of a block the d of all
 * gates, then their e: words, or, for the last n % 64 elements, bits without gaps, so that a few
 * elements do not cost 64 triples a gate. */
#include "gmw.h"

#include "circ_lanes.h"
#include "gmw_layer.h"

#include "../runtime/base/mem.h"

#include <assert.h>
#include <string.h>

enum {
	CHUNK_GATES = 64,               /* of the rest of lanes: whole words whatever the rest is */
	HELD = 1,
};

static uint64_t
invert(const struct proto *p)
{
	return bitplane_spread(p->me == 0);
}

uint64_t
gmw_triples(uint64_t n_ands, uint64_t lo, uint64_t hi)
{
	const struct groups g = groups_of(lo, hi);

	return g.whole * n_ands + bitplane_packed_words(n_ands, g.rest);
}

static uint64_t
first_word(const struct piece *p, uint32_t r)
{
	return lane_read(lane_region(&p->regs, r), r)->w;
}

/* x or y of up to CHUNK_GATES gates, without gaps. */
static void
pack_inputs(uint64_t *packed, const struct piece *p, const struct gate *g, size_t n, bool second)
{
	uint64_t word[CHUNK_GATES];

	for (size_t i = 0; i < n; i++)
		word[i] = first_word(p, second ? g[i].b : g[i].a);
	bitplane_pack(packed, word, n, p->rest);
	wipe(word, sizeof word);
}

static void
advance(struct ands *t, size_t n)
{
	t->a += n;
	t->b += n;
	t->c += n;
}

/* The last lanes: what is opened of n gates. */
static void
open_rest(uint8_t *d, uint8_t *e, const struct piece *p, const struct gate *g, size_t n,
    struct ands t)
{
	uint64_t x[CHUNK_GATES], y[CHUNK_GATES];

	for (size_t i = 0; i < n; i += CHUNK_GATES) {
		const size_t count = n - i < CHUNK_GATES ? n - i : CHUNK_GATES;
		const size_t words = bitplane_packed_words(count, p->rest);
		const size_t len = bitplane_packed_bytes(count, p->rest);

		pack_inputs(x, p, g + i, count, false);
		pack_inputs(y, p, g + i, count, true);
		for (size_t w = 0; w < words; w++) {
			x[w] ^= t.a[w].w;
			y[w] ^= t.b[w].w;
		}
		memcpy(d, x, len);
		memcpy(e, y, len);
		d += len;
		e += len;
		advance(&t, words);
	}
	wipe(x, sizeof x);
	wipe(y, sizeof y);
}

/* What others opened comes in d and e. */
static void
close_rest(const struct piece *p, const struct gate *g, size_t n, struct ands t, const uint8_t *d,
    const uint8_t *e, uint64_t first)
{
	uint64_t x[CHUNK_GATES], y[CHUNK_GATES], dw[CHUNK_GATES], ew[CHUNK_GATES];

	for (size_t i = 0; i < n; i += CHUNK_GATES) {
		const size_t count = n - i < CHUNK_GATES ? n - i : CHUNK_GATES;
		const size_t words = bitplane_packed_words(count, p->rest);
		const size_t len = bitplane_packed_bytes(count, p->rest);

		dw[words - 1] = ew[words - 1] = 0;
		memcpy(dw, d, len);
		memcpy(ew, e, len);
		pack_inputs(x, p, g + i, count, false);
		pack_inputs(y, p, g + i, count, true);
		for (size_t w = 0; w < words; w++) {
			const uint64_t dv = dw[w] ^ x[w] ^ t.a[w].w, ev = ew[w] ^ y[w] ^ t.b[w].w;

			x[w] = t.c[w].w ^ (dv & (t.b[w].w ^ (ev & first))) ^ (ev & t.a[w].w);
		}
		bitplane_unpack(y, x, count, p->rest);
		for (size_t j = 0; j < count; j++)
			lane_write(&p->regs, g[i + j].d)->w = y[j];
		d += len;
		e += len;
		advance(&t, words);
	}
	wipe(x, sizeof x);
	wipe(y, sizeof y);
}

/* Bytes of d, and of e, of a piece; and the entries of triples. */
static size_t
piece_bytes(const struct piece *p, size_t n_ands)
{
	return p->rest > 0 ? bitplane_packed_bytes(n_ands, p->rest) : n_ands * p->words * 8;
}

static size_t
piece_triples(const struct piece *p, size_t n_ands)
{
	return p->rest > 0 ? bitplane_packed_words(n_ands, p->rest) : n_ands * p->words;
}

/* What this node sends in round r, to `out`. */
static void
open_layer(const struct proto *me, const struct operands *x, uint32_t r, uint64_t lo, uint64_t hi,
    struct ands t, uint8_t *out)
{
	const size_t n = circuit_ands(x->circuit, r);
	const struct gate *g = x->circuit->gate + x->circuit->layer[r].and;
	uint64_t at = lo / GROUP;
	struct piece p;

	if (r == 0)
		lanes_spread(x, HELD);
	while (piece_next(&p, x, HELD, &at, hi)) {
		const size_t len = piece_bytes(&p, n);

		piece_linear(&p, x, r, invert(me));
		if (p.rest > 0)
			open_rest(out, out + len, &p, g, n, t);
		else
			layer_best()->open(out, out + len, &p.regs, g, n, p.words, t);
		out += 2 * len;
		advance(&t, piece_triples(&p, n));
	}
}

static uint64_t
circ_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)n_nodes;
	return from == to ? 0 : 2 * groups_bytes(lo, hi, circuit_ands(x->circuit, r));
}

static enum status
circ_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	const uint64_t n = gmw_triples(circuit_ands(x->circuit, r), lo, hi);
	const size_t len = circ_bytes(x, p->n, r, 0, 1, lo, hi);
	const struct ands t = pool_take_ands(p->pool, n);
	const unsigned one = p->me == 0 ? 1 : 0;

	p->need[CORR_AND] -= n;
	additive_put(p)->ands = t;
	open_layer(p, x, r, lo, hi, t, out->at[one]);
	for (unsigned j = 0; j < p->n; j++) {
		if (j != p->me && j != one)
			memcpy(out->at[j], out->at[one], len);
	}
	for (unsigned j = 0; j < p->n; j++)
		if (j != p->me)
			out->at[j] += len;
	return ST_OK;
}

static enum status
circ_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const size_t n = circuit_ands(x->circuit, r);
	const struct gate *g = x->circuit->gate + x->circuit->layer[r].and;
	const uint64_t first = invert(p);
	struct ands t = additive_got(p)->ands;
	const uint8_t *all = gmw_xor_from_all(p, in, circ_bytes(x, p->n, r, 0, 1, lo, hi));
	uint64_t at = lo / GROUP;
	struct piece s;

	while (piece_next(&s, x, HELD, &at, hi)) {
		const size_t len = piece_bytes(&s, n);

		if (s.rest > 0)
			close_rest(&s, g, n, t, all, all + len, first);
		else
			layer_best()->close(&s.regs, g, n, s.words, t, all, all + len, first);
		all += 2 * len;
		advance(&t, piece_triples(&s, n));
		if (r + 1 < x->circuit->n_layers)
			continue;
		piece_linear(&s, x, r + 1, invert(p));
		piece_store(&s, x);
	}
	return ST_OK;
}

/* Without ANDs. */
static enum status
circ_run(struct proto *p, const struct operands *x)
{
	lanes_run(x, HELD, invert(p));
	return ST_OK;
}

static uint64_t
circ_scratch(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return lanes_scratch(x, HELD);
}

static_assert(2 * (uint64_t)N_LAYER_AND_MAX * GROUPS_STEP / 8 <= PARCEL_MAX, "a step has room");

static uint64_t
circ_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return 2 * groups_bytes(0, GROUPS_STEP, lanes_most_ands(x->circuit));
}

static uint64_t
circ_prepare(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi)
{
	const uint64_t n = circuit_ands(x->circuit, r);
	const uint64_t room = pool_capacity(CORR_AND) - p->need[CORR_AND];

	if (p->n_put - p->n_got >= TAKEN_MAX)
		return lo;
	if (gmw_triples(n, lo, hi) > room)
		hi = lo + room / n * GROUPS_STEP;
	p->need[CORR_AND] += gmw_triples(n, lo, hi);
	return hi;
}

const struct proto_row additive_circ_b = {
	.rounds = 1, .scratch = circ_scratch, .run = circ_run, .step = GROUPS_STEP,
	.units = lanes_units, .step_bytes = circ_step_bytes, .bytes = circ_bytes,
	.prepare = circ_prepare, .begin = circ_begin, .end = circ_end,
};
