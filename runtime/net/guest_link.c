/* guest_link.c: see guest_link.h and net_guest.h */
#include "../base/mem.h"
#include "net_chan.h"
#include "net_guest.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { BUF_BYTES = RECORD_MAX + RECORD_OVERHEAD };

static void
keep_done(void *arg)
{
	struct guest_link *l = arg;

	atomic_store(&l->keeping, false);
}

enum status
guest_link_new(struct guest_link **out, nng_stream *stream, const struct link_keys *keys,
    const char *peer, int timeout_ms)
{
	struct guest_link *l = mem_zalloc(sizeof *l);
	enum status st;

	*out = NULL;
	if (l == NULL)
		return ST_INTERNAL;
	if (pthread_mutex_init(&l->sealing, NULL) != 0) {
		mem_free(l);
		return ST_INTERNAL;
	}
	l->timeout_ms = (uint64_t)timeout_ms;
	memcpy(l->id, keys->id, sizeof l->id);
	(void)snprintf(l->peer, sizeof l->peer, "%s", peer);
	TRY(record_init(&l->out, &keys->out, true));
	TRY(record_init(&l->in, &keys->in, false));
	st = ST_INTERNAL;
	if (nng_aio_alloc(&l->send_aio, NULL, NULL) != 0
	    || nng_aio_alloc(&l->recv_aio, NULL, NULL) != 0
	    || nng_aio_alloc(&l->keep_aio, keep_done, l) != 0)
		goto out;
	nng_aio_set_timeout(l->keep_aio, timeout_ms);
	l->stream = stream;
	*out = l;
	return ST_OK;
out:
	l->stopped = true;              /* there is no one to tell */
	guest_link_free(l);
	return st;
}

enum status
guest_begin(struct guest_link *l, int visit_ms)
{
	l->end_ms = visit_ms > 0 ? net_now_ms() + (uint64_t)visit_ms : 0;
	l->out_buf = mem_alloc(BUF_BYTES);
	l->in_buf = mem_alloc(BUF_BYTES);
	if (l->out_buf == NULL || l->in_buf == NULL)
		return fault_set(&l->fault, ST_INTERNAL, "out of memory for %s", l->peer);
	return ST_OK;
}

/* Waits for some bytes to move, at most limit_ms and not beyond the end of the visit.  0 bytes: the
 * time is up, or with *lost the line has ended. */
static size_t
move_some(struct guest_link *l, nng_aio *aio, uint8_t *p, size_t len, uint64_t limit_ms, bool *lost)
{
	uint64_t now = net_now_ms();
	nng_iov iov = { p, len };
	int r;

	*lost = atomic_load(&l->cut);
	if (*lost || (l->end_ms != 0 && now >= l->end_ms))
		return 0;
	if (l->end_ms != 0 && l->end_ms - now < limit_ms)
		limit_ms = l->end_ms - now;
	nng_aio_set_timeout(aio, (nng_duration)limit_ms);
	(void)nng_aio_set_iov(aio, 1, &iov);
	if (aio == l->recv_aio)
		nng_stream_recv(l->stream, aio);
	else
		nng_stream_send(l->stream, aio);
	nng_aio_wait(aio);
	r = nng_aio_result(aio);
	*lost = r != NNG_ETIMEDOUT;
	return r == 0 ? nng_aio_count(aio) : 0;
}

static enum status
fault_line(struct guest_link *l, bool lost)
{
	if (atomic_load(&l->cut))
		return fault_set(&l->fault, ST_NET, "this site has ended the session");
	if (lost)
		return fault_set(&l->fault, ST_NET, "the connection to %s was lost", l->peer);
	if (l->end_ms != 0 && net_now_ms() >= l->end_ms)
		return fault_set(&l->fault, ST_NET, "the visit of %s took too long", l->peer);
	return fault_set(&l->fault, ST_NET, "%s has been silent for %llu s", l->peer,
	    (unsigned long long)l->timeout_ms / 1000);
}

static enum status
fault_altered(struct guest_link *l)
{
	return fault_set(&l->fault, ST_AUTH, "a message of %s was altered on the way", l->peer);
}

