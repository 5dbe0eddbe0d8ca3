/* gmw_ring.h: from shared bits to shared numbers, for one ring; included by gmw_64.c and gmw_128.c,
 * which define S (a share), U (its number), W (bits), K(name, what), R(ring function).
 *
 * NUM_A of w bits x_i, with daBits r_i, bits shared both ways [Rotaru, Wood 2019]:
 * 1. open c_i = x_i ^ r_i;
 * 2. x_i = c_i + (1 - 2 c_i) r_i, and d is their sum times 2^i; the highest counts -2^(w-1) if the
 *    bits are two's complement.
 * MULB_A of a bit x and a number b, with a daBit r, a uniform y and z = r y:
 * 1. open e = x ^ r and f = b - y;
 * 2. r b = z + f r, and x b = e b + (1 - 2 e) r b.
 * What is opened is uniform: masked by r_i, r and y, each of which is used once. */
#include "gmw.h"

#include "../runtime/base/mem.h"

#include <string.h>

/* This node's XOR shares of n <= 64 daBits. */
static uint64_t
low_bits(const S *r, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)(r[i].v & 1) << i;
	return word;
}

/* Masks `width` words of one group of n elements; daBits lie bit after bit. */
static void
mask_group(uint64_t *word, const S *r, unsigned width, size_t n)
{
	for (unsigned i = 0; i < width; i++)
		word[i] ^= low_bits(r + i * n, n);
}

void
K(num, _begin)(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	const unsigned w = gmw_num_bits(W, x->awidth);
	const S *r = TAKE_BITS(p->pool, (hi - lo) * w);
	uint64_t word[W], packed[W];

	p->need[KIND_BITS] -= (hi - lo) * w;
	additive_put(p)->TAKEN_BITS = r;
	for (uint64_t i = lo; i < hi; i += GROUP) {
		const unsigned n = hi - i < GROUP ? (unsigned)(hi - i) : GROUP;

		groups_load(word, x->a, x->na, x->n, w, i / GROUP, 1);
		mask_group(word, r + (i - lo) * w, w, n);
		bitplane_pack(packed, word, w, n);
		gmw_put(p, out, x->recipients, packed, bitplane_packed_bytes(w, n));
	}
	wipe(word, sizeof word);
}

/* d += 2^shift times r_i, or 1 - r_i less its 1, as bit i of c says; minus that if negative is all
 * ones. */
static void
add_bits(S *d, const S *r, uint64_t c, unsigned shift, uint64_t negative, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const U minus = 0 - (U)((c ^ negative) >> i & 1);

		d[i].v += ((r[i].v ^ minus) - minus) << shift;
	}
}

/* One group, c opened. */
static void
number(S *d, const uint64_t *c, const S *r, const struct operands *x, unsigned w, bool first,
    size_t n)
{
	memset(d, 0, n * sizeof *d);
	if (first)
		bitplane_join((uint64_t *)d, W / 64, c, w, x->imm[0] == 1, n);
	for (unsigned i = 0; i < w; i++)
		add_bits(d, r + i * n, c[i], i,
		    bitplane_spread(i == w - 1 && x->imm[0] == 1), n);
}

void
K(num, _end)(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const unsigned w = gmw_num_bits(W, x->awidth);
	const S *r = additive_got(p)->TAKEN_BITS;
	uint64_t word[W], packed[W], theirs[W];

	for (uint64_t i = lo; i < hi; i += GROUP) {
		const unsigned n = hi - i < GROUP ? (unsigned)(hi - i) : GROUP;
		const size_t len = bitplane_packed_bytes(w, n);

		groups_load(word, x->a, x->na, x->n, w, i / GROUP, 1);
		mask_group(word, r + (i - lo) * w, w, n);
		memset(packed, 0, sizeof packed);
		memcpy(packed, gmw_xor_from_all(p, in, len), len);
		bitplane_unpack(theirs, packed, w, n);
		bitplane_xor(word, theirs, w * sizeof *word);
		number((S *)x->d + i, word, r + (i - lo) * w, x, w, p->me == 0, n);
	}
	wipe(word, sizeof word);
}

/* n elements of b from lo on; one element stands for all. */
static void
pick(S *d, const struct operands *x, uint64_t lo, size_t n)
{
	const S *from = x->b;

	for (size_t i = 0; i < n; i++)
		d[i] = from[x->nb == 1 ? 0 : lo + i];
}

/* e = x ^ r of one group, this node's share. */
static uint64_t
masked_bit(const struct operands *x, const S *r, uint64_t lo, size_t n)
{
	uint64_t word;

	groups_load(&word, x->a, x->na, x->n, 1, lo / GROUP, 1);
	return (word ^ low_bits(r, n)) & bitplane_mask(n);
}

void
K(mulb, _begin)(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	const MULBS t = TAKE_MULBS(p->pool, hi - lo);
	S f[GROUP];

	p->need[KIND_MULBS] -= hi - lo;
	additive_put(p)->TAKEN_MULBS = t;
	for (uint64_t i = lo; i < hi; i += GROUP) {
		const size_t n = hi - i < GROUP ? (size_t)(hi - i) : GROUP, at = i - lo;
		const uint64_t e = masked_bit(x, t.r + at, i, n);

		pick(f, x, i, n);
		R(sub)(f, f, t.y + at, n);
		gmw_put(p, out, x->recipients, f, n * sizeof *f);
		gmw_put(p, out, x->recipients, &e, bitplane_packed_bytes(n, 1));
	}
	wipe(f, sizeof f);
}

/* Adds what each other node sent of a group to f and e. */
static void
mulb_from_all(const struct proto *p, struct parcel *in, S *f, uint64_t *e, size_t n)
{
	const size_t len = bitplane_packed_bytes(n, 1);
	S one[GROUP];

	for (unsigned j = 0; j < p->n; j++) {
		if (j == p->me)
			continue;
		memcpy(one, in->at[j], n * sizeof *one);
		R(add)(f, f, one, n);
		bitplane_xor(e, in->at[j] + n * sizeof *one, len);
		in->at[j] += n * sizeof *one + len;
	}
}

void
K(mulb, _end)(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const MULBS t = additive_got(p)->TAKEN_MULBS;
	S b[GROUP], f[GROUP];

	for (uint64_t i = lo; i < hi; i += GROUP) {
		const size_t n = hi - i < GROUP ? (size_t)(hi - i) : GROUP, at = i - lo;
		uint64_t e = masked_bit(x, t.r + at, i, n);
		S *d = (S *)x->d + i;

		pick(b, x, i, n);
		R(sub)(f, b, t.y + at, n);
		mulb_from_all(p, in, f, &e, n);
		for (size_t j = 0; j < n; j++) {
			const U minus = 0 - (U)(e >> j & 1);
			const U rb = t.z[at + j].v + f[j].v * t.r[at + j].v;

			d[j].v = (b[j].v & minus) + (rb ^ minus) - minus;
		}
	}
	wipe(b, sizeof b);
	wipe(f, sizeof f);
}
