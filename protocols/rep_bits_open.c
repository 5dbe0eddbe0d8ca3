/* rep_bits_open.c: REVEAL_B and OPEN_B of protocol replicated.
 *
 * Node i lacks part i - 1.  Node i + 1, whose second part that is, sends it.  It says no more than
 * the value does, with which node i could work it out, so nothing needs to be re-randomised.  A
 * message is the sliced bits, the last group without gaps.  Node i - 1 vouches for it:
 * rep_open.h. */
#include "rep_open.h"

#include "groups.h"

#include "../runtime/base/mem.h"

#include <string.h>

static bool
learns(const struct operands *x, unsigned node)
{
	return (x->recipients >> node & 1) != 0;
}

/* Groups g .. g + n of one of this node's parts of a. */
static void
load(uint64_t *sliced, const struct operands *x, unsigned part, uint64_t g, size_t n)
{
	groups_load(sliced, (const uint8_t *)x->a + part * x->part[1], x->na, x->na, x->awidth, g,
	    n);
}

/* Groups g .. g + n of a part for recipients that are no nodes, masked as in rep_open.c.  What is
 * behind the last element is the same at both holders: 0 below the mask. */
static void
put_box(const struct proto *p, const struct operands *x, unsigned part, const uint64_t *sliced,
    uint64_t g, size_t n)
{
	const unsigned i = (p->me + part) % REP_NODES;
	const size_t words = n * x->awidth;
	uint64_t *box = (uint64_t *)(void *)((uint8_t *)x->box + part * x->box_bytes) + g * x->awidth;
	uint64_t zero[GROUPS_SLICED];

	for (size_t w = 0; w < words; w++) {
		const uint64_t left = x->na - (g + w / x->awidth) * GROUP;
		box[w] = sliced[w] & bitplane_mask(left < GROUP ? left : GROUP);
	}
	for (unsigned k = 0; k < 2; k++) {
		if (i != 2 && i != k)
			continue;
		prg_elements(&p->all, rep_stream(x->seq, 0, k), g * x->awidth, 64, zero, words);
		bitplane_xor(box, zero, words * sizeof *box);
	}
	wipe(zero, sizeof zero);
}

/* The bytes of one part: the second goes to the node before, for the first this one vouches. */
static void
say(struct proto *p, const struct operands *x, unsigned part, const void *bytes, size_t len,
    struct parcel *out)
{
	const unsigned to = rep_prev(p->me);

	if (part == 0) {
		rep_vouch(p, x->recipients, bytes, len);
	} else if (learns(x, to)) {
		memcpy(out->at[to], bytes, len);
		out->at[to] += len;
	}
}

static void
say_groups(struct proto *p, const struct operands *x, unsigned part, const struct groups *all,
    struct parcel *out)
{
	uint64_t sliced[GROUPS_SLICED], packed[GROUPS_SLICED];
	size_t n;

	for (uint64_t g = 0; g < all->whole; g += n) {
		n = groups_at_once(x->awidth, all->whole - g);
		load(sliced, x, part, all->first + g, n);
		if (x->box != NULL)
			put_box(p, x, part, sliced, all->first + g, n);
		say(p, x, part, sliced, n * x->awidth * sizeof *sliced, out);
	}
	if (all->rest > 0) {
		load(sliced, x, part, all->first + all->whole, 1);
		if (x->box != NULL)
			put_box(p, x, part, sliced, all->first + all->whole, 1);
		bitplane_pack(packed, sliced, x->awidth, all->rest);
		say(p, x, part, packed, bitplane_packed_bytes(x->awidth, all->rest), out);
		wipe(packed, sizeof packed);
	}
	wipe(sliced, sizeof sliced);
}

static enum status
open_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	const struct groups all = groups_of(lo, hi);

	(void)r;
	for (unsigned part = 0; part < 2; part++)
		say_groups(p, x, part, &all, out);
	return ST_OK;
}

/* Groups g .. g + n, of `count` elements, whose third part is in `sliced`. */
static void
open_groups(const struct operands *x, uint64_t *sliced, uint64_t g, size_t n, uint64_t count)
{
	const size_t limbs = x->imm[0] == 1 ? x->width / 64 : (size_t)x->imm[0];
	uint64_t own[GROUPS_SLICED];

	for (unsigned part = 0; part < 2; part++) {
		load(own, x, part, g, n);
		bitplane_xor(sliced, own, n * x->awidth * sizeof *own);
	}
	groups_join((uint64_t *)x->d + g * GROUP * limbs, limbs, sliced, x->awidth, x->imm[1] == 1,
	    count);
	wipe(own, sizeof own);
}

static enum status
open_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const struct groups all = groups_of(lo, hi);
	uint8_t **from = &in->at[rep_next(p->me)];
	uint64_t sliced[GROUPS_SLICED], packed[GROUPS_SLICED];
	size_t n, len;

	(void)r;
	if (!learns(x, p->me))
		return ST_OK;
	for (uint64_t g = 0; g < all.whole; g += n) {
		n = groups_at_once(x->awidth, all.whole - g);
		len = n * x->awidth * sizeof *sliced;
		memcpy(sliced, *from, len);
		*from += len;
		rep_heard(p, sliced, len);
		open_groups(x, sliced, all.first + g, n, n * GROUP);
	}
	if (all.rest > 0) {
		len = bitplane_packed_bytes(x->awidth, all.rest);
		packed[bitplane_packed_words(x->awidth, all.rest) - 1] = 0;
		memcpy(packed, *from, len);
		*from += len;
		rep_heard(p, packed, len);
		bitplane_unpack(sliced, packed, x->awidth, all.rest);
		open_groups(x, sliced, all.first + all.whole, 1, all.rest);
		wipe(packed, sizeof packed);
	}
	wipe(sliced, sizeof sliced);
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
	return groups_bytes(0, REP_STEP, x->awidth);
}

static uint64_t
open_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)r;
	(void)n_nodes;
	return to == rep_prev(from) && learns(x, to) ? groups_bytes(lo, hi, x->awidth) : 0;
}

const struct proto_row replicated_open_b = {
	.rounds = 1, .step = REP_STEP, .units = open_units, .step_bytes = open_step_bytes,
	.bytes = open_bytes, .begin = open_begin, .end = open_end,
};
