/* yao_rows.c: how bits become labels, go through circuits, and become XOR shares; see yao.c.
 *
 * SHARE_Y, SPLIT_Y, B_TO_Y: bits of node 1 take COTs: begin sends the extension's message with the
 * bits as choices, and t_j are its labels; end takes q_j from it at node 0.  Bits of node 0, and
 * LIFT_Y's, which everybody knows: node 1's label is 0 and node 0's is value * Delta (garble.h), so
 * nothing is sent.  B_TO_Y: node 1's share takes COTs, and node 0 adds its own to its label:
 * q_j xor share * Delta stands for 0 of the XOR.
 * The COTs of a range are those of one group of up to 64 elements after the other, bit by bit. */
#include "yao.h"

#include "../runtime/base/bitplane.h"
#include "../runtime/base/mem.h"

#include <assert.h>
#include <string.h>

enum { WORDS_MAX = PARCEL_MAX / WORD_COTS_BYTES };      /* of one range */

uint64_t
yao_words(uint64_t lo, uint64_t hi, uint64_t width)
{
	uint64_t head = lo % GROUP == 0 ? 0 : GROUP - lo % GROUP, whole;

	if (hi <= lo)
		return 0;
	if (head >= hi - lo)
		return (width * (hi - lo) + 63) / 64;
	whole = (hi - lo - head) / GROUP;
	return (width * head + 63) / 64 + width * whole + (width * (hi % GROUP) + 63) / 64;
}

/* Bits of one node on their way to planes plane .. plane + width of d: elements lo .. hi of a,
 * which are `limbs` words each, or planes of XOR shares. */
struct bits {
	unsigned plane, width;
	uint64_t lo, hi;
	const uint64_t *a;
	size_t limbs;                   /* 0: planes */
	uint64_t n_a, n_d;              /* elements of a's planes, and of d's */
};

/* Elements lo .. hi of it that lie in one group. */
struct group {
	uint64_t lo;
	unsigned n;
};

static bool
next_group(struct group *g, const struct bits *s, uint64_t *at)
{
	uint64_t end = (*at / GROUP + 1) * GROUP;

	if (*at >= s->hi)
		return false;
	end = end < s->hi ? end : s->hi;
	*g = (struct group){ *at, (unsigned)(end - *at) };
	*at = end;
	return true;
}

/* The part of s within units lo .. hi. */
static struct bits
within(struct bits s, uint64_t lo, uint64_t hi)
{
	s.lo = s.lo > lo ? s.lo : lo;
	s.hi = s.hi < hi ? s.hi : hi;
	return s;
}

/* word[b]: bit b of the group's elements, the first at bit 0. */
static void
group_bits(uint64_t *word, const struct bits *s, const struct group *g)
{
	if (s->limbs > 0) {
		bitplane_slice(word, s->width, s->a + g->lo * s->limbs, s->limbs, g->n);
		return;
	}
	for (unsigned b = 0; b < s->width; b++)
		word[b] = s->a[b * plane_words(s->n_a) + g->lo / GROUP] & bitplane_mask(g->n);
}

/* Labels ^= bit * delta, or labels = bit * delta. */
static void
add_bits(block *d, const struct bits *s, block delta, bool add)
{
	uint64_t word[N_BITS_MAX], at = s->lo;
	struct group g;

	while (next_group(&g, s, &at)) {
		group_bits(word, s, &g);
		for (unsigned b = 0; b < s->width; b++) {
			block *to = d + (s->plane + b) * s->n_d + g.lo;

			for (unsigned i = 0; i < g.n; i++) {
				block x = block_mask(delta, bitplane_spread(word[b] >> i));

				to[i] = add ? block_xor(to[i], x) : x;
			}
		}
	}
	wipe(word, sizeof word);
}

/* Bits that node 0 knows. */
static void
known_to_garbler(struct proto *p, block *d, const struct bits *s)
{
	if (p->me == 0) {
		add_bits(d, s, p->y->delta, false);
		return;
	}
	if (s->hi <= s->lo)
		return;
	for (unsigned b = 0; b < s->width; b++)
		memset(d + (s->plane + b) * s->n_d + s->lo, 0, (s->hi - s->lo) * sizeof *d);
}

/* The COTs of a range: choices (node 1) or nothing (node 0), the message, and labels as they come,
 * a batch at a time. */
struct cots {
	struct garbling *g;
	const uint64_t *choice;
	uint8_t *msg;
	uint64_t left;                  /* words not yet in a batch */
	size_t at, have;                /* labels of the batch */
};

