/* ot_ext.c: see ot_ext.h */
#include "ot_ext.h"

#include "../runtime/base/bitmatrix.h"
#include "../runtime/base/mem.h"

#include <assert.h>
#include <string.h>

/* The two children of a node: AES under the node as key, a pseudo-random function, at 0 and 1. */
static void
ggm_children(block child[2], block node)
{
	struct aes_key k;

	aes_best()->expand(&k, node);
	aes_best()->ctr(child, &k, 0, 0, 2);
	wipe(&k, sizeof k);
}

static void
expand_leaves(struct aes_key *leaf, const block *node)
{
	for (size_t x = 0; x < COT_LEAVES; x++)
		aes_best()->expand(&leaf[x], node[x]);
}

/* Which base OT serves level d (from 0, the highest bit of x first) of tree i. */
static size_t
base_ot(size_t i, size_t d)
{
	return i * COT_K + (COT_K - 1 - d);
}

/* One tree, at the side that knows it all: node[0..width) become node[0..2 width), and the sums of
 * the even and of the odd ones go to sum. */
static void
grow_all(block *node, size_t width, block sum[2])
{
	block child[2];

	sum[0] = sum[1] = (block){ { 0, 0 } };
	for (size_t x = width; x-- > 0;) {
		ggm_children(child, node[x]);
		for (size_t b = 0; b < 2; b++) {
			node[2 * x + b] = child[b];
			sum[b] = block_xor(sum[b], child[b]);
		}
	}
	wipe(child, sizeof child);
}

void
cot_create_setup(struct cot_receiver *r, uint8_t msg[COT_SETUP_BYTES],
    const block key[N_BASE_OT][2], block s)
{
	block node[COT_LEAVES], sum[2];

	r->s = s;
	r->next = 0;
	for (size_t i = 0; i < COT_TREES; i++) {
		memcpy(node, key[base_ot(i, 0)], sizeof sum);
		for (size_t d = 1; d < COT_K; d++) {
			grow_all(node, (size_t)1 << d, sum);
			for (size_t b = 0; b < 2; b++)
				sum[b] = block_xor(sum[b], key[base_ot(i, d)][b]);
			memcpy(msg, sum, sizeof sum);
			msg += sizeof sum;
		}
		expand_leaves(r->leaf[i], node);
	}
	wipe(node, sizeof node);
	wipe(sum, sizeof sum);
}

/* The same at the side that lacks node[0], numbered by the difference to Delta's path: the child of
 * a node in direction b is number b xor bit of Delta below it.  What came is the sum of the level's
 * children on the other side than Delta, and node[1] is what is missing in it. */
static void
grow_punctured(block *node, size_t width, uint64_t delta_bit, block sum)
{
	block child[2];

	for (size_t x = width; x-- > 1;) {
		ggm_children(child, node[x]);
		node[2 * x] = block_select(delta_bit, child[1], child[0]);
		node[2 * x + 1] = block_select(delta_bit, child[0], child[1]);
		sum = block_xor(sum, node[2 * x + 1]);
	}
	node[0] = (block){ { 0, 0 } };
	node[1] = sum;
	wipe(child, sizeof child);
}

void
cot_consume_setup(struct cot_sender *c, const uint8_t msg[COT_SETUP_BYTES],
    const block key[N_BASE_OT], block delta, block s)
{
	block node[COT_LEAVES], sum[2];

	c->delta = delta;
	c->s = s;
	c->next = 0;
	for (size_t i = 0; i < COT_TREES; i++) {
		node[0] = (block){ { 0, 0 } };
		node[1] = key[base_ot(i, 0)];
		for (size_t d = 1; d < COT_K; d++) {
			size_t j = base_ot(i, d);
			uint64_t bit = delta.w[j / 64] >> j % 64 & 1;

			memcpy(sum, msg, sizeof sum);
			msg += sizeof sum;
			sum[0] = block_xor(block_select(bit, sum[0], sum[1]), key[j]);
			grow_punctured(node, (size_t)1 << d, bit, sum[0]);
		}
		expand_leaves(c->leaf[i], node);
	}
	wipe(node, sizeof node);
	wipe(sum, sizeof sum);
}

/* 64 bytes of a row: one register where the CPU has such. */
typedef uint64_t wide __attribute__((vector_size(64)));

enum { WIDE = sizeof(wide) };

/* One level: each pair becomes its sum, and odd the sum of its second ones. */
static inline __attribute__((always_inline)) void
fold_level(wide *x, wide *odd, size_t pairs)
{
	*odd = x[1];
	x[0] ^= x[1];
#pragma GCC unroll 16
	for (size_t j = 1; j < pairs; j++) {
		*odd ^= x[2 * j + 1];
		x[j] = x[2 * j] ^ x[2 * j + 1];
	}
}

/* Sums over the leaves x of one tree, for one column of registers: v[b] over those in which bit b
 * of x is set; x[0] becomes the sum over all. */
static inline __attribute__((always_inline)) void
fold(wide x[COT_LEAVES], wide v[COT_K])
{
#pragma GCC unroll 8
	for (size_t b = 0; b < COT_K; b++)
		fold_level(x, &v[b], (size_t)COT_LEAVES >> (b + 1));
}

