/* additive_local.c: what protocol additive does without a message.
 *
 * Linear instructions are done on each share, by the kernels for plain numbers that take the same
 * time for all values (plain.h).  A public number is a share at node 0 and nothing elsewhere.
 * SHARE: the owner p of an element and every other node j have a common generator; j's share is
 * its next output, p's is what is left (pseudo-random secret sharing [Cramer, Damgaard, Ishai
 * 2005], with n-1 two-party keys an owner).  Nobody but p and j can tell j's share from random. */
#include "additive.h"

#include "../runtime/base/mem.h"

#include <string.h>

/* One row an instruction: its kernel on every node's shares. */
#define LINEAR(row, kernel) \
static enum status \
run_##row(struct proto *p, const struct operands *x) \
{ \
	(void)p; \
	linear_apply(plain64_##kernel, plain128_##kernel, x); \
	return ST_OK; \
} \
const struct proto_row additive_##row = { .run = run_##row };
LINEAR_ROWS(LINEAR)

static enum status
run_narrow(struct proto *p, const struct operands *x)
{
	(void)p;
	linear_convert(x);
	return ST_OK;
}

static enum status
run_lift(struct proto *p, const struct operands *x)
{
	if (p->me == 0)
		linear_convert(x);
	else
		memset(x->d, 0, x->n * (x->width / 8));
	return ST_OK;
}

static enum status
run_addp(struct proto *p, const struct operands *x)
{
	if (p->me == 0)
		linear_apply(plain64_add, plain128_add, x);
	else
		linear_convert(x);
	return ST_OK;
}

/* Takes the streams that this node has with every other one off its own elements lo .. hi. */
static void
subtract_streams(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi)
{
	union {
		ashare64 s64[ADD_BLOCK];
		ashare128 s128[ADD_BLOCK];
	} mask;

	for (uint64_t i = lo; i < hi; i += ADD_BLOCK) {
		size_t n = hi - i < ADD_BLOCK ? (size_t)(hi - i) : ADD_BLOCK;
		for (unsigned j = 0; j < p->n; j++) {
			if (j == p->me)
				continue;
			prg_elements(&p->share[j], x->seq, i, x->width, &mask, n);
			if (x->width == 64)
				ring64_sub((ashare64 *)x->d + i, (ashare64 *)x->d + i, mask.s64, n);
			else
				ring128_sub((ashare128 *)x->d + i, (ashare128 *)x->d + i,
				    mask.s128, n);
		}
	}
	wipe(&mask, sizeof mask);
}

static enum status
run_share(struct proto *p, const struct operands *x)
{
	for (unsigned owner = 0; owner < p->n; owner++) {
		uint64_t lo = x->owner_lo[owner], hi = x->owner_lo[owner + 1];
		uint8_t *d = (uint8_t *)x->d + lo * (x->width / 8);
		struct plain own = { .d = d, .n = hi - lo, .na = x->na == 1 ? 1 : hi - lo,
			.a = (const uint8_t *)x->a + (x->na == 1 ? 0 : lo * (x->awidth / 8)) };

		if (lo == hi)
			continue;
		if (owner != p->me) {
			prg_elements(&p->share[owner], x->seq, lo, x->width, d, hi - lo);
			continue;
		}
		plain_cvt(&own, x->width, x->awidth);
		subtract_streams(p, x, lo, hi);
	}
	return ST_OK;
}

const struct proto_row additive_narrow = { .run = run_narrow };
const struct proto_row additive_lift = { .run = run_lift };
const struct proto_row additive_addp = { .run = run_addp };
const struct proto_row additive_share = { .run = run_share };
