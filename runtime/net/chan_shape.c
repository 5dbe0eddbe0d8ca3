/* chan_shape.c: a layer that makes each directed link as slow as a wide-area one.
 *
 * The sender reckons when the last byte would have left at the link's rate and when it would
 * arrive half a round trip later, and sends that moment ahead of the message; the receiver holds
 * the message back until then.  So posting never blocks, and links do not slow each other.  Both
 * ends read one machine's monotonic clock: this layer is for feeling a WAN at home, and all nodes
 * of a run have it or none.  See chan.h. */
#include "chan_layer.h"

#include "../base/mem.h"
#include "wire.h"

#include <errno.h>
#include <time.h>

enum { NS_PER_S = 1000000000, STAMP_BYTES = 8 };

struct chan_shape {
	struct chan base;
	struct chan *under;
	uint64_t delay_ns;
	uint64_t bits_per_s;            /* 0: unlimited */
	uint64_t free_ns[N_NODE_MAX];   /* when the link to each peer has sent all it was given */
};

static struct chan_shape *
self(struct chan *c)
{
	return (struct chan_shape *)c;
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static void
sleep_until(uint64_t ns)
{
	struct timespec t = { (time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		continue;
}

/* When the message will have left: bytes queue behind those posted before. */
static uint64_t
leave_ns(struct chan_shape *s, unsigned peer, size_t len)
{
	uint64_t now = now_ns();
	uint64_t at = s->free_ns[peer] > now ? s->free_ns[peer] : now;

	/* len <= CHAN_MSG_MAX = 2^24, so the product stays below 2^57. */
	if (s->bits_per_s > 0)
		at += (uint64_t)len * 8 * NS_PER_S / s->bits_per_s;
	s->free_ns[peer] = at;
	return at;
}

static enum status
shape_post(struct chan *c, unsigned peer, const void *buf, size_t len)
{
	struct chan_shape *s = self(c);
	uint8_t stamp[STAMP_BYTES];
	enum status st;

	if (c->fault.st != ST_OK || len == 0)
		return c->fault.st;
	wire_u64_to(stamp, leave_ns(s, peer, len) + s->delay_ns);
	TRY(chan_post(s->under, peer, stamp, sizeof stamp));
	TRY(chan_post(s->under, peer, buf, len));
out:
	return layer_status(c, s->under, st);
}

static enum status
shape_wait(struct chan *c, unsigned peer, void *buf, size_t len)
{
	struct chan_shape *s = self(c);
	uint8_t stamp[STAMP_BYTES];
	enum status st;

	if (c->fault.st != ST_OK || len == 0)
		return c->fault.st;
	TRY(chan_wait(s->under, peer, stamp, sizeof stamp));
	TRY(chan_wait(s->under, peer, buf, len));
	sleep_until(wire_u64_from(stamp));
out:
	return layer_status(c, s->under, st);
}

static void
shape_phase(struct chan *c, enum phase p)
{
	chan_phase(self(c)->under, p);
}

static void
shape_round(struct chan *c)
{
	chan_round(self(c)->under);
}

static enum status
shape_finish(struct chan *c)
{
	return layer_status(c, self(c)->under, chan_finish(self(c)->under));
}

static void
shape_free(struct chan *c)
{
	chan_free(self(c)->under);
	mem_free(c);
}

static const struct chan_ops shape_ops = {
	.post = shape_post,
	.wait = shape_wait,
	.phase = shape_phase,
	.round = shape_round,
	.finish = shape_finish,
	.free = shape_free,
};

enum status
chan_shape_new(struct chan **out, struct chan *under, uint64_t rtt_us, uint64_t bits_per_s)
{
	struct chan_shape *s = mem_zalloc(sizeof *s);

	*out = NULL;
	if (s == NULL)
		return ST_INTERNAL;
	s->base = (struct chan){ .ops = &shape_ops, .me = under->me, .n = under->n };
	s->under = under;
	s->delay_ns = rtt_us * 500;
	s->bits_per_s = bits_per_s;
	*out = &s->base;
	return ST_OK;
}
