/* linear.h: linear instructions on one part of shares, by the kernels for plain numbers that take
 * the same time for all values (plain.h): for every protocol whose shares are sums. */
#ifndef KONSIL_LINEAR_H
#define KONSIL_LINEAR_H

#include "protocol.h"

#include "../runtime/base/plain.h"

/* INSTRUCTION and the kernel that does it on each part, for those where a public operand is not
 * added but multiplies. */
#define LINEAR_ROWS(X) \
	X(add, add) X(sub, sub) X(neg, neg) X(shl, shl) X(mulp, mul) X(sum, sum) X(cumsum, cumsum) \
	X(matp, matmul) X(pmat, matmul)

static inline void
linear_apply(plain_fn *fn64, plain_fn *fn128, const struct operands *x)
{
	const struct plain p = { .d = x->d, .a = x->a, .b = x->b, .n = x->n, .na = x->na,
		.nb = x->nb, .imm = { x->imm[0], x->imm[1], x->imm[2] } };

	if (x->n > 0)
		(x->width == 64 ? fn64 : fn128)(&p);
}

/* d = a in the width of d. */
static inline void
linear_convert(const struct operands *x)
{
	const struct plain p = { .d = x->d, .a = x->a, .n = x->n, .na = x->na };

	if (x->n > 0)
		plain_cvt(&p, x->width, x->awidth);
}

/* TRUNC_A: whether |a| < 2^(width-2) alone makes 0 a right result: then nothing is sent. */
static inline bool
trunc_is_zero(unsigned width, int64_t f)
{
	return f >= (int64_t)width - 2;
}

#endif