/* Until n bytes have come that are not done with. */
static enum status
fill_to(struct guest_link *l, size_t n)
{
	bool lost;

	if (BUF_BYTES - l->start < n) {
		memmove(l->in_buf, l->in_buf + l->start, l->fill - l->start);
		l->fill -= l->start;
		l->start = 0;
	}
	while (l->fill - l->start < n) {
		size_t got = move_some(l, l->recv_aio, l->in_buf + l->fill, BUF_BYTES - l->fill,
		    l->timeout_ms, &lost);

		if (got == 0)
			return fault_line(l, lost);
		l->fill += got;
	}
	return ST_OK;
}

/* The next record, still sealed, is at start; open_record takes it away. */
static enum status
next_record(struct guest_link *l, struct record_head *h)
{
	enum status st;

	TRY(fill_to(l, RECORD_HEAD));
	st = record_head_check(&l->in, h, l->in_buf + l->start);
	if (st == ST_AUTH)
		TRY(fault_altered(l));
	if (st == ST_ABORT)
		TRY(fault_set(&l->fault, st, "%s sent a record of another kind", l->peer));
	TRY(st);
	TRY(fill_to(l, h->len + RECORD_OVERHEAD));
out:
	return st;
}

static enum status
open_record(struct guest_link *l, const struct record_head *h, void *out)
{
	enum status st = record_open(&l->in, out, l->in_buf + l->start);

	l->start += h->len + RECORD_OVERHEAD;
	return st == ST_OK ? st : fault_altered(l);
}

/* The other side gives up. */
static enum status
fault_stopped(struct guest_link *l, const struct record_head *h)
{
	uint8_t said[2];
	enum status st;

	l->stopped = true;              /* and so need not be told anything */
	if (h->len != sizeof said)
		return fault_set(&l->fault, ST_ABORT, "%s sent a record of another kind", l->peer);
	TRY(open_record(l, h, said));
	if (said[0] == ST_OK)
		return fault_set(&l->fault, ST_NET, "%s stopped", l->peer);
	return fault_set(&l->fault, ST_NET, "%s stopped: %s", l->peer,
	    status_text((enum status)said[0]));
out:
	return st;
}

/* The next record past those that only say that the other side lives. */
static enum status
await_record(struct guest_link *l, struct record_head *h)
{
	uint8_t none[1];
	enum status st;

	do {
		TRY(next_record(l, h));
		if (h->type == RECORD_STOP)
			TRY(fault_stopped(l, h));
		if (h->type == RECORD_ALIVE)
			TRY(open_record(l, h, none));
	} while (h->type == RECORD_ALIVE);
out:
	return st;
}

/* An empty record of a type. */
static enum status
take_empty(struct guest_link *l, enum record_type type)
{
	struct record_head h;
	uint8_t none[1];
	enum status st;

	if (l->fault.st != ST_OK)
		return l->fault.st;
	TRY(await_record(l, &h));
	if (h.type != type || h.len != 0 || h.more)
		TRY(fault_set(&l->fault, ST_ABORT, "%s sent a message that was not due", l->peer));
	TRY(open_record(l, &h, none));
out:
	return st;
}

/* Whether a record may be the next of a message of which `done` bytes of at most max have come:
 * senders cut in one way only. */
static bool
is_piece(const struct record_head *h, size_t done, size_t max)
{
	return h->type == RECORD_DATA && h->len > 0 && h->len <= max - done
	    && (!h->more || (h->len == RECORD_MAX && max - done > RECORD_MAX));
}

static enum status
take_piece(struct guest_link *l, uint8_t *buf, size_t done, size_t max, struct record_head *h)
{
	enum status st;

	TRY(await_record(l, h));
	if (h->type == RECORD_CLOSE || h->type == RECORD_CLOSED)
		TRY(fault_set(&l->fault, ST_ABORT, "%s ended where a message was due", l->peer));
	if (!is_piece(h, done, max))
		TRY(fault_set(&l->fault, ST_ABORT,
		    "%s sent a message of another length or kind than was due", l->peer));
	TRY(open_record(l, h, buf + done));
out:
	return st;
}

