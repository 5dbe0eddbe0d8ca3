/* net_shake.c: see net_shake.h */
#include "net_shake.h"

#include "net_link.h"

enum status
line_init(struct line *l)
{
	*l = (struct line){ .stream = NULL };
	return pthread_mutex_init(&l->lock, NULL) == 0 ? ST_OK : ST_INTERNAL;
}

void
line_fini(struct line *l)
{
	line_close(l);
	(void)pthread_mutex_destroy(&l->lock);
}

enum status
line_open(struct line *l)
{
	enum status st = ST_NET;

	(void)pthread_mutex_lock(&l->lock);
	if (!l->cut)
		st = nng_aio_alloc(&l->aio, NULL, NULL) == 0 ? ST_OK : ST_INTERNAL;
	(void)pthread_mutex_unlock(&l->lock);
	return st;
}

void
line_close(struct line *l)
{
	nng_aio *aio;

	(void)pthread_mutex_lock(&l->lock);
	aio = l->aio;
	l->aio = NULL;
	(void)pthread_mutex_unlock(&l->lock);
	if (l->stream != NULL)
		nng_stream_close(l->stream);
	if (aio != NULL)
		nng_aio_free(aio);
	if (l->stream != NULL)
		nng_stream_free(l->stream);
	l->stream = NULL;
}

void
line_cut(struct line *l)
{
	(void)pthread_mutex_lock(&l->lock);
	l->cut = true;
	if (l->aio != NULL)
		nng_aio_stop(l->aio);
	(void)pthread_mutex_unlock(&l->lock);
}

/* Moves exactly len bytes, or fails by the deadline. */
static enum status
move_all(struct line *l, void *buf, size_t len, uint64_t until_ms,
    void (*submit)(nng_stream *, nng_aio *))
{
	uint8_t *p = buf;

	while (len > 0) {
		uint64_t now = net_now_ms();
		nng_iov iov = { p, len };
		size_t n;

		if (now >= until_ms)
			return ST_NET;
		nng_aio_set_timeout(l->aio, (nng_duration)(until_ms - now));
		(void)nng_aio_set_iov(l->aio, 1, &iov);
		submit(l->stream, l->aio);
		nng_aio_wait(l->aio);
		if (nng_aio_result(l->aio) != 0)
			return ST_NET;
		n = nng_aio_count(l->aio);
		p += n;
		len -= n;
	}
	return ST_OK;
}

static enum status
say(struct shake *s, struct line *l, uint64_t until_ms)
{
	return move_all(l, s->msg, s->len, until_ms, nng_stream_send);
}

/* A body of no bytes is for the caller to judge. */
enum status
shake_hear(struct shake *s, struct line *l, uint64_t until_ms)
{
	size_t body;
	enum status st;

	TRY(move_all(l, s->msg, HEAD_BYTES, until_ms, nng_stream_recv));
	TRY(handshake_head(&body, s->msg));
	TRY(move_all(l, s->msg + HEAD_BYTES, body, until_ms, nng_stream_recv));
	s->len = HEAD_BYTES + body;
out:
	return st;
}

void
shake_refuse(struct shake *s, struct line *l, uint64_t until_ms)
{
	enum status st;

	handshake_create_refusal(s->msg);
	s->len = HEAD_BYTES;
	/* Whoever does not hear it sees the connection end. */
	st = say(s, l, until_ms);
	(void)st;
}

enum status
shake_call(struct shake *s, struct line *l, uint64_t until_ms, enum shake_doubt *doubt)
{
	enum status st;

	handshake_init(&s->hs, true, &s->config);
	TRY(handshake_create_hello(&s->hs, s->msg, &s->len));
	TRY(say(s, l, until_ms));
	st = shake_hear(s, l, until_ms);
	if (st == ST_NET)
		goto out;
	if (st == ST_OK && s->len == HEAD_BYTES) {
		*doubt = REFUSED;
		st = ST_AUTH;
		goto out;
	}
	if (st == ST_OK)
		st = handshake_consume_answer(&s->hs, s->msg, s->len);
	if (st != ST_OK) {
		*doubt = WRONG_ANSWER;
		goto out;
	}
	TRY(handshake_create_confirm(&s->hs, s->msg, &s->len));
	TRY(say(s, l, until_ms));
out:
	return st;
}

enum status
shake_answer(struct shake *s, struct line *l, uint64_t until_ms, enum shake_doubt *doubt)
{
	enum status st;

	handshake_init(&s->hs, false, &s->config);
	st = handshake_consume_hello(&s->hs, s->msg, s->len);
	if (st != ST_OK) {
		*doubt = WRONG_CALLER;
		shake_refuse(s, l, until_ms);
		goto out;
	}
	TRY(handshake_create_answer(&s->hs, s->msg, &s->len));
	TRY(say(s, l, until_ms));
	st = shake_hear(s, l, until_ms);
	if (st == ST_OK)
		st = handshake_consume_confirm(&s->hs, s->msg, s->len);
	if (st == ST_AUTH || st == ST_ABORT)
		*doubt = WRONG_CALLER;
out:
	return st;
}

enum status
shake_keys(struct shake *s)
{
	return handshake_keys(&s->hs, &s->keys);
}
