/* word.h: numbers made of wires: the lowest bit first, two's complement if signed.
 *
 * A word has as many bits as its number needs; word_bit gives any bit of it, so words of different
 * widths and signs meet without being extended.  What a function says about `out` bits: the low
 * `out` bits of the exact result are made, the word returned is never wider.
 *
 * Each builds the smaller or the shallower circuit as the net's goal says. */
#ifndef KONSIL_WORD_H
#define KONSIL_WORD_H

#include "net.h"

struct word {
	const wire *w;
	uint32_t n;             /* 0: the number 0 */
	bool is_signed;
};

/* The least k with count <= 2^k. */
static inline uint32_t
word_log2(uint32_t count)
{
	uint32_t k = 0;

	while (k < 31 && UINT32_C(1) << k < count)
		k++;
	return k;
}

/* Without the high bits that say nothing. */
struct word word_of(const wire *w, uint32_t n, bool is_signed);
wire word_bit(const struct word *x, uint32_t i);
/* Low n bits as an array of its own. */
wire *word_bits(struct net *n, const struct word *x, uint32_t n_bits);
/* Bits lo .. lo + n_bits of x, as an unsigned number or a signed one. */
struct word word_slice(struct net *n, const struct word *x, uint32_t lo, uint32_t n_bits,
    bool is_signed);
struct word word_shl(struct net *n, const struct word *x, uint32_t by, uint32_t out);
/* Limbs of 64 bits, the lowest first. */
struct word word_const(struct net *n, const uint64_t *limb, uint32_t n_bits, bool is_signed);

/* c[0] = carry; c[i] = the carry into bit i of a + b, i <= k: k ANDs one behind the other, or a
 * prefix network of ceil(log2(k + 1)) layers. */
void word_carries(struct net *n, wire *c, const wire *a, const wire *b, uint32_t k, wire carry);
struct word word_add(struct net *n, const struct word *a, const struct word *b, uint32_t out);
struct word word_sub(struct net *n, const struct word *a, const struct word *b, uint32_t out);
/* a + bit. */
struct word word_inc(struct net *n, const struct word *a, wire bit, uint32_t out);
/* s ? -a : a. */
struct word word_neg_if(struct net *n, const struct word *a, wire s, uint32_t out);
struct word word_mux(struct net *n, wire s, const struct word *a, const struct word *b,
    uint32_t out);
/* Every bit ANDed with s. */
struct word word_mask(struct net *n, wire s, const struct word *a, uint32_t out);
wire word_lt(struct net *n, const struct word *a, const struct word *b);
wire word_eq(struct net *n, const struct word *a, const struct word *b);
/* Is a + b = 0 modulo 2^k, without the sum: 2 k - 2 ANDs in 1 + log2(k) layers [CL92]. */
wire word_cancels(struct net *n, const wire *a, const wire *b, uint32_t k);

/* Trees of the least depth; they may reorder w. */
wire word_all(struct net *n, wire *w, uint32_t count);
wire word_any(struct net *n, wire *w, uint32_t count);
/* d[i] = w[0] | ... | w[i]. */
void word_prefix_or(struct net *n, wire *d, const wire *w, uint32_t count);
/* d[j] = (a == j) for j < count, a read as unsigned; 2^k - k - 1 ANDs for all of k bits. */
void word_onehot(struct net *n, wire *d, const wire *a, uint32_t k, uint32_t count);

/* d = entry[a], of width bits (limbs of 64), for a of k bits; 0 for a >= count. */
void word_table(struct net *n, wire *d, const wire *a, uint32_t k, const uint64_t *entry,
    uint32_t count, uint32_t width);

struct word word_mul(struct net *n, const struct word *a, const struct word *b, uint32_t out);
/* floor(a / b) and a - b floor(a / b); both 0 if b = 0.  A NULL is not made. */
void word_divmod(struct net *n, struct word *q, struct word *r, const struct word *a,
    const struct word *b);
/* The quotient (a's width) and remainder of a by b != 0, both unsigned, in few layers; pays: fewer
 * than bit by bit. */
bool word_newton_pays(const struct word *a, const struct word *b);
void word_divide_newton(struct net *n, wire *q, struct word *r, const struct word *a,
    const struct word *b);
/* floor(sqrt(a)) of an unsigned a. */
struct word word_sqrt(struct net *n, const struct word *a);

/* A sum of single bits at any places, modulo 2^out. */
struct heap;
struct heap *heap_new(struct net *n, uint32_t out);
void heap_add(struct heap *h, uint32_t place, wire w);
void heap_add_word(struct heap *h, uint32_t place, const struct word *x);
void heap_sub_word(struct heap *h, uint32_t place, const struct word *x);
/* Plus a b, without the bits of weights below 2^drop; minus a b. */
void heap_add_product(struct heap *h, const struct word *a, const struct word *b, uint32_t drop);
void heap_sub_product(struct heap *h, const struct word *a, const struct word *b);
/* All `out` bits. */
const wire *heap_sum(struct heap *h);
/* Two numbers of `out` bits with that sum, by carry-save adders alone. */
void heap_rows(struct heap *h, const wire *row[2]);

#endif
