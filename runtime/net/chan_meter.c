/* chan_meter.c: a layer that counts bytes, messages and rounds, and hashes what passes.
 *
 * Each direction of each link has a BLAKE2b state of its own, so that the transcript does not
 * depend on the order in which messages of different peers were awaited.  A message enters as its
 * length (8 bytes) and its bytes.  See chan.h. */
#include "chan_layer.h"

#include "../base/mem.h"

#include <assert.h>
#include <sodium.h>
#include <time.h>

struct chan_meter {
	struct chan base;
	struct chan *under;
	enum phase now;
	bool hashes;
	struct meter count;
	uint64_t us[N_PHASE], since_us;  /* time in each phase; when the present one began */
	crypto_generichash_state sent[N_NODE_MAX], received[N_NODE_MAX];
};

static struct chan_meter *
self(struct chan *c)
{
	return (struct chan_meter *)c;
}

static void
absorb(crypto_generichash_state *h, const void *buf, size_t len)
{
	uint8_t prefix[8];

	for (size_t i = 0; i < sizeof prefix; i++)
		prefix[i] = (uint8_t)((uint64_t)len >> (8 * i));
	(void)crypto_generichash_update(h, prefix, sizeof prefix);
	(void)crypto_generichash_update(h, buf, len);
}

static enum status
meter_post(struct chan *c, unsigned peer, const void *buf, size_t len)
{
	struct chan_meter *m = self(c);
	enum status st = chan_post(m->under, peer, buf, len);

	if (st == ST_OK && len > 0) {
		m->count.sent[m->now][peer] += len;
		m->count.messages[m->now]++;
		if (m->hashes)
			absorb(&m->sent[peer], buf, len);
	}
	return layer_status(c, m->under, st);
}

static enum status
meter_wait(struct chan *c, unsigned peer, void *buf, size_t len)
{
	struct chan_meter *m = self(c);
	enum status st = chan_wait(m->under, peer, buf, len);

	if (st == ST_OK && len > 0) {
		m->count.received[m->now][peer] += len;
		if (m->hashes)
			absorb(&m->received[peer], buf, len);
	}
	return layer_status(c, m->under, st);
}

static uint64_t
clock_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Books the time since the last call on the present phase. */
static void
book_time(struct chan_meter *m)
{
	uint64_t now = clock_us();

	m->us[m->now] += now - m->since_us;
	m->since_us = now;
}

static void
meter_phase(struct chan *c, enum phase p)
{
	book_time(self(c));
	self(c)->now = p;
	chan_phase(self(c)->under, p);
}

static void
meter_round(struct chan *c)
{
	self(c)->count.rounds[self(c)->now]++;
	chan_round(self(c)->under);
}

static enum status
meter_finish(struct chan *c)
{
	return layer_status(c, self(c)->under, chan_finish(self(c)->under));
}

static void
meter_free(struct chan *c)
{
	chan_free(self(c)->under);
	wipe(self(c), sizeof *self(c));
	mem_free(c);
}

static const struct chan_ops meter_ops = {
	.post = meter_post,
	.wait = meter_wait,
	.phase = meter_phase,
	.round = meter_round,
	.finish = meter_finish,
	.free = meter_free,
};

enum status
chan_meter_new(struct chan **out, struct chan *under)
{
	struct chan_meter *m = mem_zalloc(sizeof *m);

	*out = NULL;
	if (m == NULL)
		return ST_INTERNAL;
	m->base = (struct chan){ .ops = &meter_ops, .me = under->me, .n = under->n };
	m->under = under;
	m->hashes = true;
	m->since_us = clock_us();
	for (unsigned i = 0; i < under->n; i++) {
		(void)crypto_generichash_init(&m->sent[i], NULL, 0, 32);
		(void)crypto_generichash_init(&m->received[i], NULL, 0, 32);
	}
	*out = &m->base;
	return ST_OK;
}

void
chan_meter_hash(struct chan *meter, bool on)
{
	assert(meter->ops == &meter_ops);
	self(meter)->hashes = on;
}

/* The transcript so far: the hash of all links' hashes, sent before received, by peer. */
static void
transcript(uint8_t out[32], const struct chan_meter *m)
{
	crypto_generichash_state all, h;
	uint8_t one[32];

	(void)crypto_generichash_init(&all, NULL, 0, 32);
	for (unsigned i = 0; i < m->base.n; i++) {
		h = m->sent[i];
		(void)crypto_generichash_final(&h, one, sizeof one);
		(void)crypto_generichash_update(&all, one, sizeof one);
		h = m->received[i];
		(void)crypto_generichash_final(&h, one, sizeof one);
		(void)crypto_generichash_update(&all, one, sizeof one);
	}
	(void)crypto_generichash_final(&all, out, 32);
}

void
chan_meter_get(struct chan *meter, struct meter *m)
{
	assert(meter->ops == &meter_ops);
	*m = self(meter)->count;
	transcript(m->transcript, self(meter));
}

void
chan_meter_times(struct chan *meter, uint64_t us[N_PHASE])
{
	assert(meter->ops == &meter_ops);
	book_time(self(meter));
	for (unsigned p = 0; p < N_PHASE; p++)
		us[p] = self(meter)->us[p];
}
