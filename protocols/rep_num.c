/* rep_num.c: the rows NUM_A and MULB_A of protocol replicated; see rep_num.h */
#include "rep_num.h"

#include "../runtime/base/mem.h"

#include <string.h>

enum { TURN_WORDS = REP_TURN / GROUP * 128 };

/* u at node s, else v: of elements i .. i + n. */
static void
load(uint64_t *word, const struct proto *p, const struct operands *x, const struct num *a)
{
	const uint8_t *second = (const uint8_t *)x->a + x->part[1];
	const size_t groups = plane_words(a->n);
	const void *from = a->sender == rep_prev(p->me) ? (const void *)second : x->a;
	uint64_t other[TURN_WORDS];

	groups_load(word, from, x->na, x->n, a->bits, a->i / GROUP, groups);
	if (a->sender != p->me)
		return;
	groups_load(other, second, x->na, x->n, a->bits, a->i / GROUP, groups);
	bitplane_xor(word, other, groups * a->bits * sizeof *word);
	wipe(other, sizeof other);
}

static struct num
turn_at(const struct operands *x, uint64_t i, uint64_t hi, const uint64_t *word)
{
	return (struct num){ .i = i, .seq = x->seq, .n = rep_turn(i, hi), .sender = rep_sender(i),
		.bits = rep_num_bits(x->width, x->awidth), .is_signed = x->imm[0] == 1,
		.word = word };
}

/* This node's parts of d from element i on. */
static void
parts_at(void *d[2], const struct operands *x, uint64_t i)
{
	d[0] = (uint8_t *)x->d + i * (x->width / 8);
	d[1] = (uint8_t *)d[0] + x->part[0];
}

/* fn for each turn of units lo .. hi. */
static void
each_turn(num_turn_fn *fn, const struct proto *p, const struct operands *x, uint64_t lo,
    uint64_t hi, struct parcel *parcel)
{
	uint64_t word[TURN_WORDS];
	void *d[2];

	for (uint64_t i = lo; i < hi; i += rep_turn(i, hi)) {
		const struct num a = turn_at(x, i, hi, word);

		load(word, p, x, &a);
		parts_at(d, x, i);
		fn(p, &a, d, parcel);
	}
	wipe(word, sizeof word);
}

static enum status
num_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	(void)r;
	each_turn(x->width == 64 ? rep_num64_begin : rep_num128_begin, p, x, lo, hi, out);
	return ST_OK;
}

static enum status
num_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	(void)r;
	each_turn(x->width == 64 ? rep_num64_end : rep_num128_end, p, x, lo, hi, in);
	return ST_OK;
}

static uint64_t
num_units(const struct operands *x)
{
	return x->n;
}

/* What s sends of an element to either of the others. */
static uint64_t
element_bytes(const struct operands *x)
{
	uint64_t sum = 0;

	for (unsigned b = 0; b < rep_num_bits(x->width, x->awidth); b++)
		sum += rep_num_bytes(x->width, b);
	return sum;
}

static uint64_t
num_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return REP_STEP * element_bytes(x);
}

static uint64_t
num_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)r;
	(void)n_nodes;
	if (from == to)
		return 0;
	return rep_turns(from, lo, hi) * element_bytes(x) +
	    rep_turns(REP_NODES - from - to, lo, hi) * (x->width / 8);
}

const struct proto_row replicated_num_a = {
	.rounds = 1, .step = REP_STEP, .units = num_units, .step_bytes = num_step_bytes,
	.bytes = num_bytes, .begin = num_begin, .end = num_end,
};

/* What is multiplied in the second round: the bit as a number, which is in d, and b. */
static struct operands
product_of(const struct operands *x)
{
	struct operands y = *x;

	y.a = x->d;
	y.na = x->n;
	y.awidth = x->width;
	y.part[1] = x->part[0];
	return y;
}

static uint64_t
mulb_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	return (r == 0 ? &replicated_num_a : &replicated_mul)->bytes(x, n_nodes, r, from, to, lo, hi);
}

static enum status
mulb_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	const struct operands y = product_of(x);

	return r == 0 ? num_begin(p, x, r, lo, hi, out) :
	    replicated_mul.begin(p, &y, r, lo, hi, out);
}

static enum status
mulb_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	return (r == 0 ? &replicated_num_a : &replicated_mul)->end(p, x, r, lo, hi, in);
}

const struct proto_row replicated_mulb_a = {
	.rounds = 1, .step = REP_STEP, .units = num_units, .step_bytes = num_step_bytes,
	.bytes = mulb_bytes, .begin = mulb_begin, .end = mulb_end,
};
