/* flow.c: see flow.h */
#include "flow.h"

#include <assert.h>
#include <string.h>

static size_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void
flow_begin(struct flow *f, struct chan *ch, unsigned peer, uint64_t total)
{
	f->ch = ch;
	f->peer = peer;
	f->left = total;
	f->at = f->len = 0;
}

size_t
flow_room(struct flow *f, uint8_t **p, size_t len)
{
	assert(len <= f->left - f->at);
	*p = f->buf + f->at;
	return least(len, least(f->left, FLOW_MSG) - f->at);
}

enum status
flow_done(struct flow *f, size_t len)
{
	size_t message = least(f->left, FLOW_MSG);

	assert(len <= message - f->at);
	f->at += len;
	if (f->at < message)
		return ST_OK;
	f->left -= message;
	f->at = 0;
	return chan_post(f->ch, f->peer, f->buf, message);
}

enum status
flow_put(struct flow *f, const void *in, size_t len)
{
	const uint8_t *from = in;
	uint8_t *p;
	enum status st = ST_OK;

	while (len > 0) {
		size_t n = flow_room(f, &p, len);

		memcpy(p, from, n);
		from += n;
		len -= n;
		TRY(flow_done(f, n));
	}
out:
	return st;
}

enum status
flow_peek(struct flow *f, const uint8_t **p, size_t *got, size_t len)
{
	enum status st = ST_OK;

	*got = 0;
	if (len > 0 && f->at == f->len) {
		assert(f->left > 0);
		f->at = 0;
		f->len = least(f->left, FLOW_MSG);
		TRY(chan_wait(f->ch, f->peer, f->buf, f->len));
		f->left -= f->len;
	}
	*p = f->buf + f->at;
	*got = least(len, f->len - f->at);
out:
	return st;
}

void
flow_skip(struct flow *f, size_t len)
{
	assert(len <= f->len - f->at);
	f->at += len;
}

enum status
flow_get(struct flow *f, void *out, size_t len)
{
	uint8_t *to = out;
	const uint8_t *p;
	size_t n;
	enum status st = ST_OK;

	while (len > 0) {
		TRY(flow_peek(f, &p, &n, len));
		memcpy(to, p, n);
		flow_skip(f, n);
		to += n;
		len -= n;
	}
out:
	return st;
}
