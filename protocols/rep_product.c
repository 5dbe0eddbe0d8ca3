/* rep_product.c: products of protocol replicated: MUL_A and MATMUL_A [Araki et al. 2016].
 *
 * 1. z_i = x_i (y_i + y_(i+1)) + x_(i+1) y_i + alpha_i, a sharing of xy with one part a node, where
 *    alpha_i = F(key with i-1) - F(key with i+1) adds up to 0 and makes z_i uniform to the others;
 * 2. node i sends z_i to node i-1: then z_i is with i and i-1, as part i is to be.
 * One number of the result travels a node, however long the sums of a matrix product are. */
#include "replicated.h"

#include "../runtime/base/mem.h"

#include <string.h>

/* How a matrix product is done: MATMUL_A with extents m, k, n. */
struct matrices {
	size_t m, k, n;
	bool left;                      /* the sum of parts is made of the left factor, else the right */
};

static struct matrices
matrices_of(const struct operands *x)
{
	return (struct matrices){ .m = (size_t)x->imm[0], .k = (size_t)x->imm[1],
		.n = (size_t)x->imm[2], .left = x->imm[0] < x->imm[2] };
}

#define RING 64
#define SHARE ashare64
#define WORD uint64_t
#define F(name, ...) name##64##__VA_ARGS__
#define R(name) ring64_##name
#include "rep_product_ring.h"
#undef RING
#undef SHARE
#undef WORD
#undef F
#undef R

#define RING 128
#define SHARE ashare128
#define WORD u128
#define F(name, ...) name##128##__VA_ARGS__
#define R(name) ring128_##name
#include "rep_product_ring.h"

static enum status
mul_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	(x->width == 64 ? mul64_begin : mul128_begin)(p, x, rep_stream(x->seq, r, 0), lo, hi, out);
	return ST_OK;
}

static enum status
matmul_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	(x->width == 64 ? matmul64_begin : matmul128_begin)(p, x, rep_stream(x->seq, r, 0), lo, hi,
	    out);
	return ST_OK;
}

/* Part i+1 from node i+1. */
static enum status
end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const size_t size = x->width / 8, len = (hi - lo) * size;
	uint8_t **from = &in->at[rep_next(p->me)];

	(void)r;
	memcpy((uint8_t *)x->d + x->part[0] + lo * size, *from, len);
	*from += len;
	return ST_OK;
}

static uint64_t
step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return REP_STEP * (x->width / 8);
}

static uint64_t
bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)n_nodes;
	(void)r;
	return to == rep_prev(from) ? (hi - lo) * (x->width / 8) : 0;
}

/* The sum of the two parts of the smaller factor; inner products of columns do without. */
static uint64_t
matmul_scratch(const struct operands *x, unsigned n_nodes)
{
	const uint64_t m = (uint64_t)x->imm[0], k = (uint64_t)x->imm[1], n = (uint64_t)x->imm[2];

	(void)n_nodes;
	return n == 1 ? 0 : (m < n ? m : n) * k * (x->width / 8);
}

const struct proto_row replicated_mul = {
	.rounds = 1, .step = REP_STEP, .units = rep_units, .step_bytes = step_bytes, .bytes = bytes,
	.begin = mul_begin, .end = end,
};

const struct proto_row replicated_matmul = {
	.rounds = 1, .scratch = matmul_scratch, .step = REP_STEP, .units = rep_units,
	.step_bytes = step_bytes, .bytes = bytes, .begin = matmul_begin, .end = end,
};