static void
next_batch(struct cots *c)
{
	struct garble_work *w = c->g->work;
	size_t words = c->left < COT_BATCH / 64 ? (size_t)c->left : COT_BATCH / 64;

	assert(words > 0);
	if (c->g->ch->me == 0) {
		cot_consume_extend(&w->cot.send, &w->scratch, w->label, c->msg, 64 * words);
	} else {
		cot_create_extend(&w->cot.recv, &w->scratch, c->msg, w->label,
		    (const uint8_t *)c->choice, 64 * words);
		c->choice += words;
	}
	c->msg += cot_bytes(GARBLE_COT_K, 64 * words);
	c->left -= words;
	c->at = 0;
	c->have = 64 * words;
}

/* The next n labels to d; NULL: they are not needed. */
static void
take_labels(struct cots *c, block *d, size_t n)
{
	while (n > 0) {
		if (c->at == c->have)
			next_batch(c);
		size_t m = n < c->have - c->at ? n : c->have - c->at;
		if (d != NULL) {
			memcpy(d, c->g->work->label + c->at, m * sizeof *d);
			d += m;
		}
		c->at += m;
		n -= m;
	}
}

static void
spread_labels(struct cots *c, block *d, const struct bits *s)
{
	uint64_t at = s->lo, bits;
	struct group g;

	while (next_group(&g, s, &at)) {
		for (unsigned b = 0; b < s->width; b++)
			take_labels(c, d + (s->plane + b) * s->n_d + g.lo, g.n);
		bits = (uint64_t)s->width * g.n;
		take_labels(c, NULL, (64 - bits % 64) % 64);
	}
	wipe(c->g->work->label, sizeof c->g->work->label);
}

/* Node 1's bits as choices. */
static void
choose(struct proto *p, block *d, const struct bits *s, struct parcel *out)
{
	uint64_t choice[WORDS_MAX], word[N_BITS_MAX], at = s->lo, *to = choice;
	struct cots c = { .g = p->y, .choice = choice, .msg = out->at[0],
		.left = yao_words(s->lo, s->hi, s->width) };
	struct group g;

	assert(c.left <= WORDS_MAX);
	out->at[0] += c.left * WORD_COTS_BYTES;
	while (next_group(&g, s, &at)) {
		group_bits(word, s, &g);
		bitplane_pack(to, word, s->width, g.n);
		to += bitplane_packed_words(s->width, g.n);
	}
	spread_labels(&c, d, s);
	wipe(word, sizeof word);
	wipe(choice, sizeof choice);
}

/* Node 0's labels of them. */
static void
chosen(struct proto *p, block *d, const struct bits *s, struct parcel *in)
{
	struct cots c = { .g = p->y, .msg = in->at[1],
		.left = yao_words(s->lo, s->hi, s->width) };

	in->at[1] += c.left * WORD_COTS_BYTES;
	spread_labels(&c, d, s);
}

/* Words of an element of a. */
static size_t
limbs_of(const struct operands *x)
{
	return x->imm[0] == 1 ? x->awidth / 64 : (size_t)x->imm[0];
}

static struct bits
shared_by(const struct operands *x, unsigned owner)
{
	return (struct bits){ .width = x->width, .lo = x->owner_lo[owner],
		.hi = x->owner_lo[owner + 1], .a = x->a, .limbs = limbs_of(x), .n_d = x->n };
}

static struct bits
split_of(const struct operands *x, unsigned owner)
{
	const unsigned width = (unsigned)x->imm[0];

	return (struct bits){ .plane = owner * width, .width = width, .hi = x->n, .a = x->a,
		.limbs = x->awidth / 64, .n_d = x->n };
}

static struct bits
xor_shared(const struct operands *x)
{
	return (struct bits){ .width = x->width, .hi = x->na, .a = x->a, .n_a = x->na,
		.n_d = x->n };
}

static enum status
run_lift(struct proto *p, const struct operands *x)
{
	const struct bits s = { .width = x->width, .hi = x->n, .a = x->a, .limbs = limbs_of(x),
		.n_d = x->n };

	known_to_garbler(p, x->d, &s);
	return ST_OK;
}

const struct proto_row yao_lift = { .run = run_lift };

/* How a row finds each node's bits. */
typedef struct bits bits_fn(const struct operands *, unsigned owner);

static void
put_bits(struct proto *p, const struct operands *x, bits_fn *of, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	const struct bits own = within(of(x, 0), lo, hi), theirs = within(of(x, 1), lo, hi);

	known_to_garbler(p, x->d, &own);
	if (p->me == 1)
		choose(p, x->d, &theirs, out);
}

