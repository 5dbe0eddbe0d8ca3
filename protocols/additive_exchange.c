/* additive_exchange.c: what protocol additive does with a message: how each instruction is cut, how
 * long its messages are, and what correlated randomness it takes.  The messages themselves are made
 * in additive_ring.h.
 *
 * TRUNC_A of x with |x| < 2^(k-2), k bits in the ring, by f bits:
 * Two nodes: x' = x + 2^(k-2) - 1 is in 0 .. 2^(k-1).  x'_0 + x'_1 = x' + w 2^k, and as
 * msb(x') = 0, the wrap is w = a or b with a = msb(x'_0), b = msb(x'_1) [MSB-to-wrap of SIRNN,
 * Rathee et al. 2021].  Each node opens its bit masked with the one that it has in a random
 * product: alpha = a xor a', beta = b xor b'; then w is linear in a', b' and a'b', and
 * y = (x'_0 >> f) + (x'_1 >> f) + 1 - w 2^(k-f) - 2^(k-2-f).  Without the carry of the low bits
 * that is floor((x - 1) / 2^f) + 1; with it, one less.
 * More nodes: x' = x + 2^(k-2).  k random bits make r; open c = x' + r; x' mod 2^(k-1) =
 * c' - r' + v 2^(k-1) with v = msb(c) xor msb(r); y = (c' >> f) - (r' >> f) + v 2^(k-1-f) -
 * 2^(k-2-f) [Damgaard et al. 2019, Escudero et al. 2020].
 * Both round x / 2^f down or up, and are exact where it is whole: 0 stays 0.  Which one depends on
 * shares or on r, which are random: ideally, the functionality adds that bit, whose distribution
 * depends on the low bits of x alone.
 * Where f >= k-2, x / 2^f is between -1 and 1, so that 0 is right. */
#include "additive.h"

uint64_t
additive_units(const struct operands *x)
{
	return x->n;
}

/* What goes to one node and stays: v elements a unit, or nothing. */
static uint64_t
elements(const struct operands *x, uint64_t lo, uint64_t hi, uint64_t v)
{
	return (hi - lo) * v * (x->width / 8);
}

ADDITIVE_BY_WIDTH(open, begin)
ADDITIVE_BY_WIDTH(open, end)
ADDITIVE_BY_WIDTH(mul, begin)
ADDITIVE_BY_WIDTH(mul, end)
ADDITIVE_BY_WIDTH(trunc, begin)
ADDITIVE_BY_WIDTH(trunc, end)

static uint64_t
open_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return elements(x, 0, ADD_STEP, 1);
}

static uint64_t
open_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)r;
	(void)n_nodes;
	return from == to || (x->recipients >> to & 1) == 0 ? 0 : elements(x, lo, hi, 1);
}

const struct proto_row additive_open = {
	.rounds = 1, .step = ADD_STEP, .units = additive_units, .step_bytes = open_step_bytes,
	.bytes = open_bytes, .begin = open_begin, .end = open_end,
};

static uint64_t
mul_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return elements(x, 0, ADD_STEP, 2);
}

static uint64_t
mul_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)r;
	(void)n_nodes;
	return from == to ? 0 : elements(x, lo, hi, 2);
}

static uint64_t
mul_prepare(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi)
{
	(void)r;
	return additive_announce(p, x->width == 64 ? CORR_TRIPLE64 : CORR_TRIPLE128, 1, lo, hi);
}

const struct proto_row additive_mul = {
	.rounds = 1, .step = ADD_STEP, .units = additive_units, .step_bytes = mul_step_bytes,
	.bytes = mul_bytes, .prepare = mul_prepare, .begin = mul_begin, .end = mul_end,
};

static uint64_t
trunc_span(const struct operands *x, unsigned n_nodes, uint64_t units)
{
	if (trunc_is_zero(x->width, x->imm[0]))
		return 0;
	return n_nodes == 2 ? (units + 7) / 8 : elements(x, 0, units, 1);
}

static uint64_t
trunc_step_bytes(const struct operands *x, unsigned n_nodes)
{
	return trunc_span(x, n_nodes, ADD_STEP);
}

static uint64_t
trunc_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)r;
	return from == to ? 0 : trunc_span(x, n_nodes, hi - lo);
}

static uint64_t
trunc_prepare(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi)
{
	(void)r;
	if (trunc_is_zero(x->width, x->imm[0]))
		return hi;
	if (p->n == 2)
		return additive_announce(p, CORR_WRAP, 1, lo, hi);
	return additive_announce(p, x->width == 64 ? CORR_BIT64 : CORR_BIT128, x->width, lo, hi);
}

const struct proto_row additive_trunc = {
	.rounds = 1, .step = ADD_STEP, .units = additive_units, .step_bytes = trunc_step_bytes,
	.bytes = trunc_bytes, .prepare = trunc_prepare, .begin = trunc_begin, .end = trunc_end,
};
