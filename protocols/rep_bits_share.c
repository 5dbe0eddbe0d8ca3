/* rep_bits_share.c: how values become replicated bits.
 *
 * SHARE_B: of an element of owner j, nodes j and j - 1 draw part j from their key; part j + 2 is 0;
 * part j + 1 is what is left, which j sends to node j + 1.  What that node sees is masked by a key
 * that it does not know.  Word of plane i in group g is number g * width + i of the stream; where
 * two owners share a group, each takes its own bits of the word.  A message is the sliced bits of
 * an owner's elements, of groups that are not whole bits without gaps.
 * LIFT_B: part 0 is the public bits.  RANDOM_B: all three parts are drawn; nobody knows all. */
#include "replicated.h"

#include "groups.h"

#include "../runtime/base/mem.h"

#include <string.h>

/* Elements of owner j within lo .. hi. */
struct span {
	unsigned owner;
	uint64_t lo, hi;
};

static struct span
span_of(const struct operands *x, unsigned owner, uint64_t lo, uint64_t hi)
{
	struct span s = { owner, x->owner_lo[owner], x->owner_lo[owner + 1] };

	s.lo = s.lo > lo ? s.lo : lo;
	s.hi = s.hi < hi ? s.hi : hi;
	return s;
}

/* Words of an element of a. */
static size_t
limbs_of(const struct operands *x)
{
	return x->imm[0] == 1 ? x->awidth / 64 : (size_t)x->imm[0];
}

/* Of group g: the first element of the span, and how many are the span's. */
static unsigned
shift_of(const struct span *s, uint64_t g)
{
	return s->lo > g * GROUP ? (unsigned)(s->lo - g * GROUP) : 0;
}

static unsigned
count_of(const struct span *s, uint64_t g)
{
	const uint64_t end = s->hi < (g + 1) * GROUP ? s->hi - g * GROUP : GROUP;

	return (unsigned)end - shift_of(s, g);
}

/* Groups g .. g + n of a span to a message. */
static void
put_groups(uint8_t **to, const uint64_t *sliced, unsigned width, const struct span *s, uint64_t g,
    size_t n)
{
	const unsigned count = count_of(s, g), shift = shift_of(s, g);
	const size_t len = n * bitplane_packed_bytes(width, count);
	uint64_t packed[GROUPS_SLICED];

	if (count == GROUP) {
		memcpy(*to, sliced, len);
	} else {
		for (unsigned i = 0; i < width; i++)
			packed[i] = sliced[i] >> shift;
		bitplane_pack(packed, packed, width, count);
		memcpy(*to, packed, len);
		wipe(packed, sizeof packed);
	}
	*to += len;
}

static void
get_groups(uint8_t **from, uint64_t *sliced, unsigned width, const struct span *s, uint64_t g,
    size_t n)
{
	const unsigned count = count_of(s, g), shift = shift_of(s, g);
	const size_t len = n * bitplane_packed_bytes(width, count);
	uint64_t packed[GROUPS_SLICED];

	if (count == GROUP) {
		memcpy(sliced, *from, len);
	} else {
		packed[bitplane_packed_words(width, count) - 1] = 0;
		memcpy(packed, *from, len);
		bitplane_unpack(sliced, packed, width, count);
		for (unsigned i = 0; i < width; i++)
			sliced[i] <<= shift;
	}
	*from += len;
}

/* Groups g .. g + n of a span to one of this node's parts of d, 0 or 1. */
static void
store(const struct operands *x, unsigned part, const uint64_t *sliced, const struct span *s,
    uint64_t g, size_t n)
{
	groups_store((uint64_t *)((uint8_t *)x->d + part * x->part[0]), plane_words(x->n), sliced,
	    x->width, s->lo, s->hi, g, n);
}

/* As owner: both parts, and the message. */
static void
own_groups(struct proto *p, const struct operands *x, const struct span *s, uint64_t g, size_t n,
    uint8_t **to)
{
	uint64_t part[GROUPS_SLICED], rest[GROUPS_SLICED];
	const size_t len = n * x->width;

	prg_elements(&p->with[0][REP_SHARE], rep_stream(x->seq, 0, 0), g * x->width, 64, part, len);
	groups_slice(rest, x->width, x->a, limbs_of(x), s->lo, s->hi, g, n);
	bitplane_xor(rest, part, len * sizeof *rest);
	store(x, 0, part, s, g, n);
	store(x, 1, rest, s, g, n);
	put_groups(to, rest, x->width, s, g, n);
	wipe(part, sizeof part);
	wipe(rest, sizeof rest);
}

