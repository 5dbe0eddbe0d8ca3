/* pool_mulb.c: bit-triples: shares of a uniform bit r, of a uniform y, and of z = r y.
 *
 * r is the XOR of a bit b_j of each node.  As for daBits (pool_make.c) the nodes' bits are added
 * one after the other: before step j, x and z are shares of the XOR of the first j bits, and of
 * that times y; step j makes
 *     x := x + b_j (1 - 2 x),    z := z + b_j (y - 2 z).
 * Node j chooses by b_j in one COT with every other node i, which sends by its share of y - 2 z
 * and, if i < j, by its share of x (the later ones have none): the pads give one number for each.
 * From pads h0, h1 the sender's share of a product with v is -h0, the correction h0 + v - h1
 * [Gilboa, CRYPTO 1999, section 4].  Semi-honest.
 *
 * Nothing says what y is to be, so a node's y is what its first pads for z say, and that product
 * needs no correction: at nodes i > 0 in step 0, where v = y, so that y = h1 - h0; at node 0 in
 * step 1, where its v = y - 2 z with z = b_0 y + P and P its pads' share of step 0, so that
 * y = (1 - 2 b_0)(h1 - h0 + 2 P).  Both are uniform to a receiver that knows one of h0, h1.
 *
 * Two nodes: a COT in each direction and one correction in all.  The choices of nodes 0 and 1 go in
 * the first round; then comes a round for each step from 1 on, of its corrections and the choices
 * of the next one, in this order. */
#include "pool_make.h"

#include "../runtime/base/random.h"

#include <string.h>

enum { BATCH = 512 };                   /* at once: what fits the room below */

_Static_assert(BATCH * 2 <= GILBOA_KEYS * GILBOA_SEGMENT, "expanded pads fit");
_Static_assert(BATCH * 2 * 16 <= GILBOA_PACK, "corrections fit");
_Static_assert(BATCH % COT_ROUND == 0, "nothing is padded in the middle");

/* What node `from` corrects in the step of node `to`: its product for z, and for x. */
static bool
corrects_z(unsigned from, unsigned to)
{
	return to > 1 || (to == 1 && from > 1);
}

static bool
corrects_x(unsigned from, unsigned to)
{
	return from < to;
}

static unsigned
corrections(unsigned from, unsigned to)
{
	return corrects_z(from, to) + corrects_x(from, to);
}

static uint64_t
choice_bytes(unsigned k, uint64_t n)
{
	return cot_bytes(k, BATCH) * (n / BATCH) + cot_bytes(k, n % BATCH);
}

uint64_t
mulbs_bytes(unsigned k, unsigned ring_bits, unsigned from, unsigned to, uint64_t n)
{
	return choice_bytes(k, n) + corrections(from, to) * n * ring_bits / 8;
}

static size_t
batch(size_t n, size_t i)
{
	return n - i < BATCH ? n - i : BATCH;
}

/* One entry's row of each, at this node. */
struct mulb {
	struct maker *m;
	size_t n;
	void *x, *y, *z;                /* x becomes r */
	void *px, *pz;                  /* shares of this node's own products */
};

#define RING 64
#define WORD uint64_t
#define F(name) name##64
#include "pool_mulb_ring.h"
#undef RING
#undef WORD
#undef F

#define RING 128
#define WORD u128
#define F(name) name##128
#include "pool_mulb_ring.h"
#undef RING
#undef WORD
#undef F

enum status
make_mulbs(struct maker *m, unsigned ring_bits, void *r, void *y, void *z, size_t n)
{
	size_t len = n * ring_bits / 8;
	struct mulb job = { .m = m, .n = n, .x = r, .y = y, .z = z, .px = m->product,
		.pz = m->product + len };

	random_bytes(m->bit, (n + 7) / 8);
	memset(r, 0, len);
	memset(y, 0, len);
	memset(z, 0, len);
	memset(m->product, 0, 2 * len);
	return ring_bits == 64 ? make64(&job) : make128(&job);
}
