/* net_link.c: see net_link.h */
#include "net_link.h"

#include "../base/mem.h"
#include "chan_nng.h"

#include <assert.h>
#include <string.h>
#include <time.h>

enum { MS_PER_S = 1000, NS_PER_MS = 1000000 };

_Static_assert(CHUNK_BYTES >= 2 * (RECORD_MAX + RECORD_OVERHEAD),
    "a new chunk takes the rest of a record and has room for more");

enum status
net_init(struct net *net)
{
	pthread_condattr_t a;
	int failed;

	*net = (struct net){ .spare = NULL };
	if (pthread_condattr_init(&a) != 0)
		return ST_INTERNAL;
	failed = pthread_condattr_setclock(&a, CLOCK_MONOTONIC) != 0
	    || pthread_cond_init(&net->event, &a) != 0;
	(void)pthread_condattr_destroy(&a);
	if (failed || pthread_mutex_init(&net->lock, NULL) != 0)
		return ST_INTERNAL;
	return ST_OK;
}

static void
chunks_free(struct chunk *c)
{
	while (c != NULL) {
		struct chunk *next = c->next;
		mem_free(c);
		c = next;
	}
}

void
net_fini(struct net *net)
{
	chunks_free(net->spare);
	(void)pthread_cond_destroy(&net->event);
	(void)pthread_mutex_destroy(&net->lock);
}

uint64_t
net_now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * MS_PER_S + (uint64_t)t.tv_nsec / NS_PER_MS;
}

bool
net_wait_until(struct net *net, uint64_t until_ms)
{
	struct timespec t = {
		(time_t)(until_ms / MS_PER_S), (long)(until_ms % MS_PER_S) * NS_PER_MS,
	};

	return pthread_cond_timedwait(&net->event, &net->lock, &t) == 0;
}

/* With the lock held. */
static struct chunk *
chunk_take(struct net *net)
{
	struct chunk *c = net->spare;

	if (c != NULL) {
		net->spare = c->next;
		net->n_spare--;
	} else {
		c = mem_alloc(sizeof *c);
	}
	if (c != NULL) {
		c->next = NULL;
		c->start = c->ready = c->fill = 0;
	}
	return c;
}

/* With the lock held. */
static void
chunk_give_back(struct net *net, struct chunk *c)
{
	if (net->n_spare >= N_SPARE_CHUNK_MAX) {
		mem_free(c);
		return;
	}
	c->next = net->spare;
	net->spare = c;
	net->n_spare++;
}

/* With the lock held: the first end stands. */
static void
link_ends(struct net_link *l, enum link_end end)
{
	if (l->end == LINK_OPEN && !(end == LINK_LOST && l->closed_seen))
		l->end = end;
	(void)pthread_cond_broadcast(&l->net->event);
	if (l->net->own != NULL)
		nng_aio_cancel(l->net->own);
}

/* With the lock held: makes room for the longest record at the tail, and prepares to receive. */
static bool
receive_prepare(struct net_link *l, nng_aio *aio)
{
	struct chunk *c = l->in_tail;
	nng_iov iov;

	if (l->receiving || l->closing || l->end != LINK_OPEN
	    || l->in_bytes >= (l->net->blocked ? NET_QUEUE_MAX : NET_AHEAD_MAX))
		return false;
	if (c == NULL || CHUNK_BYTES - c->ready < RECORD_MAX + RECORD_OVERHEAD) {
		struct chunk *next = chunk_take(l->net);

		if (next == NULL) {
			link_ends(l, LINK_NO_MEMORY);
			return false;
		}
		if (c == NULL) {
			l->in_head = next;
		} else {
			next->fill = c->fill - c->ready;
			memcpy(next->bytes, c->bytes + c->ready, next->fill);
			c->fill = c->ready;
			c->next = next;
		}
		l->in_tail = c = next;
	}
	l->receiving = true;
	iov = (nng_iov){ c->bytes + c->fill, CHUNK_BYTES - c->fill };
	(void)nng_aio_set_iov(aio, 1, &iov);
	return true;
}

/* With the lock held: a send has failed.  Why is best learnt from what the peer still sent before;
 * if nobody receives that, the caller does so after unlocking. */
static bool
send_failed(struct net_link *l, int why)
{
	l->broken = true;
	if (why != NNG_ETIMEDOUT && receive_prepare(l, l->recv_aio))
		return true;
	link_ends(l, LINK_LOST);
	return false;
}

/* With the lock held: prepares the next send.  The caller submits it after unlocking, since nng
 * may run our callback from there. */
