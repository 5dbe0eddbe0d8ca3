/* gilboa.c: see gilboa.h */
#include "gilboa.h"

#include <assert.h>
#include <string.h>

enum { N_BIT_BATCH = GILBOA_PACK / 16 / 64 * 64 };   /* products of bits at once */

/* len blocks, from segment * GILBOA_SEGMENT on, of each row of GILBOA_KEYS pads. */
static void
expand_pads(block *row, const block *pad, size_t segment, size_t len)
{
	aes_best()->ctr_keys(row, pad, GILBOA_KEYS, segment * GILBOA_SEGMENT, len);
}

#define RING 64
#define WORD uint64_t
#define F(name) name##64
#include "gilboa_ring.h"
#undef RING
#undef WORD
#undef F

#define RING 128
#define WORD u128
#define F(name) name##128
#include "gilboa_ring.h"
#undef RING
#undef WORD
#undef F

/* A store or load of a whole number may reach 15 bytes beyond the last correction. */
_Static_assert(TERMS64 * TERM64 + 16 <= GILBOA_PACK, "a batch of corrections fits");
_Static_assert(TERMS128 * TERM128 + 16 <= GILBOA_PACK, "a batch of corrections fits");
_Static_assert(GILBOA_KEYS * GILBOA_SEGMENT * 16 + 16 <= GILBOA_PACK, "a piece fits");
_Static_assert(8 % GILBOA_KEYS == 0, "the bits of a piece carry the same number of bytes");
_Static_assert((int)N_BIT_BATCH <= (int)COT_BATCH, "products of bits come from one batch of COTs");

static size_t
batch_terms(const struct cross *c, size_t e)
{
	size_t most = c->ring_bits == 64 ? TERMS64 : TERMS128;

	return c->hi - e < most ? c->hi - e : most;
}

uint64_t
gilboa_cots(unsigned ring_bits, uint64_t terms)
{
	return terms * ring_bits;
}

uint64_t
gilboa_choose_bytes(unsigned k, unsigned ring_bits, uint64_t terms)
{
	return terms * cot_bytes(k, ring_bits);
}

uint64_t
gilboa_correct_bytes(unsigned ring_bits, uint64_t terms, uint64_t s)
{
	return terms * s * (ring_bits == 64 ? TERM64 : TERM128);
}

enum status
gilboa_choose(const struct cross *c, struct ot_pair *pair, struct gilboa_work *w, struct chan *ch,
    unsigned peer)
{
	enum status st = ST_OK;

	assert(c->k > 0 || c->s == 1);
	flow_begin(&w->out, ch, peer,
	    gilboa_choose_bytes(pair->recv.k, c->ring_bits, c->hi - c->lo));
	for (size_t n, e = c->lo; e < c->hi; e += n) {
		const uint8_t *bits = (const uint8_t *)c->x + e * c->ring_bits / 8;

		n = batch_terms(c, e);
		cot_create_pads(&pair->recv, &w->cot, w->msg, w->pad0, bits, n * c->ring_bits);
		TRY(flow_put(&w->out, w->msg, cot_bytes(pair->recv.k, n * c->ring_bits)));
		if (c->ring_bits == 64)
			take_pads64(c, w, e, n);
		else
			take_pads128(c, w, e, n);
	}
out:
	return st;
}

enum status
gilboa_correct(const struct cross *c, struct ot_pair *pair, struct gilboa_work *w, struct chan *ch,
    unsigned peer)
{
	size_t terms = c->hi - c->lo;
	enum status st = ST_OK;

	flow_begin(&w->in, ch, peer, gilboa_choose_bytes(pair->send.k, c->ring_bits, terms));
	flow_begin(&w->out, ch, peer, gilboa_correct_bytes(c->ring_bits, terms, c->s));
	for (size_t n, e = c->lo; e < c->hi; e += n) {
		n = batch_terms(c, e);
		TRY(flow_get(&w->in, w->msg, cot_bytes(pair->send.k, n * c->ring_bits)));
		cot_consume_pads(&pair->send, &w->cot, w->pad0, w->pad1, w->msg, n * c->ring_bits);
		TRY(c->ring_bits == 64 ? correct_batch64(c, w, e, n) :
		    correct_batch128(c, w, e, n));
	}
out:
	return st;
}

