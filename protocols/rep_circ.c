/* rep_circ.c: CIRC_B of protocol replicated: Boolean circuits on many elements.
 *
 * XOR gates are local.  For a NOT all three parts are complemented, which complements their sum.
 * AND of x and y [Araki, Furukawa, Lindell, Nof, Ohara 2016, section 2]:
 * 1. z_i = x_i y_i ^ x_i y_(i+1) ^ x_(i+1) y_i ^ alpha_i, where alpha_i = F(with[0]) ^ F(with[1])
 *    and the three alpha sum to 0;
 * 2. node i sends z_i to node i - 1, whose second part it is.
 * Departure: none; all ANDs of a layer and all elements share a round.  What node i - 1 sees of
 * z_i is masked by the key of nodes i and i + 1.
 *
 * Registers lie as circ_lanes.h says.  A message has for each piece of a block the products gate
 * after gate: words, or, for the last n % 64 elements, bits without gaps. */
#include "replicated.h"

#include "circ_lanes.h"
#include "rep_layer.h"

#include "../runtime/base/mem.h"

#include <assert.h>
#include <string.h>

enum {
	HELD = 2,
	/* Gates done together: their zero shares are in the first cache, and of one word each they
	 * are whole words when packed. */
	CHUNK_GATES = 64,
	CHUNK_WORDS = 512,
};

static const uint64_t INVERT = ~(uint64_t)0;

/* Sharings of zero for gates of one layer. */
struct zeros {
	bshare z[2][CHUNK_WORDS] __attribute__((aligned(64)));
};

/* Those of gates first .. first + n in words at .. at + words of lanes.  A layer of n_ands gates
 * has `each` blocks a word of lanes; pieces are cut alike at all nodes. */
static void
draw(struct zeros *d, const struct proto *me, uint64_t stream, const struct piece *p,
    uint64_t n_ands, uint64_t first, size_t n)
{
	const uint64_t each = (n_ands + 1) / 2;

	for (unsigned k = 0; k < 2; k++)
		prg_fill(&me->with[k][REP_ZERO], stream, p->at * each + first * p->words / 2,
		    d->z[k], n * p->words * sizeof(bshare));
}

/* Gates that are done together: an even number of words. */
static size_t
chunk_gates(const struct piece *p)
{
	const size_t n = CHUNK_WORDS / p->words / 2 * 2;

	return n < CHUNK_GATES ? n : CHUNK_GATES;
}

/* The products of a piece in round r, to `out`; where it ends. */
static uint8_t *
multiply(const struct proto *me, const struct operands *x, const struct piece *p, uint32_t r,
    struct zeros *zero, uint8_t *out)
{
	const struct gate *g = x->circuit->gate + x->circuit->layer[r].and;
	const size_t all = circuit_ands(x->circuit, r), most = chunk_gates(p);
	uint64_t word[CHUNK_GATES], packed[CHUNK_GATES];

	for (size_t i = 0, n; i < all; i += n) {
		n = all - i < most ? all - i : most;
		draw(zero, me, rep_stream(x->seq, r, 0), p, all, i, n);
		rep_layer_best()->and(p->rest > 0 ? (uint8_t *)word : out, &p->regs, g + i, n,
		    p->words, zero->z[0], zero->z[1]);
		if (p->rest == 0) {
			out += n * p->words * sizeof(bshare);
			continue;
		}
		bitplane_pack(packed, word, n, p->rest);
		memcpy(out, packed, bitplane_packed_bytes(n, p->rest));
		out += bitplane_packed_bytes(n, p->rest);
	}
	wipe(word, sizeof word);
	wipe(packed, sizeof packed);
	return out;
}

/* The other parts of the products of the last elements. */
static void
place_rest(const struct piece *p, const struct gate *g, size_t all, const uint8_t *in)
{
	uint64_t word[CHUNK_GATES], packed[CHUNK_GATES];

	for (size_t i = 0; i < all; i += CHUNK_GATES) {
		const size_t n = all - i < CHUNK_GATES ? all - i : CHUNK_GATES;
		const size_t len = bitplane_packed_bytes(n, p->rest);

		packed[bitplane_packed_words(n, p->rest) - 1] = 0;
		memcpy(packed, in, len);
		bitplane_unpack(word, packed, n, p->rest);
		rep_layer_best()->place(&p->regs, g + i, n, 1, (const uint8_t *)word);
		in += len;
	}
	wipe(word, sizeof word);
	wipe(packed, sizeof packed);
}

static uint64_t
circ_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)n_nodes;
	return to == rep_prev(from) ? groups_bytes(lo, hi, circuit_ands(x->circuit, r)) : 0;
}

static enum status
circ_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	uint8_t **to = &out->at[rep_prev(p->me)];
	uint64_t at = lo / GROUP;
	struct zeros zero;
	struct piece s;

	if (r == 0)
		lanes_spread(x, HELD);
	while (piece_next(&s, x, HELD, &at, hi)) {
		piece_linear(&s, x, r, INVERT);
		*to = multiply(p, x, &s, r, &zero, *to);
	}
	wipe(&zero, sizeof zero);
	return ST_OK;
}

static enum status
circ_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const size_t n = circuit_ands(x->circuit, r);
	const struct gate *g = x->circuit->gate + x->circuit->layer[r].and;
	uint8_t **from = &in->at[rep_next(p->me)];
	uint64_t at = lo / GROUP;
	struct piece s;

	while (piece_next(&s, x, HELD, &at, hi)) {
		if (s.rest > 0)
			place_rest(&s, g, n, *from);
		else
			rep_layer_best()->place(&s.regs, g, n, s.words, *from);
		*from += s.rest > 0 ? bitplane_packed_bytes(n, s.rest) : n * s.words * 8;
		if (r + 1 < x->circuit->n_layers)
			continue;
		piece_linear(&s, x, r + 1, INVERT);
		piece_store(&s, x);
	}
	return ST_OK;
}

/* Without ANDs. */
static enum status
circ_run(struct proto *p, const struct operands *x)
{
	(void)p;
	lanes_run(x, HELD, INVERT);
	return ST_OK;
}

static uint64_t
circ_scratch(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return lanes_scratch(x, HELD);
}

static_assert(N_CIRCUIT_LAYER_MAX <= 1 << 16, "a stream's number has room for every round");
static_assert((uint64_t)N_LAYER_AND_MAX * REP_STEP / 8 <= PARCEL_MAX, "a step has room");

static uint64_t
circ_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return groups_bytes(0, REP_STEP, lanes_most_ands(x->circuit));
}

const struct proto_row replicated_circ_b = {
	.rounds = 1, .scratch = circ_scratch, .run = circ_run, .step = REP_STEP,
	.units = lanes_units, .step_bytes = circ_step_bytes, .bytes = circ_bytes,
	.begin = circ_begin, .end = circ_end,
};