static bool
send_prepare(struct net_link *l)
{
	struct chunk *c = l->out_head;
	nng_iov iov;

	while (c != NULL && c->start == c->fill && c != l->out_tail) {
		l->out_head = c->next;
		chunk_give_back(l->net, c);
		c = l->out_head;
	}
	if (l->sending || l->closing || l->broken || c == NULL || c->start == c->fill)
		return false;
	l->sending = true;
	iov = (nng_iov){ c->bytes + c->start, c->fill - c->start };
	(void)nng_aio_set_iov(l->send_aio, 1, &iov);
	return true;
}

static void
send_done(void *arg)
{
	struct net_link *l = arg;
	bool again, receive = false;

	(void)pthread_mutex_lock(&l->net->lock);
	l->sending = false;
	if (nng_aio_result(l->send_aio) != 0) {
		receive = send_failed(l, nng_aio_result(l->send_aio));
	} else {
		size_t n = nng_aio_count(l->send_aio);

		l->out_head->start += n;
		l->out_bytes -= n;
		/* Waking the channel's thread for every piece would cost more than the piece. */
		if ((l->crowded && l->out_bytes <= NET_SEND_MAX / 2)
		    || (l->net->draining && l->out_bytes == 0))
			(void)pthread_cond_broadcast(&l->net->event);
	}
	again = send_prepare(l);
	(void)pthread_mutex_unlock(&l->net->lock);
	if (again)
		nng_stream_send(l->stream, l->send_aio);
	if (receive)
		nng_stream_recv(l->stream, l->recv_aio);
}

/* With the lock held: a chunk with room for len bytes at its end, which no one else writes. */
static struct chunk *
out_chunk(struct net_link *l, size_t len)
{
	struct chunk *c = l->out_tail;

	if (c != NULL && c->start == c->fill && !l->sending)
		c->start = c->fill = 0;
	if (c != NULL && CHUNK_BYTES - c->fill >= len)
		return c;
	c = chunk_take(l->net);
	if (c == NULL)
		return NULL;
	if (l->out_tail == NULL)
		l->out_head = c;
	else
		l->out_tail->next = c;
	l->out_tail = c;
	return c;
}

/* Seals a record into the queue; hands it to nng when enough has gathered, or nothing follows. */
static enum status
queue_record(struct net_link *l, const struct record_head *h, const void *buf)
{
	size_t len = h->len + RECORD_OVERHEAD;
	struct chunk *c;
	bool go = false;
	enum status st;

	(void)pthread_mutex_lock(&l->net->lock);
	c = out_chunk(l, len);
	(void)pthread_mutex_unlock(&l->net->lock);
	if (c == NULL)
		return ST_INTERNAL;
	st = record_seal(&l->out, c->bytes + c->fill, h, buf);
	(void)pthread_mutex_lock(&l->net->lock);
	if (st == ST_OK) {
		c->fill += len;
		l->out_bytes += len;
		if (!h->more || c->fill - c->start >= GATHER_BYTES)
			go = send_prepare(l);
	}
	(void)pthread_mutex_unlock(&l->net->lock);
	if (go)
		nng_stream_send(l->stream, l->send_aio);
	return st;
}

static bool
is_idle(struct net_link *l)
{
	bool idle;

	(void)pthread_mutex_lock(&l->net->lock);
	idle = l->out_bytes == 0 && !l->sending && !l->broken;
	(void)pthread_mutex_unlock(&l->net->lock);
	return idle;
}

/* Sends a short message on a link that has nothing queued, from this thread: that saves waking one
 * of nng's.  The kernel takes it at once, unless the line is slower than we are. */
static enum status
send_short(struct net_link *l, const struct record_head *h, const void *buf)
{
	nng_iov iov = { l->small, h->len + RECORD_OVERHEAD };
	enum status st = record_seal(&l->out, l->small, h, buf);
	bool receive;

	while (st == ST_OK && iov.iov_len > 0) {
		(void)nng_aio_set_iov(l->small_aio, 1, &iov);
		nng_stream_send(l->stream, l->small_aio);
		nng_aio_wait(l->small_aio);
		if (nng_aio_result(l->small_aio) != 0) {
			(void)pthread_mutex_lock(&l->net->lock);
			receive = send_failed(l, nng_aio_result(l->small_aio));
			(void)pthread_mutex_unlock(&l->net->lock);
			if (receive)
				nng_stream_recv(l->stream, l->recv_aio);
			break;
		}
		iov.iov_buf = (uint8_t *)iov.iov_buf + nng_aio_count(l->small_aio);
		iov.iov_len -= nng_aio_count(l->small_aio);
	}
	return st;
}

static enum status
send_long(struct net_link *l, enum record_type type, const uint8_t *p, size_t len)
{
	enum status st;

	do {
		uint32_t part = (uint32_t)(len < RECORD_MAX ? len : RECORD_MAX);
		struct record_head h = { part, type, part < len };

		TRY(queue_record(l, &h, p));
		p += part;
		len -= part;
	} while (len > 0);
out:
	return st;
}

