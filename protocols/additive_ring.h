/* additive_ring.h: the messages of protocol additive for one ring; included by additive_64.c and
 * additive_128.c, which define S (a share), U (its number), W (bits), K(name), R(ring function).
 * Works through ranges in blocks of ADD_BLOCK elements.  Constant time in all shares. */
#include "additive.h"

#include "../runtime/base/mem.h"

#include <string.h>

/* n elements of an operand from lo on; one element stands for all. */
static void
pick(S *d, const void *a, size_t na, uint64_t lo, size_t n)
{
	const S *from = a;

	if (na != 1) {
		memcpy(d, from + lo, n * sizeof *d);
		return;
	}
	for (size_t i = 0; i < n; i++)
		d[i] = from[0];
}

/* The same bytes to all of the recipients but this node. */
static void
put_to(const struct proto *p, struct parcel *out, uint32_t recipients, const void *from, size_t len)
{
	for (unsigned j = 0; j < p->n; j++) {
		if (j == p->me || (recipients >> j & 1) == 0)
			continue;
		memcpy(out->at[j], from, len);
		out->at[j] += len;
	}
}

/* Adds what each peer sent to d. */
static void
add_from_all(const struct proto *p, struct parcel *in, S *d, size_t n)
{
	S one[ADD_BLOCK];

	for (unsigned j = 0; j < p->n; j++) {
		if (j == p->me)
			continue;
		memcpy(one, in->at[j], n * sizeof *one);
		in->at[j] += n * sizeof *one;
		R(add)(d, d, one, n);
	}
}

static size_t
block_at(uint64_t i, uint64_t hi)
{
	return hi - i < ADD_BLOCK ? (size_t)(hi - i) : ADD_BLOCK;
}

/* REVEAL and OPEN.  Each node adds its part of a sharing of zero, so that what a recipient gets is
 * random but for the sum: for each pair i < j, i adds and j subtracts the same numbers. */
static void
masked(S *d, const struct proto *p, const struct operands *x, uint64_t lo, size_t n)
{
	S zero[ADD_BLOCK];

	pick(d, x->a, x->na, lo, n);
	for (unsigned j = 0; j < p->n; j++) {
		if (j == p->me)
			continue;
		prg_elements(&p->zero[j], x->seq, lo, W, zero, n);
		if (p->me < j)
			R(add)(d, d, zero, n);
		else
			R(sub)(d, d, zero, n);
	}
	wipe(zero, sizeof zero);
}

void
K(open, _begin)(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	S d[ADD_BLOCK];

	for (uint64_t i = lo; i < hi; i += ADD_BLOCK) {
		size_t n = block_at(i, hi);
		masked(d, p, x, i, n);
		put_to(p, out, x->recipients, d, n * sizeof *d);
		if (x->box != NULL)
			memcpy((S *)x->box + i, d, n * sizeof *d);
	}
	wipe(d, sizeof d);
}

void
K(open, _end)(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	S d[ADD_BLOCK];

	if ((x->recipients >> p->me & 1) == 0)
		return;
	for (uint64_t i = lo; i < hi; i += ADD_BLOCK) {
		size_t n = block_at(i, hi);
		masked(d, p, x, i, n);
		add_from_all(p, in, d, n);
		memcpy((S *)x->d + i, d, n * sizeof *d);
	}
	wipe(d, sizeof d);
}

/* MUL_A [Bea91]: with shares of x, y and z = xy,
 * 1. open e = a - x and f = b - y;
 * 2. ab = z + e y + f x + e f, the last term at node 0. */
void
K(mul, _begin)(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	const TRIPLES t = TAKE(p->pool, hi - lo);
	S v[ADD_BLOCK];

	p->need[KIND] -= hi - lo;
	additive_put(p)->TAKEN = t;
	for (uint64_t i = lo; i < hi; i += ADD_BLOCK) {
		size_t n = block_at(i, hi);
		pick(v, x->a, x->na, i, n);
		R(sub)(v, v, t.a + (i - lo), n);
		put_to(p, out, x->recipients, v, n * sizeof *v);
		pick(v, x->b, x->nb, i, n);
		R(sub)(v, v, t.b + (i - lo), n);
		put_to(p, out, x->recipients, v, n * sizeof *v);
	}
	wipe(v, sizeof v);
}

/* d = z + e y + f x + (first ? e f : 0) */
static void
combine(S *restrict d, const S *restrict e, const S *restrict f, const S *restrict x,
    const S *restrict y, const S *restrict z, U first, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v = z[i].v + e[i].v * (y[i].v + (f[i].v & first)) + f[i].v * x[i].v;
}