enum status
guest_receive_upto(struct guest_link *l, void *buf, size_t max, size_t *len)
{
	struct record_head h;
	size_t done = 0;
	enum status st;

	assert(max > 0 && max <= GUEST_MESSAGE_MAX && !l->finished);
	*len = 0;
	TRY(l->fault.st);
	do {
		TRY(take_piece(l, buf, done, max, &h));
		done += h.len;
	} while (h.more);
	*len = done;
out:
	if (st != ST_OK)
		wipe(buf, max);
	return st;
}

enum status
guest_receive(struct guest_link *l, void *buf, size_t len)
{
	size_t got;
	enum status st = l->fault.st;

	if (len == 0)
		return st;
	TRY(guest_receive_upto(l, buf, len, &got));
	if (got != len) {
		wipe(buf, len);
		st = fault_set(&l->fault, ST_ABORT,
		    "%s sent a message of %zu bytes where %zu were due", l->peer, got, len);
	}
out:
	return st;
}

/* After a failed send: what the other side said before it went, if it did. */
static enum status
fault_gone(struct guest_link *l, bool lost)
{
	const struct fault first = l->fault;
	const uint64_t until = net_now_ms() + GRACE_MS, timeout = l->timeout_ms;
	struct record_head h = { 0 };

	l->timeout_ms = GRACE_MS;
	while (lost && net_now_ms() < until && next_record(l, &h) == ST_OK) {
		if (h.type == RECORD_STOP)
			return fault_stopped(l, &h);
		l->start += h.len + RECORD_OVERHEAD;
		l->in.n_body++;
	}
	/* That nothing came is not the first error. */
	l->timeout_ms = timeout;
	l->fault = first;
	return fault_line(l, lost);
}

/* With `sealing` held. */
static enum status
write_all(struct guest_link *l, uint8_t *p, size_t len, uint64_t limit_ms)
{
	bool lost;

	while (len > 0) {
		size_t n = move_some(l, l->send_aio, p, len, limit_ms, &lost);

		if (n == 0)
			return fault_gone(l, lost);
		p += n;
		len -= n;
	}
	return ST_OK;
}

/* With `sealing` held: what is left of an ALIVE goes first. */
static enum status
settle_alive(struct guest_link *l, uint64_t limit_ms)
{
	enum status st = ST_OK;

	nng_aio_wait(l->keep_aio);
	if (l->n_alive == 0)
		return ST_OK;
	if (nng_aio_result(l->keep_aio) != 0)
		TRY(fault_gone(l, true));
	l->n_alive -= nng_aio_count(l->keep_aio);
	TRY(write_all(l, l->alive + sizeof l->alive - l->n_alive, l->n_alive, limit_ms));
	l->n_alive = 0;
out:
	return st;
}

static enum status
send_record(struct guest_link *l, const struct record_head *h, const void *buf, uint64_t limit_ms)
{
	enum status st;

	(void)pthread_mutex_lock(&l->sealing);
	l->sealed_end = l->sealed_end || h->type == RECORD_CLOSED || h->type == RECORD_STOP;
	TRY(settle_alive(l, limit_ms));
	if (record_seal(&l->out, l->out_buf, h, buf) != ST_OK)
		TRY(fault_set(&l->fault, ST_INTERNAL, "out of memory for %s", l->peer));
	TRY(write_all(l, l->out_buf, h->len + RECORD_OVERHEAD, limit_ms));
out:
	(void)pthread_mutex_unlock(&l->sealing);
	return st;
}

static enum status
send_empty(struct guest_link *l, enum record_type type)
{
	const struct record_head h = { 0, type, false };
	const uint8_t none[1] = { 0 };

	return l->fault.st != ST_OK ? l->fault.st : send_record(l, &h, none, l->timeout_ms);
}

enum status
guest_send(struct guest_link *l, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	enum status st;

	assert(len <= GUEST_MESSAGE_MAX && !l->finished);
	TRY(l->fault.st);
	while (len > 0) {
		uint32_t part = (uint32_t)(len < RECORD_MAX ? len : RECORD_MAX);
		const struct record_head h = { part, RECORD_DATA, part < len };

		TRY(send_record(l, &h, p, l->timeout_ms));
		p += part;
		len -= part;
	}
out:
	return st;
}