enum status
net_link_send(struct net_link *l, enum record_type type, const void *buf, size_t len)
{
	const struct record_head whole = { (uint32_t)len, type, false };
	enum status st;

	(void)pthread_mutex_lock(&l->sealing);
	l->sealed_end = l->sealed_end || type == RECORD_CLOSED || type == RECORD_STOP;
	/* A stop notice must not wait for a line that stands still. */
	if (len <= SHORT_BYTES && type != RECORD_STOP && is_idle(l))
		st = send_short(l, &whole, buf);
	else
		st = send_long(l, type, buf, len);
	(void)pthread_mutex_unlock(&l->sealing);
	return st;
}

void
net_link_keep(struct net_link *l)
{
	const struct record_head alive = { 0, RECORD_ALIVE, false };
	const uint8_t none[1] = { 0 };
	enum status st;

	/* Whoever holds the lock is sending. */
	if (l->net == NULL || pthread_mutex_trylock(&l->sealing) != 0)
		return;
	/* Without memory for it the peer does not hear of us this time. */
	if (!l->sealed_end && l->out.n_body == l->n_kept && is_idle(l)) {
		st = queue_record(l, &alive, none);
		(void)st;
	}
	l->n_kept = l->out.n_body;
	(void)pthread_mutex_unlock(&l->sealing);
}

/* With the lock held: checks heads of what has come, and moves the mark of whole records.  Returns
 * whether the channel's thread should know: a message ends here, or much of it has come. */
static bool
find_records(struct net_link *l)
{
	struct chunk *c = l->in_tail;
	bool ends = false;
	enum status st;

	while (l->end == LINK_OPEN && c->fill - c->ready >= RECORD_HEAD) {
		const uint8_t *p = c->bytes + c->ready;
		struct record_head h;

		if (l->need == 0) {
			st = record_head_check(&l->in, &h, p);
			if (st != ST_OK) {
				link_ends(l, st == ST_AUTH ? LINK_FORGED : LINK_DEVIANT);
				break;
			}
			l->need = h.len + RECORD_OVERHEAD;
		}
		if (c->fill - c->ready < l->need)
			break;
		record_head_get(&h, p);
		if (h.type == RECORD_STOP) {
			l->stop = p;
			link_ends(l, LINK_STOPPED);
			break;
		}
		l->closed_seen = l->closed_seen || h.type == RECORD_CLOSED;
		ends = ends || !h.more || h.len < RECORD_MAX;
		c->ready += l->need;
		l->ready_bytes += l->need;
		l->need = 0;
	}
	return ends || l->ready_bytes >= WAKE_BYTES;
}

/* With the lock held: prepares to go on, unless the channel's thread will do so itself. */
static bool
receive_ahead(struct net_link *l)
{
	if (l->brief && !l->broken && (l->awaited || !l->net->blocked))
		return false;
	return receive_prepare(l, l->recv_aio);
}

/* With the lock held: takes what a receive has brought.  Returns whether the channel's thread
 * should know. */
static bool
received(struct net_link *l, nng_aio *aio)
{
	int r = nng_aio_result(aio);
	size_t n = nng_aio_count(aio);

	l->receiving = false;
	if (r == 0) {
		l->in_tail->fill += n;
		l->in_bytes += n;
		l->arrival_ms = net_now_ms();
		return find_records(l);
	}
	if (aio == l->recv_aio || (r != NNG_ETIMEDOUT && r != NNG_ECANCELED))
		link_ends(l, LINK_LOST);
	return false;
}

static void
receive_done(void *arg)
{
	struct net_link *l = arg;
	bool again;

	(void)pthread_mutex_lock(&l->net->lock);
	/* Of a brief link the channel's thread takes over. */
	if ((received(l, l->recv_aio) || l->brief) && l->awaited)
		(void)pthread_cond_broadcast(&l->net->event);
	again = receive_ahead(l);
	(void)pthread_mutex_unlock(&l->net->lock);
	if (again)
		nng_stream_recv(l->stream, l->recv_aio);
}

bool
net_link_resume(struct net_link *l)
{
	if (!receive_prepare(l, l->recv_aio))
		return false;
	(void)pthread_mutex_unlock(&l->net->lock);
	nng_stream_recv(l->stream, l->recv_aio);
	(void)pthread_mutex_lock(&l->net->lock);
	return true;
}

