/* chan_fault.c: a layer for tests that does one wrong thing at byte `at` of what goes to a peer.
 *
 * CUT tears all links down, FLIP changes one bit of that byte, DELAY holds the message that has
 * the byte back for DELAY_MS, DROP loses that message.  It lies above encryption: what it makes is
 * a node that misbehaves, not a line that does.  See chan.h. */
#include "chan_layer.h"

#include "../base/mem.h"

#include <assert.h>
#include <string.h>
#include <time.h>

enum { DELAY_MS = 200 };

struct chan_fault {
	struct chan base;
	struct chan *under;             /* NULL after a cut */
	enum chan_fault_kind what;
	unsigned peer;
	uint64_t at, sent;
};

static struct chan_fault *
self(struct chan *c)
{
	return (struct chan_fault *)c;
}

static enum status
cut(struct chan_fault *f)
{
	chan_free(f->under);
	f->under = NULL;
	return fault_set(&f->base.fault, ST_NET, "the connection was cut by a test");
}

static enum status
flip(struct chan_fault *f, const void *buf, size_t len, size_t at)
{
	uint8_t *copy = mem_alloc(len);
	enum status st;

	if (copy == NULL)
		return fault_set(&f->base.fault, ST_INTERNAL, "out of memory for a message");
	memcpy(copy, buf, len);
	copy[at] ^= 1;
	st = chan_post(f->under, f->peer, copy, len);
	wipe(copy, len);
	mem_free(copy);
	return layer_status(&f->base, f->under, st);
}

static enum status
fault_post(struct chan *c, unsigned peer, const void *buf, size_t len)
{
	struct chan_fault *f = self(c);
	uint64_t before = f->sent;
	const struct timespec pause = { 0, DELAY_MS * 1000000L };

	if (c->fault.st != ST_OK)
		return c->fault.st;
	if (peer == f->peer)
		f->sent += len;
	if (peer == f->peer && before <= f->at && f->at < f->sent) {
		switch (f->what) {
		case FAULT_CUT:
			return cut(f);
		case FAULT_FLIP:
			return flip(f, buf, len, (size_t)(f->at - before));
		case FAULT_DROP:
			return ST_OK;
		case FAULT_DELAY:
			(void)nanosleep(&pause, NULL);
			break;
		}
	}
	return layer_status(c, f->under, chan_post(f->under, peer, buf, len));
}

static enum status
fault_wait(struct chan *c, unsigned peer, void *buf, size_t len)
{
	if (c->fault.st != ST_OK)
		return c->fault.st;
	return layer_status(c, self(c)->under, chan_wait(self(c)->under, peer, buf, len));
}

static void
fault_phase(struct chan *c, enum phase p)
{
	if (self(c)->under != NULL)
		chan_phase(self(c)->under, p);
}

static void
fault_round(struct chan *c)
{
	if (self(c)->under != NULL)
		chan_round(self(c)->under);
}

static enum status
fault_finish(struct chan *c)
{
	if (c->fault.st != ST_OK)
		return c->fault.st;
	return layer_status(c, self(c)->under, chan_finish(self(c)->under));
}

static void
fault_free(struct chan *c)
{
	chan_free(self(c)->under);
	mem_free(c);
}

static const struct chan_ops fault_ops = {
	.post = fault_post,
	.wait = fault_wait,
	.phase = fault_phase,
	.round = fault_round,
	.finish = fault_finish,
	.free = fault_free,
};

enum status
chan_fault_new(struct chan **out, struct chan *under, enum chan_fault_kind what, unsigned peer,
    uint64_t at)
{
	struct chan_fault *f = mem_zalloc(sizeof *f);

	assert(peer < under->n && peer != under->me);
	*out = NULL;
	if (f == NULL)
		return ST_INTERNAL;
	f->base = (struct chan){ .ops = &fault_ops, .me = under->me, .n = under->n };
	f->under = under;
	f->what = what;
	f->peer = peer;
	f->at = at;
	*out = &f->base;
	return ST_OK;
}