enum status
guest_welcome(struct guest_link *l)
{
	return send_empty(l, RECORD_CONTROL);
}

enum status
guest_await_welcome(struct guest_link *l)
{
	return take_empty(l, RECORD_CONTROL);
}

enum status
guest_finish(struct guest_link *l)
{
	enum status st = l->fault.st;

	if (l->finished)
		return st;
	TRY(send_empty(l, RECORD_CLOSE));
	TRY(take_empty(l, RECORD_CLOSE));
	TRY(send_empty(l, RECORD_CLOSED));
	TRY(take_empty(l, RECORD_CLOSED));
	l->finished = true;
out:
	return st;
}

void
guest_stop(struct guest_link *l, enum status why)
{
	const struct record_head h = { 2, RECORD_STOP, false };
	const uint8_t said[2] = { (uint8_t)why, STOP_SELF };
	const uint64_t until = net_now_ms() + GRACE_MS;
	struct fault first = l->fault;
	bool lost;

	if (l->finished || l->stopped || l->out_buf == NULL || l->in_buf == NULL)
		return;
	l->stopped = true;
	nng_aio_stop(l->keep_aio);
	(void)fault_set(&first, why == ST_OK ? ST_INTERNAL : why, "the visit was stopped");
	l->end_ms = until;
	/* Then until the other side has closed, so that no reset overtakes the notice. */
	if (send_record(l, &h, said, GRACE_MS) == ST_OK)
		while (move_some(l, l->recv_aio, l->in_buf, BUF_BYTES, GRACE_MS, &lost) > 0)
			continue;
	l->fault = first;
}

void
guest_keep(struct guest_link *l)
{
	const struct record_head h = { 0, RECORD_ALIVE, false };
	const uint8_t none[1] = { 0 };
	nng_iov iov = { l->alive, sizeof l->alive };

	/* Whoever holds the lock is sending. */
	if (pthread_mutex_trylock(&l->sealing) != 0)
		return;
	if (!atomic_load(&l->keeping) && !l->sealed_end && l->out.n_body == l->n_kept) {
		nng_aio_wait(l->keep_aio);      /* its callback has run */
		/* One that went out in part is for the next sender to complete. */
		if (l->n_alive > 0 && nng_aio_result(l->keep_aio) == 0
		    && nng_aio_count(l->keep_aio) == l->n_alive)
			l->n_alive = 0;
		if (l->n_alive == 0 && record_seal(&l->out, l->alive, &h, none) == ST_OK) {
			l->n_alive = sizeof l->alive;
			atomic_store(&l->keeping, true);
			(void)nng_aio_set_iov(l->keep_aio, 1, &iov);
			nng_stream_send(l->stream, l->keep_aio);
		}
	}
	l->n_kept = l->out.n_body;
	(void)pthread_mutex_unlock(&l->sealing);
}

void
guest_cut(struct guest_link *l)
{
	atomic_store(&l->cut, true);
	nng_aio_stop(l->send_aio);
	nng_aio_stop(l->recv_aio);
	nng_aio_stop(l->keep_aio);
}

const struct fault *
guest_fault(const struct guest_link *l)
{
	return &l->fault;
}

void
guest_link_id(const struct guest_link *l, uint8_t id[32])
{
	memcpy(id, l->id, sizeof l->id);
}

void
guest_link_free(struct guest_link *l)
{
	if (l == NULL)
		return;
	nng_aio *aio[] = { l->send_aio, l->recv_aio, l->keep_aio };
	guest_stop(l, l->fault.st);
	if (l->stream != NULL)
		nng_stream_close(l->stream);
	for (unsigned i = 0; i < 3; i++)
		if (aio[i] != NULL)
			nng_aio_stop(aio[i]);
	/* The aios first: see struct line. */
	for (unsigned i = 0; i < 3; i++)
		if (aio[i] != NULL)
			nng_aio_free(aio[i]);
	if (l->stream != NULL)
		nng_stream_free(l->stream);
	record_fini(&l->out);
	record_fini(&l->in);
	mem_free(l->out_buf);
	mem_free(l->in_buf);
	(void)pthread_mutex_destroy(&l->sealing);
	wipe(l, sizeof *l);
	mem_free(l);
}