/* At another node, what it knows beforehand: the part that is 0, and at the owner's predecessor the
 * one that is drawn. */
static void
others_groups(struct proto *p, const struct operands *x, const struct span *s, uint64_t g, size_t n)
{
	const bool before = s->owner == rep_next(p->me);
	uint64_t part[GROUPS_SLICED] = { 0 };

	store(x, before ? 0 : 1, part, s, g, n);
	if (!before)
		return;
	prg_elements(&p->with[1][REP_SHARE], rep_stream(x->seq, 0, 0), g * x->width, 64, part,
	    n * x->width);
	store(x, 1, part, s, g, n);
	wipe(part, sizeof part);
}

static enum status
share_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	size_t n;

	(void)r;
	for (unsigned owner = 0; owner < REP_NODES; owner++) {
		const struct span s = span_of(x, owner, lo, hi);

		for (uint64_t g = s.lo / GROUP; s.lo < s.hi && g * GROUP < s.hi; g += n) {
			n = groups_run(x->width, s.lo, s.hi, g);
			if (owner == p->me)
				own_groups(p, x, &s, g, n, &out->at[rep_next(owner)]);
			else
				others_groups(p, x, &s, g, n);
		}
	}
	return ST_OK;
}

static enum status
share_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const unsigned owner = rep_prev(p->me);
	const struct span s = span_of(x, owner, lo, hi);
	uint64_t part[GROUPS_SLICED];
	size_t n;

	(void)r;
	for (uint64_t g = s.lo / GROUP; s.lo < s.hi && g * GROUP < s.hi; g += n) {
		n = groups_run(x->width, s.lo, s.hi, g);
		get_groups(&in->at[owner], part, x->width, &s, g, n);
		store(x, 0, part, &s, g, n);
	}
	wipe(part, sizeof part);
	return ST_OK;
}

static uint64_t
share_units(const struct operands *x)
{
	return x->n;
}

static uint64_t
share_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return groups_bytes(0, REP_STEP, x->width);
}

static uint64_t
share_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	const struct span s = span_of(x, from, lo, hi);
	const uint64_t g = s.lo / GROUP;
	uint64_t head = 0;

	(void)r;
	(void)n_nodes;
	if (to != rep_next(from) || s.lo >= s.hi)
		return 0;
	if (s.lo % GROUP == 0)
		return groups_bytes(s.lo, s.hi, x->width);
	head = bitplane_packed_bytes(x->width, count_of(&s, g));
	return s.hi <= (g + 1) * GROUP ? head :
	    head + groups_bytes((g + 1) * GROUP, s.hi, x->width);
}

static enum status
run_lift(struct proto *p, const struct operands *x)
{
	const struct span s = { .hi = x->n };
	uint64_t sliced[GROUPS_SLICED];
	size_t n;

	memset(x->d, 0, x->part[0] + x->width * plane_words(x->n) * sizeof(bshare));
	for (uint64_t g = 0; g < plane_words(x->n) && p->me != 1; g += n) {
		n = groups_run(x->width, s.lo, s.hi, g);
		groups_slice(sliced, x->width, x->a, limbs_of(x), s.lo, s.hi, g, n);
		store(x, p->me == 0 ? 0 : 1, sliced, &s, g, n);
	}
	return ST_OK;
}

static enum status
run_random(struct proto *p, const struct operands *x)
{
	for (unsigned k = 0; k < 2; k++)
		prg_fill(&p->with[k][REP_SHARE], rep_stream(x->seq, 0, 0), 0,
		    (uint8_t *)x->d + k * x->part[0],
		    x->width * plane_words(x->n) * sizeof(bshare));
	return ST_OK;
}

const struct proto_row replicated_share_b = {
	.rounds = 1, .step = REP_STEP, .units = share_units, .step_bytes = share_step_bytes,
	.bytes = share_bytes, .begin = share_begin, .end = share_end,
};
const struct proto_row replicated_lift_b = { .run = run_lift };
const struct proto_row replicated_random_b = { .run = run_random };
