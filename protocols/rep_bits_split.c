/* rep_bits_split.c: SPLIT_B of protocol replicated: numbers as bits of two summands.
 *
 * u, the sum of the two parts that node s holds, s shares as SHARE_B does: part s of its bits is
 * drawn by s and s - 1, part s + 2 is 0, part s + 1 is what is left, and s sends it to node s + 1,
 * which does not know the key.  v, the part that s lacks, is known to the other two already: they
 * put its bits into part s + 2, and the others are 0.  Which node s is changes as in rep_turn.h, so
 * that all links are loaded alike. */
#include "rep_turn.h"

#include "groups.h"

#include "../runtime/base/mem.h"

#include <string.h>

enum {
	RING_BITS_MAX = 128,
	TURN_WORDS = REP_TURN / GROUP * RING_BITS_MAX,
};

/* Elements i .. i + n, of one turn, and the groups that they are. */
struct turn {
	unsigned sender;
	uint64_t i;
	size_t n;
};

static struct turn
turn_at(uint64_t i, uint64_t hi)
{
	return (struct turn){ rep_sender(i), i, rep_turn(i, hi) };
}

static unsigned
summand_bits(const struct operands *x)
{
	return (unsigned)x->imm[0];
}

/* To one of this node's parts of d: bits of summand 0 or 1. */
static void
store(const struct operands *x, unsigned part, unsigned summand, const uint64_t *sliced,
    const struct turn *t)
{
	const uint64_t plane = plane_words(x->n);
	uint64_t *d = (uint64_t *)((uint8_t *)x->d + part * x->part[0]);

	bitplane_scatter(d + summand * summand_bits(x) * plane, plane, sliced, summand_bits(x),
	    t->i / GROUP, plane_words(t->n));
}

/* This node's part of a. */
static const uint64_t *
number(const struct operands *x, unsigned part, const struct turn *t)
{
	return (const uint64_t *)((const uint8_t *)x->a + part * x->part[1]) +
	    t->i * (x->awidth / 64);
}

static void
slice(uint64_t *sliced, const struct operands *x, const uint64_t *a, const struct turn *t)
{
	groups_slice(sliced, summand_bits(x), a, x->awidth / 64, 0, t->n, 0, plane_words(t->n));
}

/* The bits of u. */
static void
slice_sum(uint64_t *sliced, const struct operands *x, const struct turn *t)
{
	uint64_t sum[REP_TURN * RING_BITS_MAX / 64];
	const uint64_t *a = number(x, 0, t), *b = number(x, 1, t);

	if (x->awidth == 64)
		ring64_add((ashare64 *)sum, (const ashare64 *)a, (const ashare64 *)b, t->n);
	else
		ring128_add((ashare128 *)sum, (const ashare128 *)a, (const ashare128 *)b, t->n);
	slice(sliced, x, sum, t);
	wipe(sum, sizeof sum);
}

/* The part of u's bits that this node draws with node s or, as s, with node s - 1. */
static void
draw(uint64_t *sliced, const struct proto *p, const struct operands *x, const struct turn *t)
{
	const unsigned width = summand_bits(x);

	prg_elements(&p->with[p->me == t->sender ? 0 : 1][REP_SHARE], rep_stream(x->seq, 0, 0),
	    t->i / GROUP * width, 64, sliced, plane_words(t->n) * width);
}

static void
put_turn(uint8_t **to, const uint64_t *sliced, unsigned width, size_t n)
{
	const struct groups g = groups_of(0, n);
	uint64_t packed[RING_BITS_MAX];

	memcpy(*to, sliced, g.whole * width * sizeof *sliced);
	bitplane_pack(packed, sliced + g.whole * width, g.rest > 0 ? width : 0, g.rest);
	memcpy(*to + g.whole * width * sizeof *sliced, packed,
	    bitplane_packed_bytes(width, g.rest));
	*to += groups_bytes(0, n, width);
	wipe(packed, sizeof packed);
}

static void
get_turn(uint8_t **from, uint64_t *sliced, unsigned width, size_t n)
{
	const struct groups g = groups_of(0, n);
	uint64_t packed[RING_BITS_MAX] = { 0 };

	memcpy(sliced, *from, g.whole * width * sizeof *sliced);
	memcpy(packed, *from + g.whole * width * sizeof *sliced,
	    bitplane_packed_bytes(width, g.rest));
	bitplane_unpack(sliced + g.whole * width, packed, g.rest > 0 ? width : 0, g.rest);
	*from += groups_bytes(0, n, width);
	wipe(packed, sizeof packed);
}

/* At node s. */
static void
begin_sender(struct proto *p, const struct operands *x, const struct turn *t, uint8_t **to)
{
	uint64_t drawn[TURN_WORDS], left[TURN_WORDS];

	draw(drawn, p, x, t);
	slice_sum(left, x, t);
	bitplane_xor(left, drawn, plane_words(t->n) * summand_bits(x) * sizeof *left);
	store(x, 0, 0, drawn, t);
	store(x, 1, 0, left, t);
	put_turn(to, left, summand_bits(x), t->n);
	memset(left, 0, sizeof left);
	store(x, 0, 1, left, t);
	store(x, 1, 1, left, t);
	wipe(drawn, sizeof drawn);
}

/* At the others: part s + 2 is the first at node s + 2, the second at node s + 1. */
static void
begin_other(struct proto *p, const struct operands *x, const struct turn *t)
{
	const unsigned known = p->me == rep_prev(t->sender) ? 0 : 1;
	uint64_t word[TURN_WORDS] = { 0 };

	store(x, 1 - known, 1, word, t);
	store(x, known, 0, word, t);
	slice(word, x, number(x, known, t), t);
	store(x, known, 1, word, t);
	if (known == 0) {
		draw(word, p, x, t);
		store(x, 1, 0, word, t);
	}
	wipe(word, sizeof word);
}

static enum status
split_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	struct turn t;

	(void)r;
	for (uint64_t i = lo; i < hi; i += t.n) {
		t = turn_at(i, hi);
		if (t.sender == p->me)
			begin_sender(p, x, &t, &out->at[rep_next(p->me)]);
		else
			begin_other(p, x, &t);
	}
	return ST_OK;
}

static enum status
split_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	uint64_t left[TURN_WORDS];
	struct turn t;

	(void)r;
	for (uint64_t i = lo; i < hi; i += t.n) {
		t = turn_at(i, hi);
		if (t.sender != rep_prev(p->me))
			continue;
		get_turn(&in->at[t.sender], left, summand_bits(x), t.n);
		store(x, 0, 0, left, &t);
	}
	wipe(left, sizeof left);
	return ST_OK;
}

static uint64_t
split_units(const struct operands *x)
{
	return x->n;
}

static uint64_t
split_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return groups_bytes(0, REP_STEP, summand_bits(x));
}

static uint64_t
split_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)r;
	(void)n_nodes;
	return to == rep_next(from) ? groups_bytes(0, rep_turns(from, lo, hi), summand_bits(x)) : 0;
}

const struct proto_row replicated_split_b = {
	.rounds = 1, .step = REP_STEP, .units = split_units, .step_bytes = split_step_bytes,
	.bytes = split_bytes, .begin = split_begin, .end = split_end,
};
