/* word.c: see word.h */
#include "word.h"

struct word
word_of(const wire *w, uint32_t n, bool is_signed)
{
	while (is_signed && n > 1 && w[n - 1] == w[n - 2])
		n--;
	if (n > 0 && w[n - 1] == WIRE_0)
		is_signed = false;
	while (!is_signed && n > 0 && w[n - 1] == WIRE_0)
		n--;
	return (struct word){ w, n, is_signed && n > 0 };
}

wire
word_bit(const struct word *x, uint32_t i)
{
	if (i < x->n)
		return x->w[i];
	return x->is_signed ? x->w[x->n - 1] : WIRE_0;
}

wire *
word_bits(struct net *n, const struct word *x, uint32_t n_bits)
{
	wire *w = net_alloc(n, n_bits + 1u, sizeof *w);

	for (uint32_t i = 0; i < n_bits; i++)
		w[i] = word_bit(x, i);
	return w;
}

struct word
word_slice(struct net *n, const struct word *x, uint32_t lo, uint32_t n_bits, bool is_signed)
{
	wire *w = net_alloc(n, n_bits + 1u, sizeof *w);

	for (uint32_t i = 0; i < n_bits; i++)
		w[i] = word_bit(x, lo + i);
	return word_of(w, n_bits, is_signed);
}

struct word
word_shl(struct net *n, const struct word *x, uint32_t by, uint32_t out)
{
	uint32_t k = x->n + by < out ? x->n + by : out;
	wire *w = net_alloc(n, k + 1u, sizeof *w);

	for (uint32_t i = by; i < k; i++)
		w[i] = word_bit(x, i - by);
	return word_of(w, k, x->is_signed);
}

struct word
word_const(struct net *n, const uint64_t *limb, uint32_t n_bits, bool is_signed)
{
	wire *w = net_alloc(n, n_bits + 1u, sizeof *w);

	for (uint32_t i = 0; i < n_bits; i++)
		w[i] = (limb[i / 64] >> (i % 64) & 1) != 0 ? WIRE_1 : WIRE_0;
	return word_of(w, n_bits, is_signed);
}

/* How many bits a number has in two's complement. */
static uint32_t
signed_width(const struct word *x)
{
	return x->n + !x->is_signed;
}

static uint32_t
max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* a + b + carry of width k, modulo 2^out; b inverted if flip is 1. */
static struct word
sum_of(struct net *n, const struct word *a, const struct word *b, wire flip, wire carry, uint32_t k,
    bool is_signed, uint32_t out)
{
	if (out < k) {
		k = out;
		is_signed = false;
	}
	wire *x = word_bits(n, a, k), *y = word_bits(n, b, k);
	wire *c = net_alloc(n, k + 1u, sizeof *c), *d = net_alloc(n, k + 1u, sizeof *d);
	for (uint32_t i = 0; i < k; i++)
		y[i] = net_xor(n, y[i], flip);
	if (k > 0)
		word_carries(n, c, x, y, k - 1, carry);
	for (uint32_t i = 0; i < k; i++)
		d[i] = net_xor(n, net_xor(n, x[i], y[i]), c[i]);
	return word_of(d, k, is_signed);
}

struct word
word_add(struct net *n, const struct word *a, const struct word *b, uint32_t out)
{
	bool is_signed = a->is_signed || b->is_signed;
	uint32_t k = is_signed ? max_u32(signed_width(a), signed_width(b)) : max_u32(a->n, b->n);

	return sum_of(n, a, b, WIRE_0, WIRE_0, k + 1, is_signed, out);
}

struct word
word_sub(struct net *n, const struct word *a, const struct word *b, uint32_t out)
{
	uint32_t k = 1 + max_u32(signed_width(a), signed_width(b));

	/* Two numbers without a sign need one bit for the difference's. */
	if (!a->is_signed && !b->is_signed)
		k--;
	return sum_of(n, a, b, WIRE_1, WIRE_1, k, true, out);
}

struct word
word_inc(struct net *n, const struct word *a, wire bit, uint32_t out)
{
	struct word zero = { NULL, 0, false };

	return sum_of(n, a, &zero, WIRE_0, bit, a->n + 1, a->is_signed, out);
}

struct word
word_neg_if(struct net *n, const struct word *a, wire s, uint32_t out)
{
	struct word zero = { NULL, 0, false };

	return sum_of(n, &zero, a, s, s, a->n + 1, true, out);
}

struct word
word_mux(struct net *n, wire s, const struct word *a, const struct word *b, uint32_t out)
{
	bool is_signed = a->is_signed || b->is_signed;
	uint32_t k = is_signed ? max_u32(signed_width(a), signed_width(b)) : max_u32(a->n, b->n);

	if (out < k) {
		k = out;
		is_signed = false;
	}
	wire *d = net_alloc(n, k + 1u, sizeof *d);
	for (uint32_t i = 0; i < k; i++)
		d[i] = net_mux(n, s, word_bit(a, i), word_bit(b, i));
	return word_of(d, k, is_signed);
}

struct word
word_mask(struct net *n, wire s, const struct word *a, uint32_t out)
{
	struct word zero = { NULL, 0, false };

	return word_mux(n, s, a, &zero, out);
}

/* a < b if a - b carries nothing out; a sign bit that is inverted orders as a bit does. */
wire
word_lt(struct net *n, const struct word *a, const struct word *b)
{
	bool is_signed = a->is_signed || b->is_signed;
	uint32_t k = is_signed ? max_u32(signed_width(a), signed_width(b)) : max_u32(a->n, b->n);
	wire *x = word_bits(n, a, k), *y = word_bits(n, b, k);
	wire *c = net_alloc(n, k + 1u, sizeof *c);

	for (uint32_t i = 0; i < k; i++)
		y[i] = net_not(y[i]);
	if (is_signed) {
		x[k - 1] = net_not(x[k - 1]);
		y[k - 1] = net_not(y[k - 1]);
	}
	word_carries(n, c, x, y, k, WIRE_1);
	return net_not(c[k]);
}

wire
word_eq(struct net *n, const struct word *a, const struct word *b)
{
	bool is_signed = a->is_signed || b->is_signed;
	uint32_t k = is_signed ? max_u32(signed_width(a), signed_width(b)) : max_u32(a->n, b->n);
	wire *w = net_alloc(n, k + 1u, sizeof *w);

	for (uint32_t i = 0; i < k; i++)
		w[i] = net_not(net_xor(n, word_bit(a, i), word_bit(b, i)));
	return word_all(n, w, k);
}

/* a + b = 0 with carries c means a ^ b = c, and where that holds a bit carries out a | b. */
wire
word_cancels(struct net *n, const wire *a, const wire *b, uint32_t k)
{
	wire *w = net_alloc(n, k + 1u, sizeof *w), carry = WIRE_0;

	for (uint32_t i = 0; i < k; i++) {
		w[i] = net_not(net_xor(n, net_xor(n, a[i], b[i]), carry));
		carry = net_or(n, a[i], b[i]);
	}
	return word_all(n, w, k);
}
