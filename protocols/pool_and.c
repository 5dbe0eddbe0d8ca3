/* pool_and.c: AND triples, 64 to a word.  See pool_make.h.
 *
 * XOR shares of uniform a, b and of c = a b [Beaver, CRYPTO 1991], made from random OTs as in GMW
 * [Asharov, Lindell, Schneider, Zohner, CCS 2013, section 5.2], for any number of nodes.
 * Semi-honest.  c is the XOR of all a_i b_j; a_i b_i is local.  For each ordered pair i, j node i
 * receives one OT of bits from node j:
 *   1. node i: chooses by a_i and gets p = p0 xor a_i (p0 xor p1), which is its share
 *   2. node j: its share is p0; the product is with p0 xor p1 rather than b_j, so it sends
 *              d = p0 xor p1 xor b_j
 *   3. node i: share xor= a_i d
 * Nothing says what a_i and b_j are to be.  So a_i is what the OTs with one of the peers, the next
 * by number, give as random choices, and b_j is p0 xor p1 of the OTs for one of them, the next
 * again: no d goes there.  Two nodes have no other peers, so they need one round and nothing but
 * random OTs.  The pads are hashes (ot_ext.h) of which one bit is used; p0 xor p1 is uniform to
 * the receiver, who knows one of them. */
#include "pool_make.h"

#include "../runtime/base/mem.h"

#include <string.h>

enum { BATCH = COT_BATCH / 64 };        /* words at once */

/* Whether a of node `me` comes from its OTs with this peer as sender, b from those where it is the
 * receiver. */
static bool
is_next(unsigned n_nodes, unsigned me, unsigned peer)
{
	return (me + 1) % n_nodes == peer;
}

static size_t
batch(size_t n, size_t i)
{
	return n - i < BATCH ? n - i : BATCH;
}

/* The choices of at most a batch. */
static size_t
batch_bytes(unsigned k, bool random, size_t n)
{
	return random ? rot_bytes(k, n * 64) : cot_bytes(k, n * 64);
}

static uint64_t
choice_bytes(unsigned k, bool random, uint64_t n)
{
	return batch_bytes(k, random, BATCH) * (n / BATCH) + batch_bytes(k, random, n % BATCH);
}

uint64_t
ands_bytes(unsigned k, unsigned n_nodes, unsigned from, unsigned to, uint64_t n)
{
	bool next = is_next(n_nodes, from, to);

	return choice_bytes(k, next, n) + (next ? 0 : 8 * n);
}

/* The lowest bits of 64 pads. */
static uint64_t
lowest_bits(const block pad[64])
{
	uint64_t w = 0;

	for (unsigned i = 0; i < 64; i++)
		w |= (pad[i].w[0] & 1) << i;
	return w;
}

/* Step 1, towards one peer; a comes out of the first. */
static enum status
choose(struct maker *m, unsigned peer, bshare *a, bshare *c, size_t n)
{
	struct gilboa_work *w = m->work;
	struct cot_receiver *recv = &m->pair[peer].recv;
	bool random = is_next(m->ch->n, m->ch->me, peer);
	enum status st = ST_OK;

	flow_begin(&w->out, m->ch, peer, choice_bytes(recv->k, random, n));
	for (size_t k, i = 0; i < n; i += k) {
		uint8_t *bits = (uint8_t *)(a + i);

		k = batch(n, i);
		if (random)
			rot_create_pads(recv, &w->cot, w->msg, w->pad0, bits, k * 64);
		else
			cot_create_pads(recv, &w->cot, w->msg, w->pad0, bits, k * 64);
		TRY(flow_put(&w->out, w->msg, batch_bytes(recv->k, random, k)));
		for (size_t j = 0; j < k; j++)
			c[i + j].w ^= lowest_bits(w->pad0 + j * 64);
	}
out:
	return st;
}

/* One batch of step 2: c takes the share; p0 xor p1 becomes b or is corrected to it. */
static enum status
correct_batch(struct gilboa_work *w, bool first, bshare *b, bshare *c, size_t k)
{
	uint64_t d[BATCH];
	enum status st = ST_OK;

	for (size_t j = 0; j < k; j++) {
		uint64_t p0 = lowest_bits(w->pad0 + j * 64);

		d[j] = p0 ^ lowest_bits(w->pad1 + j * 64);
		c[j].w ^= p0;
		if (first)
			b[j].w = d[j];
		else
			d[j] ^= b[j].w;
	}
	if (!first)
		TRY(flow_put(&w->out, d, k * sizeof *d));
out:
	wipe(d, sizeof d);
	return st;
}

static enum status
correct(struct maker *m, unsigned peer, bshare *b, bshare *c, size_t n)
{
	struct gilboa_work *w = m->work;
	struct cot_sender *send = &m->pair[peer].send;
	bool first = is_next(m->ch->n, m->ch->me, peer);
	bool random = is_next(m->ch->n, peer, m->ch->me);
	enum status st = ST_OK;

	flow_begin(&w->in, m->ch, peer, choice_bytes(send->k, random, n));
	flow_begin(&w->out, m->ch, peer, first ? 0 : 8 * (uint64_t)n);
	for (size_t k, i = 0; i < n; i += k) {
		k = batch(n, i);
		TRY(flow_get(&w->in, w->msg, batch_bytes(send->k, random, k)));
		if (random)
			rot_consume_pads(send, &w->cot, w->pad0, w->pad1, w->msg, k * 64);
		else
			cot_consume_pads(send, &w->cot, w->pad0, w->pad1, w->msg, k * 64);
		TRY(correct_batch(w, first, b + i, c + i, k));
	}
out:
	return st;
}

/* Step 3. */
static enum status
finish(struct maker *m, unsigned peer, const bshare *a, bshare *c, size_t n)
{
	struct gilboa_work *w = m->work;
	uint64_t d;
	enum status st = ST_OK;

	flow_begin(&w->in, m->ch, peer, 8 * (uint64_t)n);
	for (size_t i = 0; i < n; i++) {
		TRY(flow_get(&w->in, &d, sizeof d));
		c[i].w ^= a[i].w & d;
	}
out:
	return st;
}

enum status
make_ands(struct maker *m, bshare *a, bshare *b, bshare *c, size_t n)
{
	struct chan *ch = m->ch;
	enum status st = ST_OK;

	memset(c, 0, n * sizeof *c);
	for (unsigned i = 1; i < ch->n; i++)
		TRY(choose(m, peer_at(ch, i), a, c, n));
	chan_round(ch);
	for (unsigned i = 1; i < ch->n; i++)
		TRY(correct(m, peer_at(ch, i), b, c, n));
	for (size_t i = 0; i < n; i++)
		c[i].w ^= a[i].w & b[i].w;
	if (ch->n == 2)
		goto out;
	chan_round(ch);
	for (unsigned i = 1; i < ch->n; i++)
		if (!is_next(ch->n, peer_at(ch, i), ch->me))
			TRY(finish(m, peer_at(ch, i), a, c, n));
out:
	return st;
}