void
K(mul, _end)(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const TRIPLES t = additive_got(p)->TAKEN;
	const U first = p->me == 0 ? ~(U)0 : 0;
	S e[ADD_BLOCK], f[ADD_BLOCK];

	for (uint64_t i = lo; i < hi; i += ADD_BLOCK) {
		size_t n = block_at(i, hi), at = i - lo;
		pick(e, x->a, x->na, i, n);
		R(sub)(e, e, t.a + at, n);
		add_from_all(p, in, e, n);
		pick(f, x->b, x->nb, i, n);
		R(sub)(f, f, t.b + at, n);
		add_from_all(p, in, f, n);
		combine((S *)x->d + i, e, f, t.a + at, t.b + at, t.c + at, first, n);
	}
	wipe(e, sizeof e);
	wipe(f, sizeof f);
}

/* rows x columns elements between matrices whose rows are d_row and s_row elements long. */
static void
copy_block(S *d, size_t d_row, const S *s, size_t s_row, size_t rows, size_t columns)
{
	for (size_t i = 0; i < rows; i++)
		memcpy(d + i * d_row, s + i * s_row, columns * sizeof *d);
}

/* MATMUL_A, a tile: as MUL_A with matrices.  1. open E = A - X and F = B - Y. */
void
K(tile, _begin)(struct proto *p, const struct operands *x, uint64_t u, struct parcel *out)
{
	struct tile *t = &p->tile[p->opening++ % (2 * TILES_MAX)];
	const struct extent at = additive_extent(x, u);
	size_t k = (size_t)x->imm[1], n = (size_t)x->imm[2];

	copy_block(t->e, at.k, (const S *)x->a + at.m0 * k + at.k0, k, at.m, at.k);
	copy_block(t->f, at.n, (const S *)x->b + at.k0 * n + at.n0, n, at.k, at.n);
	R(sub)(t->e, t->e, t->x, at.m * at.k);
	R(sub)(t->f, t->f, t->y, at.k * at.n);
	put_to(p, out, x->recipients, t->e, at.m * at.k * sizeof(S));
	put_to(p, out, x->recipients, t->f, at.k * at.n * sizeof(S));
}

static void
add_all(const struct proto *p, struct parcel *in, S *d, size_t count)
{
	S one[ADD_BLOCK];

	for (unsigned j = 0; j < p->n; j++) {
		for (size_t i = 0; i < count && j != p->me; i += ADD_BLOCK) {
			size_t n = block_at(i, count);
			memcpy(one, in->at[j], n * sizeof *one);
			in->at[j] += n * sizeof *one;
			R(add)(d + i, d + i, one, n);
		}
	}
}

/* 2. AB = Z + E Y + X F + E F; the last term at node 0, where it is E (Y + F). */
void
K(tile, _end)(struct proto *p, const struct operands *x, uint64_t u, struct parcel *in)
{
	struct tile *t = &p->tile[p->used++ % (2 * TILES_MAX)];
	const struct extent at = additive_extent(x, u);
	size_t n = (size_t)x->imm[2];
	S *d = (S *)x->d + at.m0 * n + at.n0, *z = t->z;

	add_all(p, in, t->e, at.m * at.k);
	add_all(p, in, t->f, at.k * at.n);
	if (p->me == 0)
		R(add)(t->y, t->y, t->f, at.k * at.n);
	R(matmul_ps)(z, (const U *)t->e, t->y, at.m, at.k, at.n);
	R(matmul_sp)(z, t->x, (const U *)t->f, at.m, at.k, at.n);
	for (size_t i = 0; i < at.m && at.k0 > 0; i++)
		R(add)(d + i * n, d + i * n, z + i * at.n, at.n);
	if (at.k0 == 0)
		copy_block(d, n, z, at.n, at.m, at.n);
	mem_unmap(t->mem, t->len);
	*t = (struct tile){ .mem = NULL };
}

/* TRUNC_A, both ways of additive_exchange.c.  x' = x + 2^(W-2) - less is in 0 .. 2^(W-1). */
static void
lift_up(S *d, const struct proto *p, const struct operands *x, U less, uint64_t lo, size_t n)
{
	const U offset = p->me == 0 ? ((U)1 << (W - 2)) - less : 0;

	pick(d, x->a, x->na, lo, n);
	for (size_t i = 0; i < n; i++)
		d[i].v += offset;
}

/* n bits msb(x'_me) xor a', eight a byte. */
static void
mask_signs(uint8_t *out, const S *shifted, const sbit *mask, size_t n)
{
	memset(out, 0, (n + 7) / 8);
	for (size_t i = 0; i < n; i++)
		out[i / 8] |= (uint8_t)(((uint8_t)(shifted[i].v >> (W - 1)) ^ mask[i].v)
		    << (i % 8));
}