static void
got_bits(struct proto *p, const struct operands *x, bits_fn *of, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const struct bits theirs = within(of(x, 1), lo, hi);

	if (p->me == 0)
		chosen(p, x->d, &theirs, in);
}

#define FROM_OWNERS(name, of) \
static enum status \
name##_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi, \
    struct parcel *out) \
{ \
	assert(r == 0); \
	put_bits(p, x, of, lo, hi, out); \
	return ST_OK; \
} \
static enum status \
name##_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi, \
    struct parcel *in) \
{ \
	assert(r == 0); \
	got_bits(p, x, of, lo, hi, in); \
	return ST_OK; \
}

FROM_OWNERS(share, shared_by)
FROM_OWNERS(split, split_of)

static uint64_t
share_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return (uint64_t)x->width * WORD_COTS_BYTES;
}

static uint64_t
share_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	const struct bits s = within(shared_by(x, 1), lo, hi);

	(void)n_nodes;
	(void)r;
	return from == 1 && to == 0 ? yao_words(s.lo, s.hi, s.width) * WORD_COTS_BYTES : 0;
}

const struct proto_row yao_share = {
	.rounds = 1, .step = YAO_STEP, .units = additive_units, .step_bytes = share_step_bytes,
	.bytes = share_bytes, .begin = share_begin, .end = share_end,
};

static uint64_t
split_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return (uint64_t)x->imm[0] * WORD_COTS_BYTES;
}

static uint64_t
split_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)n_nodes;
	(void)r;
	return from == 1 && to == 0 ?
	    yao_words(lo, hi, (uint64_t)x->imm[0]) * WORD_COTS_BYTES : 0;
}

const struct proto_row yao_split = {
	.rounds = 1, .step = YAO_STEP, .units = additive_units, .step_bytes = split_step_bytes,
	.bytes = split_bytes, .begin = split_begin, .end = split_end,
};

/* One element of a for many of d: the others' labels are copies. */
static void
copy_first(const struct operands *x)
{
	block *d = x->d;

	if (x->na == x->n)
		return;
	for (unsigned b = 0; b < x->width; b++)
		for (size_t i = 1; i < x->n; i++)
			d[b * x->n + i] = d[b * x->n];
}

static enum status
from_b_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	const struct bits s = within(xor_shared(x), lo, hi);

	assert(r == 0);
	if (p->me == 1) {
		choose(p, x->d, &s, out);
		copy_first(x);
	}
	return ST_OK;
}

static enum status
from_b_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const struct bits s = within(xor_shared(x), lo, hi);

	assert(r == 0);
	if (p->me == 0) {
		chosen(p, x->d, &s, in);
		add_bits(x->d, &s, p->y->delta, true);
		copy_first(x);
	}
	return ST_OK;
}

/* None if there is nothing to fill. */
static uint64_t
from_b_units(const struct operands *x)
{
	return x->n == 0 ? 0 : x->na;
}

static uint64_t
from_b_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)n_nodes;
	(void)r;
	return from == 1 && to == 0 ? yao_words(lo, hi, x->width) * WORD_COTS_BYTES : 0;
}

const struct proto_row yao_from_b = {
	.rounds = 1, .step = YAO_STEP, .units = from_b_units, .step_bytes = share_step_bytes,
	.bytes = from_b_bytes, .begin = from_b_begin, .end = from_b_end,
};

static enum status
run_to_b(struct proto *p, const struct operands *x)
{
	const size_t words = plane_words(x->n), step = x->na == x->n ? 1 : 0;
	const block *a = x->a;
	uint64_t *d = x->d;

	(void)p;
	for (unsigned b = 0; b < x->width; b++)
		for (size_t w = 0; w < words; w++) {
			size_t n = x->n - w * GROUP < GROUP ? x->n - w * GROUP : GROUP;
			uint64_t word = 0;

			for (size_t i = 0; i < n; i++)
				word |= (a[b * x->na + (w * GROUP + i) * step].w[0] & 1) << i;
			d[b * words + w] = word;
		}
	return ST_OK;
}

const struct proto_row yao_to_b = { .run = run_to_b };

static uint64_t
circuit_scratch(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return garble_scratch(x->circuit, x->n);
}

static enum status
run_circuit(struct proto *p, const struct operands *x)
{
	const struct labels in[3] = { { x->a, x->na }, { x->b, x->nb }, { x->c, x->nc } };

	return garble_circuit(p->y, x->circuit, x->d, x->n, in, x->scratch);
}

const struct proto_row yao_circuit = { .scratch = circuit_scratch, .run = run_circuit };
