/* gmw_local.c: how values become XOR shares; nothing is sent.
 *
 * As SHARE of additive_local.c, with XOR instead of sums: an element's owner and every other node
 * draw that node's share from their common generator, and the owner keeps what is left.  SPLIT_B
 * does it with each node's arithmetic share, whose owner that node is.  Word of plane i in group g
 * is number g * width + i of the instruction's stream; where two owners share a group, each takes
 * its own bits of the word. */
#include "gmw.h"

#include "../runtime/base/mem.h"
#include "../runtime/base/random.h"

#include <string.h>

/* What one owner has: elements lo .. hi, `limbs` words each, to planes plane .. plane + width. */
struct source {
	unsigned owner;
	unsigned plane, width;
	uint64_t lo, hi;
	const uint64_t *a;
	size_t limbs;
};

/* Groups g .. g + n of the stream. */
static void
stream(const struct prg *key, const struct operands *x, const struct source *s, uint64_t g,
    uint64_t *sliced, size_t n)
{
	if (s->width == x->width) {
		prg_elements(key, x->seq, g * x->width, 64, sliced, n * s->width);
		return;
	}
	for (size_t i = 0; i < n; i++)
		prg_elements(key, x->seq, (g + i) * x->width + s->plane, 64,
		    sliced + i * s->width, s->width);
}

/* This node's shares of groups g .. g + n. */
static void
shares(struct proto *p, const struct operands *x, const struct source *s, uint64_t g,
    uint64_t *sliced, size_t n)
{
	uint64_t mask[GROUPS_SLICED];

	if (s->owner != p->me) {
		stream(&p->share[s->owner], x, s, g, sliced, n);
		return;
	}
	groups_slice(sliced, s->width, s->a, s->limbs, s->lo, s->hi, g, n);
	for (unsigned j = 0; j < p->n; j++) {
		if (j == p->me)
			continue;
		stream(&p->share[j], x, s, g, mask, n);
		bitplane_xor(sliced, mask, n * s->width * sizeof *mask);
	}
	wipe(mask, sizeof mask);
}

static void
share_source(struct proto *p, const struct operands *x, const struct source *s)
{
	const uint64_t plane = plane_words(x->n);
	uint64_t *d = (uint64_t *)x->d + s->plane * plane;
	uint64_t sliced[GROUPS_SLICED];
	size_t n;

	for (uint64_t g = s->lo / GROUP; g * GROUP < s->hi; g += n) {
		n = groups_run(s->width, s->lo, s->hi, g);
		shares(p, x, s, g, sliced, n);
		groups_store(d, plane, sliced, s->width, s->lo, s->hi, g, n);
	}
	wipe(sliced, sizeof sliced);
}

/* Words of an element of a. */
static size_t
limbs_of(const struct operands *x)
{
	return x->imm[0] == 1 ? x->awidth / 64 : (size_t)x->imm[0];
}

static enum status
run_share(struct proto *p, const struct operands *x)
{
	for (unsigned owner = 0; owner < p->n; owner++) {
		const struct source s = { .owner = owner, .width = x->width,
			.lo = x->owner_lo[owner], .hi = x->owner_lo[owner + 1], .a = x->a,
			.limbs = limbs_of(x) };

		share_source(p, x, &s);
	}
	return ST_OK;
}

static enum status
run_split(struct proto *p, const struct operands *x)
{
	const unsigned width = (unsigned)x->imm[0];

	for (unsigned owner = 0; owner < p->n; owner++) {
		const struct source s = { .owner = owner, .plane = owner * width, .width = width,
			.hi = x->n, .a = x->a, .limbs = x->awidth / 64 };

		share_source(p, x, &s);
	}
	return ST_OK;
}

static enum status
run_lift(struct proto *p, const struct operands *x)
{
	const struct source s = { .width = x->width, .hi = x->n, .a = x->a, .limbs = limbs_of(x) };
	const uint64_t plane = plane_words(x->n);
	uint64_t sliced[GROUPS_SLICED];
	size_t n;

	if (p->me != 0) {
		memset(x->d, 0, x->width * plane * sizeof(bshare));
		return ST_OK;
	}
	for (uint64_t g = 0; g < plane; g += n) {
		n = groups_at_once(x->width, plane - g);
		groups_slice(sliced, s.width, s.a, s.limbs, s.lo, s.hi, g, n);
		bitplane_scatter(x->d, plane, sliced, x->width, g, n);
	}
	return ST_OK;
}

static enum status
run_random(struct proto *p, const struct operands *x)
{
	(void)p;
	random_bytes(x->d, x->width * plane_words(x->n) * sizeof(bshare));
	return ST_OK;
}

const struct proto_row additive_share_b = { .run = run_share };
const struct proto_row additive_split_b = { .run = run_split };
const struct proto_row additive_lift_b = { .run = run_lift };
const struct proto_row additive_random_b = { .run = run_random };
