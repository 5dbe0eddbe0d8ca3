/* chan_mem.c: the nodes of a run as threads of one process.
 *
 * Every directed link is a queue of messages with a lock of its own.  Nothing is encrypted: this
 * is for tests and for the oracle.  A freed end closes its links: what it had posted can still be
 * read, then its peers' waits fail.  See chan.h. */
#include "chan.h"

#include "../base/mem.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum {
	SILENCE_S = 300,        /* a test that hangs longer than this is a deadlock of ours */
	N_SPARE_MAX = 4,        /* buffers kept for reuse on a link: fresh pages are slow */
};

struct parcel {
	struct parcel *next;
	size_t len, room;
	uint8_t bytes[];
};

struct mem_link {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct parcel *head, **tail;    /* posted, not yet awaited */
	struct parcel *spare;
	unsigned n_spare;
	bool finished;                  /* the sender has called finish */
	bool sender_gone, receiver_gone;
};

/* Shared by all ends; the last one to be freed frees it. */
struct hub {
	atomic_uint n_left;
	unsigned n;
	struct mem_link link[];         /* [from * n + to] */
};

struct chan_mem {
	struct chan base;
	struct hub *hub;
};

static struct chan_mem *
self(struct chan *c)
{
	return (struct chan_mem *)c;
}

static struct mem_link *
link_of(struct chan *c, unsigned from, unsigned to)
{
	return &self(c)->hub->link[(size_t)from * c->n + to];
}

/* A buffer for len bytes: a spare one if the first fits. */
static struct parcel *
parcel_take(struct mem_link *l, size_t len)
{
	struct parcel *p;

	(void)pthread_mutex_lock(&l->lock);
	p = l->spare;
	if (p != NULL && p->room >= len) {
		l->spare = p->next;
		l->n_spare--;
	} else {
		p = NULL;
	}
	(void)pthread_mutex_unlock(&l->lock);
	if (p == NULL) {
		p = mem_alloc(sizeof *p + len);
		if (p != NULL)
			p->room = len;
	}
	return p;
}

static void
parcel_give_back(struct mem_link *l, struct parcel *p)
{
	(void)pthread_mutex_lock(&l->lock);
	if (l->n_spare < N_SPARE_MAX) {
		p->next = l->spare;
		l->spare = p;
		l->n_spare++;
		p = NULL;
	}
	(void)pthread_mutex_unlock(&l->lock);
	mem_free(p);
}

static enum status
mem_post(struct chan *c, unsigned peer, const void *buf, size_t len)
{
	struct mem_link *l = link_of(c, c->me, peer);
	struct parcel *p;
	bool gone;

	assert(peer < c->n && peer != c->me && len <= CHAN_MSG_MAX);
	if (c->fault.st != ST_OK || len == 0)
		return c->fault.st;
	p = parcel_take(l, len);
	if (p == NULL)
		return fault_set(&c->fault, ST_INTERNAL, "out of memory for a message");
	p->next = NULL;
	p->len = len;
	memcpy(p->bytes, buf, len);
	(void)pthread_mutex_lock(&l->lock);
	gone = l->receiver_gone;
	if (!gone) {
		*l->tail = p;
		l->tail = &p->next;
		(void)pthread_cond_signal(&l->changed);
	}
	(void)pthread_mutex_unlock(&l->lock);
	if (!gone)
		return ST_OK;
	mem_free(p);
	return fault_set(&c->fault, ST_NET, "node %u is gone", peer);
}

/* With the lock held: waits until there is a message, or the sender is finished or gone. */
static bool
link_await(struct mem_link *l, bool for_message)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += SILENCE_S;
	while (l->head == NULL && !l->sender_gone && (for_message || !l->finished))
		if (pthread_cond_timedwait(&l->changed, &l->lock, &until) != 0)
			return false;
	return true;
}

static enum status
mem_wait(struct chan *c, unsigned peer, void *buf, size_t len)
{
	struct mem_link *l = link_of(c, peer, c->me);
	struct parcel *p;
	bool awake;

	assert(peer < c->n && peer != c->me && len <= CHAN_MSG_MAX);
	if (c->fault.st != ST_OK || len == 0)
		return c->fault.st;
	(void)pthread_mutex_lock(&l->lock);
	awake = link_await(l, true);
	p = l->head;
	if (p != NULL) {
		l->head = p->next;
		if (l->head == NULL)
			l->tail = &l->head;
	}
	(void)pthread_mutex_unlock(&l->lock);
	if (p == NULL)
		return fault_set(&c->fault, ST_NET, awake ? "node %u is gone" : "node %u is silent",
		    peer);
	if (p->len != len)
		(void)fault_set(&c->fault, ST_ABORT,
		    "node %u sent a message of %zu bytes where %zu were due", peer, p->len, len);
	else
		memcpy(buf, p->bytes, len);
	parcel_give_back(l, p);
	return c->fault.st;
}