bool
net_link_read(struct net_link *l, uint64_t until_ms)
{
	struct net *net = l->net;
	uint64_t now = net_now_ms();

	if (!receive_prepare(l, l->own_aio))
		return false;
	nng_aio_set_timeout(l->own_aio, until_ms > now ? (nng_duration)(until_ms - now) : 1);
	/* Still with the lock, so that no end of a link goes unnoticed; nothing of ours runs in it. */
	nng_stream_recv(l->stream, l->own_aio);
	net->own = l->own_aio;
	(void)pthread_mutex_unlock(&net->lock);
	nng_aio_wait(l->own_aio);
	(void)pthread_mutex_lock(&net->lock);
	net->own = NULL;
	(void)received(l, l->own_aio);
	return true;
}

enum status
net_link_start(struct net_link *l, struct net *net, nng_stream *stream,
    const struct link_keys *keys)
{
	bool go;
	enum status st;

	if (pthread_mutex_init(&l->sealing, NULL) != 0)
		return ST_INTERNAL;
	l->net = net;
	memcpy(l->id, keys->id, sizeof l->id);
	TRY(record_init(&l->out, &keys->out, true));
	TRY(record_init(&l->in, &keys->in, false));
	st = ST_INTERNAL;
	if (nng_aio_alloc(&l->send_aio, send_done, l) != 0
	    || nng_aio_alloc(&l->recv_aio, receive_done, l) != 0
	    || nng_aio_alloc(&l->small_aio, NULL, NULL) != 0
	    || nng_aio_alloc(&l->own_aio, NULL, NULL) != 0)
		goto out;
	nng_aio_set_timeout(l->small_aio, net->timeout_ms);
	nng_aio_set_timeout(l->send_aio, NNG_DURATION_INFINITE);
	nng_aio_set_timeout(l->recv_aio, NNG_DURATION_INFINITE);
	(void)pthread_mutex_lock(&net->lock);
	l->arrival_ms = net_now_ms();
	go = receive_prepare(l, l->recv_aio);
	(void)pthread_mutex_unlock(&net->lock);
	if (!go)
		goto out;
	l->stream = stream;
	nng_stream_recv(stream, l->recv_aio);
	return ST_OK;
out:
	net_link_close(l);
	return st;
}

void
net_link_close(struct net_link *l)
{
	if (l->net == NULL)
		return;
	(void)pthread_mutex_lock(&l->net->lock);
	l->closing = true;
	(void)pthread_mutex_unlock(&l->net->lock);
	nng_aio *aio[] = { l->send_aio, l->recv_aio, l->small_aio, l->own_aio };
	if (l->stream != NULL)
		nng_stream_close(l->stream);
	for (unsigned i = 0; i < sizeof aio / sizeof aio[0]; i++)
		if (aio[i] != NULL)
			nng_aio_stop(aio[i]);
	/* Freeing an aio waits for timeouts of nng's that may still be in the stream. */
	for (unsigned i = 0; i < sizeof aio / sizeof aio[0]; i++)
		if (aio[i] != NULL)
			nng_aio_free(aio[i]);
	if (l->stream != NULL)
		nng_stream_free(l->stream);
	record_fini(&l->out);
	record_fini(&l->in);
	chunks_free(l->out_head);
	chunks_free(l->in_head);
	(void)pthread_mutex_destroy(&l->sealing);
	wipe(l, sizeof *l);
}

const uint8_t *
net_link_peek(struct net_link *l)
{
	struct chunk *c = l->in_head;

	while (c != NULL && c->start == c->ready && c != l->in_tail) {
		l->in_head = c->next;
		chunk_give_back(l->net, c);
		c = l->in_head;
	}
	return c == NULL || c->start == c->ready ? NULL : c->bytes + c->start;
}

enum status
net_link_take(struct net_link *l, void *out, const uint8_t *record)
{
	enum status st = record_open(&l->in, out, record);
	struct record_head h;
	bool go;

	record_head_get(&h, record);
	(void)pthread_mutex_lock(&l->net->lock);
	assert(record == l->in_head->bytes + l->in_head->start);
	l->in_head->start += h.len + RECORD_OVERHEAD;
	l->in_bytes -= h.len + RECORD_OVERHEAD;
	l->ready_bytes -= h.len + RECORD_OVERHEAD;
	if (st != ST_OK)
		link_ends(l, LINK_FORGED);
	go = receive_ahead(l);
	(void)pthread_mutex_unlock(&l->net->lock);
	if (go)
		nng_stream_recv(l->stream, l->recv_aio);
	return st;
}

enum status
net_link_stop_notice(struct net_link *l, enum status *why, unsigned *because)
{
	struct record_head h;
	uint8_t said[2];
	enum status st;

	*why = ST_OK;
	*because = STOP_SELF;
	record_head_get(&h, l->stop);
	if (h.len != sizeof said)
		return ST_ABORT;
	/* It is the last record that was framed; those before it are not wanted any more. */
	l->in.n_body = l->in.n_head - 1;
	TRY(record_open(&l->in, said, l->stop));
	*why = (enum status)said[0];
	*because = said[1];
out:
	return st;
}
