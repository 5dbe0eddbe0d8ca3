/* chan_nng.c: a channel over nng while it runs; see chan_nng.h.  Opening is in net_open.c. */
#include "chan_nng.h"

#include "../base/mem.h"
#include "net_chan.h"

#include <assert.h>
#include <string.h>

enum {
	SLACK = 64,                     /* what layers above may add to CHAN_MSG_MAX */
	BRIEF_BYTES = 64 << 10,         /* a message that a socket takes whole */
};

static struct chan_nng *
self(struct chan *c)
{
	return (struct chan_nng *)c;
}

/* How the end of a peer's link reads. */
enum status
net_chan_fault(struct chan_nng *c, unsigned peer)
{
	struct net_link *l = &c->link[peer];
	const char *name = c->name[peer];
	struct fault *f = &c->base.fault;
	enum link_end end;
	enum status why, st;
	unsigned because;

	(void)pthread_mutex_lock(&c->net.lock);
	end = l->end;
	(void)pthread_mutex_unlock(&c->net.lock);
	if (f->st == ST_OK)
		c->because = peer;
	switch (end) {
	case LINK_OPEN:
		return fault_set(f, ST_NET, "%s has been silent for %llu s", name,
		    (unsigned long long)c->timeout_ms / 1000);
	case LINK_LOST:
		return fault_set(f, ST_NET, "the connection to %s was lost", name);
	case LINK_FORGED:
		return fault_set(f, ST_AUTH, "a message of %s was altered on the way", name);
	case LINK_DEVIANT:
		return fault_set(f, ST_ABORT, "%s sent a record of another kind", name);
	case LINK_NO_MEMORY:
		return fault_set(f, ST_INTERNAL, "out of memory for messages of %s", name);
	case LINK_STOPPED:
		break;
	}
	st = net_link_stop_notice(l, &why, &because);
	if (st != ST_OK)
		return fault_set(f, ST_AUTH, "a message of %s was altered on the way", name);
	if (because < c->base.n && because != peer)
		return fault_set(f, ST_NET, "%s stopped because of %s: %s", name,
		    because == c->base.me ? "this site" : c->name[because], status_text(why));
	if (why == ST_OK)
		return fault_set(f, ST_NET, "%s stopped", name);
	return fault_set(f, ST_NET, "%s stopped: %s", name, status_text(why));
}

unsigned
net_chan_failed(const struct chan_nng *c)
{
	unsigned found = c->base.n;

	for (unsigned i = 0; i < c->base.n; i++) {
		enum link_end end = c->link[i].end;

		if (end != LINK_OPEN && (found == c->base.n || end == LINK_STOPPED))
			found = i;
	}
	return found;
}

static enum status
fail_memory(struct chan_nng *c)
{
	return fault_set(&c->base.fault, ST_INTERNAL, "out of memory for a message");
}

/* With the lock held: has all links received on but one (or NULL).  Returns whether it gave up the
 * lock meanwhile. */
static bool
receive_on(struct chan_nng *c, const struct net_link *but)
{
	for (unsigned i = 0; i < c->base.n; i++)
		if (&c->link[i] != but && c->link[i].net != NULL && net_link_resume(&c->link[i]))
			return true;
	return false;
}

/* With the lock held: waits for an event; false if the peer has been silent for too long, counted
 * from `start` at the earliest. */
static bool
await_life(struct chan_nng *c, struct net_link *l, uint64_t start)
{
	const bool reads = l->awaited && l->brief;
	uint64_t until = (l->arrival_ms > start ? l->arrival_ms : start) + c->timeout_ms;

	/* Two that both send much must both take it in meanwhile. */
	c->net.blocked = true;
	if (receive_on(c, reads ? l : NULL))
		return true;                    /* something may have happened without the lock */
	if (net_now_ms() >= until)
		return false;
	if (!reads || !net_link_read(l, until))
		(void)net_wait_until(&c->net, until);
	return true;
}

/* Waits until the peer's queue has room again. */
static enum status
await_room(struct chan_nng *c, unsigned peer)
{
	struct net_link *l = &c->link[peer];
	uint64_t start = net_now_ms();
	bool lives = true, full;
	unsigned failed;

	(void)pthread_mutex_lock(&c->net.lock);
	full = l->crowded = l->out_bytes >= NET_SEND_MAX;
	while ((failed = net_chan_failed(c)) == c->base.n && lives && full) {
		lives = await_life(c, l, start);
		full = l->out_bytes > NET_SEND_MAX / 2;
	}
	c->net.blocked = l->crowded = false;
	(void)pthread_mutex_unlock(&c->net.lock);
	if (failed < c->base.n)
		return net_chan_fault(c, failed);
	return full ? net_chan_fault(c, peer) : ST_OK;
}