static void
mem_phase(struct chan *c, enum phase p)
{
	(void)c;
	(void)p;
}

static void
mem_round(struct chan *c)
{
	(void)c;
}

/* Waits until the peer has finished, too; a message that nobody awaited is a deviation. */
static enum status
finish_with(struct chan *c, unsigned peer)
{
	struct mem_link *l = link_of(c, peer, c->me);
	bool unread, finished;

	(void)pthread_mutex_lock(&l->lock);
	(void)link_await(l, false);
	unread = l->head != NULL;
	finished = l->finished;
	(void)pthread_mutex_unlock(&l->lock);
	if (unread)
		return fault_set(&c->fault, ST_ABORT, "node %u sent a message that was not due",
		    peer);
	if (!finished)
		return fault_set(&c->fault, ST_NET, "node %u is gone", peer);
	return ST_OK;
}

static enum status
mem_finish(struct chan *c)
{
	for (unsigned i = 0; i < c->n && c->fault.st == ST_OK; i++) {
		struct mem_link *l = link_of(c, c->me, i);

		(void)pthread_mutex_lock(&l->lock);
		l->finished = true;
		(void)pthread_cond_signal(&l->changed);
		(void)pthread_mutex_unlock(&l->lock);
	}
	for (unsigned i = 0; i < c->n && c->fault.st == ST_OK; i++)
		if (i != c->me)
			(void)finish_with(c, i);
	return c->fault.st;
}

static void
parcels_free(struct parcel *p)
{
	while (p != NULL) {
		struct parcel *next = p->next;
		mem_free(p);
		p = next;
	}
}

static void
hub_free(struct hub *h)
{
	for (size_t i = 0; i < (size_t)h->n * h->n; i++) {
		parcels_free(h->link[i].head);
		parcels_free(h->link[i].spare);
		(void)pthread_mutex_destroy(&h->link[i].lock);
		(void)pthread_cond_destroy(&h->link[i].changed);
	}
	mem_free(h);
}

static void
mem_chan_free(struct chan *c)
{
	struct hub *h = self(c)->hub;

	for (unsigned i = 0; i < c->n; i++) {
		struct mem_link *out = link_of(c, c->me, i), *in = link_of(c, i, c->me);

		(void)pthread_mutex_lock(&out->lock);
		out->sender_gone = true;
		(void)pthread_cond_signal(&out->changed);
		(void)pthread_mutex_unlock(&out->lock);
		(void)pthread_mutex_lock(&in->lock);
		in->receiver_gone = true;
		(void)pthread_mutex_unlock(&in->lock);
	}
	mem_free(c);
	if (atomic_fetch_sub(&h->n_left, 1) == 1)
		hub_free(h);
}

static const struct chan_ops mem_ops = {
	.post = mem_post,
	.wait = mem_wait,
	.phase = mem_phase,
	.round = mem_round,
	.finish = mem_finish,
	.free = mem_chan_free,
};

static struct hub *
hub_new(unsigned n)
{
	struct hub *h = mem_zalloc(sizeof *h + (size_t)n * n * sizeof h->link[0]);

	if (h == NULL)
		return NULL;
	atomic_init(&h->n_left, n);
	h->n = n;
	for (size_t i = 0; i < (size_t)n * n; i++) {
		(void)pthread_mutex_init(&h->link[i].lock, NULL);
		(void)pthread_cond_init(&h->link[i].changed, NULL);
		h->link[i].tail = &h->link[i].head;
	}
	return h;
}

enum status
chan_mem_new(struct chan *ends[], unsigned n)
{
	struct hub *h = hub_new(n);
	unsigned i;

	assert(n >= 1 && n <= N_NODE_MAX);
	for (i = 0; h != NULL && i < n; i++) {
		struct chan_mem *m = mem_zalloc(sizeof *m);

		if (m == NULL)
			break;
		m->base = (struct chan){ .ops = &mem_ops, .me = i, .n = n };
		m->hub = h;
		ends[i] = &m->base;
	}
	if (i == n)
		return ST_OK;
	while (i-- > 0) {
		mem_free(ends[i]);
		ends[i] = NULL;
	}
	if (h != NULL)
		hub_free(h);
	return ST_INTERNAL;
}
