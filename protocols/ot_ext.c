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
expand_leaves(struct aes_key *leaf, const block *node, unsigned k)
{
	for (size_t x = 0; x < (size_t)1 << k; x++)
		aes_best()->expand(&leaf[x], node[x]);
}

/* Which base OT serves level d (from 0, the highest bit of x first) of tree i. */
static size_t
base_ot(unsigned k, size_t i, size_t d)
{
	return i * k + (k - 1 - d);
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
cot_create_setup(struct cot_receiver *r, unsigned k, uint8_t *msg, const block key[N_BASE_OT][2],
    block s)
{
	block node[1 << FOLD_K_MAX], sum[2];

	r->k = k;
	r->s = s;
	r->next = 0;
	for (size_t i = 0; i < 128 / k; i++) {
		memcpy(node, key[base_ot(k, i, 0)], sizeof sum);
		for (size_t d = 1; d < k; d++) {
			grow_all(node, (size_t)1 << d, sum);
			for (size_t b = 0; b < 2; b++)
				sum[b] = block_xor(sum[b], key[base_ot(k, i, d)][b]);
			memcpy(msg, sum, sizeof sum);
			msg += sizeof sum;
		}
		expand_leaves(&r->leaf[i << k], node, k);
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
cot_consume_setup(struct cot_sender *c, unsigned k, const uint8_t *msg,
    const block key[N_BASE_OT], block delta, block s)
{
	block node[1 << FOLD_K_MAX], sum[2];

	c->k = k;
	c->delta = delta;
	c->s = s;
	c->next = 0;
	for (size_t i = 0; i < 128 / k; i++) {
		node[0] = (block){ { 0, 0 } };
		node[1] = key[base_ot(k, i, 0)];
		for (size_t d = 1; d < k; d++) {
			size_t j = base_ot(k, i, d);
			uint64_t bit = delta.w[j / 64] >> j % 64 & 1;

			memcpy(sum, msg, sizeof sum);
			msg += sizeof sum;
			sum[0] = block_xor(block_select(bit, sum[0], sum[1]), key[j]);
			grow_punctured(node, (size_t)1 << d, bit, sum[0]);
		}
		expand_leaves(&c->leaf[i << k], node, k);
	}
	wipe(node, sizeof node);
	wipe(sum, sizeof sum);
}

static const struct aes_kernel *
kernel(const struct cot_scratch *w)
{
	return w->portable ? aes_ref() : aes_best();
}

static fold_fn *
fold(const struct cot_scratch *w)
{
	return w->portable ? fold_ref : fold_best();
}

/* All columns of w->rows become blocks. */
static void
turn(block *out, const struct cot_scratch *w, size_t len)
{
	bitmatrix_fn *f = w->portable ? bitmatrix_ref : bitmatrix_best();

	f(out, w->rows[0], sizeof w->rows[0], 8 * len);
}

/* n COTs rounded up, in bytes of a row. */
static size_t
padded_bytes(size_t n)
{
	assert(n <= COT_BATCH);
	return (n + COT_ROUND - 1) / COT_ROUND * (COT_ROUND / 8);
}

/* The receiver's trees first.., choosing by w->choice. */
static void
create_trees(struct cot_receiver *r, struct cot_scratch *w, uint8_t *msg, size_t first, size_t n)
{
	size_t len = padded_bytes(n), row = (n + 63) / 64 * 8;
	unsigned k = r->k;

	for (size_t i = first; i < 128 / k; i++) {
		const struct fold_job job = { .k = k, .leaf = &r->leaf[i << k],
			.first = r->next / 128, .len = len, .u = w->choice,
			.v = &w->rows[i * k], .sum = w->row };

		fold(w)(&job);
		memcpy(msg, w->row, row);
		msg += row;
	}
}

/* The sender's trees first.. */
static void
consume_trees(struct cot_sender *d, struct cot_scratch *w, const uint8_t *msg, size_t first,
    size_t n)
{
	size_t len = padded_bytes(n), row = (n + 63) / 64 * 8;
	unsigned k = d->k;

	memset(w->row, 0, len);
	for (size_t i = 0; i < 128 / k; i++) {
		struct fold_job job = { .k = k, .leaf = &d->leaf[i << k], .punctured = true,
			.first = d->next / 128, .len = len, .u = w->row, .v = &w->rows[i * k],
			.sum = w->choice };

		if (i >= first) {
			memcpy(w->row, msg, row);
			msg += row;
		}
		for (size_t b = 0; b < k; b++) {
			size_t j = i * k + b;

			job.mask[b] = 0 - (d->delta.w[j / 64] >> j % 64 & 1);
		}
		fold(w)(&job);
		wipe(&job, sizeof job);
	}
}

void
cot_create_extend(struct cot_receiver *r, struct cot_scratch *w, uint8_t *msg, block *t,
    const uint8_t *choice, size_t n)
{
	size_t len = padded_bytes(n);

	memset(w->choice, 0, len);
	memcpy(w->choice, choice, (n + 7) / 8);
	create_trees(r, w, msg, 0, n);
	turn(t, w, len);
	r->next += 8 * len;
}

void
cot_consume_extend(struct cot_sender *d, struct cot_scratch *w, block *q, const uint8_t *msg,
    size_t n)
{
	size_t len = padded_bytes(n);

	consume_trees(d, w, msg, 0, n);
	turn(q, w, len);
	d->next += 8 * len;
}

/* Tree 0 says what the choices are, and nothing of it is sent. */
static void
create_random(struct cot_receiver *r, struct cot_scratch *w, uint8_t *msg, block *t,
    uint8_t *choice, size_t n)
{
	size_t len = padded_bytes(n);
	const struct fold_job job = { .k = r->k, .leaf = r->leaf, .first = r->next / 128,
		.len = len, .u = w->choice, .v = w->rows, .sum = w->choice };

	memset(w->choice, 0, len);
	fold(w)(&job);
	memcpy(choice, w->choice, (n + 7) / 8);
	create_trees(r, w, msg, 1, n);
	turn(t, w, len);
	r->next += 8 * len;
}

static void
consume_random(struct cot_sender *d, struct cot_scratch *w, block *q, const uint8_t *msg, size_t n)
{
	size_t len = padded_bytes(n);

	consume_trees(d, w, msg, 1, n);
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

void
rot_create_pads(struct cot_receiver *r, struct cot_scratch *w, uint8_t *msg, block *pad,
    uint8_t *choice, size_t n)
{
	uint64_t first = r->next;

	create_random(r, w, msg, w->cot, choice, n);
	kernel(w)->hash(pad, w->cot, r->s, first, n);
}

void
rot_consume_pads(struct cot_sender *d, struct cot_scratch *w, block *pad0, block *pad1,
    const uint8_t *msg, size_t n)
{
	uint64_t first = d->next;

	consume_random(d, w, w->cot, msg, n);
	kernel(w)->hash2(pad0, pad1, w->cot, d->delta, d->s, first, n);
}
