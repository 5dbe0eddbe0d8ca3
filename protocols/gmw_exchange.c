/* gmw_exchange.c: how bits leave domain B: opened, or as numbers; and how long those messages are.
 *
 * REVEAL_B and OPEN_B, of elements of w bits: each node adds its part of a sharing of zero first: a
 * stream that every pair of nodes has in common, addressed as in gmw_local.c.  A message is the
 * sliced bits, the last group without gaps.
 * NUM_A and MULB_A: gmw_ring.h. */
#include "gmw.h"

#include "../runtime/base/mem.h"

#include <assert.h>
#include <string.h>

void
gmw_put(const struct proto *p, struct parcel *out, uint32_t recipients, const void *from,
    size_t len)
{
	for (unsigned j = 0; j < p->n; j++) {
		if (j == p->me || (recipients >> j & 1) == 0)
			continue;
		memcpy(out->at[j], from, len);
		out->at[j] += len;
	}
}

const uint8_t *
gmw_xor_from_all(const struct proto *p, struct parcel *in, size_t len)
{
	const unsigned one = p->me == 0 ? 1 : 0;
	uint8_t *sum = in->at[one];

	in->at[one] += len;
	for (unsigned j = 0; j < p->n; j++) {
		if (j == p->me || j == one)
			continue;
		bitplane_xor(sum, in->at[j], len);
		in->at[j] += len;
	}
	return sum;
}

/* Groups g .. g + n of this node's bits, re-randomised. */
static void
masked(uint64_t *sliced, const struct proto *p, const struct operands *x, uint64_t g, size_t n)
{
	uint64_t zero[GROUPS_SLICED];

	groups_load(sliced, x->a, x->na, x->na, x->awidth, g, n);
	for (unsigned j = 0; j < p->n; j++) {
		if (j == p->me)
			continue;
		prg_elements(&p->zero[j], x->seq, g * x->awidth, 64, zero, n * x->awidth);
		bitplane_xor(sliced, zero, n * x->awidth * sizeof *zero);
	}
	wipe(zero, sizeof zero);
}

/* For recipients that are no nodes. */
static void
put_box(const struct operands *x, const uint64_t *sliced, uint64_t g, size_t n)
{
	if (x->box != NULL)
		memcpy((uint64_t *)x->box + g * x->awidth, sliced, n * x->awidth * sizeof *sliced);
}

static enum status
open_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	const struct groups all = groups_of(lo, hi);
	uint64_t sliced[GROUPS_SLICED], packed[GROUPS_SLICED];
	size_t n;

	assert(r == 0);
	for (uint64_t g = 0; g < all.whole; g += n) {
		n = groups_at_once(x->awidth, all.whole - g);
		masked(sliced, p, x, all.first + g, n);
		gmw_put(p, out, x->recipients, sliced, n * x->awidth * sizeof *sliced);
		put_box(x, sliced, all.first + g, n);
	}
	if (all.rest > 0) {
		masked(sliced, p, x, all.first + all.whole, 1);
		/* What is behind the last element is nobody's business. */
		for (unsigned w = 0; w < x->awidth; w++)
			sliced[w] &= bitplane_mask(all.rest);
		put_box(x, sliced, all.first + all.whole, 1);
		bitplane_pack(packed, sliced, x->awidth, all.rest);
		gmw_put(p, out, x->recipients, packed,
		    bitplane_packed_bytes(x->awidth, all.rest));
		wipe(packed, sizeof packed);
	}
	wipe(sliced, sizeof sliced);
	return ST_OK;
}

/* Opened groups, of n elements together, to numbers from element i on. */
static void
store_opened(const struct operands *x, const uint64_t *sliced, uint64_t i, uint64_t n)
{
	const size_t limbs = x->imm[0] == 1 ? x->width / 64 : (size_t)x->imm[0];

	groups_join((uint64_t *)x->d + i * limbs, limbs, sliced, x->awidth, x->imm[1] == 1, n);
}