static void
wrap_begin(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi, struct parcel *out)
{
	const struct wraps w = pool_take_wraps(p->pool, hi - lo);
	uint8_t bits[ADD_BLOCK / 8];
	S v[ADD_BLOCK];

	p->need[CORR_WRAP] -= hi - lo;
	additive_put(p)->wraps = w;
	for (uint64_t i = lo; i < hi; i += ADD_BLOCK) {
		size_t n = block_at(i, hi);
		lift_up(v, p, x, 1, i, n);
		mask_signs(bits, v, w.bit + (i - lo), n);
		put_to(p, out, x->recipients, bits, (n + 7) / 8);
	}
	wipe(v, sizeof v);
}

/* One block: v = x'_me on entry, this node's share of y on exit. */
static void
wrap_block(S *v, const uint8_t *mine, const uint8_t *theirs, const sbit *bit, const ashare64 *share,
    unsigned f, U first, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const uint64_t o = mine[i / 8] >> (i % 8) & 1, t = theirs[i / 8] >> (i % 8) & 1;
		const uint64_t w = ((o + t - o * t) & (uint64_t)first) +
		    (1 - 2 * o) * ((1 - t) * bit[i].v - (1 - 2 * t) * share[i].v);
		const U constant = first & (1 - ((U)1 << (W - 2 - f)));
		v[i].v = (v[i].v >> f) - ((U)w << (W - f)) + constant;
	}
}

static void
wrap_end(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi, struct parcel *in)
{
	const struct wraps w = additive_got(p)->wraps;
	const U first = p->me == 0 ? ~(U)0 : 0;
	uint8_t mine[ADD_BLOCK / 8], **theirs = &in->at[1 - p->me];
	S v[ADD_BLOCK];

	for (uint64_t i = lo; i < hi; i += ADD_BLOCK) {
		size_t n = block_at(i, hi), at = i - lo;
		lift_up(v, p, x, 1, i, n);
		mask_signs(mine, v, w.bit + at, n);
		wrap_block(v, mine, *theirs, w.bit + at, w.share + at, (unsigned)x->imm[0], first,
		    n);
		*theirs += (n + 7) / 8;
		memcpy((S *)x->d + i, v, n * sizeof *v);
	}
	wipe(v, sizeof v);
}

/* The number whose bits from `from` up to, not including, `to` are b[from .. to]. */
static U
compose(const S *b, unsigned from, unsigned to)
{
	U r = 0;

	for (unsigned j = from; j < to; j++)
		r += b[j].v << (j - from);
	return r;
}

static void
bits_begin(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi, struct parcel *out)
{
	const S *bits = TAKE_BITS(p->pool, (hi - lo) * W);
	S c[ADD_BLOCK];

	p->need[KIND_BITS] -= (hi - lo) * W;
	additive_put(p)->TAKEN_BITS = bits;
	for (uint64_t i = lo; i < hi; i += ADD_BLOCK) {
		size_t n = block_at(i, hi);
		lift_up(c, p, x, 0, i, n);
		for (size_t j = 0; j < n; j++)
			c[j].v += compose(bits + (i - lo + j) * W, 0, W);
		put_to(p, out, x->recipients, c, n * sizeof *c);
	}
	wipe(c, sizeof c);
}

/* c is opened; its share of y replaces it. */
static U
bits_one(U c, const S *b, unsigned f, U first)
{
	const U top = (U)1 << (W - 1), msb = c >> (W - 1);
	const U v = (msb & first) + (1 - 2 * msb) * b[W - 1].v;
	const U constant = ((c & (top - 1)) >> f) - ((U)1 << (W - 2 - f));

	return (constant & first) - compose(b, f, W - 1) + (v << (W - 1 - f));
}

static void
bits_end(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi, struct parcel *in)
{
	const S *bits = additive_got(p)->TAKEN_BITS;
	const U first = p->me == 0 ? ~(U)0 : 0;
	S c[ADD_BLOCK];

	for (uint64_t i = lo; i < hi; i += ADD_BLOCK) {
		size_t n = block_at(i, hi);
		lift_up(c, p, x, 0, i, n);
		for (size_t j = 0; j < n; j++)
			c[j].v += compose(bits + (i - lo + j) * W, 0, W);
		add_from_all(p, in, c, n);
		for (size_t j = 0; j < n; j++)
			c[j].v = bits_one(c[j].v, bits + (i - lo + j) * W, (unsigned)x->imm[0],
			    first);
		memcpy((S *)x->d + i, c, n * sizeof *c);
	}
	wipe(c, sizeof c);
}

void
K(trunc, _begin)(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	if (trunc_is_zero(W, x->imm[0]))
		return;
	if (p->n == 2)
		wrap_begin(p, x, lo, hi, out);
	else
		bits_begin(p, x, lo, hi, out);
}

void
K(trunc, _end)(struct proto *p, const struct operands *x, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	if (trunc_is_zero(W, x->imm[0]))
		memset((S *)x->d + lo, 0, (hi - lo) * sizeof(S));
	else if (p->n == 2)
		wrap_end(p, x, lo, hi, in);
	else
		bits_end(p, x, lo, hi, in);
}