/* Who sends much is sent much: from now on it is received while this thread is at work. */
static void
expect_much(struct chan_nng *c)
{
	(void)pthread_mutex_lock(&c->net.lock);
	for (unsigned i = 0; i < c->base.n; i++)
		c->link[i].brief = false;
	while (receive_on(c, NULL))
		continue;
	(void)pthread_mutex_unlock(&c->net.lock);
}

enum status
net_chan_send(struct chan_nng *c, unsigned peer, enum record_type type, const void *buf, size_t len)
{
	enum status st;

	TRY(await_room(c, peer));
	if (len > BRIEF_BYTES)
		expect_much(c);
	st = net_link_send(&c->link[peer], type, buf, len);
	if (st != ST_OK)
		(void)fail_memory(c);
out:
	return st;
}

/* Blocks until a record of the peer is here, in which case *record is it; `left` bytes are due. */
static enum status
await_any(struct chan_nng *c, unsigned peer, size_t left, const uint8_t **record)
{
	struct net_link *l = &c->link[peer];
	uint64_t start = net_now_ms();
	unsigned failed = c->base.n;
	bool lives = true;

	(void)pthread_mutex_lock(&c->net.lock);
	l->awaited = true;
	l->brief = left <= BRIEF_BYTES;
	while ((*record = net_link_peek(l)) == NULL
	    && (failed = net_chan_failed(c)) == c->base.n && lives)
		lives = await_life(c, l, start);
	l->awaited = false;
	c->net.blocked = false;
	(void)pthread_mutex_unlock(&c->net.lock);
	if (*record != NULL)
		return ST_OK;
	return net_chan_fault(c, failed < c->base.n ? failed : peer);
}

/* The same, past those that only say that the peer lives. */
static enum status
await_record(struct chan_nng *c, unsigned peer, size_t left, const uint8_t **record)
{
	struct record_head h;
	uint8_t none[1];
	enum status st;

	for (;;) {
		TRY(await_any(c, peer, left, record));
		record_head_get(&h, *record);
		if (h.type != RECORD_ALIVE)
			break;
		if (net_link_take(&c->link[peer], none, *record) != ST_OK)
			TRY(net_chan_fault(c, peer));
	}
out:
	return st;
}

/* A record of another kind than the one due. */
static enum status
not_due(struct chan_nng *c, unsigned peer, enum record_type got, size_t due)
{
	c->because = peer;
	if (got == RECORD_CLOSE || got == RECORD_CLOSED)
		return fault_set(&c->base.fault, ST_ABORT,
		    "%s ended where a message of %zu bytes was due", c->name[peer], due);
	return fault_set(&c->base.fault, ST_ABORT, "%s sent a message that was not due",
	    c->name[peer]);
}

/* Opens the next record of a message of which `left` bytes are due into out. */
static enum status
take_piece(struct chan_nng *c, unsigned peer, enum record_type type, uint8_t *out, size_t left,
    struct record_head *h)
{
	const size_t whole = left < RECORD_MAX ? left : RECORD_MAX;
	const uint8_t *record;
	enum status st;

	TRY(await_record(c, peer, left, &record));
	record_head_get(h, record);
	if (h->type != type)
		return not_due(c, peer, h->type, left);
	/* Senders cut in one way only: else a peer could send empty pieces for ever. */
	if (h->len != whole || h->more != (whole < left)) {
		c->because = peer;
		return fault_set(&c->base.fault, ST_ABORT,
		    "%s sent a message of another length than the %zu bytes that were due",
		    c->name[peer], left);
	}
	st = net_link_take(&c->link[peer], out, record);
	if (st != ST_OK)
		st = net_chan_fault(c, peer);
out:
	return st;
}

enum status
net_chan_take(struct chan_nng *c, unsigned peer, enum record_type type, void *buf, size_t len)
{
	uint8_t *out = buf;
	size_t left = len;
	struct record_head h;
	enum status st;

	do {
		TRY(take_piece(c, peer, type, out, left, &h));
		out += h.len;
		left -= h.len;
	} while (h.more);
out:
	if (st != ST_OK)
		wipe(buf, len);
	return st;
}

static enum status
over_net_post(struct chan *base, unsigned peer, const void *buf, size_t len)
{
	assert(peer < base->n && peer != base->me && len <= CHAN_MSG_MAX + SLACK);
	if (base->fault.st != ST_OK || len == 0)
		return base->fault.st;
	return net_chan_send(self(base), peer, RECORD_DATA, buf, len);
}

static enum status
over_net_wait(struct chan *base, unsigned peer, void *buf, size_t len)
{
	assert(peer < base->n && peer != base->me && len <= CHAN_MSG_MAX + SLACK);
	if (base->fault.st != ST_OK || len == 0)
		return base->fault.st;
	return net_chan_take(self(base), peer, RECORD_DATA, buf, len);
}

static void
over_net_phase(struct chan *c, enum phase p)
{
	(void)c;
	(void)p;
}

