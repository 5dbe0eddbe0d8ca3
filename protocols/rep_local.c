/* rep_local.c: what protocol replicated does to shares without a message, and SHARE.
 *
 * Linear instructions are done on each of a node's two parts.  A public number is part 0, which
 * nodes 0 and 2 hold.
 * SHARE of x by its owner j: x_j is drawn from the key that j has with node j-1, x_(j+2) is 0, and
 * x_(j+1) = x - x_j goes to node j+1.  It does not know x_j, and node j-1 does not get x_(j+1). */
#include "linear.h"
#include "replicated.h"

#include <string.h>

uint64_t
rep_units(const struct operands *x)
{
	return x->n;
}

/* One row an instruction: its kernel on both parts. */
#define LINEAR(row, kernel) \
static enum status \
run_##row(struct proto *p, const struct operands *x) \
{ \
	(void)p; \
	for (unsigned k = 0; k < 2; k++) { \
		const struct operands one = rep_part(x, k); \
		linear_apply(plain64_##kernel, plain128_##kernel, &one); \
	} \
	return ST_OK; \
} \
const struct proto_row replicated_##row = { .run = run_##row };
LINEAR_ROWS(LINEAR)

static enum status
run_narrow(struct proto *p, const struct operands *x)
{
	(void)p;
	for (unsigned k = 0; k < 2; k++) {
		const struct operands one = rep_part(x, k);
		linear_convert(&one);
	}
	return ST_OK;
}

/* Whether this node's part k is the one that carries public numbers. */
static bool
is_public(const struct proto *p, unsigned k)
{
	return (k == 0 ? p->me : rep_next(p->me)) == 0;
}

static enum status
run_lift(struct proto *p, const struct operands *x)
{
	for (unsigned k = 0; k < 2; k++) {
		const struct operands one = rep_part(x, k);
		if (is_public(p, k))
			linear_convert(&one);
		else
			memset(one.d, 0, x->n * (x->width / 8));
	}
	return ST_OK;
}

static enum status
run_addp(struct proto *p, const struct operands *x)
{
	for (unsigned k = 0; k < 2; k++) {
		const struct operands one = rep_part(x, k);
		if (is_public(p, k))
			linear_apply(plain64_add, plain128_add, &one);
		else
			linear_convert(&one);
	}
	return ST_OK;
}

const struct proto_row replicated_narrow = { .run = run_narrow };
const struct proto_row replicated_lift = { .run = run_lift };
const struct proto_row replicated_addp = { .run = run_addp };

/* Those of elements lo .. hi that are `owner`'s. */
static uint64_t
owned(const struct operands *x, unsigned owner, uint64_t lo, uint64_t hi, uint64_t *first)
{
	const uint64_t from = x->owner_lo[owner], to = x->owner_lo[owner + 1];

	*first = lo > from ? lo : from;
	hi = hi < to ? hi : to;
	return hi > *first ? hi - *first : 0;
}

static uint64_t
share_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return REP_STEP * (x->width / 8);
}

static uint64_t
share_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	uint64_t first;

	(void)n_nodes;
	(void)r;
	return to == rep_next(from) ? owned(x, from, lo, hi, &first) * (x->width / 8) : 0;
}

/* d -= a */
static void
subtract(void *d, const void *a, size_t n, unsigned width)
{
	if (width == 64)
		ring64_sub(d, d, a, n);
	else
		ring128_sub(d, d, a, n);
}

static enum status
share_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	const size_t size = x->width / 8;
	uint64_t i;
	const size_t n = owned(x, p->me, lo, hi, &i);
	uint8_t *first = (uint8_t *)x->d + i * size, *second = first + x->part[0];
	const struct plain own = { .d = second, .n = n, .na = x->na,
		.a = (const uint8_t *)x->a + (x->na == 1 ? 0 : i * (x->awidth / 8)) };

	if (n == 0)
		return ST_OK;
	plain_cvt(&own, x->width, x->awidth);
	prg_elements(&p->with[0][REP_SHARE], rep_stream(x->seq, r, 0), i, x->width, first, n);
	subtract(second, first, n, x->width);
	memcpy(out->at[rep_next(p->me)], second, n * size);
	out->at[rep_next(p->me)] += n * size;
	return ST_OK;
}

static enum status
share_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const unsigned before = rep_prev(p->me);
	const size_t size = x->width / 8;
	uint64_t i;
	size_t n = owned(x, before, lo, hi, &i);
	uint8_t *first = (uint8_t *)x->d + i * size;

	if (n > 0) {
		memcpy(first, in->at[before], n * size);
		in->at[before] += n * size;
		memset(first + x->part[0], 0, n * size);
	}
	n = owned(x, rep_next(p->me), lo, hi, &i);
	first = (uint8_t *)x->d + i * size;
	if (n > 0) {
		memset(first, 0, n * size);
		prg_elements(&p->with[1][REP_SHARE], rep_stream(x->seq, r, 0), i, x->width,
		    first + x->part[0], n);
	}
	return ST_OK;
}

const struct proto_row replicated_share = {
	.rounds = 1, .step = REP_STEP, .units = rep_units, .step_bytes = share_step_bytes,
	.bytes = share_bytes, .begin = share_begin, .end = share_end,
};
