/* plain.h: kernels on vectors of plain numbers, two's complement integers of 64 or 128 bits.
 *
 * Every kernel is a plain_fn and takes its operands in a struct plain; isa.def says what each one
 * computes.  Arithmetic wraps, unless a comment in plain_kernels.h says that it saturates.  An
 * operand of one element stands for as many as are needed; it is read before d is written.  d of an
 * elementwise kernel may be an operand but not overlap it otherwise; d of the others overlaps
 * nothing.  add, sub, neg, mul, shl, sum, cumsum and matmul take the same time for all values, so
 * that they serve shares as well; the others do not. */
#ifndef KONSIL_PLAIN_H
#define KONSIL_PLAIN_H

#include "ring.h"

struct plain {
	void *d;
	const void *a, *b, *c;
	size_t n;                       /* elements of d; check: of a */
	size_t na, nb, nc;              /* elements of a, b, c: 1 or as many as are due */
	int64_t imm[3];
};

typedef void plain_fn(const struct plain *);

#define DISTRIBUTION_KERNELS(X) \
	X(pnorm) X(qnorm) X(pt) X(qt) X(pchisq) X(uchisq) X(qchisq) X(pf) X(uf) X(qf)

#define PLAIN_KERNELS(X) \
	X(iota) X(neg) X(abs) X(sign) X(shl) X(shr) X(round) X(sqrt) X(exp) X(log) \
	X(rsqrt) X(log2) X(sin) X(cos) X(tanh) X(sigm) X(erf) DISTRIBUTION_KERNELS(X) \
	X(add) X(sub) X(mul) X(div) X(mod) X(min) X(max) X(eq) X(lt) X(le) X(sel) \
	X(not) X(and) X(or) X(xor) X(sum) X(minr) X(maxr) X(cumsum) X(matmul) X(onehot) X(order) \
	X(take) X(tn) X(check) X(all)

#define X(name) plain_fn plain64_##name, plain128_##name;
PLAIN_KERNELS(X)
#undef X

/* d = a in another width, or the same. */
void plain_cvt(const struct plain *p, unsigned d_width, unsigned a_width);

/* Copies n elements of `width` bits (64 or 128) between strides, in elements. */
void plain_move(void *d, int64_t dstride, const void *a, int64_t astride, size_t n, unsigned width);

/* One element. */
i128 plain_load(const void *a, size_t i, unsigned width);
void plain_store(void *d, size_t i, unsigned width, i128 x);

/* The same on IEEE doubles: after opening, where NaN stands for missing. */
#define REAL_KERNELS(X) \
	X(add) X(sub) X(mul) X(div) X(mod) X(neg) X(abs) X(sign) X(floor) X(round) X(sqrt) X(exp) \
	X(log) X(rsqrt) X(log2) X(sin) X(cos) X(tanh) X(sigm) X(erf) X(min) X(max) X(eq) X(lt) \
	X(le) X(sel) X(sum) X(cumsum) X(matmul) DISTRIBUTION_KERNELS(X)

#define X(name) plain_fn real_##name;
REAL_KERNELS(X)
#undef X

/* d = a * 2^-imm0, a of a_width bits. */
void real_of(const struct plain *p, unsigned a_width);

#endif