static void
over_net_round(struct chan *c)
{
	(void)c;
}

/* With the lock held: nothing is awaited any more; what still comes must not stand in the way. */
static void
receive_to_the_end(struct chan_nng *c)
{
	c->net.blocked = true;
	while (receive_on(c, NULL))
		continue;
}

/* Waits until all that is queued has gone out, or a time is up. */
static bool
drain(struct chan_nng *c, uint64_t until_ms)
{
	bool queued, in_time = true;

	(void)pthread_mutex_lock(&c->net.lock);
	receive_to_the_end(c);
	c->net.draining = true;
	do {
		queued = false;
		for (unsigned i = 0; i < c->base.n; i++)
			queued = queued || (c->link[i].out_bytes > 0 && !c->link[i].broken);
		if (queued)
			in_time = net_wait_until(&c->net, until_ms);
	} while (queued && in_time);
	c->net.draining = false;
	(void)pthread_mutex_unlock(&c->net.lock);
	return !queued;
}

/* CLOSE says that all was posted, CLOSED that the peer's CLOSE, and so all before it, has come. */
static enum status
over_net_finish(struct chan *base)
{
	struct chan_nng *c = self(base);
	uint8_t none[1];
	enum status st = base->fault.st;

	if (st != ST_OK || c->finished)
		return st;
	for (unsigned i = 0; i < base->n; i++)
		if (i != base->me)
			TRY(net_chan_send(c, i, RECORD_CLOSE, none, 0));
	for (unsigned i = 0; i < base->n; i++)
		if (i != base->me) {
			TRY(net_chan_take(c, i, RECORD_CLOSE, none, 0));
			TRY(net_chan_send(c, i, RECORD_CLOSED, none, 0));
		}
	for (unsigned i = 0; i < base->n; i++)
		if (i != base->me)
			TRY(net_chan_take(c, i, RECORD_CLOSED, none, 0));
	(void)drain(c, net_now_ms() + c->timeout_ms);
	c->finished = true;
out:
	return st;
}

/* After stop notices went out: until the peers have closed, so that no reset overtakes them. */
static void
linger(struct chan_nng *c)
{
	uint64_t until = net_now_ms() + GRACE_MS;
	bool open, in_time = true;

	(void)drain(c, until);
	(void)pthread_mutex_lock(&c->net.lock);
	receive_to_the_end(c);
	do {
		open = false;
		for (unsigned i = 0; i < c->base.n; i++)
			open = open || (c->link[i].net != NULL && c->link[i].end == LINK_OPEN);
		if (open)
			in_time = net_wait_until(&c->net, until);
	} while (open && in_time);
	(void)pthread_mutex_unlock(&c->net.lock);
}

static bool
can_send(struct chan_nng *c, unsigned peer)
{
	struct net_link *l = &c->link[peer];
	bool b;

	(void)pthread_mutex_lock(&c->net.lock);
	b = l->net != NULL && !l->sealed_end && !l->broken && l->end != LINK_LOST;
	(void)pthread_mutex_unlock(&c->net.lock);
	return b;
}

void
chan_nng_abort(struct chan *base, enum status why)
{
	struct chan_nng *c = self(base);
	const uint8_t said[2] = { (uint8_t)why, (uint8_t)c->because };
	enum status st;

	if (c->stopped || c->finished)
		return;
	c->stopped = true;
	(void)fault_set(&base->fault, why == ST_OK ? ST_INTERNAL : why, "the run was stopped");
	for (unsigned i = 0; i < base->n; i++)
		if (can_send(c, i)) {
			/* Whoever cannot be told sees the connection end. */
			st = net_link_send(&c->link[i], RECORD_STOP, said, sizeof said);
			(void)st;
		}
	linger(c);
}

static void
over_net_free(struct chan *base)
{
	struct chan_nng *c = self(base);

	chan_nng_abort(base, base->fault.st);
	net_keeper_stop(&c->keeper);
	for (unsigned i = 0; i < base->n; i++)
		net_link_close(&c->link[i]);
	net_fini(&c->net);
	wipe(c, sizeof *c);
	mem_free(c);
}

const struct chan_ops net_chan_ops = {
	.post = over_net_post,
	.wait = over_net_wait,
	.phase = over_net_phase,
	.round = over_net_round,
	.finish = over_net_finish,
	.free = over_net_free,
};

static const struct chan_nng *
cself(const struct chan *c)
{
	assert(c->ops == &net_chan_ops);
	return (const struct chan_nng *)c;
}

void
chan_nng_session_id(const struct chan *c, unsigned peer, uint8_t id[32])
{
	assert(peer < c->n && peer != c->me);
	memcpy(id, cself(c)->link[peer].id, 32);
}

void
chan_nng_sid(const struct chan *c, uint8_t sid[32])
{
	memcpy(sid, cself(c)->sid, 32);
}