enum status
gilboa_finish(const struct cross *c, struct gilboa_work *w, struct chan *ch, unsigned peer)
{
	enum status st = ST_OK;

	flow_begin(&w->in, ch, peer, gilboa_correct_bytes(c->ring_bits, c->hi - c->lo, c->s));
	for (size_t n, e = c->lo; e < c->hi; e += n) {
		n = batch_terms(c, e);
		TRY(c->ring_bits == 64 ? finish_batch64(c, w, e, n) : finish_batch128(c, w, e, n));
	}
out:
	return st;
}

uint64_t
bitmul_choose_bytes(unsigned k, uint64_t n)
{
	return n / N_BIT_BATCH * cot_bytes(k, N_BIT_BATCH) + cot_bytes(k, n % N_BIT_BATCH);
}

uint64_t
bitmul_correct_bytes(unsigned ring_bits, uint64_t n)
{
	return n * ring_bits / 8;
}

static size_t
batch_bits(size_t n, size_t i)
{
	return n - i < N_BIT_BATCH ? n - i : N_BIT_BATCH;
}

enum status
bitmul_choose(unsigned ring_bits, void *out, const uint8_t *bit, size_t n, struct ot_pair *pair,
    struct gilboa_work *w, struct chan *ch, unsigned peer)
{
	enum status st = ST_OK;

	flow_begin(&w->out, ch, peer, bitmul_choose_bytes(pair->recv.k, n));
	for (size_t m, i = 0; i < n; i += m) {
		m = batch_bits(n, i);
		cot_create_pads(&pair->recv, &w->cot, w->msg, w->pad0, bit + i / 8, m);
		TRY(flow_put(&w->out, w->msg, cot_bytes(pair->recv.k, m)));
		if (ring_bits == 64)
			bit_pads64((uint64_t *)out + i, w->pad0, m);
		else
			bit_pads128((u128 *)out + i, w->pad0, m);
	}
out:
	return st;
}

enum status
bitmul_correct(unsigned ring_bits, void *out, const void *y, size_t n, struct ot_pair *pair,
    struct gilboa_work *w, struct chan *ch, unsigned peer)
{
	enum status st = ST_OK;

	flow_begin(&w->in, ch, peer, bitmul_choose_bytes(pair->send.k, n));
	flow_begin(&w->out, ch, peer, bitmul_correct_bytes(ring_bits, n));
	for (size_t m, i = 0; i < n; i += m) {
		m = batch_bits(n, i);
		TRY(flow_get(&w->in, w->msg, cot_bytes(pair->send.k, m)));
		cot_consume_pads(&pair->send, &w->cot, w->pad0, w->pad1, w->msg, m);
		if (ring_bits == 64)
			bit_correct64(w, (uint64_t *)out + i, (const uint64_t *)y + i, m);
		else
			bit_correct128(w, (u128 *)out + i, (const u128 *)y + i, m);
		TRY(flow_put(&w->out, w->pack, bitmul_correct_bytes(ring_bits, m)));
	}
out:
	return st;
}

enum status
bitmul_finish(unsigned ring_bits, void *out, const uint8_t *bit, size_t n, struct gilboa_work *w,
    struct chan *ch, unsigned peer)
{
	enum status st = ST_OK;

	flow_begin(&w->in, ch, peer, bitmul_correct_bytes(ring_bits, n));
	for (size_t m, i = 0; i < n; i += m) {
		m = batch_bits(n, i);
		TRY(flow_get(&w->in, w->pack, bitmul_correct_bytes(ring_bits, m)));
		if (ring_bits == 64)
			bit_finish64((uint64_t *)out + i, w->pack, bit + i / 8, m);
		else
			bit_finish128((u128 *)out + i, w->pack, bit + i / 8, m);
	}
out:
	return st;
}