static enum status
open_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const struct groups all = groups_of(lo, hi);
	uint64_t sliced[GROUPS_SLICED], packed[GROUPS_SLICED], theirs[GROUPS_SLICED];
	size_t n, len;

	assert(r == 0);
	if ((x->recipients >> p->me & 1) == 0)
		return ST_OK;
	for (uint64_t g = 0; g < all.whole; g += n) {
		n = groups_at_once(x->awidth, all.whole - g);
		len = n * x->awidth * sizeof *sliced;
		masked(sliced, p, x, all.first + g, n);
		bitplane_xor(sliced, gmw_xor_from_all(p, in, len), len);
		store_opened(x, sliced, (all.first + g) * GROUP, n * GROUP);
	}
	if (all.rest > 0) {
		len = bitplane_packed_bytes(x->awidth, all.rest);
		masked(sliced, p, x, all.first + all.whole, 1);
		memset(packed, 0, sizeof packed);
		memcpy(packed, gmw_xor_from_all(p, in, len), len);
		bitplane_unpack(theirs, packed, x->awidth, all.rest);
		bitplane_xor(sliced, theirs, x->awidth * sizeof *sliced);
		store_opened(x, sliced, (all.first + all.whole) * GROUP, all.rest);
	}
	wipe(sliced, sizeof sliced);
	wipe(packed, sizeof packed);
	wipe(theirs, sizeof theirs);
	return ST_OK;
}

static uint64_t
open_units(const struct operands *x)
{
	return x->na;
}

static uint64_t
open_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return groups_bytes(0, GROUPS_STEP, x->awidth);
}

static uint64_t
open_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)r;
	(void)n_nodes;
	return from == to || (x->recipients >> to & 1) == 0 ? 0 : groups_bytes(lo, hi, x->awidth);
}

const struct proto_row additive_open_b = {
	.rounds = 1, .step = GROUPS_STEP, .units = open_units, .step_bytes = open_step_bytes,
	.bytes = open_bytes, .begin = open_begin, .end = open_end,
};

ADDITIVE_BY_WIDTH(num, begin)
ADDITIVE_BY_WIDTH(num, end)
ADDITIVE_BY_WIDTH(mulb, begin)
ADDITIVE_BY_WIDTH(mulb, end)

static uint64_t
num_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return groups_bytes(0, GROUPS_STEP, gmw_num_bits(x->width, x->awidth));
}

static uint64_t
num_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)r;
	(void)n_nodes;
	return from == to ? 0 : groups_bytes(lo, hi, gmw_num_bits(x->width, x->awidth));
}

static uint64_t
num_prepare(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi)
{
	(void)r;
	return additive_announce(p, x->width == 64 ? CORR_BIT64 : CORR_BIT128,
	    gmw_num_bits(x->width, x->awidth), lo, hi);
}

const struct proto_row additive_num_a = {
	.rounds = 1, .step = GROUPS_STEP, .units = additive_units, .step_bytes = num_step_bytes,
	.bytes = num_bytes, .prepare = num_prepare, .begin = num_begin, .end = num_end,
};

static uint64_t
mulb_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)r;
	(void)n_nodes;
	return from == to ? 0 : (hi - lo) * (x->width / 8) + bitplane_packed_bytes(hi - lo, 1);
}

static uint64_t
mulb_step_bytes(const struct operands *x, unsigned n_nodes)
{
	return mulb_bytes(x, n_nodes, 0, 0, 1, 0, GROUPS_STEP);
}

static uint64_t
mulb_prepare(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi)
{
	(void)r;
	return additive_announce(p, x->width == 64 ? CORR_MULB64 : CORR_MULB128, 1, lo, hi);
}

const struct proto_row additive_mulb_a = {
	.rounds = 1, .step = GROUPS_STEP, .units = additive_units, .step_bytes = mulb_step_bytes,
	.bytes = mulb_bytes, .prepare = mulb_prepare, .begin = mulb_begin, .end = mulb_end,
};