static inline __attribute__((always_inline)) void
fold_receiver(struct cot_scratch *w, size_t tree, size_t len)
{
	wide x[COT_LEAVES], v[COT_K];

	for (size_t c = 0; c < len; c += WIDE) {
#pragma GCC unroll 16
		for (size_t y = 0; y < COT_LEAVES; y++)
			x[y] = *(const wide *)&w->leaf[y][c];
		fold(x, v);
#pragma GCC unroll 8
		for (size_t b = 0; b < COT_K; b++)
			*(wide *)&w->rows[tree * COT_K + b][c] = v[b];
		*(wide *)&w->row[c] = x[0] ^ *(const wide *)&w->choice[c];
	}
}

static inline __attribute__((always_inline)) void
fold_sender(struct cot_scratch *w, size_t tree, size_t len, block delta)
{
	wide x[COT_LEAVES], v[COT_K];

	for (size_t c = 0; c < len; c += WIDE) {
		wide u = *(const wide *)&w->row[c];

#pragma GCC unroll 16
		for (size_t y = 0; y < COT_LEAVES; y++)
			x[y] = *(const wide *)&w->leaf[y][c];
		fold(x, v);
#pragma GCC unroll 8
		for (size_t b = 0; b < COT_K; b++) {
			size_t j = tree * COT_K + b;
			uint64_t bit = delta.w[j / 64] >> j % 64 & 1;

			*(wide *)&w->rows[j][c] = v[b] ^ (u & (0 - bit));
		}
	}
}

#if defined(__x86_64__)
#define FAST __attribute__((target("avx512f")))
#else
#define FAST
#endif

FAST static void
fold_receiver_fast(struct cot_scratch *w, size_t tree, size_t len)
{
	fold_receiver(w, tree, len);
}

FAST static void
fold_sender_fast(struct cot_scratch *w, size_t tree, size_t len, block delta)
{
	fold_sender(w, tree, len, delta);
}

static const struct aes_kernel *
kernel(const struct cot_scratch *w)
{
	return w->portable ? aes_ref() : aes_best();
}

static bool
fast(const struct cot_scratch *w)
{
	return !w->portable && aes_vaes() != NULL;
}

/* All columns of w->rows become blocks. */
static void
turn(block *out, const struct cot_scratch *w, size_t len)
{
	bitmatrix_fn *f = w->portable ? bitmatrix_ref : bitmatrix_best();

	f(out, w->rows[0], sizeof w->rows[0], 8 * len);
}

/* The streams of leaves first.. of a tree for len bytes of columns, from COT number `next` on. */
static void
expand_tree(struct cot_scratch *w, const struct aes_key *leaf, size_t first, uint64_t next,
    size_t len)
{
	for (size_t y = first; y < COT_LEAVES; y++)
		kernel(w)->ctr((block *)w->leaf[y], &leaf[y], 0, next / 128, len / 16);
}

/* n COTs rounded up, in bytes of a row. */
static size_t
padded_bytes(size_t n)
{
	assert(n <= COT_BATCH);
	return (n + COT_ROUND - 1) / COT_ROUND * (COT_ROUND / 8);
}

void
cot_create_extend(struct cot_receiver *r, struct cot_scratch *w, uint8_t *msg, block *t,
    const uint8_t *choice, size_t n)
{
	size_t len = padded_bytes(n), row = (n + 63) / 64 * 8;

	memset(w->choice, 0, len);
	memcpy(w->choice, choice, (n + 7) / 8);
	for (size_t i = 0; i < COT_TREES; i++) {
		expand_tree(w, r->leaf[i], 0, r->next, len);
		if (fast(w))
			fold_receiver_fast(w, i, len);
		else
			fold_receiver(w, i, len);
		memcpy(msg + i * row, w->row, row);
	}
	turn(t, w, len);
	r->next += 8 * len;
}

void
cot_consume_extend(struct cot_sender *d, struct cot_scratch *w, block *q, const uint8_t *msg,
    size_t n)
{
	size_t len = padded_bytes(n), row = (n + 63) / 64 * 8;

	memset(w->row, 0, len);
	memset(w->leaf[0], 0, len);
	for (size_t i = 0; i < COT_TREES; i++) {
		memcpy(w->row, msg + i * row, row);
		expand_tree(w, d->leaf[i], 1, d->next, len);
		if (fast(w))
			fold_sender_fast(w, i, len, d->delta);
		else
			fold_sender(w, i, len, d->delta);
	}
	turn(q, w, len);
	d->next += 8 * len;
}

void
cot_create_pads(struct cot_receiver *r, struct cot_scratch *w, uint8_t *msg, block *pad,
    const uint8_t *choice, size_t n)
{
	uint64_t first = r->next;

	cot_create_extend(r, w, msg, w->cot, choice, n);
	kernel(w)->hash(pad, w->cot, r->s, first, n);
}

void
cot_consume_pads(struct cot_sender *d, struct cot_scratch *w, block *pad0, block *pad1,
    const uint8_t *msg, size_t n)
{
	uint64_t first = d->next;

	cot_consume_extend(d, w, w->cot, msg, n);
	kernel(w)->hash2(pad0, pad1, w->cot, d->delta, d->s, first, n);
}
